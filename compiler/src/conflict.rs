//! Which pairs of calls may conflict, and when, decided from their formulas alone.
//!
//! Two calls conflict where both may touch one cell and do not merely both read it, both add to it, both raise
//! it or both lower it. Their keys are compared as terms, each over its own call's parameters: provably
//! different, provably equal, or equal exactly if some terms are. A key that is read from the state may be
//! another in each call of a block, and where it may change in the block the call locks all it could lead to.
//! Every answer holds for every pair of calls of the two entries.

use crate::parallel::state_of;
use ethnum::I256;
use mc_container::access::{Access, Linked, LinkedAccess, Mode, Op, Range, Term, VariableId};
use mc_container::arithmetic::Operation;
use mc_container::manifest::{Holding, Manifest};
use std::collections::{BTreeMap, BTreeSet};

/// Something that can be called, with everything it may touch.
#[derive(Clone, Copy, Debug)]
pub struct Callable<'a> {
    /// Its accesses, its steps' included.
    pub linked: &'a Linked,
    /// For each instance that the accesses speak of, the number of the container it is.
    pub containers: &'a [u32],
    /// For each instance, its manifest.
    pub manifests: &'a [&'a Manifest],
}

impl Callable<'_> {
    fn manifest(&self, instance: u16) -> Option<&Manifest> {
        self.manifests.get(usize::from(instance)).copied()
    }

    /// True for cells of the system's ledger, which are the same whoever names them.
    fn is_coin(&self, access: &LinkedAccess) -> bool {
        let variable = self.manifest(access.instance).and_then(|it| it.variable(access.access.variable));
        variable.is_some_and(|variable| variable.holding == Holding::Coin)
    }

    /// True for a credit that nothing can refuse: all cells of an asset together hold no more than its supply.
    fn is_free_credit(&self, access: &LinkedAccess) -> bool {
        let Mode::Delta(delta) = &access.access.mode else { return false };
        let variable = self.manifest(access.instance).and_then(|it| it.variable(access.access.variable));
        let capped = variable.is_some_and(|it| matches!(it.holding, Holding::Amount(_) | Holding::Coin));
        capped && delta.need == Term::wide_zero()
    }

    /// True if the access is cut short: it locks every cell below its keys.
    fn is_whole(&self, access: &LinkedAccess) -> bool {
        let variable = self.manifest(access.instance).and_then(|it| it.variable(access.access.variable));
        variable.is_some_and(|variable| !access.access.is_exact(variable.keys.len()))
    }

    /// The first variable of the state that an access is about.
    fn state(&self, access: &LinkedAccess) -> VariableId {
        let own = access.access.variable;
        let Some(manifest) = self.manifest(access.instance) else { return own };
        let Some(state) = manifest.variable(own).map(|variable| state_of(&variable.name)) else { return own };
        let first = manifest.variables.iter().position(|variable| state_of(&variable.name) == state);
        first.and_then(|first| u16::try_from(first).ok()).map_or(own, VariableId)
    }

    fn container(&self, instance: u16) -> Option<u32> {
        self.containers.get(usize::from(instance)).copied()
    }
}

/// True if what the access touches is read from the state.
#[must_use]
pub fn is_by_state(access: &Access) -> bool {
    let amounts = match &access.mode {
        Mode::Delta(delta) => vec![&delta.low, &delta.high, &delta.need, &delta.peak],
        _ => Vec::new(),
    };
    let ranges = access.ranges.iter().flat_map(|range| [&range.from, &range.to]);
    access.keys.iter().chain(ranges).chain(amounts).any(|term| !term.is_settled())
}

/// What two calls may do to each other, from nothing to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No cell is touched by both, or both only read it.
    Never,
    /// Both only add to a cell, or only raise or lower it: they commute while its head-room lasts.
    Commutes,
    /// They conflict if some terms are equal, or some conditions hold.
    WhenEqual,
    /// They conflict if the state that their keys are read from says so, or changes in the block.
    ByState,
    /// They conflict.
    Always,
}

