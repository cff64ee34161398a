//! Apps: which containers are deployed, with which arguments, and what their slots are bound to.

use super::call::{self, Parameter};
use super::declare::constant_value;
use super::scope::{Context, Scope};
use super::types::Types;
use crate::error;
use crate::tree::{
    App, AssetSource, Behind, COIN, Deployment, FunctionKind, Grant, Slot, StateKind, Unit, UnitId,
};
use mc_container::manifest::EntryKind;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Arg, ExprKind, Ident, ItemKind, PatternKind, StmtKind, TypeArg, TypeKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};

/// Checks every app of every file.
pub(crate) fn check(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<App> {
    let mut apps = Vec::new();
    for (file, tree) in (0..).map(FileId).zip(&context.loaded.files) {
        for item in &tree.items {
            if let ItemKind::App(app) = &item.kind {
                let mut deployer = Deployer {
                    context,
                    file,
                    deployments: Vec::new(),
                    known: Vec::new(),
                    grants: Vec::new(),
                    broken: Vec::new(),
                    diagnostics,
                };
                for stmt in &app.body.stmts {
                    deployer.stmt(stmt);
                }
                let Deployer { deployments, grants, .. } = deployer;
                apps.push(App { name: app.name.name.clone(), span: app.name.span, deployments, grants });
            }
        }
    }
    apps
}

/// Something that is deployed, by an app or by a test.
#[derive(Clone)]
pub(crate) struct Deployed {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) unit: UnitId,
    pub(crate) generics: Vec<AssetSource>,
}

/// What a `deploy` is bound to.
pub(crate) struct Wired {
    pub(crate) generics: Vec<AssetSource>,
    pub(crate) slots: Vec<u32>,
}

