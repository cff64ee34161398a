//! Packages that nobody's compiler has written: damaged ones, and ones whose manifest or formulas break a rule.

use borsh::BorshSerialize;
use mc_container::access::term::{Op, Term};
use mc_container::access::{Access, EntryAccess, Mode, Range, Spend, VariableId};
use mc_container::arithmetic::Operation;
use mc_container::compute::Computation;
use mc_container::manifest::{
    Asset, AssetKind, ContainerKind, EntryKind, ErrorSignature, EventSignature, Holding, Manifest, Slot,
    SlotEntry,
};
use mc_container::package::Package;
use mc_container::publisher::SigningKey;
use mc_container::ty::{EnumType, Type};
use mc_container::value::{Scalar, Value};
use mc_container::verify::{PACKAGE_BYTES_MAX, Refusal};
use mc_tests::repack;
use mc_tests::stage::{Stage, compile_clean, packages_of};
use std::sync::Arc;

/// A contract that has something of everything, and a composition of it.
const BASE: &str = "contract Base {
    asset Gold;
    immutable owner: address;
    state total: u64 = 0;
    state cells: map<u64, u64> = 0;
    state held: map<u64, Gold>;
    error Bad(n: u64);
    event Done(n: u64);
    init() { self.owner = caller; }
    entry attack(n: u64) -> u64 {
        require n > 0 else Bad(n);
        cells[n] = total;
        emit Done(n);
        return sqrt(n);
    }
    view look(n: u64) -> u64 { return cells[n]; }
    entry gold(n: u64) { held[n] += mint Gold(1); }
    entry pays(money: coin) { pay(caller, money); }
}
compose Both(n: u64) -> u64 uses base: Base {
    step first = base.attack(n);
    step second = base.attack(first);
    return second;
}
app Main { let base = deploy Base(); let both = deploy Both(base); }";

/// The contract and the composition.
fn base() -> [Package; 2] {
    let containers = compile_clean(BASE).containers;
    [0, 1].map(|number| containers[number].package.clone())
}

/// A manifest with one thing wrong, and what the verifier says.
type ManifestEdit = (&'static str, fn(&mut Manifest));

const OF_CONTRACT: [ManifestEdit; 27] = [
    ("it is too large", |it| it.entries[1].params = vec![it.entries[1].params[0].clone(); 40_000]),
    ("a name that cannot be shown", |it| it.name = "\u{1b}[2J".to_owned()),
    ("a name that cannot be shown", |it| it.variables[0].name = "x".repeat(257)),
    ("an entry without a proper name", |it| it.entries[1].name = "memory attack".to_owned()),
    ("an entry without a proper name", |it| it.entries[1].name = String::new()),
    ("an entry of the wrong kind", |it| it.entries[1].kind = EntryKind::Compose),
    ("an entry's name comes twice", |it| it.entries[1].name = it.entries[2].name.clone()),
    ("a variable's name comes twice", |it| it.variables[1].name = it.variables[2].name.clone()),
    ("an asset's name comes twice", |it| it.assets.push(it.assets[0].clone())),
    ("too many entries", |it| many(&mut it.entries, 201, |it, name| it.name = name)),
    ("too many variables", |it| many(&mut it.variables, 2_001, |it, name| it.name = name)),
    ("too many assets", |it| many(&mut it.assets, 201, |it, name| it.name = name)),
    ("too many errors", |it| {
        it.errors = vec![ErrorSignature { name: "Bad".to_owned(), params: Vec::new() }; 201];
    }),
    ("too many events", |it| {
        it.events = vec![EventSignature { name: "Done".to_owned(), fields: Vec::new() }; 201];
    }),
    ("too many computations", |it| it.computations = vec![Computation::SquareRoot(Scalar::U64); 2_001]),
    ("a default is not a value of its type", |it| variable(it, "total").default = Value([0, 1, 0, 0])),
    ("an immutable map", |it| variable(it, "cells").immutable = true),
    ("a variable cannot hold what it says", |it| {
        variable(it, "total").holding = Holding::Amount("Gold".to_owned());
    }),
    ("a contract with slots", |it| it.slots = vec![slot("extra")]),
    ("a value fits into no frame", |it| it.entries[1].result = list(Scalar::U64.into(), u32::MAX)),
    ("a type that no value can have", |it| it.entries[1].result = list(Type::unit(), 4)),
    ("a type that no value can have", |it| {
        it.entries[1].result = Type::Enum(EnumType { name: "None".to_owned(), variants: Vec::new() });
    }),
    ("a type that no value can have", |it| it.entries[1].result = Type::Seen("\n".to_owned())),
    ("not one supply of an asset", |it| {
        it.assets.push(Asset { name: "Silver".to_owned(), kind: AssetKind::Fungible });
    }),
    ("an own asset with the name of the native one", |it| {
        it.assets.push(Asset { name: "coin".to_owned(), kind: AssetKind::Parameter });
    }),
    ("an asset that the contract does not know", |it| {
        it.entries[1].result = Type::Asset("Silver".to_owned());
    }),
    ("a computation with numbers of a type that has none", |it| {
        it.computations.push(Computation::SquareRoot(Scalar::Bool));
    }),
];

const OF_COMPOSITION: [ManifestEdit; 6] = [
    ("a slot's name comes twice", |it| it.slots.push(it.slots[0].clone())),
    ("too many slots", |it| many(&mut it.slots, 201, |it, name| it.name = name)),
    ("too many entries of a slot", |it| it.slots[0].entries = vec![it.slots[0].entries[0].clone(); 201]),
    ("a composition with state", |it| {
        let [contract, _] = base();
        it.variables.push(contract.manifest().variables[1].clone());
    }),
    ("an entry of the wrong kind", |it| it.kind = ContainerKind::Contract),
    ("the module does not export exactly its entries", |it| it.entries.clear()),
];

fn list(element: Type, max: u32) -> Type {
    Type::List(Box::new(element), max)
}

fn slot(name: &str) -> Slot {
    let entry = SlotEntry { name: "go".to_owned(), params: Vec::new(), result: Type::unit(), sequence: 0 };
    Slot { name: name.to_owned(), contract: "Any".to_owned(), entries: vec![entry] }
}

fn variable<'m>(manifest: &'m mut Manifest, name: &str) -> &'m mut mc_container::manifest::Variable {
    manifest.variables.iter_mut().find(|variable| variable.name == name).unwrap()
}