/// Two accesses, one of each call, that may meet in one cell where at least one of them changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The number of the first call's access.
    pub first: usize,
    /// The number of the second call's access.
    pub second: usize,
    /// The map levels whose keys decide: the cells are one exactly if all of these keys are equal.
    pub levels: Vec<usize>,
    /// Both only add, raise or lower.
    pub commutes: bool,
    /// One of them happens only under a condition.
    pub guarded: bool,
    /// What one of them touches is read from the state.
    pub by_state: bool,
    /// One of them locks every cell below its keys.
    pub whole: bool,
}

impl Meeting {
    /// What this meeting alone means for the two calls.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.commutes {
            Verdict::Commutes
        } else if self.levels.is_empty() && !self.guarded {
            Verdict::Always
        } else if self.by_state {
            Verdict::ByState
        } else {
            Verdict::WhenEqual
        }
    }
}

/// Every meeting of two calls, in the order of the first's accesses.
#[must_use]
pub fn meetings(first: &Callable<'_>, second: &Callable<'_>) -> Vec<Meeting> {
    let mut meetings = Vec::new();
    for (number, access) in first.linked.accesses.iter().enumerate() {
        for (other_number, other) in second.linked.accesses.iter().enumerate() {
            let found = meet((first, access), (second, other));
            meetings.extend(found.map(|it| Meeting { first: number, second: other_number, ..it }));
        }
    }
    meetings
}

/// What all meetings together mean for the two calls.
#[must_use]
pub fn verdict(meetings: &[Meeting]) -> Verdict {
    meetings.iter().map(Meeting::verdict).max().unwrap_or(Verdict::Never)
}

type Side<'a> = (&'a Callable<'a>, &'a LinkedAccess);

/// How two accesses meet; `None` where they never do.
fn meet(a: Side<'_>, b: Side<'_>) -> Option<Meeting> {
    let same_container = a.0.container(a.1.instance)? == b.0.container(b.1.instance)?;
    let same_variable = same_container && a.1.access.variable == b.1.access.variable;
    let same_ledger = a.0.is_coin(a.1) && b.0.is_coin(b.1);
    if !same_variable && !same_ledger || [a, b].iter().any(|side| is_impossible(&side.1.access)) {
        return None;
    }
    let commutes = match (&a.1.access.mode, &b.1.access.mode) {
        (Mode::Read, Mode::Read) => return None,
        // Where the state decides, a change may turn out to be a lock; only credits add up under locks.
        (Mode::Delta(_), Mode::Delta(_)) => {
            [a, b].iter().all(|side| !is_by_state(&side.1.access) || side.0.is_free_credit(side.1))
        }
        (Mode::Max, Mode::Max) | (Mode::Min, Mode::Min) => {
            [a, b].iter().all(|side| !is_by_state(&side.1.access) && !side.0.is_whole(side.1))
        }
        _ => false,
    };
    let mut levels = Vec::new();
    for (level, (key, other)) in a.1.access.keys.iter().zip(&b.1.access.keys).enumerate() {
        let settled = key.is_settled() && other.is_settled();
        match compare((a.0, &a.1.access, key), (b.0, &b.1.access, other)) {
            _ if !settled => {
                // A lock from here on covers whatever the keys behind this one are.
                levels.push(level);
                break;
            }
            Keys::Differ => return None,
            Keys::Equal => {}
            Keys::MayBeEqual => levels.push(level),
        }
    }
    Some(Meeting {
        first: 0,
        second: 0,
        levels,
        commutes,
        guarded: [a, b].iter().any(|side| side.1.access.when.is_some()),
        by_state: [a, b].iter().any(|side| is_by_state(&side.1.access)),
        whole: a.0.is_whole(a.1) || b.0.is_whole(b.1),
    })
}

/// True for what only happens under a condition that never holds.
fn is_impossible(access: &Access) -> bool {
    access.when.as_ref().is_some_and(|when| *when == Term::never())
}

enum Keys {
    Differ,
    Equal,
    MayBeEqual,
}

type Key<'a> = (&'a Callable<'a>, &'a Access, &'a Term);

