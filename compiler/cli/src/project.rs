//! Projects: a directory with a `mcc.toml`, its sources, and its workload.

use crate::failure::{Complaint, Failure, reason};
use crate::settings::{Document, Section};
use mc_compiler::load::Loader;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The name of a project's manifest.
pub const MANIFEST: &str = "mcc.toml";
/// The name of a project's workload.
pub const WORKLOAD: &str = "workload.toml";
/// A larger source is refused unread.
const SOURCE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Directories below `src` are searched this deep.
const DEPTH_MAX: usize = 16;

/// What a command works on.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its directory, as it was found.
    pub directory: PathBuf,
    /// Its name.
    pub name: String,
    /// The app that is meant where there are several.
    pub app: Option<String>,
    /// The source files to start from, with `/` between their parts.
    pub roots: Vec<String>,
}

impl Project {
    /// What `paths` name: one project's directory, or `.mc` files; the project around the working directory
    /// if there are none.
    ///
    /// # Errors
    /// If there is no such thing.
    pub fn of_paths(paths: &[PathBuf]) -> Result<Self, Failure> {
        match paths {
            [] => Self::around(Path::new(".")),
            [path] if path.is_dir() => Self::in_directory(path),
            files => {
                if let Some(directory) = files.iter().find(|file| file.is_dir()) {
                    let both = format!("`{}` is a directory", directory.display());
                    return Err(Complaint::new(both).help("name one project, or `.mc` files").into());
                }
                let roots = files.iter().map(|file| shown(file)).collect();
                let directory = PathBuf::from(".");
                Ok(Self { directory, name: String::new(), app: None, roots })
            }
        }
    }

    /// The project whose directory is `path`; without a manifest, the `.mc` files in it.
    ///
    /// # Errors
    /// If there is neither, or the manifest is wrong.
    pub fn in_directory(path: &Path) -> Result<Self, Failure> {
        if path.join(MANIFEST).is_file() {
            return Self::read(path);
        }
        // Without a manifest nobody has said how far a project reaches: only the files right here.
        let roots = sources_in(path, DEPTH_MAX)?;
        if roots.is_empty() {
            let place = path.display();
            return Err(Complaint::new(format!("no `{MANIFEST}` and no `.mc` file in `{place}`"))
                .help("`mcc new NAME` starts a project")
                .into());
        }
        Ok(Self { directory: path.to_owned(), name: String::new(), app: None, roots })
    }

    /// The project whose directory is `path`; for the working directory, one around it will do.
    ///
    /// # Errors
    /// If there is none, or its manifest is wrong.
    pub fn at_or_around(path: &Path) -> Result<Self, Failure> {
        if path == Path::new(".") { Self::around(path) } else { Self::in_directory(path) }
    }

    /// The nearest project at or above `start`.
    ///
    /// # Errors
    /// If there is none, or its manifest is wrong.
    pub fn around(start: &Path) -> Result<Self, Failure> {
        let absolute = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
        let mut directory = start.to_owned();
        for level in absolute.ancestors() {
            if level.join(MANIFEST).is_file() {
                return Self::read(&directory);
            }
            directory = if directory == Path::new(".") { PathBuf::from("..") } else { directory.join("..") };
        }
        Self::in_directory(start).map_err(|_| {
            Complaint::new(format!("no `{MANIFEST}` here or in a directory above"))
                .help("`mcc new NAME` starts a project; a `.mc` file can be named directly")
                .into()
        })
    }

    fn read(directory: &Path) -> Result<Self, Failure> {
        let path = shown(&directory.join(MANIFEST));
        let text =
            read_text(&path).map_err(|why| Complaint::new(format!("cannot read it: {why}")).at(&path))?;
        let document = Document { path: &path, text: &text };
        let table = document.parse()?;
        let whole = Section::new(document, "", (table.get_ref(), table.span()), &["project"])?;
        let section = whole.section("project", &["name", "app", "sources"])?.ok_or_else(|| {
            Complaint::new("no `[project]` here").help("write `[project]` and `name = \"…\"`").at(&path)
        })?;
        let name = section.text("name")?.ok_or_else(|| section.missing("name"))?.to_owned();
        let app = section.text("app")?.map(ToOwned::to_owned);
        let sources = section.text("sources")?.unwrap_or("src");
        let place = directory.join(sources);
        let roots = match place.is_file() {
            true => vec![shown(&place)],
            false if place.is_dir() => sources_in(&place, 0)?,
            false => {
                let none = format!("`{}`, where the sources should be, does not exist", shown(&place));
                return Err(Complaint::new(none).at(&path).into());
            }
        };
        if roots.is_empty() {
            return Err(Complaint::new(format!("no `.mc` file in `{}`", shown(&place))).at(&path).into());
        }
        Ok(Self { directory: directory.to_owned(), name, app, roots })
    }

