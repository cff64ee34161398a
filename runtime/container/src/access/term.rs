//! Terms: pure expressions over what is known before a call runs, as postfix byte-code.
//!
//! A term is evaluated with the checked semantics of execution. Substituting a term for a parameter is
//! splicing its operations into the other's, which is how compositions inherit the formulas of their steps.

use super::VariableId;
use crate::arithmetic::{Comparison, Operation};
use crate::compute::Computation;
use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};

/// One operation on the evaluation stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum Op {
    /// Pushes a constant.
    Const(Scalar, Value),
    /// Pushes a parameter.
    Param(u16),
    /// Pushes the signer's address.
    Caller,
    /// Pushes the block's time.
    Now,
    /// Pushes the container's own address; after linking, the slot says whose (0 is the container itself).
    SelfAddress {
        /// 0, or as [`Bound::instances`](super::link::Bound::instances) numbers it.
        instance: u16,
    },
    /// Pushes an immutable; after linking, the slot says whose (0 is the container itself).
    Immutable {
        /// 0, or as [`Bound::instances`](super::link::Bound::instances) numbers it.
        instance: u16,
        /// Which.
        variable: VariableId,
    },
    /// Pushes the index of the access's `n`-th range, outermost first.
    Index(u8),
    /// Pops an index (a number of the type), pushes that element's part of a list among the parameters: the
    /// parameter `first + index * stride`; an index of `turns` or more fails.
    Element {
        /// The type of the index.
        index: Scalar,
        /// The parameter that holds the part for the first element.
        first: u16,
        /// The scalars of an element.
        stride: u16,
        /// The greatest length of the list.
        turns: u32,
    },
    /// Pops `depth` numbers (`u64`), pushes the id that `fresh_id()` gives at this place in these turns.
    Fresh {
        /// 0 for the called entry itself, or the number of the step among all of the call's plus one.
        step: u16,
        /// Which place in the entry.
        site: u16,
        /// How many loops are around it.
        depth: u8,
    },
    /// Pushes the address of the composition that is running; zero where none is.
    Via,
    /// Pops as many keys as the variable has levels, pushes what the cell held when the call began; after linking,
    /// the slot says whose cell (0 is the container itself).
    At {
        /// 0, or as [`Bound::instances`](super::link::Bound::instances) numbers it.
        instance: u16,
        /// Which.
        variable: VariableId,
        /// How many keys.
        keys: u8,
    },
    /// Pushes a scalar of what an earlier step of the composition gave; linking puts the step's own term there.
    Result {
        /// The number of the step.
        step: u16,
        /// Which scalar of its result.
        scalar: u16,
    },
    /// Pops two scalars of the type, pushes whether they compare so.
    Compare(Comparison, Scalar),
    /// Pops a condition, then two values, the last on top; pushes the first of them if the condition holds, else
    /// the second. The one that is not pushed may have trapped.
    Select,
    /// Pops the operands of a computation other than `Fresh` and `VerifySignature`, pushes its result.
    Compute(Computation),
    /// Pops two numbers of the type, pushes the checked result.
    Arithmetic(Operation, Scalar),
    /// Pops a number of the first type, pushes it in the second.
    Cast(Scalar, Scalar),
    /// Pops a number of the type, pushes it as a signed 256-bit number.
    Widen(Scalar),
    /// Pops two 256-bit numbers, pushes their sum.
    WideAdd,
    /// Pops two 256-bit numbers, pushes the first less the second.
    WideSubtract,
    /// Pops two 256-bit numbers, pushes the greater.
    WideMax,
    /// Pops two 256-bit numbers, pushes the lesser.
    WideMin,
}

