//! The state: every cell whose value is not its variable's default, and a digest of them all. Cloning shares what is
//! equal.

use crate::digest::{self, Buckets, FANOUT};
use crate::table::Table;
use mc_container::address::CellKey;
use mc_container::value::Value;
use std::hint::black_box;
use std::sync::Arc;

pub use crate::digest::Digest;

/// A cell's new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellWrite {
    /// The cell.
    pub key: CellKey,
    /// Its value; `None` where it is the variable's default, which is not stored.
    pub value: Option<Value>,
}

impl CellWrite {
    /// The write that gives a cell this value; one equal to the default is absent from the state.
    pub(crate) fn of(key: CellKey, default: Value, value: Value) -> Self {
        Self { key, value: (value != default).then_some(value) }
    }
}

/// All cells of all containers.
#[derive(Clone, Debug)]
pub struct State {
    groups: Vec<Arc<Group>>,
    root: Digest,
    cells: usize,
}

/// The cells whose keys share their first byte.
#[derive(Clone, Debug, Default)]
struct Group {
    table: Table,
    /// Of those that share their second byte, too, where there are any; empty where there are none at all.
    buckets: Vec<Option<Digest>>,
    digest: Option<Digest>,
}

/// Batches of fewer than two to the power of this are sorted at once.
const SORTED_AT_ONCE: u32 = 6;

/// Sorts a batch by key. Keys are digests, so their heads say nearly where each belongs.
pub(crate) fn sort(writes: &mut Vec<CellWrite>) {
    let heads = || writes.iter().map(|write| write.key.head());
    let least = heads().min().unwrap_or_default();
    let range = heads().max().unwrap_or_default() - least;
    // As many buckets as writes, or some more: the first bits of what heads are beyond the least.
    let bits = writes.len().next_power_of_two().trailing_zeros();
    if bits < SORTED_AT_ONCE || range == 0 {
        return writes.sort_unstable_by_key(|write| write.key);
    }
    let bucket = |head: u64| ((head - least) << range.leading_zeros() >> (u64::BITS - bits)) as usize;
    let mut ends = vec![0_u32; 1 << bits];
    for head in heads() {
        if let Some(count) = ends.get_mut(bucket(head) + 1) {
            *count += 1;
        }
    }
    // Where each bucket starts, and ends once everybody has found a place.
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut sorted = vec![(0, 0); writes.len()];
    for (number, head) in (0_u32..).zip(heads()) {
        let Some(end) = ends.get_mut(bucket(head)) else { continue };
        if let Some(place) = sorted.get_mut(*end as usize) {
            *place = (head, number);
        }
        *end += 1;
    }
    for bucket in sorted.chunk_by_mut(|(a, _), (b, _)| bucket(*a) == bucket(*b)) {
        bucket.sort_unstable();
    }
    let is_clear = sorted.array_windows().all(|[(a, _), (b, _)]| a != b);
    *writes = sorted.iter().filter_map(|(_, number)| writes.get(*number as usize).copied()).collect();
    if !is_clear {
        writes.sort_unstable_by_key(|write| write.key);
    }
}

/// What a batch of writes makes of one group's digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupDigest {
    first: u8,
    buckets: Vec<(u8, Option<Digest>)>,
    digest: Option<Digest>,
}

/// Gives some children of a node other digests, by their bytes.
fn replace(digests: &mut [Option<Digest>], changed: impl Iterator<Item = (u8, Option<Digest>)>) {
    for (child, digest) in changed {
        if let Some(place) = digests.get_mut(usize::from(child)) {
            *place = digest;
        }
    }
}

impl Group {
    /// The digests of the group, which has this number, after some of its buckets have got these.
    fn after(&self, first: u8, buckets: Vec<(u8, Option<Digest>)>) -> GroupDigest {
        let mut digests = [None; FANOUT];
        digests.iter_mut().zip(&self.buckets).for_each(|(digest, bucket)| *digest = *bucket);
        replace(&mut digests, buckets.iter().copied());
        GroupDigest { first, digest: digest::of_group(digests), buckets }
    }
}

impl Default for State {
    fn default() -> Self {
        let empty = Arc::new(Group::default());
        let groups: Vec<Arc<Group>> = (0..FANOUT).map(|_| empty.clone()).collect();
        let root = digest::of_groups(groups.iter().map(|group| group.digest));
        Self { groups, root, cells: 0 }
    }
}

impl State {
    /// The cell's value; `None` where it is the variable's default.
    #[must_use]
    pub fn get(&self, key: &CellKey) -> Option<Value> {
        self.table(key)?.get(key)
    }

    /// About to look for so many cells at a time, it helps to [`State::approach`] them first.
    pub(crate) const TOGETHER: usize = 32;

