//! Hostile containers: an honest manifest over code that no compiler would write.
//!
//! A case is a file of `tests/hostile`: comments that say what it tries, `;; expect:` what becomes of it, perhaps
//! the contract that it pretends to be, and its module as text. The manifest and the access formulas are those of
//! that contract, so that nothing is wrong with the package but the code.

pub mod text;

use crate::stage::{self, CHAIN, Stage, compile_clean};
use mc_compiler::Compiled;
use mc_container::address::Address;
use mc_container::cost::{Cost, FUEL_MAX};
use mc_container::error::SystemError;
use mc_container::frame::{ACCESS_SECTION, ModuleLayout};
use mc_container::manifest::Manifest;
use mc_container::package::Package;
use mc_container::value::{Scalar, Value};
use mc_container::verify::Refusal;
use mc_runtime::{Block, Transaction};
use std::path::Path;
use std::sync::Arc;
use text::Places;
use wasm_encoder::{Module, RawSection};
use wasmparser::{Parser, Payload};

/// The name of the container that a case replaces.
const HOSTILE: &str = "Hostile";
/// The contract that a case pretends to be unless it says otherwise.
const DISGUISE: &str = "contract Hostile {
    state total: u64 = 0;
    error Large(n: u64);
    event Done(n: u64);
    entry attack(n: u64) -> u64 {
        require n < 1000 else Large(n);
        total = n;
        emit Done(n);
        return n;
    }
}";
/// Who shares the block with it.
const INNOCENT: &str = "contract Innocent {
    state count: u64 = 0;
    entry bump(n: u64) -> u64 { count += n; return count; }
}";
const APP: &str = "app Main { let innocent = deploy Innocent(); let hostile = deploy Hostile(); }";

/// What becomes of a hostile container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The verifier refuses it and says this among other things.
    Refused(String),
    /// Each of its calls fails so.
    Fails(SystemError),
    /// Each of its calls fails with this error of its own, which is its right.
    OwnError(u8),
    /// Each of its calls gives this, encoded: it got nothing out of what it tried.
    Gives(Vec<u8>),
}

/// A file of `tests/hostile`.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What it tries.
    pub about: String,
    /// What becomes of it.
    pub expected: Expected,
    /// The arguments of each call.
    pub calls: Vec<Vec<String>>,
    /// The contract that it pretends to be, with an app.
    disguise: String,
    /// Its module.
    module: String,
}

impl Case {
    /// Every case, by name.
    ///
    /// # Panics
    /// If a file is not as described above.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile");
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut cases: Vec<Self> = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
            .map(|path| {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                Self::read(&name, &std::fs::read_to_string(&path).unwrap())
            })
            .collect();
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        cases
    }

    fn read(name: &str, file: &str) -> Self {
        let is_header = |line: &&str| line.starts_with(";;");
        let header: Vec<&str> = file
            .lines()
            .take_while(is_header)
            .map(|line| line[2..].strip_prefix(' ').unwrap_or(""))
            .collect();
        let module = file.lines().skip(header.len()).collect::<Vec<_>>().join("\n");
        let expect = header.iter().position(|line| line.starts_with("expect: "));
        let expect = expect.unwrap_or_else(|| panic!("{name}: no line `;; expect:`"));
        let about = header[..expect].join(" ");
        assert!(!about.is_empty(), "{name}: does not say what it tries");
        let (mut calls, mut disguise) = (Vec::new(), Vec::new());
        for line in &header[expect + 1..] {
            match line.strip_prefix("call:") {
                Some(arguments) => calls.push(arguments.split_whitespace().map(str::to_owned).collect()),
                None => disguise.push(*line),
            }
        }
        if calls.is_empty() {
            calls.push(vec!["7".to_owned()]);
        }
        let disguise = disguise.join("\n");
        let contract = if disguise.contains(HOSTILE) { &disguise } else { DISGUISE };
        let app = if disguise.contains("app ") { "" } else { APP };
        Self {
            name: name.to_owned(),
            about,
            expected: expected(header[expect].trim_start_matches("expect: ")),
            calls,
            disguise: format!("{contract}\n{INNOCENT}\n{app}"),
            module,
        }
    }

    /// What the case pretends to be.
    ///
    /// # Panics
    /// If that does not compile.
    #[must_use]
    pub fn disguise(&self) -> Compiled {
        compile_clean(&self.disguise)
    }

    /// The case's module as bytes, with the places of the disguise in it.
    ///
    /// # Panics
    /// If it is no WebAssembly text.
    #[must_use]
    pub fn module(&self, disguise: &Compiled) -> Vec<u8> {
        let package = &disguise.containers[unit(disguise)].package;
        let places = Places::new(package);
        let text = places.fill(&self.module);
        let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        without_names(&bytes)
    }

    /// The case as a package.
    ///
    /// # Errors
    /// The verifier's refusal.
    pub fn package(&self, disguise: &Compiled) -> Result<Package, Refusal> {
        let honest = disguise.containers[unit(disguise)].package.manifest();
        Package::new(greedy(honest), self.module(disguise))
    }

    /// The disguise's app, deployed with the case's package in it.
    ///
    /// # Errors
    /// Why it cannot be deployed.
    pub fn stage<'p>(&self, disguise: &'p Compiled, package: Package) -> Result<Stage<'p>, String> {
        let mut packages = stage::packages_of(disguise);
        packages[unit(disguise)] = Arc::new(package);
        let mut stage = Stage::with_packages(&disguise.program, packages)?;
        stage.fund_accounts(&["alice", "bob", "mallory"]);
        Ok(stage)
    }

    /// A block with the case's calls between innocent ones.
    ///
    /// # Panics
    /// If the stage is another case's.
    #[must_use]
    pub fn block(&self, stage: &Stage<'_>) -> Arc<Block> {
        let to = stage.address("hostile");
        let container = stage.world.container(to).unwrap();
        let name = entry_name(container.manifest());
        let params: Vec<Scalar> =
            container.manifest().entry(name).unwrap().params.iter().flat_map(|it| it.ty.scalars()).collect();
        let attack = |arguments: &Vec<String>| {
            assert_eq!(arguments.len(), params.len(), "{}: another number of arguments", self.name);
            let mut bytes = Vec::new();
            for (argument, ty) in arguments.iter().zip(&params) {
                let address = || Address::of_account(argument).value();
                argument.parse().map_or_else(|_| address(), Value::from_u64).encode(*ty, &mut bytes);
            }
            Transaction::call(Address::of_account("mallory"), 0, to, name, bytes)
        };
        let mut transactions = vec![innocent(stage, 1)];
        for (number, arguments) in (2..).zip(self.calls.iter().chain(&self.calls)) {
            transactions.extend([attack(arguments), innocent(stage, number)]);
        }
        Arc::new(Block { chain: CHAIN.to_owned(), height: 1, time: 2_000, transactions })
    }
}

