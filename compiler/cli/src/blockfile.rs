//! Block files: one or more blocks as JSON lines, or in the canonical binary form.
//!
//! ```text
//! {"app":"Shop","chain":"dev","time":1700000000}
//! {"from":"alice","call":"gold.transfer","args":{"to":"bob","amount":5}}
//! ```
//!
//! A header starts a block, the lines up to the next header are its transactions, and each block runs on the
//! state that the one before it leaves. Nothing runs unless every line is right.

use crate::directory::{Directory, call_name};
use crate::failure::Complaint;
use crate::text::hex;
use crate::typed::value_param;
use borsh::BorshDeserialize;
use mc_container::value::{Scalar, Value};
use mc_runtime::block::{FORMAT, MAGIC};
use mc_runtime::{Block, Call, Kind, Transaction};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;

/// The chain of a header that names none.
pub const CHAIN: &str = "dev";

/// A block before its names are resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The line of its header.
    pub line: usize,
    /// The app it is for.
    pub app: String,
    /// The chain it is for.
    pub chain: String,
    /// What `now` is in it.
    pub time: u64,
    /// What accounts start with of the native asset; only the first block may say so.
    pub coins: Vec<(String, u128)>,
    /// Its transactions.
    pub calls: Vec<DraftCall>,
}

/// A transaction before its names are resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftCall {
    /// The line it comes from.
    pub line: usize,
    /// Who makes it.
    pub from: String,
    /// What is called.
    pub call: String,
    /// The arguments by name.
    pub args: Vec<(String, Json)>,
    /// How much of the native asset goes with it.
    pub value: u64,
    /// The code that it wants to run and no other, as a hash.
    pub code: Option<String>,
}

impl Draft {
    /// Lets every transaction name the code that it calls now.
    pub fn pin(&mut self, directory: &Directory<'_>) {
        for draft in &mut self.calls {
            let target = directory.call(&draft.call).ok();
            draft.code = target.map(|target| format!("0x{}", hex(&target.container.code)));
        }
    }
}

/// True for the bytes of the binary form.
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Reads blocks in the binary form, one after the other.
///
/// # Errors
/// If the bytes are anything else.
pub fn decode(bytes: &[u8], path: &str) -> Result<Vec<Block>, Complaint> {
    let damaged = |number: usize, why: String| Complaint::new(format!("block {number}: {why}")).at(path);
    let (mut rest, mut blocks) = (bytes, Vec::new());
    while !rest.is_empty() {
        let number = blocks.len() + 1;
        let body = rest.strip_prefix(&MAGIC).ok_or_else(|| damaged(number, "not a block".to_owned()))?;
        let Some((format, mut body)) = body.split_first_chunk() else {
            return Err(damaged(number, "it is cut short".to_owned()));
        };
        let format = u16::from_le_bytes(*format);
        if format != FORMAT {
            return Err(damaged(number, format!("its format is {format}, this `mcc` reads {FORMAT}")));
        }
        let block = Block::deserialize(&mut body)
            .map_err(|_| damaged(number, "it is damaged: its bytes are no canonical block".to_owned()))?;
        rest = body;
        blocks.push(block);
    }
    Ok(blocks)
}

/// Blocks in the binary form.
#[must_use]
pub fn encode(blocks: &[Block]) -> Vec<u8> {
    blocks.iter().flat_map(Block::encode).collect()
}

