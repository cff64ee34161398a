//! Tables: cells sorted by key, with gaps, so that each lies where its key says, or a little behind.
//!
//! Keys are digests, so their share of all numbers tells their place (ordered linear probing, Amble and Knuth, 1974). A
//! cell is one line of the processor's cache, and looking for it is one access to the memory.

use mc_container::address::CellKey;
use mc_container::value::Value;

/// A place of a table; the key of an empty one is zero, which is no digest of anything.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Place {
    key: CellKey,
    value: Value,
}

/// The smallest number of places.
const PLACES_MIN: usize = 16;

/// A cell as bytes: its key, then its value.
pub(crate) type CellBytes = [u8; 64];

/// A cell as bytes.
pub(crate) fn cell_bytes(key: &CellKey, value: &Value) -> CellBytes {
    let mut bytes = [0; _];
    let (front, back) = bytes.split_at_mut(size_of::<CellKey>());
    front.copy_from_slice(&key.0);
    back.copy_from_slice(&value.to_bytes());
    bytes
}

impl Place {
    fn bytes(&self) -> CellBytes {
        cell_bytes(&self.key, &self.value)
    }

    fn is_empty(&self) -> bool {
        self.key.head() == 0 && self.key == CellKey::default()
    }
}

/// The cells whose keys share their first byte.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Sorted. No gap is between the place that a key says and the one where it lies.
    places: Vec<Place>,
    /// How many places keys speak of; those behind are for the last of them.
    span: usize,
    cells: usize,
}

/// The bytes behind the first, as a number that compares as they do.
fn tail(key: &CellKey) -> u64 {
    key.head() << 8
}

impl Table {
    /// The place that a key with this tail says.
    #[inline]
    fn home(&self, tail: u64) -> usize {
        let share = u128::from(tail) * self.span as u128;
        (share >> 64) as usize
    }

    /// The first place from the key's own on that is empty or holds no smaller key.
    #[inline]
    fn find(&self, key: &CellKey) -> usize {
        let home = self.home(tail(key));
        let run = self.places.get(home..).unwrap_or_default();
        home + run.iter().take_while(|place| !place.is_empty() && place.key < *key).count()
    }

    pub(crate) fn get(&self, key: &CellKey) -> Option<Value> {
        self.places.get(self.find(key)).filter(|place| place.key == *key).map(|place| place.value)
    }

    /// Looks at the place of a key, and makes a number of what is there.
    #[inline]
    pub(crate) fn glance(&self, key: &CellKey) -> u8 {
        self.places.get(self.home(tail(key))).map_or(0, |place| place.key.0[0])
    }

    /// The number of cells.
    pub(crate) fn len(&self) -> usize {
        self.cells
    }

