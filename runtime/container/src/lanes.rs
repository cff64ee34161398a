//! Lanes: BLAKE3 digests of many short inputs, worked out side by side in about the time of one.
//!
//! This is the one place that uses what blake3 does not document: to digest inputs side by side. A test holds it
//! against the documented way, and the manifest pins the version.

use blake3::IncrementCounter;
use blake3::platform::Platform;

/// Inputs are whole blocks of so many bytes.
pub const BLOCK: usize = blake3::BLOCK_LEN;

/// The most blocks that an input has: a chunk of BLAKE3.
pub const BLOCKS_MAX: usize = blake3::CHUNK_LEN / BLOCK;

/// The most inputs that any processor digests at once.
const LANES: usize = 16;

/// A digest.
pub type Digest = [u8; blake3::OUT_LEN];

/// Digests some inputs of so many bytes each.
type Many = fn(&[u32; 8], &[&[u8]], &mut [u8]);

/// One for each number of blocks.
const MANY: [Many; BLOCKS_MAX] = [
    many::<64>,
    many::<128>,
    many::<192>,
    many::<256>,
    many::<320>,
    many::<384>,
    many::<448>,
    many::<512>,
    many::<576>,
    many::<640>,
    many::<704>,
    many::<768>,
    many::<832>,
    many::<896>,
    many::<960>,
    many::<1024>,
];

/// Digests inputs of so many blocks each, 1 to [`BLOCKS_MAX`], and gives each digest in turn: what
/// [`blake3::keyed_hash`] says of it.
pub fn keyed_hashes<'i>(
    key: &[u8; 32],
    blocks: usize,
    mut inputs: impl Iterator<Item = &'i [u8]>,
    mut give: impl FnMut(Digest),
) {
    let Some(many) = blocks.checked_sub(1).and_then(|number| MANY.get(number)) else { return };
    let mut words = [0; 8];
    for (word, bytes) in words.iter_mut().zip(key.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    loop {
        let (mut lanes, mut count) = ([&[][..]; LANES], 0);
        for (lane, input) in lanes.iter_mut().zip(&mut inputs) {
            *lane = input;
            count += 1;
        }
        let mut digests = [0; blake3::OUT_LEN * LANES];
        many(&words, lanes.get(..count).unwrap_or_default(), &mut digests);
        digests.as_chunks().0.iter().take(count).for_each(|digest| give(*digest));
        if count < LANES {
            return;
        }
    }
}

fn many<const BYTES: usize>(key: &[u32; 8], inputs: &[&[u8]], digests: &mut [u8]) {
    const KEYED: u8 = 1 << 4;
    const CHUNK_START: u8 = 1 << 0;
    const CHUNK_END_AND_ROOT: u8 = 1 << 1 | 1 << 3;
    let mut lanes = [&[0; BYTES]; LANES];
    let whole = inputs.iter().filter_map(|input| input.first_chunk());
    lanes.iter_mut().zip(whole).for_each(|(lane, input)| *lane = input);
    let (lanes, start, end) =
        (lanes.get(..inputs.len()).unwrap_or_default(), CHUNK_START, CHUNK_END_AND_ROOT);
    Platform::detect().hash_many(lanes, key, 0, IncrementCounter::No, KEYED, start, end, digests);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_side_by_side_have_the_digests_that_each_has_alone() {
        let key = b"a key that is thirty-two bytes  ";
        let bytes: Vec<u8> =
            (0..40 * 1024_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for blocks in 1..=BLOCKS_MAX {
            for count in [0, 1, 2, 7, 8, 9, 15, 16, 17, 33, 40] {
                let inputs = || bytes.chunks_exact(blocks * BLOCK).take(count);
                let mut digests = Vec::new();
                keyed_hashes(key, blocks, inputs(), |digest| digests.push(digest));
                let alone: Vec<Digest> =
                    inputs().map(|input| *blake3::keyed_hash(key, input).as_bytes()).collect();
                assert_eq!(digests, alone, "{count} inputs of {blocks} blocks");
            }
        }
    }
}
