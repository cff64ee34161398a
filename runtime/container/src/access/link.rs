//! Linking: what a call of a composition may touch, from the formulas of the containers its slots are bound to.
//!
//! The steps' formulas are substituted, not approximated: a parameter of a step becomes the term the
//! composition passes, and only what no term describes widens.

use super::term::Substitution;
use super::{Access, Delta, EntryAccess, Mode, Op, Range, Sketch, Term, Widened};
use crate::manifest::Manifest;

/// An access of a linked entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedAccess {
    /// Whose cells: 0 is the called container, `n + 1` what slot `n` is bound to.
    pub instance: u16,
    /// The step it comes from; `None` for the called container's own.
    pub step: Option<u16>,
    /// The number of the access among those of the step's entry, or of the called entry.
    pub origin: u16,
    /// The formulas, over the parameters of the called entry.
    pub access: Access,
    /// Which of the ranges of the access it comes from it still has, outermost first.
    pub ranges: Vec<usize>,
}

/// Everything a call may touch, its steps included: the accesses of step 0, then of step 1, and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// All accesses.
    pub accesses: Vec<LinkedAccess>,
    /// For each step, the number of its first access.
    pub step_starts: Vec<u32>,
}

/// What a slot is bound to.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a> {
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// Its formulas, one for each entry of the manifest.
    pub access: &'a [EntryAccess],
}

/// Why a composition cannot be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// Nothing is bound to the slot with this number.
    Unbound(u16),
    /// The bound container has no entry of this name.
    NoEntry(u16, String),
    /// The step passes another number of arguments than the entry takes.
    Arguments(u16, String),
}

/// Joins the formulas of `entry` with those of its steps.
///
/// # Errors
/// A [`LinkError`] where the slots do not provide what a step calls.
pub fn link(entry: &EntryAccess, slots: &[Bound<'_>]) -> Result<Linked, LinkError> {
    let mut linked = Linked::default();
    for (origin, access) in (0..).zip(&entry.accesses) {
        let ranges = (0..access.ranges.len()).collect();
        linked.accesses.push(LinkedAccess {
            instance: 0,
            step: None,
            origin,
            access: access.clone(),
            ranges,
        });
    }
    for (step, call) in (0..).zip(&entry.steps) {
        linked.step_starts.push(u32::try_from(linked.accesses.len()).unwrap_or(u32::MAX));
        let bound = slots.get(usize::from(call.slot)).ok_or(LinkError::Unbound(call.slot))?;
        let no_entry = || LinkError::NoEntry(call.slot, call.entry.clone());
        let number = bound.manifest.entry_number(&call.entry).ok_or_else(no_entry)?;
        let signature = bound.manifest.entries.get(number).ok_or_else(no_entry)?;
        let callee = bound.access.get(number).ok_or_else(no_entry)?;
        let needed: usize = signature.params.iter().map(|param| param.ty.scalar_count()).sum();
        if needed != call.args.len() {
            return Err(LinkError::Arguments(call.slot, call.entry.clone()));
        }
        let instance = call.slot.saturating_add(1);
        let by = Substitution { args: &call.args, instance, step };
        for (origin, access) in (0..).zip(&callee.accesses) {
            let Widened { access, ranges } = substitute(access, bound.manifest, call.certain, &by);
            linked.accesses.push(LinkedAccess { instance, step: Some(step), origin, access, ranges });
        }
    }
    Ok(linked)
}

fn substitute(access: &Access, manifest: &Manifest, certain: bool, by: &Substitution<'_>) -> Widened {
    let depth =
        manifest.variables.get(usize::from(access.variable.0)).map_or(0, |variable| variable.keys.len());
    let apply = |term: &Term| term.substitute(by);
    let mut keys: Vec<Option<Term>> = access.keys.iter().map(apply).collect();
    keys.resize(depth, None);
    let range = |range: &Range| {
        let (from, to) = (apply(&range.from), apply(&range.to));
        match (from, to) {
            (Some(from), Some(to)) => Ok(Range { ty: range.ty, from, to, turns_max: range.turns_max }),
            _ => Err(range.turns_max),
        }
    };
    let mode = match &access.mode {
        Mode::Delta(delta) => match substitute_delta(delta, apply) {
            Some(delta) if certain => Mode::Delta(delta),
            Some(delta) => Mode::Delta(or_nothing(delta)),
            None => Mode::Write,
        },
        mode => mode.clone(),
    };
    let ranges = access.ranges.iter().map(range).collect();
    let when = access.when.as_ref().and_then(apply);
    Sketch { variable: access.variable, keys, mode, ranges, touches_max: access.touches_max, when }.widen()
}

fn substitute_delta(delta: &Delta, apply: impl Fn(&Term) -> Option<Term>) -> Option<Delta> {
    Some(Delta {
        low: apply(&delta.low)?,
        high: apply(&delta.high)?,
        need: apply(&delta.need)?,
        peak: apply(&delta.peak)?,
    })
}

/// The delta of a step that may not be taken.
fn or_nothing(delta: Delta) -> Delta {
    let zero = Term::wide_zero();
    let low = if delta.low == zero { zero.clone() } else { delta.low.binary(&zero, Op::WideMin) };
    let high = if delta.high == zero { zero } else { delta.high.binary(&zero, Op::WideMax) };
    Delta { low, high, ..delta }
}
