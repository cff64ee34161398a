//! Random programs: a few contracts, compositions of them, and an app that deploys everything.

use super::compose::Composition;
use super::expr::INTEGERS;
use super::market::market;
use super::rich::Rich;
use super::{Contract, Local, Named, Signature, Variable, Writer, chance, pick, rng, weighted};
use mc_container::address::Address;
use mc_container::value::Scalar;
use rand::Rng;
use rand::rngs::SmallRng;
use std::fmt::Write as _;

/// The accounts that transactions come from.
pub const ACCOUNTS: [&str; 3] = ["alice", "bob", "carol"];
/// Makes another seed of the program's, for its market.
const MARKET: u64 = 0x6d61_726b_6574;
/// Programs of a hundred that have a market.
const MARKETS: u32 = 40;
/// Two ids.
pub const IDS: [u8; 2] = [0x11, 0x22];

/// The text of a random program that compiles.
#[must_use]
pub fn program(seed: u64) -> String {
    let rng = &mut rng(seed);
    let mut text = String::from(
        "error Global(value: u64);\nevent Noted(who: address indexed, value: u64);\nconst LIMIT: u8 = 3;\n\
         fn limited(x: u64) -> u64 {\n    return if x > 5 { x % 5 } else { x + 1 };\n}\n\n",
    );
    let contracts: Vec<Contract> =
        (0..weighted(rng, &[0, 5, 4, 1])).map(|number| contract(rng, number, &mut text)).collect();
    let mut compositions: Vec<Composition> = Vec::new();
    for _ in 0..if chance(rng, 70) { rng.random_range(1..4) } else { 0 } {
        let composition = composition(rng, &compositions, &contracts, &mut text);
        compositions.push(composition);
    }
    // From numbers of its own, so that the rest of a program does not depend on it.
    let trades = &mut super::rng(seed ^ MARKET);
    let (declared, deployed) = if chance(trades, MARKETS) { market(trades) } else { Default::default() };
    text.push_str(&declared);
    app(rng, &contracts, &compositions, &mut text);
    text.push_str(&deployed);
    text.push_str("}\n");
    text
}

/// An address as a literal.
#[must_use]
pub fn address_literal(name: &str) -> String {
    Address::of_account(name).to_string()
}

fn id_literal(byte: u8) -> String {
    format!("0x{}", format!("{byte:02x}").repeat(32))
}

fn file_level() -> Contract {
    Contract {
        errors: vec![("Global".to_owned(), vec![("value".to_owned(), Scalar::U64)])],
        events: vec![(
            "Noted".to_owned(),
            vec![("who".to_owned(), Scalar::Address), ("value".to_owned(), Scalar::U64)],
        )],
        constants: vec![("LIMIT".to_owned(), Scalar::U8)],
        ..Contract::default()
    }
}

fn palette(rng: &mut SmallRng) -> Vec<Scalar> {
    (0..rng.random_range(2..4)).map(|_| INTEGERS[weighted(rng, &[8, 2, 2, 5, 3, 3, 2])]).collect()
}

fn contract(rng: &mut SmallRng, number: usize, text: &mut String) -> Contract {
    let plain = chance(rng, 30);
    let mut contract = Contract { name: format!("C{number}"), palette: palette(rng), plain, ..file_level() };
    let _ = writeln!(text, "contract C{number} {{");
    constants(rng, &mut contract, text);
    variables(rng, &mut contract, text);
    if !plain && chance(rng, 60) {
        let rich = Rich { key: key_type(rng, &contract), value: contract.palette[0] };
        super::rich::state(rng, rich, text);
        contract.rich = Some(rich);
    }
    errors_and_events(rng, &mut contract, text);
    init(&contract, text);
    if chance(rng, 50) {
        let (name, param) = ("limited".to_owned(), ("x".to_owned(), Scalar::U64));
        contract.functions.push(Signature {
            name,
            params: vec![param],
            result: Some(Scalar::U64),
            writes: false,
            cost: 1,
        });
    }
    for at in 0..rng.random_range(0..3) {
        let function = function(rng, &contract, Form::Internal, &format!("f{at}"), text);
        contract.functions.push(function);
    }
    for at in 0..rng.random_range(2..5) {
        let entry = function(rng, &contract, Form::Entry, &format!("e{at}"), text);
        contract.entries.push(entry);
    }
    if contract.rich.is_some() {
        for at in 0..rng.random_range(1..3) {
            let _ = function(rng, &contract, Form::Rich, &format!("r{at}"), text);
        }
        text.push_str("    @direct\n    entry trust(who: address, on: bool) by boss {\n");
        text.push_str("        if on { boss.add(who); } else { boss.remove(who); }\n    }\n\n");
    }
    if chance(rng, 50) {
        let view = function(rng, &contract, Form::View, "look", text);
        contract.entries.push(view);
    }
    text.push_str("}\n\n");
    contract
}

