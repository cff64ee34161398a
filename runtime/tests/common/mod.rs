//! Hand-made containers: WAT bodies with manifests and formulas written out, so that the runtime is tested
//! without the compiler, and against modules that no compiler would make.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests"
)]
#![allow(unreachable_pub, missing_docs, reason = "tests")]

pub mod bank;
pub mod compose;
pub mod estate;
pub mod touching;
pub mod treasury;

use mc_container::access::term::{Op, Term};
use mc_container::access::{Access, Delta, EntryAccess, Mode, Range, Spend, StepCall, VariableId};
use mc_container::address::Address;
use mc_container::compute::Computation;
use mc_container::frame::{self, Layout, ModuleLayout};
use mc_container::manifest::{
    Asset, AssetKind, ContainerKind, Entry, EntryKind, ErrorSignature, EventField, EventSignature, Holding,
    Manifest, Param, Slot, SlotEntry, Variable,
};
use mc_container::package::{Package, encode};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_container::verify::Refusal;
use mc_runtime::{Block, Deployment, Executor, Outcome, PoolOptions, Strategy, Transaction, World};
use std::sync::Arc;

/// A container in the making.
pub struct Builder {
    pub manifest: Manifest,
    access: Vec<EntryAccess>,
    bodies: Vec<Body>,
    /// Imports savepoints even into a contract, which the verifier refuses.
    pub with_savepoints: bool,
}

/// The text of an entry, which sees the places of its slots through the layout.
type Body = Box<dyn Fn(&Layout) -> String>;

impl Builder {
    pub fn new(name: &str, kind: ContainerKind) -> Self {
        let manifest = Manifest {
            name: name.to_owned(),
            kind,
            version: 1,
            language: 1,
            compiler: "hand".to_owned(),
            source_hash: [0; 32],
            variables: Vec::new(),
            entries: Vec::new(),
            errors: Vec::new(),
            events: Vec::new(),
            slots: Vec::new(),
            assets: Vec::new(),
            computations: Vec::new(),
        };
        Self { manifest, access: Vec::new(), bodies: Vec::new(), with_savepoints: false }
    }

    pub fn variable(mut self, name: &str, keys: &[Scalar], value: Scalar, default: Value) -> Self {
        let (name, keys) = (name.to_owned(), keys.to_vec());
        let holding = Holding::Nothing;
        self.manifest.variables.push(Variable { name, keys, value, default, immutable: false, holding });
        self
    }

    /// A variable that holds some of an asset.
    pub fn holding(mut self, name: &str, keys: &[Scalar], holding: Holding) -> Self {
        let value = if matches!(holding, Holding::Unique(_)) { Scalar::Bool } else { Scalar::U128 };
        self = self.variable(name, keys, value, Value::ZERO);
        self.manifest.variables.last_mut().unwrap().holding = holding;
        self
    }

    pub fn asset(mut self, name: &str, kind: AssetKind) -> Self {
        self.manifest.assets.push(Asset { name: name.to_owned(), kind });
        self
    }

    pub fn computation(mut self, computation: Computation) -> Self {
        self.manifest.computations.push(computation);
        self
    }

    pub fn immutable(mut self, name: &str, value: Scalar) -> Self {
        self = self.variable(name, &[], value, Value::ZERO);
        self.manifest.variables.last_mut().unwrap().immutable = true;
        self
    }

    pub fn error(mut self, name: &str, params: &[Scalar]) -> Self {
        self.manifest.errors.push(ErrorSignature { name: name.to_owned(), params: self::params(params) });
        self
    }

    pub fn event(mut self, name: &str, fields: &[Scalar]) -> Self {
        let fields = fields
            .iter()
            .map(|ty| EventField { name: "f".to_owned(), ty: (*ty).into(), indexed: false })
            .collect();
        self.manifest.events.push(EventSignature { name: name.to_owned(), fields });
        self
    }

    pub fn slot(mut self, name: &str, entries: &[(&str, &[Scalar], &[Scalar])]) -> Self {
        let entries = entries
            .iter()
            .map(|(name, params, results)| SlotEntry {
                name: (*name).to_owned(),
                params: params.iter().map(|ty| Type::from(*ty)).collect(),
                result: result(results),
                sequence: 0,
            })
            .collect();
        self.manifest.slots.push(Slot { name: name.to_owned(), contract: "Bank".to_owned(), entries });
        self
    }

