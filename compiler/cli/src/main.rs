//! The `mcc` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mcc::main_with(std::env::args_os())
}
