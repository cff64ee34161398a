//! The IR as text for people: `mcc build --emit ir`.

use super::walk::{self, Node};
use super::{
    Action, Bind, Body, BufferId, Expr, ExprKind, Fail, Failure, Home, Known, Piece, Place, Step, Stmt,
};
use crate::tree::{LocalId, Unit};
use mc_container::ty::Type;
use mc_container::value::Scalar;
use std::collections::BTreeSet;
use std::fmt::Write;

/// One body as text.
#[must_use]
pub fn show(unit: &Unit, body: &Body) -> String {
    let mut printer = Printer { unit, text: String::new(), depth: 1 };
    let used = mentioned(&body.stmts);
    let shown = |local: &LocalId, ty: &Scalar| format!("%{}: {ty}", local.0);
    let is_input = |local: &LocalId| body.inputs.iter().any(|input| input.local == *local);
    let types = || (0..).map(LocalId).zip(&body.locals);
    let params: Vec<String> =
        types().filter(|(local, _)| is_input(local)).map(|(local, ty)| shown(&local, ty)).collect();
    let locals: Vec<String> = types()
        .filter(|(local, _)| used.contains(local) && !is_input(local))
        .map(|(local, ty)| shown(&local, ty))
        .collect();
    let result = if body.result == Type::unit() { String::new() } else { format!(" -> {}", body.result) };
    printer.text = format!("{}({}){result}\n", body.name, params.join(", "));
    if !locals.is_empty() {
        printer.line(&format!("local {}", locals.join(", ")));
    }
    for (number, buffer) in body.buffers.iter().enumerate() {
        let parts: Vec<String> = buffer.element.iter().map(ToString::to_string).collect();
        let home = match buffer.home {
            Home::Argument { first, .. } => format!("argument {first}"),
            Home::Scratch(limbs) => format!("scratch {limbs}"),
        };
        printer.line(&format!("list ${number}: ({}) max {} in {home}", parts.join(", "), buffer.max));
    }
    printer.stmts(&body.stmts);
    printer.text
}

fn mentioned(stmts: &[Stmt]) -> BTreeSet<LocalId> {
    let mut mentioned = walk::changed(stmts).locals;
    walk::stmts(stmts, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Local(local), .. }) = node {
            mentioned.insert(*local);
        }
    });
    mentioned
}

struct Printer<'u> {
    unit: &'u Unit,
    text: String,
    depth: usize,
}

