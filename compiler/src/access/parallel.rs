//! `@parallel`: calls of this entry serialise only where they name the same cells (02 §2.2, rule 8).

use super::cells::Analysis;
use crate::ir::Body;
use crate::tree::{Function, FunctionKind, Unit};
use mc_container::access::{Access, Mode, Op, Term, VariableId};
use mc_container::manifest::EntryKind;
use mc_container::value::Scalar;
use mc_syntax::diagnostic::Diagnostic;
use std::collections::BTreeSet;

/// Reports every access of a `@parallel` entry that all its calls share.
///
/// A composition's own code touches no cell; what its steps touch is judged where its slots are bound.
pub fn check(unit: &Unit, bodies: &[(Body, Analysis)], diagnostics: &mut Vec<Diagnostic>) {
    let written = written(bodies);
    for (body, analysis) in bodies {
        let Some((_, function)) = unit.function_named(&body.name) else { continue };
        let Some(asserted) = function.parallel else { continue };
        for (access, places) in analysis.access.accesses.iter().zip(&analysis.places) {
            let harmless = access.mode == Mode::Read && !written.contains(&access.variable);
            if harmless || depends_on_call(access) || statically_free(access.variable, unit, bodies) {
                continue;
            }
            let at = places.first().copied().unwrap_or(function.span);
            diagnostics.push(refused(unit, function, access, at).also(asserted, "asserted here"));
        }
    }
}

fn refused(unit: &Unit, function: &Function, access: &Access, at: mc_syntax::source::Span) -> Diagnostic {
    let variable = unit.variable(access.variable).map_or("?", |variable| variable.name.as_str());
    let levels = unit.variable(access.variable).map_or(0, |variable| variable.keys.len());
    let verb = match access.mode {
        Mode::Read => "reads",
        Mode::Write => "writes",
        Mode::Delta(_) => "adds to",
    };
    let what = match (levels, access.keys.len()) {
        (0, _) => format!("the scalar `{variable}`"),
        (levels, known) if known < levels => format!("all of `{variable}`, because the key comes from the state"),
        _ => format!("one cell of `{variable}`, the same in every call"),
    };
    let name = &function.name;
    Diagnostic::error("E0401", at, format!("`{name}` is `@parallel` but every call {verb} {what}"))
        .label("every call meets here")
        .help("key the state by `caller` or a parameter, or leave `@parallel` out")
}

/// The variables that anything but `init` may change.
fn written(bodies: &[(Body, Analysis)]) -> BTreeSet<VariableId> {
    bodies
        .iter()
        .filter(|(body, _)| body.kind != FunctionKind::Callable(EntryKind::Init))
        .flat_map(|(_, analysis)| &analysis.access.accesses)
        .filter(|access| access.mode != Mode::Read)
        .map(|access| access.variable)
        .collect()
}

fn depends_on_call(access: &Access) -> bool {
    let mentions = |term: &Term| term.0.iter().any(|op| matches!(op, Op::Param(_) | Op::Caller));
    access.keys.iter().any(|key| {
        mentions(key)
            || key.indexes().any(|index| {
                let range = access.ranges.get(usize::from(index));
                range.is_some_and(|range| mentions(&range.from) || mentions(&range.to))
            })
    })
}

/// True for a number that everyone only adds to, at least 60 bits wider than its step, so that it cannot
/// overflow within 2^60 transactions (02 §2.3, rule 11).
fn statically_free(variable: VariableId, unit: &Unit, bodies: &[(Body, Analysis)]) -> bool {
    let Some(declared) = unit.variable(variable) else { return false };
    let (_, max) = declared.value.range();
    if !declared.value.is_integer() || declared.default.number(declared.value) > max / 2 {
        return false;
    }
    bodies
        .iter()
        .filter(|(body, _)| body.kind != FunctionKind::Callable(EntryKind::View))
        .all(|(body, analysis)| {
            let accesses = analysis.access.accesses.iter().filter(|access| access.variable == variable);
            let peaks = accesses.map(|access| match &access.mode {
                Mode::Read => Some(ethnum::I256::ZERO),
                Mode::Delta(delta) if delta.need == Term::wide_zero() => {
                    let turns = access.ranges.iter().try_fold(1_i128, |n, range| n.checked_mul(range.turns_max.into()))?;
                    upper_bound(&delta.peak, body)?.checked_mul(turns.into())
                }
                _ => None,
            });
            let peak = peaks.into_iter().try_fold(ethnum::I256::ZERO, |sum, peak| sum.checked_add(peak?));
            peak.and_then(|peak| peak.checked_mul(ethnum::I256::ONE << 60)).is_some_and(|peak| peak <= max / 2)
        })
}

/// The greatest value of a sum of unsigned numbers, from their types.
fn upper_bound(term: &Term, body: &Body) -> Option<ethnum::I256> {
    let mut stack: Vec<ethnum::I256> = Vec::new();
    for (at, op) in term.0.iter().enumerate() {
        match op {
            Op::WideAdd => {
                let sum = stack.pop()?.checked_add(stack.pop()?)?;
                stack.push(sum);
            }
            Op::WideMax => {
                let greater = stack.pop()?.max(stack.pop()?);
                stack.push(greater);
            }
            Op::WideSubtract | Op::WideMin => return None,
            Op::Widen(_) => {}
            _ => {
                // The bound of a scalar is that of the narrowest type it had on its way to 256 bits.
                let types = term.0.iter().skip(at).take_while(|op| !matches!(op, Op::Widen(_)));
                let casts = types.filter_map(|op| if let Op::Cast(from, _) = op { Some(*from) } else { None });
                let own = match op {
                    Op::Const(ty, _) => Some(*ty),
                    Op::Param(number) => body.locals.get(usize::from(*number)).copied(),
                    _ => None,
                };
                let widened = term.0.iter().skip(at).find_map(|op| if let Op::Widen(ty) = op { Some(*ty) } else { None });
                let narrowest = casts.chain(own).chain(widened).min_by_key(|ty: &Scalar| ty.width())?;
                let single = matches!(term.0.get(at + 1), Some(Op::Widen(_) | Op::Cast(..)));
                if narrowest.is_signed() || !single {
                    return None;
                }
                stack.push(narrowest.range().1);
            }
        }
    }
    stack.pop()
}
