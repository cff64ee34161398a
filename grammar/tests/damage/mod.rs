//! Damage to texts, the same in every run.

use mc_syntax::lexer::lex;

/// A small generator of the linear congruential kind: the same damage in every run.
pub struct Dice(u64);

impl Dice {
    /// The dice of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// `text` with one token or byte changed, or one of `other` put in.
pub fn damaged(text: &str, other: &str, dice: &mut Dice) -> String {
    let tokens = lex(text).tokens;
    let others = lex(other).tokens;
    if tokens.is_empty() || others.is_empty() {
        return other.to_owned();
    }
    let (start, _, end) = tokens[dice.below(tokens.len())];
    let (from, _, to) = others[dice.below(others.len())];
    let mut text = text.to_owned();
    match dice.below(8) {
        0 => text.replace_range(start..end, ""),
        1 => text.insert_str(start, &other[from..to]),
        2 => text.replace_range(start..end, &other[from..to]),
        3 => text.truncate(start),
        4 => drop(text.drain(..start)),
        5 => text.insert_str(end, ["{", "}", "(", ")", "[", "]", ";", "<", ">"][dice.below(9)]),
        6 => text
            .insert_str(start, ["$", "é", "\u{0}", "\"", "/*", "//", "\u{202e}", "9z", "🦀"][dice.below(9)]),
        _ => {
            let cut = text.ceil_char_boundary(dice.below(text.len()));
            let until = text.ceil_char_boundary((cut + dice.below(40)).min(text.len()));
            text.replace_range(cut..until, "");
        }
    }
    text
}
