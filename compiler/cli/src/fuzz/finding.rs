//! What a sequence of calls may break.

use super::target::Target;
use crate::testbed::{FUNDS, Testbed, actors};
use ethnum::I256;
use mc_compiler::interpret::failure::{Breach, Law};
use mc_compiler::interpret::world::Refusal;
use mc_compiler::tree::{AssetSource, COIN};
use mc_container::error::SystemError;
use mc_container::manifest::Holding;
use mc_container::value::{Scalar, Value};
use std::collections::BTreeMap;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A law of a contract does not hold.
    Breach(Box<Breach>),
    /// The cells of an asset do not hold what there is of it.
    Lost {
        /// The asset.
        asset: String,
        /// What its cells hold.
        held: String,
        /// How much there is.
        supply: String,
    },
    /// A container left the rules that it runs under.
    Left(SystemError),
    /// In parallel it comes to something else than one after the other.
    Schedule,
    /// It cannot go on.
    Unable(String),
}

impl Finding {
    /// What it is about: two findings of one kind are one.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::Breach(breach) => match &breach.law {
                Law::Invariant(name) => format!("{}.{name}", breach.container),
                Law::Ensures(entry) => format!("{}.{entry} ensures", breach.container),
            },
            Self::Lost { asset, .. } => format!("conservation of {asset}"),
            Self::Left(error) => error.name().to_owned(),
            Self::Schedule => "schedule".to_owned(),
            Self::Unable(why) => why.clone(),
        }
    }

    /// The finding in one sentence.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Breach(_) => self.kind(),
            Self::Lost { asset, held, supply } => {
                format!("the cells of {asset} hold {held}, and there is {supply} of it")
            }
            Self::Left(error) => format!("a call ends with `{}`", error.name()),
            Self::Schedule => "a block ends differently in parallel and in series".to_owned(),
            Self::Unable(why) => why.clone(),
        }
    }
}

impl From<Refusal> for Finding {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Broken(breach) => Self::Breach(breach),
            Refusal::Unable(why) => Self::Unable(why),
            Refusal::Failed { code, .. } => Self::Unable(format!("code {code}")),
        }
    }
}

/// A failure that no contract may bring about; fuel may run out.
#[must_use]
pub fn left_the_rules(code: u8) -> Option<Finding> {
    let error = SystemError::by_code(code)?;
    let tolerated = matches!(error, SystemError::OutOfFuel | SystemError::TooManyEvents);
    (error.is_containment() && !tolerated).then_some(Finding::Left(error))
}

/// An asset whose cells do not hold what there is of it.
#[must_use]
pub fn lost(target: &Target<'_>, testbed: &Testbed<'_>) -> Option<Finding> {
    let machine = testbed.machine();
    let mut held: BTreeMap<AssetName, I256> = BTreeMap::new();
    let mut supply: BTreeMap<AssetName, I256> = BTreeMap::new();
    let all = I256::from(FUNDS) * I256::from(actors().len() as u64);
    supply.insert(AssetName::coin(), all);
    for (cell, value) in machine.state() {
        let instance = (0..)
            .zip(&target.deployments)
            .find(|(number, _)| testbed.instance(*number) == Ok(cell.container));
        let holding = machine.variable(cell).map_or(Holding::Coin, |variable| variable.holding.clone());
        let number = instance.as_ref().map_or(0, |(number, _)| *number);
        match holding {
            Holding::Nothing => {}
            Holding::Coin => add(&mut held, AssetName::coin(), *value),
            Holding::Amount(asset) => add(&mut held, named(target, number, &asset), *value),
            Holding::Unique(asset) => add(&mut held, named(target, number, &asset), *value),
            Holding::Supply(asset) => add(&mut supply, named(target, number, &asset), *value),
        }
    }
    let names: Vec<AssetName> = held.keys().chain(supply.keys()).cloned().collect();
    let of = |from: &BTreeMap<AssetName, I256>, name: &AssetName| from.get(name).copied().unwrap_or_default();
    let name = names.into_iter().find(|name| of(&held, name) != of(&supply, name))?;
    let (held, supply) = (of(&held, &name).to_string(), of(&supply, &name).to_string());
    Some(Finding::Lost { asset: name.0, held, supply })
}

/// An asset by the deployment it is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct AssetName(String);

impl AssetName {
    fn coin() -> Self {
        Self(COIN.to_owned())
    }
}

fn add(to: &mut BTreeMap<AssetName, I256>, name: AssetName, value: Value) {
    let sum = to.entry(name).or_default();
    *sum = sum.saturating_add(value.number(Scalar::U128));
}

/// What a deployment calls by this name.
fn named(target: &Target<'_>, instance: u32, asset: &str) -> AssetName {
    let Some(placed) = target.deployments.get(instance as usize) else { return AssetName(asset.to_owned()) };
    let generic = placed.unit.generics.iter().position(|generic| generic == asset);
    match generic.and_then(|at| placed.generics.get(at)) {
        Some(AssetSource::Coin) => AssetName::coin(),
        Some(AssetSource::Of(at, asset)) => named(target, *at, asset),
        None if asset == COIN => AssetName::coin(),
        None => AssetName(format!("{}.{asset}", placed.name)),
    }
}
