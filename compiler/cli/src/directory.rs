//! The directory of an app: names of accounts and deployments to addresses, calls and arguments to bytes.
//!
//! Everything it refuses it refuses with the nearest name it knows, so that block files and workloads get
//! the same messages.

use crate::failure::Complaint;
use ethnum::I256;
use mc_compiler::Compiled;
use mc_compiler::tree::App;
use mc_container::address::Address;
use mc_container::manifest::{ContainerKind, Entry, EntryKind, Manifest};
use mc_container::value::{Scalar, Value};
use serde_json::Value as Json;

/// The account that deploys an app: the caller that every `init` sees.
pub const DEPLOYER: &str = "deployer";
/// The nonce of the deployment.
pub const DEPLOYMENT_NONCE: u32 = 0;

/// A container of the app.
#[derive(Clone, Copy, Debug)]
pub struct Deployed<'a> {
    /// The name it is known by.
    pub name: &'a str,
    /// Where it lives.
    pub address: Address,
    /// What it offers.
    pub manifest: &'a Manifest,
    /// What a call of it runs, as [`Package::code`] names it.
    pub code: [u8; 32],
}

/// What a call means.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The container.
    pub container: Deployed<'a>,
    /// The entry.
    pub entry: &'a Entry,
}

/// The names of one app on one chain.
#[derive(Clone, Debug)]
pub struct Directory<'a> {
    /// The app's name.
    pub app: &'a str,
    /// The chain's name.
    pub chain: &'a str,
    /// Its containers, in the order of deployment.
    pub containers: Vec<Deployed<'a>>,
}

impl<'a> Directory<'a> {
    /// The directory of `app` as it stands on `chain`.
    #[must_use]
    pub fn new(app: &'a App, compiled: &'a Compiled, chain: &'a str) -> Self {
        let deployer = Address::of_account(DEPLOYER);
        let mut containers: Vec<Deployed<'a>> = Vec::with_capacity(app.deployments.len());
        for (ordinal, deployment) in (0..).zip(&app.deployments) {
            let Some(container) = compiled.containers.iter().find(|it| it.unit == deployment.unit) else {
                continue;
            };
            let address = Address::of_container(chain, deployer, DEPLOYMENT_NONCE, ordinal);
            let bound = deployment.slots.iter().filter_map(|slot| containers.get(*slot as usize));
            let code = container.package.code(bound.map(|slot| (slot.address, slot.code)));
            let manifest = container.package.manifest();
            containers.push(Deployed { name: &deployment.name, address, manifest, code });
        }
        Self { app: &app.name, chain, containers }
    }

    /// The container with this name.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<Deployed<'a>> {
        self.containers.iter().find(|container| container.name == name).copied()
    }

    /// The container at this address.
    #[must_use]
    pub fn container_at(&self, address: Address) -> Option<Deployed<'a>> {
        self.containers.iter().find(|container| container.address == address).copied()
    }

    /// What `call` means: `deployment.entry`, or a composition's deployment alone.
    ///
    /// # Errors
    /// With the nearest name that is known.
    pub fn call(&self, call: &str) -> Result<Target<'a>, Complaint> {
        let (name, entry) = call.split_once('.').map_or((call, None), |(name, entry)| (name, Some(entry)));
        let Some(container) = self.container(name) else {
            let known = self.containers.iter().map(|container| container.name);
            return Err(Complaint::new(format!("`{}` deploys no `{name}`", self.app)).nearest(name, known));
        };
        let composes = container.manifest.kind == ContainerKind::Composition;
        match (entry, composes) {
            (None, true) => {
                let composed = |entry: &&Entry| entry.kind == EntryKind::Compose;
                let entry = container.manifest.entries.iter().find(composed);
                let nothing = || Complaint::new(format!("`{name}` has nothing to call"));
                entry.map(|entry| Target { container, entry }).ok_or_else(nothing)
            }
            (Some(_), true) => Err(Complaint::new(format!("`{name}` is a composition and has no entries"))
                .help(format!("call it by its name alone: `{name}`"))),
            (None, false) => {
                let known: Vec<String> =
                    callable(&container).map(|it| format!("`{name}.{}`", it.name)).collect();
                Err(Complaint::new(format!("`{name}` is a contract: the call must name an entry"))
                    .help(format!("write {}", known.join(" or "))))
            }
            (Some("init"), false) => {
                Err(Complaint::new(format!("`{name}.init` runs only when `{name}` is deployed")))
            }
            (Some(wanted), false) => {
                let found = callable(&container).find(|entry| entry.name == wanted);
                found.map(|entry| Target { container, entry }).ok_or_else(|| {
                    let unit = &container.manifest.name;
                    Complaint::new(format!("`{name}` (a `{unit}`) has no entry `{wanted}`"))
                        .nearest(wanted, callable(&container).map(|entry| entry.name.as_str()))
                })
            }
        }
    }

    /// The address that `text` means: a deployment, an account, or `0x…`.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn address(&self, text: &str) -> Result<Address, Complaint> {
        if text.starts_with("0x") {
            return digest(text, Scalar::Address).map(Address::from_value);
        }
        if let Some(container) = self.container(text) {
            return Ok(container.address);
        }
        if is_account(text) {
            return Ok(Address::of_account(text));
        }
        Err(Complaint::new(format!("`{text}` is no address"))
            .help("write an account such as `alice`, a deployment, or `0x` and 40 hexadecimal digits"))
    }

    /// The value of type `ty` that a JSON value stands for.
    ///
    /// # Errors
    /// If it stands for none.
    pub fn value(&self, json: &Json, ty: Scalar) -> Result<Value, Complaint> {
        let misfit = || {
            Complaint::new(format!("{} is no `{ty}`", in_words(json)))
                .help(format!("write {}", how_written(ty)))
        };
        match (ty, json) {
            (Scalar::Bool, Json::Bool(truth)) => Ok(Value::from_u64(u64::from(*truth))),
            (Scalar::Address, Json::String(text)) => self.address(text).map(Address::value),
            (Scalar::Id | Scalar::Hash, Json::String(text)) => digest(text, ty),
            (Scalar::U256, Json::Number(number)) => {
                Value::parse_number(&number.to_string(), ty).ok_or_else(|| not_exact(number))
            }
            (Scalar::U256, Json::String(text)) => Value::parse_number(text, ty).ok_or_else(misfit),
            (_, Json::Number(number)) if ty.is_number() => {
                let signed = number.as_i64().map(i128::from);
                let Some(number) = signed.or_else(|| number.as_u64().map(i128::from)) else {
                    return Err(not_exact(number));
                };
                in_range(I256::from(number), ty)
            }
            (_, Json::String(text)) if ty.is_number() => {
                let digits = text.replace('_', "");
                let plain = digits.strip_prefix('-').unwrap_or(&digits);
                match digits.parse::<I256>() {
                    Ok(number) if !plain.is_empty() && plain.bytes().all(|it| it.is_ascii_digit()) => {
                        in_range(number, ty)
                    }
                    _ => Err(misfit()),
                }
            }
            _ => Err(misfit()),
        }
    }
}

