//! Syntax trees to the typed tree: declarations first, then bodies, then what only the whole shows.

pub(crate) mod scope;
pub(crate) mod types;
pub(crate) mod constant;
pub(crate) mod declare;
pub(crate) mod body;
pub(crate) mod expr;
pub(crate) mod call;
pub(crate) mod stmt;
pub(crate) mod flow;
pub(crate) mod callgraph;
pub(crate) mod app;

use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::Program;
use mc_syntax::diagnostic::Diagnostic;
use scope::Context;

/// Checks everything that was loaded; the program is whole only if no error was reported.
pub fn check(loaded: &Loaded, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> Program {
    let declared = declare::declare(loaded, names, diagnostics);
    let context = Context {
        loaded,
        names,
        program: &declared.program,
        scopes: &declared.scopes,
        units: &declared.units,
    };
    let mut program = declared.program.clone();
    for (unit, sources) in program.units.iter_mut().zip(&declared.bodies) {
        for (function, source) in unit.functions.iter_mut().zip(sources) {
            body::check(&context, function, source, diagnostics);
        }
    }
    program.apps = app::check(&context, diagnostics);
    for unit in &program.units {
        callgraph::check(unit, diagnostics);
        flow::check(unit, diagnostics);
    }
    program
}
