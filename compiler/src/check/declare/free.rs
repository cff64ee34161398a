//! Free functions: copied into every unit that may call them, directly or through another one.

use super::unit::{Declarer, Place};
use super::{BodySource, FileGlobals, Numbers};
use crate::check::scope::Scope;
use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{FunctionId, FunctionKind, Unit};
use mc_syntax::ast::Function;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Everything that `file` may call, and what that may call, by the place of its name.
fn reachable<'a>(file: FileId, globals: &[FileGlobals<'a>]) -> BTreeMap<Span, (&'a Function, FileId)> {
    let mut found = BTreeMap::new();
    let mut files = vec![file];
    while let Some(file) = files.pop() {
        for (_, function, there) in globals.get(usize::from(file.0)).into_iter().flat_map(|it| &it.functions)
        {
            if found.insert(function.signature.name.span, (*function, *there)).is_none() {
                files.push(*there);
            }
        }
    }
    found
}

/// The functions of the file that have names there, as numbers in the unit.
fn visible(
    globals: &FileGlobals<'_>,
    numbers: &BTreeMap<Span, FunctionId>,
) -> impl Iterator<Item = (String, FunctionId)> {
    let of = |(name, function, _): &(String, &Function, FileId)| {
        Some((name.clone(), *numbers.get(&function.signature.name.span)?))
    };
    globals.functions.iter().filter_map(of).collect::<Vec<_>>().into_iter()
}

impl<'a> Declarer<'_, 'a> {
    /// Adds every free function that the unit may reach, and says by which names.
    pub(super) fn free_functions(&mut self, file: FileId, globals: &[FileGlobals<'a>]) {
        let reachable = reachable(file, globals);
        let mut numbers = BTreeMap::new();
        for span in reachable.keys() {
            let number = self.unit.functions.len() + numbers.len();
            numbers.insert(*span, FunctionId(u32::try_from(number).unwrap_or(u32::MAX)));
        }
        let own: Vec<(String, FunctionId)> =
            globals.get(usize::from(file.0)).into_iter().flat_map(|it| visible(it, &numbers)).collect();
        for (name, number) in own {
            self.scope.functions.entry(name).or_insert(number);
        }
        for (function, there) in reachable.into_values() {
            let Some(of_file) = globals.get(usize::from(there.0)) else { continue };
            let mut scope = of_file.scope.clone();
            scope.functions.extend(visible(of_file, &numbers));
            for error in &of_file.errors {
                if !self.unit.errors.iter().any(|known| known.span == error.span) {
                    self.unit.errors.push(error.clone());
                }
            }
            self.free_function(function, Rc::new(scope), there == file);
        }
    }

    fn free_function(&mut self, function: &'a Function, scope: Rc<Scope<'a>>, reports: bool) {
        let signature = &function.signature;
        let outer = std::mem::replace(&mut self.scope, Scope::clone(&scope));
        let said = self.diagnostics.len();
        self.function(
            (&signature.name.name, signature.name.span, ""),
            FunctionKind::Internal,
            (&signature.params, signature.result.as_ref()),
            BodySource {
                params: &signature.params,
                clauses: &signature.clauses,
                block: &function.body,
                free: Some(scope),
                initials: Vec::new(),
            },
        );
        self.clauses(signature, Place::Function);
        if !reports {
            self.diagnostics.truncate(said);
        }
        self.scope = outer;
    }
}

/// The free functions that a file may call, as a unit that is only checked, and the scope that names them.
pub(super) fn of_file<'a>(
    file: FileId,
    globals: &[FileGlobals<'a>],
    sources: (&'a Loaded, &'a Names),
    diagnostics: &mut Vec<Diagnostic>,
) -> (Scope<'a>, Option<(Unit, Vec<BodySource<'a>>)>) {
    let (units, interfaces) = (BTreeMap::new(), BTreeMap::new());
    let numbers = Numbers { units: &units, interfaces: &interfaces };
    let mut declarer = Declarer::new(file, globals, sources, numbers, diagnostics);
    declarer.free_functions(file, globals);
    let (unit, scope, bodies) = declarer.finish();
    let library = (!unit.functions.is_empty()).then_some((unit, bodies));
    (scope, library)
}
