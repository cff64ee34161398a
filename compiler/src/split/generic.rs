//! What the generic parameters of a contract stand for, in the app that deploys it.
//!
//! Pieces stay generic. A composition names the assets that it works with, so it takes those of the app.

use crate::tree::{App, AssetSource, COIN, Deployment, Program, Unit};
use mc_syntax::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The assets of a deployment, and what has to be deployed beside it.
#[derive(Default)]
pub(super) struct Bound<'p> {
    /// For each parameter, its asset as a composition writes it: `coin` or `gold.Unit`.
    pub(super) assets: BTreeMap<String, String>,
    /// The deployments that these assets are of and that those rest on, in order: name, contract, `deploy` as written.
    pub(super) beside: Vec<(&'p str, &'p Unit, Span)>,
}

impl<'p> Bound<'p> {
    /// What the parameters stand for in the first app that deploys the contract; `None` where no app does.
    pub(super) fn of(program: &'p Program, unit: &Unit, params: &[String]) -> Option<Self> {
        if params.is_empty() {
            return Some(Self::default());
        }
        let is_own = |it: &&Deployment| program.unit(it.unit).is_some_and(|it| it.span == unit.span);
        let (app, own) =
            program.apps.iter().find_map(|app| Some((app, app.deployments.iter().find(is_own)?)))?;
        let mut needed = BTreeSet::new();
        let mut assets = BTreeMap::new();
        for (param, source) in params.iter().zip(&own.generics) {
            let asset = match source {
                AssetSource::Coin => COIN.to_owned(),
                AssetSource::Of(number, asset) => {
                    need(app, *number, &mut needed);
                    format!("{}.{asset}", app.deployments.get(*number as usize)?.name)
                }
            };
            assets.insert(param.clone(), asset);
        }
        let beside = needed.into_iter().map(|number| {
            let deployment = app.deployments.get(number as usize)?;
            Some((deployment.name.as_str(), program.unit(deployment.unit)?, deployment.span))
        });
        Some(Self { assets, beside: beside.collect::<Option<_>>()? })
    }

    /// True for a parameter that stands for the native asset.
    pub(super) fn is_coin(&self, param: &str) -> bool {
        self.assets.get(param).is_some_and(|asset| asset == COIN)
    }
}

/// A deployment of an app, and those that it rests on.
fn need(app: &App, number: u32, needed: &mut BTreeSet<u32>) {
    let Some(deployment) = app.deployments.get(number as usize).filter(|_| needed.insert(number)) else {
        return;
    };
    for source in &deployment.generics {
        if let AssetSource::Of(number, _) = source {
            need(app, *number, needed);
        }
    }
    deployment.slots.iter().for_each(|slot| need(app, *slot, needed));
}

/// The words of a text, and what stands between them, in order.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|it| is_word(it) != is_word(first)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// True if a text has this word in it.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    words(text).any(|it| it == word)
}

/// A text with other words in the place of some.
pub(super) fn renamed(text: &str, names: &BTreeMap<String, String>) -> String {
    words(text).map(|word| names.get(word).map_or(word, String::as_str)).collect()
}
