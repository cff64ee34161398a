//! Terms taken apart: what they are made of, and what their form tells.

use super::flow::Symbol;
use mc_container::access::{Op, Term};
use mc_container::arithmetic::{self, Comparison};
use mc_container::compute::Computation;
use mc_container::value::Scalar;
use mc_container::verify::TERM_OPS_MAX;
use std::rc::Rc;

/// How deep a key may lie: the value of a cell whose key is the value of a cell.
const CELLS_DEEP_MAX: usize = 2;

/// A term that is small enough to keep, or unknown.
pub(crate) fn bounded(term: Term) -> Symbol {
    (term.0.len() <= TERM_OPS_MAX / 2 && term.read_depth() <= CELLS_DEEP_MAX).then(|| Rc::new(term))
}

/// `op` of operands that are all known.
pub(super) fn apply(op: Op, operands: impl IntoIterator<Item = Symbol>) -> Symbol {
    let mut ops = Vec::new();
    for operand in operands {
        ops.extend_from_slice(&operand?.0);
    }
    ops.push(op);
    bounded(Term(ops))
}

/// `if condition { then } else { otherwise }`.
pub(super) fn select(condition: &Term, then: &Term, otherwise: &Term) -> Symbol {
    bounded(
        chosen(condition, then, otherwise)
            .cloned()
            .unwrap_or_else(|| condition.clone().select(then, otherwise)),
    )
}

/// Which of two it is, where that is known.
fn chosen<'t>(condition: &Term, then: &'t Term, otherwise: &'t Term) -> Option<&'t Term> {
    if then == otherwise || *condition == Term::always() {
        Some(then)
    } else {
        (*condition == Term::never()).then_some(otherwise)
    }
}

/// Both of two truths.
pub(super) fn both(left: &Term, right: &Term) -> Symbol {
    if *right == Term::always() { Some(Rc::new(left.clone())) } else { select(left, right, &Term::never()) }
}

/// The opposite of a truth.
pub(super) fn negation(of: &Term) -> Symbol {
    match of.0.as_slice() {
        [rest @ .., Op::Compare(comparison, ty)] => {
            let mut ops = rest.to_vec();
            ops.push(Op::Compare(opposite(*comparison), *ty));
            Some(Rc::new(Term(ops)))
        }
        _ if *of == Term::always() => Some(Rc::new(Term::never())),
        _ if *of == Term::never() => Some(Rc::new(Term::always())),
        [.., Op::Select] => match of.parts().as_deref() {
            Some([condition, then, otherwise])
                if **then == *Term::never().0 && **otherwise == *Term::always().0 =>
            {
                Some(Rc::new(Term(condition.to_vec())))
            }
            _ => select(of, &Term::never(), &Term::always()),
        },
        _ => select(of, &Term::never(), &Term::always()),
    }
}

fn opposite(of: Comparison) -> Comparison {
    match of {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::GreaterEqual => Comparison::Less,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::LessEqual => Comparison::Greater,
    }
}

/// Whether two keys are equal, as a truth.
pub(super) fn equal(left: &Term, right: &Term, ty: Scalar) -> Symbol {
    bounded(left.clone().binary(right, Op::Compare(Comparison::Equal, ty)))
}

/// The term with every part for which `replace` has another replaced by that, inner parts first.
pub(super) fn rewrite<'t>(term: &Term, replace: impl Fn(&[Op]) -> Option<&'t Term>) -> Option<Term> {
    let mut stack: Vec<Term> = Vec::new();
    for op in &term.0 {
        let operands = stack.split_off(stack.len().checked_sub(op.arity())?);
        let part = folded(op, &operands).unwrap_or_else(|| {
            let mut ops: Vec<Op> = operands.into_iter().flat_map(|operand| operand.0).collect();
            ops.push(op.clone());
            Term(ops)
        });
        stack.push(replace(&part.0).cloned().unwrap_or(part));
    }
    stack.pop()
}

/// What an operation comes to, where its operands tell.
fn folded(op: &Op, operands: &[Term]) -> Option<Term> {
    match (op, operands) {
        (Op::Select, [condition, then, otherwise]) => chosen(condition, then, otherwise).cloned(),
        (Op::Compare(comparison, ty), [left, right]) => {
            let ([Op::Const(_, left)], [Op::Const(_, right)]) = (left.0.as_slice(), right.0.as_slice())
            else {
                return None;
            };
            let holds = comparison.holds(arithmetic::compare(*ty, *left, *right));
            Some(if holds { Term::always() } else { Term::never() })
        }
        _ => None,
    }
}

/// True for a key below which no value is followed.
pub(super) fn is_deep(key: &Term) -> bool {
    key.read_depth() >= CELLS_DEEP_MAX
}

/// How many values of cells a term is made of.
pub(super) fn cell_count(ops: &[Op]) -> usize {
    ops.iter().filter(|op| matches!(op, Op::At { .. })).count()
}

/// True for a term that no call computes in more than a few steps of its own.
pub(super) fn is_cheap(computation: &Computation) -> bool {
    !matches!(computation, Computation::Fresh { .. } | Computation::VerifySignature(_))
}

/// True for a condition that is the same for the whole block: over parameters and what no call changes.
pub(super) fn is_settled(condition: &Term) -> bool {
    condition.is_settled() && !condition.0.iter().any(|op| matches!(op, Op::Result { .. }))
}

/// True if no index of a loop at `depth` or deeper is used.
pub(super) fn is_outside(term: &Term, depth: usize) -> bool {
    term.indexes().all(|index| usize::from(index) < depth)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use mc_container::access::VariableId;

    fn param(number: u16) -> Term {
        Term::leaf(Op::Param(number))
    }

    fn owner(key: Term) -> Term {
        key.unary(Op::At { instance: 0, variable: VariableId(0), keys: 1 })
    }

    #[test]
    fn parts_are_replaced_from_the_inside() {
        let inner = owner(param(0));
        let outer = owner(inner.clone());
        let known = owner(param(3));
        let replace = |ops: &[Op]| if ops == inner.0.as_slice() { Some(&known) } else { None };
        assert_eq!(rewrite(&outer, replace), Some(owner(known.clone())));
        assert_eq!(bounded(owner(owner(owner(param(0))))), None);
    }

    #[test]
    fn twice_not_is_nothing() {
        let flag = param(0);
        let not = negation(&flag).unwrap();
        assert_eq!(*negation(&not).unwrap(), flag);
        let less = param(0).binary(&param(1), Op::Compare(Comparison::Less, Scalar::U64));
        let not_less = negation(&less).unwrap();
        assert_eq!(not_less.0.last(), Some(&Op::Compare(Comparison::GreaterEqual, Scalar::U64)));
        assert_eq!(*negation(&not_less).unwrap(), less);
    }
}
