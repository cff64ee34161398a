//! What contracts say about themselves, checked: invariants after a transaction, `ensures` around a call.
//!
//! A condition is evaluated over the state as it is, and under `old` over what the cells that have changed since held.
//! It observes nothing: what it looks at does not count as touched.

use super::body::{Body, Function as Running, zeros};
use super::failure::{Breach, Broken, Law, Run, Sides, Stop};
use super::ledger::{Ledger, Past};
use super::places::Places;
use super::session::{Around, Datum, Promising, Session};
use super::show::show;
use super::wiring::Wiring;
use crate::tree::{Each, Ensure, Expr, ExprKind, Invariant, Local, Program, Question, Spec, Unit};
use mc_container::address::Address;
use mc_container::value::Value;
use mc_syntax::source::Span;

/// A promise of a call: its locals as far as they are known, or why they are not.
type Promise<'p> = (&'p Ensure, Run<Vec<Vec<Datum>>>);

/// The invariants of a container that do not hold.
pub(super) fn invariants(
    program: &Program,
    wiring: &dyn Wiring,
    ledger: &mut dyn Ledger,
    (container, around): (Address, Around),
    past: &Past,
) -> Vec<Breach> {
    let unit = wiring.unit(container).and_then(|unit| program.unit(unit));
    let Some(unit) = unit else { return Vec::new() };
    let mut session = Session::new(program, wiring, ledger, around);
    session.past = Some(past.clone());
    session.quiet = true;
    let mut breaches = Vec::new();
    for Invariant { name, locals, condition, .. } in &unit.invariants {
        let values = locals.iter().map(|local| zeros(&local.ty)).collect();
        let broken = session.over((container, unit, None), locals, values, |body| body.broken(condition));
        let law = || Law::Invariant(name.clone());
        breaches.extend(session.breach(law, unit, condition.span, broken));
    }
    breaches
}

