//! Sources: the cells that formulas themselves read.
//!
//! Where a formula says `balances[owners[id]]`, whoever evaluates it looks at `owners[id]`, so the call must be
//! ordered on that cell like on any other that it reads.

use super::{Access, EntryAccess, Mode, Range, Read, Term, VariableId};

/// The accesses that read what the formulas of `entry` need; `depth` tells the map levels of a variable.
pub fn needed(entry: &EntryAccess, depth: impl Fn(VariableId) -> usize) -> Vec<Access> {
    let mut needed: Vec<Access> = Vec::new();
    let mut need = |term: &Term, ranges: &[Range], when: Option<&Term>| {
        for read in term.reads().into_iter().filter(|read| read.instance == 0) {
            let access = access_of(read, ranges, when);
            let levels = depth(access.variable);
            let canonical = access.sketch(levels, false).widen().access;
            if !needed.contains(&canonical) {
                needed.push(canonical);
            }
        }
    };
    for access in &entry.accesses {
        access.terms().for_each(|term| need(term, &access.ranges, access.when.as_ref()));
    }
    entry.results.iter().flatten().for_each(|term| need(term, &[], None));
    needed
}

/// The accesses that read what the formulas of `entry` need and that no access of `within` lets them look at.
pub fn missing(entry: &EntryAccess, within: &[Access], depth: impl Fn(VariableId) -> usize) -> Vec<Access> {
    let seen = |needed: &Access| within.iter().any(|access| access.observes(needed, depth(needed.variable)));
    needed(entry, &depth).into_iter().filter(|needed| !seen(needed)).collect()
}

fn access_of(read: Read, ranges: &[Range], when: Option<&Term>) -> Access {
    let Read { variable, keys, .. } = read;
    let (ranges, when) = (ranges.to_vec(), when.cloned());
    Access { variable, keys, mode: Mode::Read, ranges, touches_max: 1, when }
}

impl Access {
    /// True if every cell of `needed` is one of this access, its condition aside.
    #[must_use]
    pub fn names(&self, needed: &Self, depth: usize) -> bool {
        let canonical = |access: &Self, levels: usize| {
            let mut sketch = access.sketch(depth, false);
            sketch.mode = Mode::Read;
            sketch.keys.iter_mut().skip(levels).for_each(|key| *key = None);
            let access = sketch.widen().access;
            (access.keys, access.ranges)
        };
        self.variable == needed.variable
            && self.keys.len() <= needed.keys.len()
            && canonical(self, depth) == canonical(needed, self.keys.len())
    }

    /// True if the call is allowed to look at every cell of `needed` by this access, whenever it needs to.
    #[must_use]
    pub fn observes(&self, needed: &Self, depth: usize) -> bool {
        let holds = |when: &Term| {
            let known = needed.when.as_ref().map(Term::conjuncts).unwrap_or_default();
            when.conjuncts().iter().all(|condition| known.contains(condition))
        };
        matches!(self.mode, Mode::Read | Mode::Write)
            && self.names(needed, depth)
            && self.when.as_ref().is_none_or(holds)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::super::Op;
    use super::*;
    use crate::value::{Scalar, Value};

    fn param(number: u16) -> Term {
        Term::leaf(Op::Param(number))
    }

    fn at(variable: u16, keys: &[Term]) -> Term {
        let ops = keys.iter().flat_map(|key| key.0.clone()).collect();
        let keys = u8::try_from(keys.len()).unwrap_or(u8::MAX);
        Term(ops).unary(Op::At { instance: 0, variable: VariableId(variable), keys })
    }

    fn access(variable: u16, keys: Vec<Term>, mode: Mode) -> Access {
        Access { variable: VariableId(variable), keys, mode, ranges: Vec::new(), touches_max: 1, when: None }
    }

    fn range(to: Term) -> Range {
        let from = Term::leaf(Op::Const(Scalar::U64, Value::ZERO));
        Range { ty: Scalar::U64, from, to, turns_max: 4 }
    }

    fn own(accesses: Vec<Access>) -> EntryAccess {
        EntryAccess { accesses, ..EntryAccess::default() }
    }

    #[test]
    fn every_read_in_a_formula_is_needed_once() {
        let inner = at(1, &[param(0)]);
        let outer = at(2, &[inner.clone(), param(1)]);
        let mut entry =
            own(vec![access(0, vec![outer], Mode::Write), access(0, vec![inner.clone()], Mode::Read)]);
        entry.results = vec![None, Some(inner.clone())];
        let expected = [access(1, vec![param(0)], Mode::Read), access(2, vec![inner, param(1)], Mode::Read)];
        assert_eq!(needed(&entry, |id| id.0.into()), expected);
    }

    #[test]
    fn a_read_in_a_loop_is_needed_in_the_loops_it_names() {
        let index = |number| Term::leaf(Op::Index(number));
        let ranges = vec![range(param(0)), range(at(3, &[])), range(param(2))];
        let each = Access { ranges, ..access(0, vec![at(1, &[index(2)])], Mode::Write) };
        let found = needed(&own(vec![each]), |id| usize::from(id.0 == 1));
        assert_eq!(
            found[0],
            Access { ranges: vec![range(param(2))], ..access(1, vec![index(0)], Mode::Read) }
        );
        assert_eq!(found[1], access(3, vec![], Mode::Read));
    }

    #[test]
    fn an_access_observes_what_it_names_while_its_condition_holds() {
        let needed = access(1, vec![param(0), param(1)], Mode::Read);
        let declared = |keys: Vec<Term>, mode| access(1, keys, mode);
        let both = || vec![param(0), param(1)];
        assert!(declared(both(), Mode::Write).observes(&needed, 2));
        assert!(declared(vec![param(0)], Mode::Read).observes(&needed, 2));
        assert!(declared(vec![], Mode::Read).observes(&needed, 2));
        assert!(!declared(both(), Mode::Max).observes(&needed, 2));
        assert!(declared(both(), Mode::Max).names(&needed, 2));
        assert!(!declared(vec![param(1)], Mode::Read).names(&needed, 2));
        assert!(!declared(both(), Mode::Read).names(&declared(vec![param(0)], Mode::Read), 2));
        let when = |number| Some(param(number));
        let guarded = Access { when: when(5), ..declared(both(), Mode::Read) };
        assert!(!guarded.observes(&needed, 2));
        assert!(guarded.observes(&Access { when: when(5), ..needed.clone() }, 2));
        let more = Some(param(4).and(&param(5)).and(&param(6)));
        assert!(guarded.observes(&Access { when: more, ..needed.clone() }, 2));
        assert!(!guarded.observes(&Access { when: when(4), ..needed }, 2));
    }
}
