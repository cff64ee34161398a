//! Tests of the tests: planted bugs are found, and containers that lie about what they touch are contained.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

use mc_compiler::{Compiled, Rules};
use mc_container::access::{Access, Delta, EntryAccess, Mode, Op, Permission, Range, Term, VariableId};
use mc_container::error::SystemError;
use mc_container::manifest::EntryKind;
use mc_container::package::Package;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Block, Outcome};
use mc_tests::attack::{self, Arena};
use mc_tests::generate::{self, rng};
use mc_tests::interpreter::{Executed, Machine};
use mc_tests::stage::{Stage, call_of, compile, compile_under, packages_of, verdict_of};
use mc_tests::{declared, repack};
use rand::Rng;
use rand::rngs::SmallRng;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// The ways in which formulas can lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lie {
    Dropped,
    WriteAsRead,
    DeltaAsRead,
    AnyAsDelta,
    NarrowerDelta,
    OtherKey,
    ShorterKeys,
    OtherVariable,
    FewerTurns,
    FewerTouches,
    Swapped,
    Garbage,
    NothingAtAll,
    OtherArguments,
    DroppedStep,
    SwappedSteps,
    Doubled,
    /// Declares more than is touched: not a lie, only a waste.
    Exaggerated,
}

const LIES: [Lie; 18] = [
    Lie::Dropped,
    Lie::WriteAsRead,
    Lie::DeltaAsRead,
    Lie::AnyAsDelta,
    Lie::NarrowerDelta,
    Lie::OtherKey,
    Lie::ShorterKeys,
    Lie::OtherVariable,
    Lie::FewerTurns,
    Lie::FewerTouches,
    Lie::Swapped,
    Lie::Garbage,
    Lie::NothingAtAll,
    Lie::OtherArguments,
    Lie::DroppedStep,
    Lie::SwappedSteps,
    Lie::Doubled,
    Lie::Exaggerated,
];

/// Tells the lie in the formulas of one entry; false where there is nothing to lie about.
fn tell(rng: &mut SmallRng, lie: Lie, entry: &mut EntryAccess, package: &Package) -> bool {
    match lie {
        Lie::NothingAtAll => {
            let before = entry.accesses.len();
            entry.accesses.clear();
            return before > 0;
        }
        Lie::OtherArguments | Lie::DroppedStep | Lie::SwappedSteps => return tell_of_steps(rng, lie, entry),
        _ => {}
    }
    if entry.accesses.is_empty() {
        return false;
    }
    let at = rng.random_range(0..entry.accesses.len());
    let other = rng.random_range(0..entry.accesses.len());
    match lie {
        Lie::Dropped => drop(entry.accesses.remove(at)),
        Lie::Doubled => entry.accesses.push(entry.accesses[at].clone()),
        Lie::Swapped => entry.accesses.swap(at, other),
        _ => return tell_of_one(rng, lie, &mut entry.accesses[at], package),
    }
    true
}

fn tell_of_steps(rng: &mut SmallRng, lie: Lie, entry: &mut EntryAccess) -> bool {
    if entry.steps.is_empty() {
        return false;
    }
    let at = rng.random_range(0..entry.steps.len());
    let other = rng.random_range(0..entry.steps.len());
    match lie {
        Lie::DroppedStep => drop(entry.steps.remove(at)),
        Lie::SwappedSteps => entry.steps.swap(at, other),
        _ => match entry.steps[at].args.iter_mut().find(|arg| arg.is_some()) {
            Some(arg) => *arg = Some(Term::leaf(Op::Const(Scalar::U64, Value::from_u64(1)))),
            None => return false,
        },
    }
    true
}

