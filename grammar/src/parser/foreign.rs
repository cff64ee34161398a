//! What people bring along from other languages, and what to write here.

use super::codes;
use super::layout::Layout;
use super::recover::Fault;
use super::words::Body;
use crate::diagnostic::Diagnostic;
use crate::lexer::Spanned;
use crate::token::Token;

/// Where a foreign word gives itself away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Wherever the parser stumbles over it.
    Anywhere,
    /// Only as the first word of a construct, because it is a good name elsewhere.
    First,
}

use Body::{Members, Statements};
use Place::{Anywhere, First};

const LOOP: &str = "loops are bounded: `for i in 0..n max 64 { .. }`";
const FUNCTION: &str =
    "`entry f(..)` may be called from outside, `view f(..)` only reads, `fn f(..)` is internal";
const LOCAL: &str = "a local is `let x = 1;`, one that changes is `let mut x = 1;`";
const FAIL: &str =
    "`abort TooMuch();` fails, `require n > 0 else TooLittle();` fails unless a condition holds";
const MATCH: &str = "cases are `match phase { Phase.Open => { .. } Phase.Closed => { .. } }`";
const CONTRACT: &str = "the unit of code is `contract Name { .. }`";
const IMPORT: &str = "imports are `import { Token } from \"./token.mc\";`";
const ELSE_IF: &str = "write `else if`";
const LOGIC: &str = "write `&&` for and, `||` for or, `!` for not";
const NAME_FIRST: &str =
    "the name comes before its type: `let n: u64 = 1;`, in a contract `state n: u64 = 1;`";

/// `(word, where, what its braces hold, what to write)`.
const WORDS: &[(&str, Place, Option<Body>, &str)] = &[
    ("while", Anywhere, Some(Statements), LOOP),
    ("loop", Anywhere, Some(Statements), LOOP),
    ("until", First, Some(Statements), LOOP),
    ("foreach", Anywhere, Some(Statements), "write `for x in list { .. }`"),
    ("do", Anywhere, Some(Statements), LOOP),
    ("unless", First, Some(Statements), "write `if !(..) { .. }`"),
    ("function", Anywhere, Some(Statements), FUNCTION),
    ("func", Anywhere, Some(Statements), FUNCTION),
    ("fun", Anywhere, Some(Statements), FUNCTION),
    ("def", Anywhere, Some(Statements), FUNCTION),
    ("public", Anywhere, Some(Statements), FUNCTION),
    ("private", Anywhere, Some(Statements), FUNCTION),
    ("external", Anywhere, Some(Statements), FUNCTION),
    ("internal", Anywhere, Some(Statements), FUNCTION),
    ("pub", Anywhere, Some(Statements), FUNCTION),
    ("export", Anywhere, Some(Statements), "everything at the top level can be imported: leave it out"),
    ("async", Anywhere, Some(Statements), "nothing waits in a transaction: leave it out"),
    ("await", Anywhere, None, "nothing waits in a transaction: leave it out"),
    ("payable", Anywhere, Some(Statements), "value arrives in a parameter: `entry pay(funds: coin)`"),
    ("constructor", Anywhere, Some(Statements), "a contract starts in `init(..) { .. }`"),
    ("modifier", Anywhere, Some(Statements), "rights stand in the signature: `entry f() by owner { .. }`"),
    ("var", Anywhere, None, LOCAL),
    ("auto", First, None, LOCAL),
    ("throw", Anywhere, None, FAIL),
    ("revert", Anywhere, None, FAIL),
    ("raise", Anywhere, None, FAIL),
    ("switch", Anywhere, None, MATCH),
    ("case", Anywhere, None, MATCH),
    ("elif", Anywhere, Some(Statements), ELSE_IF),
    ("elseif", Anywhere, Some(Statements), ELSE_IF),
    ("elsif", Anywhere, Some(Statements), ELSE_IF),
    (
        "new",
        Anywhere,
        None,
        "a struct is made by `Name(field: value)`, a contract by `deploy Name(..)` in an `app`",
    ),
    ("delete", Anywhere, None, "an entry of a map goes with `m.remove(key);`"),
    ("class", First, Some(Members), CONTRACT),
    ("library", First, Some(Members), CONTRACT),
    ("module", First, Some(Members), CONTRACT),
    ("trait", First, None, "write `interface Name { .. }`"),
    ("impl", First, None, "a contract says `contract Name implements Interface { .. }`"),
    ("pragma", First, None, "no version is declared: leave the line out"),
    ("use", First, None, IMPORT),
    ("include", First, None, IMPORT),
    ("using", First, None, IMPORT),
    ("type", First, None, "a type of its own is a `struct` or an `enum`"),
    (
        "unchecked",
        First,
        Some(Statements),
        "arithmetic aborts where it overflows; what may wrap is `wrapping_add(a, b)`",
    ),
    ("mapping", Anywhere, None, "a map is `state balances: map<address, u128> = 0;`"),
    ("and", Anywhere, None, LOGIC),
    ("or", Anywhere, None, LOGIC),
    ("not", Anywhere, None, LOGIC),
    ("uint", First, None, NAME_FIRST),
    ("uint256", First, None, NAME_FIRST),
    ("int", First, None, NAME_FIRST),
    ("u8", First, None, NAME_FIRST),
    ("u16", First, None, NAME_FIRST),
    ("u32", First, None, NAME_FIRST),
    ("u64", First, None, NAME_FIRST),
    ("u128", First, None, NAME_FIRST),
    ("u256", First, None, NAME_FIRST),
    ("bool", First, None, NAME_FIRST),
    ("address", First, None, NAME_FIRST),
    ("string", First, None, NAME_FIRST),
];

