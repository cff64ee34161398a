//! The smallest stream that still does it: shorter is smaller, then number by number.

use super::choices::Drawn;
use std::collections::BTreeSet;
use std::ops::Range;

/// How often something is tried at most.
const TRIES: usize = 2_000;
/// How many neighbours go at once, at most.
const CHUNK: usize = 64;

/// Makes a stream smaller as long as `keeps` takes it: that gives what was really drawn of a candidate which still
/// does what the first one did.
pub fn shrink(first: Drawn, keeps: &mut dyn FnMut(&[u64]) -> Option<Drawn>) -> Vec<u64> {
    let Drawn { numbers, groups } = first;
    let mut shrinker = Shrinker { best: numbers, groups, tries: TRIES, keeps };
    loop {
        let before = shrinker.best.clone();
        shrinker.remove_groups();
        shrinker.remove_chunks();
        shrinker.clear_chunks();
        shrinker.lower_each();
        shrinker.lower_and_raise();
        shrinker.lower_and_remove();
        shrinker.lower_together();
        if shrinker.best == before || shrinker.tries == 0 {
            return shrinker.best;
        }
    }
}

struct Shrinker<'s> {
    best: Vec<u64>,
    groups: Vec<Range<usize>>,
    tries: usize,
    keeps: &'s mut dyn FnMut(&[u64]) -> Option<Drawn>,
}

/// True if a stream is smaller than another.
fn is_smaller(one: &[u64], other: &[u64]) -> bool {
    (one.len(), one) < (other.len(), other)
}

impl Shrinker<'_> {
    /// Takes the candidate if it is smaller and does it; true if so.
    fn attempt(&mut self, candidate: &[u64]) -> bool {
        if self.tries == 0 || !is_smaller(candidate, &self.best) {
            return false;
        }
        self.tries -= 1;
        match (self.keeps)(candidate) {
            Some(drawn) if is_smaller(&drawn.numbers, &self.best) => {
                (self.best, self.groups) = (drawn.numbers, drawn.groups);
                true
            }
            _ => false,
        }
    }

    /// Every run of neighbours, of every length, from the end.
    fn each_chunk(&mut self, change: impl Fn(&[u64], usize, usize) -> Vec<u64>) {
        let mut size = CHUNK.min(self.best.len());
        while size > 0 {
            let mut end = self.best.len();
            while end > 0 {
                let start = end.saturating_sub(size);
                let candidate = change(&self.best, start, end.min(self.best.len()));
                self.attempt(&candidate);
                end = end.min(self.best.len()).saturating_sub(size.min(end.saturating_sub(start)).max(1));
            }
            size /= 2;
        }
    }

    /// Everything that may be left out, from the end.
    fn remove_groups(&mut self) {
        let mut next = self.groups.len();
        while let Some(at) = next.checked_sub(1) {
            next = at;
            let Some(group) = self.groups.get(at).cloned() else { continue };
            let mut candidate = self.best.clone();
            candidate.drain(group.start.min(candidate.len())..group.end.min(candidate.len()));
            self.attempt(&candidate);
        }
    }

    /// All numbers that are equal, as low as they go together.
    fn lower_together(&mut self) {
        let numbers: BTreeSet<u64> = self.best.iter().copied().filter(|number| *number > 0).collect();
        for number in numbers.into_iter().rev() {
            let lower = [0, 1, number / 2, number - 1];
            let all = |to: u64| move |it: &u64| if *it == number { to } else { *it };
            let _ = lower.into_iter().filter(|to| *to < number).any(|to| {
                let candidate: Vec<u64> = self.best.iter().map(all(to)).collect();
                self.attempt(&candidate)
            });
        }
    }

    fn remove_chunks(&mut self) {
        self.each_chunk(|best, start, end| {
            let kept = best.iter().enumerate().filter(|(at, _)| *at < start || *at >= end);
            kept.map(|(_, number)| *number).collect()
        });
    }

    fn clear_chunks(&mut self) {
        self.each_chunk(|best, start, end| {
            let cleared = |(at, number): (usize, &u64)| if at < start || at >= end { *number } else { 0 };
            best.iter().enumerate().map(cleared).collect()
        });
    }

    fn with(&self, at: usize, number: u64) -> Vec<u64> {
        let mut candidate = self.best.clone();
        candidate.iter_mut().skip(at).take(1).for_each(|it| *it = number);
        candidate
    }

    /// Each number as low as it goes: halving what lies between one that does not do and one that does.
    fn lower_each(&mut self) {
        let mut at = 0;
        while let Some(high) = self.best.get(at).copied() {
            let (mut low, mut high) = (0, high);
            if high > 0 && !self.attempt(&self.with(at, 0)) {
                while high - low > 1 {
                    let middle = low + (high - low) / 2;
                    if self.attempt(&self.with(at, middle)) {
                        high = self.best.get(at).copied().unwrap_or_default().min(middle);
                    } else {
                        low = middle;
                    }
                    if high <= low {
                        break;
                    }
                }
            }
            at += 1;
        }
    }

    /// A number one lower with those behind it as great as can be: what is made of several numbers goes down, too.
    fn lower_and_raise(&mut self) {
        for at in 0..self.best.len() {
            let Some(lower) = self.best.get(at).and_then(|number| number.checked_sub(1)) else { continue };
            for raised in 1..=4 {
                let mut candidate = self.with(at, lower);
                candidate.iter_mut().skip(at + 1).take(raised).for_each(|number| *number = u64::MAX);
                if self.attempt(&candidate) {
                    break;
                }
            }
        }
    }

    /// A number one lower with some of those behind it gone: fewer elements of something.
    fn lower_and_remove(&mut self) {
        let mut at = 0;
        while let Some(number) = self.best.get(at).copied() {
            for gone in 1..=8 {
                let Some(lower) = number.checked_sub(1) else { break };
                let mut candidate = self.with(at, lower);
                let start = (at + 1).min(candidate.len());
                candidate.drain(start..(start + gone).min(candidate.len()));
                if self.attempt(&candidate) {
                    break;
                }
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shrink;
    use crate::random::choices::{Choices, Drawn};

    /// A list of numbers below 1,000, each behind a sign that there is one.
    fn list(choices: &mut Choices) -> Vec<u64> {
        let mut list = Vec::new();
        loop {
            let begun = choices.begin();
            if !choices.chance(3, 4) {
                return list;
            }
            list.push(choices.draw(999));
            choices.end(begun);
        }
    }

    fn smallest(fails: impl Fn(&[u64]) -> bool) -> Vec<u64> {
        let found = (0..10_000).map(Choices::of_seed).find_map(|mut choices| {
            let drawn = list(&mut choices);
            fails(&drawn).then(|| choices.taken())
        });
        let shrunk = shrink(found.unwrap_or_else(Drawn::default), &mut |candidate| {
            let mut choices = Choices::of(candidate.to_vec());
            let drawn = list(&mut choices);
            fails(&drawn).then(|| choices.taken())
        });
        list(&mut Choices::of(shrunk))
    }

    #[test]
    fn what_is_left_is_what_it_takes() {
        assert_eq!(smallest(|list| list.iter().any(|it| *it >= 117)), [117]);
        assert_eq!(smallest(|list| list.len() >= 3), [0, 0, 0]);
        assert_eq!(smallest(|list| list.windows(2).any(|pair| pair[0] > pair[1])), [1, 0]);
        // That one less would do if the others were greater, no single step finds.
        assert!(smallest(|list| list.iter().sum::<u64>() > 2_500).len() <= 4);
    }
}
