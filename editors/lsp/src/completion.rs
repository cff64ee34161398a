//! What may be written next.
//!
//! The grammar says which words of the language may follow, the checker what stands before a dot: the program is
//! checked once more with a name put in at the cursor, so that a text which breaks off there can be read.

use crate::analysis::{self, Overlay, Snapshot};
use crate::choice::Choice;
use crate::imports;
use crate::index::{Declaration, Kind};
use crate::json::with;
use crate::members;
use crate::place::Place;
use crate::positions::Encoding;
use crate::words;
use gen_lsp_types::CompletionItemKind;
use mc_compiler::check::{ACTORS, FUNCTIONS};
use mc_compiler::tree::COIN;
use mc_container::value::Scalar;
use mc_syntax::ast::{ExprKind, Node, StmtKind};
use mc_syntax::parser::{self, Place as Grammar};
use mc_syntax::source::Span;
use serde_json::{Value as Json, json};

/// The name that is put in: no source has it.
const MARK: &str = "mcc__here";

/// What a text may break off before: without it, what stands at the cursor may not be read at all.
const ENDS: [&str; 5] = ["", ";", "();", " { }", ": u64) { }"];

/// Words that a type is built with.
const TYPES: [&str; 6] = ["string", "bytes", "list", "map", "set", COIN];

/// What may be written at a place.
#[must_use]
pub fn answer(place: &Place<'_>) -> Json {
    let text = place.snapshot.source(place.file);
    let offset = place.offset as usize;
    let grammar = parser::place(text, offset);
    let word = word_before(text, offset);
    let choices = if let Some(paths) = imports::paths(place, &grammar, text) {
        paths
    } else if in_literal(text, offset) {
        Vec::new()
    } else if matches!(grammar.before(0), "." | "?.") {
        let of = |end: &&str| at_mark(place, (word, offset), end, |there| members::of(there, &grammar));
        ENDS.iter().map(of).find(|found| !found.is_empty()).unwrap_or_default()
    } else {
        at_mark(place, (word, offset), "", |there| choices(there, &grammar, place))
    };
    let at = Span::new(place.file, word, offset);
    json!(choices.iter().map(|choice| item(place.snapshot, at, choice)).collect::<Vec<_>>())
}

fn item(snapshot: &Snapshot, at: Span, choice: &Choice) -> Json {
    let mut item = json!({
        "label": choice.label, "kind": choice.kind, "detail": choice.detail,
        "sortText": format!("{}{}", choice.rank, choice.label),
        "textEdit": { "range": snapshot.range(at), "newText": choice.label },
    });
    if !choice.doc.is_empty() {
        item = with(item, "documentation", json!({ "kind": "markdown", "value": choice.doc }));
    }
    if let Some((span, text)) = &choice.import {
        item =
            with(item, "additionalTextEdits", json!([{ "range": snapshot.range(*span), "newText": text }]));
    }
    item
}

/// The first byte of the word that reaches up to `offset`.
fn word_before(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    before.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_').len()
}

/// True within a comment, a string or a number.
fn in_literal(text: &str, offset: usize) -> bool {
    let within = |start: usize, end: usize| start < offset && offset < end;
    let tokens = mc_syntax::lexer::lex(text).tokens;
    let literal = |token: mc_syntax::token::Token<'_>| {
        use mc_syntax::token::Class;
        matches!(token.class(), Class::Literal | Class::Damaged)
    };
    let comments = mc_syntax::lexer::comments(text);
    comments.iter().any(|(start, end)| *start < offset && offset <= *end)
        || tokens.iter().any(|(start, token, end)| {
            literal(*token) && (within(*start, *end) || (offset == *end && !token.text().ends_with('"')))
        })
}