fn compare(a: Key<'_>, b: Key<'_>) -> Keys {
    if is_one_value(a, b) {
        return Keys::Equal;
    }
    if let ([Op::SelfAddress { .. }], [Op::SelfAddress { .. }]) = (a.2.0.as_slice(), b.2.0.as_slice()) {
        return Keys::Differ;
    }
    if let ([Op::Const(ty, left)], [Op::Const(_, right)]) = (a.2.0.as_slice(), b.2.0.as_slice())
        && !ty.is_number()
        && left != right
    {
        return Keys::Differ;
    }
    match (interval(a.2, &a.1.ranges), interval(b.2, &b.1.ranges)) {
        (Some((low, high)), Some((other_low, other_high))) if high < other_low || other_high < low => {
            Keys::Differ
        }
        _ => Keys::MayBeEqual,
    }
}

/// True if the terms have one value in every two calls of a block: nothing in them differs between calls.
fn is_one_value(a: Key<'_>, b: Key<'_>) -> bool {
    let container = |side: &Key<'_>, instance: u16| side.0.container(instance);
    a.2.0.len() == b.2.0.len()
        && a.2.0.iter().zip(&b.2.0).all(|(left, right)| match (left, right) {
            (
                Op::Param(_)
                | Op::Caller
                | Op::Index(_)
                | Op::Element { .. }
                | Op::Fresh { .. }
                | Op::Via
                | Op::At { .. }
                | Op::Result { .. },
                _,
            ) => false,
            (Op::SelfAddress { instance }, Op::SelfAddress { instance: other }) => {
                container(&a, *instance) == container(&b, *other)
            }
            (Op::Immutable { instance, variable }, Op::Immutable { instance: other, variable: with }) => {
                variable == with && container(&a, *instance) == container(&b, *other)
            }
            _ => left == right,
        })
}

/// The least and greatest value a number can have, where constants and loop bounds alone decide.
fn interval(term: &Term, ranges: &[Range]) -> Option<(I256, I256)> {
    let mut stack: Vec<(I256, I256)> = Vec::new();
    for op in &term.0 {
        let next = match op {
            Op::Const(ty, value) if ty.is_number() => (value.number(*ty), value.number(*ty)),
            Op::Index(number) => {
                let number = usize::from(*number);
                let range = ranges.get(number)?;
                let outer = ranges.get(..number)?;
                let (low, high) = (interval(&range.from, outer)?.0, interval(&range.to, outer)?.1);
                (low, high.checked_sub(I256::ONE)?)
            }
            Op::Cast(..) | Op::Widen(_) => stack.pop()?,
            Op::Arithmetic(Operation::Add, _) => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                (left.0.checked_add(right.0)?, left.1.checked_add(right.1)?)
            }
            Op::Arithmetic(Operation::Subtract, _) => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                (left.0.checked_sub(right.1)?, left.1.checked_sub(right.0)?)
            }
            _ => return None,
        };
        stack.push(next);
    }
    stack.pop()
}

/// The verdict on every unordered pair of calls, a call with itself included.
#[derive(Clone, Debug)]
pub struct Matrix {
    size: usize,
    pairs: BTreeMap<(usize, usize), Vec<Meeting>>,
}

/// A state that calls conflict on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contended {
    /// Its container.
    pub container: u32,
    /// The first of its variables that they conflict on.
    pub variable: VariableId,
    /// How many pairs of entries conflict on it always.
    pub always: usize,
    /// How many more conflict on it when keys are equal, or when the state says so.
    pub when_equal: usize,
}

/// The pairs that conflict on a state.
#[derive(Default)]
struct Fought {
    variables: BTreeSet<VariableId>,
    pairs: BTreeMap<(usize, usize), Verdict>,
}

