//! Names to definitions: what each name means in each file.

pub mod imports;

use crate::error;
use crate::load::Loaded;
use crate::trail::Trail;
use mc_syntax::ast::{Ident, ItemKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Where a top-level declaration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Definition {
    /// The file.
    pub file: FileId,
    /// The number of the item in the file.
    pub item: usize,
    /// The name's place.
    pub span: Span,
}

/// What every name at the top level of every file means.
#[derive(Debug, Default)]
pub struct Names {
    files: Vec<BTreeMap<String, Definition>>,
    /// For each file, the names it imports from files that could not be read, or that do not declare them.
    missing: Vec<BTreeSet<String>>,
    /// What the checker looks up.
    pub(crate) trail: Trail,
}

impl Names {
    /// What `name` means in `file`.
    #[must_use]
    pub fn get(&self, file: FileId, name: &str) -> Option<Definition> {
        self.files.get(usize::from(file.0))?.get(name).copied()
    }

    /// True for a name whose import has been reported: to use it is not another mistake.
    #[must_use]
    pub fn is_missing(&self, file: FileId, name: &str) -> bool {
        self.missing.get(usize::from(file.0)).is_some_and(|missing| missing.contains(name))
    }

    /// The names of `file` whose import has been reported.
    pub fn missing(&self, file: FileId) -> impl Iterator<Item = &str> {
        self.missing.get(usize::from(file.0)).into_iter().flatten().map(String::as_str)
    }

    /// Writes down what a name means at the top level of `file`.
    pub(crate) fn mention(&self, file: FileId, name: &Ident) {
        self.get(file, &name.name).into_iter().for_each(|found| self.trail.means(name.span, found.span));
    }

    /// What was looked up.
    #[must_use]
    pub fn into_trail(self) -> Trail {
        self.trail
    }

    /// Every name of `file` with its meaning.
    pub fn of(&self, file: FileId) -> impl Iterator<Item = (&str, Definition)> {
        self.files.get(usize::from(file.0)).into_iter().flatten().map(|(name, at)| (name.as_str(), *at))
    }
}

/// The name an item declares.
#[must_use]
pub fn name_of(item: &ItemKind) -> Option<&Ident> {
    match item {
        ItemKind::Contract(it) => Some(&it.name),
        ItemKind::Interface(it) => Some(&it.name),
        ItemKind::Compose(it) => Some(&it.signature.name),
        ItemKind::Struct(it) => Some(&it.name),
        ItemKind::Enum(it) => Some(&it.name),
        ItemKind::Const(it) => Some(&it.name),
        ItemKind::Error(it) => Some(&it.name),
        ItemKind::Event(it) => Some(&it.name),
        ItemKind::Function(it) => Some(&it.signature.name),
        ItemKind::App(it) => Some(&it.name),
        ItemKind::Test(_) | ItemKind::Recovered => None,
    }
}

/// Collects what each file declares, then what it imports.
pub fn resolve(loaded: &Loaded, trail: Trail, diagnostics: &mut Vec<Diagnostic>) -> Names {
    let declared: Vec<_> =
        (0..).map(FileId).zip(&loaded.files).map(|(id, file)| declare(id, file, diagnostics)).collect();
    let mut names = Names { files: declared.clone(), missing: vec![BTreeSet::new(); declared.len()], trail };
    for (id, file) in (0..).map(FileId).zip(&loaded.files) {
        for import in &file.imports {
            let target = loaded
                .resolve_path(id, &import.from)
                .and_then(|path| loaded.sources.find(&path))
                .and_then(|target| declared.get(usize::from(target.0)));
            for imported in &import.names {
                let name = &imported.name;
                let here = imported.alias.as_ref().unwrap_or(name);
                let Some(found) = target.and_then(|target| target.get(&name.name)) else {
                    // A file that could not be read has been reported, and says nothing about its names.
                    diagnostics.extend(target.map(|target| not_exported(name, &import.from, target)));
                    names.missing.iter_mut().skip(usize::from(id.0)).take(1).for_each(|missing| {
                        missing.insert(here.name.clone());
                    });
                    continue;
                };
                names.trail.means(name.span, found.span);
                names.trail.means(here.span, found.span);
                insert(names.files.get_mut(usize::from(id.0)), here, *found, diagnostics);
            }
        }
    }
    names
}

fn declare(
    id: FileId,
    file: &mc_syntax::ast::File,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Definition> {
    let mut names = BTreeMap::new();
    for (item, declaration) in file.items.iter().enumerate() {
        if let Some(name) = name_of(&declaration.kind) {
            let definition = Definition { file: id, item, span: name.span };
            insert(Some(&mut names), name, definition, diagnostics);
        }
    }
    names
}

fn insert(
    names: Option<&mut BTreeMap<String, Definition>>,
    name: &Ident,
    definition: Definition,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(names) = names else { return };
    match names.get(&name.name) {
        Some(first) if *first != definition => {
            diagnostics.push(error::twice(&name.name, name.span, first.span));
        }
        _ => {
            names.insert(name.name.clone(), definition);
        }
    }
}

fn not_exported(name: &Ident, from: &str, target: &BTreeMap<String, Definition>) -> Diagnostic {
    let missing = Diagnostic::error("E0102", name.span, format!("`{from}` declares no `{}`", name.name))
        .label("not declared in that file");
    match error::nearest(&name.name, target.keys().map(String::as_str)) {
        Some(near) => missing.help(format!("did you mean `{near}`?")).edit(name.span, near),
        None => missing,
    }
}
