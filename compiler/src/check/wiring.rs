//! What a `deploy` is bound to: assets to generic parameters, deployments to slots.

use super::app::Deployed;
use super::call::{self, Parameter};
use super::interface::{self, Side};
use super::scope::Context;
use crate::error;
use crate::tree::{AssetSource, Behind, COIN, Slot, Unit, UnitId};
use mc_container::value::Scalar;
use mc_syntax::ast::{self, Arg, ExprKind, Ident, TypeArg, TypeKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// What a `deploy` is bound to.
pub(crate) struct Wired {
    pub(crate) generics: Vec<AssetSource>,
    pub(crate) slots: Vec<u32>,
}

/// What is bound to a slot, and where it says so.
#[derive(Clone, Copy)]
struct Binding {
    number: u32,
    span: Span,
}

/// Binds the generic parameters and the slots of one `deploy`.
pub(crate) struct Wiring<'w> {
    pub(crate) context: &'w Context<'w>,
    pub(crate) known: &'w [Deployed],
    /// Names whose deployment has been reported.
    pub(crate) broken: &'w [String],
    pub(crate) diagnostics: &'w mut Vec<Diagnostic>,
}

impl Wiring<'_> {
    pub(crate) fn wire(
        &mut self,
        id: UnitId,
        target: &ast::Deployed,
        args: &[Arg],
        span: Span,
    ) -> Option<Wired> {
        let unit = self.context.program.unit(id)?;
        let generics = self.generics(unit, target, span)?;
        let slots = if unit.slots.is_empty() { Vec::new() } else { self.bindings(unit, args, span)? };
        for (slot, bound) in unit.slots.iter().zip(&slots) {
            self.consistent(unit, slot, *bound, &slots)?;
        }
        let slots = slots.into_iter().map(|bound| bound.number).collect();
        Some(Wired { generics, slots })
    }

    fn generics(&mut self, unit: &Unit, target: &ast::Deployed, span: Span) -> Option<Vec<AssetSource>> {
        if unit.generics.len() != target.args.len() {
            let names = unit.generics.join(", ");
            let report = Diagnostic::error(
                "E0509",
                span,
                format!(
                    "`{}` is generic over {}, {} given",
                    unit.name,
                    match unit.generics.len() {
                        0 => "no asset".to_owned(),
                        1 => "1 asset".to_owned(),
                        n => format!("{n} assets"),
                    },
                    target.args.len()
                ),
            )
            .label("which assets?")
            .also(unit.span, "declared here");
            self.diagnostics.push(match names.as_str() {
                "" => report.help(format!("write `deploy {}(…)`", unit.name)),
                _ => report.help(format!(
                    "name an asset for each of `{names}`: `deploy {}<gold.Unit>(…)`",
                    unit.name
                )),
            });
            return None;
        }
        let sources: Vec<Option<AssetSource>> = target.args.iter().map(|arg| self.asset(arg)).collect();
        sources.into_iter().collect()
    }

    /// `coin`, or `gold.Unit` for a fungible asset of a deployment.
    fn asset(&mut self, arg: &TypeArg) -> Option<AssetSource> {
        let (path, span) = match arg {
            TypeArg::Type(ast::Type { kind: TypeKind::Named { path, args }, span }) if args.is_empty() => {
                (Some(path), *span)
            }
            TypeArg::Type(ty) => (None, ty.span),
            TypeArg::Length(_, span) => (None, *span),
        };
        if path.is_some_and(|path| path.text() == COIN) {
            return Some(AssetSource::Coin);
        }
        let Some([deployment, asset]) = path.map(|path| path.segments.as_slice()) else {
            self.diagnostics.push(
                Diagnostic::error("E0509", span, "this is no asset of a deployment")
                    .label("which deployment's?")
                    .help("write `coin`, or the deployment and its asset: `gold.Unit`"),
            );
            return None;
        };
        let at = self.find(deployment)?;
        let unit = self.context.program.unit(self.known.get(at)?.unit)?;
        let found = unit.assets.iter().find(|known| known.name == asset.name);
        found.into_iter().for_each(|found| self.context.names.trail.means(asset.span, found.span));
        if let Some(found) = found.filter(|found| found.unique.is_none()) {
            return Some(AssetSource::Of(u32::try_from(at).ok()?, found.name.clone()));
        }
        self.diagnostics.push(match found {
            Some(found) => Diagnostic::error("E0509", span, format!("`{}` is unique", found.name))
                .label("a generic parameter stands for a fungible asset")
                .also(found.span, "declared here"),
            None => {
                let known = unit.assets.iter().map(|asset| asset.name.as_str());
                let kind = format!("asset in `{}` named", unit.name);
                error::unknown(&kind, &asset.name, asset.span, known)
            }
        });
        None
    }

    pub(crate) fn find(&mut self, name: &Ident) -> Option<usize> {
        if self.broken.contains(&name.name) {
            return None;
        }
        let at = self.known.iter().rposition(|deployed| deployed.name == name.name);
        let known = at.and_then(|at| self.known.get(at));
        known.into_iter().for_each(|known| self.context.names.trail.means(name.span, known.named));
        if at.is_none() {
            let known = self.known.iter().map(|deployed| deployed.name.as_str());
            self.diagnostics.push(error::unknown("deployment", &name.name, name.span, known));
        }
        at
    }

    fn bindings(&mut self, unit: &Unit, args: &[Arg], span: Span) -> Option<Vec<Binding>> {
        let named: Vec<&Slot> = unit.slots.iter().filter(|slot| !slot.implied).collect();
        let params: Vec<Parameter<'_>> =
            named.iter().map(|slot| Parameter { name: &slot.name, ty: Scalar::Address.into() }).collect();
        let arranged = match call::arrange(&unit.name, args, &params, span) {
            Ok(arranged) => arranged,
            Err(misfit) => {
                self.diagnostics.push(misfit.help(slots_of(self.context, unit)));
                return None;
            }
        };
        for name in args.iter().filter_map(|arg| arg.name.as_ref()) {
            let slot = named.iter().find(|slot| slot.name == name.name);
            slot.into_iter().for_each(|slot| self.context.names.trail.means(name.span, slot.span));
        }
        let bound: Vec<Option<Binding>> =
            arranged.into_iter().zip(&named).map(|(arg, slot)| self.bind(arg, slot)).collect();
        let mut bound = bound.into_iter().collect::<Option<Vec<_>>>()?.into_iter();
        let known: Vec<(&str, u32)> =
            named.iter().map(|slot| slot.name.as_str()).zip(bound.clone().map(|it| it.number)).collect();
        let of = |slot: &Slot| if slot.implied { self.implied(slot, &known, span) } else { bound.next() };
        let all: Vec<Option<Binding>> = unit.slots.iter().map(of).collect();
        all.into_iter().collect()
    }

    fn bind(&mut self, arg: &ast::Expr, needed: &Slot) -> Option<Binding> {
        let slot = &needed.name;
        let ExprKind::Name(name) = &arg.kind else {
            self.diagnostics.push(
                Diagnostic::error("E0509", arg.span, format!("slot `{slot}` needs a deployment"))
                    .label("not the name of one")
                    .help("name it with `let name = deploy …;` first"),
            );
            return None;
        };
        let at = self.find(name)?;
        let deployed = self.known.get(at)?;
        if matches!(needed.behind, Behind::Unit(unit) if unit != deployed.unit) {
            let program = self.context.program;
            let needed = program.behind(needed).map_or("?", |unit| unit.name.as_str());
            let found = program.unit(deployed.unit).map_or("?", |unit| unit.name.as_str());
            let report = Diagnostic::error(
                "E0509",
                arg.span,
                format!("slot `{slot}` needs `{needed}`, found `{found}`"),
            )
            .label(format!("this is a `{found}`"))
            .also(deployed.span, "deployed here");
            self.diagnostics.push(report);
            return None;
        }
        Some(Binding { number: u32::try_from(at).ok()?, span: arg.span })
    }

    /// The deployment of another composition that is taken as a step, whose slots are bound as those of the same
    /// names are here.
    fn implied(&mut self, needed: &Slot, bound: &[(&str, u32)], span: Span) -> Option<Binding> {
        let program = self.context.program;
        let inner = program.behind(needed)?;
        let fits = |deployed: &Deployed| {
            let mut slots = inner.slots.iter().zip(&deployed.slots).filter(|(slot, _)| !slot.implied);
            Behind::Unit(deployed.unit) == needed.behind
                && slots.all(|(slot, to)| bound.contains(&(slot.name.as_str(), *to)))
        };
        let found: Vec<usize> =
            (0..self.known.len()).filter(|number| self.known.get(*number).is_some_and(fits)).collect();
        if let [one] = found.as_slice() {
            return Some(Binding { number: u32::try_from(*one).ok()?, span });
        }
        let name = &inner.name;
        let broken = self.broken.iter().any(|broken| broken == name);
        if !broken {
            self.diagnostics.push(ambiguous(
                needed,
                inner,
                found.first().and_then(|at| self.known.get(*at)),
                span,
            ));
        }
        None
    }

    /// What is bound to a slot holds the assets, and has the entries, that the composition takes it to have.
    fn consistent(&mut self, unit: &Unit, slot: &Slot, bound: Binding, all: &[Binding]) -> Option<()> {
        let deployed = self.known.get(bound.number as usize)?;
        if let Behind::Interface(_) = slot.behind {
            return self.complete(unit, (slot, bound), deployed, all);
        }
        for (asset, actual) in slot.generics.iter().zip(&deployed.generics) {
            if source(asset, unit, all)? != *actual {
                self.diagnostics.push(
                    Diagnostic::error(
                        "E0509",
                        bound.span,
                        format!("slot `{}` needs one over `{asset}`", slot.name),
                    )
                    .label(format!("`{}` is over another asset", deployed.name))
                    .also(deployed.span, "deployed here"),
                );
                return None;
            }
        }
        Some(())
    }

    /// What is bound to an interface slot has everything that the interface declares.
    fn complete(
        &mut self,
        unit: &Unit,
        (slot, bound): (&Slot, Binding),
        deployed: &Deployed,
        all: &[Binding],
    ) -> Option<()> {
        let (interface, found) =
            (self.context.program.behind(slot)?, self.context.program.unit(deployed.unit)?);
        let shown = |asset: &str| {
            let generic = found.generics.iter().position(|generic| generic == asset);
            let actual = generic.and_then(|at| deployed.generics.get(at));
            match actual {
                Some(AssetSource::Of(of, asset)) => match self.known.get(*of as usize) {
                    Some(of) => format!("{}.{asset}", of.name),
                    None => asset.clone(),
                },
                Some(AssetSource::Coin) => COIN.to_owned(),
                None if asset == COIN => COIN.to_owned(),
                None => format!("{}.{asset}", deployed.name),
            }
        };
        let same = |asset: &str| identity(&own_source(asset, bound.number, (found, deployed)));
        let outside = |asset: &str| slot.outside(interface, asset);
        let wanted =
            |asset: &str| source(&outside(asset), unit, all).as_ref().map_or_else(String::new, identity);
        let own = Side { unit: found, same: &same, shown: &shown };
        let other = Side { unit: interface, same: &wanted, shown: &outside };
        let Some(lack) = interface::lacks(own, other).into_iter().next() else { return Some(()) };
        let needs = format!("slot `{}` needs `{}`", slot.name, type_of(slot, interface));
        self.diagnostics.push(lack.misfit(&needs, (&deployed.name, &found.name), bound.span));
        None
    }
}

