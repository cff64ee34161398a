//! What a composition takes from its caller: inferred, and compared with what its `spends` says (01 §1.2, 01b).
//!
//! A step may take from the caller what its formulas take from a cell of an asset under an address that may be the
//! caller's. The sum over all ways is compared with the bound in terms of the parameters; what cannot be decided
//! here, the runtime checks, as it checks everything else.

mod sum;
mod measure;
mod debit;
mod promise;

use crate::Container;
use crate::access::{Orders, Outline};
use crate::tree::{Function, Local, Program, Slot, Unit};
use debit::Behinds;
use ethnum::I256;
use mc_container::access::{EntryAccess, Op, StepCall, Term};
use mc_container::manifest::EntryKind;
use mc_container::value::Scalar;
use mc_syntax::ast::{self, ItemKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::BTreeMap;
use sum::Sum;

/// How much of each asset is taken; `None` where only execution tells.
type Taken = BTreeMap<String, Option<Sum>>;

/// Compares what every composition takes from its caller with what it declares.
pub fn check(
    program: &Program,
    files: &[ast::File],
    containers: &[Container],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for container in containers {
        let Some(unit) = program.unit(container.unit) else { continue };
        let entries = container.package.manifest().entries.iter().zip(container.package.access());
        for (entry, formulas) in entries.filter(|(entry, _)| entry.kind == EntryKind::Compose) {
            let Some((_, function)) = unit.function_named(&entry.name) else { continue };
            let composition = Composition { unit, function, formulas, body: body_of(files, unit.span) };
            let bounds = composition.bounds();
            let behinds = Behinds { program, containers, slots: &unit.slots, bounds: &bounds };
            let steps: Vec<Taken> = (0..)
                .zip(&formulas.steps)
                .map(|(number, call): (u16, &StepCall)| {
                    let orders = container.sequence.orders.get(usize::from(number));
                    let orders = orders.cloned().unwrap_or_default();
                    sum_of(behinds.debits(number, call, &orders).into_iter().map(|it| (it.asset, it.most)))
                })
                .collect();
            let taken = along(&container.sequence.outline, &steps);
            diagnostics
                .extend(taken.iter().filter_map(|(asset, most)| composition.judge(asset, most, &bounds)));
        }
    }
    promise::check(program, containers, diagnostics);
}

/// Where the body of the composition begins whose name stands at `name`.
fn body_of(files: &[ast::File], name: Span) -> Option<Span> {
    let items = files.get(usize::from(name.file.0))?.items.iter();
    items.into_iter().find_map(|item| match &item.kind {
        ItemKind::Compose(compose) if compose.signature.name.span == name => Some(compose.body.span),
        _ => None,
    })
}

fn sum_of(taken: impl IntoIterator<Item = (String, Option<Sum>)>) -> Taken {
    let mut total = Taken::new();
    for (asset, most) in taken {
        let sum = match total.remove(&asset) {
            None => most,
            Some(before) => before.zip(most).and_then(|(before, most)| before.plus(&most)),
        };
        total.insert(asset, sum);
    }
    total
}

/// What the parts take, one after the other.
fn along(parts: &[Outline], steps: &[Taken]) -> Taken {
    let part = |part: &Outline| match part {
        Outline::Step(number) => steps.get(usize::from(*number)).cloned().unwrap_or_default(),
        Outline::Either(one, other) => either(along(one, steps), along(other, steps)),
    };
    sum_of(parts.iter().flat_map(part))
}

/// What one of two ways takes.
fn either(one: Taken, mut other: Taken) -> Taken {
    let mut most = Taken::new();
    for (asset, a) in one {
        let b = other.remove(&asset).unwrap_or_else(|| Some(Sum::default()));
        most.insert(asset, a.zip(b).and_then(|(a, b)| a.or(&b)));
    }
    // Taking nothing is no more than taking something.
    most.extend(other);
    most
}

struct Composition<'p> {
    unit: &'p Unit,
    function: &'p Function,
    formulas: &'p EntryAccess,
    body: Option<Span>,
}