    /// The project's directory; where there is no project, that of the first source.
    #[must_use]
    pub fn beside_sources(&self) -> PathBuf {
        let beside = self.roots.first().map(Path::new).and_then(Path::parent);
        let is_project = self.file(MANIFEST).is_file();
        beside.filter(|_| !is_project).unwrap_or(&self.directory).to_owned()
    }

    /// The path of a file of the project.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// What a command is given, apart: the paths, which are directories and what ends in `.mc`, and the rest.
///
/// # Errors
/// The first word that reads like a path, because `/` is in it or it ends in `.md`, and is none.
pub fn paths_among(items: &[String]) -> Result<(Vec<PathBuf>, Vec<&String>), Complaint> {
    let is_path = |item: &&String| item.ends_with(".mc") || Path::new(item.as_str()).is_dir();
    let (paths, rest): (Vec<&String>, Vec<&String>) = items.iter().partition(is_path);
    if let Some(item) = rest.iter().find(|item| item.contains('/') || item.ends_with(".md")) {
        let what = if Path::new(item.as_str()).is_file() { "is no source" } else { "does not exist" };
        return Err(Complaint::new(format!("`{item}` {what}")).help("name `.mc` files, or a directory"));
    }
    Ok((paths.into_iter().map(PathBuf::from).collect(), rest))
}

/// Every `.mc` file in and below a directory, sorted.
fn sources_in(directory: &Path, depth: usize) -> Result<Vec<String>, Failure> {
    let failed = |error: &std::io::Error| {
        Failure::unable(format!("cannot read the directory `{}`: {}", shown(directory), reason(error)))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(|error| failed(&error))?);
        if kind.is_dir() && depth < DEPTH_MAX {
            found.extend(sources_in(&path, depth + 1)?);
        } else if path.extension().is_some_and(|extension| extension == "mc") && !kind.is_dir() {
            found.push(shown(&path));
        }
    }
    found.sort();
    Ok(found)
}

/// A path as it is shown and as the compiler knows it: `/` between its parts, no `./` before it.
#[must_use]
pub fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), ToOwned::to_owned)
}

/// Reads sources from the file system, and the standard library from `mcc` itself. Where `std/` is a folder
/// of the working directory, as in the library's own, its files come first.
pub struct Disk;

impl Loader for Disk {
    fn load(&self, path: &str) -> Result<String, String> {
        match library_text(path) {
            Some(text) if !Path::new(path).exists() => Ok(text),
            _ => read_text(path),
        }
    }

    fn library(&self) -> Vec<&str> {
        library_names()
    }
}

/// What an import can name of the standard library: `std/token` and the like.
#[must_use]
pub fn library_names() -> Vec<&'static str> {
    mc_stdlib::LIBRARY.iter().filter_map(|file| file.path.strip_suffix(".mc")).collect()
}

/// The text of a file of the standard library, by its path: `std/token.mc`.
#[must_use]
pub fn library_text(path: &str) -> Option<String> {
    path.strip_suffix(".mc").and_then(mc_stdlib::library).map(ToOwned::to_owned)
}

/// The text of a file.
///
/// # Errors
/// Why it cannot be read.
pub fn read_text(path: &str) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| reason(&error))?;
    if size.is_dir() {
        return Err("it is a directory".to_owned());
    }
    if size.len() > SOURCE_BYTES_MAX {
        return Err(format!("it is larger than {} MiB", SOURCE_BYTES_MAX / 1024 / 1024));
    }
    text_of(fs::read(path).map_err(|error| reason(&error))?)
}

/// The text on stdin.
///
/// # Errors
/// Why it cannot be read.
pub fn read_stdin() -> Result<String, String> {
    let mut bytes = Vec::new();
    let limited = std::io::stdin().take(SOURCE_BYTES_MAX + 1).read_to_end(&mut bytes);
    if limited.map_err(|error| reason(&error))? as u64 > SOURCE_BYTES_MAX {
        return Err(format!("it is larger than {} MiB", SOURCE_BYTES_MAX / 1024 / 1024));
    }
    text_of(bytes)
}

fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() + 1;
        format!("it is not UTF-8 (line {line}, byte {valid})")
    })
}