/// So many of the first, each under a name of its own.
fn many<T: Clone>(list: &mut Vec<T>, count: usize, rename: fn(&mut T, String)) {
    *list = vec![list[0].clone(); count];
    list.iter_mut().enumerate().for_each(|(number, one)| rename(one, format!("n{number}")));
}

/// Formulas of the entries `init`, `attack`, `look`, `gold`, `pays` with one thing wrong, and what the verifier says.
type FormulaEdit = (&'static str, fn(&mut [EntryAccess]));

fn first(entries: &mut [EntryAccess]) -> &mut Access {
    entries[1].accesses.iter_mut().find(|access| !access.keys.is_empty()).unwrap()
}

fn n() -> Term {
    Term::leaf(Op::Param(0))
}

fn at(variable: u16, keys: u8) -> Op {
    Op::At { instance: 0, variable: VariableId(variable), keys }
}

/// The number of the variable that is called so.
fn number(name: &str) -> u16 {
    let [contract, _] = base();
    let place = contract.manifest().variables.iter().position(|variable| variable.name == name);
    u16::try_from(place.unwrap()).unwrap()
}

const OF_ENTRIES: [FormulaEdit; 27] = [
    ("too many accesses", |it| it[1].accesses = vec![first(it).clone(); 2_049]),
    ("its terms read too many cells", |it| {
        let (read, add) = (at(number("total"), 0), Op::Arithmetic(Operation::Add, Scalar::U64));
        let sum = Term([vec![read; 21], vec![add; 20]].concat());
        it[1].accesses = vec![Access { keys: vec![sum], ..first(it).clone() }; 100];
    }),
    ("an unknown variable", |it| first(it).variable = VariableId(99)),
    ("more keys than the variable has levels", |it| first(it).keys = vec![n(), n()]),
    ("too many loops around an access", |it| first(it).ranges = vec![range(n()); 9]),
    ("a condition depends on the state", |it| first(it).when = Some(n().unary(at(number("cells"), 1)))),
    ("an immutable is written outside of `init`", |it| {
        *first(it) = Access { keys: Vec::new(), ..of(number("owner"), Mode::Write) };
    }),
    ("a view writes", |it| it[2].accesses[0].mode = Mode::Write),
    ("a delta on a variable that is no integer of at most 128 bits", |it| {
        let delta = Mode::Delta(mc_container::access::Delta::any_credit());
        it[0].accesses[0] = Access { keys: Vec::new(), ..of(number("owner"), delta) };
    }),
    ("a variable is raised or lowered that is neither an integer nor a truth value", |it| {
        it[0].accesses[0] = Access { keys: Vec::new(), ..of(number("owner"), Mode::Max) };
    }),
    ("a variable is raised or lowered that holds an asset", |it| {
        *first(it) = of(number("held"), Mode::Min);
    }),
    ("a term is too long", |it| first(it).keys = vec![Term(vec![Op::Caller; 257])]),
    ("a term is not well formed", |it| first(it).keys = vec![Term(vec![Op::WideAdd])]),
    ("a term is not well formed", |it| first(it).keys = vec![Term(Vec::new())]),
    ("a term is not well formed", |it| first(it).keys = vec![Term(vec![Op::Caller, Op::Caller])]),
    ("a term reads cells too deeply", |it| {
        let cells = || at(number("cells"), 1);
        first(it).keys = vec![n().unary(cells()).unary(cells()).unary(cells())];
    }),
    ("a term names a loop that is not there", |it| first(it).keys = vec![Term::leaf(Op::Index(0))]),
    ("a list of nothing", |it| {
        let element = Op::Element { index: Scalar::U64, first: 0, stride: 0, turns: 1 };
        first(it).keys = vec![n().unary(element)];
    }),
    ("a term needs a step that comes later", |it| {
        first(it).keys = vec![Term::leaf(Op::Result { step: 0, scalar: 0 })];
    }),
    ("a term computes what only execution may", |it| {
        first(it).keys = vec![Term::leaf(Op::Compute(Computation::Fresh { site: 0, depth: 0 }))];
    }),
    ("a term computes what nothing may", |it| {
        first(it).keys = vec![n().unary(Op::Compute(Computation::SquareRoot(Scalar::Hash)))];
    }),
    ("a term reads an unknown variable", |it| first(it).keys = vec![Term::leaf(at(99, 0))]),
    ("a term reads a cell with another number of keys", |it| {
        first(it).keys = vec![Term::leaf(at(number("cells"), 0))];
    }),
    ("a term reads the system's ledger", |it| {
        first(it).keys = vec![Term::leaf(Op::Caller).unary(at(number("coin.balances"), 1))];
    }),
    ("a term reads a cell that the entry does not declare", |it| {
        it[4].accesses[0].keys = vec![Term::leaf(Op::Caller)];
        let total = Term::leaf(at(number("total"), 0));
        it[4].accesses.push(Access { keys: vec![total], ..of(number("cells"), Mode::Read) });
    }),
    ("a contract that spends", |it| it[1].spends = vec![spend("Gold", one(Scalar::U128))]),
    ("a contract with branches", |it| it[1].par = vec![Vec::new()]),
];

const OF_STEPS: [FormulaEdit; 14] = [
    ("too many steps", |it| it[0].steps = vec![it[0].steps[0].clone(); 256]),
    ("a step through an unknown slot", |it| it[0].steps[0].slot = 1),
    ("a step of an entry that its slot does not name", |it| it[0].steps[0].entry = "look".to_owned()),
    ("a term needs a step that comes later", |it| it[0].steps.swap(0, 1)),
    ("not one for each scalar of the result", |it| it[0].results = vec![None, None]),
    ("not one for each entry", |_| {}),
    ("too many assets are spent", |it| it[0].spends = vec![spend("base.Gold", one(Scalar::U128)); 201]),
    ("an unknown asset is spent", |it| it[0].spends = vec![spend("other.Gold", one(Scalar::U128))]),
    ("an asset is spent twice", |it| it[0].spends = vec![spend("base.Gold", one(Scalar::U128)); 2]),
    ("what is spent is no amount", |it| it[0].spends = vec![spend("base.Gold", one(Scalar::U64))]),
    ("too many groups of branches", |it| it[0].par = vec![Vec::new(); 256]),
    ("too many branches", |it| it[0].par = vec![vec![Vec::new(); 256]]),
    ("a branch of a step that is not there", |it| it[0].par = vec![vec![vec![0], vec![2]]]),
    ("a step in two branches", |it| it[0].par = vec![vec![vec![0], vec![1, 0]]]),
];

fn spend(asset: &str, most: Term) -> Spend {
    Spend { asset: asset.to_owned(), most }
}

fn one(ty: Scalar) -> Term {
    Term::leaf(Op::Const(ty, Value::from_u64(1)))
}

fn of(variable: u16, mode: Mode) -> Access {
    let variable = VariableId(variable);
    Access { variable, keys: vec![n()], mode, ranges: Vec::new(), touches_max: 1, when: None }
}

fn range(to: Term) -> Range {
    Range { ty: Scalar::U64, from: Term::leaf(Op::Const(Scalar::U64, Value::ZERO)), to, turns_max: 1 }
}

/// Every refusal of a package with one thing wrong, with what the case expects of it.
pub(crate) fn refusals() -> Vec<(&'static str, Refusal)> {
    let [contract, composition] = base();
    let with_manifest = |package: &Package, (expected, edit): &ManifestEdit| {
        let mut manifest = package.manifest().clone();
        edit(&mut manifest);
        (*expected, Package::new(manifest, package.module().to_vec()).expect_err(expected))
    };
    let with_formulas = |package: &Package, (expected, edit): &FormulaEdit| {
        let mut access = package.access().to_vec();
        edit(&mut access);
        let shorter = if *expected == "not one for each entry" { &access[1..] } else { &access };
        (*expected, repack::with_access(package, shorter).expect_err(expected))
    };
    let wide = ("the frame would exceed one page", {
        let mut manifest = contract.manifest().clone();
        manifest.entries[1].scratch_limbs = 9_000;
        Package::new(manifest, contract.module().to_vec()).expect_err("a frame of two pages")
    });
    let of_contract = OF_CONTRACT.iter().map(|edit| with_manifest(&contract, edit));
    let of_composition = OF_COMPOSITION.iter().map(|edit| with_manifest(&composition, edit));
    let of_entries = OF_ENTRIES.iter().map(|edit| with_formulas(&contract, edit));
    let of_steps = OF_STEPS.iter().map(|edit| with_formulas(&composition, edit));
    of_contract.chain(of_composition).chain(of_entries).chain(of_steps).chain([wide]).collect()
}

#[test]
fn one_thing_wrong_is_enough() {
    let wrong: Vec<String> = refusals()
        .into_iter()
        .filter(|(expected, refusal)| !refusal.to_string().contains(expected))
        .map(|(expected, refusal)| format!("expected `{expected}`, and it says: {refusal}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_package_ends_where_it_ends() {
    for package in base() {
        let bytes = package.encode();
        assert_eq!(Package::decode(&bytes).as_ref(), Ok(&package));
        for length in 0..bytes.len() {
            assert_eq!(Package::decode(&bytes[..length]), Err(Refusal::Damaged), "{length} bytes");
        }
        for more in [&[0][..], &[1], &bytes] {
            assert_eq!(Package::decode(&[&bytes, more].concat()), Err(Refusal::Damaged));
        }
    }
}

#[test]
fn a_length_is_believed_only_as_far_as_there_are_bytes() {
    let [contract, _] = base();
    let bytes = contract.encode();
    // Every four bytes read as a length that promises gigabytes.
    for at in 6..bytes.len() - 4 {
        let mut damaged = bytes.clone();
        damaged[at..at + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
        same_or_refused(&damaged);
    }
    assert_eq!(Package::decode(&vec![0; PACKAGE_BYTES_MAX + 1]), Err(Refusal::Damaged));
}

/// Bytes are refused, or are the one encoding of what they say.
fn same_or_refused(bytes: &[u8]) {
    if let Ok(package) = Package::decode(bytes) {
        assert_eq!(package.encode(), bytes);
    }
}

#[test]
fn a_flipped_bit_is_refused_or_means_what_it_says() {
    for package in base() {
        let bytes = package.encode();
        for at in 0..bytes.len() {
            for mask in [1 << (at % 8), 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= mask;
                same_or_refused(&damaged);
            }
        }
    }
}

#[test]
fn under_a_signature_no_bit_can_be_flipped() {
    let key = SigningKey::from([9; 32]);
    let [_, composition] = base();
    let signed = composition.clone().signed(&key);
    let bytes = signed.encode();
    let read = Package::decode(&bytes).unwrap();
    assert_eq!(read, signed);
    assert_eq!(read.publisher().map(|it| it.key()), signed.publisher().map(|it| it.key()));
    assert_ne!(read, composition);
    for at in 0..bytes.len() {
        for mask in [1 << (at % 8), 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= mask;
            assert!(Package::decode(&damaged).is_err(), "byte {at} with {mask:#x}");
        }
    }
}

#[test]
fn a_signature_is_not_taken_from_another_package() {
    let key = SigningKey::from([9; 32]);
    let [contract, composition] = base();
    let signature = |package: &Package| {
        let mut bytes = Vec::new();
        package.publisher().unwrap().serialize(&mut bytes).unwrap();
        bytes
    };
    let (one, other) = (contract.signed(&key), composition.signed(&key));
    let mut forged = one.encode();
    forged.truncate(forged.len() - 96);
    forged.extend(signature(&other));
    assert_eq!(Package::decode(&forged), Err(Refusal::Signature));
    forged.truncate(forged.len() - 96);
    forged.extend(signature(&one));
    assert_eq!(Package::decode(&forged), Ok(one));
}

#[test]
fn formulas_that_take_long_are_not_deployed() {
    let compiled = compile_clean(
        "contract Grid {
            state cells: map<u64, map<u64, map<u64, map<u64, u64>>>> = 0;
            entry fill(n: u64) { for i in 0..n max 1700 { cells[i][i][i][i] = n; } }
        }
        app Main { let grid = deploy Grid(); }",
    );
    let package = &compiled.containers[0].package;
    let root = Op::Compute(Computation::SquareRoot(Scalar::U64));
    // Seconds for a transaction of which the runtime believes that it takes microseconds.
    let long = || Term([vec![Op::Index(0)], vec![root.clone(); 200]].concat());
    for (keys, deploys) in [(0, true), (2, true), (4, false)] {
        let mut access = package.access().to_vec();
        access[0].accesses[0].keys[..keys].fill(long());
        let package = repack::with_access(package, &access).unwrap();
        let deployed = Stage::with_packages(&compiled.program, vec![Arc::new(package)]).map(|_| ());
        assert_eq!(deployed.is_ok(), deploys, "{keys} long keys: {deployed:?}");
        assert!(deploys || deployed == Err(too_long("fill")));
    }
}

/// A composition of eight steps, each with this argument, of an entry with 1,700 accesses; so many under this key.
fn links(argument: &Term, (count, key): (usize, &Term)) -> Result<(), String> {
    let steps = "step grid.fill(n);".repeat(8);
    let compiled = compile_clean(&format!(
        "contract Grid {{
            state cells: map<u64, u64> = 0;
            entry fill(n: u64) {{ for i in 0..n max 1700 {{ cells[i] = n; }} }}
        }}
        compose Eight(n: u64) uses grid: Grid {{ {steps} }}
        app Main {{ let grid = deploy Grid(); let eight = deploy Eight(grid); }}"
    ));
    let mut packages = packages_of(&compiled);
    let mut wide = packages[0].access().to_vec();
    let one = Access { ranges: Vec::new(), keys: vec![n()], ..wide[0].accesses[0].clone() };
    wide[0].accesses = vec![one; 1_700];
    wide[0].accesses[..count].iter_mut().for_each(|access| access.keys = vec![key.clone()]);
    packages[0] = Arc::new(repack::with_access(&packages[0], &wide).unwrap());
    let mut eight = packages[1].access().to_vec();
    eight[0].steps.iter_mut().for_each(|step| step.args = vec![Some(argument.clone())]);
    packages[1] = Arc::new(repack::with_access(&packages[1], &eight).unwrap());
    Stage::with_packages(&compiled.program, packages).map(|_| ())
}

#[test]
fn formulas_that_take_long_to_link_are_not_deployed() {
    let root = Op::Compute(Computation::SquareRoot(Scalar::U64));
    let long = Term([vec![Op::Param(0)], vec![root; 200]].concat());
    let add = Op::Arithmetic(Operation::Add, Scalar::U64);
    let sum = Term([vec![Op::Param(0); 128], vec![add; 127]].concat());
    assert_eq!(links(&n(), (0, &n())), Ok(()));
    let all_too_long = "deployment: the formulas of its steps are too long together".to_owned();
    assert_eq!(links(&long, (0, &n())), Err(all_too_long), "what is evaluated is long");
    // What comes out would be too long to be kept, so only making it takes long.
    assert_eq!(links(&n(), (200, &sum)), Ok(()));
    assert_eq!(links(&long, (200, &sum)), Err(too_long("Eight")));
}

fn too_long(entry: &str) -> String {
    format!(
        "deployment: one call of `{entry}` could touch more than 16384 places, or finding them takes too long"
    )
}
