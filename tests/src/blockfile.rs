//! Block files: transactions as JSON lines, with names for accounts, deployments and arguments.
//!
//! ```text
//! {"set": "token.balances[alice]", "value": 5}
//! {"fund": "alice", "value": 100}
//! {"time": 100, "fuel": true}
//! {"from": "alice", "call": "token.transfer", "args": {"to": "bob", "amount": 3}}
//! ```
//!
//! A line with `time` starts a block, a line with `set` gives a cell a value before the first one, one with `fund`
//! an account so much of the native asset, and an empty line or one with `//` says nothing. `fuel` asks which of the
//! block's transactions use as much as each other. A transaction's nonce is its number in the block, or its `nonce`.

use crate::interpreter::Cell;
use crate::stage::{CHAIN, Stage};
use mc_compiler::interpret;
use mc_compiler::tree::{COIN, Function, Unit};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::error::{FIRST_USER_ERROR, SystemError};
use mc_container::text::{byte_words, text_words};
use mc_container::ty::{Field, Type};
use mc_container::value::{Scalar, Value};
use mc_runtime::{Block, Receipt, Transaction};
use serde_json::Value as Json;
use std::fmt::Write as _;

/// The accounts that have a name.
pub const ACCOUNTS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];

/// A block of a file.
pub struct Written {
    /// The block.
    pub block: Block,
    /// True if it is asked which of its transactions use as much fuel as each other.
    pub asks_fuel: bool,
}

/// The blocks of a file; its `set` lines are done on the stage.
///
/// # Panics
/// If the file is not as described above.
pub fn read(stage: &mut Stage<'_>, text: &str) -> Vec<Written> {
    let mut blocks: Vec<Written> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        let json: Json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        if let Some(cell) = json.get("set") {
            set(stage, cell.as_str().unwrap(), &json["value"]);
        } else if let Some(account) = json.get("fund") {
            stage.fund(Address::of_account(account.as_str().unwrap()), json["value"].as_u64().unwrap());
        } else if let Some(time) = json.get("time") {
            let height = blocks.len() as u64;
            let (chain, time, transactions) = (CHAIN.to_owned(), time.as_u64().unwrap(), Vec::new());
            let asks_fuel = json.get("fuel").is_some_and(|fuel| fuel.as_bool().unwrap());
            blocks.push(Written { block: Block { chain, height, time, transactions }, asks_fuel });
        } else {
            let Written { block, .. } = blocks.last_mut().expect("a line with `time` comes first");
            block.transactions.push(transaction(stage, &json, block.transactions.len()));
        }
    }
    blocks
}

fn transaction(stage: &Stage<'_>, json: &Json, number: usize) -> Transaction {
    let from = Address::of_account(json["from"].as_str().unwrap());
    let call = json["call"].as_str().unwrap();
    let (name, entry) = match call.split_once('.') {
        Some((name, entry)) => (name, entry.to_owned()),
        None => (call, stage.machine.unit_at(stage.address(call)).unwrap().name.clone()),
    };
    let to = stage.address(name);
    let function =
        stage.machine.unit_at(to).unwrap().functions.iter().find(|function| function.name == entry);
    let mut arguments = Vec::new();
    for param in function.map(Function::param_locals).unwrap_or_default() {
        if matches!(&param.ty, Type::Asset(name) if name == COIN) {
            continue;
        }
        let given = json["args"].get(&param.name).unwrap_or_else(|| panic!("{call} lacks `{}`", param.name));
        let mut scalars = Vec::new();
        values(stage, &param.ty, given, &mut scalars);
        codec::encode(&param.ty, &scalars, &mut arguments);
    }
    let nonce = json.get("nonce").map_or(number as u64, |nonce| nonce.as_u64().unwrap());
    let mut tx = Transaction::call(from, u32::try_from(nonce).unwrap(), to, &entry, arguments);
    tx.value = json.get("value").map_or(0, |value| value.as_u64().unwrap());
    if let Some(raw) = json.get("raw") {
        tx.data.arguments = raw
            .as_array()
            .unwrap()
            .iter()
            .map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap())
            .collect();
    }
    tx
}

