//! Linking: what a call of a composition may touch, from the formulas of the containers its slots are bound to.
//!
//! The steps' formulas are substituted, not approximated: a parameter of a step becomes the term the
//! composition passes, a result of an earlier step what that step says it gives, and only what no term
//! describes widens. A step that is a composition itself is linked over its own parameters first, and what
//! comes of that is substituted like the formulas of any other.

mod step;

use super::{Access, EntryAccess, Term};
use crate::manifest::Manifest;
use step::Step;

/// The greatest number of operations of a linked term; what would be longer counts as not known.
pub const LINKED_OPS_MAX: usize = 1_024;
/// The greatest number of steps of an entry, those of its steps included.
pub const FLAT_STEPS_MAX: u16 = 1_024;
/// The greatest number of containers behind the slots of a composition, counted as often as slots lead to them.
pub const INSTANCES_MAX: u16 = 1_024;
/// The greatest number of operations of all terms of a linked entry.
const ALL_OPS_MAX: usize = 1_000_000;

/// An access of a linked entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedAccess {
    /// Whose cells, as [`Bound::instances`] numbers them.
    pub instance: u16,
    /// The number of the step it comes from, as in [`LinkedStep::number`]; `None` for the called container's own.
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
    /// Its number among all steps of the call: each is followed by those that it takes itself.
    pub number: u16,
    /// The slot that it goes through, of the composition that takes it.
    pub slot: u16,
    /// What that slot is bound to, as [`Bound::instances`] numbers it.
    pub instance: u16,
    /// The number of the called entry in the bound container.
    pub entry: usize,
    /// Each scalar of the arguments, over the parameters of the called entry.
    pub args: Vec<Option<Term>>,
    /// The condition under which it is taken at all.
    pub when: Option<Term>,
    /// The number of its first access; those of the steps that it takes itself follow its own.
    pub accesses_start: u32,
    /// The steps that it takes itself, if it is a composition.
    pub steps: Vec<Self>,
}

/// Everything a call may touch, its steps included: its own accesses, then those of step 0, and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// All accesses.
    pub accesses: Vec<LinkedAccess>,
    /// What is known of each step.
    pub steps: Vec<LinkedStep>,
    /// Each scalar of the result, as far as it is known before execution.
    pub results: Vec<Option<Term>>,
}

/// A container with everything that its slots are bound to.
#[derive(Clone, Debug)]
pub struct Bound<'a> {
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// Its formulas, one for each entry of the manifest.
    pub access: &'a [EntryAccess],
    /// What its slots are bound to; none but for a composition.
    pub slots: Vec<Self>,
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
    /// More than [`FLAT_STEPS_MAX`] steps, those of its steps included.
    TooManySteps,
    /// More than [`INSTANCES_MAX`] containers behind its slots.
    TooManyInstances,
    /// The formulas of its steps are too long together.
    TooLong,
    /// Two branches of a `par` may touch one cell, with what the slots are bound to.
    Branches,
}

impl<'a> Bound<'a> {
    /// The containers behind these slots, by the instance that each is of a composition that has them: 1 is what
    /// the first is bound to, and so on; then follow those behind the first slot, as its own container numbers
    /// them, then those behind the second, and so on. The composition itself is instance 0.
    #[must_use]
    pub fn instances<'s>(slots: &'s [Self]) -> Vec<&'s Self> {
        let mut instances: Vec<&'s Self> = slots.iter().collect();
        slots.iter().for_each(|slot| instances.extend(Self::instances(&slot.slots)));
        instances
    }

    /// How many instances there are, up to a number that is too many.
    fn count(slots: &[Self]) -> usize {
        slots.iter().fold(slots.len(), |count, slot| {
            if count > usize::from(INSTANCES_MAX) { count } else { count + Self::count(&slot.slots) }
        })
    }
}

impl Linked {
    /// An entry without its steps.
    fn own(entry: &EntryAccess) -> Self {
        let own = |(origin, access): (u16, &Access)| LinkedAccess {
            instance: 0,
            step: None,
            origin,
            access: access.clone(),
            ranges: (0..access.ranges.len()).collect(),
        };
        Self { accesses: (0..).zip(&entry.accesses).map(own).collect(), ..Self::default() }
    }

