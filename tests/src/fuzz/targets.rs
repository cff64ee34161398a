//! What must hold of every input, whatever it is: each takes bytes, and panics where it does not.
//!
//! The crate `fuzz/` includes this file, so it uses the crates of the product and nothing of this one.

use mc_compiler::load::Loader;
use mc_container::access::evaluate::Evaluator;
use mc_container::access::{EntryAccess, Environment, Term, VariableId};
use mc_container::package::Package;
use mc_container::value::Value;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::format::{Refusal, format};
use mc_syntax::lexer::lex;
use mc_syntax::parser::parse;
use mc_syntax::source::{FileId, Span};

/// A property of every input.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 5] =
    [("lexer", lexer), ("parser", parser), ("checker", checker), ("container", container), ("terms", terms)];

/// Tokens stand in order, inside of the text.
pub fn lexer(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut before = 0;
    for (start, token, end) in lex(&text).tokens {
        assert!(before <= start && start < end && end <= text.len(), "a token at {start}..{end}");
        assert_eq!(text.get(start..end), Some(token.text()), "a token is not what is written");
        before = end;
    }
}

/// A text gives a tree and findings that point into it; without mistakes, it can be formatted.
pub fn parser(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parsed = parse(FileId(0), &text);
    point_into(&text, &parsed.diagnostics);
    if let Ok(formatted) = format(FileId(0), &text) {
        assert_eq!(format(FileId(0), &formatted), Ok(formatted.clone()), "formatting twice is another text");
    } else {
        assert_ne!(format(FileId(0), &text), Err(Refusal::Bug), "the formatter would lose something");
    }
}

/// A text compiles, or gets an error.
pub fn checker(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(output) = mc_compiler::compile(&["main.mc".to_owned()], &Alone(&text)) else { return };
    point_into(&text, &output.diagnostics);
    let errors = output.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(errors, output.compiled.is_none(), "an error, or a result");
    for container in output.compiled.iter().flat_map(|compiled| &compiled.containers) {
        self::container(&container.package.encode());
    }
}

/// Bytes are refused, or are a package that comes back from its own bytes.
pub fn container(bytes: &[u8]) {
    let Ok(package) = Package::decode(bytes) else { return };
    let encoded = package.encode();
    assert_eq!(encoded, bytes, "a package has two encodings");
    for entry in package.access() {
        evaluate(entry);
    }
}

/// Terms of any shape come to a value or trap, and to the same again.
pub fn terms(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(term) = <Term as borsh::BorshDeserialize>::deserialize(&mut rest) {
        let mut evaluator = Evaluator::new(&Known, true);
        let value = evaluator.term(&term);
        assert_eq!(evaluator.term(&term), value, "a term has two values");
        if term.0.is_empty() {
            return;
        }
    }
}

fn evaluate(entry: &EntryAccess) {
    let mut evaluator = Evaluator::new(&Known, true);
    for access in &entry.accesses {
        let bounds = access.ranges.iter().flat_map(|range| [&range.from, &range.to]);
        for term in access.keys.iter().chain(bounds) {
            let _value = evaluator.term(term);
        }
    }
}

fn point_into(text: &str, diagnostics: &[Diagnostic]) {
    let inside = |span: Span| {
        span.start <= span.end
            && text.is_char_boundary(span.start as usize)
            && text.is_char_boundary(span.end as usize)
    };
    for diagnostic in diagnostics {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        let spans = labels.map(|label| label.span).chain(diagnostic.edits.iter().map(|edit| edit.span));
        assert!(spans.into_iter().all(inside), "points outside of the text: {diagnostic:?}");
    }
}

/// A file, alone in the world.
struct Alone<'t>(&'t str);

impl Loader for Alone<'_> {
    fn load(&self, path: &str) -> Result<String, String> {
        if path == "main.mc" { Ok(self.0.to_owned()) } else { Err("there is no such file".to_owned()) }
    }
}

/// A call of which everything is known.
struct Known;

impl Environment for Known {
    fn param(&self, number: u16) -> Option<Value> {
        let values = [Value::ZERO, Value::from_u64(1), Value::from_u64(u64::MAX), Value([u64::MAX; 4])];
        values.get(usize::from(number) % 5).copied()
    }

    fn caller(&self) -> Value {
        Value::from_u64(7)
    }

    fn now(&self) -> Value {
        Value::from_u64(1_000)
    }

    fn tx_id(&self) -> Value {
        Value::from_u64(9)
    }

    fn address(&self, instance: u16) -> Option<Value> {
        (instance < 4).then(|| Value::from_u64(u64::from(instance) + 100))
    }

    fn immutable(&self, instance: u16, variable: VariableId) -> Option<Value> {
        (instance < 4).then(|| Value::from_u64(u64::from(variable.0)))
    }

    fn at(&self, _: u16, _: VariableId, keys: &[Value]) -> Option<Value> {
        keys.first().copied()
    }
}
