//! The optimistic strategy: Block-STM (Gelashvili et al., "Block-STM: Scaling Blockchain Execution by Turning Ordering
//! Curse to a Performance Blessing", 2022), over the sandbox, the journal and the state of the others.
//!
//! Access formulas fill the frames, as always, but nobody looks at them to decide what runs when: every transaction
//! runs on what those before it have left so far. What it has read is validated, and where it does not hold any
//! more, the transaction runs again. An addition counts as a read and a write.

mod scheduler;

use crate::live::Live;
use crate::pool::Task as Work;
use crate::receipt::Receipt;
use crate::report::Report;
use crate::rest::Rest;
use crate::sandbox::Sandbox;
use crate::schedule::chunk::Chunk;
use crate::schedule::order::Node;
use crate::stir::Stir;
use crate::versions::{Version, Versions, View};
use crate::worker::{Crew, RUN, Scene};
use scheduler::{Scheduler, Task};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Executes a block by guessing.
pub(crate) struct Speculation {
    scene: Scene,
    chunks: Arc<Vec<Arc<Chunk>>>,
    versions: Arc<Versions>,
    scheduler: Scheduler,
    rest: Rest,
    crew: Crew,
    stir: Stir,
    reports: Vec<Mutex<Guesses>>,
}

/// How the guesses of a block went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guessed {
    pub(crate) executions: usize,
    pub(crate) aborts: usize,
    pub(crate) blocked: usize,
}

/// What one worker has done.
#[derive(Default)]
struct Guesses {
    receipts: Vec<(Version, Receipt)>,
    /// How many of them are signed.
    signed: usize,
    nanoseconds: Vec<(Node, u64)>,
    busy: Duration,
    /// How often something did not hold and was taken back.
    aborts: usize,
    /// How often an execution met an estimate and was given up.
    blocked: usize,
    idle: Duration,
    error: Option<String>,
}

impl Speculation {
    pub(crate) fn new(
        scene: Scene,
        chunks: Arc<Vec<Arc<Chunk>>>,
        versions: Arc<Versions>,
        crew: Crew,
    ) -> Self {
        let scheduler = Scheduler::new(scene.block.transactions.len());
        let reports = (0..crew.workers).map(|_| Mutex::default()).collect();
        let (rest, stir) = (Rest::new(crew.workers), Stir::new(crew.seed));
        Self { scene, chunks, versions, scheduler, rest, crew, stir, reports }
    }

    /// What the workers report of the incarnations that count, and how often they had guessed wrong.
    pub(crate) fn into_reports(self) -> (Vec<Report>, Guessed) {
        let Self { scheduler, reports, .. } = self;
        let (mut all, mut guessed) = (Vec::with_capacity(reports.len()), Guessed::default());
        for own in reports {
            let own = own.into_inner().unwrap_or_else(PoisonError::into_inner);
            guessed.executions += own.receipts.len();
            guessed.aborts += own.aborts;
            guessed.blocked += own.blocked;
            let counts = |version: Version| scheduler.incarnation(version.node) == version.incarnation;
            let receipts = own.receipts.into_iter().filter(|(version, _)| counts(*version));
            let receipts = receipts.map(|(version, receipt)| (version.node, receipt)).collect();
            let Guesses { nanoseconds, busy, error, .. } = Guesses { receipts: Vec::new(), ..own };
            all.push(Report { receipts, nanoseconds, busy, error });
        }
        (all, guessed)
    }

    fn work(&self, sandbox: &mut Sandbox, own: &mut Guesses) -> wasmtime::Result<()> {
        let Scene { registry, block, .. } = &self.scene;
        let live = Live::Guessed(View::new(self.versions.clone()));
        sandbox.enter(registry, block, live, self.crew.manner)?;
        let mut task = None;
        while let Some(now) = task.take().or_else(|| self.next(own)) {
            self.stir.stir();
            task = match now {
                Task::Execute(version) => self.execute(version, sandbox, own)?,
                Task::Validate(version) => self.validate(version, own),
            };
            // Somebody may find something to do now.
            self.rest.call_all();
        }
        self.sign(sandbox, own, |version| self.scheduler.incarnation(version.node) == version.incarnation);
        Ok(())
    }