/// What `ask` says of the program with a name put in at the cursor.
fn at_mark(
    place: &Place<'_>,
    (word, offset): (usize, usize),
    end: &str,
    ask: impl FnOnce(&Place<'_>) -> Vec<Choice>,
) -> Vec<Choice> {
    let Some(marked) = marked(place, (word, offset), end) else { return Vec::new() };
    ask(&Place { snapshot: &marked, offset: u32::try_from(word).unwrap_or(0), ..*place })
}

/// The program with a name put in at the cursor, and `end` behind it.
fn marked(place: &Place<'_>, (word, offset): (usize, usize), end: &str) -> Option<Snapshot> {
    let mut text = place.snapshot.source(place.file).to_owned();
    text.replace_range(word..offset, &format!("{MARK}{end}"));
    let mut overlay = Overlay::new(place.documents, place.host);
    overlay.instead.insert(place.snapshot.path(place.file).to_owned(), text);
    let checked = analysis::check(&place.snapshot.roots, &overlay)?;
    let output = checked.known();
    Some(Snapshot::new(place.snapshot.roots.clone(), output, place.workspace, Encoding::default()))
}

fn choices(there: &Place<'_>, grammar: &Grammar, here: &Place<'_>) -> Vec<Choice> {
    match grammar.before(0) {
        "@" => ["parallel", "direct", "allow", "deprecated"].map(language).into_iter().collect(),
        _ => {
            let mut found: Vec<Choice> =
                grammar.keywords().into_iter().map(|word| keyword(word, grammar)).collect();
            if grammar.name() {
                names(there, grammar, here, &mut found);
            }
            found.retain(|choice| choice.label != MARK);
            found
        }
    }
}

fn keyword(word: &str, grammar: &Grammar) -> Choice {
    // What begins a statement or a member comes before what only an expression begins with.
    let rank = if grammar.statement() && !grammar.value() { 3 } else { 5 };
    match words::find(word) {
        Some((written, what)) => {
            Choice { doc: what.to_owned(), ..Choice::new(word, CompletionItemKind::Keyword, written, rank) }
        }
        None => Choice::new(word, CompletionItemKind::Keyword, "", rank),
    }
}

fn language(word: &str) -> Choice {
    let (written, what) = words::find(word).unwrap_or_default();
    Choice { doc: what.to_owned(), ..Choice::new(word, CompletionItemKind::Function, written, 4) }
}

/// What a name can mean where one may stand.
fn names(there: &Place<'_>, grammar: &Grammar, here: &Place<'_>, found: &mut Vec<Choice>) {
    let index = &there.snapshot.index;
    let wanted = Wanted::of(grammar);
    if wanted == Wanted::New {
        return;
    }
    if wanted == Wanted::Imported {
        found.extend(imports::names(there, grammar));
        return;
    }
    if wanted.takes(Kind::Parameter) {
        found.extend(locals(there));
    }
    let unit = there.nodes().iter().find_map(|node| match node {
        Node::Item(item) => mc_compiler::resolve::name_of(&item.kind).map(|name| name.span),
        _ => None,
    });
    let members = unit.into_iter().flat_map(|unit| index.parts(unit));
    let members = members.filter(|it| wanted.takes(it.kind) && it.kind != Kind::Parameter);
    found.extend(members.map(|it| Choice::of(there, it, 1)));
    let visible = imports::visible(there).into_iter().filter(|(_, it)| wanted.takes(it.kind));
    let visible: Vec<Choice> =
        visible.map(|(name, it)| Choice { label: name, ..Choice::of(there, it, 2) }).collect();
    found.extend(visible);
    match wanted {
        Wanted::Type => {
            found.extend(TYPES.into_iter().map(|it| Choice::new(it, CompletionItemKind::Keyword, "", 4)));
            let scalars = Scalar::ALL.iter().map(|it| it.name());
            found.extend(scalars.map(|it| Choice::new(it, CompletionItemKind::Keyword, "", 4)));
        }
        Wanted::Value => {
            found.extend(FUNCTIONS.into_iter().map(language));
            if in_test(there) {
                let actor = |name| Choice::new(name, CompletionItemKind::Constant, "address", 4);
                found.extend(ACTORS.into_iter().map(actor));
            }
        }
        _ => {}
    }
    let known: Vec<String> = found.iter().map(|choice| choice.label.clone()).collect();
    let absent = imports::absent(here).into_iter();
    found.extend(
        absent.filter(|(kind, it)| wanted.imports(*kind) && !known.contains(&it.label)).map(|(_, it)| it),
    );
}

fn in_test(place: &Place<'_>) -> bool {
    let within = |it: &Declaration| {
        it.kind == Kind::Test
            && it.whole.file == place.file
            && it.whole.start <= place.offset
            && place.offset <= it.whole.end
    };
    place.snapshot.index.declarations.values().any(within)
}

/// What kind of name may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// A name that does not mean anything yet.
    New,
    /// A name of another file.
    Imported,
    Type,
    Value,
    Error,
    Event,
    /// What a step calls.
    Step,
    Asset,
    /// What can be deployed.
    Unit,
}

