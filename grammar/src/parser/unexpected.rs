//! The finding for a token that cannot follow what stands before it.

use super::codes;
use super::layout::Layout;
use super::recover::Fault;
use super::words;
use crate::diagnostic::Diagnostic;
use crate::lexer::Spanned;
use crate::source::Span;
use crate::token::{Class, Token};
use std::ops::Range;

/// The longest piece of source a message repeats, in bytes.
pub(crate) const QUOTE_MAX: usize = 24;

/// What to say about `fault`, which breaks the construct `broken`.
pub(crate) fn finding(
    layout: &Layout<'_>,
    tokens: &[Spanned<'_>],
    fault: &Fault,
    broken: &Range<usize>,
) -> Diagnostic {
    let before = fault.at.checked_sub(1).and_then(|before| tokens.get(before)).copied();
    let found = tokens.get(fault.at).copied();
    let expected = fault.expected.text();
    let context = before.filter(|_| !fault.expected.has_start());
    let after = context.map_or_else(String::new, |(_, token, _)| format!(" after {}", quote(token)));
    let found_text = found.map_or_else(|| "the end of the file".to_owned(), |(_, token, _)| quote(token));
    let message = format!("expected {expected}{after}, found {found_text}");
    let apart = |(start, ..): &Spanned<'_>| {
        let line_before = context.map(|(_, _, end)| layout.line(end.saturating_sub(1)));
        line_before.is_some_and(|line| layout.line(*start) > line)
    };
    let error = |place, label| Diagnostic::error(codes::UNEXPECTED, place, message).label(label);
    let finding = match (before, found) {
        (Some(before), Some(found)) if apart(&found) => {
            error(layout.place(before), format!("expected {expected} after this"))
                .also(layout.place(found), "found this")
        }
        (_, Some(found)) => error(layout.place(found), format!("expected {expected}")),
        (Some(before), None) => error(layout.place(before), format!("expected {expected} after this")),
        (None, None) => error(layout.span(0, 0), format!("expected {expected}")),
    };
    let construct = tokens.get(broken.clone()).unwrap_or_default();
    if let Some(counted) = CountedLoop::read(layout, construct) {
        return counted.mend(finding);
    }
    let first = first_word(construct);
    let finding = match (before, found) {
        (Some((start, Token::Name(ty), _)), Some((_, name, end))) if is_type_first(fault, ty, name) => {
            finding.edit(layout.span(start, end), format!("{}: {ty}", name.text()))
        }
        _ => finding,
    };
    finding.help(help(fault, before.map(|(_, token, _)| token), found.map(|(_, token, _)| token), first))
}

/// The keyword that says what a construct is.
fn first_word<'a>(tokens: &[Spanned<'a>]) -> Option<Token<'a>> {
    tokens.iter().map(|(_, token, _)| *token).find(|token| token.class() == Class::Keyword)
}

/// A token as a message shows it.
pub(crate) fn quote(token: Token<'_>) -> String {
    let text = token.text();
    match token {
        Token::Str(_) if text.len() > QUOTE_MAX => "a string".to_owned(),
        Token::Name(_) if text.len() > QUOTE_MAX => "a name".to_owned(),
        _ => format!("`{text}`"),
    }
}

/// How to mend it, by what was missing and where.
fn help(
    fault: &Fault,
    before: Option<Token<'_>>,
    found: Option<Token<'_>>,
    first: Option<Token<'_>>,
) -> String {
    let at_place = by_place(fault, before, found);
    let in_construct = || first.and_then(|first| by_construct(fault, first));
    let sentence = at_place.or_else(in_construct).or_else(|| by_expectation(fault));
    sentence.map_or_else(|| format!("put {} here", fault.expected.text()), str::to_owned)
}

