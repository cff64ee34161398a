//! The stream of numbers that decides everything random.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::ops::Range;

/// The numbers that were drawn from a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// The numbers.
    pub numbers: Vec<u64>,
    /// Which of them belong together.
    pub groups: Vec<Range<usize>>,
}

/// A stream: what is given, then what chance gives, or zeros.
#[derive(Debug)]
pub struct Choices {
    given: Vec<u64>,
    chance: Option<StdRng>,
    taken: Vec<u64>,
    /// Which of them belong together: what may be left out as a whole.
    groups: Vec<Range<usize>>,
}

impl Choices {
    /// Only chance, from a seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        Self::continued(Vec::new(), seed)
    }

    /// A stream that was taken before, or a smaller one; behind its end are zeros.
    #[must_use]
    pub fn of(given: Vec<u64>) -> Self {
        Self { given, chance: None, taken: Vec::new(), groups: Vec::new() }
    }

    /// The beginning of a stream that was taken before, then chance.
    #[must_use]
    pub fn continued(given: Vec<u64>, seed: u64) -> Self {
        let chance = Some(StdRng::seed_from_u64(seed));
        Self { given, chance, taken: Vec::new(), groups: Vec::new() }
    }

    /// Everything that has been drawn.
    #[must_use]
    pub fn taken(&self) -> Drawn {
        Drawn { numbers: self.taken.clone(), groups: self.groups.clone() }
    }

    /// Where something begins that may be left out as a whole.
    #[must_use]
    pub fn begin(&self) -> usize {
        self.taken.len()
    }

    /// It ends here.
    pub fn end(&mut self, begun: usize) {
        self.groups.push(begun..self.taken.len());
    }

    /// The next number, from 0 to `most`.
    pub fn draw(&mut self, most: u64) -> u64 {
        self.draw_with(most, |chance| chance.random_range(0..=most))
    }

    /// The next number, from 0 to `most`; where chance decides, it does so in this way.
    pub fn draw_with(&mut self, most: u64, by_chance: impl FnOnce(&mut StdRng) -> u64) -> u64 {
        let number = match (self.given.get(self.taken.len()), &mut self.chance) {
            (Some(given), _) => *given,
            (None, Some(chance)) => by_chance(chance),
            (None, None) => 0,
        };
        let number = number.min(most);
        self.taken.push(number);
        number
    }

    /// True so often of so many times.
    pub fn chance(&mut self, often: u32, of: u32) -> bool {
        self.draw_with(1, |chance| u64::from(chance.random_ratio(often.min(of), of.max(1)))) == 1
    }

    /// One of several; the first is the simplest.
    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        let last = (of.len() as u64).checked_sub(1)?;
        of.get(usize::try_from(self.draw(last)).ok()?)
    }
}

/// Another seed for each number; that of number 0 is the seed itself.
#[must_use]
pub fn derived(seed: u64, number: u64) -> u64 {
    if number == 0 {
        seed
    } else {
        u64::from(StdRng::seed_from_u64(seed ^ number.rotate_left(32)).random::<u32>())
    }
}

/// The seed that belongs to a name.
#[must_use]
pub fn of_name(name: &str) -> u64 {
    let digest = blake3::hash(name.as_bytes());
    let bytes = digest.as_bytes().first_chunk().copied().unwrap_or_default();
    // Short enough to be typed.
    u64::from(u32::from_le_bytes(bytes))
}