/// Blocks as JSON lines.
#[must_use]
pub fn write(drafts: &[Draft]) -> String {
    let mut text = String::new();
    for draft in drafts {
        let mut header = serde_json::json!({ "app": draft.app, "chain": draft.chain, "time": draft.time });
        if let (Some(header), false) = (header.as_object_mut(), draft.coins.is_empty()) {
            let coins = draft.coins.iter().map(|(name, amount)| (name.clone(), written(*amount)));
            header.insert("coins".to_owned(), Json::Object(coins.collect()));
        }
        text.push_str(&format!("{header}\n"));
        for call in &draft.calls {
            let args: serde_json::Map<String, Json> = call.args.iter().cloned().collect();
            let mut line = serde_json::json!({ "from": call.from, "call": call.call, "args": args });
            if let (Some(line), true) = (line.as_object_mut(), call.value > 0) {
                line.insert("value".to_owned(), call.value.into());
            }
            if let (Some(line), Some(code)) = (line.as_object_mut(), &call.code) {
                line.insert("code".to_owned(), code.as_str().into());
            }
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

/// An amount as JSON: as a text where it has more than 64 bits.
fn written(amount: u128) -> Json {
    u64::try_from(amount).map_or_else(|_| Json::from(amount.to_string()), Json::from)
}

/// Reads JSON lines.
///
/// # Errors
/// Every line that is wrong.
pub fn parse(text: &str, path: &str) -> Result<Vec<Draft>, Vec<Complaint>> {
    let (mut drafts, mut wrong) = (Vec::<Draft>::new(), Vec::new());
    // A wrong header still starts a block, or every line below it would be wrong, too.
    let mut any_header = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let read =
            object(line).and_then(|object| {
                if object.has("app") || (!object.has("call") && !object.has("from")) {
                    any_header = true;
                    header(&object, number).map(|draft| drafts.push(draft))
                } else {
                    let call = call(&object, number)?;
                    match drafts.last_mut() {
                        Some(draft) => draft.calls.push(call),
                        None if any_header => {}
                        None => return Err(Complaint::new("a transaction before the first header").help(
                            "start with a header: {\"app\":\"Shop\",\"chain\":\"dev\",\"time\":1700000000}",
                        )),
                    }
                    Ok(())
                }
            });
        wrong.extend(read.err().map(|complaint| complaint.at(format_args!("{path}:{number}"))));
    }
    if !any_header && wrong.is_empty() {
        wrong.push(Complaint::new("no block in it").help("`mcc block gen` writes one").at(path));
    }
    if wrong.is_empty() { Ok(drafts) } else { Err(wrong) }
}

/// The drafts as blocks of one chain, with every name resolved; heights start from 1 and nonces from 0.
///
/// # Errors
/// Every line that names what does not exist.
pub fn resolve(
    drafts: &[Draft],
    directory: &Directory<'_>,
    path: &str,
) -> Result<Vec<Block>, Vec<Complaint>> {
    let (mut blocks, mut wrong) = (Vec::new(), Vec::new());
    let mut nonces = BTreeMap::new();
    for (height, draft) in (1..).zip(drafts) {
        let place = |line: usize| format!("{path}:{line}");
        if draft.app != directory.app {
            let other =
                format!("this block is for the app `{}`, the first one for `{}`", draft.app, directory.app);
            wrong.push(Complaint::new(other).at(place(draft.line)));
        }
        if height > 1 && !draft.coins.is_empty() {
            let late = Complaint::new("`coins` says what accounts start with: only the first header may");
            wrong.push(late.at(place(draft.line)));
        }
        if draft.chain != directory.chain {
            let other = format!(
                "this block is for the chain `{}`, the first one for `{}`",
                draft.chain, directory.chain
            );
            wrong.push(
                Complaint::new(other).help("all blocks of a file follow one another").at(place(draft.line)),
            );
        }
        let mut transactions = Vec::with_capacity(draft.calls.len());
        for call in &draft.calls {
            match transaction(call, directory, &mut nonces) {
                Ok(transaction) => transactions.push(transaction),
                Err(complaints) => wrong.extend(complaints.into_iter().map(|it| it.at(place(call.line)))),
            }
        }
        blocks.push(Block { chain: draft.chain.clone(), height, time: draft.time, transactions });
    }
    if wrong.is_empty() { Ok(blocks) } else { Err(wrong) }
}

fn transaction(
    draft: &DraftCall,
    directory: &Directory<'_>,
    nonces: &mut BTreeMap<mc_container::address::Address, u32>,
) -> Result<Transaction, Vec<Complaint>> {
    let from = directory.address(&draft.from).map_err(|it| vec![with_key("from", it)])?;
    let target = directory.call(&draft.call).map_err(|it| vec![it])?;
    let arguments = directory.arguments(&target, &draft.args)?;
    if draft.value > 0 && value_param(target.entry).is_none() {
        let none = format!("`{}` takes no Value", call_name(&target));
        return Err(vec![Complaint::new(none).help("leave `value` out, or write 0")]);
    }
    let digest = |code: &String| directory.value(&Json::from(code.as_str()), Scalar::Hash);
    let code = draft.code.as_ref().map(digest).transpose().map_err(|it| vec![with_key("code", it)])?;
    let code = code.map(Value::to_bytes);
    let nonce = nonces.entry(from).or_insert(0);
    let data = Call { entry: target.entry.name.clone(), arguments };
    let (to, value) = (Some(target.container.address), draft.value);
    let transaction =
        Transaction { from, to, kind: Kind::Call, nonce: *nonce, value, timestamp: 0, data, code };
    *nonce = nonce.saturating_add(1);
    Ok(transaction)
}

fn with_key(key: &str, complaint: Complaint) -> Complaint {
    Complaint { message: format!("`{key}`: {}", complaint.message), ..complaint }
}

/// An object with its keys in order; a key that comes twice is refused.
struct Object(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object: `{ … }`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut entries: Vec<(String, Json)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(serde::de::Error::custom(format!("the key `{key}` comes twice")));
            }
            // Arguments are an object of their own, whose keys must not repeat either.
            let value = if key == "args" { map.next_value::<Nested>()?.0 } else { map.next_value()? };
            entries.push((key, value));
        }
        Ok(Object(entries))
    }
}

