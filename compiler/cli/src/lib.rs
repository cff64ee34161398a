//! The tool people hold: `mcc`.
//!
//! One command a file, in [`command`]; a command gives its result to [`output`], the only module that prints,
//! or a [`failure::Failure`], which decides the exit code. What the commands share stands beside them:
//! [`project`] finds sources, [`compile`] compiles and reports, [`mend`] edits, [`explain`] holds a page for
//! every code and [`tour`] the chapters for newcomers, [`wiring`] looks at an app's entries, [`snapshot`] keeps what
//! it sees, [`doc`] makes pages, [`directory`] and [`blockfile`] turn names into blocks, [`workload`] invents them, a
//! [`course`] is what happens in a world, [`play`] plays it, [`measure`] times it; [`observatory`] sees what they do,
//! [`trace`] and [`flame`] show it. [`editors`] holds what editors need.

pub mod failure;
pub mod global;
pub mod output;
pub mod text;
pub mod markdown;
pub mod settings;
pub mod project;
pub mod keys;
pub mod explain;
pub mod tour;
pub mod render;
pub mod compile;
pub mod package;
pub mod upgrade;
pub mod mend;
pub mod wiring;
pub mod describe;
pub mod snapshot;
pub mod doc;
pub mod directory;
pub mod typed;
pub mod blockfile;
pub mod people;
pub mod workload;
pub mod deploy;
pub mod funds;
pub mod course;
pub mod play;
pub mod measure;
pub mod observatory;
pub mod trace;
pub mod flame;
pub mod retell;
pub mod coverage;
pub mod testbed;
pub mod random;
pub mod fuzz;
pub mod editors;
pub mod args;
pub mod command;

use clap::Parser;
use failure::Failure;
use output::{Output, Streams};
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;

/// Exit code of a bug in `mcc` itself.
pub const EXIT_BUG: u8 = 101;

/// Runs the command line `args`, the program's own name first.
#[must_use]
pub fn main_with(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    guarded(|| {
        let args = match args::Args::try_parse_from(args) {
            Ok(args) => args,
            Err(error) => return output::usage(&error),
        };
        let mut output = Output::new(Streams::of_process(args.global.color), &args.global);
        let done = enter(&args.global).and_then(|()| command::run(&args.command, &mut output));
        output.finish(done)
    })
}

/// Runs `work`; a panic in it is reported as a bug of `mcc` and becomes exit code 101.
pub fn guarded(work: impl FnOnce() -> ExitCode) -> ExitCode {
    std::panic::set_hook(Box::new(report_bug));
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(ExitCode::from(EXIT_BUG))
}

fn report_bug(panic: &PanicHookInfo<'_>) {
    let what = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    output::bug(what, &place);
}

fn enter(global: &global::Global) -> Result<(), Failure> {
    let Some(directory) = &global.directory else { return Ok(()) };
    std::env::set_current_dir(directory).map_err(|error| {
        Failure::unable(format!("cannot enter `{}`: {}", directory.display(), failure::reason(&error)))
    })
}