fn by_place(fault: &Fault, before: Option<Token<'_>>, found: Option<Token<'_>>) -> Option<&'static str> {
    let expected = &fault.expected;
    match (before, found) {
        (_, Some(Token::Else)) => {
            Some("an `else` directly follows the `}` of its `if`, or the value that may fail")
        }
        (_, Some(found)) if expected.has("contract") && words::starts_member(found) => {
            Some("it belongs in a contract: `contract Name { .. }`")
        }
        (_, Some(found)) if expected.has("+=") && found.class() == Class::Operator => {
            Some("a value alone does nothing: assign it, `x = x + 1;`, or bind it, `let y = x + 1;`")
        }
        (Some(Token::FatArrow), _) if expected.has("{") => {
            Some("an arm of a `match` statement has a body: `pattern => { .. }`")
        }
        (Some(Token::Expect), _) => Some(
            "a test expects a failure, or no order: `expect abort TooMuch { .. }`, `expect parallel { .. }`",
        ),
        (Some(Token::As), Some(Token::OpenBrace)) => Some("a test acts for somebody: `as alice { .. }`"),
        (_, Some(Token::Catch)) => Some("a `catch` directly follows the `}` of its `try`"),
        (_, Some(Token::Assign)) if expected.has("==") => {
            Some("`==` compares; an assignment is a statement of its own: `a = b;`")
        }
        (_, Some(Token::FatArrow)) if expected.has("->") => Some("a result is written `-> u64`"),
        (Some(Token::OpenBracket), Some(Token::CloseBracket)) => {
            Some("a key stands in the brackets: `balances[caller]`")
        }
        (Some(Token::Name(ty)), Some(found)) if is_type_first(fault, ty, found) => {
            Some("the name comes before its type: `amount: u128`")
        }
        (Some(Token::Name(_)), Some(Token::OpenBrace)) if expected.has("+") && !expected.has("{") => {
            Some("braces hold bodies; a struct is made by `Name(field: value)`")
        }
        _ => None,
    }
}

/// `address to`, where `to: address` is meant.
fn is_type_first(fault: &Fault, ty: &str, name: Token<'_>) -> bool {
    let is_name = matches!(name.class(), Class::Name | Class::SoftKeyword);
    is_name && fault.expected.has(":") && words::is_type_name(ty)
}

fn by_construct(fault: &Fault, first: Token<'_>) -> Option<&'static str> {
    let expected = &fault.expected;
    let brace = expected.has("{");
    match first {
        Token::Require if expected.has("else") => Some("say what fails: `require n > 0 else TooLittle();`"),
        Token::If if brace => Some("the body stands in braces: `if n > 0 { .. }`"),
        Token::For => Some("a loop is `for x in list { .. }` or `for i in 0..n max 64 { .. }`"),
        Token::Try if expected.has("catch") => {
            Some("a `try` says what happens otherwise: `try { .. } catch reason { .. }`")
        }
        Token::Import => Some("an import is `import { Token } from \"./token.mc\";`"),
        Token::Contract if brace => Some("a contract is `contract Name implements Interface { .. }`"),
        Token::Interface if brace => Some("an interface is `interface Name { .. }`"),
        Token::Entry | Token::View | Token::Fn if brace => Some(
            "after the parameters stand the result, the rights and the body: \
             `entry f(n: u64) -> u64 by owner { .. }`",
        ),
        Token::Entry | Token::View if expected.has(";") => {
            Some("an interface holds signatures without bodies: `entry f(n: u64) -> u64;`")
        }
        Token::Test if expected.has("string") => {
            Some("a test has a sentence for a name: `test \"pays once\" { .. }`")
        }
        Token::Let if expected.has("=") => Some("a local has a value from the start: `let n = 0;`"),
        Token::Step => Some("a step calls one entry of one slot: `step funds = gold.withdraw(price);`"),
        Token::Deploy | Token::App => {
            Some("an app wires contracts: `let gold = deploy Token(supply: 1_000);`")
        }
        _ => None,
    }
}

fn by_expectation(fault: &Fault) -> Option<&'static str> {
    let phrases = fault.expected.phrases();
    let known = |(phrase, _): &&(&str, &str)| phrases.iter().any(|listed| listed == phrase);
    BY_EXPECTATION.iter().find(known).map(|(_, help)| *help)
}

