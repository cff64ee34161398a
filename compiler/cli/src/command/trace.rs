//! `mcc trace`: what a transaction of a block does, step by step.

use super::input::Input;
use crate::args::Trace as Args;
use crate::compile::{self, Built};
use crate::deploy::deploy_in;
use crate::directory::Directory;
use crate::failure::{Complaint, Failure, reason};
use crate::flame::{self, Sources};
use crate::observatory::Observatory;
use crate::output::{Output, bold};
use crate::people::People;
use crate::play::Player;
use crate::project::shown;
use crate::retell;
use crate::text::{grouped, hex, plural};
use crate::trace::{Scene, Trace};
use mc_container::address::Address;
use mc_runtime::{Block, Outcome, Receipt, World};
use serde_json::json;

/// Runs everything up to the transaction, and shows what that does.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let input = Input::read(&args.subject)?;
    let built = compile::build(&input.project, args.shown.format(), output)?;
    let app = input.app(&args.subject, &built)?;
    let chain = input.chain();
    let directory = Directory::new(app, &built.compiled, &chain);
    let course = input.course(&args.subject, &directory, output)?;
    let people = People::new(&directory, &course.drafts);
    let observatory = Observatory::new(&built.compiled, true);
    let world = World::observed(&chain, observatory.observation());
    let mut world = deploy_in(world, app, &built.compiled, course.time)?;
    course.prepare(&mut world, &directory)?;
    let (before, block) = split(args, course.blocks)?;
    let player = Player::new()?;
    for block in before {
        player.play(&mut world, block)?;
    }
    let told = Told::of(&player, &observatory, &mut world, &block)?;
    let address = |address: Address| Some(people.address(address));
    let scene = Scene {
        compiled: &built.compiled,
        observatory: &observatory,
        world: &told.before,
        time: block.time,
        names: &address,
        cells: &|cell| people.cell(cell),
    };
    let tx = block.transactions.last().ok_or_else(|| Failure::unable("there is no such transaction"))?;
    let trace = scene.trace(tx, &told.outcome, &told.happenings);
    let receipt = told.outcome.receipts.first().cloned().unwrap_or_default();
    let shown = Shown { args, built: &built, block: &block, from: people.address(tx.from) };
    shown.show(&trace, &receipt, output)
}

/// The blocks before the transaction's, and that one up to the transaction.
fn split(args: &Args, mut blocks: Vec<Block>) -> Result<(Vec<Block>, Block), Complaint> {
    let all = plural(blocks.len(), "block");
    let number = args.block.unwrap_or(blocks.len());
    let is_there = number <= blocks.len();
    blocks.truncate(number);
    let Some(mut block) = blocks.pop().filter(|_| is_there) else {
        return Err(Complaint::new(format!("there is no block {number}: {all}")));
    };
    if args.number >= block.transactions.len() {
        let all = plural(block.transactions.len(), "transaction");
        let none = format!("block {number} has no transaction {}: it has {all}, from 0 on", args.number);
        return Err(Complaint::new(none));
    }
    block.transactions.truncate(args.number.saturating_add(1));
    Ok((blocks, block))
}

/// What became of the last transaction of a block.
struct Told {
    /// The world before it.
    before: World,
    outcome: Outcome,
    happenings: Vec<mc_runtime::observe::Happening>,
}

impl Told {
    fn of(
        player: &Player,
        observatory: &Observatory,
        world: &mut World,
        block: &Block,
    ) -> Result<Self, Failure> {
        let (last, rest) = block.transactions.split_last().unzip();
        let part = |transactions: &[_]| Block { transactions: transactions.to_vec(), ..block.clone() };
        player.play(world, part(rest.unwrap_or_default()))?;
        let before = world.clone();
        // What was told until here is of others.
        let _ = observatory.happened();
        let outcome = player.play(world, part(last.map_or(&[], std::slice::from_ref)))?;
        let happenings = observatory.happened().pop().unwrap_or_default();
        Ok(Self { before, outcome, happenings })
    }
}

/// What is shown.
struct Shown<'s> {
    args: &'s Args,
    built: &'s Built,
    block: &'s Block,
    from: String,
}

impl Shown<'_> {
    fn show(&self, trace: &Trace, receipt: &Receipt, output: &mut Output) -> Result<(), Failure> {
        let own: u64 = trace.calls.iter().map(|call| call.fuel).sum();
        let places = receipt.fuel.saturating_sub(own);
        let title = format!("transaction {} of block {}", self.args.number, self.block.height);
        if let Some(file) = &self.args.flamegraph {
            let names = Sources { compiled: &self.built.compiled, sources: &self.built.sources };
            let picture = flame::svg(&title, trace, places, &names)?;
            std::fs::write(file, picture).map_err(|error| {
                Failure::unable(format!("cannot write `{}`: {}", shown(file), reason(&error)))
            })?;
        }
        if self.args.shown.is_json() {
            let mut line = json!({
                "$schema": "urn:mcc:trace:1", "transaction": self.args.number, "block": self.block.height,
                "from": self.from, "result": receipt.result, "point": receipt.point,
                "sequence": receipt.sequence, "fuel": receipt.fuel, "places_fuel": places,
                "container_sign": hex(&receipt.container_sign),
            });
            retell::json(trace, &self.built.sources, &mut line);
            output.json(&line);
            return Ok(());
        }
        let became = if receipt.is_success() { "ok" } else { "failed: nothing of it is kept" };
        output.result(&format!("{} from {} · {became}\n", bold(&title), self.from));
        output.result(&retell::text(trace, &self.built.sources));
        output.result(&format!(
            "  cost   {} of fuel, {} of it for places\n",
            grouped(receipt.fuel as usize),
            grouped(places as usize)
        ));
        output.result(&format!("  sign   {}\n", hex(&receipt.container_sign)));
        Ok(())
    }
}
