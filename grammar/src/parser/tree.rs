//! What the grammar's actions build the tree with.
//!
//! An action only puts together what it was given; the two mistakes that a production accepts in order to
//! name them well (a chained comparison, an import after a declaration) are reported here.

use super::codes;
use super::layout::Layout;
use super::unexpected::QUOTE_MAX;
use crate::ast::{
    BinaryOp, Block, Expr, ExprKind, File, Ident, Import, Item, ItemKind, Path, PatternKind, Stmt, StmtKind,
    Type, TypeKind,
};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use std::collections::BTreeMap;

/// What the actions of one parse know and say.
pub(crate) struct Context<'a> {
    layout: &'a Layout<'a>,
    docs: &'a BTreeMap<usize, String>,
    /// What the actions had to say.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// What may stand at the top level.
pub(crate) enum TopLevel {
    Import(Import),
    Item(Box<Item>),
}

impl<'a> Context<'a> {
    pub(crate) fn new(layout: &'a Layout<'a>, docs: &'a BTreeMap<usize, String>) -> Self {
        Self { layout, docs, diagnostics: Vec::new() }
    }

    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        self.layout.span(start, end)
    }

    /// The doc comment before the token at `start`.
    pub(crate) fn doc(&self, start: usize) -> String {
        self.docs.get(&start).cloned().unwrap_or_default()
    }

    /// The whole file, imports apart.
    pub(crate) fn file(&mut self, entries: Vec<TopLevel>) -> File {
        let mut file = File::default();
        let mut declared = None;
        for entry in entries {
            match entry {
                TopLevel::Import(import) => {
                    if let Some(first) = declared {
                        self.late_import(import.span, first);
                    }
                    file.imports.push(import);
                }
                TopLevel::Item(item) => {
                    let lost = matches!(item.kind, ItemKind::Recovered);
                    declared = declared.or(if lost { None } else { Some(item.span) });
                    file.items.push(*item);
                }
            }
        }
        file
    }

    fn late_import(&mut self, import: Span, first: Span) {
        let word = self.written(first).split_whitespace().next().unwrap_or_default();
        let start = self.span(first.start as usize, first.start as usize + word.len());
        let finding = Diagnostic::error(codes::LATE_IMPORT, import, "an import stands after a declaration")
            .label("this import is late")
            .also(start, "the first declaration is here")
            .help("move it to the top: what a file uses is read before what it declares");
        self.diagnostics.push(finding);
    }

    /// `left op right`, refused where `left` is a comparison already; the tree is that of the mended text.
    pub(crate) fn comparison(&mut self, left: Expr, op: (BinaryOp, Span), right: Expr) -> Expr {
        let Some((first, middle)) = last_comparison(&left) else { return binary(left, op, right) };
        self.diagnostics.push(self.chained(first, middle.span, op.1));
        let second = binary(middle.clone(), op, right);
        binary(left, (BinaryOp::And, op.1), second)
    }

    fn chained(&self, first: Span, middle: Span, second: Span) -> Diagnostic {
        let middle = self.written(middle);
        let shown = if middle.len() > QUOTE_MAX { "x" } else { middle };
        let (one, two) = (self.written(first), self.written(second));
        Diagnostic::error(codes::CHAINED_COMPARISON, second, "comparisons do not chain")
            .label("the second comparison")
            .also(first, "the first one")
            .help(format!("compare twice: `.. {one} {shown} && {shown} {two} ..`"))
            .edit(Span { end: second.start, ..second }, format!("&& {middle} "))
    }

    fn written(&self, span: Span) -> &'a str {
        self.layout.text(span.start as usize, span.end as usize)
    }
}

/// The place of the comparison that `left` ends with, and what stands behind it. A bare `&&` on the left of a
/// comparison is a mended chain, because `&&` binds less tightly.
fn last_comparison(left: &Expr) -> Option<(Span, &Expr)> {
    match &left.kind {
        ExprKind::Binary(_, op, at, right) if is_comparison(*op) => Some((*at, &**right)),
        ExprKind::Binary(_, BinaryOp::And, _, right) => last_comparison(right),
        _ => None,
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::{Equal, Greater, GreaterEqual, In, Less, LessEqual, NotEqual};
    matches!(op, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | In)
}

/// `left op right`.
pub(crate) fn binary(left: Expr, (op, at): (BinaryOp, Span), right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::Binary(Box::new(left), op, at, Box::new(right)), span }
}

/// `(A, B)`; a single type in parentheses is that type.
pub(crate) fn group_type(mut types: Vec<Type>, span: Span) -> Type {
    match types.pop() {
        Some(only) if types.is_empty() => only,
        last => {
            types.extend(last);
            Type { kind: TypeKind::Tuple(types), span }
        }
    }
}

/// `else if ..` as a block of one statement.
pub(crate) fn else_if(kind: StmtKind, span: Span) -> Block {
    Block { stmts: vec![Stmt { kind, span }], span }
}

/// A pattern that binds one name.
pub(crate) fn name_pattern(name: Ident) -> PatternKind {
    let span = name.span;
    PatternKind::Path(Path { segments: vec![name], span })
}

/// `first` before `rest`.
pub(crate) fn prepend<T>(first: T, mut rest: Vec<T>) -> Vec<T> {
    rest.insert(0, first);
    rest
}

/// The digits of `1_000`, and those of a malformed number up to where it is none.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(|char| *char != '_').take_while(char::is_ascii_digit).collect()
}

/// A number; one that is malformed has been reported, and no value is to be made of it.
pub(crate) fn integer(text: &str) -> ExprKind {
    let is_whole = text.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit());
    if is_whole { ExprKind::Int(digits(text)) } else { ExprKind::Recovered }
}

/// The digits of `0xFF_FF`, in lower case.
pub(crate) fn hex_digits(text: &str) -> String {
    text.trim_start_matches("0x").replace('_', "").to_ascii_lowercase()
}

/// The text of a string literal; what stands behind an unknown escape is kept as it is.
pub(crate) fn unescape(literal: &str) -> String {
    let inner = literal.strip_prefix('"').unwrap_or(literal);
    let mut chars = inner.strip_suffix('"').unwrap_or(inner).chars();
    let mut text = String::new();
    while let Some(char) = chars.next() {
        text.extend(if char == '\\' { chars.next().map(escaped) } else { Some(char) });
    }
    text
}

fn escaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        other => other,
    }
}
