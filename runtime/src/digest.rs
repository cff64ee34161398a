//! The digest of a state: a tree of fixed shape over the first two bytes of the keys, so that it depends on the cells
//! alone, never on their history, and a block costs as much as it changes.
//!
//! The cells that share both bytes are a bucket. A bucket is digested sixteen cells at a time, and those runs of many
//! buckets side by side; the buckets that share the first byte are a group, and all groups make the root.

use crate::table::{self, CellBytes, Table};
use mc_container::address::CellKey;
use mc_container::lanes::{self, BLOCKS_MAX};
use mc_container::value::Value;

pub use mc_container::lanes::Digest;

/// How many children a node of the tree has: one for each value of a byte.
pub(crate) const FANOUT: usize = 256;

/// What keeps the digests of runs of cells, and of buckets that are more than one run, apart from all others.
const RUN: &[u8; 32] = b"mcc 2026 state bucket: one run  ";
const RUNS: &[u8; 32] = b"mcc 2026 state bucket: many runs";

/// So many cells are written down before they are digested: runs enough for every lane, and few enough to stay near.
const CELLS_TOGETHER: usize = 4_096;

/// Works out the digests of buckets.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    /// The cells of the runs that are not digested yet.
    cells: Vec<CellBytes>,
    /// The cells of one bucket before the batch.
    bucket: Vec<CellBytes>,
    /// The digests of all runs; those that are written down have theirs still to come.
    digests: Vec<Digest>,
    /// By how many cells they have: the numbers of these runs, and where their cells start.
    runs: [Vec<(usize, usize)>; BLOCKS_MAX],
    /// For each bucket, the number of its runs.
    counts: Vec<usize>,
}

impl Buckets {
    /// Adds the bucket of a group under a second byte, with what a batch of writes, sorted by key, makes of it.
    pub(crate) fn add<'c>(
        &mut self,
        (group, second): (&Table, u8),
        writes: impl Iterator<Item = (&'c CellKey, Option<&'c Value>)>,
    ) {
        let (mut start, before) = (self.cells.len(), self.digests.len());
        self.merge((group, second), writes);
        while let Some(length @ 1..) = self.cells.len().checked_sub(start) {
            let length = length.min(BLOCKS_MAX);
            if let Some(runs) = self.runs.get_mut(length - 1) {
                runs.push((self.digests.len(), start));
            }
            self.digests.push(Digest::default());
            start += length;
        }
        self.counts.push(self.digests.len() - before);
        if self.cells.len() >= CELLS_TOGETHER {
            self.digest();
        }
    }

    /// Writes down the cells of a bucket after a batch of writes.
    fn merge<'c>(
        &mut self,
        (group, second): (&Table, u8),
        writes: impl Iterator<Item = (&'c CellKey, Option<&'c Value>)>,
    ) {
        let Self { cells, bucket, .. } = self;
        bucket.clear();
        group.append_bucket(second, bucket);
        let key_of = |cell: &CellBytes| CellKey(cell.first_chunk().copied().unwrap_or_default());
        let mut old = bucket.as_slice();
        for (key, value) in writes {
            let less = old.iter().take_while(|cell| key_of(cell) < *key).count();
            let (less, rest) = old.split_at_checked(less).unwrap_or_default();
            cells.extend_from_slice(less);
            cells.extend(value.map(|value| table::cell_bytes(key, value)));
            old = match rest {
                [same, greater @ ..] if key_of(same) == *key => greater,
                greater => greater,
            };
        }
        cells.extend_from_slice(old);
    }

    /// Digests the runs that are written down: all that have the same number of cells side by side.
    fn digest(&mut self) {
        let Self { cells, digests, runs, .. } = self;
        for (length, runs) in (1..).zip(runs).filter(|(_, runs)| !runs.is_empty()) {
            let cells = |start: usize| cells.get(start..start + length);
            let inputs = runs.iter().filter_map(|(_, start)| Some(cells(*start)?.as_flattened()));
            let mut numbers = runs.iter().map(|(number, _)| *number);
            lanes::keyed_hashes(RUN, length, inputs, |digest| {
                if let Some(place) = numbers.next().and_then(|number| digests.get_mut(number)) {
                    *place = digest;
                }
            });
            runs.clear();
        }
        self.cells.clear();
    }

    /// The digest of each bucket, in the order they were added; `None` where one has no cells.
    pub(crate) fn into_digests(mut self) -> impl Iterator<Item = Option<Digest>> {
        self.digest();
        let Self { digests, counts, .. } = self;
        let mut next = 0;
        counts.into_iter().map(move |count| {
            let runs = digests.get(next..next + count).unwrap_or_default();
            next += count;
            match runs {
                [] => None,
                [run] => Some(*run),
                runs => Some(*blake3::keyed_hash(RUNS, runs.as_flattened()).as_bytes()),
            }
        })
    }
}