fn tell_of_one(rng: &mut SmallRng, lie: Lie, access: &mut Access, package: &Package) -> bool {
    let zero = || Delta {
        low: Term::wide_zero(),
        high: Term::wide_zero(),
        need: Term::wide_zero(),
        peak: Term::wide_zero(),
    };
    let before = access.clone();
    match (lie, &mut access.mode) {
        (Lie::WriteAsRead, mode @ Mode::Write) | (Lie::DeltaAsRead, mode @ Mode::Delta(_)) => {
            *mode = Mode::Read;
        }
        (Lie::AnyAsDelta, mode) => *mode = Mode::Delta(zero()),
        (Lie::Exaggerated, mode) => *mode = Mode::Write,
        (Lie::NarrowerDelta, Mode::Delta(delta)) => {
            let part = match rng.random_range(0..4) {
                0 => &mut delta.low,
                1 => &mut delta.high,
                2 => &mut delta.need,
                _ => &mut delta.peak,
            };
            *part = Term::wide_zero();
        }
        _ => tell_of_place(rng, lie, access, package),
    }
    *access != before
}

fn tell_of_place(rng: &mut SmallRng, lie: Lie, access: &mut Access, package: &Package) {
    match lie {
        Lie::OtherKey => {
            if let Some(key) = access.keys.first_mut() {
                *key = if rng.random_range(0..2) == 0 { Term::leaf(Op::Caller) } else { constant() };
            }
        }
        Lie::ShorterKeys => drop(access.keys.pop()),
        Lie::OtherVariable => {
            let count = u16::try_from(package.manifest().variables.len()).unwrap();
            access.variable = VariableId(rng.random_range(0..count));
        }
        Lie::FewerTurns => {
            if let Some(Range { to, from, .. }) = access.ranges.last_mut() {
                *to = from.clone();
            }
        }
        Lie::FewerTouches => access.touches_max = rng.random_range(0..2),
        Lie::Garbage => {
            let ops = [Op::WideAdd, Op::Param(200), Op::Index(7), Op::Cast(Scalar::U128, Scalar::U8)];
            let garbage = Term::leaf(ops[rng.random_range(0..ops.len())].clone());
            match (&mut access.mode, access.keys.first_mut()) {
                (Mode::Delta(delta), _) if rng.random_range(0..2) == 0 => delta.need = garbage,
                (_, Some(key)) => *key = garbage,
                _ => {}
            }
        }
        _ => {}
    }
}

fn constant() -> Term {
    Term::leaf(Op::Const(Scalar::U8, Value::from_u64(1)))
}

/// A program, deployed with one lie in it.
struct Liar<'p> {
    honest: Stage<'p>,
    lying: Stage<'p>,
    lie: Lie,
}

enum Told<'p> {
    /// There is nothing to lie about in this way.
    Nothing,
    /// Refused before anything ran.
    Refused,
    Deployed(Box<Liar<'p>>),
}

fn told<'p>(rng: &mut SmallRng, compiled: &'p Compiled, lie: Lie) -> Told<'p> {
    let mut packages = packages_of(compiled);
    let unit = rng.random_range(0..packages.len());
    let package = packages[unit].clone();
    let mut access = package.access().to_vec();
    let entry = rng.random_range(0..access.len());
    let is_init = package.manifest().entries[entry].kind == EntryKind::Init;
    if is_init || !tell(rng, lie, &mut access[entry], &package) {
        return Told::Nothing;
    }
    let Ok(mutant) = repack::with_access(&package, &access) else { return Told::Refused };
    packages[unit] = Arc::new(mutant);
    let honest = Stage::new(compiled);
    match Stage::with_packages(&compiled.program, packages) {
        Ok(lying) => Told::Deployed(Box::new(Liar { honest, lying, lie })),
        Err(_) => Told::Refused,
    }
}

/// What running the liars showed.
#[derive(Clone, Debug, Default)]
struct Ledger {
    refused: BTreeMap<Lie, u32>,
    ran: BTreeMap<Lie, u32>,
    /// Liars that the check of real touches against declarations sees through.
    seen_through: BTreeMap<Lie, u32>,
    /// Liars that some transaction was stopped for.
    stopped: BTreeMap<Lie, u32>,
}

impl Ledger {
    fn mutants(&self) -> u32 {
        self.refused.values().chain(self.ran.values()).sum()
    }
}