    /// A slot whose entries take and give values of any type.
    pub fn slot_of(mut self, name: &str, entries: &[(&str, &[Type], Type)]) -> Self {
        let entry = |(name, params, result): &(&str, &[Type], Type)| SlotEntry {
            name: (*name).to_owned(),
            params: params.to_vec(),
            result: result.clone(),
            sequence: 0,
        };
        let entries = entries.iter().map(entry).collect();
        self.manifest.slots.push(Slot { name: name.to_owned(), contract: "Any".to_owned(), entries });
        self
    }

    /// How many steps the entries of the last slot may take.
    pub fn sequences(mut self, sequence: u8) -> Self {
        let slot = self.manifest.slots.last_mut().unwrap();
        slot.entries.iter_mut().for_each(|entry| entry.sequence = sequence);
        self
    }

    /// How many steps the last entry takes.
    pub fn sequence(mut self, sequence: u8) -> Self {
        self.manifest.entries.last_mut().unwrap().sequence = sequence;
        self
    }

    /// An entry; its body sees the slots' places through the layout.
    pub fn entry(
        self,
        name: &str,
        types: (&[Scalar], &[Scalar]),
        access: EntryAccess,
        body: impl Fn(&Layout) -> String + 'static,
    ) -> Self {
        let params: Vec<Type> = types.0.iter().map(|ty| Type::from(*ty)).collect();
        self.entry_of(name, (&params, result(types.1)), access, body)
    }

    /// An entry that takes and gives values of any type.
    pub fn entry_of(
        mut self,
        name: &str,
        (params, result): (&[Type], Type),
        access: EntryAccess,
        body: impl Fn(&Layout) -> String + 'static,
    ) -> Self {
        let composes = self.manifest.kind == ContainerKind::Composition;
        let kind = match name {
            "init" => EntryKind::Init,
            _ if composes => EntryKind::Compose,
            _ => EntryKind::Entry,
        };
        self.manifest.entries.push(Entry {
            name: name.to_owned(),
            kind,
            params: params.iter().map(|ty| Param { name: "p".to_owned(), ty: ty.clone() }).collect(),
            result,
            parallel: false,
            direct: false,
            scratch_limbs: 0,
            cost: mc_container::cost::Cost::fixed(mc_container::cost::FUEL_MAX),
            sequence: access.steps.len() as u8,
        });
        self.access.push(access);
        self.bodies.push(Box::new(body));
        self
    }

    /// Makes the last entry `@direct`.
    pub fn direct(mut self) -> Self {
        self.manifest.entries.last_mut().unwrap().direct = true;
        self
    }

    pub fn build(self) -> Arc<Package> {
        self.try_build().unwrap()
    }

    pub fn try_build(self) -> Result<Arc<Package>, Refusal> {
        let layout = ModuleLayout::new(&self.manifest, &self.access);
        let mask = layout.bytes().unwrap() - frame::LIMB;
        assert!(layout.arguments == ARGS || self.manifest.entries.iter().all(|it| it.params.is_empty()));
        let composes = self.manifest.kind == ContainerKind::Composition;
        let savepoint = r#"(import "mc" "savepoint" (func $savepoint (param i32)))"#;
        let savepoint = if composes || self.with_savepoints { savepoint } else { "" };
        let mut text = format!(
            r#"(module
            (import "mc" "emit" (func $emit (param i32)))
            (import "mc" "resolve" (func $resolve (param i32) (result i32)))
            (import "mc" "step" (func $step (param i32) (result i32)))
            (import "mc" "compute" (func $compute (param i32) (result i32)))
            {savepoint}
            (memory (export "memory") 1 1)
            (func $store (param i32 i64) (i64.store (i32.and (local.get 0) (i32.const {mask})) (local.get 1)))
            (func $copy3 (param $to i32) (param $from i32)
                (call $store (local.get $to) (i64.load (local.get $from)))
                (call $store (i32.add (local.get $to) (i32.const 8)) (i64.load (i32.add (local.get $from) (i32.const 8))))
                (call $store (i32.add (local.get $to) (i32.const 16)) (i64.load (i32.add (local.get $from) (i32.const 16)))))
            "#
        );
        for ((entry, layout), body) in self.manifest.entries.iter().zip(&layout.entries).zip(&self.bodies) {
            let body = body(layout);
            text += &format!("(func (export \"{}\") (result i32) {body})\n", entry.name);
        }
        text += ")";
        let module = module(&text, &encode(&self.access));
        Package::new(self.manifest, module).map(Arc::new)
    }
}