/// `(phrase, what to write)`, the more telling phrases first.
const BY_EXPECTATION: &[(&str, &str)] = &[
    (
        "a declaration",
        "at the top level stand `contract`, `interface`, `compose`, `app`, `struct`, `enum`, `const`, `fn`, \
         `error`, `event` and `test`",
    ),
    (
        "a member of the contract",
        "in a contract stand `state`, `immutable`, `asset`, `role`, `init`, `entry`, `view`, `fn`, `error`, \
         `event` and the like; statements stand in their bodies",
    ),
    (
        "a member of the interface",
        "in an interface stand `asset`, `entry`, `view`, `error`, `event` and `struct`, without bodies",
    ),
    (
        "a statement",
        "a body holds statements: `let`, `require`, `if`, `for`, `emit`, `return`, assignments and calls",
    ),
    ("a type", "types are written `u128`, `address?`, `map<address, u128>`, `(u64, bool)`"),
    ("a pattern", "what is bound is a name, `_`, or `(a, b)`"),
    ("an expression", "put a value here, such as `0`, `caller` or `balances[caller]`"),
    ("a name", "a name has letters, digits and `_`, and is no keyword"),
    ("`:`", "a type follows its name: `amount: u128`"),
    ("`;`", "a statement ends in `;`"),
    ("`)`", "what stands in parentheses is separated by `,` and closed by `)`"),
    ("`]`", "a key is closed by `]`"),
    ("`(`", "parameters and arguments stand in parentheses: `f(n: u64)`"),
    ("`{`", "what belongs together stands in braces: `{ .. }`"),
    ("`>`", "what stands between `<` and `>` is separated by `,`"),
    ("`,`", "what stands side by side is separated by `,`"),
    ("`=>`", "an arm of a `match` is written `pattern => ..`"),
    ("`else`", "an `if` that gives a value gives one either way: `if a { b } else { c }`"),
    ("a string", "text stands in double quotes: `\"./token.mc\"`"),
];

/// `for (let i = 0; i < n; i += 1)`, as other languages count.
struct CountedLoop {
    /// What stands between `for` and the body.
    head: Span,
    /// The same as a range.
    range: String,
    /// It counts one by one.
    by_one: bool,
}

impl CountedLoop {
    fn read(layout: &Layout<'_>, tokens: &[Spanned<'_>]) -> Option<Self> {
        let (start, open, _) = *tokens.get(1)?;
        if tokens.first()?.1 != Token::For || open != Token::OpenParen {
            return None;
        }
        let close = tokens.iter().position(|(_, token, _)| *token == Token::CloseParen)?;
        let mut parts = tokens.get(2..close)?.split(|(_, token, _)| *token == Token::Semicolon);
        let (first, condition, step) = (parts.next()?, parts.next()?, parts.next()?);
        let assigned = first.iter().position(|(_, token, _)| *token == Token::Assign)?;
        let (_, Token::Name(index), _) = *first.get(assigned.checked_sub(1)?)? else { return None };
        let from = text(layout, first.get(assigned + 1..)?)?;
        let (_, compares, _) = *condition.get(1)?;
        let last = text(layout, condition.get(2..)?)?;
        let to = match compares {
            Token::Less | Token::NotEqual => last.to_owned(),
            Token::LessEqual => format!("{last} + 1"),
            _ => return None,
        };
        let number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        let bound = if number(from) && number(&to) { "" } else { " max 100" };
        let by_one: String = step.iter().map(|(_, token, _)| token.text()).collect();
        Some(Self {
            head: layout.span(start, tokens.get(close)?.2),
            range: format!("{index} in {from}..{to}{bound}"),
            by_one: [format!("{index}++"), format!("++{index}"), format!("{index}+=1")].contains(&by_one),
        })
    }

    fn mend(self, finding: Diagnostic) -> Diagnostic {
        let finding = finding.help(format!("a loop runs over a range: `for {} {{ .. }}`", self.range));
        if self.by_one { finding.edit(self.head, self.range) } else { finding }
    }
}

/// The text of some tokens.
fn text<'a>(layout: &Layout<'a>, tokens: &[Spanned<'_>]) -> Option<&'a str> {
    Some(layout.text(tokens.first()?.0, tokens.last()?.2))
}

/// True for a word that could be a name if it were not taken.
pub(crate) fn is_word(token: Token<'_>) -> bool {
    matches!(token.class(), Class::Keyword | Class::Constant)
}