impl Op {
    /// How many values it takes from the stack; it leaves one.
    #[must_use]
    pub fn arity(&self) -> usize {
        match self {
            Self::Const(..)
            | Self::Param(_)
            | Self::Caller
            | Self::Now
            | Self::SelfAddress { .. }
            | Self::Immutable { .. }
            | Self::Index(_)
            | Self::Via
            | Self::Result { .. } => 0,
            Self::Element { .. } | Self::Cast(..) | Self::Widen(_) => 1,
            Self::Compare(..)
            | Self::Arithmetic(..)
            | Self::WideAdd
            | Self::WideSubtract
            | Self::WideMax
            | Self::WideMin => 2,
            Self::Select => 3,
            Self::Fresh { depth, .. } => usize::from(*depth),
            Self::At { keys, .. } => usize::from(*keys),
            Self::Compute(computation) => computation.arity(),
        }
    }
}

/// A pure expression, in postfix order; it leaves exactly one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Term(pub Vec<Op>);

impl Term {
    /// The term of one operation.
    #[must_use]
    pub fn leaf(op: Op) -> Self {
        Self(vec![op])
    }

    /// A 256-bit zero.
    #[must_use]
    pub fn wide_zero() -> Self {
        Self(vec![Op::Const(Scalar::U64, Value::ZERO), Op::Widen(Scalar::U64)])
    }

    /// `op` applied to one term.
    #[must_use]
    pub fn unary(mut self, op: Op) -> Self {
        self.0.push(op);
        self
    }

    /// `op` applied to two terms.
    #[must_use]
    pub fn binary(mut self, other: &Self, op: Op) -> Self {
        self.0.extend_from_slice(&other.0);
        self.0.push(op);
        self
    }

    /// `true`.
    #[must_use]
    pub fn always() -> Self {
        Self::leaf(Op::Const(Scalar::Bool, Value::from_u64(1)))
    }

    /// `false`.
    #[must_use]
    pub fn never() -> Self {
        Self::leaf(Op::Const(Scalar::Bool, Value::ZERO))
    }

    /// `if self { then } else { otherwise }`.
    #[must_use]
    pub fn select(self, then: &Self, otherwise: &Self) -> Self {
        let mut ops = self.0;
        ops.extend_from_slice(&then.0);
        ops.extend_from_slice(&otherwise.0);
        ops.push(Op::Select);
        Self(ops)
    }