impl Printer<'_> {
    fn line(&mut self, line: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{:indent$}{line}", "", indent = 2 * self.depth);
    }

    fn nested(&mut self, stmts: &[Stmt]) {
        self.depth += 1;
        self.stmts(stmts);
        self.depth -= 1;
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.does {
            Action::Set(local, value) => self.line(&format!("%{} = {}", local.0, self.expr(value))),
            Action::SetElement(buffer, index, part, value) => {
                let element = self.element(*buffer, index, *part);
                self.line(&format!("{element} = {}", self.expr(value)));
            }
            Action::Store(place, value) => {
                self.line(&format!("{} = {}", self.place(place), self.expr(value)));
            }
            Action::Update(place, operation, value, failure) => self.line(&format!(
                "{} {}= {}{}",
                self.place(place),
                operation.symbol(),
                self.expr(value),
                self.failure(failure)
            )),
            Action::Guard(condition, fail) => {
                self.line(&format!("guard {} else {}", self.expr(condition), self.fail(fail)));
            }
            Action::Fail(fail) => self.line(&format!("fail {}", self.fail(fail))),
            Action::Emit(event, args) => {
                let name = self.unit.events.get(event.0 as usize).map_or("?", |event| event.name.as_str());
                self.line(&format!("emit {name}({})", self.pieces(args)));
            }
            Action::Give(pieces) => self.line(&format!("give {}", self.pieces(pieces))),
            Action::Labelled(label, body) => {
                self.line(&format!("label {}:", label.0));
                self.nested(body);
            }
            Action::Exit(label) => self.line(&format!("exit {}", label.0)),
            Action::If(condition, then, otherwise) => {
                self.line(&format!("if {}:", self.expr(condition)));
                self.nested(then);
                if !otherwise.is_empty() {
                    self.line("else:");
                    self.nested(otherwise);
                }
            }
            Action::Repeat(repeat) => {
                let (from, to) = (self.expr(&repeat.from), self.expr(&repeat.to));
                self.line(&format!("for %{} in {from}..{to} max {}:", repeat.index.0, repeat.turns_max));
                self.nested(&repeat.body);
            }
            Action::Step(step) => self.step(step),
            Action::Try(attempt) => {
                self.line("try:");
                self.nested(&attempt.body);
                let reason = attempt.reason.map_or_else(String::new, |local| format!(" %{}", local.0));
                self.line(&format!("catch{reason}:"));
                self.nested(&attempt.catch);
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let slot = self.unit.slots.get(usize::from(step.slot)).map_or("?", |slot| slot.name.as_str());
        let bind = |bind: &Bind| match bind {
            Bind::Scalar(local) => format!("%{}", local.0),
            Bind::List(local, buffer) => format!("${}[..%{}]", buffer.0, local.0),
        };
        let binds: Vec<String> = step.bind.iter().map(bind).collect();
        let binds = if binds.is_empty() { String::new() } else { format!("{} = ", binds.join(", ")) };
        let call = format!("{slot}.{}({})", step.entry, self.pieces(&step.args));
        self.line(&format!("step {binds}{call}{}", self.failure(&step.otherwise)));
    }

    fn fail(&self, fail: &Fail) -> String {
        match fail {
            Fail::System(error) => error.name().to_owned(),
            Fail::Error(error, before, pieces) => {
                let name = self.unit.errors.get(error.0 as usize).map_or("?", |error| error.name.as_str());
                let payload = format!("{name}({})", self.pieces(pieces));
                if before.is_empty() { payload } else { self.block(before, &payload) }
            }
        }
    }

    /// Statements and what comes of them.
    fn block(&self, stmts: &[Stmt], value: &str) -> String {
        let mut inner = Printer { unit: self.unit, text: String::new(), depth: self.depth + 1 };
        inner.text.push('\n');
        inner.stmts(stmts);
        format!("(do {}{:indent$}give {value})", inner.text, "", indent = 2 * inner.depth)
    }

    fn pieces(&self, pieces: &[Piece]) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Scalar(expr) => self.expr(expr),
            Piece::List(length, buffer) => format!("${}[..{}]", buffer.0, self.expr(length)),
        };
        let pieces: Vec<String> = pieces.iter().map(piece).collect();
        pieces.join(", ")
    }

    fn element(&self, buffer: BufferId, index: &Expr, part: u32) -> String {
        format!("${}[{}].{part}", buffer.0, self.expr(index))
    }

    fn failure(&self, failure: &Failure) -> String {
        failure.as_ref().map_or_else(String::new, |fail| format!(" else {}", self.fail(fail)))
    }

    fn place(&self, place: &Place) -> String {
        let name = self.unit.variable(place.variable).map_or("?", |variable| variable.name.as_str());
        let keys: String = place.keys.iter().map(|key| format!("[{}]", self.expr(key))).collect();
        format!("@{} {name}{keys}", place.site.0)
    }

    fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Const(value) => value.show(expr.ty),
            ExprKind::Local(local) => format!("%{}", local.0),
            ExprKind::Known(known) => match known {
                Known::Caller => "caller".to_owned(),
                Known::Now => "now".to_owned(),
                Known::SelfAddress => "self".to_owned(),
                Known::IsStep => "is_step".to_owned(),
                Known::Via => "via".to_owned(),
                Known::Height => "height".to_owned(),
                Known::TxId => "tx_id".to_owned(),
            },
            ExprKind::Element(buffer, index, part) => self.element(*buffer, index, *part),
            ExprKind::Compute(computation, pieces, failure) => {
                format!("({computation:?} of {}{})", self.pieces(pieces), self.failure(failure))
            }
            ExprKind::Load(place) => format!("({})", self.place(place)),
            ExprKind::TextLength(operand) => format!("length({})", self.expr(operand)),
            ExprKind::Not(operand) => format!("!{}", self.expr(operand)),
            ExprKind::Arithmetic(operation, left, right, failure) => {
                let (left, right) = (self.expr(left), self.expr(right));
                format!("({left} {} {right}{})", operation.symbol(), self.failure(failure))
            }
            ExprKind::Cast(operand, failure) => {
                format!("({} as {}{})", self.expr(operand), expr.ty, self.failure(failure))
            }
            ExprKind::Compare(comparison, left, right) => {
                format!("({} {} {})", self.expr(left), comparison.symbol(), self.expr(right))
            }
            ExprKind::And(left, right, _) => format!("({} && {})", self.expr(left), self.expr(right)),
            ExprKind::Or(left, right, _) => format!("({} || {})", self.expr(left), self.expr(right)),
            ExprKind::If(condition, then, otherwise, _) => {
                let arms = [condition, then, otherwise].map(|expr| self.expr(expr));
                let [condition, then, otherwise] = arms;
                format!("(if {condition} then {then} else {otherwise})")
            }
            ExprKind::Do(stmts, value) => self.block(stmts, &self.expr(value)),
        }
    }
}
