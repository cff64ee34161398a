//! The diagnostics that more than one phase gives, and the table of every code after parsing.

use mc_syntax::ast::Ident;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::parser;
use mc_syntax::source::Span;

/// Every code the compiler gives after parsing, with its meaning.
pub const CODES: &[(&str, &str)] = &[
    ("E0101", "a name that is not declared"),
    ("E0102", "a name that is not imported, or that the imported file does not declare"),
    ("E0104", "a name that is declared twice"),
    ("E0105", "an imported file that cannot be read"),
    ("E0106", "an import that is not relative"),
    ("E0201", "a value of another type than expected"),
    ("E0202", "a type that cannot stand here"),
    ("E0203", "a pattern that leaves something out"),
    ("E0204", "a field that the type does not have"),
    ("E0205", "a literal that does not fit its type"),
    ("E0206", "a literal whose type nothing tells"),
    ("E0207", "arguments that do not fit the parameters"),
    ("E0208", "something that cannot be used in this way"),
    ("E0209", "an operator that the type does not have"),
    ("E0210", "a path that ends without `return`"),
    ("E0211", "an `immutable` that `init` does not set on every path"),
    ("E0212", "an expression that is not constant"),
    ("E0213", "an `else` after something that cannot fail"),
    ("E0214", "`break` or `continue` outside of a loop"),
    ("E0301", "an asset that is never used"),
    ("E0302", "an asset that is used twice"),
    ("E0303", "an asset that is used up on one way only"),
    ("E0304", "an assignment that would destroy an asset"),
    ("E0305", "an asset made or destroyed outside of its contract"),
    ("E0306", "an asset that is looked at, and cannot be moved"),
    ("E0307", "a removal that may drop an asset"),
    ("E0401", "a `@parallel` entry that serialises"),
    ("E0402", "a `view` that writes"),
    ("E0403", "a key that lies deeper than the analysis follows"),
    ("E0501", "branches of a `par` that are not independent"),
    ("E0502", "an app that makes branches of a `par` conflict"),
    ("E0503", "a composition that takes more than its `spends` says"),
    ("E0504", "a composition that takes an asset and declares no `spends`"),
    ("E0505", "compositions that run each other"),
    ("E0506", "a `@direct` entry as a step"),
    ("E0507", "a slot bound to what does not have everything in its interface"),
    ("E0508", "a `step`, a `try` or a `par` outside of a composition"),
    ("E0509", "a slot or a deployment that does not fit"),
    ("E0601", "recursion"),
    ("E0602", "a loop without a bound"),
    ("E0603", "an entry that is too large"),
    ("E0702", "a `by` that names nobody"),
    ("E0703", "a role that changes without `@direct`"),
    ("E0704", "an invariant that is not about the state alone"),
    ("E0705", "a `migrate` that no upgrade runs"),
    ("E0802", "a contract that is not what it implements"),
    ("E0901", "a construct that is not compiled yet"),
    ("W0301", "an entry whose calls all write one cell"),
    ("W0302", "an entry whose calls all use a whole map"),
    ("W0303", "a key that is read from the state"),
    ("W0304", "a use of a number that is otherwise only added to"),
    ("W0305", "an amount that only execution tells"),
    ("W0306", "a list that every call changes"),
    ("W0307", "unrelated state in one contract"),
    ("W0503", "a `spends` that is checked at run time"),
    ("W0701", "a role that is never checked"),
    ("W0702", "something that is never used"),
];

/// Every code that only tests and fuzzing give, with its meaning.
pub const TESTED: &[(&str, &str)] = &[("E0701", "a law of a contract that does not hold")];

/// Every code that only an upgrade gives, beside the package that it takes over from, with its meaning.
pub const UPGRADED: &[(&str, &str)] = &[
    ("E0801", "an upgrade that drops state still stored"),
    ("E0803", "an upgrade that is not a later version"),
];

/// A construct that parses and that this compiler does not compile.
pub fn not_compiled(construct: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0901", span, format!("{construct} is not compiled yet"))
        .label("parsed, but this version stops here")
        .help("`mcc explain E0901` says what to write instead")
}

/// A name nothing declares, with the nearest one that is.
pub fn unknown<'n>(
    kind: &str,
    name: &str,
    span: Span,
    known: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let unknown = Diagnostic::error("E0101", span, format!("no {kind} `{name}`")).label("not declared here");
    // What the compiler declares itself has a name that no source can write.
    let known: Vec<&str> = known.into_iter().filter(|name| !name.contains(['.', '('])).collect();
    match elsewhere(kind, name) {
        Some((Some(here), help)) => return unknown.help(help).edit(span, here),
        Some((None, help)) => return unknown.help(help),
        None => {}
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")).edit(span, near),
        None if known.is_empty() || known.len() > LISTED_MAX => unknown,
        None => unknown.help(format!("known here: `{}`", known.join("`, `"))),
    }
}