/// `deployment.entry`, or a composition's deployment alone: how a call is written.
#[must_use]
pub fn call_name(target: &Target<'_>) -> String {
    match target.entry.kind {
        EntryKind::Compose => target.container.name.to_owned(),
        _ => format!("{}.{}", target.container.name, target.entry.name),
    }
}

/// The entries that a transaction may call.
pub fn callable<'a>(container: &Deployed<'a>) -> impl Iterator<Item = &'a Entry> + use<'a> {
    container.manifest.entries.iter().filter(|entry| entry.kind != EntryKind::Init)
}

/// True for a name that an account may have: letters, digits, `-` and `_`, a letter first.
#[must_use]
pub fn is_account(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_')
}

/// A JSON number that has a fraction, or too many digits to be read exactly.
fn not_exact(number: &serde_json::Number) -> Complaint {
    if number.as_f64().is_some_and(|number| number.fract() != 0.0) {
        return Complaint::new(format!("{number} is not a whole number"));
    }
    Complaint::new("a number of more than 64 bits must be written as a text")
        .help("write \"340282366920938463463\", in quotes")
}

fn in_range(number: I256, ty: Scalar) -> Result<Value, Complaint> {
    Value::from_number(number, ty).ok_or_else(|| {
        let (least, greatest) = ty.range();
        Complaint::new(format!("{number} does not fit `{ty}`"))
            .help(format!("`{ty}` holds {least} to {greatest}"))
    })
}

fn digest(text: &str, ty: Scalar) -> Result<Value, Complaint> {
    let misfit =
        || Complaint::new(format!("`{text}` is no `{ty}`")).help(format!("write {}", how_written(ty)));
    let digits = text.strip_prefix("0x").ok_or_else(misfit)?;
    if digits.len() != 2 * ty.width() || !digits.is_ascii() {
        let found = digits.chars().count();
        return Err(Complaint::new(format!("`0x…` with {found} hexadecimal digits is no `{ty}`"))
            .help(format!("write {}", how_written(ty))));
    }
    let byte = |at: usize| digits.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..ty.width()).map(byte).collect();
    bytes.map(|bytes| Value::from_bytes(&bytes)).ok_or_else(misfit)
}

/// How a scalar is written in JSON.
#[must_use]
pub fn how_written(ty: Scalar) -> String {
    match ty {
        Scalar::Bool => "true or false".to_owned(),
        Scalar::Address => "an account such as \"alice\", a deployment, or \"0x…\" with 40 digits".to_owned(),
        Scalar::Id | Scalar::Hash => "\"0x…\" with 64 hexadecimal digits".to_owned(),
        Scalar::Time | Scalar::Duration => "a number of seconds".to_owned(),
        _ if ty.is_signed() => "a whole number".to_owned(),
        _ => "a whole number from 0 on".to_owned(),
    }
}

/// A JSON value in a message.
#[must_use]
pub fn in_words(json: &Json) -> String {
    match json {
        Json::Null => "`null`".to_owned(),
        Json::Bool(truth) => format!("`{truth}`"),
        Json::Number(number) => number.to_string(),
        Json::String(text) => format!("{text:?}"),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}