fn constants(rng: &mut SmallRng, contract: &mut Contract, text: &mut String) {
    let mut add = |name: &str, ty: Scalar, value: String| {
        let _ = writeln!(text, "    const {name}: {ty} = {value};");
        contract.constants.push((name.to_owned(), ty));
    };
    add("WHO", Scalar::Address, address_literal(pick::<&str>(rng, &ACCOUNTS)));
    add("NAME", Scalar::Id, id_literal(*pick(rng, &IDS)));
    add("DIGEST", Scalar::Hash, id_literal(IDS[0]));
    let ty = contract.palette[0];
    contract.constants.push(("STEP".to_owned(), ty));
    let _ = writeln!(text, "    const STEP: {ty} = {};", rng.random_range(0..4_u32));
}

/// A value to start with: zero, something small, or something near the limit.
fn start(rng: &mut SmallRng, ty: Scalar) -> String {
    let (least, greatest) = ty.range();
    match ty {
        Scalar::Bool => (*pick(rng, &["true", "false"])).to_owned(),
        Scalar::Address => {
            if chance(rng, 50) {
                format!("0x{}", "00".repeat(20))
            } else {
                address_literal(pick::<&str>(rng, &ACCOUNTS))
            }
        }
        Scalar::Id | Scalar::Hash => {
            if chance(rng, 50) {
                id_literal(0)
            } else {
                id_literal(*pick(rng, &IDS))
            }
        }
        Scalar::Duration => format!("{} seconds", rng.random_range(0..5_u32)),
        _ => match weighted(rng, &[5, 5, 4, 3, if ty.is_signed() { 3 } else { 0 }]) {
            0 => "0".to_owned(),
            1 => rng.random_range(1..12_u32).to_string(),
            2 => (greatest - rng.random_range(0..5_i128)).to_string(),
            3 => rng.random_range(1..120_u32).to_string(),
            _ => (least + rng.random_range(0..5_i128)).to_string(),
        },
    }
}

fn value_type(rng: &mut SmallRng, contract: &Contract) -> Scalar {
    match weighted(rng, &[28, 2, 4, 2, 2, 2, 1]) {
        0 => *pick(rng, &contract.palette),
        1 => Scalar::Bool,
        2 => Scalar::Address,
        3 => Scalar::Id,
        4 => Scalar::Time,
        5 => Scalar::Duration,
        _ => Scalar::Hash,
    }
}

fn key_type(rng: &mut SmallRng, contract: &Contract) -> Scalar {
    match weighted(rng, &[24, 20, 4, 4, 1, 1, 1]) {
        0 => Scalar::Address,
        1 => *pick(rng, &contract.palette),
        2 => Scalar::Id,
        3 => Scalar::Bool,
        4 => Scalar::Hash,
        5 => Scalar::Time,
        _ => Scalar::Duration,
    }
}

fn variables(rng: &mut SmallRng, contract: &mut Contract, text: &mut String) {
    for at in 0..rng.random_range(2..5) {
        // The first is what every contract has: numbers under keys.
        let value = if at == 0 { contract.palette[0] } else { value_type(rng, contract) };
        let levels = if at == 0 { 1 } else { weighted(rng, &[8, 10, 4, 1]) };
        let keys: Vec<Scalar> = (0..levels).map(|_| key_type(rng, contract)).collect();
        let ty = keys.iter().rev().fold(value.to_string(), |ty, key| format!("map<{key}, {ty}>"));
        let _ = writeln!(text, "    state s{at}: {ty} = {};", start(rng, value));
        contract.variables.push(Variable { name: format!("s{at}"), keys, value, immutable: false });
    }
    if chance(rng, 60) {
        let value = if chance(rng, 50) { Scalar::Address } else { *pick(rng, &contract.palette) };
        let _ = writeln!(text, "    immutable owner: {value};");
        contract.variables.push(Variable {
            name: "owner".to_owned(),
            keys: Vec::new(),
            value,
            immutable: true,
        });
    }
}

