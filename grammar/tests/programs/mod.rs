//! Random programs: every production of the grammar, written with random blanks and comments.

mod expr;
mod item;
mod stmt;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

const NAMES: &[&str] = &[
    "a",
    "b",
    "to",
    "from",
    "max",
    "days",
    "version",
    "unique",
    "indexed",
    "x1",
    "_y",
    "balances",
    "Token",
    "a_name_that_takes_much_room_on_its_line",
    "amount",
    "sku",
];
const COMMENTS: &[&str] = &[
    "// a",
    "// a longer comment, with words in it  ",
    "/// of a doc",
    "///",
    "//// four",
    "/* b */",
    "/**/",
    "/* two\n   lines */",
    "/** **/",
    "//",
];

/// Builds a program, token after token.
pub struct Programs {
    dice: SmallRng,
    tokens: Vec<String>,
    /// How much deeper the program may become.
    room: usize,
}

/// A program with more tokens grows only where it must.
const TOKENS: usize = 150;

/// The program of a seed.
pub fn program(seed: u64) -> String {
    let dice = SmallRng::seed_from_u64(seed);
    let mut programs = Programs { dice, tokens: Vec::new(), room: 0 };
    programs.room = 1 + programs.below(6);
    programs.file();
    let Programs { mut dice, tokens, .. } = programs;
    write(&tokens, &mut dice)
}

impl Programs {
    fn chance(&mut self, percent: u32) -> bool {
        self.dice.random_ratio(percent, 100)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.dice.random_range(0..limit)
    }

    /// Words, with blanks between them in `text`.
    fn put(&mut self, text: &str) {
        self.tokens.extend(text.split_whitespace().map(ToOwned::to_owned));
    }

    fn literal(&mut self, text: &str) {
        self.tokens.push(text.to_owned());
    }

    fn one_of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.below(words.len())]
    }

    fn name(&mut self) {
        let name = self.one_of(NAMES);
        self.put(name);
    }

    fn path(&mut self) {
        self.name();
        while self.chance(20) {
            if self.chance(20) {
                self.put(".entry");
            } else {
                self.put(".");
                self.name();
            }
        }
    }

    /// Some parts, mostly few, with commas between them; there may be none and a comma behind the last.
    fn commas(&mut self, least: usize, last: bool, part: fn(&mut Self)) {
        let count = least + if self.chance(15) { self.below(7) } else { self.below(3) };
        for at in 0..count {
            part(self);
            if at + 1 < count || (last && self.chance(25)) {
                self.put(",");
            }
        }
    }

    fn parens(&mut self, part: fn(&mut Self)) {
        self.put("(");
        self.commas(0, true, part);
        self.put(")");
    }

    fn maybe(&mut self, percent: u32, part: fn(&mut Self)) {
        if self.chance(percent) {
            part(self);
        }
    }

    /// True if the program may grow here.
    fn is_roomy(&self) -> bool {
        self.room > 0 && self.tokens.len() < TOKENS
    }

    /// One of the parts; a simple one, which stand first, where there is no room.
    fn choose(&mut self, simple: usize, parts: &[fn(&mut Self)]) {
        let limit = if !self.is_roomy() { simple } else { parts.len() };
        let part = parts[self.below(limit)];
        let room = self.room;
        self.room = room.saturating_sub(1);
        part(self);
        self.room = room;
    }

    fn ty(&mut self) {
        self.choose(
            1,
            &[
                Self::named_type,
                Self::named_type,
                |it| {
                    it.ty();
                    it.put("?");
                },
                |it| it.parens(Self::ty),
                |it| {
                    it.put("(");
                    it.ty();
                    it.put(")");
                },
            ],
        );
    }

    fn named_type(&mut self) {
        self.path();
        if self.is_roomy() && self.chance(30) {
            self.room -= 1;
            self.type_args();
            self.room += 1;
        }
    }

    fn type_args(&mut self) {
        self.put("<");
        self.commas(1, false, |it| if it.chance(20) { it.put("1_024") } else { it.ty() });
        self.put(">");
    }
}

/// The tokens with blanks, and in some programs comments, between them.
fn write(tokens: &[String], dice: &mut SmallRng) -> String {
    let comments = [0, 1, 5, 30][dice.random_range(0..4)];
    let breaks = [2, 10, 60][dice.random_range(0..3)];
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].as_str());
        let is_tight = |word: &str| word.is_empty() || "()[]{},;".contains(word);
        let mut apart = is_tight(before) || is_tight(token);
        while dice.random_ratio(comments, 100) {
            text.push_str(blank(breaks, dice));
            // `/` and `/*` would be `//`.
            text.push_str(if text.ends_with('/') && !text.ends_with("*/") { " " } else { "" });
            let comment = COMMENTS[dice.random_range(0..COMMENTS.len())];
            text.push_str(comment);
            text.push_str(if comment.starts_with("//") { "\n" } else { "" });
            apart = true;
        }
        let blank = blank(breaks, dice);
        text.push_str(if apart || !blank.is_empty() { blank } else { " " });
        text.push_str(token);
    }
    text.push_str(["", "\n", "\n\n", " // the end"][dice.random_range(0..4)]);
    text
}

fn blank(breaks: u32, dice: &mut SmallRng) -> &'static str {
    if dice.random_ratio(breaks, 100) {
        return ["\n", "\n\n", "\n\n\n  ", "\r\n", "  \n\t"][dice.random_range(0..5)];
    }
    [" ", " ", "", "  "][dice.random_range(0..4)]
}
