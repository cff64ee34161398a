//! The index: finds the cells of a shard by their keys, which are digests.
//!
//! An open table of numbers, at most half full; the cells themselves hold the keys.

use crate::hash::DigestState;
use mc_container::address::CellKey;
use std::hash::BuildHasher;

/// The numbers of some cells, by key.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Some bits of a key's hash, and the number plus one of its cell; 0 where there is none.
    places: Vec<(u32, u32)>,
    secret: DigestState,
}

/// What an index finds: something with a key.
pub(crate) trait Keyed {
    /// Its key.
    fn key(&self) -> &CellKey;
}

impl Index {
    /// Starts over, with room for so many cells.
    pub(crate) fn start(&mut self, cells: usize) {
        self.places.clear();
        self.places.resize((2 * cells).next_power_of_two().max(2), (0, 0));
    }

    /// The number of the cell with this key, or the place in the table where it would stand.
    #[inline]
    fn look<T: Keyed>(&self, key: &CellKey, cells: &[T]) -> Result<u32, (usize, u32)> {
        let hash = self.secret.hash_one(key);
        let (tag, mask) = ((hash >> 32) as u32, self.places.len().wrapping_sub(1));
        let mut place = hash as usize & mask;
        while let Some((found, number)) = self.places.get(place) {
            let Some(number) = number.checked_sub(1) else { return Err((place, tag)) };
            if *found == tag && cells.get(number as usize).is_some_and(|cell| cell.key() == key) {
                return Ok(number);
            }
            place = (place + 1) & mask;
        }
        Err((place, tag))
    }

    /// The number of the cell with this key.
    #[inline]
    pub(crate) fn find<T: Keyed>(&self, key: &CellKey, cells: &[T]) -> Option<u32> {
        self.look(key, cells).ok()
    }

    /// The same; the cell is made if there is none. There must be room for it.
    #[inline]
    pub(crate) fn find_or_add<T: Keyed>(
        &mut self,
        key: &CellKey,
        cells: &mut Vec<T>,
        make: impl FnOnce(u32) -> T,
    ) -> u32 {
        self.look(key, cells).unwrap_or_else(|(place, tag)| {
            let number = cells.len() as u32;
            cells.push(make(number));
            if let Some(place) = self.places.get_mut(place) {
                *place = (tag, number + 1);
            }
            number
        })
    }

    /// The bytes that it takes up.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.places.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Keyed for CellKey {
        fn key(&self) -> &CellKey {
            self
        }
    }

    fn key(number: u32) -> CellKey {
        let mut key = CellKey([0; 32]);
        // Many share their first bytes, which are all that is hashed.
        key.0[..4].copy_from_slice(&(number / 3).to_le_bytes());
        key.0[28..].copy_from_slice(&number.to_le_bytes());
        key
    }

    #[test]
    fn every_key_has_one_number() {
        let (mut index, mut cells) = (Index::default(), Vec::new());
        assert_eq!(index.find(&key(0), &cells), None);
        for count in [1, 2, 100, 1000] {
            index.start(count as usize);
            cells.clear();
            for _ in 0..2 {
                for number in 0..count {
                    assert_eq!(index.find_or_add(&key(number), &mut cells, |_| key(number)), number);
                }
            }
            assert!((0..count).all(|number| index.find(&key(number), &cells) == Some(number)));
            assert!((count..2 * count + 9).all(|number| index.find(&key(number), &cells).is_none()));
        }
    }
}