/// The scalars of a value: a struct as an object, a tuple or a list as an array, an option as itself or `null`,
/// a variant of an enum as its name, or as an object of its name and its payload.
fn values(stage: &Stage<'_>, ty: &Type, json: &Json, out: &mut Vec<Value>) {
    let absent = |ty: &Type, out: &mut Vec<Value>| out.resize(out.len() + ty.scalar_count(), Value::ZERO);
    let fields = |fields: &[Field], json: &Json, out: &mut Vec<Value>| {
        fields.iter().for_each(|field| values(stage, &field.ty, &json[&field.name], out));
    };
    match ty {
        Type::Scalar(scalar) => out.push(value(stage, *scalar, json)),
        Type::Asset(_) | Type::Seen(_) => out.push(value(stage, Scalar::U128, json)),
        Type::String(max) => out.extend(text_words(json.as_str().unwrap(), *max).expect("a shorter text")),
        Type::Bytes(length) => {
            out.extend(byte_words(json.as_str().unwrap().as_bytes(), *length).expect("another length"));
        }
        Type::Struct(it) => fields(&it.fields, json, out),
        Type::Tuple(parts) => {
            parts.iter().zip(json.as_array().unwrap()).for_each(|(ty, json)| values(stage, ty, json, out));
        }
        Type::Option(content) => {
            out.push(Value::from_u64(u64::from(!json.is_null())));
            if json.is_null() { absent(content, out) } else { values(stage, content, json, out) }
        }
        Type::Enum(it) => {
            let (name, payload) = match json.as_object().and_then(|object| object.iter().next()) {
                Some((name, payload)) => (name.as_str(), payload),
                None => (json.as_str().unwrap(), &Json::Null),
            };
            let tag = it.variants.iter().position(|variant| variant.name == name).expect("no such variant");
            out.push(Value::from_u64(tag as u64));
            for (number, variant) in it.variants.iter().enumerate() {
                if number == tag {
                    fields(&variant.fields, payload, out);
                } else {
                    variant.fields.iter().for_each(|field| absent(&field.ty, out));
                }
            }
        }
        Type::List(element, max) => {
            let elements = json.as_array().unwrap();
            out.push(Value::from_u64(elements.len() as u64));
            elements.iter().for_each(|json| values(stage, element, json, out));
            (elements.len()..*max as usize).for_each(|_| absent(element, out));
        }
    }
}

fn value(stage: &Stage<'_>, ty: Scalar, json: &Json) -> Value {
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    parse(stage, ty, &text).unwrap_or_else(|| panic!("`{text}` is no `{ty}`"))
}

fn parse(stage: &Stage<'_>, ty: Scalar, text: &str) -> Option<Value> {
    match ty {
        Scalar::Bool => Some(Value::from_u64(u64::from(text.parse::<bool>().ok()?))),
        Scalar::Address => match stage.names.iter().find(|(name, _)| name == text) {
            Some((_, address)) => Some(address.value()),
            None => ACCOUNTS.contains(&text).then(|| Address::of_account(text).value()),
        },
        Scalar::Id | Scalar::Hash => Some(Value::from_bytes(&[text.parse::<u8>().ok()?; 32])),
        _ => Value::parse_number(text, ty),
    }
}

/// `token.balances[alice]`
fn set(stage: &mut Stage<'_>, cell: &str, json: &Json) {
    let (place, keys) = cell.split_once('[').map_or((cell, ""), |(place, keys)| (place, keys));
    let (name, variable) = place.split_once('.').unwrap();
    let container = stage.address(name);
    let unit: &Unit = stage.machine.unit_at(container).unwrap();
    let known =
        unit.variables.iter().find(|known| known.name == variable).unwrap_or_else(|| panic!("no `{cell}`"));
    let texts: Vec<&str> =
        keys.split('[').map(|key| key.trim_end_matches(']')).filter(|key| !key.is_empty()).collect();
    let keys: Vec<Value> =
        texts.iter().zip(&known.keys).map(|(key, ty)| parse(stage, *ty, key).unwrap()).collect();
    let new = value(stage, known.value, json);
    let encoded = keys.iter().zip(&known.keys).map(|(key, ty)| {
        let mut bytes = Vec::new();
        key.encode(*ty, &mut bytes);
        bytes
    });
    let cell = Cell { container, variable: variable.to_owned(), keys: encoded.collect() };
    stage.machine.put(cell, new);
    assert!(stage.world.put(container, variable, &keys, new));
}

/// An address by its name, where it has one.
#[must_use]
pub fn name_of(stage: &Stage<'_>, address: Address) -> String {
    let account =
        ACCOUNTS.iter().find(|name| Address::of_account(name) == address).map(|name| (*name).to_owned());
    let deployed = stage.names.iter().find(|(_, other)| *other == address).map(|(name, _)| name.clone());
    account.or(deployed).unwrap_or_else(|| address.to_string())
}

fn show(stage: &Stage<'_>, ty: Scalar, value: Value) -> String {
    match ty {
        Scalar::Address => name_of(stage, Address::from_value(value)),
        _ => value.show(ty),
    }
}

