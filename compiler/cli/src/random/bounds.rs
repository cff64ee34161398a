//! Random parameters that keep their `where` bounds.
//!
//! What a bound compares a parameter with is worked out from those before it, so that most values are right by
//! construction; the whole bound is looked at in the end.

use super::choices::Choices;
use super::number::Range;
use super::value::Pool;
use ethnum::I256;
use mc_compiler::interpret::Around;
use mc_compiler::interpret::worth::Known;
use mc_compiler::tree::{Comparison, Expr, ExprKind, Local, LocalId, Part, Program, Unit};
use mc_container::value::Value;

/// Parameters with their bounds.
#[derive(Clone, Copy)]
pub struct Params<'p> {
    /// The program.
    pub program: &'p Program,
    /// Whose functions the bounds may call.
    pub unit: Option<&'p Unit>,
    /// Every local.
    pub locals: &'p [Local],
    /// How many of them are parameters.
    pub count: usize,
    /// What must hold.
    pub bounds: &'p [&'p Expr],
    /// Who calls, and when.
    pub around: Around,
}

impl<'p> Params<'p> {
    /// Random values for the parameters; nothing where they break a bound.
    pub fn draw(&self, pool: &Pool<'_>, choices: &mut Choices) -> Option<Vec<Vec<Value>>> {
        let mut values: Vec<Vec<Value>> = Vec::new();
        for (number, local) in (0..).zip(self.locals.iter().take(self.count)) {
            let range = self.range(LocalId(number), local, &values);
            values.push(pool.draw(&local.ty, range, choices)?);
        }
        let known = self.known(&values);
        self.bounds.iter().all(|bound| known.holds(bound)).then_some(values)
    }

    fn known<'k>(&self, values: &'k [Vec<Value>]) -> Known<'k, 'p> {
        let Params { program, unit, locals, around, .. } = *self;
        Known { program, unit, locals, values, around }
    }

    /// Where a parameter may lie, as far as its bounds say so; nothing where they do not.
    fn range(&self, param: LocalId, local: &Local, values: &[Vec<Value>]) -> Option<Range> {
        let scalar = local.ty.scalar().filter(|ty| ty.is_number())?;
        let mut limits = Vec::new();
        self.bounds.iter().for_each(|bound| comparisons(bound, param, &mut limits));
        let known = self.known(values);
        let mut range = Range::of(scalar);
        let mut is_limited = false;
        for (comparison, limit) in limits {
            let Some(limit) = known.worth(limit).and_then(|value| value.first().copied()) else { continue };
            is_limited = true;
            let limit = limit.number(scalar);
            match comparison {
                Comparison::Less => range.high = range.high.min(limit.saturating_sub(I256::ONE)),
                Comparison::LessEqual => range.high = range.high.min(limit),
                Comparison::Greater => range.low = range.low.max(limit.saturating_add(I256::ONE)),
                Comparison::GreaterEqual => range.low = range.low.max(limit),
                Comparison::Equal => (range.low, range.high) = (range.low.max(limit), range.high.min(limit)),
                Comparison::NotEqual => {}
            }
        }
        is_limited.then_some(range)
    }
}

/// What a condition compares a parameter with, of what is known before it.
fn comparisons<'p>(condition: &'p Expr, param: LocalId, out: &mut Vec<(Comparison, &'p Expr)>) {
    let is_param = |expr: &Expr| matches!(&expr.kind, ExprKind::Local(local) if *local == param);
    match &condition.kind {
        ExprKind::And(left, right) => {
            comparisons(left, param, out);
            comparisons(right, param, out);
        }
        ExprKind::Compare(comparison, left, right) if is_param(left) && is_before(right, param) => {
            out.push((*comparison, right));
        }
        ExprKind::Compare(comparison, left, right) if is_param(right) && is_before(left, param) => {
            out.push((comparison.mirrored(), left));
        }
        _ => {}
    }
}

/// True for what uses only parameters before this one.
fn is_before(expr: &Expr, param: LocalId) -> bool {
    let mut before = match &expr.kind {
        ExprKind::Local(local) => *local < param,
        ExprKind::Load(_) | ExprKind::Block(..) | ExprKind::Outer(_) => false,
        _ => true,
    };
    expr.parts(&mut |part| {
        before &= matches!(part, Part::Expr(part) if is_before(part, param));
    });
    before
}