/// At most this many names are listed where none is near.
const LISTED_MAX: usize = 8;

/// What a name of another language is called here, and how to say so.
fn elsewhere(kind: &str, name: &str) -> Option<(Option<&'static str>, String)> {
    let is = |here: &'static str| Some((Some(here), format!("write `{here}`")));
    let say = |help: &str| Some((None, help.to_owned()));
    match (kind, name) {
        ("type" | "number type", "uint256" | "uint") => is("u256"),
        ("type" | "number type", "uint8") => is("u8"),
        ("type" | "number type", "uint16") => is("u16"),
        ("type" | "number type", "uint32") => is("u32"),
        ("type" | "number type", "uint64") => is("u64"),
        ("type" | "number type", "uint128") => is("u128"),
        ("type" | "number type", "int8") => is("i8"),
        ("type" | "number type", "int16") => is("i16"),
        ("type" | "number type", "int32") => is("i32"),
        ("type" | "number type", "int64") => is("i64"),
        ("type" | "number type", "int128" | "int" | "int256") => is("i128"),
        ("type", "boolean") => is("bool"),
        ("type", "bytes32") => is("bytes<32>"),
        ("type", "mapping") => say("write `map<K, V>`"),
        ("name", "msg" | "tx") => {
            say("`caller` is who calls; what it pays arrives in a parameter of type `coin`")
        }
        ("name", "block") => say("`now` is the time of the block"),
        ("name", "this") => is("self"),
        ("name", "sender") => is("caller"),
        ("name", "null" | "nil" | "undefined") => is("none"),
        ("function", "revert") => say("write `abort SomeError();`, and declare `error SomeError();`"),
        ("function", "not") => say("write `!` before the condition"),
        ("function", "keccak256") => say("the hashes of the language are `blake3` and `sha256`"),
        ("method", "transfer" | "send" | "call") => {
            say("to pay the native asset write `pay(to, funds);`; contracts are chained in a `compose`")
        }
        ("name", "coin") => say(
            "`coin` is a type: take a parameter `funds: coin`, where the Value of the transaction arrives",
        ),
        ("method", "get") => say("write `map[key]`"),
        ("method", "contains" | "has" | "includes") => say("write `x in list`"),
        ("method", "length") => say("write `.len`, without parentheses"),
        _ => None,
    }
}

/// The known name that `name` is most likely meant to be.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A name that is declared a second time.
pub fn twice(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error("E0104", span, format!("`{name}` is declared twice"))
        .label("declared again")
        .also(first, "first declared here")
        .help("give one of the two another name")
}

/// A name that hides `block` or `tx`; the parser knows the words that can be nothing but the context.
pub fn shadows(name: &Ident) -> Option<Diagnostic> {
    let (means, other) = match name.name.as_str() {
        "block" => ("where `block.height` is found", "group"),
        "tx" => ("where `tx.id` is found", "payment"),
        _ => return None,
    };
    Some(parser::shadows_context(&name.name, name.span, means, other))
}

/// A value of the wrong type.
pub fn mismatch(expected: &str, found: &str, span: Span) -> Diagnostic {
    let (expected, found) = (named(expected), named(found));
    Diagnostic::error("E0201", span, format!("expected {expected}, found {found}"))
        .label(format!("this is {found}"))
}

/// A type in backticks; words such as `a number` stand as they are.
pub(crate) fn named(what: &str) -> String {
    if let Some(asset) = what.strip_prefix("a view of ") {
        return format!("a view of `{asset}`");
    }
    let words = ["a ", "an ", "`"].iter().any(|head| what.starts_with(head));
    if words { what.to_owned() } else { format!("`{what}`") }
}

/// An import that does not start with `./` or `../`.
pub fn import_not_relative(from: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0106", span, format!("`{from}` is not a relative path"))
        .label("must start with `./` or `../`")
        .help(format!("write `\"./{from}\"`"))
        .edit(span, format!("\"./{from}\""))
}

/// An imported file that is missing or cannot be read.
pub fn import_not_readable(from: &str, path: &str, why: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0105", span, format!("cannot import `{from}`: {why}"))
        .label(format!("looked for `{path}`"))
        .help("a path is relative to the file that imports")
}

/// An import of something that the standard library does not have.
pub fn import_not_in_library(from: &str, span: Span, library: &[&str]) -> Diagnostic {
    let missing = format!("cannot import `{from}`: the standard library has no such file");
    let missing = Diagnostic::error("E0105", span, missing).label("not in the library");
    let name = from.trim_start_matches("std/").trim_end_matches(".mc");
    match nearest(name, library.iter().filter_map(|known| known.strip_prefix("std/"))) {
        Some(near) => {
            missing.help(format!("did you mean `std/{near}`?")).edit(span, format!("\"std/{near}\""))
        }
        None if library.is_empty() => missing.help("no standard library can be reached from here"),
        None => missing.help(format!("there are {}", library.join(", "))),
    }
}
