//! What a composition promises behind its signature: `spends`, and `ensures`; what others ensure is in `spec`.

use super::body::{Body, Bound, Header, Purpose, RESULT};
use super::call::parameters;
use super::expr::{BOOL, made};
use super::scope::{Context, Scope};
use crate::error;
use crate::tree::{
    COIN, Context as Known, Ensure, Expr, ExprKind, Function, FunctionKind, LocalId, Part, Question, Spend,
    Unit,
};
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::ast::{self, Arg, Clause, Ident, Path};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// What an `ensures` asks of the slots.
#[derive(Default)]
pub(crate) struct Asks {
    questions: Vec<Question>,
    /// Inside of `old(…)`.
    before: bool,
}

/// Checks the `spends` and `ensures` of a signature.
pub(crate) fn check(
    context: &Context<'_>,
    of: (&Unit, &Scope<'_>),
    function: &mut Function,
    (params, clauses): (&[ast::Param], &[Clause]),
    diagnostics: &mut Vec<Diagnostic>,
) {
    let composes = function.kind == FunctionKind::Callable(EntryKind::Compose);
    for clause in clauses {
        match clause {
            Clause::Spends(spends, _) => {
                for spend in spends {
                    let read = spending(context, of, function, (params, spend), diagnostics);
                    function.spends.extend(read);
                }
            }
            Clause::Ensures(condition, _) if composes => {
                let mut body = body_of(context, of, function, params, diagnostics);
                let result = function.result.as_ref().map(|ty| body.bind_result(&ty.seen()));
                let read = body.ensure(condition, result);
                function.ensures.extend(read);
            }
            _ => {}
        }
    }
}

/// A body that sees the parameters of `function`, and nothing that it does.
fn body_of<'b>(
    context: &'b Context<'b>,
    (unit, scope): (&'b Unit, &'b Scope<'b>),
    function: &'b Function,
    params: &[ast::Param],
    diagnostics: &'b mut Vec<Diagnostic>,
) -> Body<'b> {
    let header = Header { kind: function.kind, direct: false, result: None, name: &function.name };
    let mut body = Body::new(Some(context), Some(unit), scope, Some(header), diagnostics);
    for (param, local) in params.iter().zip(&function.locals) {
        body.bind_param(&param.name, &local.ty, false);
    }
    body
}