impl Matrix {
    /// Compares every call with every other and with itself.
    #[must_use]
    pub fn new(calls: &[Callable<'_>]) -> Self {
        let mut pairs = BTreeMap::new();
        for (row, first) in calls.iter().enumerate() {
            for (column, second) in calls.iter().enumerate().skip(row) {
                pairs.insert((row, column), meetings(first, second));
            }
        }
        Self { size: calls.len(), pairs }
    }

    /// How many calls were compared.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The verdict on a pair, in either order.
    #[must_use]
    pub fn verdict(&self, a: usize, b: usize) -> Verdict {
        self.pairs.get(&(a.min(b), a.max(b))).map_or(Verdict::Never, |meetings| verdict(meetings))
    }

    /// How many pairs have this verdict, and how many there are.
    #[must_use]
    pub fn count(&self, wanted: Verdict) -> (usize, usize) {
        (self.pairs.values().filter(|meetings| verdict(meetings) == wanted).count(), self.pairs.len())
    }

    /// How many pairs conflict always, and do so only because one of them locks more than a cell.
    #[must_use]
    pub fn count_whole(&self) -> usize {
        let worst = |meeting: &&Meeting| meeting.verdict() == Verdict::Always;
        let only_whole = |meetings: &&Vec<Meeting>| {
            meetings.iter().any(|it| worst(&it)) && meetings.iter().filter(worst).all(|it| it.whole)
        };
        self.pairs.values().filter(only_whole).count()
    }

    /// Every pair with this verdict, in order.
    pub fn pairs(&self, wanted: Verdict) -> impl Iterator<Item = (usize, usize)> + '_ {
        let found = self.pairs.iter().filter(move |(_, meetings)| verdict(meetings) == wanted);
        found.map(|(pair, _)| *pair)
    }

    /// The meetings of a pair, the first of which stands before the second.
    #[must_use]
    pub fn meetings(&self, first: usize, second: usize) -> &[Meeting] {
        self.pairs.get(&(first, second)).map_or(&[], Vec::as_slice)
    }

