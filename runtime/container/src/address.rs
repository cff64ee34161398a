//! Addresses and the keys of state cells, all derived with BLAKE3 under a context of their own.

use crate::lanes;
use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};
use std::cmp::Ordering;
use std::fmt;

/// The name of the system's ledger of the native asset, and of the variable through which a container pays.
pub const COIN_VARIABLE: &str = "coin.balances";

/// The address of an account or a container (paper, section III.D: 20 bytes).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Address(pub [u8; 20]);

impl Address {
    /// The address of a named development account, the same everywhere.
    #[must_use]
    pub fn of_account(name: &str) -> Self {
        Self::derive("mcc 2026 development account", &[name.as_bytes()])
    }

    /// The address of the account that an Ed25519 key belongs to.
    #[must_use]
    pub fn of_key(key: [u8; 32]) -> Self {
        Self::derive("mcc 2026 account key", &[&key])
    }

    /// The address of the `ordinal`-th container that `deployer`'s deployment `nonce` creates on `chain`.
    #[must_use]
    pub fn of_container(chain: &str, deployer: Self, nonce: u32, ordinal: u32) -> Self {
        let parts: [&[u8]; 4] = [&deployer.0, &nonce.to_le_bytes(), &ordinal.to_le_bytes(), chain.as_bytes()];
        Self::derive("mcc 2026 container address", &parts)
    }

    /// The address of a container that the system itself provides.
    #[must_use]
    pub fn of_system(name: &str) -> Self {
        Self::derive("mcc 2026 system container", &[name.as_bytes()])
    }

    fn derive(context: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        for part in parts {
            hasher.update(part);
        }
        let mut address = [0; 20];
        hasher.finalize_xof().fill(&mut address);
        Self(address)
    }

    /// The address as a scalar.
    #[must_use]
    pub fn value(self) -> Value {
        Value::from_bytes(&self.0)
    }

    /// The address a scalar of that type stands for.
    #[must_use]
    pub fn from_value(value: Value) -> Self {
        let bytes = value.to_bytes();
        let mut address = [0; 20];
        for (to, from) in address.iter_mut().zip(bytes) {
            *to = from;
        }
        Self(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value().show(Scalar::Address))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The key of a cell in the state, or of the lock that covers every cell below a prefix of its keys.
///
/// Two cells have one key exactly if they are the same variable of the same container under equal keys.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct CellKey(pub [u8; 32]);

impl Ord for CellKey {
    /// By bytes. The heads of digests nearly always decide.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.head().cmp(&other.head()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for CellKey {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl CellKey {
    /// Its first bytes, as a number that compares as they do.
    #[inline]
    #[must_use]
    pub fn head(&self) -> u64 {
        self.0.first_chunk().map_or(0, |head| u64::from_be_bytes(*head))
    }
}

impl fmt::Debug for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Value::from_bytes(&self.0).show(Scalar::Hash))
    }
}

/// Where the cells of one variable of one container live: the part of a [`CellKey`] that its keys do not
/// change. Cells are keyed by name, so that a variable keeps its cells when its place in the source moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableRoot([u8; 32]);

