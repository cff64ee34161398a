//! `mcc completions`: a script that makes a shell complete `mcc`.

use crate::args::{Args, Completions};
use crate::failure::Failure;
use crate::output::Output;
use clap::CommandFactory;

/// Prints the script.
pub(super) fn run(args: &Completions, output: &mut Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "mcc", &mut script);
    output.result_bytes(&script);
    Ok(())
}
