//! The IR as text for people: `mcc build --emit ir`.

use super::{Body, Expr, ExprKind, Fail, Failure, Place, Stmt};
use crate::tree::Unit;
use std::fmt::Write;

/// One body as text.
#[must_use]
pub fn show(unit: &Unit, body: &Body) -> String {
    let mut printer = Printer { unit, text: String::new(), depth: 1 };
    let types: Vec<String> =
        body.locals.iter().enumerate().map(|(number, ty)| format!("%{number}: {ty}")).collect();
    let (params, locals) = types.split_at((body.params as usize).min(types.len()));
    let result = body.result.map_or_else(String::new, |ty| format!(" -> {ty}"));
    printer.text = format!("{}({}){result}\n", body.name, params.join(", "));
    if !locals.is_empty() {
        printer.line(&format!("local {}", locals.join(", ")));
    }
    printer.stmts(&body.stmts);
    printer.text
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
        match stmt {
            Stmt::Set(local, value) => self.line(&format!("%{} = {}", local.0, self.expr(value))),
            Stmt::Store(place, value) => self.line(&format!("{} = {}", self.place(place), self.expr(value))),
            Stmt::Update(place, operation, value, failure) => self.line(&format!(
                "{} {}= {}{}",
                self.place(place),
                operation.symbol(),
                self.expr(value),
                self.failure(failure)
            )),
            Stmt::Guard(condition, fail) => {
                self.line(&format!("guard {} else {}", self.expr(condition), self.fail(fail)));
            }
            Stmt::Fail(fail) => self.line(&format!("fail {}", self.fail(fail))),
            Stmt::Emit(event, args) => {
                let name = self.unit.events.get(event.0 as usize).map_or("?", |event| event.name.as_str());
                self.line(&format!("emit {name}({})", self.exprs(args)));
            }
            Stmt::Give(value) => {
                self.line(&format!(
                    "give {}",
                    value.as_ref().map_or_else(String::new, |value| self.expr(value))
                ));
            }
            Stmt::Labelled(label, body) => {
                self.line(&format!("label {}:", label.0));
                self.nested(body);
            }
            Stmt::Exit(label) => self.line(&format!("exit {}", label.0)),
            Stmt::If(condition, then, otherwise) => {
                self.line(&format!("if {}:", self.expr(condition)));
                self.nested(then);
                if !otherwise.is_empty() {
                    self.line("else:");
                    self.nested(otherwise);
                }
            }
            Stmt::Repeat(repeat) => {
                let (from, to) = (self.expr(&repeat.from), self.expr(&repeat.to));
                self.line(&format!("for %{} in {from}..{to} max {}:", repeat.index.0, repeat.turns_max));
                self.nested(&repeat.body);
            }
            Stmt::Step(step) => {
                let slot = self.unit.slots.get(usize::from(step.slot)).map_or("?", |slot| slot.name.as_str());
                let bind = step.bind.map_or_else(String::new, |local| format!("%{} = ", local.0));
                let call = format!("{slot}.{}({})", step.entry, self.exprs(&step.args));
                self.line(&format!("step {bind}{call}{}", self.failure(&step.otherwise)));
            }
        }
    }

    fn fail(&self, fail: &Fail) -> String {
        let name = self.unit.errors.get(fail.error.0 as usize).map_or("?", |error| error.name.as_str());
        format!("{name}({})", self.exprs(&fail.args))
    }

    fn failure(&self, failure: &Failure) -> String {
        failure.as_ref().map_or_else(String::new, |fail| format!(" else {}", self.fail(fail)))
    }

    fn exprs(&self, exprs: &[Expr]) -> String {
        let exprs: Vec<String> = exprs.iter().map(|expr| self.expr(expr)).collect();
        exprs.join(", ")
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
            ExprKind::Caller => "caller".to_owned(),
            ExprKind::Now => "now".to_owned(),
            ExprKind::SelfAddress => "self".to_owned(),
            ExprKind::Load(place) => format!("({})", self.place(place)),
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
            ExprKind::And(left, right) => format!("({} && {})", self.expr(left), self.expr(right)),
            ExprKind::Or(left, right) => format!("({} || {})", self.expr(left), self.expr(right)),
            ExprKind::If(condition, then, otherwise) => {
                let arms = [condition, then, otherwise].map(|expr| self.expr(expr));
                let [condition, then, otherwise] = arms;
                format!("(if {condition} then {then} else {otherwise})")
            }
            ExprKind::Do(stmts, value) => {
                let mut inner = Printer { unit: self.unit, text: String::new(), depth: self.depth + 1 };
                inner.text.push('\n');
                inner.stmts(stmts);
                let value = inner.expr(value);
                format!("(do {}{:indent$}give {value})", inner.text, "", indent = 2 * inner.depth)
            }
        }
    }
}
