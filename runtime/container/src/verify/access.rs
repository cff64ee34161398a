//! What no formula may say: names of nothing, endless terms, cells read in secret.
//!
//! What holds afterwards: every term is bounded and finds its operands, so whoever evaluates it works a bounded
//! time; and every cell that a term reads is one that the entry declares.

use super::manifest::verify_computation;
use super::{MEMBERS_MAX, RANGES_MAX, Refusal, STEPS_MAX, TERM_OPS_MAX};
use crate::access::{Access, EntryAccess, Mode, Op, Spend, Term, VariableId, source};
use crate::compute::Computation;
use crate::manifest::{COIN, ContainerKind, Entry, EntryKind, Holding, Manifest, Variable};
use crate::value::Scalar;
use std::collections::BTreeSet;

/// The greatest number of accesses of an entry: each has a slot in the frame, of which there are fewer.
const ACCESSES_MAX: usize = 2_048;
/// The most comparisons that it may take to find what each cell that formulas read is declared as.
const LOOKUPS_MAX: usize = 4_000_000;
/// The greatest depth of reads of cells in the keys of other reads.
const READS_DEPTH_MAX: usize = 2;

fn refuse(holds: bool, why: &str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Access(why.to_owned())) }
}

/// Checks the formulas of all entries.
pub(super) fn verify(manifest: &Manifest, entries: &[EntryAccess]) -> Result<(), Refusal> {
    refuse(entries.len() == manifest.entries.len(), "not one for each entry")?;
    for (entry, access) in manifest.entries.iter().zip(entries) {
        let accesses = access.accesses.len();
        refuse(accesses <= ACCESSES_MAX, "too many accesses")?;
        let reads = count_reads(access);
        let lookups = reads.saturating_mul(reads.saturating_add(accesses));
        refuse(lookups <= LOOKUPS_MAX, "its terms read too many cells")?;
        access.accesses.iter().try_for_each(|access| verify_access(manifest, entry, access))?;
        verify_steps(manifest, access)?;
        verify_results(manifest, entry, access)?;
        verify_spends(manifest, entry, access)?;
        verify_branches(manifest, access)?;
        let depth = |id| manifest.variable(id).map_or(0, |variable| variable.keys.len());
        let declared = |needed: &Access| {
            access.accesses.iter().any(|access| access.names(needed, depth(needed.variable)))
        };
        let needed = source::needed(access, depth);
        refuse(needed.iter().all(declared), "a term reads a cell that the entry does not declare")?;
    }
    Ok(())
}

fn count_reads(access: &EntryAccess) -> usize {
    let terms = access.accesses.iter().flat_map(Access::terms).chain(access.results.iter().flatten());
    terms.flat_map(|term| &term.0).filter(|op| matches!(op, Op::At { .. })).count()
}

fn verify_access(manifest: &Manifest, entry: &Entry, access: &Access) -> Result<(), Refusal> {
    let variable = manifest.variable(access.variable);
    let variable = variable.ok_or_else(|| Refusal::Access("an unknown variable".to_owned()))?;
    refuse(access.keys.len() <= variable.keys.len(), "more keys than the variable has levels")?;
    refuse(access.ranges.len() <= RANGES_MAX, "too many loops around an access")?;
    for (number, range) in access.ranges.iter().enumerate() {
        verify_term(manifest, &range.from, number, 0)?;
        verify_term(manifest, &range.to, number, 0)?;
    }
    let others = access.keys.iter().chain(access.mode.terms()).chain(&access.when);
    others.into_iter().try_for_each(|term| verify_term(manifest, term, access.ranges.len(), 0))?;
    let settled = access.when.as_ref().is_none_or(Term::is_settled);
    refuse(settled, "a condition depends on the state")?;
    let (reads, init) = (access.mode == Mode::Read, entry.kind == EntryKind::Init);
    refuse(reads || init || !variable.immutable, "an immutable is written outside of `init`")?;
    refuse(reads || entry.kind != EntryKind::View, "a view writes")?;
    verify_mode(variable, &access.mode)
}

fn verify_mode(variable: &Variable, mode: &Mode) -> Result<(), Refusal> {
    let countable = variable.value.is_integer() && variable.value != Scalar::U256;
    match mode {
        Mode::Read | Mode::Write => Ok(()),
        Mode::Delta(_) => refuse(countable, "a delta on a variable that is no integer of at most 128 bits"),
        Mode::Max | Mode::Min => {
            let ordered = countable || variable.value == Scalar::Bool;
            refuse(ordered, "a variable is raised or lowered that is neither an integer nor a truth value")?;
            refuse(
                variable.holding == Holding::Nothing,
                "a variable is raised or lowered that holds an asset",
            )
        }
    }
}

fn verify_steps(manifest: &Manifest, access: &EntryAccess) -> Result<(), Refusal> {
    refuse(access.steps.len() <= STEPS_MAX, "too many steps")?;
    for (number, step) in access.steps.iter().enumerate() {
        let slot = manifest.slots.get(usize::from(step.slot));
        let slot = slot.ok_or_else(|| Refusal::Access("a step through an unknown slot".to_owned()))?;
        let named = slot.entries.iter().any(|entry| entry.name == step.entry);
        refuse(named, "a step of an entry that its slot does not name")?;
        let terms = step.args.iter().flatten().chain(&step.when);
        terms.into_iter().try_for_each(|term| verify_term(manifest, term, 0, number))?;
    }
    Ok(())
}

fn verify_results(manifest: &Manifest, entry: &Entry, access: &EntryAccess) -> Result<(), Refusal> {
    let results = access.results.len();
    refuse(results == 0 || results == entry.result.scalar_count(), "not one for each scalar of the result")?;
    let composes = manifest.kind == ContainerKind::Composition;
    let steps = if composes { access.steps.len() } else { 0 };
    access.results.iter().flatten().try_for_each(|term| verify_term(manifest, term, 0, steps))
}

