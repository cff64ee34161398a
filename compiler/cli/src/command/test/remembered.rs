//! Which tests have failed, for `--rerun`: a file beside the project.

use super::one::Report;
use crate::compile::Built;
use crate::failure::reason;
use crate::project::Project;
use mc_compiler::tree::Test;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Where it is kept, in the project's directory.
const FILE: &str = ".mcc/failed.json";

/// The tests that failed when they last ran: file and name.
pub(super) struct Remembered {
    path: PathBuf,
    failed: BTreeSet<(String, String)>,
    was: BTreeSet<(String, String)>,
}

fn key(built: &Built, test: &Test) -> (String, String) {
    let file = built.sources.get(test.span.file).map_or("", |file| file.path.as_str());
    let file = std::path::absolute(file).map_or_else(|_| file.to_owned(), |file| file.display().to_string());
    (file, test.name.clone())
}

impl Remembered {
    /// What is known; nothing, where there is no such file or it is damaged.
    pub(super) fn read(project: &Project) -> Self {
        let path = project.beside_sources().join(FILE);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let failed: BTreeSet<(String, String)> = serde_json::from_str(&text).unwrap_or_default();
        Self { path, was: failed.clone(), failed }
    }

    /// True if the test failed when it last ran.
    pub(super) fn failed(&self, built: &Built, test: &Test) -> bool {
        self.failed.contains(&key(built, test))
    }

    /// Takes note of what became of tests.
    pub(super) fn note(&mut self, built: &Built, reports: &[(&Test, Report)]) {
        for (test, report) in reports {
            match report.failure {
                Some(_) => self.failed.insert(key(built, test)),
                None => self.failed.remove(&key(built, test)),
            };
        }
    }

    /// Keeps it, where it has changed.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) fn write(&self) -> Result<(), String> {
        if self.failed == self.was {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(&self.failed).unwrap_or_default() + "\n";
        let directory = self.path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = directory.and_then(|()| std::fs::write(&self.path, text));
        written.map_err(|error| format!("cannot write `{}`: {}", self.path.display(), reason(&error)))
    }
}
