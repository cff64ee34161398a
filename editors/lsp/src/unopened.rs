//! The sources in the folders, open or not: what each declares and imports, for what no program knows yet.

use crate::index::Index;
use crate::positions::{Encoding, Lines};
use mc_compiler::load::path_of;
use mc_compiler::trail::Notes;
use mc_syntax::parser;
use mc_syntax::source::FileId;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// So many sources are looked for, and no more.
const SOURCES_MAX: usize = 10_000;

/// Folders in which nobody writes.
const LEFT_OUT: [&str; 2] = ["target", "node_modules"];

/// By what a change of a file shows: when it was written, and how long it is.
type Stamp = (SystemTime, u64);

/// A source, as it was when it was read.
pub struct Source {
    /// What it declares.
    pub index: Index,
    /// Its lines.
    pub lines: Lines,
    /// The paths of its imports, as written.
    imports: Vec<String>,
    stamp: Stamp,
}

/// The sources that were read.
#[derive(Default)]
pub struct Unopened {
    known: BTreeMap<PathBuf, Source>,
}

impl Unopened {
    /// Reads what is new or has changed below the folders, but for what lies below `shelf`.
    pub fn refresh(&mut self, folders: &[PathBuf], shelf: &Path, encoding: Encoding) {
        let mut before = std::mem::take(&mut self.known);
        for path in sources(folders, shelf) {
            let Some(stamp) = stamp(&path) else { continue };
            let kept = before.remove(&path).filter(|source| source.stamp == stamp);
            let source = kept.or_else(|| Some(read(&fs::read_to_string(&path).ok()?, stamp, encoding)));
            self.known.extend(source.map(|source| (path, source)));
        }
    }

    /// Every source, with its path as the compiler writes it.
    pub fn iter(&self) -> impl Iterator<Item = (String, &Source)> {
        self.known.iter().map(|(path, source)| (path.to_string_lossy().replace('\\', "/"), source))
    }

    /// The sources that import the one at `path`, or one that does.
    #[must_use]
    pub fn importers(&self, path: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::from([path.to_owned()]);
        loop {
            let imports = |(path, source): &(String, &Source)| {
                let mut from = source.imports.iter().filter_map(|from| path_of(path, from));
                !reached.contains(path) && from.any(|from| reached.contains(&from))
            };
            let more: Vec<String> = self.iter().filter(imports).map(|(path, _)| path).collect();
            if more.is_empty() {
                reached.remove(path);
                return reached;
            }
            reached.extend(more);
        }
    }
}

fn read(text: &str, stamp: Stamp, encoding: Encoding) -> Source {
    let tree = parser::parse(FileId::default(), text).file;
    let imports = tree.imports.iter().map(|import| import.from.clone()).collect();
    let index = Index::new(&[tree], &Notes::default());
    Source { index, lines: Lines::new(text, encoding), imports, stamp }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let data = fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}

/// The sources below some folders; links are not followed.
fn sources(folders: &[PathBuf], shelf: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let Ok(kind) = entry.file_type() else { continue };
            if found.len() == SOURCES_MAX {
                return found;
            }
            if name.starts_with('.') || path == shelf {
                continue;
            }
            if kind.is_dir() && !LEFT_OUT.contains(&name.as_str()) {
                folders.push(path);
            } else if kind.is_file() && name.ends_with(".mc") {
                found.insert(path);
            }
        }
    }
    found
}