    /// The states that pairs conflict on, the worst first.
    #[must_use]
    pub fn contended(&self, calls: &[Callable<'_>]) -> Vec<Contended> {
        let mut worst: BTreeMap<(u32, VariableId), Fought> = BTreeMap::new();
        for (pair, meetings) in &self.pairs {
            let Some(call) = calls.get(pair.0) else { continue };
            for meeting in meetings.iter().filter(|meeting| !meeting.commutes) {
                let Some(access) = call.linked.accesses.get(meeting.first) else { continue };
                let Some(container) = call.container(access.instance) else { continue };
                let fought = worst.entry((container, call.state(access))).or_default();
                fought.variables.insert(access.access.variable);
                let verdict = fought.pairs.entry(*pair).or_insert(Verdict::Never);
                *verdict = meeting.verdict().max(*verdict);
            }
        }
        let count = |fought: &Fought, wanted| fought.pairs.values().filter(|it| **it == wanted).count();
        let mut contended: Vec<Contended> = worst
            .iter()
            .map(|((container, state), fought)| Contended {
                container: *container,
                variable: fought.variables.first().copied().unwrap_or(*state),
                always: count(fought, Verdict::Always),
                when_equal: count(fought, Verdict::WhenEqual) + count(fought, Verdict::ByState),
            })
            .collect();
        contended.sort_by_key(|it| std::cmp::Reverse((it.always, it.when_equal)));
        contended
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use mc_container::access::Delta;
    use mc_container::manifest::{ContainerKind, Variable};
    use mc_container::value::{Scalar, Value};

    fn number(value: u64) -> Term {
        Term::leaf(Op::Const(Scalar::U64, Value::from_u64(value)))
    }

    fn add() -> Mode {
        let one = number(1).unary(Op::Widen(Scalar::U64));
        Mode::Delta(Delta { low: one.clone(), high: one.clone(), need: Term::wide_zero(), peak: one })
    }

    fn call(accesses: &[(u16, Mode, Vec<Term>)]) -> Linked {
        let accesses = (0..)
            .zip(accesses)
            .map(|(origin, (variable, mode, keys))| LinkedAccess {
                instance: 0,
                step: None,
                origin,
                access: Access {
                    variable: VariableId(*variable),
                    keys: keys.clone(),
                    mode: mode.clone(),
                    ranges: vec![Range { ty: Scalar::U64, from: number(2), to: number(5), turns_max: 3 }],
                    touches_max: 1,
                    when: None,
                },
                ranges: vec![0],
            })
            .collect();
        Linked { accesses, ..Linked::default() }
    }

    #[track_caller]
    fn check(a: (Mode, Vec<Term>), b: (Mode, Vec<Term>), expected: Verdict) {
        let (a, b) = (call(&[(0, a.0, a.1)]), call(&[(0, b.0, b.1)]));
        let side = |linked| Callable { linked, containers: &[7], manifests: &[] };
        let both_ways = [meetings(&side(&a), &side(&b)), meetings(&side(&b), &side(&a))];
        for meetings in both_ways {
            assert_eq!(verdict(&meetings), expected);
        }
    }

    #[test]
    fn modes_decide_on_one_cell() {
        check((Mode::Read, vec![]), (Mode::Read, vec![]), Verdict::Never);
        check((Mode::Read, vec![]), (Mode::Write, vec![]), Verdict::Always);
        check((add(), vec![]), (Mode::Read, vec![]), Verdict::Always);
        check((add(), vec![]), (Mode::Write, vec![]), Verdict::Always);
        check((add(), vec![]), (add(), vec![]), Verdict::Commutes);
    }

    #[test]
    fn keys_decide_whether_it_is_one_cell() {
        let (caller, param) = (|| Term::leaf(Op::Caller), || Term::leaf(Op::Param(0)));
        let own = || Term::leaf(Op::SelfAddress { instance: 0 });
        check((Mode::Write, vec![caller()]), (Mode::Write, vec![caller()]), Verdict::WhenEqual);
        check((Mode::Write, vec![caller()]), (Mode::Read, vec![param()]), Verdict::WhenEqual);
        check((add(), vec![caller()]), (add(), vec![param()]), Verdict::Commutes);
        check((Mode::Write, vec![number(1)]), (Mode::Write, vec![number(1)]), Verdict::Always);
        check((Mode::Write, vec![number(1)]), (Mode::Write, vec![number(2)]), Verdict::Never);
        check((Mode::Write, vec![own()]), (Mode::Write, vec![own()]), Verdict::Always);
        check((Mode::Write, vec![]), (Mode::Write, vec![param()]), Verdict::Always);
    }

    #[test]
    fn a_key_from_the_state_may_be_another_in_every_call() {
        let at = |variable| Term::leaf(Op::At { instance: 0, variable: VariableId(variable), keys: 0 });
        check((Mode::Write, vec![at(3)]), (Mode::Write, vec![at(3)]), Verdict::ByState);
        check((Mode::Read, vec![at(3)]), (Mode::Write, vec![number(1)]), Verdict::ByState);
        check((add(), vec![at(3)]), (add(), vec![number(1)]), Verdict::ByState);
        let below = |key| vec![at(3), number(key)];
        check((Mode::Write, below(1)), (Mode::Write, below(2)), Verdict::ByState);
        let above = |key| vec![number(key), at(3)];
        check((Mode::Write, above(1)), (Mode::Write, above(2)), Verdict::Never);
    }

    #[test]
    fn who_only_raises_a_cell_commutes() {
        check((Mode::Max, vec![]), (Mode::Max, vec![]), Verdict::Commutes);
        check((Mode::Min, vec![]), (Mode::Min, vec![]), Verdict::Commutes);
        check((Mode::Max, vec![]), (Mode::Min, vec![]), Verdict::Always);
        check((Mode::Max, vec![]), (Mode::Read, vec![]), Verdict::Always);
        check((Mode::Max, vec![]), (add(), vec![]), Verdict::Always);
    }

    #[test]
    fn what_happens_under_a_condition_does_not_always_meet() {
        let mut guarded = call(&[(0, Mode::Write, vec![])]);
        let plain = guarded.clone();
        let mut under = |when| {
            guarded.accesses.first_mut().unwrap().access.when = Some(when);
            let side = |linked| Callable { linked, containers: &[7], manifests: &[] };
            verdict(&meetings(&side(&guarded), &side(&plain)))
        };
        assert_eq!(under(Term::leaf(Op::Param(0))), Verdict::WhenEqual);
        assert_eq!(under(Term::never()), Verdict::Never);
    }

    #[test]
    fn every_level_has_a_say() {
        let keys = |a: u64, b: Term| vec![number(a), b];
        let param = || Term::leaf(Op::Param(0));
        check((Mode::Write, keys(1, param())), (Mode::Write, keys(2, param())), Verdict::Never);
        check((Mode::Write, keys(1, param())), (Mode::Write, keys(1, param())), Verdict::WhenEqual);
        check((Mode::Write, keys(1, param())), (Mode::Write, vec![number(1)]), Verdict::Always);
        check((Mode::Write, keys(1, param())), (Mode::Write, vec![number(3)]), Verdict::Never);
    }

    #[test]
    fn a_loop_reaches_only_its_range() {
        let index = || Term::leaf(Op::Index(0));
        let shifted = index().binary(&number(10), Op::Arithmetic(Operation::Add, Scalar::U64));
        check((Mode::Write, vec![index()]), (Mode::Write, vec![number(5)]), Verdict::Never);
        check((Mode::Write, vec![index()]), (Mode::Write, vec![number(4)]), Verdict::WhenEqual);
        check((Mode::Write, vec![index()]), (Mode::Write, vec![shifted.clone()]), Verdict::Never);
        check((Mode::Write, vec![shifted]), (Mode::Write, vec![number(12)]), Verdict::WhenEqual);
    }

    #[test]
    fn containers_are_told_apart() {
        let linked = call(&[(0, Mode::Write, vec![])]);
        let one = Callable { linked: &linked, containers: &[1], manifests: &[] };
        let other = Callable { linked: &linked, containers: &[2], manifests: &[] };
        assert_eq!(verdict(&meetings(&one, &other)), Verdict::Never);
        let calls = [one, other];
        let matrix = Matrix::new(&calls);
        assert_eq!(matrix.count(Verdict::Always), (2, 3));
        let first = *matrix.contended(&calls).first().unwrap();
        assert_eq!((first.container, first.always, first.when_equal), (1, 1, 0));
    }

    fn manifest(variables: &[(&str, Holding)]) -> Manifest {
        let variable = |(name, holding): &(&str, Holding)| Variable {
            name: (*name).to_owned(),
            keys: Vec::new(),
            value: Scalar::U128,
            default: Value::ZERO,
            immutable: false,
            holding: holding.clone(),
        };
        Manifest {
            name: String::new(),
            kind: ContainerKind::Contract,
            version: 1,
            language: 1,
            compiler: String::new(),
            source_hash: [0; 32],
            variables: variables.iter().map(variable).collect(),
            entries: Vec::new(),
            errors: Vec::new(),
            events: Vec::new(),
            slots: Vec::new(),
            assets: Vec::new(),
            computations: Vec::new(),
        }
    }

    #[test]
    fn the_native_asset_has_one_ledger() {
        let linked = call(&[(0, add(), vec![])]);
        let ledger = manifest(&[("coin.balances", Holding::Coin)]);
        let manifests = &[&ledger];
        let one = Callable { linked: &linked, containers: &[1], manifests };
        let other = Callable { linked: &linked, containers: &[2], manifests };
        assert_eq!(verdict(&meetings(&one, &other)), Verdict::Commutes);
    }

    #[test]
    fn the_parts_of_a_state_are_contended_as_one() {
        let linked = call(&[(2, Mode::Write, vec![]), (1, Mode::Write, vec![])]);
        let names = ["sum", "lots", "lots.pot"].map(|name| (name, Holding::Nothing));
        let parts = manifest(&names);
        let calls = [Callable { linked: &linked, containers: &[1], manifests: &[&parts] }];
        let contended = Matrix::new(&calls).contended(&calls);
        assert_eq!(contended.len(), 1);
        assert_eq!(contended.first().unwrap().variable, VariableId(1));
    }
}
