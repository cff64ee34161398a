//! Syntax trees to the typed tree: declarations first, then bodies, then what only the whole shows.

pub(crate) mod scope;
pub(crate) mod types;
pub(crate) mod cells;
pub(crate) mod constant;
pub(crate) mod declare;
pub(crate) mod body;
pub(crate) mod cursor;
pub(crate) mod expr;
pub(crate) mod value;
pub(crate) mod pattern;
pub(crate) mod call;
pub(crate) mod builtin;
pub(crate) mod assets;
pub(crate) mod rights;
pub(crate) mod loops;
pub(crate) mod assign;
pub(crate) mod stmt;
pub(crate) mod compose;
pub(crate) mod unused;
pub(crate) mod linear;
pub(crate) mod flow;
pub(crate) mod callgraph;
pub(crate) mod clause;
pub(crate) mod spec;
pub(crate) mod interface;
pub(crate) mod wiring;
pub(crate) mod app;
pub(crate) mod test;

use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{Program, StateKind, Unit};
use declare::{BodySource, Declared};
use mc_syntax::ast::ItemKind;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::FileId;
use scope::{Context, Scope};

pub use builtin::{FUNCTIONS, METHODS};
pub use test::ACTORS;

/// Checks everything that was loaded; the program is whole only if no error was reported.
pub fn check(loaded: &Loaded, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> Program {
    let declared = declare::declare(loaded, names, diagnostics);
    let context = Context {
        loaded,
        names,
        program: &declared.program,
        scopes: &declared.scopes,
        units: &declared.units,
        interfaces: &declared.interfaces,
    };
    let mut program = declared.program.clone();
    let units = program.units.iter_mut().zip(&declared.program.units);
    for ((units, scope), sources) in units.zip(&declared.scopes).zip(&declared.bodies) {
        bodies(&context, units, (scope, sources), diagnostics);
    }
    for ((interface, signatures), (scope, sources)) in (program.interfaces.iter_mut())
        .zip(&declared.program.interfaces)
        .zip(declared.interfaces.scopes.iter().zip(&declared.signatures))
    {
        for (function, source) in interface.functions.iter_mut().zip(sources) {
            clause::check(
                &context,
                (signatures, scope),
                function,
                (source.params, source.clauses),
                diagnostics,
            );
        }
    }
    let libraries = libraries(&context, &declared, diagnostics);
    interface::check(&context, diagnostics);
    program.apps = app::check(&context, diagnostics);
    program.tests = test::check(&context, &declared.files, &libraries, &program.apps, diagnostics);
    program.libraries = libraries.into_iter().map(|(_, unit)| unit).collect();
    callgraph::check_compositions(&program, diagnostics);
    for unit in &program.units {
        callgraph::check(unit, diagnostics);
        flow::check(unit, diagnostics);
    }
    specifications(&context, &declared.bodies, &mut program, diagnostics);
    program.libraries.iter().for_each(|library| callgraph::check(library, diagnostics));
    unused::check(&context, diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        // What could not be read may have used everything.
        diagnostics.retain(Diagnostic::is_error);
    }
    program
}

/// Checks the bodies of a unit, whose signatures have been declared.
fn bodies(
    context: &Context<'_>,
    (unit, signatures): (&mut Unit, &Unit),
    (scope, sources): (&Scope<'_>, &[BodySource<'_>]),
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut pays = false;
    for (function, source) in unit.functions.iter_mut().zip(sources) {
        pays |= body::check(context, (signatures, scope), function, source, diagnostics);
        if function.is_callable() {
            clause::check(
                context,
                (signatures, scope),
                function,
                (source.params, source.clauses),
                diagnostics,
            );
        }
    }
    if !pays {
        without_ledger(unit);
    }
}

/// The invariants, promises and migrations of every contract.
fn specifications(
    context: &Context<'_>,
    sources: &[Vec<BodySource<'_>>],
    program: &mut Program,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for ((unit, scope), sources) in program.units.iter_mut().zip(context.scopes).zip(sources) {
        spec::promises(context, (&*unit, scope), sources, diagnostics).give(unit);
    }
    for ((file, item), id) in context.units {
        let file = context.loaded.files.get(usize::from(file.0));
        let item = file.and_then(|file| file.items.get(*item)).map(|item| &item.kind);
        if let (Some(ItemKind::Contract(contract)), Some(unit), Some(scope)) =
            (item, program.unit(*id), context.scope(*id))
        {
            let laws = spec::check(context, (unit, scope), contract, diagnostics);
            let unit = program.units.get_mut(id.0 as usize);
            unit.into_iter().for_each(|unit| laws.clone().give(unit));
        }
    }
}

/// A contract that pays nobody does not know the accounts' native assets.
fn without_ledger(unit: &mut Unit) {
    let ledger = cells::ledger_name();
    // INVARIANT: the ledger is the last of the states, and has one variable, so no number changes.
    if unit.states.last().is_some_and(|state| state.name == ledger && state.kind == StateKind::Total) {
        unit.states.pop();
        unit.variables.pop();
    }
}

/// The free functions of each file that has some, checked.
fn libraries(
    context: &Context<'_>,
    declared: &Declared<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(FileId, Unit)> {
    let mut libraries = Vec::new();
    for (file, signatures, sources) in &declared.free {
        let mut unit = signatures.clone();
        let Some(scope) = declared.files.get(usize::from(file.0)) else { continue };
        bodies(context, (&mut unit, signatures), (scope, sources), diagnostics);
        spec::promises(context, (&unit, scope), sources, diagnostics).give(&mut unit);
        libraries.push((*file, unit));
    }
    libraries
}
