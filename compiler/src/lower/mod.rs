//! Typed tree to IR: one flat body for each function that a transaction can call.

use crate::ir::{self, Body, ExprKind, Label, LoopId, Place, Repeat, SiteId, Step, Stmt};
use crate::tree::{self, Fail, Function, FunctionId, FunctionKind, LocalId, Program, StmtKind, Unit};
use mc_container::value::Scalar;
use mc_syntax::diagnostic::Diagnostic;

/// The greatest number of statements and expressions of a body, called functions included.
const NODES_MAX: u32 = 20_000;

/// Lowers every callable function of `unit`, in order.
///
/// Functions that grow too large are reported and left out.
pub fn lower(program: &Program, unit: &Unit, diagnostics: &mut Vec<Diagnostic>) -> Vec<Body> {
    let mut bodies = Vec::new();
    for function in &unit.functions {
        if let FunctionKind::Callable(_) = function.kind {
            match Lowerer::new(program, unit, function).entry(function) {
                Ok(body) => bodies.push(body),
                Err(TooLarge) => diagnostics.push(too_large(function)),
            }
        }
    }
    bodies
}

fn too_large(function: &Function) -> Diagnostic {
    Diagnostic::error("E0603", function.span, format!("`{}` is too large", function.name))
        .label(format!("more than {NODES_MAX} operations with everything it calls"))
        .help("every call is compiled in its place: call shared functions fewer times, or split the entry")
}

struct TooLarge;

type Lowered<T> = Result<T, TooLarge>;

/// Where the locals of the function being copied stand, and where its `return` leads.
#[derive(Clone, Copy)]
struct Frame {
    base: u32,
    /// The block that holds the copy, and the local for its result; `None` in the entry itself.
    inlined: Option<(Label, Option<LocalId>)>,
}

struct Lowerer<'p> {
    program: &'p Program,
    unit: &'p Unit,
    body: Body,
    nodes: u32,
    frame: Frame,
    /// For each loop around: the labels of `break` and `continue`.
    loops: Vec<(Label, Label)>,
}

impl<'p> Lowerer<'p> {
    fn new(program: &'p Program, unit: &'p Unit, function: &Function) -> Self {
        let body = Body {
            name: function.name.clone(),
            kind: function.kind,
            locals: function.locals.iter().map(|local| local.ty).collect(),
            params: function.params,
            result: function.result,
            sites: Vec::new(),
            loops: 0,
            labels: 0,
            steps: Vec::new(),
            stmts: Vec::new(),
        };
        let frame = Frame { base: 0, inlined: None };
        Self { program, unit, body, nodes: 0, frame, loops: Vec::new() }
    }

    fn entry(mut self, function: &Function) -> Lowered<Body> {
        self.body.stmts = self.stmts(&function.body)?;
        Ok(self.body)
    }

    fn count(&mut self) -> Lowered<()> {
        self.nodes += 1;
        if self.nodes > NODES_MAX { Err(TooLarge) } else { Ok(()) }
    }

    fn label(&mut self) -> Label {
        self.body.labels += 1;
        Label(self.body.labels - 1)
    }

    fn local(&self, local: LocalId) -> LocalId {
        LocalId(self.frame.base + local.0)
    }

