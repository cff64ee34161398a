//! Damaged tokens: each is reported and mended, so that the parser meets whole tokens only.

use super::codes;
use super::findings::Findings;
use super::layout::Layout;
use crate::diagnostic::Diagnostic;
use crate::lexer::{self, Spanned};
use crate::token::Token;

/// What people type or paste for an ASCII character.
const LOOKALIKES: &[(char, &str)] = &[
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('‘', "\""),
    ('’', "\""),
    ('\'', "\""),
    ('`', "\""),
    ('–', "-"),
    ('—', "-"),
    ('−', "-"),
    ('×', "*"),
    ('÷', "/"),
    ('≤', "<="),
    ('≥', ">="),
    ('≠', "!="),
    ('→', "->"),
    ('⇒', "=>"),
    ('…', ".."),
    ('；', ";"),
    ('，', ","),
    ('：', ":"),
    ('（', "("),
    ('）', ")"),
    ('\u{a0}', " "),
];

/// Characters that turn the direction in which a reader sees the text, but not the compiler.
const HIDDEN: &[char] = &[
    '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}',
];

/// Reports what is damaged and gives the tokens without damage.
pub(crate) fn mend<'a>(
    layout: &Layout<'a>,
    tokens: &[Spanned<'a>],
    text: &str,
    findings: &mut Findings<'_>,
) -> Vec<Spanned<'a>> {
    for (at, hidden) in text.match_indices(HIDDEN) {
        findings.report(hidden_character(layout, at, hidden));
    }
    let mut mended = Vec::with_capacity(tokens.len());
    for &(start, token, end) in tokens {
        match token {
            Token::Unknown(text) => findings.report(unknown(layout, start, text)),
            Token::ForeignName(name) => {
                findings.report(foreign_name(layout, start, name));
                mended.push((start, Token::Name(name), end));
            }
            Token::UnclosedString(text) => {
                let length = string_length(text);
                findings.report(unclosed_string(layout, start, text, length));
                split(&mut mended, start, text, length, Token::Str);
            }
            Token::UnclosedComment(text) => {
                findings.report(unclosed_comment(layout, start, text));
                findings.cut_short();
            }
            Token::MalformedNumber(text) => {
                findings.report(malformed_number(layout, start, text));
                let length = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
                let whole = if is_unit(text.get(length..)) { length } else { text.len() };
                split(&mut mended, start, text, whole, Token::Int);
            }
            Token::Str(text) => {
                unknown_escapes(layout, start, text, findings);
                mended.push((start, token, end));
            }
            _ => mended.push((start, token, end)),
        }
    }
    mended
}

/// The first `length` bytes as one token, and the tokens of what is left.
fn split<'a>(
    mended: &mut Vec<Spanned<'a>>,
    start: usize,
    text: &'a str,
    length: usize,
    token: fn(&'a str) -> Token<'a>,
) {
    let (head, tail) = text.split_at_checked(length).unwrap_or((text, ""));
    let middle = start + head.len();
    mended.push((start, token(head), middle));
    let rest = lexer::lex(tail).tokens.into_iter();
    mended.extend(rest.map(|(from, token, to)| (middle + from, token, middle + to)));
}

fn hidden_character(layout: &Layout<'_>, at: usize, hidden: &str) -> Diagnostic {
    let span = layout.span(at, at + hidden.len());
    let message = format!("a hidden character, {}, turns the direction of the text", name(hidden));
    Diagnostic::error(codes::HIDDEN_CHARACTER, span, message)
        .label("here, unseen")
        .help("remove it: it makes a reader see another program than the compiler")
        .edit(span, "")
}

fn unknown(layout: &Layout<'_>, start: usize, text: &str) -> Diagnostic {
    let span = layout.span(start, start + text.len());
    let message = format!("unknown character {}", name(text));
    let known = LOOKALIKES.iter().find(|(alike, _)| text.starts_with(*alike)).map(|(_, plain)| *plain);
    let finding =
        Diagnostic::error(codes::UNKNOWN_CHARACTER, span, message).label("not a character of the language");
    match (text, known) {
        (_, Some(" ")) => finding.help("put an ordinary space in its place").edit(span, " "),
        (_, Some("\"")) if !quotes_pair(layout.line_text(start)) => {
            finding.help("text stands between two `\"`: write both, or remove this one")
        }
        (_, Some(plain)) => finding.help(format!("write `{plain}` in its place")).edit(span, plain),
        ("#", None) => finding.help("an attribute is written `@parallel`"),
        _ => finding.help(format!("remove {}", name(text))).edit(span, ""),
    }
}

