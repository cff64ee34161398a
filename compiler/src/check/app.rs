//! Apps: which containers are deployed, with which arguments, and what their slots are bound to.

use super::call::{self, Parameter};
use super::declare::constant_value;
use super::scope::{Context, UnitScope};
use crate::error;
use crate::tree::{App, Deployment, FunctionKind, Unit, UnitId};
use mc_container::manifest::EntryKind;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Arg, ExprKind, Ident, ItemKind, PatternKind, StmtKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};

/// Checks every app of every file.
pub(crate) fn check(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<App> {
    let mut apps = Vec::new();
    for (file, tree) in (0..).map(FileId).zip(&context.loaded.files) {
        for item in &tree.items {
            if let ItemKind::App(app) = &item.kind {
                let mut wiring =
                    Wiring { context, file, deployments: Vec::new(), broken: Vec::new(), diagnostics };
                for stmt in &app.body.stmts {
                    wiring.stmt(stmt);
                }
                let deployments = wiring.deployments;
                apps.push(App { name: app.name.name.clone(), span: app.name.span, deployments });
            }
        }
    }
    apps
}

struct Wiring<'w> {
    context: &'w Context<'w>,
    file: FileId,
    deployments: Vec<Deployment>,
    /// Names whose deployment has been reported.
    broken: Vec<String>,
    diagnostics: &'w mut Vec<Diagnostic>,
}

impl Wiring<'_> {
    fn stmt(&mut self, stmt: &ast::Stmt) {
        let (name, value) = match &stmt.kind {
            StmtKind::Let { pattern, value, .. } => match &pattern.kind {
                PatternKind::Path(path) => (path.single(), value),
                _ => (None, value),
            },
            StmtKind::Expr { value, .. } => (None, value),
            StmtKind::Grant(..) => {
                self.diagnostics.push(error::not_compiled("`grant`", stmt.span));
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
        let broken = name.map_or_else(|| target.path.text(), |name| name.name.clone());
        match self.deploy(name, target, args, value.span) {
            Some(deployment) => self.deployments.push(deployment),
            None => self.broken.push(broken),
        }
    }

    fn only_deploys(&mut self, span: Span) {
        self.diagnostics.push(
            Diagnostic::error("E0208", span, "an app only deploys")
                .label("cannot stand in an app")
                .help("write `let name = deploy Contract(arguments);`"),
        );
    }

    fn deploy(
        &mut self,
        name: Option<&Ident>,
        target: &ast::Deployed,
        args: &[Arg],
        span: Span,
    ) -> Option<Deployment> {
        let text = target.path.text();
        let Some(id) = self.context.unit(self.file, &text) else {
            if self.context.names.is_missing(self.file, &text) {
                return None;
            }
            let names = self.context.names;
            let known = names.of(self.file).map(|(name, _)| name);
            self.diagnostics.push(error::unknown("contract or composition", &text, target.path.span, known));
            return None;
        };
        if !target.args.is_empty() {
            self.diagnostics.push(error::not_compiled("a generic contract", span));
            return None;
        }
        let unit = self.context.program.unit(id)?;
        if self.context.scope(id).is_some_and(|scope| scope.incomplete) {
            return None;
        }
        let known_as = name.map_or(text.as_str(), |name| name.name.as_str()).to_owned();
        let earlier = self.deployments.iter().find(|earlier| earlier.name == known_as).map(|it| it.span);
        if let Some(first) = earlier {
            let at = name.map_or(span, |name| name.span);
            self.diagnostics.push(error::twice(&known_as, at, first));
            return None;
        }
        if unit.slots.is_empty() {
            let args = self.init_args(unit, args, span)?;
            return Some(Deployment { name: known_as, span, unit: id, args, slots: Vec::new() });
        }
        let slots = self.bindings(unit, args, span)?;
        Some(Deployment { name: known_as, span, unit: id, args: Vec::new(), slots })
    }

    fn init_args(&mut self, unit: &Unit, args: &[Arg], span: Span) -> Option<Vec<Value>> {
        let init = unit.functions.iter().find(|f| f.kind == FunctionKind::Callable(EntryKind::Init));
        let params = init.map(call::parameters).unwrap_or_default();
        let arranged = match call::arrange(&unit.name, args, &params, span) {
            Ok(arranged) => arranged,
            Err(misfit) => {
                self.diagnostics.push(*misfit);
                return None;
            }
        };
        let scope = UnitScope::default();
        let values: Vec<Option<Value>> = arranged
            .into_iter()
            .zip(&params)
            .map(|(arg, param)| constant_value(arg, param.ty, &scope, self.diagnostics))
            .collect();
        values.into_iter().collect()
    }

    fn bindings(&mut self, unit: &Unit, args: &[Arg], span: Span) -> Option<Vec<u32>> {
        let params: Vec<Parameter<'_>> =
            unit.slots.iter().map(|slot| Parameter { name: &slot.name, ty: Scalar::Address }).collect();
        let arranged = match call::arrange(&unit.name, args, &params, span) {
            Ok(arranged) => arranged,
            Err(misfit) => {
                self.diagnostics.push(misfit.help(slots_of(self.context, unit)));
                return None;
            }
        };
        let bound: Vec<Option<u32>> = arranged
            .into_iter()
            .zip(&unit.slots)
            .map(|(arg, slot)| self.bind(arg, slot.contract, &slot.name))
            .collect();
        bound.into_iter().collect()
    }

    fn bind(&mut self, arg: &ast::Expr, contract: UnitId, slot: &str) -> Option<u32> {
        let ExprKind::Name(name) = &arg.kind else {
            self.diagnostics.push(
                Diagnostic::error("E0509", arg.span, format!("slot `{slot}` needs a deployment"))
                    .label("not the name of one")
                    .help("name it with `let name = deploy …;` first"),
            );
            return None;
        };
        if self.broken.contains(&name.name) {
            return None;
        }
        let Some(at) = self.deployments.iter().position(|deployed| deployed.name == name.name) else {
            let known = self.deployments.iter().map(|deployed| deployed.name.as_str());
            self.diagnostics.push(error::unknown("deployment", &name.name, name.span, known));
            return None;
        };
        let deployed = self.deployments.get(at)?;
        if deployed.unit != contract {
            let of = |id: UnitId| self.context.program.unit(id).map_or("?", |unit| unit.name.as_str());
            let (needed, found) = (of(contract), of(deployed.unit));
            let report = Diagnostic::error(
                "E0509",
                arg.span,
                format!("slot `{slot}` needs a `{needed}`, found a `{found}`"),
            )
            .label(format!("this is a `{found}`"))
            .also(deployed.span, "deployed here");
            self.diagnostics.push(report);
            return None;
        }
        u32::try_from(at).ok()
    }
}

fn slots_of(context: &Context<'_>, unit: &Unit) -> String {
    let name = |id: UnitId| context.program.unit(id).map_or("?", |unit| unit.name.as_str());
    let slots: Vec<String> =
        unit.slots.iter().map(|slot| format!("{}: {}", slot.name, name(slot.contract))).collect();
    format!("`{}` uses the slots {}", unit.name, slots.join(", "))
}