/// Runs blocks on a liar: every strategy agrees, and no cell changes that no transaction declares to change.
fn contain(
    rng: &mut SmallRng,
    liar: &mut Liar<'_>,
    arena: &Arena,
    ledger: &mut Ledger,
) -> Result<(), String> {
    let (mut stopped, mut seen) = (false, false);
    for height in 0..2 {
        let block = Arc::new(generate::block(rng, &liar.honest, height));
        let outcome = arena.execute(&liar.lying, &block)?;
        stopped |= outcome.receipts.iter().any(|receipt| receipt.result == SystemError::Undeclared.code());
        seen |= sees_through(liar, &block);
        let before = liar.honest.machine.clone();
        let executed: Vec<Executed> = liar.honest.interpret(&block);
        undeclared_changes(liar, &block, &outcome, &executed)?;
        if liar.lie == Lie::Exaggerated {
            for (executed, receipt) in executed.iter().zip(&outcome.receipts) {
                if executed.verdict != verdict_of(receipt) {
                    return Err(format!(
                        "declaring more changes the result: {:?}, {receipt:?}",
                        executed.verdict
                    ));
                }
            }
        }
        level(liar, &before);
    }
    let count = |map: &mut BTreeMap<Lie, u32>, yes: bool| *map.entry(liar.lie).or_default() += u32::from(yes);
    count(&mut ledger.ran, true);
    count(&mut ledger.stopped, stopped);
    count(&mut ledger.seen_through, seen);
    Ok(())
}

/// Gives the liar the honest state: both go on from it.
fn level(liar: &mut Liar<'_>, before: &Machine<'_>) {
    liar.lying.machine = liar.honest.machine.clone();
    for cell in before.state().keys().chain(liar.honest.machine.state().keys()) {
        let unit = liar.honest.machine.unit_at(cell.container).unwrap();
        let variable = unit.variables.iter().find(|variable| variable.name == cell.variable).unwrap();
        let keys: Vec<Value> = cell
            .keys
            .iter()
            .zip(&variable.keys)
            .map(|(key, ty)| Value::decode(*ty, &mut key.as_slice()).unwrap())
            .collect();
        let value = liar.honest.machine.get(cell);
        assert!(liar.lying.world.put(cell.container, &cell.variable, &keys, value));
    }
}

/// True if some transaction of the block touches what the lying formulas do not declare.
fn sees_through(liar: &Liar<'_>, block: &Block) -> bool {
    let mut machine = liar.honest.machine.clone();
    block.transactions.iter().any(|tx| {
        let call = call_of(tx, block);
        let executed = machine.dry_run(&call);
        let seen = declared::check(&machine, &liar.lying.packages, &call, &executed).is_err();
        machine.run(&call);
        seen
    })
}

fn undeclared_changes(
    liar: &Liar<'_>,
    block: &Block,
    outcome: &Outcome,
    executed: &[Executed],
) -> Result<(), String> {
    let declared: Vec<_> = block
        .transactions
        .iter()
        .filter_map(|tx| declared::covering(&liar.lying.machine, &liar.lying.packages, &call_of(tx, block)))
        .collect();
    let named: BTreeMap<_, _> =
        executed.iter().flat_map(|executed| executed.usage.keys()).map(|cell| (cell.key(), cell)).collect();
    for write in &outcome.writes {
        let may_change = |permission: Option<Permission>| permission.is_some_and(|it| it != Permission::Read);
        let allowed = declared.iter().any(|declared| {
            may_change(declared.cells.get(&write.key).copied())
                || named.get(&write.key).is_some_and(|cell| may_change(declared.permission(cell)))
                // A lock over cells that the honest run never reached.
                || (!named.contains_key(&write.key) && declared.locks.values().any(|lock| *lock != Permission::Read))
        });
        if !allowed {
            return Err(format!("{:?} changes and no transaction declares it", write.key));
        }
    }
    Ok(())
}

