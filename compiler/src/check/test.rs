//! Tests: bodies that deploy, call and compare.

use super::app::{self, Deployed};
use super::body::Body;
use super::call::{self, Parameter};
use super::expr::{BOOL, made};
use super::scope::{Context, Scope};
use super::wiring::Wiring;
use crate::error;
use crate::tree::{
    App, AssetSource, COIN, Deploy, Deployment, Expr, ExprKind, FunctionId, FunctionKind, Grant, OuterCall,
    Stmt, StmtKind, Test, TestStmt, Unit, UnitId,
};
use mc_container::address::Address;
use mc_container::error::SystemError;
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Arg, Ident, ItemKind, MemberKind, PatternKind, TestDef};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::rc::Rc;

/// The accounts that every test knows, with native assets of their own.
pub const ACTORS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

/// What a test has deployed.
#[derive(Default)]
pub(crate) struct TestScope {
    pub(crate) file: FileId,
    pub(crate) instances: Vec<Deployed>,
    /// The apps there are.
    pub(crate) apps: Rc<Vec<App>>,
    /// Deployments that have been reported.
    pub(crate) broken: Vec<String>,
}

/// Checks every test of every file. `libraries` are the free functions of the files, by file; `apps` may be deployed.
pub(crate) fn check(
    context: &Context<'_>,
    files: &[Rc<Scope<'_>>],
    libraries: &[(FileId, Unit)],
    apps: &[App],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Test> {
    let (mut tests, apps) = (Vec::new(), Rc::new(apps.to_vec()));
    for (file, tree) in (0..).map(FileId).zip(&context.loaded.files) {
        let library = libraries.iter().position(|(of, _)| *of == file);
        let unit = library.and_then(|at| libraries.get(at)).map(|(_, unit)| unit);
        let at =
            At { file, library: library.and_then(|at| u32::try_from(at).ok()), unit, apps: apps.clone() };
        let Some(scope) = files.get(usize::from(file.0)) else { continue };
        for (number, item) in tree.items.iter().enumerate() {
            match &item.kind {
                ItemKind::Test(test) => tests.push(one(context, scope, &at, test, diagnostics)),
                ItemKind::Contract(contract) => {
                    let own = context.units.get(&(file, number)).and_then(|id| context.scope(*id));
                    let mut own = own.cloned().unwrap_or_else(|| Scope::clone(scope));
                    own.functions.clone_from(&scope.functions);
                    for member in &contract.members {
                        if let MemberKind::Test(test) = &member.kind {
                            tests.push(one(context, &own, &at, test, diagnostics));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    tests
}

/// Where a test stands.
struct At<'a> {
    file: FileId,
    /// The library of its file.
    library: Option<u32>,
    unit: Option<&'a Unit>,
    /// The apps there are.
    apps: Rc<Vec<App>>,
}

fn one(
    context: &Context<'_>,
    scope: &Scope<'_>,
    at: &At<'_>,
    test: &TestDef,
    diagnostics: &mut Vec<Diagnostic>,
) -> Test {
    let mut body = Body::new(Some(context), at.unit, scope, None, diagnostics);
    body.test = Some(TestScope { file: at.file, apps: at.apps.clone(), ..TestScope::default() });
    let mut bounds = Vec::new();
    for param in &test.params {
        let ty = body.read_type(&param.ty).unwrap_or_else(Type::unit);
        if ty.is_linear() {
            body.report(
                Diagnostic::error("E0202", param.ty.span, "a test cannot be given an asset")
                    .label("only its contract makes it")
                    .help("take the amount, as a `u128`"),
            );
        }
        body.bind_param(&param.name, &ty, param.mutable);
        if let Some(bound) = &param.bound {
            let bound = body.expect(bound, &BOOL);
            bounds.extend(bound);
        }
    }
    let stmts = body.block(&test.body);
    body.leave(0);
    let instances = body.test.take().map(|scope| scope.instances).unwrap_or_default();
    Test {
        name: test.name.clone(),
        span: test.name_span,
        library: at.library,
        params: u32::try_from(test.params.len()).unwrap_or(u32::MAX),
        bounds,
        locals: body.locals,
        instances: instances.into_iter().map(|instance| instance.unit).collect(),
        body: stmts,
    }
}

impl Body<'_> {
    /// A predefined account of a test.
    pub(crate) fn actor(&mut self, name: &str, span: Span) -> Option<Expr> {
        self.test.as_ref()?;
        let address = || Address::of_account(name).value();
        ACTORS.contains(&name).then(|| made(ExprKind::Const(vec![address()]), Scalar::Address, span))
    }

    /// Where the instance of this name is deployed.
    pub(crate) fn instance_named(&self, name: &str) -> Option<Span> {
        self.instance(name).map(|(_, deployed)| deployed.named)
    }

    fn instance(&self, name: &str) -> Option<(u32, &Deployed)> {
        let instances = &self.test.as_ref()?.instances;
        let at = instances.iter().rposition(|instance| instance.name == name)?;
        Some((u32::try_from(at).ok()?, instances.get(at)?))
    }

    /// A statement that only tests have; `None` where it is another.
    pub(crate) fn test_stmt(&mut self, stmt: &ast::Stmt, out: &mut Vec<Stmt>) -> Option<()> {
        self.test.as_ref()?;
        let span = stmt.span;
        let kind = match &stmt.kind {
            ast::StmtKind::Let { pattern, value, .. } if matches!(value.kind, ast::ExprKind::Deploy(..)) => {
                let name = match &pattern.kind {
                    PatternKind::Path(path) => path.single(),
                    _ => None,
                };
                self.deploy_any(name, value, span, out)
            }
            ast::StmtKind::Let { pattern, value, with: Some(with), .. } => {
                let call = self.outer_call(value, Some(with));
                let Some(bound) = call.and_then(|call| self.outer_value(call, value.span)) else {
                    super::stmt::names_of(pattern).into_iter().for_each(|name| self.bind_broken(name));
                    return Some(());
                };
                match &pattern.kind {
                    PatternKind::Path(path) if path.single().is_some() => {
                        let local = self.bind(path.single()?, bound.ty.clone(), false);
                        Some(StmtKind::Set(local, bound))
                    }
                    _ => {
                        let kept = self.keep(bound, out);
                        self.destructure(pattern, &kept, false, out);
                        None
                    }
                }
            }
            ast::StmtKind::Expr { value, with, .. } => match &value.kind {
                ast::ExprKind::Deploy(..) => self.deploy_any(None, value, span, out),
                _ => self.outer_call(value, with.as_ref()).map(|call| StmtKind::Test(TestStmt::Outer(call))),
            },
            ast::StmtKind::Assert(condition) => {
                self.expect(condition, &BOOL).map(|condition| StmtKind::Test(TestStmt::Assert(condition)))
            }
            ast::StmtKind::Advance(by) => {
                let by = self.expect(by, &Scalar::Duration.into());
                by.map(|by| StmtKind::Test(TestStmt::Advance(by)))
            }
            ast::StmtKind::As(who, body) => {
                let who = self.expect(who, &Scalar::Address.into());
                let body = self.block(body);
                who.map(|who| StmtKind::Test(TestStmt::As(who, body)))
            }
            ast::StmtKind::ExpectAbort(path, body) => {
                let name = path.as_ref().and_then(|path| self.failure_name(path));
                let body = self.block(body);
                Some(StmtKind::Test(TestStmt::ExpectAbort(name, body)))
            }
            ast::StmtKind::Expect(what, body) => {
                let parallel = match what.name.as_str() {
                    "parallel" => true,
                    "serial" => false,
                    other => {
                        let known = ["abort", "parallel", "serial"];
                        self.report(error::unknown("expectation", other, what.span, known));
                        return Some(());
                    }
                };
                let body = self.block(body);
                Some(StmtKind::Test(TestStmt::Order(parallel, body)))
            }
            _ => return None,
        };
        out.extend(kind.map(|kind| Stmt { kind, span }));
        Some(())
    }

    /// The name of an error that a call may fail with: any contract's, or the system's.
    fn failure_name(&mut self, path: &ast::Path) -> Option<String> {
        let name = path.segments.last()?;
        let context = self.context?;
        let errors = context.program.units.iter().flat_map(|unit| &unit.errors);
        let declared = errors.clone().find(|error| error.name == name.name);
        declared.into_iter().for_each(|error| self.trail().means(name.span, error.span));
        let own: Vec<&str> = errors.map(|error| error.name.as_str()).collect();
        let system = SystemError::ALL.map(SystemError::name);
        if !own.contains(&name.name.as_str()) && !system.contains(&name.name.as_str()) {
            let unknown = error::unknown("error", &name.name, name.span, own.into_iter().chain(system));
            self.report_unknown(unknown);
        }
        Some(name.name.clone())
    }

    /// `deploy Token(..)`, or `deploy Shop()` of an app: then everything that it deploys, by its names there.
    fn deploy_any(
        &mut self,
        name: Option<&Ident>,
        value: &ast::Expr,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Option<StmtKind> {
        let ast::ExprKind::Deploy(target, args) = &value.kind else { return None };
        let Some(app) = self.app_named(&target.path.text()) else { return self.deploy(name, value) };
        if name.is_some() || !args.is_empty() {
            self.report(
                Diagnostic::error("E0208", value.span, format!("`{}` is an app", app.name))
                    .label("has no name and no arguments")
                    .also(app.span, "declared here")
                    .help(format!(
                        "write `deploy {}();`: what it deploys has the names that it has there",
                        app.name
                    )),
            );
            return None;
        }
        self.deploy_app(&app, span, out);
        None
    }

    fn app_named(&self, name: &str) -> Option<App> {
        let test = self.test.as_ref()?;
        let definition = self.context?.names.get(test.file, name)?;
        test.apps.iter().find(|app| app.span == definition.span).cloned()
    }

    fn deploy_app(&mut self, app: &App, span: Span, out: &mut Vec<Stmt>) {
        let Some(test) = &mut self.test else { return };
        let first = u32::try_from(test.instances.len()).unwrap_or(u32::MAX);
        let moved = |generic: &AssetSource| match generic {
            AssetSource::Coin => AssetSource::Coin,
            AssetSource::Of(at, asset) => AssetSource::Of(first + at, asset.clone()),
        };
        for (number, deployment) in (first..).zip(&app.deployments) {
            let Deployment { name, unit, args, slots, generics, .. } = deployment;
            let slots: Vec<u32> = slots.iter().map(|slot| first + slot).collect();
            let generics: Vec<AssetSource> = generics.iter().map(moved).collect();
            let init = self.context.and_then(|context| app::init_of(context.program.unit(*unit)?));
            let params = init.map(call::parameters).unwrap_or_default();
            let constant = |(value, param): (&Vec<Value>, &Parameter<'_>)| {
                made(ExprKind::Const(value.clone()), param.ty.clone(), span)
            };
            let deploy = Deploy {
                instance: number,
                name: name.clone(),
                unit: *unit,
                args: args.iter().zip(&params).map(constant).collect(),
                slots: slots.clone(),
                generics: generics.clone(),
            };
            let deployed = Deployed { name: name.clone(), named: span, span, unit: *unit, generics, slots };
            self.test.iter_mut().for_each(|test| test.instances.push(deployed.clone()));
            out.push(Stmt { kind: StmtKind::Test(TestStmt::Deploy(deploy)), span });
        }
        for Grant { deployment, role, to } in &app.grants {
            let grant = TestStmt::Grant(first + deployment, *role, first + to);
            out.push(Stmt { kind: StmtKind::Test(grant), span });
        }
    }

    fn deploy(&mut self, name: Option<&Ident>, value: &ast::Expr) -> Option<StmtKind> {
        let ast::ExprKind::Deploy(target, args) = &value.kind else { return None };
        let known_as = name.map_or_else(|| target.path.text(), |name| name.name.clone());
        let named = name.map_or(target.path.span, |name| name.span);
        let deployed = self.deploy_named((&known_as, named), target, args, value.span);
        let Some((deployed, deploy)) = deployed else {
            if let Some(test) = &mut self.test {
                test.broken.push(known_as);
            }
            self.silent = true;
            return None;
        };
        self.test.as_mut()?.instances.push(deployed);
        Some(StmtKind::Test(TestStmt::Deploy(deploy)))
    }

    fn deploy_named(
        &mut self,
        (name, named): (&str, Span),
        target: &ast::Deployed,
        args: &[Arg],
        span: Span,
    ) -> Option<(Deployed, Deploy)> {
        let context = self.context?;
        let file = self.test.as_ref()?.file;
        let instances = std::mem::take(&mut self.test.as_mut()?.instances);
        let broken = std::mem::take(&mut self.test.as_mut()?.broken);
        let found = app::unit_of(context, file, target, self.sink());
        let wired = found.and_then(|unit| {
            let mut wiring = Wiring { context, known: &instances, broken: &broken, diagnostics: self.sink() };
            wiring.wire(unit, target, args, span).map(|wired| (unit, wired))
        });
        let number = u32::try_from(instances.len()).unwrap_or(u32::MAX);
        let test = self.test.as_mut()?;
        (test.instances, test.broken) = (instances, broken);
        let (id, wired) = wired?;
        let unit = context.program.unit(id)?;
        let args = if unit.slots.is_empty() { self.init_args(unit, args, span)? } else { Vec::new() };
        let (generics, slots) = (wired.generics.clone(), wired.slots.clone());
        app::stands_for(context, named, id);
        let deployed = Deployed { name: name.to_owned(), named, span, unit: id, generics, slots };
        let deploy = Deploy {
            instance: number,
            name: name.to_owned(),
            unit: id,
            args,
            slots: wired.slots,
            generics: wired.generics,
        };
        Some((deployed, deploy))
    }

    fn init_args(&mut self, unit: &Unit, args: &[Arg], span: Span) -> Option<Vec<Expr>> {
        let init = app::init_of(unit);
        let params = init.map(call::parameters).unwrap_or_default();
        self.name_parts(args, init.map_or(unit.span, |init| init.span));
        self.arguments(&unit.name, args, &params, span)
    }

    /// `t.entry(args)` or `composition(args)`, with the Value that goes with it.
    fn outer_call(&mut self, value: &ast::Expr, with: Option<&ast::Expr>) -> Option<OuterCall> {
        let ast::ExprKind::Call(callee, args) = &value.kind else {
            self.overlook([value]);
            self.report(
                Diagnostic::error("E0208", value.span, "this does nothing")
                    .label("its value is not used")
                    .help("compare it with `assert`, or bind it with `let`"),
            );
            return None;
        };
        let (instance, entry) = match &callee.kind {
            ast::ExprKind::Name(name) => (name, None),
            ast::ExprKind::Field(of, entry) => match &of.kind {
                ast::ExprKind::Name(name) => (name, Some(entry)),
                _ => {
                    self.report(
                        Diagnostic::error("E0208", of.span, "this is no instance").label("nothing to call"),
                    );
                    return None;
                }
            },
            _ => return None,
        };
        self.mention(instance);
        if self.test.as_ref()?.broken.contains(&instance.name) {
            self.silent = true;
            return None;
        }
        let Some((number, deployed)) = self.instance(&instance.name) else {
            let known: Vec<String> =
                self.test.as_ref()?.instances.iter().map(|instance| instance.name.clone()).collect();
            let known = known.iter().map(String::as_str);
            self.report_unknown(error::unknown("instance", &instance.name, instance.span, known));
            return None;
        };
        let id = deployed.unit;
        self.call_of((number, id), entry, args, (value.span, with))
    }

    fn call_of(
        &mut self,
        (instance, id): (u32, UnitId),
        entry: Option<&Ident>,
        args: &[Arg],
        (span, with): (Span, Option<&ast::Expr>),
    ) -> Option<OuterCall> {
        let context = self.context?;
        let unit = context.program.unit(id)?;
        let (function, called) = match entry {
            Some(entry) => {
                if context.scope(id).is_some_and(|scope| scope.silenced.contains(&entry.name)) {
                    self.silent = true;
                    return None;
                }
                self.entry_of(unit, entry)?
            }
            None => {
                let composes = |kind| kind == FunctionKind::Callable(EntryKind::Compose);
                let found = unit.functions.iter().position(|function| composes(function.kind));
                let Some((at, called)) = found.and_then(|at| Some((at, unit.functions.get(at)?))) else {
                    self.report(
                        Diagnostic::error(
                            "E0208",
                            span,
                            format!("`{}` is a contract, not a composition", unit.name),
                        )
                        .label("call one of its entries")
                        .help("write `name.entry(…)`"),
                    );
                    return None;
                };
                (FunctionId(u32::try_from(at).ok()?), called)
            }
        };
        if called.is_port() {
            self.report(
                Diagnostic::error("E0208", span, format!("`{}` takes or gives an asset", called.name))
                    .label("a port can only be a step")
                    .also(called.span, "declared here")
                    .help("write a `compose` beside the test that calls it, and deploy that"),
            );
            return None;
        }
        let coin = |ty: &Type| matches!(ty, Type::Asset(name) if name == COIN);
        let params: Vec<Parameter<'_>> =
            call::parameters(called).into_iter().filter(|param| !coin(&param.ty)).collect();
        let takes_value = called.param_locals().iter().any(|local| coin(&local.ty));
        self.name_parts(args, called.span);
        let args = self.arguments(&called.name, args, &params, span)?;
        let value = match with {
            Some(with) => Some(Box::new(self.coins(with, takes_value)?)),
            None => None,
        };
        Some(OuterCall { instance, unit: id, function, args, value })
    }

    /// `coin(10)`
    fn coins(&mut self, with: &ast::Expr, takes_value: bool) -> Option<Expr> {
        let amount = match &with.kind {
            ast::ExprKind::Call(callee, args) => match (&callee.kind, args.as_slice()) {
                (ast::ExprKind::Name(name), [amount]) if name.name == COIN => Some(&amount.value),
                _ => None,
            },
            _ => None,
        };
        let Some(amount) = amount else {
            self.report(
                Diagnostic::error("E0208", with.span, "a Value is an amount of `coin`")
                    .label("not an amount")
                    .help("write `with coin(10)`"),
            );
            return None;
        };
        if !takes_value {
            self.report(
                Diagnostic::error("E0207", with.span, "this entry takes no Value")
                    .label("it has no `coin` parameter")
                    .help("the transaction would be refused with `ValueNotTaken`"),
            );
        }
        self.expect(amount, &Scalar::U64.into())
    }

    fn outer_value(&mut self, call: OuterCall, span: Span) -> Option<Expr> {
        let unit = self.context?.program.unit(call.unit)?;
        let called = unit.function(call.function)?;
        let Some(ty) = called.result.as_ref().map(Type::seen) else {
            self.no_value(&called.name.clone(), span, Some(called.span));
            return None;
        };
        Some(made(ExprKind::Outer(Box::new(call)), ty, span))
    }

    /// `t.view(args)` as a value; `None` outside of tests, and where `of` is no instance.
    pub(crate) fn outer_expr(
        &mut self,
        of: &ast::Expr,
        entry: &Ident,
        args: &[Arg],
        span: Span,
    ) -> Option<Option<Expr>> {
        self.test.as_ref()?;
        let ast::ExprKind::Name(name) = &of.kind else { return None };
        if self.local(&name.name).is_some() {
            return None;
        }
        if name.name == COIN && self.instance(COIN).is_none() && entry.name == "balance_of" {
            let params = [Parameter { name: "who", ty: Scalar::Address.into() }];
            let who = self.arguments("balance_of", args, &params, span).and_then(|mut args| args.pop());
            return Some(who.map(|who| made(ExprKind::Balance(Box::new(who)), Scalar::U128, span)));
        }
        let kind = ast::ExprKind::Call(
            Box::new(ast::Expr {
                kind: ast::ExprKind::Field(Box::new(of.clone()), entry.clone()),
                span: of.span,
            }),
            args.to_vec(),
        );
        let call = self.outer_call(&ast::Expr { kind, span }, None);
        Some(call.and_then(|call| self.outer_value(call, span)))
    }

    /// `composition(args)` as a value, in a test.
    pub(crate) fn composed(&mut self, name: &Ident, args: &[Arg], span: Span) -> Option<Option<Expr>> {
        self.test.as_ref()?;
        self.instance(&name.name)?;
        let callee = ast::Expr { kind: ast::ExprKind::Name(name.clone()), span: name.span };
        let kind = ast::ExprKind::Call(Box::new(callee), args.to_vec());
        let call = self.outer_call(&ast::Expr { kind, span }, None);
        Some(call.and_then(|call| self.outer_value(call, span)))
    }
}
