//! Apps: which containers are deployed, with which arguments, and what their slots are bound to.

use super::call;
use super::declare::constant_value;
use super::scope::{Context, Scope};
use super::types::Types;
use super::wiring::{Wired, Wiring};
use crate::error;
use crate::tree::{App, AssetSource, Deployment, FunctionKind, Grant, StateKind, Unit, UnitId};
use mc_container::manifest::EntryKind;
use mc_container::value::Value;
use mc_syntax::ast::{self, Arg, ExprKind, Ident, ItemKind, PatternKind, StmtKind};
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
    /// The place of the name, or of the contract's where none is given.
    pub(crate) named: Span,
    pub(crate) span: Span,
    pub(crate) unit: UnitId,
    pub(crate) generics: Vec<AssetSource>,
    /// For each slot, the number of what is bound to it.
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
    target.path.single().into_iter().for_each(|name| context.names.mention(file, name));
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

/// Writes down what an instance is of.
pub(crate) fn stands_for(context: &Context<'_>, named: Span, unit: UnitId) {
    let unit = context.program.unit(unit);
    unit.into_iter().for_each(|unit| context.names.trail.behind(named, unit.span));
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
                let named = name.map_or(target.path.span, |name| name.span);
                stands_for(self.context, named, deployment.unit);
                self.known.push(Deployed {
                    name: known_as,
                    named,
                    span: deployment.span,
                    unit: deployment.unit,
                    generics: deployment.generics.clone(),
                    slots: deployment.slots.clone(),
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
        call::name_parts(self.context.names, args, init.map_or(unit.span, |init| init.span));
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
        state.into_iter().for_each(|state| self.context.names.trail.means(role.span, state.span));
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