fn errors_and_events(rng: &mut SmallRng, contract: &mut Contract, text: &mut String) {
    let ty = contract.variables[0].value;
    for (name, fields) in [
        ("Low", vec![("have", ty), ("need", ty)]),
        ("No", Vec::new()),
        ("Odd", vec![("who", Scalar::Address), ("on", Scalar::Bool)]),
    ] {
        let fields: Vec<Named> = fields.into_iter().map(|(name, ty)| (name.to_owned(), ty)).collect();
        let _ = writeln!(text, "    error {name}{};", parameters(&fields, true));
        contract.errors.push((name.to_owned(), fields));
    }
    for at in 0..rng.random_range(0..3) {
        let fields: Vec<Named> =
            (0..rng.random_range(0..3)).map(|f| (format!("x{f}"), value_type(rng, contract))).collect();
        let _ = writeln!(text, "    event Told{at}{};", parameters(&fields, true));
        contract.events.push((format!("Told{at}"), fields));
    }
    text.push('\n');
}

fn parameters(params: &[Named], may_be_absent: bool) -> String {
    if params.is_empty() && may_be_absent {
        return String::new();
    }
    let params: Vec<String> = params.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
    format!("({})", params.join(", "))
}

fn init(contract: &Contract, text: &mut String) {
    let Some(owner) = contract.variables.iter().find(|variable| variable.immutable) else { return };
    let _ = writeln!(text, "    init(first: {}) {{\n        self.owner = first;\n    }}\n", owner.value);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Internal,
    Entry,
    View,
    /// With composite parameters and a role; for transactions only.
    Rich,
}

fn params(rng: &mut SmallRng, contract: &Contract) -> Vec<Named> {
    (0..rng.random_range(0..4))
        .map(|at| {
            let ty = match weighted(rng, &[24, 18, 3, 3, 1, 1, 9]) {
                0 => *pick(rng, &contract.palette),
                1 => Scalar::Address,
                2 => Scalar::Id,
                3 => Scalar::Bool,
                4 => Scalar::Time,
                5 => Scalar::Duration,
                _ => contract.variables.first().map_or(Scalar::U64, |variable| variable.value),
            };
            (format!("p{at}"), ty)
        })
        .collect()
}

fn result(rng: &mut SmallRng, contract: &Contract, percent: u32) -> Option<Scalar> {
    let any = [contract.palette.as_slice(), &[Scalar::Address, Scalar::Bool]].concat();
    chance(rng, percent).then(|| *pick(rng, &any))
}

fn function(rng: &mut SmallRng, contract: &Contract, form: Form, name: &str, text: &mut String) -> Signature {
    let params = params(rng, contract);
    let result = result(rng, contract, if form == Form::Entry { 30 } else { 70 });
    let statements = if form == Form::Internal { rng.random_range(1..4) } else { rng.random_range(1..6) };
    let mut writer = Writer::new(rng, contract, &params);
    writer.result = result;
    writer.may_write = form != Form::View;
    writer.plain = contract.plain;
    let more = match (form, contract.rich) {
        (Form::Rich, Some(rich)) => super::rich::params(&mut writer, rich),
        _ => Vec::new(),
    };
    writer.body(statements);
    let (wrote, cost, body) = (writer.wrote, writer.spent, writer.out);
    let word = match form {
        Form::Internal => "fn",
        Form::Entry | Form::Rich => "entry",
        Form::View => "view",
    };
    let arrow = result.map_or_else(String::new, |ty| format!(" -> {ty}"));
    let own = params.iter().map(|(name, ty)| format!("{name}: {ty}"));
    let all: Vec<String> = own.chain(more).collect();
    let by = if form == Form::Rich && chance(rng, 15) { " by boss" } else { "" };
    let _ = write!(text, "    {word} {name}({}){arrow}{by} {{\n{body}    }}\n\n", all.join(", "));
    Signature { name: name.to_owned(), params, result, writes: wrote, cost: cost.max(1) }
}