impl<'p> Session<'_, 'p> {
    /// What the law says, where it does not hold.
    fn breach(
        &self,
        law: impl Fn() -> Law,
        unit: &Unit,
        whole: Span,
        broken: Run<Option<(Span, Broken)>>,
    ) -> Option<Breach> {
        let (span, broken) = match broken {
            Ok(None) => return None,
            Ok(Some(broken)) => broken,
            Err(Stop::Failure(failure)) => {
                let unit = self.wiring.unit(failure.container);
                let failed = self.named(unit, failure.code, &failure.payload);
                (whole, Broken { failed: Some(failed), ..Broken::default() })
            }
            Err(_) => (whole, Broken::default()),
        };
        Some(Breach { law: law(), container: unit.name.clone(), span, broken })
    }

    /// What a call promises, with everything that is asked before it.
    pub(super) fn promises(&mut self, call: Promising<'_, 'p>) -> Vec<Promise<'p>> {
        let Some(function) = call.unit.function(call.function) else { return Vec::new() };
        let mut promises = Vec::new();
        for ensure in &function.ensures {
            let mut arguments = call.arguments.iter().copied().map(Datum::from);
            let mut locals: Vec<Vec<Datum>> = ensure.locals.iter().map(|local| zeros(&local.ty)).collect();
            let params = locals.iter_mut().take(function.params as usize).flatten();
            params.zip(&mut arguments).for_each(|(to, from)| *to = from);
            let known = self.quietly(|session| session.ask_all(call, ensure, locals, true));
            promises.push((ensure, known));
        }
        promises
    }

    /// The call has succeeded and given this: notes which promises are broken. `since` says how many sets came
    /// before it.
    pub(super) fn kept(
        &mut self,
        promises: Vec<Promise<'p>>,
        call: Promising<'_, 'p>,
        (given, since): (&[Datum], usize),
    ) {
        let past = self.past_since(since);
        let outer = self.past.replace(past);
        for (ensure, locals) in promises {
            let whole = ensure.condition.span;
            let broken = self.quietly(|session| {
                let mut locals = locals?;
                let result = ensure.result.and_then(|result| locals.get_mut(result.0 as usize));
                result.into_iter().flatten().zip(given).for_each(|(to, from)| *to = from.value.into());
                let locals = session.ask_all(call, ensure, locals, false)?;
                let of = (call.container, call.unit, call.via);
                session.over(of, &ensure.locals, locals, |body| body.broken(&ensure.condition))
            });
            let name = call.unit.function(call.function).map_or("?", |function| function.name.as_str());
            let breach = self.breach(|| Law::Ensures(name.to_owned()), call.unit, whole, broken);
            self.breaches.extend(breach);
        }
        self.past = outer;
    }

    /// Does something that does not count as touching anything.
    fn quietly<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let (quiet, events) = (std::mem::replace(&mut self.quiet, true), self.events.len());
        let point = self.point;
        let done = work(self);
        self.events.truncate(events);
        (self.quiet, self.point) = (quiet, point);
        done
    }

    /// Asks the slots of a composition what is to be known before the call, or after it.
    fn ask_all(
        &mut self,
        call: Promising<'_, 'p>,
        ensure: &'p Ensure,
        mut locals: Vec<Vec<Datum>>,
        before: bool,
    ) -> Run<Vec<Vec<Datum>>> {
        for question in ensure.questions.iter().filter(|question| question.before == before) {
            let of = (call.container, call.unit, None);
            let args = self.over(of, &ensure.locals, locals.clone(), |body| {
                let args = body.flat(&question.args)?;
                Ok(body.observe_all(&args))
            })?;
            let answer = self.ask(call, question, &args)?;
            let to = locals.iter_mut().skip(question.local.0 as usize).take(1);
            to.for_each(|local| *local = answer.iter().copied().map(Datum::from).collect());
        }
        Ok(locals)
    }

    /// Asks what is bound to the slot.
    fn ask(&mut self, call: Promising<'_, 'p>, question: &Question, args: &[Value]) -> Run<Vec<Value>> {
        let slot = call.unit.slots.get(usize::from(question.slot));
        let asked = slot.and_then(|slot| self.program.behind(slot)?.function(question.function));
        let target = self.wiring.slot(call.container, question.slot);
        let found = target.zip(asked).and_then(|(target, asked)| {
            let unit = self.program.unit(self.wiring.unit(target)?)?;
            Some((target, unit.function_named(&asked.name)?.0))
        });
        let (target, view) = found.ok_or(Stop::Broken("an `ensures` about what is not deployed"))?;
        self.enter(target, view, args, None, 0)
    }

    /// Does something over these locals, in a container.
    fn over<T>(
        &mut self,
        (container, unit, via): (Address, &'p Unit, Option<Address>),
        types: &'p [Local],
        locals: Vec<Vec<Datum>>,
        work: impl FnOnce(&mut Body<'_, '_, 'p>) -> Run<T>,
    ) -> Run<T> {
        let places = Places::of(self.program, unit);
        let actor = self.around.caller;
        let running = Running { container, unit: Some(unit), places: &places, via, step: 0 };
        let mut body = Body {
            session: self,
            running,
            numbers: None,
            fresh: 0,
            types,
            locals,
            turns: Vec::new(),
            ahead: 0,
            actor,
        };
        work(&mut body)
    }
}

impl<'p> Body<'_, '_, 'p> {
    /// What of a condition does not hold, and its place.
    pub(super) fn broken(&mut self, condition: &'p Expr) -> Run<Option<(Span, Broken)>> {
        let span = condition.span;
        let mut broken = Broken::default();
        match &condition.kind {
            ExprKind::And(left, right) => {
                let broken = self.broken(left)?;
                return if broken.is_some() { Ok(broken) } else { self.broken(right) };
            }
            ExprKind::Or(left, right) => {
                return if self.is_true(left)? { Ok(None) } else { self.broken(right) };
            }
            ExprKind::Spec(spec) => {
                if let Spec::Each(each) = spec.as_ref()
                    && each.all
                {
                    return self.broken_for(each);
                }
                if self.is_true(condition)? {
                    return Ok(None);
                }
            }
            ExprKind::Compare(comparison, left, right) => {
                let ty = &left.ty;
                let (left_data, right_data) = (self.expr(left)?, self.expr(right)?);
                if self.compare(*comparison, ty, &left_data, &right_data)? {
                    return Ok(None);
                }
                let side = |expr: &Expr, data: &[Datum]| (expr.span, self.shown(expr, data));
                let (left, right) = (side(left, &left_data), side(right, &right_data));
                broken.sides = Some(Sides { operator: comparison.symbol(), left, right });
            }
            _ if self.is_true(condition)? => return Ok(None),
            _ => {}
        }
        Ok(Some((span, broken)))
    }

    fn shown(&self, expr: &Expr, data: &[Datum]) -> String {
        let values: Vec<Value> = data.iter().map(|datum| datum.value).collect();
        show(&expr.ty, &values, &|address| self.session.name_of(address))
    }

    /// The first element for which the condition does not hold, and what of it.
    fn broken_for(&mut self, each: &'p Each) -> Run<Option<(Span, Broken)>> {
        let Each { local, elements, condition, .. } = each;
        let (local, ty) = (*local, self.type_of(*local)?);
        for element in self.elements(elements)? {
            let values: Vec<Value> = element.iter().map(|datum| datum.value).collect();
            *self.local(local)? = element;
            if let Some((span, mut broken)) = self.broken(condition)? {
                let named = self.types.get(local.0 as usize).map_or("", |local| local.name.as_str());
                let value = show(ty, &values, &|address| self.session.name_of(address));
                broken.at.insert(0, (named.to_owned(), value));
                return Ok(Some((span, broken)));
            }
        }
        Ok(None)
    }
}
