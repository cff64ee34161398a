//! The statements that only a test has: deployments, calls, assertions, actors, expected failures, time.

use super::body::{Body, Flow, Function as Running, zeros};
use super::failure::{Run, Stop, TestFailure, What};
use super::ledger::NoLedger;
use super::places::Places;
use super::session::{Around, Datum, Session};
use super::wiring::Unwired;
use super::world::{Refusal, TestCall, TestDeployment, TestWorld};
use crate::tree::{Deploy, Expr, OuterCall, Program, Stmt, Test, TestStmt};
use mc_container::address::Address;
use mc_container::error::SystemError;
use mc_container::value::Value;
use mc_syntax::source::Span;

/// Who acts in a test where it does not say.
pub const ACTOR: &str = "alice";

/// Runs a test with these scalars for its random parameters.
///
/// # Errors
/// Why it fails.
pub fn run_test(
    program: &Program,
    test: &Test,
    world: &mut dyn TestWorld,
    params: &[Value],
) -> Result<(), Box<TestFailure>> {
    let unit = test.library.and_then(|library| program.libraries.get(library as usize));
    let places = unit.map(|unit| Places::of(program, unit)).unwrap_or_default();
    let actor = Address::of_account(ACTOR);
    let mut ledger = NoLedger;
    let mut session =
        Session::new(program, &Unwired, &mut ledger, Around { caller: actor, ..Around::default() });
    session.world = Some(world);
    session.watches = true;
    let mut params = params.iter().copied();
    let mut locals: Vec<Vec<Datum>> = test.locals.iter().map(|local| zeros(&local.ty)).collect();
    let random = locals.iter_mut().take(test.params as usize).flatten();
    random.zip(&mut params).for_each(|(to, from)| *to = from.into());
    let running = Running { container: Address::default(), unit, places: &places, via: None, step: 0 };
    let mut body = Body {
        session: &mut session,
        running,
        numbers: None,
        fresh: 0,
        types: &test.locals,
        locals,
        turns: Vec::new(),
        ahead: 0,
        actor,
    };
    let fails = |what| Box::new(TestFailure { span: test.span, what });
    match body.stmts(&test.body) {
        Ok(_) => Ok(()),
        Err(Stop::Test(failure)) => Err(failure),
        Err(Stop::Failure(failure)) => Err(fails(own_error(failure.code))),
        Err(Stop::Broken(what)) => Err(fails(What::Unable(what.to_owned()))),
    }
}

fn own_error(code: u8) -> What {
    SystemError::by_code(code).map_or_else(|| What::Unable(format!("code {code}")), What::Own)
}

impl Session<'_, '_> {
    /// A test fails where a function that it calls itself does not keep what it ensures.
    pub(super) fn keeps_promises(&mut self, at: Span) -> Run<()> {
        let breach = if self.world.is_some() { self.breaches.pop() } else { None };
        breach.map_or(Ok(()), |breach| Err(failed(at, What::Broken(Box::new(breach)))))
    }
}

impl<'p> Body<'_, '_, 'p> {
    /// The time, in a test that of the next block.
    pub(super) fn now(&self) -> u64 {
        self.session.world.as_ref().map_or(self.session.around.now, |world| world.now())
    }

    /// The height, in a test that of the next block.
    pub(super) fn height(&self) -> u64 {
        self.session.world.as_ref().map_or(self.session.around.height, |world| world.height())
    }

    /// Runs a statement of a test; what fails in the test's own code fails at this statement.
    pub(super) fn test(&mut self, stmt: &'p TestStmt, span: Span) -> Run<Flow> {
        let done = match stmt {
            TestStmt::Deploy(deploy) => self.deploy(deploy, span),
            TestStmt::Grant(instance, role, to) => {
                let done = self.world()?.grant(*instance, *role, *to);
                done.map_err(|refusal| self.refused(refusal, span))
            }
            TestStmt::Assert(condition) => self.assert(condition),
            TestStmt::As(actor, body) => return self.acting(actor, body),
            TestStmt::ExpectAbort(name, body) => return self.expect_abort(name.as_deref(), body, span),
            TestStmt::Advance(duration) => self.advance(duration),
            TestStmt::Order(parallel, body) => self.order(*parallel, body, span),
            TestStmt::Outer(call) => self.outer_alone(call, span),
        };
        done.map_err(|stop| placed(stop, span))?;
        Ok(Flow::Next)
    }

    pub(super) fn world(&mut self) -> Run<&mut dyn TestWorld> {
        match &mut self.session.world {
            Some(world) => Ok(&mut **world),
            None => Err(Stop::Broken("a test's statement outside of a test")),
        }
    }

    fn deploy(&mut self, deploy: &'p Deploy, span: Span) -> Run<()> {
        let args = self.flat(&deploy.args)?;
        let deployment = TestDeployment {
            actor: self.actor,
            instance: deploy.instance,
            unit: deploy.unit,
            args: self.observe_all(&args),
            slots: &deploy.slots,
            generics: &deploy.generics,
        };
        let outcome = self.world()?.deploy(&deployment);
        outcome.map_err(|refusal| self.refused(refusal, span))
    }

