//! Numbers that everyone only adds to and that no block can fill: their changes commute without a look at them.

use super::entries;
use ethnum::I256;
use mc_container::access::{Access, EntryAccess, Mode, Op, Term, VariableId};
use mc_container::manifest::{Entry, EntryKind, Manifest};
use mc_container::value::Scalar;

/// True for a number that everyone only adds to, at least 60 bits wider than its step, so that it cannot
/// overflow within 2^60 transactions (02 §2.3, rule 11).
pub(super) fn statically_free(variable: VariableId, manifest: &Manifest, formulas: &[EntryAccess]) -> bool {
    let Some(declared) = manifest.variable(variable) else { return false };
    let (_, max) = declared.value.range();
    if !declared.value.is_integer()
        || declared.value == Scalar::U256
        || declared.default.number(declared.value) > max / 2
    {
        return false;
    }
    entries(manifest, formulas).filter(|(entry, _)| entry.kind != EntryKind::View).all(|(entry, access)| {
        let accesses = access.accesses.iter().filter(|access| access.variable == variable);
        let peak = accesses
            .map(|access| peak(access, entry))
            .try_fold(I256::ZERO, |sum, peak| sum.checked_add(peak?));
        peak.and_then(|peak| peak.checked_mul(I256::ONE << 60)).is_some_and(|peak| peak <= max / 2)
    })
}

/// The most that one call adds through an access; `None` where it may also take away, or overwrite.
fn peak(access: &Access, entry: &Entry) -> Option<I256> {
    match &access.mode {
        Mode::Read => Some(I256::ZERO),
        Mode::Delta(delta) if delta.need == Term::wide_zero() => {
            let turns =
                access.ranges.iter().try_fold(I256::ONE, |n, range| n.checked_mul(range.turns_max.into()))?;
            upper_bound(&delta.peak, entry)?.checked_mul(turns)
        }
        _ => None,
    }
}

/// The greatest value of a term of unsigned numbers, from their types.
fn upper_bound(term: &Term, entry: &Entry) -> Option<I256> {
    let mut stack: Vec<I256> = Vec::new();
    let greatest = |ty: Scalar| ty.is_number().then(|| ty.range().1).filter(|_| !ty.is_signed());
    for op in &term.0 {
        let bound = match op {
            Op::Const(ty, value) => greatest(*ty).map(|_| value.number(*ty))?,
            Op::Param(number) => greatest(param(entry, *number)?)?,
            Op::Element { first, .. } => {
                stack.pop()?;
                greatest(param(entry, *first)?)?
            }
            Op::Now | Op::Index(_) => I256::from(u64::MAX),
            Op::Arithmetic(_, ty) => {
                stack.pop()?;
                stack.pop()?;
                greatest(*ty)?
            }
            Op::Cast(_, ty) | Op::Widen(ty) => stack.pop()?.min(greatest(*ty)?),
            Op::WideAdd => stack.pop()?.checked_add(stack.pop()?)?,
            Op::WideMax => stack.pop()?.max(stack.pop()?),
            _ => return None,
        };
        stack.push(bound);
    }
    stack.pop()
}

/// The type of a parameter's scalar.
fn param(entry: &Entry, number: u16) -> Option<Scalar> {
    entry.params.iter().flat_map(|param| param.ty.scalars()).nth(usize::from(number))
}
