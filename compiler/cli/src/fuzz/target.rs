//! What is fuzzed: the deployments, and the calls that anybody may make of them.

use crate::random::bounds::Params;
use mc_compiler::interpret::Around;
use mc_compiler::tree::{
    App, AssetSource, COIN, Deployment, Expr, ExprKind, Fail, Function, FunctionId, FunctionKind, Grant,
    Part, Program, Stmt, StmtKind, Unit, UnitId,
};
use mc_container::error::SystemError;
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// So many values of a type are kept of what a program says.
const CONSTANTS_MAX: usize = 64;

/// An app, or a contract that stands alone.
pub struct Target<'p> {
    /// Its name.
    pub name: &'p str,
    /// The name's place.
    pub span: Span,
    /// The program.
    pub program: &'p Program,
    /// True for an app.
    pub is_app: bool,
    /// What is deployed, in order.
    pub deployments: Vec<Placed<'p>>,
    /// The rights that are given.
    pub grants: Vec<Grant>,
    /// What may be called.
    pub actions: Vec<Action<'p>>,
    /// The constants that the program speaks of, by type.
    pub constants: BTreeMap<Scalar, Vec<Value>>,
}

/// Something that is deployed.
pub struct Placed<'p> {
    /// Its name.
    pub name: String,
    /// What it is.
    pub id: UnitId,
    /// The same.
    pub unit: &'p Unit,
    /// The scalars of the arguments of `init`; random ones where an app says nothing.
    pub args: Option<Vec<Value>>,
    /// What its slots are bound to.
    pub slots: Vec<u32>,
    /// What its generic parameters stand for.
    pub generics: Vec<AssetSource>,
}

/// A call that anybody may make.
pub struct Action<'p> {
    /// The number of the deployment.
    pub instance: u32,
    /// What it is.
    pub id: UnitId,
    /// The same.
    pub unit: &'p Unit,
    /// The number of the entry.
    pub entry: FunctionId,
    /// The same.
    pub function: &'p Function,
    /// What its parameters are checked for.
    pub bounds: Vec<&'p Expr>,
}

/// Every app of these files, or the one with this name; and every contract that none of them deploys.
#[must_use]
pub fn targets<'p>(program: &'p Program, files: &BTreeSet<FileId>, app: Option<&str>) -> Vec<Target<'p>> {
    let here = |span: Span| files.contains(&span.file);
    let apps = program.apps.iter().filter(|it| here(it.span) && app.is_none_or(|name| name == it.name));
    let mut targets: Vec<Target<'p>> = apps.map(|app| of_app(program, app)).collect();
    let deployed: BTreeSet<UnitId> =
        program.apps.iter().flat_map(|app| &app.deployments).map(|deployment| deployment.unit).collect();
    for (id, unit) in (0..).map(UnitId).zip(&program.units) {
        let alone = here(unit.span) && unit.generics.is_empty() && !unit.composes();
        if app.is_none() && alone && !deployed.contains(&id) {
            targets.push(of_contract(program, id, unit));
        }
    }
    targets.retain(|target| !target.actions.is_empty());
    targets
}

fn of_app<'p>(program: &'p Program, app: &'p App) -> Target<'p> {
    let placed = |it: &'p Deployment| {
        let unit = program.unit(it.unit)?;
        let (name, args) = (it.name.clone(), Some(it.args.concat()));
        Some(Placed { name, id: it.unit, unit, args, slots: it.slots.clone(), generics: it.generics.clone() })
    };
    let deployments = app.deployments.iter().filter_map(placed).collect();
    target(program, (&app.name, app.span, true), deployments, app.grants.clone())
}

fn of_contract<'p>(program: &'p Program, id: UnitId, unit: &'p Unit) -> Target<'p> {
    let name = unit.name.to_lowercase();
    let placed = Placed { name, id, unit, args: None, slots: Vec::new(), generics: Vec::new() };
    target(program, (&unit.name, unit.span, false), vec![placed], Vec::new())
}

fn target<'p>(
    program: &'p Program,
    (name, span, is_app): (&'p str, Span, bool),
    deployments: Vec<Placed<'p>>,
    grants: Vec<Grant>,
) -> Target<'p> {
    let mut actions = Vec::new();
    let mut constants = BTreeMap::new();
    for (instance, placed) in (0..).zip(&deployments) {
        for (entry, function) in (0..).map(FunctionId).zip(&placed.unit.functions) {
            collect(&function.body, &mut constants);
            let called = [EntryKind::Entry, EntryKind::Compose].map(FunctionKind::Callable);
            if called.contains(&function.kind) && !function.is_port() {
                let bounds = bounds(function);
                actions.push(Action { instance, id: placed.id, unit: placed.unit, entry, function, bounds });
            }
        }
    }
    let constants = constants.into_iter().map(|(ty, values)| (ty, values.into_iter().collect())).collect();
    Target { name, span, program, is_app, deployments, grants, actions, constants }
}

impl<'p> Target<'p> {
    /// The random parameters of a function of a deployment.
    #[must_use]
    pub fn params<'b>(
        &self,
        unit: &'b Unit,
        function: &'b Function,
        bounds: &'b [&'b Expr],
        around: Around,
    ) -> Params<'b>
    where
        'p: 'b,
    {
        let (locals, count) = (function.locals.as_slice(), function.params as usize);
        Params { program: self.program, unit: Some(unit), locals, count, bounds, around }
    }
}

/// True for the parameter in which the Value arrives.
#[must_use]
pub fn is_coin(ty: &Type) -> bool {
    matches!(ty, Type::Asset(name) if name == COIN)
}

/// The `where` bounds of a function, which stand before everything else that it does.
#[must_use]
pub fn bounds(function: &Function) -> Vec<&Expr> {
    let bounds = function.body.iter().filter_map(|stmt| match &stmt.kind {
        StmtKind::Require(condition, Fail::System(SystemError::Refused)) => Some(condition),
        _ => None,
    });
    bounds.collect()
}

/// The constants that statements speak of.
fn collect(stmts: &[Stmt], out: &mut BTreeMap<Scalar, BTreeSet<Value>>) {
    stmts.iter().for_each(|stmt| stmt.parts(&mut |part| collect_part(part, out)));
}

fn collect_part(part: Part<'_>, out: &mut BTreeMap<Scalar, BTreeSet<Value>>) {
    match part {
        Part::Stmt(stmt) => collect(std::slice::from_ref(stmt), out),
        Part::Expr(expr) => {
            if let (ExprKind::Const(values), Some(ty)) = (&expr.kind, expr.ty.scalar())
                && ty != Scalar::Bool
            {
                let known = out.entry(ty).or_default();
                known.extend(values.iter().take(CONSTANTS_MAX.saturating_sub(known.len())));
            }
            expr.parts(&mut |part| collect_part(part, out));
        }
    }
}