/// The module of a text, without names and with its formulas.
fn module(text: &str, access: &[u8]) -> Vec<u8> {
    let bytes = wat::parse_str(text).unwrap();
    let mut module = bytes[..8].to_vec();
    let mut rest = &bytes[8..];
    while !rest.is_empty() {
        let (size, length) = leb(&rest[1..]);
        let end = 1 + length + size;
        if rest[0] != 0 {
            module.extend_from_slice(&rest[..end]);
        }
        rest = &rest[end..];
    }
    let mut section = vec![frame::ACCESS_SECTION.len() as u8];
    section.extend_from_slice(frame::ACCESS_SECTION.as_bytes());
    section.extend_from_slice(access);
    module.push(0);
    let mut size = section.len();
    while size > 127 {
        module.push((size % 128) as u8 | 128);
        size /= 128;
    }
    module.push(size as u8);
    module.extend(section);
    module
}

fn leb(bytes: &[u8]) -> (usize, usize) {
    let (mut value, mut shift) = (0, 0);
    for (place, byte) in bytes.iter().enumerate() {
        value |= usize::from(byte & 127) << shift;
        shift += 7;
        if byte & 128 == 0 {
            return (value, place + 1);
        }
    }
    panic!("a number without an end")
}

/// Where the arguments of every container here lie: none passes much through the exchange area.
pub const ARGS: u32 = frame::EXCHANGE + frame::EXCHANGE_LIMBS_MIN * frame::LIMB;

fn params(types: &[Scalar]) -> Vec<Param> {
    types.iter().map(|ty| Param { name: "p".to_owned(), ty: (*ty).into() }).collect()
}

/// The type of these results together.
fn result(types: &[Scalar]) -> Type {
    match types {
        [one] => (*one).into(),
        many => Type::Tuple(many.iter().map(|ty| Type::from(*ty)).collect()),
    }
}

pub fn param(number: u16) -> Term {
    Term::leaf(Op::Param(number))
}

pub fn caller() -> Term {
    Term::leaf(Op::Caller)
}

pub fn constant(ty: Scalar, value: u64) -> Term {
    Term::leaf(Op::Const(ty, Value::from_u64(value)))
}

pub fn wide(term: Term, ty: Scalar) -> Term {
    term.unary(Op::Widen(ty))
}

pub fn minus(term: &Term) -> Term {
    Term::wide_zero().binary(term, Op::WideSubtract)
}

/// A debit of exactly `amount`.
pub fn debit(amount: &Term) -> Mode {
    let low = minus(amount);
    Mode::Delta(Delta { low: low.clone(), high: low, need: amount.clone(), peak: Term::wide_zero() })
}

/// A credit of exactly `amount`.
pub fn credit(amount: &Term) -> Mode {
    Mode::Delta(Delta {
        low: amount.clone(),
        high: amount.clone(),
        need: Term::wide_zero(),
        peak: amount.clone(),
    })
}

pub fn access(variable: u16, keys: &[Term], mode: Mode) -> Access {
    Access {
        variable: VariableId(variable),
        keys: keys.to_vec(),
        mode,
        ranges: Vec::new(),
        touches_max: 1,
        when: None,
    }
}

/// An access below a prefix, reached at most `touches` times.
pub fn below(variable: u16, keys: &[Term], mode: Mode, touches: u32) -> Access {
    Access { touches_max: touches, ..access(variable, keys, mode) }
}

/// An access in a loop over `0..to`.
pub fn ranged(variable: u16, keys: &[Term], mode: Mode, to: Term, turns_max: u32) -> Access {
    let ranges = vec![Range { ty: Scalar::U64, from: constant(Scalar::U64, 0), to, turns_max }];
    Access { ranges, ..access(variable, keys, mode) }
}

pub fn own(accesses: Vec<Access>) -> EntryAccess {
    EntryAccess { accesses, ..EntryAccess::default() }
}

pub fn steps(steps: &[(u16, &str, &[Option<Term>])]) -> EntryAccess {
    let steps = steps
        .iter()
        .map(|(slot, entry, args)| StepCall {
            slot: *slot,
            entry: (*entry).to_owned(),
            args: args.to_vec(),
            certain: true,
            when: None,
        })
        .collect();
    EntryAccess { steps, ..EntryAccess::default() }
}