    /// `self && other`; a side that traps counts as true where the other decides nothing.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        self.select(other, &Self::never())
    }

    /// The conditions that must all hold for the term to hold: both sides of an outermost [`Term::and`], in turn.
    #[must_use]
    pub fn conjuncts(&self) -> Vec<Self> {
        let parts = match (self.0.last(), self.parts()) {
            (Some(Op::Select), Some(parts)) => parts,
            _ => return vec![self.clone()],
        };
        match parts.as_slice() {
            [left, right, never] if **never == *Self::never().0 => {
                let both = [left, right].into_iter().flat_map(|side| Self(side.to_vec()).conjuncts());
                both.collect()
            }
            _ => vec![self.clone()],
        }
    }

    /// The operands of the outermost operation; `None` where the term is not well formed.
    #[must_use]
    pub fn parts(&self) -> Option<Vec<&[Op]>> {
        let (mut starts, mut last) = (Vec::new(), Vec::new());
        for (place, op) in self.0.iter().enumerate() {
            last = starts.split_off(starts.len().checked_sub(op.arity())?);
            starts.push(last.first().copied().unwrap_or(place));
        }
        let ends = last.iter().skip(1).copied().chain([self.0.len().checked_sub(1)?]);
        last.iter().zip(ends).map(|(start, end)| self.0.get(*start..end)).collect()
    }

    /// True if every operation finds its operands, and one value is left.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let after = |height: usize, op: &Op| Some(height.checked_sub(op.arity())? + 1);
        self.0.iter().try_fold(0, after) == Some(1)
    }

    /// The cells whose values the term uses, each with its keys; those in the keys of another come before it.
    #[must_use]
    pub fn reads(&self) -> Vec<Read> {
        let (mut reads, mut starts) = (Vec::new(), Vec::new());
        for (place, op) in self.0.iter().enumerate() {
            let operands = starts.split_off(starts.len().saturating_sub(op.arity()));
            starts.push(operands.first().copied().unwrap_or(place));
            if let Op::At { instance, variable, .. } = op {
                let ends = operands.iter().skip(1).copied().chain([place]);
                let key = |(start, end): (&usize, usize)| {
                    Self(self.0.get(*start..end).unwrap_or_default().to_vec())
                };
                let keys = operands.iter().zip(ends).map(key).collect();
                reads.push(Read { instance: *instance, variable: *variable, keys });
            }
        }
        reads
    }

    /// How deeply reads of cells are nested in each other's keys.
    #[must_use]
    pub fn read_depth(&self) -> usize {
        let keys_depth = |read: &Read| read.keys.iter().map(Self::read_depth).max().unwrap_or(0);
        self.reads().iter().map(|read| keys_depth(read) + 1).max().unwrap_or(0)
    }

    /// True if the term depends on nothing that a block may change: it can be evaluated before the block runs.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.0.iter().any(|op| matches!(op, Op::At { .. }))
    }

    /// The ranges whose index the term uses.
    pub fn indexes(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.iter().filter_map(|op| match op {
            Op::Index(number) => Some(*number),
            _ => None,
        })
    }

    /// The term with each index replaced by the place of its range in `kept`.
    #[must_use]
    pub fn renumber(&self, kept: &[usize]) -> Self {
        let place = |index: u8| kept.iter().position(|range| *range == usize::from(index));
        let renumber = |op: &Op| match op {
            Op::Index(index) => {
                Op::Index(place(*index).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX))
            }
            other => other.clone(),
        };
        Self(self.0.iter().map(renumber).collect())
    }

    /// The term of a composition with what its steps give put in for their results; `None` where it needs one that
    /// is not known. `results` are those of the steps so far.
    #[must_use]
    pub fn with_results(&self, results: &[Vec<Option<Self>>]) -> Option<Self> {
        let mut ops = Vec::with_capacity(self.0.len());
        for op in &self.0 {
            match op {
                Op::Result { step, scalar } => {
                    let result = results.get(usize::from(*step))?.get(usize::from(*scalar))?;
                    ops.extend_from_slice(&result.as_ref()?.0);
                }
                other => ops.push(other.clone()),
            }
        }
        Some(Self(ops))
    }

    /// The term as the composition `by` sees it, whose step it describes: arguments for parameters; `None` where
    /// it needs an argument that is not known.
    #[must_use]
    pub fn substitute(&self, by: &Substitution<'_>) -> Option<Self> {
        let mut ops = Vec::with_capacity(self.0.len());
        for op in &self.0 {
            match op {
                Op::Param(number) => ops.extend_from_slice(&by.argument(*number)?.0),
                Op::Element { index, first, stride, turns } => {
                    let first = by.first_of_run(*first, *stride, *turns)?;
                    ops.push(Op::Element { index: *index, first, stride: *stride, turns: *turns });
                }
                Op::SelfAddress { instance } => {
                    ops.push(Op::SelfAddress { instance: by.instance_of(*instance) });
                }
                Op::Immutable { instance, variable } => {
                    let instance = by.instance_of(*instance);
                    ops.push(Op::Immutable { instance, variable: *variable });
                }
                Op::Fresh { step, site, depth } => {
                    ops.push(Op::Fresh { step: by.step_of(*step), site: *site, depth: *depth });
                }
                Op::Via => ops.push(Op::SelfAddress { instance: 0 }),
                Op::At { instance, variable, keys } => {
                    let instance = by.instance_of(*instance);
                    ops.push(Op::At { instance, variable: *variable, keys: *keys });
                }
                other => ops.push(other.clone()),
            }
        }
        Some(Self(ops))
    }
}

/// A cell whose value a term uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// 0 for the container itself, or as [`Bound::instances`](super::link::Bound::instances) numbers it.
    pub instance: u16,
    /// The variable.
    pub variable: VariableId,
    /// The key of each map level.
    pub keys: Vec<Term>,
}