/// Any value; an object in it has each key once.
struct Nested(Json);

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(entries) = Object::deserialize(deserializer)?;
        Ok(Self(Json::Object(entries.into_iter().collect())))
    }
}

impl Object {
    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn get(&self, key: &str) -> Option<&Json> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    fn only(&self, what: &str, known: &[&str]) -> Result<(), Complaint> {
        match self.0.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some((key, _)) => {
                Err(Complaint::new(format!("unknown key `{key}` in {what}"))
                    .nearest(key, known.iter().copied()))
            }
        }
    }

    fn text(&self, what: &str, key: &str) -> Result<&str, Complaint> {
        match self.get(key) {
            Some(Json::String(text)) => Ok(text),
            Some(other) => Err(Complaint::new(format!("`{key}` must be a text, not {other}"))),
            None => Err(Complaint::new(format!("{what} needs `{key}`"))),
        }
    }

    fn number(&self, key: &str) -> Result<Option<u64>, Complaint> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| {
                Complaint::new(format!("`{key}` must be a whole number from 0 on, not {value}"))
            }),
        }
    }
}

fn object(line: &str) -> Result<Object, Complaint> {
    serde_json::from_str(line).map_err(|error| {
        let text = error.to_string();
        let why = text.split(" at line ").next().unwrap_or(&text);
        if error.is_data() {
            // serde says `invalid type: integer `3`, expected an object`.
            let split = why.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "));
            Complaint::new(match split {
                Some(("sequence", expected)) => format!("expected {expected}, found a list"),
                Some((found, expected)) => format!("expected {expected}, found {found}"),
                None => why.to_owned(),
            })
        } else {
            let why = why.replace("EOF while parsing", "the line ends inside of");
            Complaint::new(format!("not JSON: {why} (column {})", error.column()))
        }
    })
}

fn header(object: &Object, line: usize) -> Result<Draft, Complaint> {
    object.only("a header", &["app", "chain", "time", "coins"])?;
    let app = object.text("a header", "app")?.to_owned();
    let chain =
        if object.has("chain") { object.text("a header", "chain")?.to_owned() } else { CHAIN.to_owned() };
    let time = object.number("time")?.ok_or_else(|| {
        Complaint::new("a header needs `time`")
            .help("the block's time in seconds since 1970: \"time\":1700000000")
    })?;
    Ok(Draft { line, app, chain, time, coins: coins(object)?, calls: Vec::new() })
}

fn coins(object: &Object) -> Result<Vec<(String, u128)>, Complaint> {
    let accounts = match object.get("coins") {
        None => return Ok(Vec::new()),
        Some(Json::Object(accounts)) => accounts,
        Some(other) => return Err(Complaint::new(format!("`coins` must be an object, not {other}"))),
    };
    let amount = |(name, json): (&String, &Json)| {
        let text = json.as_str().map_or_else(|| json.to_string(), ToOwned::to_owned);
        let amount = text.replace('_', "").parse().map_err(|_| {
            Complaint::new(format!("`coins`: {json} is no amount for `{name}`"))
                .help("write a whole number from 0 on: \"coins\":{\"alice\":100}")
        })?;
        Ok((name.clone(), amount))
    };
    accounts.iter().map(amount).collect()
}

fn call(object: &Object, line: usize) -> Result<DraftCall, Complaint> {
    object.only("a transaction", &["from", "call", "args", "value", "code"])?;
    let args = match object.get("args") {
        None => Vec::new(),
        Some(Json::Object(args)) => args.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        Some(other) => return Err(Complaint::new(format!("`args` must be an object, not {other}"))),
    };
    Ok(DraftCall {
        line,
        from: object.text("a transaction", "from")?.to_owned(),
        call: object.text("a transaction", "call")?.to_owned(),
        args,
        value: object.number("value")?.unwrap_or(0),
        code: if object.has("code") { Some(object.text("a transaction", "code")?.to_owned()) } else { None },
    })
}
