//! Turns: linking drops loops that do not change the cell, so one turn of a linked access may stand for many of the
//! step's own.

/// Which turns of a step's own access one turn of the linked one stands for.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// For each loop that is left, its stride among those that are left, its turns, and its stride among all.
    kept: Vec<(u32, u32, u32)>,
    /// What the turns of the loops that are gone add.
    offsets: Vec<u32>,
}

impl Turns {
    /// All loops by their greatest number of turns, and which of them are left.
    pub(super) fn new(all: &[u32], left: &[usize]) -> Self {
        let (mut kept, mut offsets) = (Vec::new(), vec![0]);
        let (mut stride, mut stride_left) = (1_u32, 1_u32);
        for (number, turns) in all.iter().enumerate().rev() {
            if left.contains(&number) {
                kept.push((stride_left, *turns, stride));
                stride_left = stride_left.saturating_mul(*turns);
            } else {
                let moved = |offset: u32| {
                    (0..*turns).map(move |turn| turn.saturating_mul(stride).saturating_add(offset))
                };
                offsets = offsets.into_iter().flat_map(moved).collect();
            }
            stride = stride.saturating_mul(*turns);
        }
        Self { kept, offsets }
    }

    /// True where every turn stands for itself, because no loop is gone.
    #[inline]
    pub(crate) fn is_same(&self) -> bool {
        self.offsets.len() == 1
    }

    /// The first of the turns that `turn` stands for; the others are so much further.
    #[inline]
    pub(crate) fn first(&self, turn: u32) -> u32 {
        if self.is_same() { turn } else { self.first_of_many(turn) }
    }

    fn first_of_many(&self, turn: u32) -> u32 {
        let place = |(left, turns, stride): &(u32, u32, u32)| {
            let index = turn.checked_div(*left).and_then(|index| index.checked_rem(*turns));
            index.unwrap_or(0).saturating_mul(*stride)
        };
        self.kept.iter().map(place).fold(0, u32::saturating_add)
    }

    /// How much further than the first each of the turns is that one stands for.
    pub(crate) fn offsets(&self) -> &[u32] {
        &self.offsets
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    fn turns(all: &[u32], left: &[usize], turn: u32) -> Vec<u32> {
        let turns = Turns::new(all, left);
        let first = turns.first(turn);
        let mut turns: Vec<u32> = turns.offsets().iter().map(|offset| first + offset).collect();
        turns.sort_unstable();
        turns
    }

    #[test]
    fn a_turn_stands_for_all_turns_of_the_loops_that_are_gone() {
        assert_eq!(turns(&[], &[], 0), [0]);
        assert_eq!(turns(&[3, 4], &[0, 1], 7), [7]);
        assert_eq!(turns(&[3, 4], &[0], 2), [8, 9, 10, 11]);
        assert_eq!(turns(&[3, 4], &[1], 2), [2, 6, 10]);
        assert_eq!(turns(&[2, 3, 2], &[0, 2], 3), [7, 9, 11]);
        assert_eq!(turns(&[2, 2], &[], 0), [0, 1, 2, 3]);
    }
}
