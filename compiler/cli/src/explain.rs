//! The pages of `mcc explain`: why a code exists, a program that gets it, and the same program mended.
//!
//! A page is one Markdown file in `compiler/explain`; a test compiles both of its programs. `// file: other.mc`
//! starts another file in a block.

use crate::markdown::{self, Piece};
use serde::Serialize;

/// The name of the format of a page for machines.
const SCHEMA: &str = "urn:mcc:explain:1";

macro_rules! pages {
    ($($code:literal)*) => {
        &[$(($code, include_str!(concat!("../../explain/", $code, ".md")))),*]
    };
}

/// `(code, text)` of every page, in the order of the codes.
pub const PAGES: &[(&str, &str)] = pages! {
    "E0001" "E0002" "E0003" "E0004" "E0005" "E0006" "E0007" "E0008" "E0009" "E0010" "E0011" "E0012" "E0013"
    "E0014" "E0015" "E0016" "E0017"
    "E0101" "E0102" "E0103" "E0104" "E0105" "E0106"
    "E0201" "E0202" "E0203" "E0204" "E0205" "E0206" "E0207" "E0208" "E0209" "E0210" "E0211" "E0212" "E0213" "E0214"
    "E0301" "E0302" "E0303" "E0304" "E0305" "E0306" "E0307"
    "E0401" "E0402" "E0403"
    "E0501" "E0502" "E0503" "E0504" "E0505" "E0506" "E0507" "E0508" "E0509"
    "E0601" "E0602" "E0603"
    "E0701" "E0702" "E0703" "E0704" "E0705"
    "E0801" "E0802" "E0803"
    "E0901"
    "W0301" "W0302" "W0303" "W0304" "W0305" "W0306" "W0307"
    "W0503"
    "W0701" "W0702"
};

/// What the first letters of a code say, in the order in which the families are listed.
const FAMILIES: &[(&str, &str)] = &[
    ("E00", "Syntax"),
    ("E01", "Names"),
    ("E02", "Types"),
    ("E03", "Assets"),
    ("E04", "Parallelism"),
    ("E05", "Composition"),
    ("E06", "Totality"),
    ("E07", "Rights and specification"),
    ("E08", "Link and upgrade"),
    ("E09", "Not compiled yet"),
    ("W03", "Advice on parallelism"),
    ("W05", "Advice on composition"),
    ("W07", "Advice on rights and specification"),
];

/// Every code with its meaning, in the order of the codes.
#[must_use]
pub fn codes() -> Vec<(&'static str, &'static str)> {
    use mc_compiler::error::{CODES, TESTED, UPGRADED};
    let mut codes = [mc_syntax::parser::codes::CODES, CODES, TESTED, UPGRADED].concat();
    codes.sort_unstable();
    codes
}

/// The name of the family of a code.
#[must_use]
pub fn family(code: &str) -> &'static str {
    FAMILIES.iter().find(|(head, _)| code.starts_with(head)).map_or("Other", |(_, name)| name)
}

/// A page, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The code it is about.
    pub code: &'static str,
    /// What the code means.
    pub title: &'static str,
    /// What stands below the title.
    pub parts: Vec<Part>,
}

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Sentences, in one line.
    Paragraph(String),
    /// A point of a list, in one line.
    Point(String),
    /// A program that gets the code.
    Failing(String),
    /// That program, mended.
    Mended(String),
    /// Something else that is shown as it is.
    Sample(String),
}

/// A page for machines.
#[derive(Debug, Serialize)]
struct Line {
    #[serde(rename = "$schema")]
    schema: &'static str,
    code: &'static str,
    title: &'static str,
    family: &'static str,
    text: String,
    failing: String,
    mended: String,
}

impl Page {
    /// The page of a code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        PAGES.iter().find(|(known, _)| *known == code).map(|(code, text)| Self::read(code, text))
    }

    /// Takes the text of a page apart.
    #[must_use]
    pub fn read(code: &'static str, text: &'static str) -> Self {
        let (title, pieces) = markdown::read(text);
        let title = title.trim_start_matches(code).trim_start_matches(": ");
        Self { code, title, parts: pieces.into_iter().map(Part::from).collect() }
    }

    /// Its sentences, a paragraph or point a line.
    #[must_use]
    pub fn text(&self) -> String {
        let sentences = self.parts.iter().filter_map(|part| match part {
            Part::Paragraph(text) => Some(text.clone()),
            Part::Point(text) => Some(format!("- {text}")),
            Part::Failing(_) | Part::Mended(_) | Part::Sample(_) => None,
        });
        sentences.collect::<Vec<String>>().join("\n")
    }

    /// The program that gets the code.
    #[must_use]
    pub fn failing(&self) -> &str {
        let mut parts = self.parts.iter();
        parts
            .find_map(|part| if let Part::Failing(code) = part { Some(code.as_str()) } else { None })
            .unwrap_or_default()
    }

    /// The program mended.
    #[must_use]
    pub fn mended(&self) -> &str {
        let mut parts = self.parts.iter();
        parts
            .find_map(|part| if let Part::Mended(code) = part { Some(code.as_str()) } else { None })
            .unwrap_or_default()
    }

    /// The page for machines.
    #[must_use]
    pub fn for_machines(&self) -> impl Serialize + use<> {
        Line {
            schema: SCHEMA,
            code: self.code,
            title: self.title,
            family: family(self.code),
            text: self.text(),
            failing: self.failing().to_owned(),
            mended: self.mended().to_owned(),
        }
    }
}

impl From<Piece<'_>> for Part {
    fn from(piece: Piece<'_>) -> Self {
        match piece {
            Piece::Paragraph(text) => Self::Paragraph(text),
            Piece::Point(text) => Self::Point(text),
            Piece::Fenced("mc fail", code) => Self::Failing(code),
            Piece::Fenced("mc", code) => Self::Mended(code),
            Piece::Fenced(_, code) => Self::Sample(code),
        }
    }
}

/// The files of a program: `// file: name` starts another one, and `main.mc` is the first.
#[must_use]
pub fn files(program: &str) -> Vec<(String, String)> {
    let mut files = vec![("main.mc".to_owned(), String::new())];
    for line in program.lines() {
        if let Some(name) = line.strip_prefix("// file: ") {
            files.push((name.trim().to_owned(), String::new()));
        }
        if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    files.retain(|(name, text)| name == "main.mc" || !text.is_empty());
    files
}
