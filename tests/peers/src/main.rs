//! Other people's machines beside ours: the same transfers over the same accounts, in turns, in one process.

mod contest;
mod evm;
mod ours;
mod table;

use clap::Parser;
use contest::Contest;
use mcc::failure::Failure;
use mcc::measure::ceiling::Ceiling;
use mcc::measure::machine::Machine;
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// That of `mcc`; it gains revm more than us.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measure revm beside mc: token transfers, a contract of five slots, native transfers.
#[derive(Parser)]
struct Args {
    /// Accounts that have something
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u64,
    /// Transactions in a block
    #[arg(long, default_value_t = 20_000)]
    txs: usize,
    /// Rounds that count
    #[arg(long, default_value_t = 11)]
    runs: usize,
    /// Decides everything that is random
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure:?}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<(), Failure> {
    let (machine, before) = (Machine::here(), Ceiling::measure(2));
    let contests = Contest::all(args.accounts, args.txs, args.seed)?;
    println!("{}, {} cores; {} transactions a block", machine.processor, machine.cores, args.txs);
    let mut rows = Vec::new();
    for contest in &contests {
        rows.push(contest.run(args.runs)?);
    }
    let after = Ceiling::measure(2);
    print!("{}", table::text(&rows, &before, &after));
    Ok(())
}
