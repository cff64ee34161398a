//! One step: the formulas of what it calls, over the parameters of the composition that takes it.

use super::super::term::Substitution;
use super::super::{
    Access, Delta, EntryAccess, Mode, Op, Range, Read, Sketch, StepCall, Term, VariableId, Widened,
};
use super::{LinkError, Linked, LinkedAccess, LinkedStep, Node, Slots, is_short};
use crate::manifest::Manifest;

/// A step that is being linked.
pub(super) struct Step<'s> {
    slots: &'s Slots<'s>,
    manifests: &'s [&'s Manifest],
    pub(super) node: &'s Node<'s>,
    pub(super) callee: &'s EntryAccess,
    /// As it is known so far, its accesses and its own steps aside.
    known: LinkedStep,
    certain: bool,
}

impl<'s> Step<'s> {
    pub(super) fn new(
        number: u16,
        call: &StepCall,
        (slots, manifests): (&'s Slots<'s>, &'s [&'s Manifest]),
        results: &[Vec<Option<Term>>],
    ) -> Result<Self, LinkError> {
        let node = slots.bound.get(usize::from(call.slot)).ok_or(LinkError::Unbound(call.slot))?;
        let no_entry = || LinkError::NoEntry(call.slot, call.entry.clone());
        let manifest = manifests.get(node.kind).ok_or_else(no_entry)?;
        let entry = manifest.entry_number(&call.entry).ok_or_else(no_entry)?;
        let signature = manifest.entries.get(entry).ok_or_else(no_entry)?;
        let callee = node.access.get(entry).ok_or_else(no_entry)?;
        let needed: usize = signature.params.iter().map(|param| param.ty.scalar_count()).sum();
        if needed != call.args.len() {
            return Err(LinkError::Arguments(call.slot, call.entry.clone()));
        }
        let known = |term: &Term| term.with_results(results).filter(is_short);
        let args = call.args.iter().map(|arg| arg.as_ref().and_then(known)).collect();
        let when = call.when.as_ref().and_then(known).filter(Term::is_settled);
        let (slot, instance) = (call.slot, call.slot.saturating_add(1));
        let known = LinkedStep { number, slot, instance, entry, args, when, ..LinkedStep::default() };
        Ok(Self { slots, manifests, node, callee, known, certain: call.certain })
    }

    /// Adds the step to those before it, and gives what is known of its results. `callee` is the called entry,
    /// over its own parameters.
    pub(super) fn take(mut self, callee: Linked, linked: &mut Linked) -> Vec<Option<Term>> {
        let (first, before) = (linked.accesses.len(), &linked.accesses);
        self.known.accesses_start = u32::try_from(first).unwrap_or(u32::MAX);
        let accesses: Vec<LinkedAccess> =
            callee.accesses.into_iter().map(|access| self.access(access, before)).collect();
        let steps = callee.steps.into_iter().map(|step| self.nested(step, before)).collect();
        let known = |term: &Option<Term>| self.term(term.as_ref()?, before);
        let results = callee.results.iter().map(known).collect();
        linked.accesses.extend(accesses);
        linked.steps.push(LinkedStep { steps, ..self.known });
        results
    }

    fn substitution(&self) -> Substitution<'_> {
        let LinkedStep { slot, instance, number, args, .. } = &self.known;
        let behind = self.slots.behind.get(usize::from(*slot)).copied().unwrap_or(u16::MAX);
        Substitution { args, instance: *instance, behind, step: *number }
    }

    /// A term of the callee, over the parameters of the composition.
    ///
    /// What it says of cells holds when the step begins. That is when the whole call begins, unless an access
    /// before the step may change them.
    fn term(&self, term: &Term, before: &[LinkedAccess]) -> Option<Term> {
        let by = self.substitution();
        let unchanged = |read: &Read| {
            let keys: Vec<Option<Term>> = read.keys.iter().map(|key| key.substitute(&by)).collect();
            let place = (by.instance_of(read.instance), read.variable);
            !before.iter().any(|earlier| self.may_change(earlier, place, &keys))
        };
        let linked = term.substitute(&by).filter(is_short)?;
        term.reads().iter().all(unchanged).then_some(linked)
    }

    /// True if an earlier access may change a cell of a container that the step reads.
    fn may_change(
        &self,
        earlier: &LinkedAccess,
        (instance, variable): (u16, VariableId),
        keys: &[Option<Term>],
    ) -> bool {
        let differs = |(changed, key): (&Term, &Option<Term>)| {
            key.as_ref().is_some_and(|key| are_different_constants(changed, key))
        };
        // Two slots with one manifest may be bound to one container.
        let kind = self.slots.kind(earlier.instance);
        earlier.access.mode != Mode::Read
            && earlier.access.variable == variable
            && kind.is_some()
            && kind == self.slots.kind(instance)
            && !earlier.access.keys.iter().zip(keys).any(differs)
    }

    /// The condition under which the step is taken and `own`, of the callee, holds; as far as it is known.
    fn when(&self, own: Option<&Term>, before: &[LinkedAccess]) -> Option<Term> {
        let own = own.and_then(|own| self.term(own, before)).filter(Term::is_settled);
        match (self.known.when.clone(), own) {
            (Some(step), Some(own)) => Some(step.and(&own)).filter(is_short),
            (step, own) => step.or(own),
        }
    }

    /// A step of the callee's own.
    fn nested(&self, step: LinkedStep, before: &[LinkedAccess]) -> LinkedStep {
        let by = self.substitution();
        LinkedStep {
            number: by.step_of(step.number),
            instance: by.instance_of(step.instance),
            args: step.args.iter().map(|arg| self.term(arg.as_ref()?, before)).collect(),
            when: self.when(step.when.as_ref(), before),
            accesses_start: self.known.accesses_start.saturating_add(step.accesses_start),
            steps: step.steps.into_iter().map(|step| self.nested(step, before)).collect(),
            ..step
        }
    }

    fn access(&self, linked: LinkedAccess, before: &[LinkedAccess]) -> LinkedAccess {
        let LinkedAccess { access, origin, ranges: of_origin, .. } = linked;
        let by = self.substitution();
        let step = linked.step.map_or(self.known.number, |step| by.step_of(step));
        let instance = by.instance_of(linked.instance);
        let Widened { access, ranges } = self.sketch(&access, instance, before).widen();
        let ranges = ranges.iter().filter_map(|kept| of_origin.get(*kept).copied()).collect();
        LinkedAccess { instance, step: Some(step), origin, access, ranges }
    }

    /// An access of the callee, as far as it is known.
    fn sketch(&self, access: &Access, instance: u16, before: &[LinkedAccess]) -> Sketch {
        let manifest = self.slots.kind(instance).and_then(|kind| self.manifests.get(kind));
        let variable = manifest.and_then(|manifest| manifest.variable(access.variable));
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
        let when = self.when(access.when.as_ref(), before);
        Sketch {
            variable: access.variable,
            keys,
            mode,
            ranges,
            touches_max: access.touches_max,
            when,
            is_capped,
        }
    }
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
    let or_zero = |term: Term, op: Op| {
        let is_so = term == zero
            || term.0.split_last().is_some_and(|(last, rest)| *last == op && rest.ends_with(&zero.0));
        if is_so { term } else { term.binary(&zero, op) }
    };
    let (low, high) = (or_zero(delta.low, Op::WideMin), or_zero(delta.high, Op::WideMax));
    Delta { low, high, ..delta }
}