    fn stmts(&mut self, stmts: &[tree::Stmt]) -> Lowered<Vec<Stmt>> {
        let mut out = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            self.count()?;
            self.stmt(&stmt.kind, &mut out)?;
        }
        Ok(out)
    }

    fn stmt(&mut self, stmt: &StmtKind, out: &mut Vec<Stmt>) -> Lowered<()> {
        out.push(match stmt {
            StmtKind::Set(local, value) => Stmt::Set(self.local(*local), self.expr(value)?),
            StmtKind::Store(place, value) => Stmt::Store(self.place(place)?, self.expr(value)?),
            StmtKind::Update(place, operation, value, failure) => {
                let (place, value) = (self.place(place)?, self.expr(value)?);
                Stmt::Update(place, *operation, value, self.failure(failure)?)
            }
            StmtKind::Require(condition, fail) => Stmt::Guard(self.expr(condition)?, self.fail(fail)?),
            StmtKind::Abort(fail) => Stmt::Fail(self.fail(fail)?),
            StmtKind::Emit(event, args) => Stmt::Emit(*event, self.exprs(args)?),
            StmtKind::Return(value) => return self.give(value.as_ref(), out),
            StmtKind::Break => self.leave(|(outside, _)| outside),
            StmtKind::Continue => self.leave(|(_, turn)| turn),
            StmtKind::If(condition, then, otherwise) => {
                Stmt::If(self.expr(condition)?, self.stmts(then)?, self.stmts(otherwise)?)
            }
            StmtKind::For(repeat) => self.repeat(repeat)?,
            StmtKind::Call(callee, args) => {
                let (stmts, _) = self.inline(*callee, args)?;
                out.extend(stmts);
                return Ok(());
            }
            StmtKind::Step(step) => self.step(step)?,
        });
        Ok(())
    }

    fn give(&mut self, value: Option<&tree::Expr>, out: &mut Vec<Stmt>) -> Lowered<()> {
        let value = value.map(|value| self.expr(value)).transpose()?;
        match self.frame.inlined {
            None => out.push(Stmt::Give(value)),
            Some((label, result)) => {
                out.extend(result.zip(value).map(|(local, value)| Stmt::Set(local, value)));
                out.push(Stmt::Exit(label));
            }
        }
        Ok(())
    }

    fn leave(&self, of: impl Fn((Label, Label)) -> Label) -> Stmt {
        // The checker allows `break` and `continue` only inside of a loop.
        Stmt::Exit(self.loops.last().copied().map_or(Label(u32::MAX), of))
    }

    fn repeat(&mut self, repeat: &tree::For) -> Lowered<Stmt> {
        let (from, to) = (self.expr(&repeat.from)?, self.expr(&repeat.to)?);
        let id = LoopId(self.body.loops);
        self.body.loops += 1;
        let (outside, turn) = (self.label(), self.label());
        self.loops.push((outside, turn));
        let body = self.stmts(&repeat.body)?;
        self.loops.pop();
        let body = vec![Stmt::Labelled(turn, body)];
        let index = self.local(repeat.index);
        let repeat = Repeat { id, index, from, to, turns_max: repeat.turns_max, body };
        Ok(Stmt::Labelled(outside, vec![Stmt::Repeat(Box::new(repeat))]))
    }

    fn step(&mut self, step: &tree::Step) -> Lowered<Stmt> {
        let args = self.exprs(&step.args)?;
        let callee = self
            .unit
            .slots
            .get(usize::from(step.slot))
            .and_then(|slot| self.program.unit(slot.contract))
            .and_then(|contract| contract.function(step.function));
        let (entry, result) =
            callee.map_or_else(Default::default, |callee| (callee.name.clone(), callee.result));
        let bind = step.bind.map(|local| self.local(local));
        let otherwise = match &step.otherwise {
            Some(fail) => Some(Box::new(self.fail(fail)?)),
            None => None,
        };
        let number = u16::try_from(self.body.steps.len()).unwrap_or(u16::MAX);
        self.body.steps.push((step.slot, entry.clone(), args.len()));
        Ok(Stmt::Step(Box::new(Step { number, slot: step.slot, entry, args, result, bind, otherwise })))
    }

    /// A copy of a called function, and the local its result is in.
    fn inline(&mut self, callee: FunctionId, args: &[tree::Expr]) -> Lowered<(Vec<Stmt>, Option<LocalId>)> {
        let Some(function) = self.unit.function(callee) else { return Ok((Vec::new(), None)) };
        let args = self.exprs(args)?;
        let base = self.new_locals(function.locals.iter().map(|local| local.ty));
        let result = function.result.map(|ty| LocalId(self.new_locals(std::iter::once(ty))));
        let mut stmts: Vec<Stmt> =
            (base..).map(LocalId).zip(args).map(|(local, arg)| Stmt::Set(local, arg)).collect();
        let label = self.label();
        let outer = (self.frame, std::mem::take(&mut self.loops));
        self.frame = Frame { base, inlined: Some((label, result)) };
        let body = self.stmts(&function.body)?;
        (self.frame, self.loops) = outer;
        stmts.push(Stmt::Labelled(label, body));
        Ok((stmts, result))
    }

    fn new_locals(&mut self, types: impl Iterator<Item = Scalar>) -> u32 {
        let base = u32::try_from(self.body.locals.len()).unwrap_or(u32::MAX);
        self.body.locals.extend(types);
        base
    }

    fn place(&mut self, place: &tree::Place) -> Lowered<Place> {
        let keys = self.exprs(&place.keys)?;
        let site = SiteId(u32::try_from(self.body.sites.len()).unwrap_or(u32::MAX));
        self.body.sites.push(place.span);
        Ok(Place { site, variable: place.variable, keys })
    }

    fn fail(&mut self, fail: &Fail) -> Lowered<ir::Fail> {
        Ok(ir::Fail { error: fail.error, args: self.exprs(&fail.args)? })
    }

    fn failure(&mut self, failure: &tree::Failure) -> Lowered<ir::Failure> {
        failure.as_ref().map(|fail| Ok(Box::new(self.fail(fail)?))).transpose()
    }

    fn exprs(&mut self, exprs: &[tree::Expr]) -> Lowered<Vec<ir::Expr>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn boxed(&mut self, expr: &tree::Expr) -> Lowered<Box<ir::Expr>> {
        self.expr(expr).map(Box::new)
    }

    fn expr(&mut self, expr: &tree::Expr) -> Lowered<ir::Expr> {
        use tree::ExprKind as T;
        self.count()?;
        let kind = match &expr.kind {
            T::Const(value) => ExprKind::Const(*value),
            T::Local(local) => ExprKind::Local(self.local(*local)),
            T::Caller => ExprKind::Caller,
            T::Now => ExprKind::Now,
            T::SelfAddress => ExprKind::SelfAddress,
            T::Load(place) => ExprKind::Load(self.place(place)?),
            T::Not(operand) => ExprKind::Not(self.boxed(operand)?),
            T::Arithmetic(operation, left, right, failure) => {
                let (left, right) = (self.boxed(left)?, self.boxed(right)?);
                ExprKind::Arithmetic(*operation, left, right, self.failure(failure)?)
            }
            T::Cast(operand, failure) => ExprKind::Cast(self.boxed(operand)?, self.failure(failure)?),
            T::Compare(comparison, left, right) => {
                ExprKind::Compare(*comparison, self.boxed(left)?, self.boxed(right)?)
            }
            T::And(left, right) => ExprKind::And(self.boxed(left)?, self.boxed(right)?),
            T::Or(left, right) => ExprKind::Or(self.boxed(left)?, self.boxed(right)?),
            T::If(condition, then, otherwise) => {
                ExprKind::If(self.boxed(condition)?, self.boxed(then)?, self.boxed(otherwise)?)
            }
            T::Call(callee, args) => {
                let (stmts, result) = self.inline(*callee, args)?;
                let result =
                    result.map_or(ExprKind::Const(mc_container::value::Value::ZERO), ExprKind::Local);
                ExprKind::Do(stmts, Box::new(ir::Expr { kind: result, ty: expr.ty }))
            }
        };
        Ok(ir::Expr { kind, ty: expr.ty })
    }
}