/// What stands for the names of a step's formulas in those of the composition that takes it.
#[derive(Clone, Copy, Debug)]
pub struct Substitution<'a> {
    /// The arguments, by scalar; `None` where only execution tells.
    pub args: &'a [Option<Term>],
    /// The instance that the step's slot is: its number plus one.
    pub instance: u16,
    /// The instance that the first container behind that slot is, if it is bound to a composition.
    pub behind: u16,
    /// The number of the step among all of the composition's.
    pub step: u16,
}

impl Substitution<'_> {
    /// The instance that the step's container numbers so.
    #[must_use]
    pub fn instance_of(&self, instance: u16) -> u16 {
        instance.checked_sub(1).map_or(self.instance, |behind| self.behind.saturating_add(behind))
    }

    /// The number of the step that the step's container numbers so. [`Op::Fresh`] counts from 1 on, 0 being the
    /// called entry itself, which here is the step: so it is the same there.
    #[must_use]
    pub fn step_of(&self, step: u16) -> u16 {
        self.step.saturating_add(1).saturating_add(step)
    }

    fn argument(&self, number: u16) -> Option<&Term> {
        self.args.get(usize::from(number))?.as_ref()
    }

    /// The composition's parameter that stands for the step's parameter `first`, if every element of the list
    /// it is a part of is passed on in its place.
    fn first_of_run(&self, first: u16, stride: u16, turns: u32) -> Option<u16> {
        let [Op::Param(start)] = self.argument(first)?.0.as_slice() else { return None };
        if stride == 0 {
            return None;
        }
        for turn in 1..turns {
            let offset = u16::try_from(turn).ok()?.checked_mul(stride)?;
            let expected = Op::Param(start.checked_add(offset)?);
            let passed = self.argument(first.checked_add(offset)?)?;
            if passed.0.as_slice() != [expected] {
                return None;
            }
        }
        Some(*start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(number: u16) -> Option<Term> {
        Some(Term::leaf(Op::Param(number)))
    }

    fn element(first: u16) -> Term {
        let op = Op::Element { index: Scalar::U32, first, stride: 2, turns: 2 };
        Term::leaf(Op::Index(0)).unary(op)
    }

    #[test]
    fn a_list_that_is_passed_on_whole_stays_a_list() {
        let substitute = |args: &[Option<Term>], first| {
            element(first).substitute(&Substitution { args, instance: 1, behind: 1, step: 0 })
        };
        // The step's list starts at 1: two elements of two scalars each.
        let whole = [param(9), param(4), param(5), param(6), param(7)];
        assert_eq!(substitute(&whole, 1), Some(element(4)));
        assert_eq!(substitute(&whole, 2), Some(element(5)));
        let mixed = [param(9), param(4), param(5), param(8), param(7)];
        assert_eq!(substitute(&mixed, 1), None);
        assert_eq!(substitute(&mixed, 2), Some(element(5)));
        let unknown = [param(9), None, param(5), param(6), param(7)];
        assert_eq!(substitute(&unknown, 1), None);
        assert_eq!(substitute(&whole, 4), None);
        assert_eq!(substitute(&[], 1), None);
    }

    #[test]
    fn a_step_knows_who_runs_it() {
        let substitute = |op| {
            let by = Substitution { args: &[], instance: 3, behind: 8, step: 6 };
            Term::leaf(op).substitute(&by)
        };
        assert_eq!(substitute(Op::Via), Some(Term::leaf(Op::SelfAddress { instance: 0 })));
        assert_eq!(
            substitute(Op::SelfAddress { instance: 0 }),
            Some(Term::leaf(Op::SelfAddress { instance: 3 }))
        );
        let fresh = |step| Op::Fresh { step, site: 1, depth: 0 };
        assert_eq!(substitute(fresh(0)), Some(Term::leaf(fresh(7))));
        assert_eq!(substitute(Op::Caller), Some(Term::leaf(Op::Caller)));
        // What the step's own container calls its second slot and its fourth step.
        let own = |instance| Op::At { instance, variable: VariableId(5), keys: 0 };
        assert_eq!(substitute(own(2)), Some(Term::leaf(own(9))));
        assert_eq!(substitute(fresh(4)), Some(Term::leaf(fresh(11))));
    }
}