    /// Calls an instance for its effects; where calls are gathered, later.
    fn outer_alone(&mut self, call: &'p OuterCall, span: Span) -> Run<()> {
        if self.session.gathered.is_none() {
            return self.outer(call, span).map(drop);
        }
        let call = self.transaction(call)?;
        self.session.gathered.iter_mut().for_each(|calls| calls.push((call.clone(), span)));
        Ok(())
    }

    /// Calls an instance: a transaction of the actor, alone in its block.
    pub(super) fn outer(&mut self, call: &'p OuterCall, span: Span) -> Run<Vec<Value>> {
        if self.session.gathered.is_some() {
            let why = "the result of a call is not known before its block has run";
            return Err(failed(span, What::Unable(why.to_owned())));
        }
        let call = self.transaction(call)?;
        let outcome = self.world()?.call(&call);
        outcome.map_err(|refusal| self.refused(refusal, span))
    }

    /// Runs the calls of a block, and looks at whether they had to wait for one another.
    fn order(&mut self, parallel: bool, body: &'p [Stmt], span: Span) -> Run<()> {
        let outer = self.session.gathered.replace(Vec::new());
        let flow = self.stmts(body);
        let gathered = std::mem::replace(&mut self.session.gathered, outer).unwrap_or_default();
        flow?;
        let calls: Vec<TestCall> = gathered.iter().map(|(call, _)| call.clone()).collect();
        let outcome = self.world()?.together(&calls).map_err(|refusal| self.refused(refusal, span))?;
        if let Some((number, refusal)) = outcome.failed.into_iter().next() {
            let at = gathered.get(number).map_or(span, |(_, span)| *span);
            return Err(self.refused(refusal, at));
        }
        let holds = if parallel { outcome.ordered == 0 } else { outcome.longest == calls.len() };
        let (calls, longest, hottest) = (calls.len(), outcome.longest, outcome.hottest);
        if holds { Ok(()) } else { Err(failed(span, What::Ordered { parallel, calls, longest, hottest })) }
    }

    fn transaction(&mut self, call: &'p OuterCall) -> Run<TestCall> {
        let args = self.flat(&call.args)?;
        let value = match &call.value {
            None => 0,
            Some(value) => match self.scalar(value)?.0 {
                [value, 0, 0, 0] => value,
                _ => return self.system(SystemError::CastOverflow),
            },
        };
        Ok(TestCall {
            actor: self.actor,
            instance: call.instance,
            unit: call.unit,
            function: call.function,
            args: self.observe_all(&args),
            value,
        })
    }

    pub(super) fn refused(&mut self, refusal: Refusal, span: Span) -> Stop {
        let what = match refusal {
            Refusal::Failed { unit, code, payload } => {
                What::Aborted(self.session.named(Some(unit), code, &payload))
            }
            Refusal::Broken(breach) => What::Broken(breach),
            Refusal::Unable(why) => What::Unable(why),
        };
        failed(span, what)
    }

    fn advance(&mut self, duration: &'p Expr) -> Run<()> {
        let seconds = self.scalar(duration)?.low();
        self.world()?.advance(seconds);
        Ok(())
    }

    fn acting(&mut self, actor: &'p Expr, body: &'p [Stmt]) -> Run<Flow> {
        let actor = Address::from_value(self.scalar(actor)?);
        let before = std::mem::replace(&mut self.actor, actor);
        let flow = self.stmts(body);
        self.actor = before;
        flow
    }

    /// Runs statements one of which must be a call that fails, with this error if one is named.
    fn expect_abort(&mut self, name: Option<&str>, body: &'p [Stmt], span: Span) -> Run<Flow> {
        let actor = self.actor;
        let what = match self.stmts(body) {
            Err(Stop::Test(failure)) => match (failure.what, name) {
                (What::Aborted(found), Some(name)) if found.error != name => {
                    What::OtherAbort { expected: name.to_owned(), at: failure.span, found }
                }
                (What::Aborted(_), _) => {
                    self.actor = actor;
                    return Ok(Flow::Next);
                }
                // A free function that the test calls itself.
                (What::Own(error), name) if name.is_none_or(|name| name == error.name()) => {
                    self.actor = actor;
                    return Ok(Flow::Next);
                }
                (what, _) => return Err(failed(failure.span, what)),
            },
            Err(stop) => return Err(stop),
            Ok(_) => What::NotAborted(name.map(ToOwned::to_owned)),
        };
        Err(failed(span, what))
    }

    fn assert(&mut self, condition: &'p Expr) -> Run<()> {
        match self.broken(condition)? {
            None => Ok(()),
            Some((span, broken)) => Err(failed(span, What::Assertion(broken.sides))),
        }
    }
}

/// The test fails.
pub(super) fn failed(span: Span, what: What) -> Stop {
    Stop::Test(Box::new(TestFailure { span, what }))
}

/// A failure of the test's own code, with its place.
fn placed(stop: Stop, span: Span) -> Stop {
    match stop {
        Stop::Failure(failure) => failed(span, own_error(failure.code)),
        other => other,
    }
}