/// Writes a composition.
fn composition(
    rng: &mut SmallRng,
    earlier: &[Composition],
    contracts: &[Contract],
    text: &mut String,
) -> Composition {
    let number = earlier.len();
    let mut unit = Contract { palette: contracts[0].palette.clone(), ..file_level() };
    unit.variables.clear();
    unit.constants.push(("NAME".to_owned(), Scalar::Id));
    let wanted: Vec<usize> =
        (0..rng.random_range(1..4)).map(|_| rng.random_range(0..contracts.len())).collect();
    let nested: Vec<usize> = (0..number).filter(|_| chance(rng, 60)).collect();
    let params = params(rng, &contracts[wanted[0]]);
    let result = result(rng, &unit, 40);
    // A composition has no constants of its own but those of its file.
    unit.constants.retain(|(name, _)| name != "NAME");
    let statements = rng.random_range(2..6);
    let mut writer = Writer::new(rng, &unit, &params);
    writer.indent = 1;
    writer.result = result;
    writer.slots =
        wanted.iter().enumerate().map(|(at, contract)| (format!("t{at}"), &contracts[*contract])).collect();
    writer.nested = nested.iter().map(|at| (format!("q{at}"), earlier[*at].clone())).collect();
    // So that there is an id to name.
    let name = "nil".to_owned();
    writer.line(&format!("let {name}: id = {};", id_literal(IDS[0])));
    writer.locals.push(Local { name, ty: Scalar::Id, mutable: false });
    writer.body(statements);
    let (body, steps, cost) = (writer.out, writer.steps, writer.spent);
    let slots = wanted.iter().enumerate().map(|(at, contract)| format!("t{at}: C{contract}"));
    let uses: Vec<String> = slots.chain(nested.iter().map(|at| format!("q{at}: P{at}"))).collect();
    let arrow = result.map_or_else(String::new, |ty| format!(" -> {ty}"));
    let mut assets = assets((&wanted, &nested), (earlier, contracts), "");
    assets.push("coin".to_owned());
    let spends =
        assets.iter().map(|asset| format!("{asset} <= {}", u128::MAX)).collect::<Vec<_>>().join(", ");
    let _ = write!(
        text,
        "compose P{number}{}{arrow} uses {} spends {spends} {{\n{body}}}\n\n",
        parameters(&params, false),
        uses.join(", ")
    );
    let signature = Signature { name: format!("P{number}"), params, result, writes: true, cost: cost.max(1) };
    Composition { signature, steps, wanted, nested }
}

/// The assets of everything behind the slots of a composition, by the names that it has for them.
fn assets(
    (wanted, nested): (&[usize], &[usize]),
    of: (&[Composition], &[Contract]),
    way: &str,
) -> Vec<String> {
    let rich = |(_, contract): &(usize, &usize)| of.1[**contract].rich.is_some();
    let own = wanted.iter().enumerate().filter(rich).map(|(at, _)| format!("{way}t{at}.Gold"));
    let inner = nested.iter().flat_map(|at| {
        let inner = &of.0[*at];
        assets((&inner.wanted, &inner.nested), of, &format!("{way}q{at}."))
    });
    own.chain(inner).collect()
}

/// The app without its end.
fn app(rng: &mut SmallRng, contracts: &[Contract], compositions: &[Composition], text: &mut String) {
    text.push_str("app Main {\n");
    let mut instances: Vec<Vec<String>> = Vec::new();
    for (number, contract) in contracts.iter().enumerate() {
        let mut names = Vec::new();
        for copy in 0..if chance(rng, 30) { 2 } else { 1 } {
            let name = format!("c{number}_{copy}");
            let owner = contract.variables.iter().find(|variable| variable.immutable);
            let arg = owner.map_or_else(String::new, |owner| start(rng, owner.value));
            let _ = writeln!(text, "    let {name} = deploy {}({arg});", contract.name);
            names.push(name);
        }
        instances.push(names);
    }
    for (number, composition) in compositions.iter().enumerate() {
        let contracts = composition.wanted.iter().map(|contract| pick(rng, &instances[*contract]).clone());
        let mut args: Vec<String> = contracts.collect();
        args.extend(composition.nested.iter().map(|at| format!("p{at}")));
        let _ = writeln!(text, "    let p{number} = deploy P{number}({});", args.join(", "));
    }
}
