//! A market: unique and fungible assets that go through ports from step to step, a generic contract, interfaces, rights
//! and composite values. What it does stands in `market.mc`; its choices, `«this¦or that»`, are random.

use rand::Rng;
use rand::rngs::SmallRng;
use std::collections::BTreeMap;

/// The market, with its choices; those that begin with the same `n#` fall alike.
const TEXT: &str = include_str!("market.mc");
/// Where the app begins, whose lines belong to the app of a program.
const APP: &str = "app Market {\n";

/// The declarations of a market, and the lines of the app that deploys it.
///
/// # Panics
/// If its text has no app.
pub(crate) fn market(rng: &mut SmallRng) -> (String, String) {
    let text = chosen(rng, TEXT);
    let (declared, app) = text.split_once(APP).expect("the text ends with an app");
    (declared.to_owned(), app.trim_end().trim_end_matches('}').to_owned())
}

/// The text with one of each choice.
fn chosen(rng: &mut SmallRng, text: &str) -> String {
    let mut alike: BTreeMap<&str, usize> = BTreeMap::new();
    let mut pieces = text.split('«');
    let mut chosen = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (choice, rest) = piece.split_once('»').expect("a choice ends");
        let ways = choice.split_once('#').map_or(choice, |(_, ways)| ways);
        let ways: Vec<&str> = ways.split('¦').collect();
        let way = match choice.split_once('#') {
            Some((number, _)) => *alike.entry(number).or_insert_with(|| rng.random_range(0..ways.len())),
            None => rng.random_range(0..ways.len()),
        };
        chosen.push_str(ways[way]);
        chosen.push_str(rest);
    }
    chosen
}
