//! The serial executor: one transaction after the other, in order, and nothing else.
//!
//! It is the meaning of a block: every other strategy must give what it gives. It shares the sandbox with
//! them, and has no part in their scheduling: it looks up the cells of some transactions at a time, because that is
//! quicker than one after the other, and runs them.

use crate::admit::Origin;
use crate::block::Block;
use crate::evaluate::Circumstances;
use crate::live::Live;
use crate::overlay::Overlay;
use crate::receipt::Receipt;
use crate::registry::Registry;
use crate::sandbox::{Manner, Sandbox};
use crate::schedule::chunk::Chunk;
use crate::state::{CellWrite, State, sort};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many transactions are evaluated, and their cells found, at a time.
const RUN: usize = 64;

/// What a block has done, one transaction after the other.
pub(crate) struct Executed {
    pub(crate) receipts: Vec<Receipt>,
    /// Sorted by key.
    pub(crate) writes: Vec<CellWrite>,
    pub(crate) nanoseconds: Vec<u64>,
    /// Time to collect the writes.
    pub(crate) commit: Duration,
}

/// Executes a block.
pub(crate) fn execute(
    sandbox: &mut Sandbox,
    registry: &Registry,
    state: &Arc<State>,
    block: &Block,
    origin: Origin,
    manner: Manner,
) -> wasmtime::Result<Executed> {
    let memory = std::mem::take(&mut sandbox.memory);
    sandbox.enter(registry, block, Live::Overlay(Overlay::reusing(memory, state.clone())), manner)?;
    let mut receipts = Vec::with_capacity(block.transactions.len());
    let mut nanoseconds = Vec::new();
    let around = Circumstances { registry, now: block.time, origin, with_locks: false };
    let mut chunk = Chunk::default();
    for run in block.transactions.chunks(RUN) {
        chunk.start(0, 0);
        chunk.claims.add(around, run, &mut sandbox.scratch);
        if let Some(overlay) = sandbox.overlay() {
            chunk.find_in(overlay, registry);
        }
        let shared = Arc::new(chunk);
        let signed = receipts.len();
        receipts.resize_with(signed + run.len(), Receipt::default);
        let own = receipts.iter_mut().skip(signed);
        for (number, (tx, receipt)) in run.iter().zip(own).enumerate() {
            let started = manner.timed.then(Instant::now);
            sandbox.execute(registry, &shared, number, || tx.to, receipt)?;
            nanoseconds.extend(started.map(|started| started.elapsed().as_nanos() as u64));
        }
        sandbox.sign(registry, run.iter().zip(receipts.iter_mut().skip(signed)).map(Some));
        sandbox.release();
        chunk = Arc::into_inner(shared).unwrap_or_default();
    }
    let executed = Instant::now();
    let mut writes = Vec::new();
    if let Some(Live::Overlay(overlay)) = sandbox.leave() {
        writes.extend(overlay.changed());
        sandbox.memory = overlay.into_memory();
    }
    sort(&mut writes);
    Ok(Executed { receipts, writes, nanoseconds, commit: executed.elapsed() })
}