    /// The bytes that it takes up.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.places.as_slice())
    }

    /// Every cell, sorted by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CellKey, Value)> + '_ {
        self.places.iter().filter(|place| !place.is_empty()).map(|place| (place.key, place.value))
    }

    /// The places from the one that the first key with this second byte says, up to the one that the first with the
    /// next says, and those behind it.
    fn places_of(&self, second: u8) -> (&[Place], &[Place]) {
        let home = |second: u64| self.home(second << 56);
        let start = home(second.into());
        let end = second.checked_add(1).map_or(self.places.len(), |next| home(next.into()));
        let from = self.places.get(start..).unwrap_or_default();
        from.split_at_checked(end - start).unwrap_or_default()
    }

    /// Appends the cells whose keys have this second byte, sorted.
    pub(crate) fn append_bucket(&self, second: u8, cells: &mut Vec<CellBytes>) {
        let (own, behind) = self.places_of(second);
        let mut next = cells.len();
        cells.resize(next + own.len(), [0; _]);
        for place in own {
            // What does not count is written, too, and then written over: nobody can foresee where the gaps are.
            if let Some(cell) = cells.get_mut(next) {
                *cell = place.bytes();
            }
            next += usize::from(place.key.0[1] == second && !place.is_empty());
        }
        cells.truncate(next);
        let behind = behind.iter().take_while(|place| !place.is_empty() && place.key.0[1] <= second);
        cells.extend(behind.filter(|place| place.key.0[1] == second).map(Place::bytes));
    }

    /// Gives a cell a value, or takes it out.
    pub(crate) fn put(&mut self, key: CellKey, value: Option<Value>) {
        let found = self.find(&key);
        let is_there = self.places.get(found).is_some_and(|place| place.key == key);
        match value {
            None if is_there => self.remove(found),
            None => {}
            Some(value) if is_there => {
                if let Some(place) = self.places.get_mut(found) {
                    place.value = value;
                }
            }
            Some(value) => {
                // At most five of eight places are taken, so that gaps are near.
                if 8 * (self.cells + 1) > 5 * self.span {
                    self.grow();
                }
                self.insert(Place { key, value });
            }
        }
    }

    /// Inserts a cell that is not there; those behind it move on to the next gap.
    fn insert(&mut self, mut moved: Place) {
        let mut number = self.find(&moved.key);
        self.cells += 1;
        while let Some(place) = self.places.get_mut(number) {
            std::mem::swap(place, &mut moved);
            if moved.is_empty() {
                return;
            }
            number += 1;
        }
        self.places.push(moved);
    }

    /// Empties a place; those behind it that are not where their keys say move back.
    fn remove(&mut self, mut number: usize) {
        self.cells -= 1;
        let away = |table: &Self, number: usize| {
            let place = table.places.get(number).filter(|place| !place.is_empty())?;
            (table.home(tail(&place.key)) < number).then_some(*place)
        };
        while let Some(next) = away(self, number + 1) {
            if let Some(place) = self.places.get_mut(number) {
                *place = next;
            }
            number += 1;
        }
        if let Some(place) = self.places.get_mut(number) {
            *place = Place::default();
        }
    }

    fn grow(&mut self) {
        let span = (2 * self.span).max(PLACES_MIN);
        let places = vec![Place::default(); span];
        let old = std::mem::replace(self, Self { places, span, cells: 0 });
        // In order, so that nobody has to move.
        for place in old.places.into_iter().filter(|place| !place.is_empty()) {
            self.insert(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// A key whose tail is one of a few that lie together, or any.
    fn key(number: u64) -> CellKey {
        let mut key = CellKey(*blake3::hash(&(number % 900).to_le_bytes()).as_bytes());
        key.0[0] = 7;
        if number.is_multiple_of(3) {
            key.0[1..8].copy_from_slice(&[if number.is_multiple_of(2) { 255 } else { 4 }; 7]);
        }
        key
    }

    #[test]
    fn a_table_is_a_sorted_map() {
        let (mut table, mut map) = (Table::default(), BTreeMap::new());
        assert_eq!(table.get(&key(1)), None);
        let mut random = 1_u64;
        for step in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (number, rises) = (random >> 40, step / 4_000 % 2 == 0);
            let value = (random >> 33 & 7 > if rises { 2 } else { 5 }).then(|| Value::from_u64(step));
            let key = key(number);
            table.put(key, value);
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
            if step % 97 == 0 {
                assert!(table.iter().eq(map.iter().map(|(key, value)| (*key, *value))), "step {step}");
                assert_eq!(table.len(), map.len());
                for second in 0..=255 {
                    let bucket = map.iter().filter(|(key, _)| key.0[1] == second);
                    let mut cells = vec![[7; 64]];
                    table.append_bucket(second, &mut cells);
                    let all = [[7; 64]].into_iter().chain(bucket.map(|(key, value)| cell_bytes(key, value)));
                    assert!(all.eq(cells), "step {step}");
                }
            }
            assert_eq!(table.get(&key), value);
            let other = self::key(random >> 20 & 1023);
            assert_eq!(table.get(&other), map.get(&other).copied());
        }
    }
}
