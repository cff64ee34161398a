//! What counts as something new: the one place that decides which sequences are kept.

use mc_compiler::interpret::Branch;
use mc_compiler::interpret::machine::Executed;
use mc_container::address::Address;
use std::collections::BTreeSet;

/// Something that a sequence did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// A condition in the source came out so.
    Branch(Branch),
    /// An entry ended with this code.
    Outcome(usize, u8),
    /// An entry touched cells of this variable.
    Touched(usize, Address, String),
    /// An entry succeeded after another had.
    After(usize, usize),
}

/// What a call did; `before` is the action that succeeded last.
#[must_use]
pub fn signals(action: usize, result: u8, executed: &Executed, before: Option<usize>) -> BTreeSet<Signal> {
    let mut signals: BTreeSet<Signal> = executed.branches.iter().copied().map(Signal::Branch).collect();
    signals.insert(Signal::Outcome(action, result));
    let touched = executed.usage.keys();
    signals.extend(touched.map(|cell| Signal::Touched(action, cell.container, cell.variable.clone())));
    signals.extend(before.filter(|_| result == 0).map(|before| Signal::After(before, action)));
    signals
}

/// How many branches are among the signals.
#[must_use]
pub fn branches(signals: &BTreeSet<Signal>) -> usize {
    signals.iter().filter(|signal| matches!(signal, Signal::Branch(_))).count()
}