    /// All steps, each before those that it takes itself: in the order of their numbers.
    #[must_use]
    pub fn all_steps(&self) -> Vec<&LinkedStep> {
        let mut all = Vec::new();
        self.steps.iter().for_each(|step| step.list(&mut all));
        all
    }
}

impl LinkedStep {
    fn list<'s>(&'s self, all: &mut Vec<&'s Self>) {
        all.push(self);
        self.steps.iter().for_each(|step| step.list(all));
    }
}

/// Joins the formulas of `entry` with those of its steps.
///
/// # Errors
/// A [`LinkError`] where the slots do not provide what a step calls, or there is too much of it.
pub fn link(entry: &EntryAccess, slots: &[Bound<'_>]) -> Result<Linked, LinkError> {
    if Bound::count(slots) > usize::from(INSTANCES_MAX) {
        return Err(LinkError::TooManyInstances);
    }
    let mut manifests = Vec::new();
    let slots = Slots::new(slots, &mut manifests);
    Linker { manifests: &manifests, steps: 0, ops: 0 }.entry(entry, &slots)
}

/// What the slots of a container are bound to.
struct Slots<'a> {
    bound: Vec<Node<'a>>,
    /// For each instance from 1 on, the number of its manifest.
    kinds: Vec<usize>,
    /// For each slot, the instance that the first one behind it is.
    behind: Vec<u16>,
}

/// A bound container.
struct Node<'a> {
    /// The number of its manifest: equal manifests have equal numbers.
    kind: usize,
    access: &'a [EntryAccess],
    slots: Slots<'a>,
}

impl<'a> Slots<'a> {
    fn new(bound: &[Bound<'a>], manifests: &mut Vec<&'a Manifest>) -> Self {
        let node = |bound: &Bound<'a>| {
            let is_known =
                |known: &&Manifest| std::ptr::eq(*known, bound.manifest) || **known == *bound.manifest;
            let kind = manifests.iter().position(is_known).unwrap_or_else(|| {
                manifests.push(bound.manifest);
                manifests.len() - 1
            });
            Node { kind, access: bound.access, slots: Self::new(&bound.slots, manifests) }
        };
        let bound: Vec<Node<'a>> = bound.iter().map(node).collect();
        let mut kinds: Vec<usize> = bound.iter().map(|node| node.kind).collect();
        let mut behind = Vec::with_capacity(bound.len());
        for node in &bound {
            behind.push(u16::try_from(kinds.len() + 1).unwrap_or(u16::MAX));
            kinds.extend(&node.slots.kinds);
        }
        Self { bound, kinds, behind }
    }

    /// The number of an instance's manifest; `None` for the container itself, which has no cells.
    fn kind(&self, instance: u16) -> Option<usize> {
        self.kinds.get(usize::from(instance.checked_sub(1)?)).copied()
    }
}

/// Links the entries of a tree of containers.
struct Linker<'l> {
    /// Every manifest there is, once.
    manifests: &'l [&'l Manifest],
    /// How many steps there are so far.
    steps: u16,
    /// How many operations there are in their formulas.
    ops: usize,
}

impl<'l> Linker<'l> {
    fn entry(&mut self, entry: &EntryAccess, slots: &'l Slots<'l>) -> Result<Linked, LinkError> {
        let mut linked = Linked::own(entry);
        let (mut number, mut results) = (0, Vec::new());
        for call in &entry.steps {
            let step = Step::new(number, call, (slots, self.manifests), &results)?;
            let callee = self.entry(step.callee, &step.node.slots)?;
            number = self.next(number, &callee)?;
            let before = linked.accesses.len();
            results.push(step.take(callee, &mut linked));
            self.measure(linked.accesses.get(before..).unwrap_or_default())?;
        }
        let known = |term: &Option<Term>| term.as_ref()?.with_results(&results).filter(is_short);
        linked.results = entry.results.iter().map(known).collect();
        Ok(linked)
    }

    /// The number of the step after the one with this number, which is a call of `callee`.
    fn next(&mut self, number: u16, callee: &Linked) -> Result<u16, LinkError> {
        self.steps += 1;
        if self.steps > FLAT_STEPS_MAX {
            return Err(LinkError::TooManySteps);
        }
        Ok(number + 1 + u16::try_from(callee.all_steps().len()).unwrap_or(FLAT_STEPS_MAX))
    }