/// Values that stand one after the other, if that is what the bytes are.
fn try_show_all<'t>(
    stage: &Stage<'_>,
    types: impl IntoIterator<Item = &'t Type>,
    mut bytes: &[u8],
) -> Option<String> {
    let names = |address| Some(name_of(stage, address));
    let show_next = |ty| Some(interpret::show::show(ty, &codec::decode(ty, &mut bytes)?, &names));
    let shown: Option<Vec<String>> = types.into_iter().map(show_next).collect();
    shown.filter(|_| bytes.is_empty()).map(|shown| shown.join(", "))
}

fn show_all<'t>(stage: &Stage<'_>, types: impl IntoIterator<Item = &'t Type>, bytes: &[u8]) -> String {
    try_show_all(stage, types, bytes).unwrap()
}

/// What became of a transaction, as one line for people.
///
/// # Panics
/// If the receipt speaks of what the program does not have.
#[must_use]
pub fn show_receipt(stage: &Stage<'_>, tx: &Transaction, receipt: &Receipt) -> String {
    let to = tx.to.unwrap_or_default();
    let unit = stage.machine.unit_at(to).unwrap();
    let function = unit.functions.iter().find(|function| function.name == tx.data.entry);
    let params = function.map(Function::param_locals).unwrap_or_default().iter().map(|param| &param.ty);
    let params = params.filter(|ty| !matches!(ty, Type::Asset(name) if name == COIN));
    let args = try_show_all(stage, params, &tx.data.arguments).unwrap_or_else(|| "?".to_owned());
    let paid = if tx.value == 0 { String::new() } else { format!(" with {}", tx.value) };
    let mut line =
        format!("{} {}.{}({args}){paid}", name_of(stage, tx.from), name_of(stage, to), tx.data.entry);
    if receipt.sequence > 0 {
        let _ = write!(line, " {}/{}", receipt.point, receipt.sequence);
    }
    match &receipt.failure {
        None => line.push_str(" ok"),
        Some(failure) => {
            let unit = stage
                .machine
                .instances()
                .contains_key(&failure.container)
                .then(|| stage.machine.unit_at(failure.container).unwrap());
            let own =
                failure.code.checked_sub(FIRST_USER_ERROR).and_then(|at| unit?.errors.get(usize::from(at)));
            let what = match (own, SystemError::by_code(failure.code)) {
                (Some(error), _) => {
                    let types = error.fields.iter().map(|field| &field.ty);
                    format!("{}({})", error.name, show_all(stage, types, &failure.payload))
                }
                (None, Some(system)) => system.name().to_owned(),
                (None, None) => format!("code {}", failure.code),
            };
            let _ =
                write!(line, " FAILED {} {what} in {}", receipt.result, name_of(stage, failure.container));
        }
    }
    if let (Some(ty), false) =
        (function.and_then(|function| function.result.as_ref()), receipt.output.is_empty())
    {
        let _ = write!(line, " -> {}", show_all(stage, [ty], &receipt.output));
    }
    for event in &receipt.events {
        let signature = &stage.machine.unit_at(event.container).unwrap().events[usize::from(event.event)];
        let _ = write!(
            line,
            "\n      {}: {}({})",
            name_of(stage, event.container),
            signature.name,
            show_all(stage, signature.fields.iter().map(|field| &field.ty), &event.data)
        );
    }
    line
}

/// Which transactions of a block use as much fuel as each other, by their numbers, the first of each first.
#[must_use]
pub fn show_fuel(receipts: &[Receipt]) -> String {
    let mut groups: Vec<(u64, Vec<String>)> = Vec::new();
    for (number, receipt) in receipts.iter().enumerate() {
        match groups.iter_mut().find(|(fuel, _)| *fuel == receipt.fuel) {
            Some((_, numbers)) => numbers.push(number.to_string()),
            None => groups.push((receipt.fuel, vec![number.to_string()])),
        }
    }
    let groups: Vec<String> = groups.into_iter().map(|(_, numbers)| numbers.join(" = ")).collect();
    groups.join(", ")
}

/// Every cell that is not its variable's default, one a line.
///
/// # Panics
/// If a cell belongs to no variable.
#[must_use]
pub fn show_state(stage: &Stage<'_>) -> String {
    let mut lines = Vec::new();
    for (cell, value) in stage.machine.state() {
        let Some(variable) = stage.machine.variable(cell) else {
            let account = Address::from_value(Value::from_bytes(&cell.keys[0]));
            let amount = show(stage, Scalar::U128, *value);
            lines.push(format!("coin[{}] = {amount}", name_of(stage, account)));
            continue;
        };
        let mut line = format!("{}.{}", name_of(stage, cell.container), cell.variable);
        for (key, ty) in cell.keys.iter().zip(&variable.keys) {
            let _ = write!(line, "[{}]", show(stage, *ty, Value::from_bytes(key)));
        }
        lines.push(format!("{line} = {}", show(stage, variable.value, *value)));
    }
    lines.sort();
    lines.join("\n")
}