/// The unit that a `deploy` names.
pub(crate) fn unit_of(
    context: &Context<'_>,
    file: FileId,
    target: &ast::Deployed,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UnitId> {
    let text = target.path.text();
    let Some(id) = context.unit(file, &text) else {
        if !context.names.is_missing(file, &text) {
            let known = context.names.of(file).map(|(name, _)| name);
            diagnostics.push(error::unknown("contract or composition", &text, target.path.span, known));
        }
        return None;
    };
    if context.scope(id).is_some_and(|scope| scope.incomplete) {
        return None;
    }
    Some(id)
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
        self.consistent(unit, &slots, span)?;
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

    fn find(&mut self, name: &Ident) -> Option<usize> {
        if self.broken.contains(&name.name) {
            return None;
        }
        let at = self.known.iter().rposition(|deployed| deployed.name == name.name);
        if at.is_none() {
            let known = self.known.iter().map(|deployed| deployed.name.as_str());
            self.diagnostics.push(error::unknown("deployment", &name.name, name.span, known));
        }
        at
    }

    fn bindings(&mut self, unit: &Unit, args: &[Arg], span: Span) -> Option<Vec<u32>> {
        let params: Vec<Parameter<'_>> = unit
            .slots
            .iter()
            .map(|slot| Parameter { name: &slot.name, ty: Scalar::Address.into() })
            .collect();
        let arranged = match call::arrange(&unit.name, args, &params, span) {
            Ok(arranged) => arranged,
            Err(misfit) => {
                self.diagnostics.push(misfit.help(slots_of(self.context, unit)));
                return None;
            }
        };
        let bound: Vec<Option<u32>> =
            arranged.into_iter().zip(&unit.slots).map(|(arg, slot)| self.bind(arg, slot)).collect();
        bound.into_iter().collect()
    }

    fn bind(&mut self, arg: &ast::Expr, needed: &Slot) -> Option<u32> {
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
        if Behind::Unit(deployed.unit) != needed.behind {
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
        u32::try_from(at).ok()
    }

    /// A slot's generic contract holds the asset that the composition takes it to hold.
    fn consistent(&mut self, unit: &Unit, slots: &[u32], span: Span) -> Option<()> {
        for (slot, bound) in unit.slots.iter().zip(slots) {
            let deployed = self.known.get(*bound as usize)?;
            for (asset, actual) in slot.generics.iter().zip(&deployed.generics) {
                let wanted = match asset.split_once('.') {
                    Some((of, asset)) => {
                        let at = unit.slots.iter().position(|slot| slot.name == of)?;
                        AssetSource::Of(*slots.get(at)?, asset.to_owned())
                    }
                    None => AssetSource::Coin,
                };
                if wanted != *actual {
                    self.diagnostics.push(
                        Diagnostic::error(
                            "E0509",
                            span,
                            format!("slot `{}` needs one over `{asset}`", slot.name),
                        )
                        .label(format!("`{}` is over another asset", deployed.name))
                        .also(deployed.span, "deployed here"),
                    );
                    return None;
                }
            }
        }
        Some(())
    }
}

struct Deployer<'w> {
    context: &'w Context<'w>,
    file: FileId,
    deployments: Vec<Deployment>,
    known: Vec<Deployed>,
    grants: Vec<Grant>,
    broken: Vec<String>,
    diagnostics: &'w mut Vec<Diagnostic>,
}

impl Deployer<'_> {
    fn stmt(&mut self, stmt: &ast::Stmt) {
        let (name, value) = match &stmt.kind {
            StmtKind::Let { pattern, value, .. } => match &pattern.kind {
                PatternKind::Path(path) => (path.single(), value),
                _ => (None, value),
            },
            StmtKind::Expr { value, .. } => (None, value),
            StmtKind::Grant(role, to) => {
                if let Some(grant) = self.grant(role, to) {
                    self.grants.push(grant);
                }
                return;
            }
            StmtKind::Recovered => return,
            _ => {
                self.only_deploys(stmt.span);
                return;
            }
        };
        let ExprKind::Deploy(target, args) = &value.kind else {
            if !matches!(value.kind, ExprKind::Recovered) {
                self.only_deploys(stmt.span);
            }
            return;
        };
        let known_as = name.map_or_else(|| target.path.text(), |name| name.name.clone());
        match self.deploy((name, &known_as), target, args, value.span) {
            Some(deployment) => {
                self.known.push(Deployed {
                    name: known_as,
                    span: deployment.span,
                    unit: deployment.unit,
                    generics: deployment.generics.clone(),
                });
                self.deployments.push(deployment);
            }
            None => self.broken.push(known_as),
        }
    }

    fn only_deploys(&mut self, span: Span) {
        self.diagnostics.push(
            Diagnostic::error("E0208", span, "an app only deploys and grants")
                .label("cannot stand in an app")
                .help("write `let name = deploy Contract(arguments);`"),
        );
    }

    fn deploy(
        &mut self,
        (name, known_as): (Option<&Ident>, &str),
        target: &ast::Deployed,
        args: &[Arg],
        span: Span,
    ) -> Option<Deployment> {
        let id = unit_of(self.context, self.file, target, self.diagnostics)?;
        let unit = self.context.program.unit(id)?;
        let earlier = self.known.iter().find(|earlier| earlier.name == known_as).map(|it| it.span);
        if let Some(first) = earlier {
            let at = name.map_or(span, |name| name.span);
            self.diagnostics.push(error::twice(known_as, at, first));
            return None;
        }
        let mut wiring = Wiring {
            context: self.context,
            known: &self.known,
            broken: &self.broken,
            diagnostics: self.diagnostics,
        };
        let Wired { generics, slots } = wiring.wire(id, target, args, span)?;
        let args = if unit.slots.is_empty() { self.init_args(unit, args, span)? } else { Vec::new() };
        Some(Deployment { name: known_as.to_owned(), span, unit: id, args, slots, generics })
    }

    fn init_args(&mut self, unit: &Unit, args: &[Arg], span: Span) -> Option<Vec<Vec<Value>>> {
        let init = unit.functions.iter().find(|f| f.kind == FunctionKind::Callable(EntryKind::Init));
        let params = init.map(call::parameters).unwrap_or_default();
        let arranged = match call::arrange(&unit.name, args, &params, span) {
            Ok(arranged) => arranged,
            Err(misfit) => {
                self.diagnostics.push(*misfit);
                return None;
            }
        };
        let scope = Scope::new(Types::of_file(self.context.loaded, self.context.names, self.file));
        let values: Vec<Option<Vec<Value>>> = arranged
            .into_iter()
            .zip(&params)
            .map(|(arg, param)| constant_value(arg, &param.ty, &scope, self.diagnostics))
            .collect();
        values.into_iter().collect()
    }

    /// `grant stock.sellers to purchase;`
    fn grant(&mut self, role: &ast::Expr, to: &ast::Expr) -> Option<Grant> {
        let (deployment, role) = match &role.kind {
            ExprKind::Field(of, role) => match &of.kind {
                ExprKind::Name(deployment) => (deployment, role),
                _ => return self.no_role(of.span),
            },
            ExprKind::Recovered => return None,
            _ => return self.no_role(role.span),
        };
        let ExprKind::Name(to) = &to.kind else { return self.no_role(to.span) };
        let (at, holder) = (self.position(deployment)?, self.position(to)?);
        let unit = self.context.program.unit(self.known.get(at)?.unit)?;
        let state = unit.states.iter().find(|state| state.name == role.name && state.kind == StateKind::Role);
        let Some(role) = state.and_then(|state| state.cells.first()) else {
            let roles = unit.states.iter().filter(|state| state.kind == StateKind::Role);
            let kind = format!("role in `{}` named", unit.name);
            let known = roles.map(|state| state.name.as_str());
            self.diagnostics.push(error::unknown(&kind, &role.name, role.span, known));
            return None;
        };
        Some(Grant { deployment: u32::try_from(at).ok()?, role, to: u32::try_from(holder).ok()? })
    }

    fn no_role(&mut self, span: Span) -> Option<Grant> {
        self.diagnostics.push(
            Diagnostic::error("E0208", span, "a grant names a role and a deployment")
                .label("not one of the two")
                .help("write `grant stock.sellers to purchase;`"),
        );
        None
    }

    fn position(&mut self, name: &Ident) -> Option<usize> {
        let mut wiring = Wiring {
            context: self.context,
            known: &self.known,
            broken: &self.broken,
            diagnostics: self.diagnostics,
        };
        wiring.find(name)
    }
}

fn slots_of(context: &Context<'_>, unit: &Unit) -> String {
    let name = |slot: &Slot| context.program.behind(slot).map_or("?", |unit| unit.name.as_str());
    let slots: Vec<String> = unit.slots.iter().map(|slot| format!("{}: {}", slot.name, name(slot))).collect();
    format!("`{}` uses the slots {}", unit.name, slots.join(", "))
}
