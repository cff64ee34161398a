//! Many sequences, guided by what was new, until one breaks something or it is enough.

use super::corpus::Corpus;
use super::finding::Finding;
use super::play::{Played, Step, Table};
use super::signal::Signal;
use crate::random::choices::{Choices, derived};
use crate::random::shrink::shrink;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

/// When it is enough.
#[derive(Clone, Copy, Debug)]
pub struct Enough {
    /// So many sequences.
    pub runs: u64,
    /// So much time, however many sequences that is.
    pub time: Option<Duration>,
}

/// What a campaign came to.
#[derive(Default)]
pub struct Campaign {
    /// How many sequences were played.
    pub sequences: u64,
    /// How many calls they made.
    pub calls: u64,
    /// Everything that they did.
    pub signals: BTreeSet<Signal>,
    /// What they broke.
    pub found: Option<Found>,
}

/// A sequence that breaks something, made small.
pub struct Found {
    /// What.
    pub finding: Finding,
    /// Its steps.
    pub steps: Vec<Step>,
    /// How many calls it made at first.
    pub calls_before: usize,
    /// It takes several calls in one block.
    pub needs_blocks: bool,
}

/// Plays sequences.
///
/// # Errors
/// If what is to be kept cannot be written.
pub fn run(
    table: &Table<'_>,
    corpus: &mut Corpus,
    seed: u64,
    enough: Enough,
    step: &mut dyn FnMut(),
) -> io::Result<Campaign> {
    let started = Instant::now();
    let mut campaign = Campaign::default();
    for entry in corpus.entries().to_vec() {
        if campaign.take(table, corpus, Choices::of(entry))? {
            return Ok(campaign);
        }
    }
    let mut number = 0;
    loop {
        let over = match enough.time {
            Some(time) => started.elapsed() >= time,
            None => number >= enough.runs,
        };
        if over {
            return Ok(campaign);
        }
        let seed = derived(seed, number);
        let mut chance = StdRng::seed_from_u64(seed.rotate_left(17));
        let begun = if chance.random_ratio(1, 2) { corpus.changed(&mut chance) } else { None };
        let choices = Choices::continued(begun.unwrap_or_default(), seed);
        if campaign.take(table, corpus, choices)? {
            return Ok(campaign);
        }
        number += 1;
        step();
    }
}

impl Campaign {
    /// Plays one sequence; true if it breaks something.
    fn take(&mut self, table: &Table<'_>, corpus: &mut Corpus, choices: Choices) -> io::Result<bool> {
        let played = table.play(choices, false);
        self.sequences += 1;
        self.calls += played.calls() as u64;
        let known = self.signals.len();
        self.signals.extend(played.signals.iter().cloned());
        if self.signals.len() > known || played.finding.is_some() {
            corpus.keep(&played.taken.numbers)?;
        }
        self.found = smallest(table, played);
        Ok(self.found.is_some())
    }
}

/// The smallest sequence that breaks the same, with each call in a block of its own if that does it, too.
fn smallest(table: &Table<'_>, played: Played) -> Option<Found> {
    let kind = played.finding.as_ref()?.kind();
    let same = |played: &Played| played.finding.as_ref().is_some_and(|finding| finding.kind() == kind);
    let calls_before = played.calls();
    let alone = table.play(Choices::of(played.taken.numbers.clone()), true);
    let flat = same(&alone);
    let mut best = if flat { alone } else { played };
    shrink(best.taken.clone(), &mut |candidate| {
        let played = table.play(Choices::of(candidate.to_vec()), flat);
        same(&played).then(|| {
            let taken = played.taken.clone();
            best = played;
            taken
        })
    });
    let finding = best.finding?;
    Some(Found { finding, steps: best.steps, calls_before, needs_blocks: !flat })
}
