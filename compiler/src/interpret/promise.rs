//! What compositions promise with `ensures`: asked before and after each call that a test makes.

use super::body::{Body, Function as Running, zeros};
use super::failure::{Run, Stop, What};
use super::places::Places;
use super::session::Datum;
use super::trial::failed;
use super::world::TestCall;
use crate::tree::{COIN, Ensure, Function, Question, Unit};
use mc_container::address::Address;
use mc_container::ty::Type;
use mc_container::value::Value;
use mc_syntax::source::Span;

/// A promise of a call, with its locals as far as they are known.
pub(super) struct Promise<'p> {
    ensure: &'p Ensure,
    locals: Vec<Vec<Datum>>,
}

impl<'p> Body<'_, '_, 'p> {
    /// What a call promises, with everything that is asked before it.
    pub(super) fn promises(&mut self, call: &TestCall, span: Span) -> Run<Vec<Promise<'p>>> {
        let unit = self.session.program.unit(call.unit);
        let function = unit.and_then(|unit| unit.function(call.function));
        let (Some(unit), Some(function)) = (unit, function) else { return Ok(Vec::new()) };
        let mut promises = Vec::new();
        for ensure in &function.ensures {
            let mut locals: Vec<Vec<Datum>> = ensure.locals.iter().map(|local| zeros(&local.ty)).collect();
            given(function, call, &mut locals);
            let mut promise = Promise { ensure, locals };
            self.ask_all(unit, &mut promise, (call, span), true)?;
            promises.push(promise);
        }
        Ok(promises)
    }

    /// The call has succeeded: what it has promised holds.
    pub(super) fn kept(&mut self, promises: &mut [Promise<'p>], call: &TestCall, span: Span) -> Run<()> {
        let Some(unit) = self.session.program.unit(call.unit) else { return Ok(()) };
        for promise in promises {
            self.ask_all(unit, promise, (call, span), false)?;
            let broken =
                self.over(unit, promise, call.actor, |body, ensure| body.broken(&ensure.condition))?;
            if let Some((condition, sides)) = broken {
                return Err(failed(condition, What::Ensured { call: span, sides }));
            }
        }
        Ok(())
    }

    fn ask_all(
        &mut self,
        unit: &'p Unit,
        promise: &mut Promise<'p>,
        (call, span): (&TestCall, Span),
        before: bool,
    ) -> Run<()> {
        for question in promise.ensure.questions.iter().filter(|question| question.before == before) {
            let args = self.over(unit, promise, call.actor, |body, _| {
                let args = body.flat(&question.args)?;
                Ok(body.observe_all(&args))
            })?;
            let answer = self.ask(question, (unit, call, span), args)?;
            let to = promise.locals.iter_mut().skip(question.local.0 as usize).take(1);
            to.for_each(|local| *local = answer.iter().copied().map(Datum::from).collect());
        }
        Ok(())
    }

    /// Asks what is bound to the slot.
    fn ask(
        &mut self,
        question: &Question,
        (unit, call, span): (&'p Unit, &TestCall, Span),
        args: Vec<Value>,
    ) -> Run<Vec<Value>> {
        let broken = Stop::Broken("an `ensures` about what is not deployed");
        let program = self.session.program;
        let slot = usize::from(question.slot);
        let instances = &self.session.instances;
        let bound = instances.get(&call.instance).and_then(|(_, slots)| slots.get(slot).copied());
        let found = bound.and_then(|bound| Some((bound, instances.get(&bound)?.0)));
        let asked = unit.slots.get(slot).and_then(|slot| program.behind(slot)?.function(question.function));
        let view = found.zip(asked).and_then(|((instance, unit), asked)| {
            let (function, _) = program.unit(unit)?.function_named(&asked.name)?;
            Some(TestCall { actor: call.actor, instance, unit, function, args, value: 0 })
        });
        let Some(view) = view else { return Err(broken) };
        let answer = self.world()?.look(&view);
        answer.map_err(|refusal| self.refused(refusal, span))
    }

    /// Does something over the locals of a promise.
    fn over<T>(
        &mut self,
        unit: &'p Unit,
        promise: &Promise<'p>,
        actor: Address,
        work: impl FnOnce(&mut Body<'_, '_, 'p>, &'p Ensure) -> Run<T>,
    ) -> Run<T> {
        let places = Places::of(self.session.program, unit);
        let container = Address::default();
        let mut body = Body {
            session: &mut *self.session,
            running: Running { container, unit: Some(unit), places: &places, via: None, step: 0 },
            numbers: None,
            fresh: 0,
            types: &promise.ensure.locals,
            locals: promise.locals.clone(),
            turns: Vec::new(),
            ahead: 0,
            actor,
        };
        work(&mut body, promise.ensure)
    }
}

/// Gives the parameters what the call passes.
fn given(function: &Function, call: &TestCall, locals: &mut [Vec<Datum>]) {
    let mut args = call.args.iter().copied();
    for (param, local) in function.param_locals().iter().zip(locals) {
        let is_coin = matches!(&param.ty, Type::Asset(name) if name == COIN);
        *local = if is_coin {
            vec![Value::from_u64(call.value).into()]
        } else {
            args.by_ref().take(param.ty.scalar_count()).map(Datum::from).collect()
        };
    }
}