fn spending(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    function: &Function,
    (params, spend): (&[ast::Param], &ast::Spend),
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Spend> {
    let silenced = spend.asset.segments.first().is_some_and(|name| scope.silenced.contains(&name.name));
    if silenced {
        return None;
    }
    let asset = match asset_of(context, (unit, scope), &spend.asset) {
        Ok(asset) => asset,
        Err(unknown) => {
            diagnostics.push(*unknown);
            return None;
        }
    };
    let span = Span { end: spend.bound.span.end, ..spend.asset.span };
    if let Some(first) = function.spends.iter().find(|known| known.asset == asset) {
        diagnostics.push(
            Diagnostic::error("E0208", span, format!("`spends` names `{asset}` twice"))
                .label("named again")
                .also(first.span, "first named here")
                .help("add the two bounds up"),
        );
        return None;
    }
    let mut body = body_of(context, (unit, scope), function, params, diagnostics);
    let most = body.expect(&spend.bound, &Scalar::U128.into())?;
    if function.bound_term(&most).is_none() {
        body.report(
            Diagnostic::error("E0208", most.span, "a bound of `spends` is known before the call")
                .label("not known then")
                .help("use the parameters, constants and literals, and arithmetic with them"),
        );
        return None;
    }
    Some(Spend { asset, most, span })
}

/// The unit's name for an asset that `spends` names.
fn asset_of(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    path: &Path,
) -> Result<String, Box<Diagnostic>> {
    let text = path.text();
    if text == COIN {
        return Ok(text);
    }
    let unknown =
        |name: &Ident, known: Vec<&str>| Box::new(error::unknown("asset", &name.name, name.span, known));
    match path.segments.as_slice() {
        [name] => {
            let declared = unit.assets.iter().map(|asset| asset.name.as_str());
            let known: Vec<&str> = declared.chain(unit.generics.iter().map(String::as_str)).collect();
            if known.contains(&name.name.as_str()) {
                scope.types.mention(name);
                return Ok(text);
            }
            let report = unknown(name, known);
            let help = "name the slot and its asset, such as `gold.Unit`, or write `coin`";
            Err(if unit.slots.is_empty() { report } else { Box::new(report.help(help)) })
        }
        [slots @ .., name] => {
            let mut behind = unit;
            for slot in slots {
                let Some(found) = behind.slots.iter().find(|known| known.name == slot.name) else {
                    let known = behind.slots.iter().map(|slot| slot.name.as_str());
                    return Err(Box::new(error::unknown("slot", &slot.name, slot.span, known)));
                };
                context.names.trail.means(slot.span, found.span);
                match context.program.behind(found) {
                    Some(next) => behind = next,
                    None => return Err(unknown(name, Vec::new())),
                }
            }
            let known: Vec<&str> = behind.assets.iter().map(|asset| asset.name.as_str()).collect();
            let declared = behind.assets.iter().find(|asset| asset.name == name.name);
            declared.into_iter().for_each(|asset| context.names.trail.means(name.span, asset.span));
            if declared.is_some() { Ok(text) } else { Err(unknown(name, known)) }
        }
        [] => Err(Box::new(error::unknown("asset", &text, path.span, []))),
    }
}

/// What `find` finds first in the parts of an expression.
fn first_within(expr: &Expr, find: &dyn Fn(&Expr) -> Option<Span>) -> Option<Span> {
    let mut found = None;
    expr.parts(&mut |part| {
        if let (None, Part::Expr(part)) = (found, part) {
            found = find(part);
        }
    });
    found
}

/// The first part of a condition that only the call itself knows.
fn of_the_call(condition: &Expr) -> Option<Span> {
    match &condition.kind {
        ExprKind::Context(Known::Caller | Known::Now) => None,
        ExprKind::Context(_) | ExprKind::Block(..) => Some(condition.span),
        _ => first_within(condition, &of_the_call),
    }
}

impl Body<'_> {
    /// The condition of an `ensures`.
    fn ensure(mut self, condition: &ast::Expr, result: Option<LocalId>) -> Option<Ensure> {
        self.asks = Some(Asks::default());
        let condition = self.expect(condition, &BOOL)?;
        if let Some(span) = of_the_call(&condition) {
            self.report(
                Diagnostic::error("E0208", span, "an `ensures` is looked at from outside of the call")
                    .label("not known there")
                    .help("use the parameters, `result`, `caller`, `now`, and views of the slots"),
            );
            return None;
        }
        let questions = self.asks.take().map(|asks| asks.questions).unwrap_or_default();
        Some(Ensure { locals: self.locals, result, questions, condition })
    }

    /// `goods.balance_of(caller)`, in an `ensures`; `None` elsewhere.
    pub(crate) fn question(
        &mut self,
        of: &ast::Expr,
        entry: &Ident,
        args: &[Arg],
        span: Span,
    ) -> Option<Option<Expr>> {
        self.asks.as_ref()?;
        let ast::ExprKind::Name(slot) = &of.kind else { return None };
        self.mention(slot);
        Some(self.ask(slot, entry, args, span))
    }

    fn ask(&mut self, slot: &Ident, entry: &Ident, args: &[Arg], span: Span) -> Option<Expr> {
        let (context, unit) = (self.context?, self.unit?);
        let number = unit.slots.iter().position(|known| known.name == slot.name)?;
        let bound = unit.slots.get(number)?;
        let behind = context.program.behind(bound)?;
        if context.scope_behind(bound.behind).is_some_and(|scope| scope.silenced.contains(&entry.name)) {
            self.silent = true;
            return None;
        }
        let (function, called) = self.entry_of(behind, entry)?;
        if called.kind != FunctionKind::Callable(EntryKind::View) {
            self.report(
                Diagnostic::error("E0208", span, format!("`{}` is not a view", entry.name))
                    .label("an `ensures` only looks")
                    .also(called.span, "declared here"),
            );
            return None;
        }
        self.name_parts(args, called.span);
        let args =
            self.arguments(&format!("{}.{}", slot.name, entry.name), args, &parameters(called), span)?;
        let Some(ty) = called.result.as_ref().map(Type::seen) else {
            self.no_value(&called.name, span, Some(called.span));
            return None;
        };
        let local = self.temporary(&ty, span);
        let slot = u16::try_from(number).ok()?;
        let asks = self.asks.as_mut()?;
        asks.questions.push(Question { before: asks.before, slot, function, args, local, span });
        Some(made(ExprKind::Local(local), ty, span))
    }

    /// Reports `result` in an `ensures` where there is none, or not yet.
    pub(crate) fn has_no_result(&mut self, name: &Ident) -> bool {
        let ensures = self.asks.is_some() || self.purpose == Purpose::Ensures;
        let (known, constant) = (self.how_bound(&name.name), self.scope.constants.contains_key(&name.name));
        let before = self.asks.as_ref().is_some_and(|asks| asks.before);
        let report = match known {
            Some(Bound::Result) if before => {
                Diagnostic::error("E0208", name.span, "there is no `result` before the call")
                    .label("not there yet")
                    .help("under `old`, a composition asks its slots before it runs")
            }
            None if ensures && name.name == RESULT && !constant && self.state_named(RESULT).is_none() => {
                let function = self.header.map_or("it", |header| header.name);
                Diagnostic::error("E0208", name.span, format!("`{function}` gives no `result`"))
                    .label("there is none")
                    .help("give something, as in `-> u64`, or say what the state holds then")
            }
            _ => return false,
        };
        self.report(report);
        true
    }

    /// `old(e)` in an `ensures`: what `e` asks, it asks before the call.
    pub(crate) fn old(&mut self, of: &ast::Expr, wanted: Option<&Type>) -> Option<Expr> {
        let outer = self.asks.as_mut().map(|asks| std::mem::replace(&mut asks.before, true));
        let value = self.expr(of, wanted);
        self.asks.iter_mut().zip(outer).for_each(|(asks, outer)| asks.before = outer);
        value
    }
}