fn expected(text: &str) -> Expected {
    let words = |text: &str| text.split_whitespace().map(|word| word.parse().unwrap()).collect::<Vec<u64>>();
    match text.split_once(' ') {
        Some(("refused", why)) => Expected::Refused(why.to_owned()),
        Some(("gives", given)) => {
            Expected::Gives(words(given).into_iter().flat_map(u64::to_le_bytes).collect())
        }
        Some(("bytes", given)) => Expected::Gives(words(given).into_iter().map(|byte| byte as u8).collect()),
        Some(("error", code)) => Expected::OwnError(code.parse().unwrap()),
        _ => {
            let named = SystemError::ALL.into_iter().find(|error| error.name() == text);
            Expected::Fails(named.unwrap_or_else(|| panic!("`{text}` is nothing to expect")))
        }
    }
}

fn innocent(stage: &Stage<'_>, n: u64) -> Transaction {
    let (from, to) = (Address::of_account("alice"), stage.address("innocent"));
    Transaction::call(from, 0, to, "bump", n.to_le_bytes().to_vec())
}

/// True for a transaction that shares the block with the attack.
#[must_use]
pub fn is_innocent(tx: &Transaction) -> bool {
    tx.data.entry == "bump"
}

fn unit(disguise: &Compiled) -> usize {
    let mut units = disguise.containers.iter().map(|container| &container.package.manifest().name);
    units.position(|name| name == HOSTILE).expect("no unit `Hostile`")
}

/// The entry that a case's code stands in: `attack`, or that of the composition.
#[must_use]
pub fn entry_name(manifest: &Manifest) -> &str {
    if manifest.entry("attack").is_some() { "attack" } else { HOSTILE }
}

/// The same manifest with all the fuel there is for every call.
fn greedy(manifest: &Manifest) -> Manifest {
    let mut manifest = manifest.clone();
    manifest.entries.iter_mut().for_each(|entry| entry.cost = Cost::fixed(FUEL_MAX));
    manifest
}

/// A module without the names that the text format leaves in it.
fn without_names(bytes: &[u8]) -> Vec<u8> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        // What cannot be read is for the verifier to refuse.
        let Ok(payload) = payload else { return bytes.to_vec() };
        let is_name = matches!(&payload, Payload::CustomSection(section) if section.name() == "name");
        if let Some((id, range)) = payload.as_section().filter(|_| !is_name) {
            module.section(&RawSection { id, data: &bytes[range] });
        }
    }
    module.finish()
}

/// Where the parts of the frames of a package's entries lie.
#[must_use]
pub fn layout_of(package: &Package) -> ModuleLayout {
    ModuleLayout::new(package.manifest(), package.access())
}

/// The name of the section that holds the formulas.
pub const FORMULAS: &str = ACCESS_SECTION;
