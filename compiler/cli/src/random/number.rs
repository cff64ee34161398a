//! Random numbers: mostly small ones and those at the ends of their range.

use super::choices::Choices;
use ethnum::{I256, U256};
use mc_container::value::{Scalar, Value};
use rand::Rng;
use rand::rngs::StdRng;

/// The numbers from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub low: I256,
    /// The greatest.
    pub high: I256,
}

impl Range {
    /// All numbers of a type; of a `u256` the lower half.
    #[must_use]
    pub fn of(ty: Scalar) -> Self {
        let (low, high) = if ty == Scalar::U256 { (I256::ZERO, I256::MAX) } else { ty.range() };
        Self { low, high }
    }

    /// The simplest of them: zero, or what is next to it.
    fn simplest(self) -> I256 {
        I256::ZERO.clamp(self.low, self.high.max(self.low))
    }

    /// A random one; nothing where there are none.
    pub fn draw(self, choices: &mut Choices) -> Option<I256> {
        if self.low > self.high {
            return None;
        }
        let simplest = self.simplest();
        let distance = |to: I256| to.wrapping_sub(simplest).unsigned_abs();
        let (up, down) = (distance(self.high), distance(self.low));
        let is_below = match (up == U256::ZERO, down == U256::ZERO) {
            (_, true) => false,
            (true, false) => true,
            (false, false) => choices.chance(1, 2),
        };
        let offset = below(choices, if is_below { down } else { up }).as_i256();
        Some(if is_below { simplest.wrapping_sub(offset) } else { simplest.wrapping_add(offset) })
    }

    /// A random one as a value of a type.
    pub fn value(self, ty: Scalar, choices: &mut Choices) -> Option<Value> {
        Value::from_number(self.draw(choices)?, ty)
    }
}

/// How many bits a number has.
fn bits(number: U256) -> u64 {
    u64::from(256 - number.leading_zeros())
}

/// A number from 0 to `most`: how many bits it has, then its limbs from the highest. So fewer bits are simpler.
fn below(choices: &mut Choices, most: U256) -> U256 {
    let count = bits(most).div_ceil(64);
    let mut wanted = None;
    let length = choices.draw_with(bits(most), |chance| {
        let number = by_chance(chance, most);
        wanted = Some(number);
        bits(number)
    });
    let mask = if length == 0 { U256::ZERO } else { U256::MAX >> (256 - length as u32) };
    let mut number = U256::ZERO;
    for at in (0..count).rev() {
        let shift = u32::try_from(64 * at).unwrap_or(0);
        let limb = |of: U256| ((of >> shift) & U256::from(u64::MAX)).as_u64();
        let drawn = choices.draw_with(limb(mask), |chance| match wanted {
            Some(wanted) => limb(wanted),
            None => chance.random(),
        });
        number |= U256::from(drawn) << shift;
    }
    number.min(most)
}

fn by_chance(chance: &mut StdRng, most: U256) -> U256 {
    let uniform = |chance: &mut StdRng| {
        let number = U256::from_words(chance.random(), chance.random());
        if most == U256::MAX { number } else { number % (most + U256::ONE) }
    };
    match chance.random_range(0..16_u8) {
        0 => U256::ZERO,
        1 => U256::ONE.min(most),
        2 => most,
        3 => most.saturating_sub(U256::ONE),
        4..=6 => U256::from(chance.random_range(0..=16_u64)).min(most),
        7..=9 => U256::from(chance.random_range(0..=1_000_u64)).min(most),
        10..=13 => {
            let length = chance.random_range(0..=bits(most));
            if length == 0 { U256::ZERO } else { (uniform(chance) >> (bits(most) - length) as u32).min(most) }
        }
        14 => {
            let power = U256::ONE << chance.random_range(0..bits(most).max(1)) as u32;
            (power - U256::from(chance.random_range(0..=1_u64))).min(most)
        }
        _ => uniform(chance),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::Range;
    use crate::random::choices::Choices;
    use crate::random::shrink::shrink;
    use ethnum::I256;
    use mc_container::value::Scalar;

    #[test]
    fn numbers_stay_in_their_range_and_meet_its_ends() {
        for ty in Scalar::ALL.into_iter().filter(|ty| ty.is_number()) {
            let range = Range::of(ty);
            let drawn: Vec<I256> =
                (0..2_000).map(|seed| range.draw(&mut Choices::of_seed(seed)).unwrap()).collect();
            assert!(drawn.iter().all(|it| (range.low..=range.high).contains(it)), "{ty}");
            assert!(drawn.contains(&range.low) && drawn.contains(&range.high), "{ty}");
        }
        assert_eq!(Range { low: I256::ONE, high: I256::ZERO }.draw(&mut Choices::of_seed(1)), None);
    }

    #[test]
    fn the_smallest_number_that_does_it_is_found() {
        for (ty, border) in [(Scalar::U128, 1_000_007_i128), (Scalar::I64, -77), (Scalar::U8, 200)] {
            let fails = |number: I256| if border < 0 { number <= border } else { number >= border };
            let draw = |choices: &mut Choices| Range::of(ty).draw(choices).unwrap();
            let found = (0..)
                .map(Choices::of_seed)
                .find_map(|mut choices| fails(draw(&mut choices)).then(|| choices.taken()));
            let least = shrink(found.unwrap(), &mut |candidate| {
                let mut choices = Choices::of(candidate.to_vec());
                fails(draw(&mut choices)).then(|| choices.taken())
            });
            assert_eq!(draw(&mut Choices::of(least)), I256::from(border));
        }
    }
}