    /// Looks at where cells lie, one apart from the other, so that the memory of all is on its way at once; whoever
    /// gets one cell after the other waits for each.
    pub(crate) fn approach<'k>(&self, keys: impl Iterator<Item = &'k CellKey>) {
        let glances = keys.filter_map(|key| Some(self.table(key)?.glance(key)));
        black_box(glances.fold(0, |seen, glance| seen ^ glance));
    }

    fn table(&self, key: &CellKey) -> Option<&Table> {
        self.groups.get(usize::from(key.0[0])).map(|group| &group.table)
    }

    /// A digest of all cells.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.root
    }

    /// The number of cells that are stored.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells
    }

    /// The bytes that the cells and their digests take up.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let bytes = |group: &Arc<Group>| group.table.bytes() + size_of_val(group.buckets.as_slice());
        self.groups.iter().map(bytes).sum()
    }

    /// True if every cell has its variable's default.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells == 0
    }

    /// Every stored cell, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (CellKey, Value)> + '_ {
        self.groups.iter().flat_map(|group| group.table.iter())
    }

    /// Takes over a batch of writes, sorted by key, each key once.
    pub fn apply(&mut self, writes: &[CellWrite]) {
        let digests = self.digests_after(writes);
        self.apply_digested(writes, &digests);
    }

    /// What [`State::apply`] of these writes makes of the digests of the groups it changes.
    pub(crate) fn digests_after(&self, writes: &[CellWrite]) -> Vec<GroupDigest> {
        let mut buckets = Buckets::default();
        for run in writes.chunk_by(|a, b| a.key.0[..2] == b.key.0[..2]) {
            if let Some(CellWrite { key, .. }) = run.first()
                && let Some(table) = self.table(key)
            {
                let writes = run.iter().map(|write| (&write.key, write.value.as_ref()));
                buckets.add((table, key.0[1]), writes);
            }
        }
        let mut digests = buckets.into_digests();
        let groups = writes.chunk_by(|a, b| a.key.0[0] == b.key.0[0]).filter_map(|run| {
            let first = run.first()?.key.0[0];
            let seconds = run.chunk_by(|a, b| a.key.0[1] == b.key.0[1]);
            let buckets = seconds.filter_map(|run| Some((run.first()?.key.0[1], digests.next()?)));
            Some(self.groups.get(usize::from(first))?.after(first, buckets.collect()))
        });
        groups.collect()
    }

    /// The root after a batch whose groups have these digests.
    pub(crate) fn root_after(&self, changed: &[GroupDigest]) -> Digest {
        if changed.is_empty() {
            return self.root;
        }
        let mut digests: Vec<Option<Digest>> = self.groups.iter().map(|group| group.digest).collect();
        replace(&mut digests, changed.iter().map(|group| (group.first, group.digest)));
        digest::of_groups(digests)
    }

    /// Takes over a batch whose digests are already known.
    pub(crate) fn apply_digested(&mut self, writes: &[CellWrite], changed: &[GroupDigest]) {
        self.root = self.root_after(changed);
        for write in writes {
            let Some(group) = self.groups.get_mut(usize::from(write.key.0[0])) else { continue };
            let table = &mut Arc::make_mut(group).table;
            let before = table.len();
            table.put(write.key, write.value);
            self.cells = self.cells + table.len() - before;
        }
        for digests in changed {
            let Some(group) = self.groups.get_mut(usize::from(digests.first)) else { continue };
            let group = Arc::make_mut(group);
            group.digest = digests.digest;
            group.buckets.resize(FANOUT, None);
            replace(&mut group.buckets, digests.buckets.iter().copied());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn key(number: u64) -> CellKey {
        CellKey(*blake3::hash(&number.to_le_bytes()).as_bytes())
    }

    fn batch(cells: &[(u64, Option<u64>)]) -> Vec<CellWrite> {
        let mut writes: Vec<CellWrite> = cells
            .iter()
            .map(|(number, value)| CellWrite { key: key(*number), value: value.map(Value::from_u64) })
            .collect();
        writes.sort_by_key(|write| write.key);
        writes
    }

    #[test]
    fn the_root_depends_on_the_cells_and_not_on_their_history() {
        let (mut once, mut twice) = (State::default(), State::default());
        let all: Vec<(u64, Option<u64>)> = (0..2000).map(|n| (n, Some(n + 1))).collect();
        once.apply(&batch(&all));
        twice.apply(&batch(&all[500..]));
        twice.apply(&batch(&[(7, Some(3)), (900, None), (5000, Some(1))]));
        assert_ne!(once.root(), twice.root());
        twice.apply(&batch(&all));
        twice.apply(&batch(&[(5000, None)]));
        assert_eq!(once.root(), twice.root());
        assert_eq!((once.len(), twice.len()), (2000, 2000));
        assert!(once.iter().eq(twice.iter()));
        twice.apply(&batch(&(0..2000).map(|n| (n, None)).collect::<Vec<_>>()));
        assert_eq!(twice.root(), State::default().root());
        assert!(twice.is_empty());
    }

    #[test]
    fn batches_are_sorted_whatever_their_keys_have_in_common() {
        for count in [0, 1, 2, 63, 64, 65, 1_000, 5_000] {
            for (same, step) in [(0, 1), (1, 1), (3, 1), (8, 1), (32, 0), (0, 0)] {
                let mut writes: Vec<CellWrite> = (0..count)
                    .map(|number| {
                        let mut key = key(number);
                        let last = (number * step) as u8 & 3;
                        key.0[..same].fill(7);
                        key.0[..8.min(same)].iter_mut().skip(2).for_each(|byte| *byte = last);
                        CellWrite { key, value: None }
                    })
                    .collect();
                let mut expected = writes.clone();
                expected.sort_by_key(|write| write.key);
                sort(&mut writes);
                assert_eq!(writes, expected, "{count} with {same} bytes in common");
            }
        }
        let ends = |byte| CellWrite { key: CellKey([byte; 32]), value: None };
        let mut ends: Vec<CellWrite> = (0..200).map(|n| ends(if n % 2 == 0 { 255 } else { 0 })).collect();
        sort(&mut ends);
        assert!(ends.is_sorted_by_key(|write| write.key));
    }

    #[test]
    fn clones_do_not_see_each_others_writes() {
        let mut first = State::default();
        first.apply(&batch(&[(1, Some(1)), (2, Some(2))]));
        let before = first.clone();
        first.apply(&batch(&[(1, Some(9)), (2, None)]));
        assert_eq!(before.get(&key(1)), Some(Value::from_u64(1)));
        assert_eq!(before.get(&key(2)), Some(Value::from_u64(2)));
        assert_eq!(first.get(&key(1)), Some(Value::from_u64(9)));
        assert_eq!(first.get(&key(2)), None);
    }
}