impl Wanted {
    fn of(grammar: &Grammar) -> Self {
        let first = grammar.line().first().map_or("", String::as_str);
        match grammar.before(0) {
            "let" | "mut" | "fn" | "contract" | "interface" | "compose" | "app" | "struct" | "enum"
            | "const" | "error" | "event" | "state" | "immutable" | "asset" | "role" | "entry" | "view"
            | "invariant" | "catch" | "for" | "uses" => Self::New,
            "{" | "," if first == "import" => Self::Imported,
            "emit" => Self::Event,
            "abort" => Self::Error,
            "else" if !grammar.statement() => Self::Error,
            "step" => Self::Step,
            "=" if grammar.line().iter().rev().take(3).any(|word| word == "step") => Self::Step,
            "mint" | "spends" => Self::Asset,
            "deploy" => Self::Unit,
            _ if grammar.value() => Self::Value,
            ":" | "->" | "<" | "implements" => Self::Type,
            "," if grammar.line().iter().any(|word| word == "<") => Self::Type,
            _ => Self::New,
        }
    }

    fn takes(self, kind: Kind) -> bool {
        use Kind as K;
        match self {
            Self::New | Self::Imported => false,
            Self::Type => matches!(
                kind,
                K::Struct | K::Enum | K::Asset | K::Generic | K::Interface | K::Contract | K::Slot
            ),
            Self::Value => !matches!(
                kind,
                K::App
                    | K::Test
                    | K::Init
                    | K::Migrate
                    | K::Error
                    | K::Event
                    | K::Invariant
                    | K::Entry
                    | K::Interface
                    | K::Contract
                    | K::Compose
            ),
            Self::Error => kind == K::Error,
            Self::Event => kind == K::Event,
            Self::Step => matches!(kind, K::Slot | K::Compose),
            Self::Asset => matches!(kind, K::Asset | K::Generic | K::Slot),
            Self::Unit => matches!(kind, K::Contract | K::Compose),
        }
    }

    fn imports(self, kind: Kind) -> bool {
        match self {
            Self::Value => matches!(kind, Kind::Struct | Kind::Enum | Kind::Const | Kind::Function),
            _ => self.takes(kind),
        }
    }
}

/// The locals that can be seen from a place: those bound before it, in what is open around it.
fn locals(place: &Place<'_>) -> Vec<Choice> {
    let notes = &place.snapshot.output.notes;
    let Some(tree) = place.snapshot.tree(place.file) else { return Vec::new() };
    let scope = |offset: u32| tree.around(offset).into_iter().rev().find(|node| binds(*node)).map(Node::span);
    let first = Span { file: place.file, start: 0, end: 0 };
    let before = notes.locals.range(first..Span { start: place.offset, end: 0, ..first });
    // A name is not known in what it is bound to.
    let own = place.nodes().into_iter().rev().find(|node| gives(*node)).map(Node::span);
    let here = before.filter(|local| {
        let bound_here = own.is_some_and(|own| own.start <= local.start && local.end <= own.end);
        !bound_here && scope(local.start).is_some_and(|it| it.start <= place.offset && place.offset <= it.end)
    });
    let mut choices: Vec<Choice> = Vec::new();
    for local in here {
        let name = place.snapshot.text(*local);
        let ty = notes.values.get(local).map_or(String::new(), |found| found.ty.to_string());
        choices.retain(|known| known.label != name);
        choices.push(Choice::new(name, CompletionItemKind::Variable, ty, 0));
    }
    let instances = notes.behind.range(first..Span { start: place.offset, end: 0, ..first });
    for (at, unit) in instances.filter(|(at, _)| !place.snapshot.index.declarations.contains_key(at)) {
        if scope(at.start).is_some_and(|it| it.start <= place.offset && place.offset <= it.end) {
            let detail =
                place.declaration(*unit).map_or(String::new(), |unit| format!("deploy {}", unit.name));
            choices.push(Choice::new(place.snapshot.text(*at), CompletionItemKind::Module, detail, 0));
        }
    }
    choices
}

/// True for a statement that gives a value to the names it binds.
fn gives(node: Node<'_>) -> bool {
    matches!(node, Node::Stmt(stmt) if matches!(stmt.kind, StmtKind::Let { .. } | StmtKind::Step(..)))
}

/// True for what a name that is bound in it ends with.
fn binds(node: Node<'_>) -> bool {
    match node {
        Node::Item(_) | Node::Member(_) | Node::Block(_) | Node::StmtArm(_) | Node::ExprArm(_) => true,
        Node::Stmt(stmt) => matches!(stmt.kind, StmtKind::For { .. } | StmtKind::Try(..)),
        Node::Expr(expr) => matches!(expr.kind, ExprKind::Forall(..) | ExprKind::Exists(..)),
        _ => false,
    }
}