#[test]
fn lying_formulas_are_refused_or_contained() {
    let wanted = u32::try_from(number("MCC_MUTANTS", 2_000)).unwrap();
    let (next, ledger, failures) = (Mutex::new(0_u64), Mutex::new(Ledger::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let (next, ledger, failures) = (&next, &ledger, &failures);
            scope.spawn(move || {
                let arena = Arena::new(worker as u64);
                while ledger.lock().unwrap().mutants() < wanted && failures.lock().unwrap().len() < 5 {
                    let seed = {
                        let mut next = next.lock().unwrap();
                        *next += 1;
                        *next
                    };
                    let mut own = Ledger::default();
                    if let Err(why) = lie_about(seed, &arena, &mut own) {
                        failures.lock().unwrap().push(format!("seed {seed}: {why}"));
                    }
                    let all = &mut *ledger.lock().unwrap();
                    for (into, from) in [
                        (&mut all.refused, own.refused),
                        (&mut all.ran, own.ran),
                        (&mut all.seen_through, own.seen_through),
                        (&mut all.stopped, own.stopped),
                    ] {
                        from.into_iter().for_each(|(lie, count)| *into.entry(lie).or_default() += count);
                    }
                }
            });
        }
    });
    let ledger = ledger.into_inner().unwrap();
    println!(
        "{} mutants\nrefused      {:?}\nran          {:?}\nstopped      {:?}\nseen through {:?}",
        ledger.mutants(),
        ledger.refused,
        ledger.ran,
        ledger.stopped,
        ledger.seen_through
    );
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    for lie in
        [Lie::Dropped, Lie::WriteAsRead, Lie::DeltaAsRead, Lie::NarrowerDelta, Lie::OtherKey, Lie::AnyAsDelta]
    {
        let seen = ledger.seen_through.get(&lie).copied().unwrap_or_default();
        assert!(seen > 0, "no liar of the kind {lie:?} was ever seen through");
    }
}

/// Every kind of lie about the program of `seed`.
fn lie_about(seed: u64, arena: &Arena, ledger: &mut Ledger) -> Result<(), String> {
    let Some(compiled) = compile(&generate::program(seed)).compiled else { return Ok(()) };
    let mut rng = rng(seed);
    for lie in LIES {
        match told(&mut rng, &compiled, lie) {
            Told::Nothing => {}
            Told::Refused => *ledger.refused.entry(lie).or_default() += 1,
            Told::Deployed(mut liar) => {
                contain(&mut rng, &mut liar, arena, ledger).map_err(|why| format!("{lie:?}: {why}"))?;
            }
        }
    }
    Ok(())
}

/// Blocks of each program that a missing rule may be found by.
const RULE_BLOCKS: u64 = 30;
/// Programs that a missing rule may be found by.
const RULE_PROGRAMS: u64 = 200;

#[test]
fn no_rule_of_the_analysis_can_be_left_out() {
    let all = Rules::default();
    let without = [
        ("arms_exclude", Rules { arms_exclude: false, ..all }),
        ("guards_dominate", Rules { guards_dominate: false, ..all }),
        ("branches_end", Rules { branches_end: false, ..all }),
        ("stores_join", Rules { stores_join: false, ..all }),
        ("takers_need", Rules { takers_need: false, ..all }),
        ("ceilings_need", Rules { ceilings_need: false, ..all }),
    ];
    let arena = Arena::new(7);
    let missed = without.iter().filter(|(name, rules)| {
        let found = (0..RULE_PROGRAMS).find(|seed| differs(*seed, *rules, &arena));
        println!("without `{name}`, programs until a block comes out differently: {found:?}");
        found.is_none()
    });
    let missed: Vec<&str> = missed.map(|(name, _)| *name).collect();
    assert!(missed.is_empty(), "no block comes out differently without {missed:?}");
}

/// True if the program of `seed`, analysed under these rules, does not do what it says.
fn differs(seed: u64, rules: Rules, arena: &Arena) -> bool {
    let Some(compiled) = compile_under(&generate::program(seed), rules).compiled else { return false };
    let run = std::panic::AssertUnwindSafe(|| attack::this(&compiled, seed, RULE_BLOCKS, arena));
    !matches!(std::panic::catch_unwind(run), Ok(Ok(_)))
}

