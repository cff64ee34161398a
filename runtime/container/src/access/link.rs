//! Linking: what a call of a composition may touch, from the formulas of the containers its slots are bound to.
//!
//! The steps' formulas are substituted, not approximated: a parameter of a step becomes the term the
//! composition passes, a result of an earlier step what that step says it gives, and only what no term
//! describes widens.

use super::term::Substitution;
use super::{Access, Delta, EntryAccess, Mode, Op, Range, Read, Sketch, StepCall, Term, VariableId, Widened};
use crate::manifest::Manifest;

/// The greatest number of operations of a linked term; what would be longer counts as not known.
pub const LINKED_OPS_MAX: usize = 1_024;

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

/// A step of a linked entry, as far as it is known before execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkedStep {
    /// Each scalar of the arguments, over the parameters of the called entry.
    pub args: Vec<Option<Term>>,
    /// The condition under which it is taken at all.
    pub when: Option<Term>,
}

/// Everything a call may touch, its steps included: the accesses of step 0, then of step 1, and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// All accesses.
    pub accesses: Vec<LinkedAccess>,
    /// For each step, the number of its first access.
    pub step_starts: Vec<u32>,
    /// What is known of each step.
    pub steps: Vec<LinkedStep>,
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
    let mut results = Vec::new();
    let kin = kin(slots);
    for (number, call) in (0..).zip(&entry.steps) {
        linked.step_starts.push(u32::try_from(linked.accesses.len()).unwrap_or(u32::MAX));
        let step = Step::new(number, call, (slots, &kin), &results)?;
        let accesses: Vec<LinkedAccess> = (0..)
            .zip(&step.callee.accesses)
            .map(|(origin, access)| {
                let Widened { access, ranges } = step.access(access, &linked.accesses);
                LinkedAccess { instance: step.instance, step: Some(number), origin, access, ranges }
            })
            .collect();
        let known = |term: &Option<Term>| step.term(term.as_ref()?, &linked.accesses);
        results.push(step.callee.results.iter().map(known).collect());
        linked.accesses.extend(accesses);
        linked.steps.push(LinkedStep { args: step.args, when: step.when });
    }
    Ok(linked)
}

/// For each slot, the first with an equal manifest: two of one manifest may be bound to one container.
fn kin(slots: &[Bound<'_>]) -> Vec<usize> {
    let first = |slot: &Bound<'_>| slots.iter().position(|other| other.manifest == slot.manifest);
    slots.iter().filter_map(first).collect()
}

/// A step that is being linked.
struct Step<'a> {
    bound: Bound<'a>,
    /// For each slot, the first with an equal manifest.
    kin: &'a [usize],
    callee: &'a EntryAccess,
    number: u16,
    instance: u16,
    args: Vec<Option<Term>>,
    when: Option<Term>,
    certain: bool,
}

