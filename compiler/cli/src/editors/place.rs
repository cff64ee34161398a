//! A folder with files of ours among the user's own.
//!
//! INVARIANT: nothing is overwritten or removed that is not as it was written here. What was written stands in
//! a record beside the files, each with its digest.

use crate::failure::{Complaint, Failure, reason};
use crate::project::shown;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The name of the record.
const RECORD: &str = ".mcc-editors.json";

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Written,
    /// It was an older one of ours.
    Updated,
    /// It is there as it should be.
    Unchanged,
    /// It was ours, and is gone.
    Removed,
    /// It was ours, has been changed since, and stays.
    Kept,
}

/// The folder, with what is known of it.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    /// The digests of what was written, by path.
    record: BTreeMap<String, String>,
}

impl Place {
    /// Opens a folder, which need not exist.
    ///
    /// # Errors
    /// Its record cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(RECORD);
        let record = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| Failure::unable(format!("`{}` is damaged: {error}", shown(&path))))?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(unable("read", &path, &error)),
        };
        Ok(Self { folder: folder.to_owned(), record })
    }

    /// What writing `bytes` to `path` would do; none if it is not for us to overwrite.
    #[must_use]
    pub fn plan(&self, path: &str, bytes: &[u8]) -> Option<Change> {
        let Ok(there) = fs::read(self.folder.join(path)) else {
            return Some(Change::Written);
        };
        if there == bytes {
            return Some(Change::Unchanged);
        }
        (self.record.get(path) == Some(&digest(&there))).then_some(Change::Updated)
    }

    /// Writes a file and remembers it; what is there already as it should be is remembered, too.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let file = self.folder.join(path);
        let parent = file.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&file, bytes))
            .map_err(|error| unable("write", &file, &error))?;
        self.record.insert(path.to_owned(), digest(bytes));
        Ok(())
    }

    /// Remembers a file that a tool has made, and says whether there was one before.
    pub fn adopt(&mut self, path: &str) -> Change {
        let digest = fs::read(self.folder.join(path)).map(|bytes| digest(&bytes)).unwrap_or_default();
        match self.record.insert(path.to_owned(), digest) {
            None => Change::Written,
            Some(_) => Change::Updated,
        }
    }

    /// Writes the record.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn close(self) -> Result<(), Failure> {
        let path = self.folder.join(RECORD);
        let text = serde_json::to_string_pretty(&self.record).unwrap_or_default();
        fs::write(&path, text + "\n").map_err(|error| unable("write", &path, &error))
    }

    /// The files of the record with what removing them would do, and does unless `dry`.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn clear(self, dry: bool) -> Result<Vec<(String, Change)>, Failure> {
        let mut done = Vec::new();
        for (path, written) in &self.record {
            let file = self.folder.join(path);
            let Ok(there) = fs::read(&file) else { continue };
            if digest(&there) != *written {
                done.push((path.clone(), Change::Kept));
                continue;
            }
            if !dry {
                fs::remove_file(&file).map_err(|error| unable("remove", &file, &error))?;
                self.prune(&file);
            }
            done.push((path.clone(), Change::Removed));
        }
        if !dry && !self.record.is_empty() {
            let record = self.folder.join(RECORD);
            fs::remove_file(&record).map_err(|error| unable("remove", &record, &error))?;
            self.prune(&record);
        }
        Ok(done)
    }

    /// Removes the folders of a file that are empty now, up to the one of the editor.
    fn prune(&self, file: &Path) {
        let folders = file.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.folder));
        for folder in folders {
            if fs::remove_dir(folder).is_err() {
                return;
            }
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn unable(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Complaint::new(format!("cannot {what} `{}`: {}", shown(path), reason(error))).into()
}
