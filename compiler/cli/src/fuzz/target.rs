//! What is fuzzed: the deployments, and the calls that anybody may make of them.

use super::fixture::Fixture;
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

/// How what is fuzzed comes to stand.
pub enum Setup {
    /// An app says it.
    App,
    /// A contract stands alone.
    Alone,
    /// A test begins with these statements.
    Test(Vec<Span>),
}

/// An app, a contract that stands alone, or what a test deploys.
pub struct Target<'p> {
    /// Its name.
    pub name: &'p str,
    /// The name's place.
    pub span: Span,
    /// The program.
    pub program: &'p Program,
    /// Who says what is deployed.
    pub setup: Setup,
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
    /// The scalars of the arguments of `init`; drawn ones where nobody says them.
    pub args: Option<Vec<Value>>,
    /// What tests pass to `init`, parameter by parameter, where it is drawn.
    pub examples: Vec<Vec<Vec<Value>>>,
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

/// Something that is not fuzzed.
pub struct Skipped<'p> {
    /// Its name.
    pub name: &'p str,
    /// Why not.
    pub why: &'static str,
}

/// What is fuzzed of a program, and what is not.
#[derive(Default)]
pub struct Targets<'p> {
    /// What is.
    pub all: Vec<Target<'p>>,
    /// What is not.
    pub skipped: Vec<Skipped<'p>>,
}

/// Every app of these files, or the one with this name; every contract that none of them deploys; and what needs
/// others, as a test deploys it.
#[must_use]
pub fn targets<'p>(program: &'p Program, files: &BTreeSet<FileId>, app: Option<&str>) -> Targets<'p> {
    let here = |span: Span| files.contains(&span.file);
    let apps = program.apps.iter().filter(|it| here(it.span) && app.is_none_or(|name| name == it.name));
    let mut targets = Targets::default();
    apps.for_each(|app| targets.add(of_app(program, app)));
    if app.is_some() {
        return targets;
    }
    let fixtures = || program.tests.iter().map(|test| Fixture::of(program, test));
    let deployed: BTreeSet<UnitId> =
        program.apps.iter().flat_map(|app| &app.deployments).map(|deployment| deployment.unit).collect();
    let (alone, bound): (Vec<_>, Vec<_>) = (0..)
        .map(UnitId)
        .zip(&program.units)
        .filter(|(id, unit)| here(unit.span) && !deployed.contains(id))
        .partition(|(_, unit)| unit.generics.is_empty() && !unit.composes());
    for (id, unit) in alone {
        let examples = fixtures().flat_map(|it| it.args_of(id).cloned().collect::<Vec<_>>()).collect();
        targets.add(of_contract(program, id, unit, examples));
    }
    for (id, unit) in bound {
        let played = |target: &Target<'_>| target.deployments.iter().any(|placed| placed.id == id);
        if targets.all.iter().any(played) {
            continue;
        }
        let deploying = fixtures().filter(|it| it.deploys(id)).map(|it| of_fixture(program, unit, it));
        // The first of those in which most can be called.
        match deploying.rev().max_by_key(|target| target.actions.len()) {
            Some(target) => targets.add(target),
            None => targets.skipped.push(Skipped { name: &unit.name, why: "no app and no test deploys it" }),
        }
    }
    targets
}

impl<'p> Targets<'p> {
    fn add(&mut self, target: Target<'p>) {
        if target.actions.is_empty() {
            self.skipped.push(Skipped { name: target.name, why: "only a composition can call it" });
        } else {
            self.all.push(target);
        }
    }
}

fn of_app<'p>(program: &'p Program, app: &'p App) -> Target<'p> {
    let placed = |it: &'p Deployment| {
        let (id, unit) = (it.unit, program.unit(it.unit)?);
        let (name, args, examples) = (it.name.clone(), Some(it.args.concat()), Vec::new());
        let (slots, generics) = (it.slots.clone(), it.generics.clone());
        Some(Placed { name, id, unit, args, examples, slots, generics })
    };
    let deployments = app.deployments.iter().filter_map(placed).collect();
    target(program, (&app.name, app.span, Setup::App), deployments, app.grants.clone())
}

fn of_contract<'p>(
    program: &'p Program,
    id: UnitId,
    unit: &'p Unit,
    examples: Vec<Vec<Vec<Value>>>,
) -> Target<'p> {
    let name = unit.name.to_lowercase();
    let (slots, generics) = (Vec::new(), Vec::new());
    let placed = Placed { name, id, unit, args: None, examples, slots, generics };
    target(program, (&unit.name, unit.span, Setup::Alone), vec![placed], Vec::new())
}

fn of_fixture<'p>(program: &'p Program, unit: &'p Unit, fixture: Fixture<'p>) -> Target<'p> {
    let setup = Setup::Test(fixture.written);
    target(program, (&unit.name, unit.span, setup), fixture.deployments, fixture.grants)
}

fn target<'p>(
    program: &'p Program,
    (name, span, setup): (&'p str, Span, Setup),
    deployments: Vec<Placed<'p>>,
    grants: Vec<Grant>,
) -> Target<'p> {
    let mut actions = Vec::new();
    let mut constants = BTreeMap::new();
    for (instance, placed) in (0..).zip(&deployments) {
        for (entry, function) in (0..).map(FunctionId).zip(&placed.unit.functions) {
            collect(&function.body, &mut constants);
            let called = match function.kind {
                FunctionKind::Callable(EntryKind::Entry | EntryKind::Compose) => true,
                FunctionKind::Callable(EntryKind::View) => promises(placed.unit, function),
                _ => false,
            };
            if called && !function.is_port() {
                let bounds = bounds(function);
                actions.push(Action { instance, id: placed.id, unit: placed.unit, entry, function, bounds });
            }
        }
    }
    let constants = constants.into_iter().map(|(ty, values)| (ty, values.into_iter().collect())).collect();
    Target { name, span, program, setup, deployments, grants, actions, constants }
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

/// True for a function that ensures something, or calls one that does.
fn promises(unit: &Unit, function: &Function) -> bool {
    !function.ensures.is_empty() || function.body.iter().any(|stmt| calls_promising(unit, Part::Stmt(stmt)))
}

fn calls_promising(unit: &Unit, part: Part<'_>) -> bool {
    let mut found = match part {
        Part::Stmt(Stmt { kind: StmtKind::Call(callee, _), .. })
        | Part::Expr(Expr { kind: ExprKind::Call(callee, _), .. }) => {
            unit.function(*callee).is_some_and(|function| promises(unit, function))
        }
        _ => false,
    };
    let mut look = |part: Part<'_>| found = found || calls_promising(unit, part);
    match part {
        Part::Stmt(stmt) => stmt.parts(&mut look),
        Part::Expr(expr) => expr.parts(&mut look),
    }
    found
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