/// Which asset a composition means by a name: `coin`, or `gold.Unit` of what is bound to `gold`.
fn source(asset: &str, unit: &Unit, all: &[Binding]) -> Option<AssetSource> {
    let Some((of, asset)) = asset.split_once('.') else { return Some(AssetSource::Coin) };
    let at = unit.slots.iter().position(|slot| slot.name == of)?;
    Some(AssetSource::Of(all.get(at)?.number, asset.to_owned()))
}

/// Which asset a deployed contract means by a name.
fn own_source(asset: &str, number: u32, (unit, deployed): (&Unit, &Deployed)) -> AssetSource {
    if asset == COIN {
        return AssetSource::Coin;
    }
    let generic = unit.generics.iter().position(|generic| generic == asset);
    let given = generic.and_then(|at| deployed.generics.get(at)).cloned();
    given.unwrap_or_else(|| AssetSource::Of(number, asset.to_owned()))
}

/// A name for an asset that no other has.
fn identity(source: &AssetSource) -> String {
    match source {
        AssetSource::Coin => COIN.to_owned(),
        AssetSource::Of(number, asset) => format!("{number}.{asset}"),
    }
}

/// `IListing<goods.Unit, cash.Unit>`
fn type_of(slot: &Slot, behind: &Unit) -> String {
    match slot.generics.as_slice() {
        [] => behind.name.clone(),
        generics => format!("{}<{}>", behind.name, generics.join(", ")),
    }
}