/// A composition names each asset that it spends once, and says how much as an amount over its parameters.
fn verify_spends(manifest: &Manifest, entry: &Entry, access: &EntryAccess) -> Result<(), Refusal> {
    let composes = manifest.kind == ContainerKind::Composition;
    refuse(composes || access.spends.is_empty(), "a contract that spends")?;
    refuse(access.spends.len() <= MEMBERS_MAX, "too many assets are spent")?;
    let params: Vec<Scalar> = entry.params.iter().flat_map(|param| param.ty.scalars()).collect();
    for (number, Spend { asset, most }) in access.spends.iter().enumerate() {
        let slot = asset.split_once('.').map(|(slot, _)| slot);
        let behind_slot = slot.is_some_and(|slot| manifest.slots.iter().any(|it| it.name == slot));
        let own = asset == COIN || manifest.assets.iter().any(|it| it.name == *asset);
        refuse(own || behind_slot, "an unknown asset is spent")?;
        let twice = access.spends.iter().take(number).any(|earlier| earlier.asset == *asset);
        refuse(!twice, "an asset is spent twice")?;
        verify_term(manifest, most, 0, 0)?;
        refuse(scalar_of(&most.0, &params) == Some(Scalar::U128), "what is spent is no amount")?;
    }
    Ok(())
}

/// The type of what a well formed term over these parameters gives; `None` where it has none, or needs more of them.
fn scalar_of(term: &[Op], params: &[Scalar]) -> Option<Scalar> {
    let parts = Term(term.to_vec());
    let parts = parts.parts()?;
    let operands: Vec<Scalar> =
        parts.iter().map(|part| scalar_of(part, params)).collect::<Option<Vec<_>>>()?;
    match term.last()? {
        Op::Const(ty, value) => value.is_canonical(*ty).then_some(*ty),
        Op::Param(number) => params.get(usize::from(*number)).copied(),
        Op::Element { first, stride, turns, .. } => {
            let last =
                turns.checked_sub(1)?.checked_mul(u32::from(*stride))?.checked_add(u32::from(*first))?;
            params.get(last as usize).and_then(|_| params.get(usize::from(*first))).copied()
        }
        Op::Caller | Op::Via | Op::SelfAddress { .. } => Some(Scalar::Address),
        Op::Now => Some(Scalar::Time),
        Op::Fresh { .. } => Some(Scalar::Id),
        Op::Compare(..) => Some(Scalar::Bool),
        Op::Select => operands.get(1).filter(|then| operands.get(2) == Some(then)).copied(),
        Op::Compute(computation) => Some(computation.result()),
        Op::Arithmetic(_, ty) | Op::Cast(_, ty) => Some(*ty),
        Op::Index(_)
        | Op::Immutable { .. }
        | Op::At { .. }
        | Op::Result { .. }
        | Op::Widen(_)
        | Op::WideAdd
        | Op::WideSubtract
        | Op::WideMax
        | Op::WideMin => None,
    }
}

/// Branches are of steps that there are, each in one branch of a group at most.
fn verify_branches(manifest: &Manifest, access: &EntryAccess) -> Result<(), Refusal> {
    let composes = manifest.kind == ContainerKind::Composition;
    refuse(composes || access.par.is_empty(), "a contract with branches")?;
    refuse(access.par.len() <= STEPS_MAX, "too many groups of branches")?;
    for group in &access.par {
        let mut seen = BTreeSet::new();
        refuse(group.len() <= STEPS_MAX, "too many branches")?;
        for step in group.iter().flatten() {
            refuse(usize::from(*step) < access.steps.len(), "a branch of a step that is not there")?;
            refuse(seen.insert(*step), "a step in two branches")?;
        }
    }
    Ok(())
}

/// Checks a term within this many loops and after this many steps.
fn verify_term(manifest: &Manifest, term: &Term, loops: usize, steps: usize) -> Result<(), Refusal> {
    refuse(term.0.len() <= TERM_OPS_MAX, "a term is too long")?;
    term.0.iter().try_for_each(|op| verify_op(manifest, op, loops, steps))?;
    refuse(term.is_well_formed(), "a term is not well formed")?;
    refuse(term.read_depth() <= READS_DEPTH_MAX, "a term reads cells too deeply")
}

fn verify_op(manifest: &Manifest, op: &Op, loops: usize, steps: usize) -> Result<(), Refusal> {
    match op {
        Op::Index(number) => refuse(usize::from(*number) < loops, "a term names a loop that is not there"),
        Op::Element { stride, .. } => refuse(*stride > 0, "a list of nothing"),
        Op::Result { step, .. } => refuse(usize::from(*step) < steps, "a term needs a step that comes later"),
        Op::Compute(Computation::Fresh { .. } | Computation::VerifySignature(_)) => {
            refuse(false, "a term computes what only execution may")
        }
        Op::Compute(computation) => verify_computation(computation)
            .map_err(|_| Refusal::Access("a term computes what nothing may".to_owned())),
        Op::At { instance, variable, keys } => {
            verify_read(manifest, *instance, *variable, usize::from(*keys))
        }
        _ => Ok(()),
    }
}

fn verify_read(manifest: &Manifest, instance: u16, variable: VariableId, keys: usize) -> Result<(), Refusal> {
    let variable = manifest.variable(variable).filter(|_| instance == 0);
    let variable = variable.ok_or_else(|| Refusal::Access("a term reads an unknown variable".to_owned()))?;
    refuse(variable.keys.len() == keys, "a term reads a cell with another number of keys")?;
    refuse(variable.holding != Holding::Coin, "a term reads the system's ledger")
}