    /// Refuses formulas that whoever links them would work on for too long.
    fn measure(&mut self, accesses: &[LinkedAccess]) -> Result<(), LinkError> {
        let ops = |linked: &LinkedAccess| 1 + linked.access.terms().map(|term| term.0.len()).sum::<usize>();
        self.ops += accesses.iter().map(ops).sum::<usize>();
        if self.ops > ALL_OPS_MAX { Err(LinkError::TooLong) } else { Ok(()) }
    }
}

fn is_short(term: &Term) -> bool {
    term.0.len() <= LINKED_OPS_MAX
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::super::{Mode, Op, StepCall, VariableId};
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
            version: 1,
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

    fn contract<'a>(manifest: &'a Manifest, access: &'a [EntryAccess]) -> Bound<'a> {
        Bound { manifest, access, slots: Vec::new() }
    }

    fn linked(names: [&str; 2], steps: Vec<StepCall>) -> Linked {
        let manifests = names.map(|name| manifest(name, &ENTRIES));
        let formulas = formulas();
        let slots = manifests.each_ref().map(|manifest| contract(manifest, &formulas));
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
    /// What an entry of a composition takes of its steps, and what it gives.
    fn composed(steps: Vec<StepCall>, results: Vec<Option<Term>>) -> EntryAccess {
        EntryAccess { steps, results, ..EntryAccess::default() }
    }

    /// A composition of two contracts with one entry, `run`; and `outer` over a third and two of these.
    fn nested(names: [&str; 3], run: EntryAccess, outer: Vec<StepCall>) -> Linked {
        let [first, second, third] = names.map(|name| manifest(name, &ENTRIES));
        let (formulas, composition, run) = (formulas(), manifest("Inner", &["run"]), [run]);
        let slots = vec![contract(&first, &formulas), contract(&second, &formulas)];
        let inner = Bound { manifest: &composition, access: &run, slots };
        let slots = [inner.clone(), contract(&third, &formulas), inner];
        link(&composed(outer, Vec::new()), &slots).unwrap()
    }

    fn fresh(step: u16) -> Term {
        Term::leaf(Op::Fresh { step, site: 0, depth: 0 })
    }

    #[test]
    fn steps_within_a_step_are_numbered_after_it() {
        let two = vec![step(0, "give", &[Some(param(1)), None]), step(1, "put", &[Some(fresh(0)), None])];
        let run = || step(0, "run", &[Some(param(4)), Some(param(5))]);
        let last = || step(2, "run", &[Some(param(6)), Some(constant(7))]);
        let outer = vec![run(), step(1, "give", &[Some(param(0)), None]), last()];
        let linked = nested(["A", "B", "C"], composed(two, Vec::new()), outer);
        let steps: Vec<(u16, u16, u16, u32)> = linked
            .all_steps()
            .iter()
            .map(|step| (step.number, step.slot, step.instance, step.accesses_start))
            .collect();
        let expected = [
            (0, 0, 1, 0),
            (1, 0, 4, 0),
            (2, 1, 5, 1),
            (3, 1, 2, 2),
            (4, 2, 3, 3),
            (5, 0, 6, 3),
            (6, 1, 7, 4),
        ];
        assert_eq!(steps, expected);
        assert_eq!(linked.steps[2].steps[0].args, [Some(constant(7)), None]);
        // An id that the composition makes is of the step that it is.
        assert_eq!(linked.steps[0].steps[1].args, [Some(fresh(1)), None]);
        assert_eq!(linked.steps[2].steps[1].args, [Some(fresh(5)), None]);
        let accesses: Vec<(u16, Option<u16>, Vec<Term>)> =
            linked.accesses.iter().map(|it| (it.instance, it.step, it.access.keys.clone())).collect();
        let expected = [
            (4, Some(1), vec![param(5)]),
            (5, Some(2), vec![fresh(1)]),
            (2, Some(3), vec![param(0)]),
            (6, Some(5), vec![constant(7)]),
            (7, Some(6), vec![fresh(5)]),
        ];
        assert_eq!(accesses, expected);
    }

    #[test]
    fn a_composition_gives_what_its_steps_give() {
        let look = || vec![step(1, "owner_of", &[Some(param(0)), None])];
        let put = |given| vec![step(0, "run", &[Some(param(3)), None]), step(1, "put", &[given, None])];
        let known = nested(["A", "B", "C"], composed(look(), vec![result(0)]), put(result(0)));
        assert_eq!(known.accesses[1].access.keys, [owner(5, param(3))]);
        let unknown = nested(["A", "B", "C"], composed(look(), vec![None]), put(result(0)));
        assert_eq!(unknown.accesses[1].access.keys, []);
    }

    #[test]
    fn what_a_step_within_a_step_may_change_is_not_known() {
        let keys = |names, run: Vec<StepCall>, outer: Vec<StepCall>| {
            let linked = nested(names, composed(run, Vec::new()), outer);
            linked.accesses.last().unwrap().access.keys.clone()
        };
        let give = |slot| step(slot, "give", &[Some(param(0)), Some(param(1))]);
        let pay = |slot| step(slot, "pay", &[Some(constant(2)), None]);
        let run = |slot| step(slot, "run", &[Some(param(0)), None]);
        // A step of a nested composition changes what a later step of the outer one reads,
        assert_eq!(keys(["A", "B", "A"], vec![give(0)], vec![run(0), pay(1)]), []);
        assert_eq!(keys(["A", "B", "C"], vec![give(0)], vec![run(0), pay(1)]), [owner(2, constant(2))]);
        // a step of the outer one what a later one of a nested composition reads,
        assert_eq!(keys(["A", "B", "A"], vec![pay(0)], vec![give(1), run(0)]), []);
        assert_eq!(keys(["A", "B", "C"], vec![pay(0)], vec![give(1), run(0)]), [owner(4, constant(2))]);
        // and one nested composition what another reads.
        let both = composed(vec![pay(0), give(1)], Vec::new());
        let twice = nested(["A", "A", "C"], both, vec![run(0), run(2)]);
        let purse = |number: usize| twice.accesses[number].access.keys.clone();
        assert_eq!((purse(1), purse(4)), (vec![owner(4, constant(2))], vec![]));
    }

    #[test]
    fn conditions_of_all_steps_around_hold_together() {
        let mut put = step(0, "put", &[Some(param(0)), Some(param(1))]);
        put.when = Some(is_seven(param(0)));
        let mut run = step(0, "run", &[Some(param(3)), Some(param(4))]);
        run.when = Some(is_seven(param(5)));
        let linked = nested(["A", "B", "C"], composed(vec![put], Vec::new()), vec![run]);
        let both = is_seven(param(5)).and(&is_seven(param(3)));
        assert_eq!(linked.steps[0].when, Some(is_seven(param(5))));
        assert_eq!(linked.steps[0].steps[0].when, Some(both.clone()));
        let outer = is_seven(param(5)).and(&is_seven(param(3)).and(&is_seven(param(4))));
        assert_eq!(linked.accesses[0].access.when, Some(outer));
    }

    #[test]
    fn compositions_of_compositions_are_bounded() {
        let (contract_manifest, formulas) = (manifest("A", &ENTRIES), formulas());
        let composition = manifest("Inner", &["run"]);
        let twice = |entry| {
            let call = || step(0, entry, &[None, None]);
            [composed(vec![call(), call()], Vec::new())]
        };
        let (first, other) = (twice("owner_of"), twice("run"));
        let mut bound = contract(&contract_manifest, &formulas);
        for depth in 0..9 {
            let access = if depth == 0 { &first } else { &other };
            bound = Bound { manifest: &composition, access, slots: vec![bound] };
        }
        // 2 + 4 + … + 512 steps, then twice as many.
        let entry = &other[0];
        let first = [bound.clone()];
        assert_eq!(link(&bound.access[0], &bound.slots).unwrap().all_steps().len(), 1_022);
        assert_eq!(link(entry, &first), Err(LinkError::TooManySteps));
        let mut wide = contract(&contract_manifest, &formulas);
        for _ in 0..10 {
            wide = Bound { manifest: &composition, access: &other, slots: vec![wide.clone(), wide] };
        }
        assert_eq!(link(entry, &[wide]), Err(LinkError::TooManyInstances));
    }
}