/// The digest of a group from those of its buckets; `None` where it has none.
pub(crate) fn of_group(buckets: impl IntoIterator<Item = Option<Digest>>) -> Option<Digest> {
    of_children("mcc 2026 state group", buckets)
}

/// The root from the digests of all groups.
pub(crate) fn of_groups(groups: impl IntoIterator<Item = Option<Digest>>) -> Digest {
    of_children("mcc 2026 state root", groups).unwrap_or_default()
}

fn of_children(context: &str, children: impl IntoIterator<Item = Option<Digest>>) -> Option<Digest> {
    let mut bytes = Vec::with_capacity(FANOUT * (1 + size_of::<Digest>()));
    for (number, digest) in (0_u8..=u8::MAX).zip(children) {
        if let Some(digest) = digest {
            bytes.push(number);
            bytes.extend_from_slice(&digest);
        }
    }
    (!bytes.is_empty()).then(|| blake3::derive_key(context, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_digested_as_if_it_were_alone() {
        let key = |number: u64| {
            let mut key = CellKey(*blake3::hash(&number.to_le_bytes()).as_bytes());
            key.0[..2].copy_from_slice(&[3, 9]);
            key
        };
        let mut random = 7_u64;
        let mut buckets = Buckets::default();
        let mut alone = Vec::new();
        for number in 0..2_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let count = [0, 1, 3, 15, 16, 17, 32, 33, 100][(random >> 33) as usize % 9];
            let mut cells: Vec<(CellKey, Value)> =
                (0..count).map(|cell| (key(1_000 * number + cell), Value::from_u64(cell))).collect();
            cells.sort();
            let blocks: Vec<CellBytes> =
                cells.iter().map(|(key, value)| table::cell_bytes(key, value)).collect();
            let runs: Vec<Digest> = blocks
                .chunks(BLOCKS_MAX)
                .map(|run| *blake3::keyed_hash(RUN, run.as_flattened()).as_bytes())
                .collect();
            alone.push(match runs.as_slice() {
                [] => None,
                [run] => Some(*run),
                runs => Some(*blake3::keyed_hash(RUNS, runs.as_flattened()).as_bytes()),
            });
            // Some were there, others are written, and some of those that were there go away.
            let gone = key(1_000 * number + 999);
            let (mut table, mut writes) = (Table::default(), vec![(gone, None)]);
            table.put(gone, Some(Value::ZERO));
            for (place, (key, value)) in cells.into_iter().enumerate() {
                if place as u64 % 3 == random % 3 {
                    writes.push((key, Some(value)));
                }
                let is_written = writes.last().is_some_and(|(last, _)| *last == key);
                if place % 4 > 0 || !is_written {
                    let before = if is_written { Value::from_u64(77) } else { value };
                    table.put(key, Some(before));
                }
            }
            writes.sort();
            buckets.add((&table, 9), writes.iter().map(|(key, value)| (key, value.as_ref())));
        }
        assert_eq!(buckets.into_digests().collect::<Vec<_>>(), alone);
    }
}
