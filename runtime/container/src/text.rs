//! Texts and byte strings as words: the scalars that `string<N>` and `bytes<N>` are made of.
//!
//! A word is 32 bytes. The first two bytes of a text are its length; whatever is left of the last word is zero.

use crate::ty::{TEXT_LENGTH_BYTES, Type, WORD};
use crate::value::Value;

/// The words of a text of at most `max` bytes; `None` where it is longer.
#[must_use]
pub fn text_words(text: &str, max: u32) -> Option<Vec<Value>> {
    let length = u16::try_from(text.len()).ok().filter(|length| u32::from(*length) <= max)?;
    let bytes: Vec<u8> = length.to_le_bytes().into_iter().chain(text.bytes()).collect();
    Some(words(&bytes, Type::String(max).words()))
}

/// The words of `bytes<N>`; `None` where it is not this long.
#[must_use]
pub fn byte_words(bytes: &[u8], length: u32) -> Option<Vec<Value>> {
    (bytes.len() == length as usize).then(|| words(bytes, Type::Bytes(length).words()))
}

/// The text that these words are, if it is one of at most `max` bytes; what lies behind it does not count.
#[must_use]
pub fn text_of(words: &[Value], max: u32) -> Option<String> {
    let bytes = bytes_of(words);
    let (length, rest) = bytes.split_first_chunk::<{ TEXT_LENGTH_BYTES as usize }>()?;
    let length = u16::from_le_bytes(*length);
    let text = rest.get(..usize::from(length)).filter(|_| u32::from(length) <= max)?;
    String::from_utf8(text.to_vec()).ok()
}

/// All bytes of these words, the unused ones too.
#[must_use]
pub fn bytes_of(words: &[Value]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_bytes()).collect()
}

fn words(bytes: &[u8], count: u32) -> Vec<Value> {
    let mut words: Vec<Value> = bytes.chunks(WORD as usize).map(Value::from_bytes).collect();
    words.resize(count as usize, Value::ZERO);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_into_words_to_the_last_byte() {
        for (length, count) in [(0, 1), (1, 1), (30, 1), (31, 2), (62, 2), (63, 3)] {
            let text = "x".repeat(length);
            let words = text_words(&text, length as u32);
            assert_eq!(words.as_ref().map(Vec::len), Some(count), "{length}");
            assert_eq!(text_of(&words.unwrap_or_default(), length as u32), Some(text), "{length}");
            assert_eq!(text_words(&"x".repeat(length + 1), length as u32), None);
        }
    }

    #[test]
    fn byte_strings_have_one_length() {
        assert_eq!(byte_words(&[1; 33], 33).map(|words| words.len()), Some(2));
        assert_eq!(byte_words(&[1; 32], 33), None);
        assert_eq!(byte_words(&[], 0), Some(Vec::new()));
    }
}
