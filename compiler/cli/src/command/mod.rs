//! The commands, one a file.

mod shape;
mod input;
mod new;
mod check;
mod fix;
mod explain;
mod fmt;
mod build;
mod sign;
mod verify;
mod failed;
mod test;
mod fuzz;
mod effects;
mod picture;
mod conflicts;
mod snapshot;
mod split;
mod compose;
mod doc;
mod tour;
mod run;
mod trace;
mod chain;
mod report;
mod block;
pub mod bench;
mod editors;
mod lsp;
mod completions;

use crate::args::Command;
use crate::failure::Failure;
use crate::output::Output;

/// Runs a command.
///
/// # Errors
/// A [`Failure`], which decides the exit code.
pub fn run(command: &Command, output: &mut Output) -> Result<(), Failure> {
    match command {
        Command::New(args) => new::run(args, output),
        Command::Check(args) => check::run(args, output),
        Command::Fix(args) => fix::run(args, output),
        Command::Explain(args) => explain::run(args, output),
        Command::Fmt(args) => fmt::run(args, output),
        Command::Build(args) => build::run(args, output),
        Command::Sign(args) => sign::run(args, output),
        Command::Verify(args) => verify::run(args, output),
        Command::Test(args) => test::run(args, output),
        Command::Fuzz(args) => fuzz::run(args, output),
        Command::Effects(args) => effects::run(args, output),
        Command::Snapshot(args) => snapshot::run(args, output),
        Command::Conflicts(args) => conflicts::run(args, output),
        Command::Split(args) => split::run(args, output),
        Command::Compose(args) => compose::run(args, output),
        Command::Doc(args) => doc::run(args, output),
        Command::Tour(args) => tour::run(args, output),
        Command::Run(args) => run::run(args, output),
        Command::Trace(args) => trace::run(args, output),
        Command::Block(crate::args::Block::Generate(args)) => block::generate(args, output),
        Command::Bench(args) => bench::run(args, output),
        Command::Editors(crate::args::Editors::List(args)) => {
            editors::list(args, output);
            Ok(())
        }
        Command::Editors(crate::args::Editors::Install(args)) => editors::install(args, output),
        Command::Editors(crate::args::Editors::Uninstall(args)) => editors::uninstall(args, output),
        Command::Lsp(args) => lsp::run(args),
        Command::Completions(args) => completions::run(args, output),
    }
}