/// Blocks that a planted bug may be found by.
const PLANTED_BLOCKS: u64 = 40;
/// The operator that stops whoever comes by: it tells whether a planted bug is ever met.
const UNREACHABLE: u8 = 0x00;

/// What became of the planted bugs of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Planted {
    /// A block comes out differently.
    found: u32,
    /// Blocks meet it, and come out as they should.
    masked: u32,
    /// No block meets it.
    never_met: u32,
}

impl Planted {
    fn all(self) -> u32 {
        self.found + self.masked + self.never_met
    }

    fn plus(self, other: Self) -> Self {
        Self {
            found: self.found + other.found,
            masked: self.masked + other.masked,
            never_met: self.never_met + other.never_met,
        }
    }
}

#[test]
fn planted_bugs_in_the_code_are_found() {
    let (next, kinds) = (AtomicU64::new(0), Mutex::new(BTreeMap::<u8, Planted>::new()));
    let end = number("MCC_PLANTED", 100);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < end) {
                    if let Some((operator, fate)) = plant(seed) {
                        let mut kinds = kinds.lock().unwrap();
                        let kind = kinds.entry(operator).or_default();
                        *kind = kind.plus(fate);
                    }
                }
            });
        }
    });
    let kinds = kinds.into_inner().unwrap();
    let total = kinds.values().fold(Planted::default(), |total, kind| total.plus(*kind));
    kinds.iter().for_each(|(operator, kind)| println!("{operator:#x}: {kind:?}"));
    println!("planted bugs under {PLANTED_BLOCKS} blocks: {total:?}");
    // Most of what is not found sits on a path that the program never takes, or changes a limb that stays 0;
    // `boundaries` plants the same bugs where every path is taken.
    assert!(
        total.found * 100 >= total.all() * 15,
        "only {} of {} planted bugs are found",
        total.found,
        total.all()
    );
}

/// Plants one bug into the program of `seed`: which operator, and what becomes of it.
fn plant(seed: u64) -> Option<(u8, Planted)> {
    let compiled = compile(&generate::program(seed)).compiled?;
    let mut rng = rng(seed);
    let packages = packages_of(&compiled);
    let unit = rng.random_range(0..packages.len());
    let operators = repack::operators(&packages[unit]);
    if operators.is_empty() {
        return None;
    }
    let (offset, operator) = operators[rng.random_range(0..operators.len())];
    let without = difference(&compiled, seed, packages);
    assert!(without.is_none(), "program {seed} fails without a bug: {without:?}");
    let fate = if planted(&compiled, seed, unit, (offset, operator))? {
        Planted { found: 1, ..Planted::default() }
    } else if planted(&compiled, seed, unit, (offset, UNREACHABLE)) == Some(true) {
        Planted { masked: 1, ..Planted::default() }
    } else {
        Planted { never_met: 1, ..Planted::default() }
    };
    Some((operator, fate))
}

/// True if blocks on the program with this operator planted come out differently; `None` where the verifier refuses it.
/// Code is the same to every strategy, so the serial one is enough.
fn planted(compiled: &Compiled, seed: u64, unit: usize, byte: (usize, u8)) -> Option<bool> {
    let mut packages = packages_of(compiled);
    packages[unit] = Arc::new(repack::with_byte(&packages[unit], byte).ok()?);
    Some(difference(compiled, seed, packages).is_some())
}

/// What is different between blocks on these packages and what the program says.
fn difference(compiled: &Compiled, seed: u64, packages: Vec<Arc<Package>>) -> Option<String> {
    let arena = Arena::serial();
    let run = std::panic::AssertUnwindSafe(|| {
        let mut stage = Stage::with_packages(&compiled.program, packages)?;
        stage.fund_accounts(&generate::program::ACCOUNTS);
        let mut rng = rng(seed);
        (0..PLANTED_BLOCKS).try_for_each(|height| {
            let block = generate::block(&mut rng, &stage, height);
            attack::block(&mut stage, &arena, block).map(drop).map_err(|why| format!("block {height}: {why}"))
        })
    });
    std::panic::catch_unwind(run).unwrap_or_else(|_| Err("a panic".to_owned())).err()
}