/// `(first, second, what to write)` of tokens that, written together, are one in other languages.
const PAIRS: &[(&str, &str, &str)] = &[
    ("+", "+", "write `x += 1;`"),
    ("-", "-", "write `x -= 1;`"),
    ("==", "=", "write `==`: there is one equality"),
    ("!=", "=", "write `!=`: there is one equality"),
    ("*", "*", "powers are written out: `x * x`"),
    ("<", "<", "shifts are functions: `shl(x, 3)`"),
    (">", ">", "shifts are functions: `shr(x, 3)`"),
    (":", ":", "parts are named with a dot: `Phase.Open`"),
    (":", "=", "a local is `let x = 1;`"),
    ("%", "=", "write `x = x % y;`"),
    ("|", "=", "write `x = x | y;`"),
    ("&", "=", "write `x = x & y;`"),
    ("^", "=", "write `x = x ^ y;`"),
    ("&&", "=", "write `x = x && y;`"),
    ("||", "=", "write `x = x || y;`"),
];

/// `(what is written, what is meant)` where the one can simply be put in the place of the other.
const PLAIN: &[(&str, &str)] = &[
    ("===", "=="),
    ("!==", "!="),
    ("::", "."),
    ("and", "&&"),
    ("or", "||"),
    ("elif", "else if"),
    ("elseif", "else if"),
    ("elsif", "else if"),
    ("++", " += 1"),
    ("--", " -= 1"),
    ("var", "let mut"),
    ("foreach", "for"),
    ("constructor", "init"),
    ("throw", "abort"),
    ("revert", "abort"),
    ("raise", "abort"),
    ("class", "contract"),
    ("library", "contract"),
    ("module", "contract"),
    ("trait", "interface"),
];

/// What stands between the braces behind a foreign word.
pub(crate) fn body(word: &str) -> Option<Body> {
    entry(word).and_then(|(_, _, body, _)| *body)
}

fn entry(word: &str) -> Option<&'static (&'static str, Place, Option<Body>, &'static str)> {
    WORDS.iter().find(|(known, ..)| *known == word)
}

/// The foreign construct that is the reason for `fault`, whose broken construct starts at token `first`.
pub(crate) fn find(
    layout: &Layout<'_>,
    tokens: &[Spanned<'_>],
    fault: &Fault,
    first: usize,
) -> Option<Diagnostic> {
    pair(layout, tokens, fault).or_else(|| choice(layout, tokens, fault.at)).or_else(|| {
        let opens = tokens.get(fault.at).is_some_and(|(_, token, _)| *token == Token::OpenBrace);
        let near = opens || fault.at <= first + 1;
        let heads = [Some(first).filter(|_| near), Some(fault.at), fault.at.checked_sub(1)];
        heads.into_iter().flatten().find_map(|at| word(layout, tokens, at, at == first))
    })
}

fn pair(layout: &Layout<'_>, tokens: &[Spanned<'_>], fault: &Fault) -> Option<Diagnostic> {
    (fault.at.saturating_sub(2)..=fault.at).find_map(|at| {
        let (start, first, middle) = *tokens.get(at)?;
        let (from, second, end) = *tokens.get(at + 1)?;
        let known = |(one, two, _): &&(&str, &str, &str)| *one == first.text() && *two == second.text();
        let (_, _, help) = PAIRS.iter().find(known)?;
        // Two `>` also close two types; only where a value should follow are they a shift.
        let angles = matches!(first, Token::Less | Token::Greater) && !fault.expected.has("caller");
        if from != middle || angles {
            return None;
        }
        let ends = matches!(tokens.get(at + 2), Some((_, Token::Semicolon, _)));
        let finding = foreign(layout, start, end, layout.text(start, end), help);
        // `x++;` is a statement of the language but for its spelling; `y = x++ + 1;` is not.
        let counts = matches!(first, Token::Plus | Token::Minus);
        Some(if counts && !ends { Diagnostic { edits: Vec::new(), ..finding } } else { finding })
    })
}

/// `a ? b : c`.
fn choice(layout: &Layout<'_>, tokens: &[Spanned<'_>], at: usize) -> Option<Diagnostic> {
    let (start, token, end) = *tokens.get(at)?;
    let help = "a choice is `if a { b } else { c }`, the default of an option is `x ?? y`";
    (token == Token::Question).then(|| foreign(layout, start, end, "? :", help))
}

fn word(layout: &Layout<'_>, tokens: &[Spanned<'_>], at: usize, first: bool) -> Option<Diagnostic> {
    let (start, Token::Name(word), end) = *tokens.get(at)? else { return None };
    let (_, _, _, help) = entry(word).filter(|(_, place, ..)| *place == Anywhere || first)?;
    let finding = foreign(layout, start, end, word, help);
    // `revert("…")` names no error, so another word in front would not mend it.
    let names_error = matches!(tokens.get(at + 1), Some((_, Token::Name(_), _)));
    Some(if *help == FAIL && !names_error { Diagnostic { edits: Vec::new(), ..finding } } else { finding })
}

fn foreign(layout: &Layout<'_>, start: usize, end: usize, what: &str, help: &str) -> Diagnostic {
    let message = if super::words::is_type_name(what) {
        format!("`{what}` starts no declaration")
    } else {
        format!("there is no `{what}` in this language")
    };
    let span = layout.span(start, end);
    let finding =
        Diagnostic::error(codes::FOREIGN_CONSTRUCT, span, message).label("from another language").help(help);
    let plain = PLAIN.iter().find(|(written, _)| *written == what);
    plain.map_or(finding.clone(), |(_, plain)| finding.edit(span, *plain))
}
