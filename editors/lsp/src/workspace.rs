//! Which files belong together: folders, projects, files on their own, and the files that the tool carries.

use crate::host::{Host, Project};
use crate::index::{Declaration, Index};
use crate::uri;
use mc_compiler::trail::Notes;
use mc_syntax::parser;
use mc_syntax::source::FileId;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files of the standard library, and what each declares.
pub type Library = Vec<(String, Vec<Declaration>)>;

/// The files of an editor.
pub struct Workspace {
    /// The folders that are open.
    pub folders: Vec<PathBuf>,
    /// Where the files that the tool carries are written, so that an editor can open them.
    shelf: PathBuf,
    /// What the standard library declares, once it was asked for.
    library: OnceCell<Library>,
    /// The project of each file that was asked for.
    projects: BTreeMap<String, Option<Project>>,
}

/// What is compiled together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// The directory of the project, or the path of the file on its own.
    pub name: String,
    /// The sources to start from.
    pub paths: Vec<String>,
    /// The app that the project means.
    pub app: Option<String>,
}

impl Workspace {
    /// The workspace of these folders; what the tool carries lies below `shelf`.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>, shelf: PathBuf) -> Self {
        Self { folders, shelf, library: OnceCell::new(), projects: BTreeMap::new() }
    }

    /// What each file of the standard library declares at its top level, by the name that an import gives.
    pub fn library(&self, host: &dyn Host) -> &Library {
        self.library.get_or_init(|| {
            let read = |name: &str| {
                let text = host.load(&format!("{name}.mc")).ok()?;
                let tree = parser::parse(FileId::default(), &text).file;
                let index = Index::new(&[tree], &Notes::default());
                Some((name.to_owned(), index.top_level(FileId::default()).cloned().collect()))
            };
            host.library().into_iter().filter_map(read).collect()
        })
    }

    /// Where the files that the tool carries are written.
    #[must_use]
    pub fn shelf(&self) -> &Path {
        &self.shelf
    }

    /// Looks for projects again.
    pub fn forget(&mut self) {
        self.projects.clear();
    }

    /// What the file at `path` is compiled with.
    pub fn roots(&mut self, path: &str, host: &dyn Host) -> Roots {
        let alone = Roots { name: path.to_owned(), paths: vec![path.to_owned()], app: None };
        if !Path::new(path).is_absolute() {
            return alone;
        }
        let project =
            self.projects.entry(path.to_owned()).or_insert_with(|| host.project(Path::new(path))).clone();
        project.map_or(alone, |project| Roots {
            name: project.directory,
            paths: project.roots,
            app: project.app,
        })
    }

    /// The path by which the compiler knows what an editor names: that of a file, with `/` between its parts,
    /// `std/token.mc` for a file of the library, and the name itself for what is no file.
    #[must_use]
    pub fn path(&self, uri: &str) -> String {
        let Some(file) = uri::to_file(uri) else { return uri.to_owned() };
        let carried = file.strip_prefix(&self.shelf).map(Path::to_path_buf);
        carried.unwrap_or(file).to_string_lossy().replace('\\', "/")
    }

    /// What an editor calls the file at a path of the compiler.
    #[must_use]
    pub fn uri(&self, path: &str) -> String {
        let file = if self.is_carried(path) { self.shelf.join(path) } else { PathBuf::from(path) };
        uri::of_file(&file).unwrap_or_else(|| path.to_owned())
    }

    /// True for a file of the standard library, which nobody edits.
    #[must_use]
    pub fn is_carried(&self, path: &str) -> bool {
        path.starts_with("std/") || path.starts_with("explain/")
    }

    /// Writes the files that the tool carries where they are not yet.
    ///
    /// # Errors
    /// What cannot be written, and why.
    pub fn stock(&self, host: &dyn Host) -> Result<(), String> {
        for (path, text) in host.carried() {
            let place = self.shelf.join(&path);
            if std::fs::read_to_string(&place).is_ok_and(|known| known == text) {
                continue;
            }
            let folder = place.parent().unwrap_or(&self.shelf);
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&place, text))
                .map_err(|error| format!("cannot write `{}`: {error}", place.display()))?;
        }
        Ok(())
    }
}
