//! The tour: short chapters for newcomers, each a Markdown file in `compiler/cli/tour`.
//!
//! A block with a file name behind its language is a file of the chapter; `mc fail` is one that is meant to be
//! wrong. A `console` block shows commands with what they print, and a test runs them all.

use crate::markdown::{self, Piece};
use serde::Serialize;

/// The name of the format of a chapter for machines.
const SCHEMA: &str = "urn:mcc:tour:1";

macro_rules! chapters {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../tour/", $name, ".md")))),*]
    };
}

/// `(name, text)` of every chapter, in their order.
pub const CHAPTERS: &[(&str, &str)] = chapters! {
    "01-contract" "02-state" "03-errors" "04-types" "05-assets" "06-effects" "07-conflicts" "08-composition"
    "09-tests" "10-properties" "11-blocks" "12-reviews"
};

/// A chapter, taken apart.
#[derive(Clone, Debug, Serialize)]
pub struct Chapter {
    /// The name of the format.
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    /// From 1.
    pub number: usize,
    /// What it is about.
    pub title: &'static str,
    /// What stands below the title.
    pub parts: Vec<Part>,
}

/// A piece of a chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind", content = "text")]
pub enum Part {
    /// Sentences, in one line.
    Paragraph(String),
    /// A point of a list, in one line.
    Point(String),
    /// A block that is shown as it is.
    Block(Block),
}

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    /// The language: `mc`, `console` and the like.
    pub language: &'static str,
    /// The file that it is, where it is one.
    pub file: Option<&'static str>,
    /// Meant to be wrong.
    pub fails: bool,
    /// Its lines.
    pub text: String,
}

/// Every chapter.
#[must_use]
pub fn chapters() -> Vec<Chapter> {
    let texts = CHAPTERS.iter().enumerate();
    texts.map(|(number, (_, text))| Chapter::read(number + 1, text)).collect()
}

impl Chapter {
    /// Takes the text of a chapter apart.
    #[must_use]
    pub fn read(number: usize, text: &'static str) -> Self {
        let (title, pieces) = markdown::read(text);
        Self { schema: SCHEMA, number, title, parts: pieces.into_iter().map(Part::from).collect() }
    }

    /// Its blocks.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.parts.iter().filter_map(|part| if let Part::Block(block) = part { Some(block) } else { None })
    }
}

impl Block {
    fn new(head: &'static str, text: String) -> Self {
        let mut words = head.split_whitespace();
        let language = words.next().unwrap_or_default();
        let fails = words.clone().next() == Some("fail");
        Self { language, file: words.find(|word| *word != "fail"), fails, text }
    }
}

impl From<Piece<'static>> for Part {
    fn from(piece: Piece<'static>) -> Self {
        match piece {
            Piece::Paragraph(text) => Self::Paragraph(text),
            Piece::Point(text) => Self::Point(text),
            Piece::Fenced(head, text) => Self::Block(Block::new(head, text)),
        }
    }
}