impl<'a> Step<'a> {
    fn new(
        number: u16,
        call: &StepCall,
        (slots, kin): (&[Bound<'a>], &'a [usize]),
        results: &[Vec<Option<Term>>],
    ) -> Result<Self, LinkError> {
        let bound = *slots.get(usize::from(call.slot)).ok_or(LinkError::Unbound(call.slot))?;
        let no_entry = || LinkError::NoEntry(call.slot, call.entry.clone());
        let entry = bound.manifest.entry_number(&call.entry).ok_or_else(no_entry)?;
        let signature = bound.manifest.entries.get(entry).ok_or_else(no_entry)?;
        let callee = bound.access.get(entry).ok_or_else(no_entry)?;
        let needed: usize = signature.params.iter().map(|param| param.ty.scalar_count()).sum();
        if needed != call.args.len() {
            return Err(LinkError::Arguments(call.slot, call.entry.clone()));
        }
        let known = |term: &Term| term.with_results(results).filter(is_short);
        let args = call.args.iter().map(|arg| arg.as_ref().and_then(known)).collect();
        let when = call.when.as_ref().and_then(known).filter(Term::is_settled);
        let instance = call.slot.saturating_add(1);
        Ok(Self { bound, kin, callee, number, instance, args, when, certain: call.certain })
    }

    /// A term of the callee, over the parameters of the composition.
    ///
    /// What it says of cells holds when the step begins. That is when the whole call begins, unless an access
    /// before the step may change them.
    fn term(&self, term: &Term, before: &[LinkedAccess]) -> Option<Term> {
        let by = Substitution { args: &self.args, instance: self.instance, step: self.number };
        let unchanged = |read: &Read| {
            let keys: Vec<Option<Term>> = read.keys.iter().map(|key| key.substitute(&by)).collect();
            !before.iter().any(|earlier| self.may_change(earlier, read.variable, &keys))
        };
        let linked = term.substitute(&by).filter(is_short)?;
        term.reads().iter().all(unchanged).then_some(linked)
    }

    /// True if an earlier access may change a cell of the step's container.
    fn may_change(&self, earlier: &LinkedAccess, variable: VariableId, keys: &[Option<Term>]) -> bool {
        let kin = |instance: u16| instance.checked_sub(1).and_then(|slot| self.kin.get(usize::from(slot)));
        let differs = |(changed, key): (&Term, &Option<Term>)| {
            key.as_ref().is_some_and(|key| are_different_constants(changed, key))
        };
        earlier.access.mode != Mode::Read
            && earlier.access.variable == variable
            && kin(earlier.instance).is_some_and(|own| kin(self.instance) == Some(own))
            && !earlier.access.keys.iter().zip(keys).any(differs)
    }

    fn access(&self, access: &Access, before: &[LinkedAccess]) -> Widened {
        let variable = self.bound.manifest.variable(access.variable);
        let depth = variable.map_or(0, |variable| variable.keys.len());
        let is_capped = variable.is_some_and(|variable| variable.holding.is_capped());
        let apply = |term: &Term| self.term(term, before);
        let mut keys: Vec<Option<Term>> = access.keys.iter().map(apply).collect();
        keys.resize(depth, None);
        let range = |range: &Range| match (apply(&range.from), apply(&range.to)) {
            (Some(from), Some(to)) => Ok(Range { ty: range.ty, from, to, turns_max: range.turns_max }),
            _ => Err(range.turns_max),
        };
        let mode = match &access.mode {
            Mode::Delta(delta) => match substitute_delta(delta, apply) {
                Some(delta) if self.certain => Mode::Delta(delta),
                Some(delta) => Mode::Delta(or_nothing(delta)),
                None => access.mode.clone().uncounted(is_capped),
            },
            mode => mode.clone(),
        };
        let ranges = access.ranges.iter().map(range).collect();
        let own = access.when.as_ref().and_then(apply).filter(Term::is_settled);
        let when = match (self.when.clone(), own) {
            (Some(step), Some(own)) => Some(step.and(&own)).filter(is_short),
            (step, own) => step.or(own),
        };
        let touches_max = access.touches_max;
        Sketch { variable: access.variable, keys, mode, ranges, touches_max, when, is_capped }.widen()
    }
}

fn is_short(term: &Term) -> bool {
    term.0.len() <= LINKED_OPS_MAX
}

fn are_different_constants(a: &Term, b: &Term) -> bool {
    matches!((a.0.as_slice(), b.0.as_slice()), ([Op::Const(_, a)], [Op::Const(_, b)]) if a != b)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::manifest::{ContainerKind, Entry, EntryKind, Holding, Param, Variable};
    use crate::value::{Scalar, Value};

    /// A contract with the maps `owner` and `purse`, and `held` of an asset, whose entries take two numbers.
    fn manifest(name: &str, entries: &[&str]) -> Manifest {
        let variable = |name: &str, holding: Holding| Variable {
            name: name.to_owned(),
            keys: vec![Scalar::U64],
            value: if holding == Holding::Nothing { Scalar::U64 } else { Scalar::U128 },
            default: Value::ZERO,
            immutable: false,
            holding,
        };
        let param = |name: &str| Param { name: name.to_owned(), ty: Scalar::U64.into() };
        let entry = |name: &&str| Entry {
            name: (*name).to_owned(),
            kind: EntryKind::Entry,
            params: vec![param("a"), param("b")],
            result: Scalar::U64.into(),
            parallel: false,
            direct: false,
            scratch_limbs: 0,
            cost: crate::cost::Cost::fixed(0),
            sequence: 0,
        };
        let held = Holding::Amount("Unit".to_owned());
        Manifest {
            name: name.to_owned(),
            kind: ContainerKind::Contract,
            language: 1,
            compiler: String::new(),
            source_hash: [0; 32],
            variables: vec![
                variable("owner", Holding::Nothing),
                variable("purse", Holding::Nothing),
                variable("held", held),
            ],
            entries: entries.iter().map(entry).collect(),
            errors: Vec::new(),
            events: Vec::new(),
            slots: Vec::new(),
            assets: Vec::new(),
            computations: Vec::new(),
        }
    }

    fn param(number: u16) -> Term {
        Term::leaf(Op::Param(number))
    }

    fn constant(value: u64) -> Term {
        Term::leaf(Op::Const(Scalar::U64, Value::from_u64(value)))
    }

    fn result(step: u16) -> Option<Term> {
        Some(Term::leaf(Op::Result { step, scalar: 0 }))
    }

    fn owner(instance: u16, key: Term) -> Term {
        key.unary(Op::At { instance, variable: VariableId(0), keys: 1 })
    }

    fn access(variable: u16, key: Term, mode: Mode) -> Access {
        let variable = VariableId(variable);
        Access { variable, keys: vec![key], mode, ranges: Vec::new(), touches_max: 1, when: None }
    }

    fn step(slot: u16, entry: &str, args: &[Option<Term>]) -> StepCall {
        StepCall { slot, entry: entry.to_owned(), args: args.to_vec(), certain: true, when: None }
    }

    /// `owner_of` reads and gives the owner of `a`, `give` makes `b` the owner of `a`, `pay` writes the purse of the
    /// owner of `a`, `put` that of `a` itself if `b` is 7.
    fn formulas() -> Vec<EntryAccess> {
        let own = |accesses| EntryAccess { accesses, ..EntryAccess::default() };
        let look = || access(0, param(0), Mode::Read);
        let mut owner_of = own(vec![look()]);
        owner_of.results = vec![Some(owner(0, param(0)))];
        let give = own(vec![access(0, param(0), Mode::Write)]);
        let pay = own(vec![look(), access(1, owner(0, param(0)), Mode::Write)]);
        let mut put = access(1, param(0), Mode::Write);
        put.when = Some(is_seven(param(1)));
        vec![owner_of, give, pay, own(vec![put])]
    }

    const ENTRIES: [&str; 4] = ["owner_of", "give", "pay", "put"];

    fn is_seven(term: Term) -> Term {
        term.binary(&constant(7), Op::Compare(crate::arithmetic::Comparison::Equal, Scalar::U64))
    }

    fn linked(names: [&str; 2], steps: Vec<StepCall>) -> Linked {
        let manifests = names.map(|name| manifest(name, &ENTRIES));
        let formulas = formulas();
        let slots = manifests.each_ref().map(|manifest| Bound { manifest, access: &formulas });
        link(&EntryAccess { steps, ..EntryAccess::default() }, &slots).unwrap()
    }

    #[test]
    fn a_result_is_what_the_step_says_it_gives() {
        let known = vec![step(0, "owner_of", &[Some(param(3)), None]), step(1, "put", &[result(0), None])];
        let known = linked(["A", "A"], known);
        assert_eq!(known.accesses[1].access.keys, [owner(1, param(3))]);
        assert_eq!(known.steps[1].args, [Some(owner(1, param(3))), None]);
        // Where the step is not known to say it, the argument is not known.
        let unknown = vec![step(0, "give", &[None, None]), step(1, "put", &[result(0), None])];
        assert_eq!(linked(["A", "A"], unknown).accesses[1].access.keys, []);
    }

    #[test]
    fn what_an_earlier_step_may_change_is_not_known() {
        let pay_after = |names, first: &str, key: Term| {
            let steps = vec![
                step(0, first, &[Some(key), Some(param(1))]),
                step(1, "pay", &[Some(constant(2)), Some(param(1))]),
            ];
            linked(names, steps).accesses.last().unwrap().access.keys.clone()
        };
        assert_eq!(pay_after(["A", "A"], "give", param(0)), []);
        assert_eq!(pay_after(["A", "A"], "give", constant(2)), []);
        let exact = [owner(2, constant(2))];
        assert_eq!(pay_after(["A", "A"], "give", constant(3)), exact);
        assert_eq!(pay_after(["A", "A"], "put", param(0)), exact);
        assert_eq!(pay_after(["A", "A"], "owner_of", param(0)), exact);
        assert_eq!(pay_after(["A", "B"], "give", param(0)), exact);
        // What a step gives was so when the call began, whatever happens then.
        let steps = vec![
            step(0, "owner_of", &[Some(param(0)), None]),
            step(0, "give", &[Some(param(0)), Some(param(1))]),
            step(1, "put", &[result(0), None]),
        ];
        assert_eq!(linked(["A", "A"], steps).accesses[2].access.keys, [owner(1, param(0))]);
    }

    #[test]
    fn conditions_of_step_and_access_hold_together() {
        let when = |step_when: Option<Term>, arg: Option<Term>| {
            let mut call = step(0, "put", &[Some(param(0)), arg]);
            call.when = step_when;
            let linked = linked(["A", "A"], vec![call]);
            (linked.accesses[0].access.when.clone(), linked.steps[0].when.clone())
        };
        let (first, own) = (is_seven(param(4)), is_seven(param(5)));
        assert_eq!(when(None, Some(param(5))), (Some(own.clone()), None));
        assert_eq!(when(Some(first.clone()), None), (Some(first.clone()), Some(first.clone())));
        assert_eq!(when(Some(first.clone()), Some(param(5))), (Some(first.clone().and(&own)), Some(first)));
        assert_eq!(when(Some(is_seven(owner(1, param(0)))), None), (None, None));
        // A condition on what the state holds is none.
        let steps =
            vec![step(0, "owner_of", &[Some(param(0)), None]), step(1, "put", &[Some(param(0)), result(0)])];
        assert_eq!(linked(["A", "A"], steps).accesses[1].access.when, None);
    }
}