/// That no deployment, or more than one, is the composition that a step names.
fn ambiguous(needed: &Slot, inner: &Unit, first: Option<&Deployed>, span: Span) -> Diagnostic {
    let name = &inner.name;
    let slots: Vec<String> = inner.slots.iter().filter(|slot| !slot.implied).map(bound_alike).collect();
    match first {
        None => Diagnostic::error("E0509", span, format!("no `{name}` is deployed over the same slots"))
            .label(format!("takes `{name}` as a step"))
            .also(needed.span, "taken here")
            .help(format!("deploy it before: `deploy {name}({});`", slots.join(", "))),
        Some(first) => {
            Diagnostic::error("E0509", span, format!("two `{name}` are deployed over the same slots"))
                .label("which of them is taken?")
                .also(needed.span, "taken here")
                .also(first.span, "this is one of them")
                .help(format!("give it a slot: `uses chosen: {name}`, and take `step chosen(…);`"))
        }
    }
}

fn bound_alike(slot: &Slot) -> String {
    format!("{0}: {0}", slot.name)
}

fn slots_of(context: &Context<'_>, unit: &Unit) -> String {
    let name =
        |slot: &Slot| context.program.behind(slot).map_or_else(|| "?".to_owned(), |unit| type_of(slot, unit));
    let slots: Vec<String> = unit
        .slots
        .iter()
        .filter(|slot| !slot.implied)
        .map(|slot| format!("{}: {}", slot.name, name(slot)))
        .collect();
    format!("`{}` uses the slots {}", unit.name, slots.join(", "))
}
