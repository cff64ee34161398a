//! `@parallel`: calls of this entry serialise only where they name the same cells (02 §2.2, rule 8).

use crate::tree::{Program, Unit, UnitId};
use crate::{Container, tree::Function};
use ethnum::I256;
use mc_container::access::link::{Bound, link};
use mc_container::access::{Access, EntryAccess, Mode, Op, Term, VariableId};
use mc_container::manifest::{Entry, EntryKind, Manifest};
use mc_container::package::Package;
use mc_container::value::Scalar;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// Reports every access that all calls of a `@parallel` entry or composition share.
pub fn check(program: &Program, containers: &[Container], diagnostics: &mut Vec<Diagnostic>) {
    for container in containers {
        let Some(unit) = program.unit(container.unit) else { continue };
        let entries = container.package.manifest().entries.iter().zip(container.package.access());
        for ((entry, access), places) in entries.zip(&container.places) {
            let function = unit.function_named(&entry.name).map(|(_, function)| function);
            let Some((function, asserted)) = function.and_then(|it| it.parallel.map(|span| (it, span)))
            else {
                continue;
            };
            let asserted = Asserted { function, span: asserted };
            for (access, places) in access.accesses.iter().zip(places) {
                let at = places.first().copied().unwrap_or(function.span);
                diagnostics.extend(asserted.judge(unit, &container.package, access, at));
            }
            diagnostics.extend(steps(program, containers, unit, access, &asserted));
        }
    }
}

/// What the steps of a composition share.
fn steps(
    program: &Program,
    containers: &[Container],
    unit: &Unit,
    access: &EntryAccess,
    asserted: &Asserted<'_>,
) -> Vec<Diagnostic> {
    let of = |id: UnitId| containers.iter().find(|container| container.unit == id);
    let slots: Option<Vec<(&Unit, &Package)>> = unit
        .slots
        .iter()
        .map(|slot| Some((program.unit(slot.contract)?, &of(slot.contract)?.package)))
        .collect();
    let Some(slots) = slots else { return Vec::new() };
    let bound: Vec<Bound<'_>> = slots
        .iter()
        .map(|(_, package)| Bound { manifest: package.manifest(), access: package.access() })
        .collect();
    let linked = link(access, &bound).unwrap_or_default();
    let judged = linked.accesses.iter().filter_map(|linked| {
        let slot = linked.instance.checked_sub(1)?;
        let (unit, package) = slots.get(usize::from(slot))?;
        asserted.judge(unit, package, &linked.access, asserted.function.span)
    });
    judged.collect()
}

/// An assertion and where it stands.
struct Asserted<'a> {
    function: &'a Function,
    span: Span,
}

impl Asserted<'_> {
    fn judge(&self, unit: &Unit, package: &Package, access: &Access, at: Span) -> Option<Diagnostic> {
        let (manifest, formulas) = (package.manifest(), package.access());
        let harmless = access.mode == Mode::Read && !is_written(access.variable, manifest, formulas);
        let holds =
            harmless || depends_on_call(access) || statically_free(access.variable, manifest, formulas);
        (!holds).then(|| refused(unit, self.function, access, at).also(self.span, "asserted here"))
    }
}

fn refused(unit: &Unit, function: &Function, access: &Access, at: Span) -> Diagnostic {
    let name = unit.variable(access.variable).map_or("?", |variable| variable.name.as_str());
    let levels = unit.variable(access.variable).map_or(0, |variable| variable.keys.len());
    let verb = match access.mode {
        Mode::Read => "reads",
        Mode::Write => "writes",
        Mode::Delta(_) => "adds to",
    };
    let variable = format!("`{}.{name}`", unit.name);
    let what = match (levels, access.keys.len()) {
        (0, _) => format!("the scalar {variable}"),
        (levels, known) if known < levels => {
            format!("all of {variable}, because its key is not known before execution")
        }
        _ => format!("one cell of {variable}, the same in every call"),
    };
    let name = &function.name;
    Diagnostic::error("E0401", at, format!("`{name}` is `@parallel` but every call {verb} {what}"))
        .label("every call meets here")
        .help("key the state by `caller` or a parameter, or leave `@parallel` out")
}

fn entries<'m>(
    manifest: &'m Manifest,
    formulas: &'m [EntryAccess],
) -> impl Iterator<Item = (&'m Entry, &'m EntryAccess)> {
    manifest.entries.iter().zip(formulas)
}

/// True for a variable that anything but `init` may change.
fn is_written(variable: VariableId, manifest: &Manifest, formulas: &[EntryAccess]) -> bool {
    entries(manifest, formulas)
        .filter(|(entry, _)| entry.kind != EntryKind::Init)
        .flat_map(|(_, access)| &access.accesses)
        .any(|access| access.variable == variable && access.mode != Mode::Read)
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
fn statically_free(variable: VariableId, manifest: &Manifest, formulas: &[EntryAccess]) -> bool {
    let Some(declared) = manifest.variable(variable) else { return false };
    let (_, max) = declared.value.range();
    if !declared.value.is_integer() || declared.default.number(declared.value) > max / 2 {
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

/// The greatest value of a sum of unsigned numbers, from their types.
fn upper_bound(term: &Term, entry: &Entry) -> Option<I256> {
    let mut stack: Vec<I256> = Vec::new();
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
                let casts =
                    types.filter_map(|op| if let Op::Cast(from, _) = op { Some(*from) } else { None });
                let own = match op {
                    Op::Const(ty, _) => Some(*ty),
                    Op::Param(number) => entry.params.get(usize::from(*number)).map(|param| param.ty),
                    _ => None,
                };
                let widened = term
                    .0
                    .iter()
                    .skip(at)
                    .find_map(|op| if let Op::Widen(ty) = op { Some(*ty) } else { None });
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