impl Composition<'_> {
    /// The bounds that are declared, by asset.
    fn bounds(&self) -> BTreeMap<String, Sum> {
        let spends = self.formulas.spends.iter();
        spends.filter_map(|spend| Some((spend.asset.clone(), Sum::of(&spend.most)?))).collect()
    }

    fn judge(&self, asset: &str, most: &Option<Sum>, bounds: &BTreeMap<String, Sum>) -> Option<Diagnostic> {
        let declared = self.function.spends.iter().find(|spend| spend.asset == asset);
        let Some(declared) = declared else { return Some(self.undeclared(asset, most.as_ref())) };
        let bound = bounds.get(asset);
        // No bound can be more than the greatest amount there is.
        let exceeded = most.as_ref().filter(|most| most.is_amount()).zip(bound);
        match (most, bound) {
            (Some(most), Some(bound)) if most.is_within(bound) => None,
            _ if exceeded
                .and_then(|(most, bound)| most.less(bound))
                .is_some_and(|more| more.is_positive()) =>
            {
                let report = Diagnostic::error(
                    "E0503",
                    declared.span,
                    format!("`{}` may take more `{asset}` than it says", self.unit.name),
                );
                Some(match most.as_ref().and_then(|most| text(most, self.params())) {
                    Some(text) => report
                        .label(format!("its steps take up to `{text}`"))
                        .help(format!("declare what they take: `spends {asset} <= {text}`"))
                        .edit(declared.most.span, text),
                    None => report
                        .label("its steps take more")
                        .help("raise the bound, or `require` before the step that the amount is within it"),
                })
            }
            _ => Some(
                Diagnostic::warning(
                    "W0503",
                    declared.span,
                    format!("what `{}` takes of `{asset}` is checked at run time", self.unit.name),
                )
                .label("not proved before")
                .help("`require` that the amount is at most the bound before the step that takes it"),
            ),
        }
    }

    fn undeclared(&self, asset: &str, most: Option<&Sum>) -> Diagnostic {
        let name = &self.unit.name;
        let report = Diagnostic::error(
            "E0504",
            self.unit.span,
            format!("`{name}` can take `{asset}` from its caller and declares no `spends`"),
        )
        .label("what it costs is not in its signature");
        let text = most.and_then(|most| text(most, self.params()));
        match (text, self.body) {
            (Some(text), Some(body)) => {
                let before = Span { end: body.start, ..body };
                report
                    .help(format!("declare it: `spends {asset} <= {text}`"))
                    .edit(before, format!("spends {asset} <= {text} "))
            }
            _ => report.help(format!(
                "take the most that the caller is willing to pay as a parameter: `spends {asset} <= limit`"
            )),
        }
    }

    fn params(&self) -> &[Local] {
        self.function.param_locals()
    }
}

/// A sum over these parameters as it is written in the source, without what it takes away; `None` where it speaks of
/// more.
fn text(sum: &Sum, params: &[Local]) -> Option<String> {
    if !sum.is_amount() {
        return Some(Scalar::U128.range().1.to_string());
    }
    let (parts, constant) = sum.parts();
    let mut texts = Vec::new();
    for (term, count) in parts.filter(|(_, count)| *count > I256::ZERO) {
        let name = name(term, params)?;
        texts.push(if count == I256::ONE { name } else { format!("{name} * {count}") });
    }
    if constant > I256::ZERO || texts.is_empty() {
        texts.push(constant.max(I256::ZERO).to_string());
    }
    Some(texts.join(" + "))
}

/// A parameter as a `u128`.
fn name(term: &Term, params: &[Local]) -> Option<String> {
    let [Op::Param(wanted)] = term.0.as_slice() else { return None };
    let mut number = 0;
    for local in params {
        if number == usize::from(*wanted) {
            let ty = local.ty.scalar()?;
            let name = &local.name;
            return Some(if ty == Scalar::U128 { name.clone() } else { format!("({name} as u128)") });
        }
        number += local.ty.scalar_count();
    }
    None
}

/// What a composition over these slots and parameters that takes all of these steps takes from its caller: each
/// asset by its name there, with how much as it is written in the source, where that is known.
pub(crate) fn of_steps(
    program: &Program,
    containers: &[Container],
    (slots, params): (&[Slot], &[Local]),
    steps: &[StepCall],
) -> Vec<(String, Option<String>)> {
    let bounds = BTreeMap::new();
    let behinds = Behinds { program, containers, slots, bounds: &bounds };
    let debits = (0..).zip(steps).flat_map(|(number, call)| {
        behinds.debits(number, call, &Orders::default()).into_iter().map(|it| (it.asset, it.most))
    });
    let taken = sum_of(debits);
    taken.into_iter().map(|(asset, most)| (asset, most.and_then(|most| text(&most, params)))).collect()
}
