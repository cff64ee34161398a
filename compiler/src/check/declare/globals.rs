//! What every unit of a file may name.

use super::{constant_of, error_signature, event_signature};
use crate::check::scope::Scope;
use crate::check::types::Types;
use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{ErrorSignature, EventSignature};
use mc_syntax::ast::{Function, ItemKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::FileId;

/// The constants, errors, events and free functions that a file declares or imports.
pub(super) struct FileGlobals<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) errors: Vec<ErrorSignature>,
    pub(super) events: Vec<EventSignature>,
    /// By the name they have here, with the file they stand in.
    pub(super) functions: Vec<(String, &'a Function, FileId)>,
}

impl<'a> FileGlobals<'a> {
    pub(super) fn new(
        file: FileId,
        loaded: &'a Loaded,
        names: &'a Names,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let scope = Scope::new(Types::of_file(loaded, names, file));
        let mut globals = Self { scope, errors: Vec::new(), events: Vec::new(), functions: Vec::new() };
        globals.scope.silenced.extend(names.missing(file).map(str::to_owned));
        let mut items = loaded.files.get(usize::from(file.0)).into_iter().flat_map(|file| &file.items);
        globals.scope.lost = items.any(|item| item.kind == ItemKind::Recovered);
        // In the order of (file, position), so that the codes of free errors do not depend on their names.
        let mut visible: Vec<_> = names.of(file).collect();
        visible.sort_by_key(|(_, definition)| *definition);
        let item = |definition: crate::resolve::Definition| {
            loaded.files.get(usize::from(definition.file.0))?.items.get(definition.item)
        };
        // Constants first: types may name them as lengths.
        for (name, definition) in &visible {
            if let Some(ItemKind::Const(it)) = item(*definition).map(|item| &item.kind) {
                globals.own_or_silent(definition.file == file, diagnostics, |globals, reports| {
                    match constant_of(it, &globals.scope, reports) {
                        Some(constant) => drop(globals.scope.constants.insert((*name).to_owned(), constant)),
                        None => globals.scope.silence(name),
                    }
                });
            }
        }
        for (name, definition) in &visible {
            if let Some(item) = item(*definition) {
                let there = definition.file;
                globals.own_or_silent(there == file, diagnostics, |globals, reports| {
                    globals.item(name, &item.kind, there, reports);
                });
            }
        }
        globals
    }

    /// Each file reports its own mistakes.
    fn own_or_silent(
        &mut self,
        own: bool,
        diagnostics: &mut Vec<Diagnostic>,
        declare: impl FnOnce(&mut Self, &mut Vec<Diagnostic>),
    ) {
        let mut elsewhere = Vec::new();
        declare(self, if own { diagnostics } else { &mut elsewhere });
    }

    fn item(&mut self, name: &str, item: &'a ItemKind, file: FileId, diagnostics: &mut Vec<Diagnostic>) {
        // What a payload's types mean is decided where the error or event is declared.
        let there = Scope {
            types: Types::of_file(self.scope.types.loaded, self.scope.types.names, file),
            ..self.scope.clone()
        };
        match item {
            ItemKind::Error(it) => match error_signature(it, &there, diagnostics) {
                Some(signature) => self.errors.push(ErrorSignature { name: name.to_owned(), ..signature }),
                None => self.scope.silence(name),
            },
            ItemKind::Event(it) => match event_signature(it, &there, diagnostics) {
                Some(signature) => self.events.push(EventSignature { name: name.to_owned(), ..signature }),
                None => self.scope.silence(name),
            },
            ItemKind::Function(it) => self.functions.push((name.to_owned(), it, file)),
            _ => {}
        }
    }
}