    fn next(&self, own: &mut Guesses) -> Option<Task> {
        if let Some(task) = self.scheduler.next() {
            return Some(task);
        }
        let since = Instant::now();
        let task = self.rest.until(|| match self.scheduler.next() {
            None => self.scheduler.is_done().then_some(None),
            task => Some(task),
        });
        own.idle += since.elapsed();
        task
    }

    /// Runs an incarnation until it is not blocked by another.
    fn execute(
        &self,
        version: Version,
        sandbox: &mut Sandbox,
        own: &mut Guesses,
    ) -> wasmtime::Result<Option<Task>> {
        loop {
            let receipt = self.receipt(version, sandbox, own)?;
            self.stir.stir();
            let Some(blocking) = sandbox.view().and_then(|view| view.blocked()) else {
                let is_wider = sandbox.view().is_some_and(View::record);
                own.receipts.push((version, receipt));
                return Ok(self.scheduler.executed(version, is_wider));
            };
            own.blocked += 1;
            sandbox.forget();
            if self.scheduler.wait_for(version.node, blocking) {
                return Ok(None);
            }
        }
    }

    fn receipt(
        &self,
        version: Version,
        sandbox: &mut Sandbox,
        own: &mut Guesses,
    ) -> wasmtime::Result<Receipt> {
        let Scene { registry, block, .. } = &self.scene;
        if sandbox.must_sign() {
            // Whether they count is not known yet.
            self.sign(sandbox, own, |_| true);
        }
        if let Some(view) = sandbox.view() {
            view.start(version);
        }
        let started = self.crew.manner.timed.then(Instant::now);
        let (run, number) = (version.node as usize / RUN, version.node as usize % RUN);
        let Some(chunk) = self.chunks.get(run) else { return Ok(Receipt::default()) };
        let to = || block.transactions.get(version.node as usize).and_then(|tx| tx.to);
        let mut receipt = Receipt::default();
        sandbox.execute(registry, chunk, number, to, &mut receipt)?;
        let taken = started.map(|started| (version.node, started.elapsed().as_nanos() as u64));
        own.nanoseconds.extend(taken);
        Ok(receipt)
    }

    fn validate(&self, version: Version, own: &mut Guesses) -> Option<Task> {
        let is_aborted = !self.versions.holds(version.node) && self.scheduler.abort(version);
        if is_aborted {
            own.aborts += 1;
            self.versions.estimate(version.node);
        }
        self.scheduler.validated(version, is_aborted)
    }

    /// Signs those of the receipts since the last time that count.
    fn sign(&self, sandbox: &mut Sandbox, own: &mut Guesses, counts: impl Fn(Version) -> bool) {
        let Scene { registry, block, .. } = &self.scene;
        let signed = own.receipts.iter_mut().skip(own.signed).map(|(version, receipt)| {
            let tx = block.transactions.get(version.node as usize)?;
            counts(*version).then_some((tx, receipt))
        });
        sandbox.sign(registry, signed);
        own.signed = own.receipts.len();
    }
}

impl Work for Speculation {
    fn work(&self, worker: usize, sandbox: &mut Sandbox) {
        let started = Instant::now();
        let mut own = Guesses::default();
        if let Err(error) = self.work(sandbox, &mut own) {
            own.error = Some(error.to_string());
            self.scheduler.stop();
        }
        self.rest.call_all();
        sandbox.leave();
        own.busy = started.elapsed().saturating_sub(own.idle);
        if let Some(place) = self.reports.get(worker) {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = own;
        }
    }

    fn abandon(&self) {
        self.scheduler.stop();
        self.rest.call_all();
    }
}