impl VariableRoot {
    /// The root of variable `name` of the container at `container`.
    #[must_use]
    pub fn new(container: Address, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("mcc 2026 state variable");
        hasher.update(&container.0);
        hasher.update(name.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// The root of the native asset's ledger: the same for every container that pays.
    #[must_use]
    pub fn of_coin() -> Self {
        Self::new(Address::of_system("coin"), "balances")
    }

    /// The cell (or, with fewer keys than the variable has, the lock) under the encoded `keys`.
    #[must_use]
    pub fn cell(self, keys: &[u8]) -> CellKey {
        let digest = match self.block(keys) {
            Some(block) => blake3::keyed_hash(SHORT, &block),
            None => blake3::Hasher::new_keyed(LONG).update(&self.0).update(keys).finalize(),
        };
        CellKey(*digest.as_bytes())
    }

    #[inline]
    fn words(&self) -> [[u8; WORD]; WORDS / 2] {
        self.0.as_chunks().0.first_chunk().copied().unwrap_or_default()
    }

    /// What the key of a cell under short keys is a digest of: one block that ends with their length.
    fn block(self, keys: &[u8]) -> Option<[u8; blake3::BLOCK_LEN]> {
        let mut block = [0; blake3::BLOCK_LEN];
        let (root, rest) = block.split_first_chunk_mut::<32>()?;
        let (length, places) = rest.split_last_mut()?;
        *root = self.0;
        places.get_mut(..keys.len())?.copy_from_slice(keys);
        *length = keys.len() as u8;
        Some(block)
    }
}

/// The bytes of a word, and the words of a block.
const WORD: usize = 8;
const WORDS: usize = blake3::BLOCK_LEN / WORD;

/// A block, a word after the other.
type Block = [[u8; WORD]; WORDS];

/// The encoded keys of a cell, one after the other. What fits a block stays in words, so that nobody writes bytes and
/// waits to read them as words.
#[derive(Clone, Debug, Default)]
pub struct EncodedKeys {
    words: [u64; 4],
    length: usize,
    /// All of them, once they do not fit.
    long: Vec<u8>,
}

impl EncodedKeys {
    /// Forgets all keys.
    #[inline]
    pub fn clear(&mut self) {
        (self.words, self.length) = ([0; 4], 0);
        self.long.clear();
    }

    /// Appends a key of type `ty`.
    #[inline]
    pub fn push(&mut self, ty: Scalar, key: Value) {
        let start = self.length;
        self.length += ty.width();
        if self.is_short() {
            self.place(start, key.canonical(ty));
            return;
        }
        if self.long.is_empty() {
            let words = self.words.map(u64::to_le_bytes);
            self.long.extend_from_slice(words.as_flattened().get(..start).unwrap_or_default());
        }
        key.encode(ty, &mut self.long);
    }

    /// True if they fit a block with their root and their length.
    #[inline]
    fn is_short(&self) -> bool {
        self.length < WORDS / 2 * WORD
    }

    #[inline]
    fn place(&mut self, start: usize, key: Value) {
        if start == 0 {
            self.words = key.0;
            return;
        }
        let (first, shift) = (start / WORD, start % WORD * 8);
        for (limb, place) in key.0.into_iter().zip(first..) {
            if let Some(word) = self.words.get_mut(place) {
                *word |= limb << shift;
            }
            if let Some(word) = self.words.get_mut(place + 1).filter(|_| shift > 0) {
                *word |= limb >> (64 - shift);
            }
        }
    }

    /// Starts over with one key.
    #[inline]
    pub fn only(&mut self, ty: Scalar, key: Value) {
        self.long.clear();
        (self.words, self.length) = (key.canonical(ty).0, ty.width());
        if !self.is_short() {
            key.encode(ty, &mut self.long);
        }
    }

    /// The block of keys that fit.
    #[inline]
    fn block(&self, root: VariableRoot) -> Block {
        let ([a, b, c, d], [e, f, g, h]) = (root.words(), self.words.map(u64::to_le_bytes));
        let mut block = [a, b, c, d, e, f, g, h];
        let [.., [.., length]] = &mut block;
        *length = self.length as u8;
        block
    }
}

/// What keeps the digests of short keys apart from those of long ones, and both from all others.
const SHORT: &[u8; 32] = b"mcc 2026 cell key: one block    ";
const LONG: &[u8; 32] = b"mcc 2026 cell key: any length   ";

/// The key of no cell.
const NONE: CellKey = CellKey([0; 32]);

/// The keys of many cells, worked out together: the processor digests several blocks in about the time of one.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    keys: Vec<CellKey>,
    /// What is still to be digested, in order.
    blocks: Vec<Block>,
    /// The numbers of those among them that are only there for the order, and their keys.
    long: Vec<(usize, CellKey)>,
}

impl Keys {
    /// Forgets all keys but keeps the memory.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.blocks.clear();
        self.long.clear();
    }

    /// Adds the key of [`VariableRoot::cell`] and gives its number.
    #[inline]
    pub fn add(&mut self, root: VariableRoot, keys: &EncodedKeys) -> u32 {
        let number = self.keys.len() + self.blocks.len();
        if !keys.is_short() {
            self.long.push((number, root.cell(&keys.long)));
        }
        self.blocks.push(keys.block(root));
        number as u32
    }

    /// Works out the keys that were added.
    pub fn finish(&mut self) {
        let Self { keys, blocks, long } = self;
        keys.reserve(blocks.len());
        let inputs = blocks.iter().map(|block| block.as_flattened());
        lanes::keyed_hashes(SHORT, 1, inputs, |digest| keys.push(CellKey(digest)));
        for (number, key) in long.drain(..) {
            if let Some(place) = keys.get_mut(number) {
                *place = key;
            }
        }
        blocks.clear();
    }

    /// The key with this number, once it is worked out.
    #[inline]
    #[must_use]
    pub fn get(&self, number: u32) -> &CellKey {
        self.keys.get(number as usize).unwrap_or(&NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_together_and_one_after_the_other() {
        let roots = ["a", "b"].map(|name| VariableRoot::new(Address([7; 20]), name));
        let mut keys = Keys::default();
        // Keys of every type, alone and behind others.
        let own = |n: usize| {
            let types = Scalar::ALL.into_iter().cycle().skip(n).step_by(1 + n / 7 % 5).take(n % 6);
            let key = |ty: Scalar| (ty, Value([!0 - n as u64, n as u64, !0, 1 << 40]).canonical(ty));
            types.map(key).collect::<Vec<_>>()
        };
        for count in [0, 1, 2, 5, 8, 16, 17, 40, 400] {
            let cells = || (0..count).zip(roots.iter().cycle()).map(|(n, root)| (*root, own(n)));
            keys.clear();
            let mut encoded = EncodedKeys::default();
            let numbers: Vec<u32> = cells()
                .map(|(root, own)| {
                    if let [(ty, key)] = own.as_slice() {
                        encoded.only(*ty, *key);
                    } else {
                        encoded.clear();
                        own.iter().for_each(|(ty, key)| encoded.push(*ty, *key));
                    }
                    keys.add(root, &encoded)
                })
                .collect();
            keys.finish();
            for (number, (root, own)) in numbers.into_iter().zip(cells()) {
                let mut bytes = Vec::new();
                own.iter().for_each(|(ty, key)| key.encode(*ty, &mut bytes));
                assert_eq!(*keys.get(number), root.cell(&bytes), "{count} keys, {own:?}");
            }
        }
    }

    #[test]
    fn keys_of_different_lengths_are_different() {
        let root = VariableRoot::new(Address([7; 20]), "a");
        let zeros = [0; 80];
        let mut keys: Vec<CellKey> = (0..=80).map(|length| root.cell(&zeros[..length])).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 81);
    }
}
