//! The diagnostics that more than one phase gives, and the table of every code after parsing.

use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// Every code the compiler gives after parsing, with its meaning.
pub const CODES: &[(&str, &str)] = &[
    ("E0101", "a name that is not declared"),
    ("E0102", "a name the imported file does not declare"),
    ("E0104", "a name that is declared twice"),
    ("E0105", "an imported file that cannot be read"),
    ("E0106", "an import that is not relative"),
    ("E0201", "a value of another type than expected"),
    ("E0202", "a type that cannot stand here"),
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
    ("E0401", "a `@parallel` entry that serialises"),
    ("E0402", "a `view` that writes"),
    ("E0508", "a `step` outside of a composition, or inside of a loop"),
    ("E0509", "a slot or a deployment that does not fit"),
    ("E0601", "recursion"),
    ("E0602", "a loop without a bound"),
    ("E0603", "an entry that is too large"),
    ("E0901", "a construct that is not compiled yet"),
];

/// A construct that parses and that this compiler does not compile.
pub fn not_compiled(construct: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0901", span, format!("{construct} is not compiled yet"))
        .label("parsed, but this version stops here")
        .help("this version compiles contracts over integers, `bool`, `address`, `id` and `time`, and compositions of them; see `What compiles` in README.md")
}

/// A name nothing declares, with the nearest one that is.
pub fn unknown<'n>(
    kind: &str,
    name: &str,
    span: Span,
    known: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let unknown = Diagnostic::error("E0101", span, format!("no {kind} `{name}`")).label("not declared here");
    match nearest(name, known) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")).edit(span, near),
        None => unknown,
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

/// A value of the wrong type.
pub fn mismatch(expected: &str, found: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0201", span, format!("expected `{expected}`, found `{found}`"))
        .label(format!("this is `{found}`"))
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
