//! `@parallel`: calls of this entry serialise only where they name the same cells (02 §2.2, rule 8).

use crate::tree::{Program, Unit, UnitId};
use crate::{Container, tree::Function};
use ethnum::I256;
use mc_container::access::link::{Bound, link};
use mc_container::access::{Access, EntryAccess, Mode, Op, Term, VariableId};
use mc_container::address::COIN_VARIABLE;
use mc_container::manifest::{Entry, EntryKind, Holding, Manifest};
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
            let own = access.accesses.iter().zip(places).filter_map(|(access, places)| {
                judge(unit, &container.package, access, places.first().copied().unwrap_or(function.span))
            });
            let mut offences: Vec<Offence<'_>> = own.collect();
            offences.extend(steps(program, containers, unit, access, function));
            for offence in merged(offences) {
                diagnostics.push(offence.report(function).also(asserted, "asserted here"));
            }
        }
    }
}

/// What the steps of a composition share.
fn steps<'p>(
    program: &'p Program,
    containers: &'p [Container],
    unit: &Unit,
    access: &EntryAccess,
    function: &Function,
) -> Vec<Offence<'p>> {
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
        judge(unit, package, &linked.access, function.span)
    });
    judged.collect()
}

/// An access that all calls share.
struct Offence<'u> {
    unit: &'u str,
    /// The name of the variable, or of the state whose parts it is about.
    name: &'u str,
    effect: Effect,
    /// How many map levels it has, and how many of its keys are known before execution.
    levels: (usize, usize),
    at: Span,
}

/// What is done to a cell, from the least to the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    Reads,
    AddsTo,
    Writes,
}

fn judge<'u>(unit: &'u Unit, package: &Package, access: &Access, at: Span) -> Option<Offence<'u>> {
    let (manifest, formulas) = (package.manifest(), package.access());
    let harmless = access.mode == Mode::Read && !is_written(access.variable, manifest, formulas);
    let holds = harmless
        || depends_on_call(access)
        || commutes(access, manifest)
        || statically_free(access.variable, manifest, formulas);
    let variable = unit.variable(access.variable)?;
    let effect = match access.mode {
        Mode::Read => Effect::Reads,
        Mode::Delta(_) => Effect::AddsTo,
        Mode::Write | Mode::Max | Mode::Min => Effect::Writes,
    };
    let levels = (variable.keys.len(), access.keys.len());
    (!holds).then(|| Offence { unit: &unit.name, name: shown(&variable.name), effect, levels, at })
}

/// Several parts of one state at one place are one offence.
fn merged(offences: Vec<Offence<'_>>) -> Vec<Offence<'_>> {
    let mut merged: Vec<Offence<'_>> = Vec::new();
    for offence in offences {
        let earlier = merged.iter_mut().find(|earlier| {
            (earlier.unit, state_of(earlier.name), earlier.at)
                == (offence.unit, state_of(offence.name), offence.at)
        });
        let Some(earlier) = earlier else {
            merged.push(offence);
            continue;
        };
        if earlier.name != offence.name {
            earlier.name = state_of(earlier.name);
        }
        if offence.effect > earlier.effect {
            (earlier.effect, earlier.levels) = (offence.effect, offence.levels);
        }
    }
    merged
}

/// The name of a variable without what tells apart the cells of one scalar or text.
fn shown(name: &str) -> &str {
    let name = name.split('#').next().unwrap_or(name);
    name.strip_suffix(".some").unwrap_or(name)
}

/// The name of the state that a variable is a part of.
pub(crate) fn state_of(name: &str) -> &str {
    if name == COIN_VARIABLE { name } else { name.split('.').next().unwrap_or(name) }
}

impl Offence<'_> {
    fn report(&self, function: &Function) -> Diagnostic {
        let verb = match self.effect {
            Effect::Reads => "reads",
            Effect::AddsTo => "adds to",
            Effect::Writes => "writes",
        };
        let variable = format!("`{}.{}`", self.unit, self.name);
        let what = match self.levels {
            (0, _) => format!("the scalar {variable}"),
            (levels, known) if known < levels => {
                format!("all of {variable}, because its key is not known before execution")
            }
            _ => format!("one cell of {variable}, the same in every call"),
        };
        let name = &function.name;
        Diagnostic::error("E0401", self.at, format!("`{name}` is `@parallel` but every call {verb} {what}"))
            .label("every call meets here")
            .help("key the state by `caller` or a parameter, or leave `@parallel` out")
    }
}

/// True for a change of an amount of an asset, or of a supply, that nobody looks at: such changes commute while
/// there is head-room, which a credit never needs.
fn commutes(access: &Access, manifest: &Manifest) -> bool {
    let holding = manifest.variable(access.variable).map(|variable| &variable.holding);
    let amount = matches!(holding, Some(Holding::Amount(_) | Holding::Supply(_) | Holding::Coin));
    amount && matches!(access.mode, Mode::Delta(_))
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
    let differs = |op: &Op| matches!(op, Op::Param(_) | Op::Caller | Op::Element { .. } | Op::Fresh { .. });
    let mentions = |term: &Term| term.0.iter().any(differs);
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