/// True if every quotation mark of a line, whatever its form, can have a partner on it.
fn quotes_pair(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let is_quote = |char: &char| *char == '"' || LOOKALIKES.contains(&(*char, "\""));
    code.chars().filter(is_quote).count().is_multiple_of(2)
}

/// The character in backticks, by number where it cannot be seen.
fn name(text: &str) -> String {
    match text.chars().next() {
        Some(char) if char.is_control() || char.is_whitespace() || HIDDEN.contains(&char) => {
            format!("U+{:04X}", u32::from(char))
        }
        Some('`') => "`` ` ``".to_owned(),
        _ => format!("`{text}`"),
    }
}

fn foreign_name(layout: &Layout<'_>, start: usize, name: &str) -> Diagnostic {
    let (offset, letter) = name.char_indices().find(|(_, char)| !char.is_ascii()).unwrap_or((0, '?'));
    let at = start + offset;
    let message = format!("`{name}` has the letter `{letter}`, which names cannot have");
    Diagnostic::error(codes::FOREIGN_NAME, layout.span(start, start + name.len()), message)
        .label("this name")
        .also(layout.span(at, at + letter.len_utf8()), "this letter")
        .help("write names with `a` to `z`, `A` to `Z`, digits and `_`, so that no two look alike")
}

/// Where the string most likely ends: before the brackets and separators at the end of its line.
fn string_length(text: &str) -> usize {
    let trimmed = text.trim_end_matches([')', ']', ';', ',', '{', '}', ' ', '\t', '\r']);
    if trimmed.len() > 1 { trimmed.len() } else { text.trim_end().len().max(1) }
}

fn unclosed_string(layout: &Layout<'_>, start: usize, text: &str, length: usize) -> Diagnostic {
    let end = start + length;
    Diagnostic::error(
        codes::UNCLOSED_STRING,
        layout.span(start, start + text.trim_end().len()),
        "a string does not end on its line",
    )
    .label("starts here")
    .help("close it with `\"`; a line break in a string is written `\\n`")
    .edit(layout.span(end, end), "\"")
}

fn unclosed_comment(layout: &Layout<'_>, start: usize, text: &str) -> Diagnostic {
    let end = start + text.len();
    Diagnostic::error(codes::UNCLOSED_COMMENT, layout.span(start, start + 2), "a comment does not end")
        .label("starts here and takes in the rest of the file")
        .help("close it with `*/`; comments do not nest")
        .edit(layout.span(end, end), "*/")
}

fn is_unit(text: Option<&str>) -> bool {
    matches!(text, Some("seconds" | "minutes" | "hours" | "days"))
}

fn malformed_number(layout: &Layout<'_>, start: usize, text: &str) -> Diagnostic {
    let span = layout.span(start, start + text.len());
    let finding = Diagnostic::error(codes::MALFORMED_NUMBER, span, format!("`{text}` is not a number"));
    let digits = text.trim_start_matches(|char: char| char.is_ascii_digit());
    let at = start + text.len() - digits.len();
    if is_unit(Some(digits)) {
        return finding
            .label("a unit stands apart")
            .help("put a space before the unit: `7 days`")
            .edit(layout.span(at, at), " ");
    }
    if text.contains('.') {
        return finding
            .label("a fraction")
            .help("there are no fractions: count in the smallest unit, such as `150` cents");
    }
    let help = if text.starts_with("0x") {
        "after `0x` stand the digits `0` to `9` and `a` to `f`"
    } else {
        "a number is digits, with `_` between them where it helps: `1_000_000`"
    };
    finding.label("digits and letters").help(help)
}

fn unknown_escapes(layout: &Layout<'_>, start: usize, text: &str, findings: &mut Findings<'_>) {
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        if char != '\\' {
            continue;
        }
        let Some((_, letter)) = chars.next() else { return };
        if !matches!(letter, 'n' | 't' | 'r' | '0' | '"' | '\\') {
            findings.report(unknown_escape(layout, start + at, letter));
        }
    }
}

fn unknown_escape(layout: &Layout<'_>, start: usize, letter: char) -> Diagnostic {
    let span = layout.span(start, start + 1 + letter.len_utf8());
    Diagnostic::error(codes::UNKNOWN_ESCAPE, span, format!("`\\{letter}` means nothing in a string"))
        .label("not an escape")
        .help(
            "the escapes are `\\n`, `\\t`, `\\r`, `\\0`, `\\\"` and `\\\\`; a `\\` itself is written `\\\\`",
        )
        .edit(layout.span(start, start), "\\")
}