/// The same, taking no more than this of an asset from the caller.
pub fn spending(access: EntryAccess, asset: &str, most: Term) -> EntryAccess {
    let mut spends = access.spends;
    spends.push(Spend { asset: asset.to_owned(), most });
    EntryAccess { spends, ..access }
}

/// The strategies that are held against the serial one.
pub const PARALLEL: [Strategy; 3] = [Strategy::Paper, Strategy::Dag, Strategy::Optimistic];

pub const TIME: u64 = 1_700_000_000;

pub fn who(number: u64) -> Address {
    Address::of_account(&format!("account {number}"))
}

/// Canonical arguments.
#[derive(Clone, Default)]
pub struct Args(pub Vec<u8>);

impl Args {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn address(mut self, address: Address) -> Self {
        address.value().encode(Scalar::Address, &mut self.0);
        self
    }

    pub fn number(mut self, ty: Scalar, value: u64) -> Self {
        Value::from_u64(value).encode(ty, &mut self.0);
        self
    }
}

/// A world with everything that is needed to run blocks in it.
pub struct Bench {
    pub world: World,
    pub executors: Vec<Executor>,
    nonce: u32,
}

impl Bench {
    pub fn new() -> Self {
        Self::with_threads(&[1, 2, 4])
    }

    pub fn with_threads(threads: &[usize]) -> Self {
        let options =
            |threads: &usize| PoolOptions { threads: *threads, parallel_from: 0, ..PoolOptions::default() };
        let executors = threads.iter().map(|threads| Executor::new(options(threads)).unwrap()).collect();
        Self { world: World::new("test"), executors, nonce: 0 }
    }

    pub fn deployment(&mut self, package: &Arc<Package>, slots: &[Address], args: Args) -> Deployment {
        self.nonce += 1;
        Deployment {
            package: package.clone(),
            slots: slots.to_vec(),
            generics: Vec::new(),
            deployer: who(0),
            nonce: self.nonce,
            ordinal: 0,
            time: TIME,
            arguments: args.0,
        }
    }

    pub fn deploy(&mut self, package: &Arc<Package>, slots: &[Address]) -> Address {
        let deployment = self.deployment(package, slots, Args::new());
        self.world.deploy(&deployment).unwrap()
    }

    /// The outcome of a block, which is the same in every strategy.
    #[track_caller]
    pub fn execute(&self, transactions: Vec<Transaction>) -> Outcome {
        let block = block(transactions);
        let serial = self.executors[0].execute(&self.world, &block, Strategy::Serial).unwrap();
        for executor in &self.executors {
            for strategy in PARALLEL {
                same(&serial, &executor.execute(&self.world, &block, strategy).unwrap());
            }
        }
        serial
    }

    /// The edges of the order of a block.
    pub fn edges(&self, transactions: Vec<Transaction>) -> usize {
        let outcome = self.executors[0].execute(&self.world, &block(transactions), Strategy::Dag).unwrap();
        outcome.stats.edges
    }

    /// Executes a block and commits it.
    #[track_caller]
    pub fn run(&mut self, transactions: Vec<Transaction>) -> Outcome {
        let outcome = self.execute(transactions);
        self.world.commit(&outcome).unwrap();
        assert_eq!(self.world.state().root(), outcome.state_root);
        outcome
    }
}

pub fn block(transactions: Vec<Transaction>) -> Arc<Block> {
    Arc::new(Block { chain: "test".to_owned(), height: 1, time: TIME, transactions })
}

pub fn call(from: Address, to: Address, entry: &str, args: Args) -> Transaction {
    Transaction::call(from, 0, to, entry, args.0)
}

#[track_caller]
pub fn same(a: &Outcome, b: &Outcome) {
    for (number, (a, b)) in a.receipts.iter().zip(&b.receipts).enumerate() {
        assert_eq!(a, b, "receipt {number}");
    }
    assert_eq!(a.receipts.len(), b.receipts.len());
    assert_eq!(a.writes, b.writes);
    assert_eq!(a.state_root, b.state_root);
    assert_eq!(a.receipts_root, b.receipts_root);
}

/// Numbers that a seed decides.
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The machine, as a benchmark's head names it.
pub fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let cores = std::thread::available_parallelism().unwrap();
    format!("{}, {cores} cores, load {load}", cpu.trim_start_matches(['\t', ' ', ':']))
}

/// The lower quartile, the median and the upper quartile.
pub fn quartiles(times: &mut [f64]) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| times[quarter * (times.len() - 1) / 4])
}
