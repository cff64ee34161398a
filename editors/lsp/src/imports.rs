//! Names of other files: those that are imported, and those that could be.

use crate::choice::Choice;
use crate::index::{Declaration, Kind};
use crate::place::Place;
use gen_lsp_types::CompletionItemKind;
use mc_compiler::load::path_of;
use mc_compiler::resolve::imports;
use mc_syntax::parser::Place as Grammar;
use mc_syntax::source::Span;

/// What a file names at its top level: its own declarations, and what it imports, each with the name it has there.
#[must_use]
pub fn visible<'p>(place: &Place<'p>) -> Vec<(String, &'p Declaration)> {
    let index = &place.snapshot.index;
    let own = index.top_level(place.file).map(|it| (it.name.clone(), it));
    let imports = place.snapshot.tree(place.file).into_iter().flat_map(|tree| &tree.imports);
    let imported = imports.flat_map(|import| &import.names).filter_map(|import| {
        let here = import.alias.as_ref().unwrap_or(&import.name);
        let declared = index.names.get(&import.name.span)?;
        Some((here.name.clone(), index.declarations.get(declared)?))
    });
    own.chain(imported).collect()
}

/// The names that the import at a place could name.
#[must_use]
pub fn names(place: &Place<'_>, grammar: &Grammar) -> Vec<Choice> {
    let tree = place.snapshot.tree(place.file);
    let mut imports = tree.into_iter().flat_map(|tree| &tree.imports);
    let import = imports.find(|it| it.span.start <= place.offset && place.offset <= it.span.end);
    let Some(import) = import else { return Vec::new() };
    let path = path_of(place.snapshot.path(place.file), &import.from);
    let Some(file) = path.and_then(|path| place.snapshot.file(&path)) else { return Vec::new() };
    let named = |it: &Declaration| grammar.line().contains(&it.name);
    let exported = place.snapshot.index.top_level(file).filter(|it| exports(it.kind) && !named(it));
    exported.map(|it| Choice::of(place, it, 0)).collect()
}

fn exports(kind: Kind) -> bool {
    !matches!(kind, Kind::Test | Kind::App)
}

/// The files that can be imported, where the path of an import is being written.
#[must_use]
pub fn paths(place: &Place<'_>, grammar: &Grammar, text: &str) -> Option<Vec<Choice>> {
    let offset = place.offset as usize;
    let tokens = mc_syntax::lexer::lex(text).tokens;
    let literal = tokens.iter().find(|(start, _, end)| *start < offset && offset <= *end)?;
    let first = grammar.line().first().map(String::as_str);
    if first != Some("import") || !literal.1.text().starts_with('"') {
        return None;
    }
    let known = place.snapshot.output.sources.iter();
    let near = known
        .filter(|(file, source)| *file != place.file && !source.path.starts_with("std/"))
        .filter_map(|(file, _)| imports::path(&place.snapshot.output.sources, place.file, file));
    let library = place.host.library().into_iter().map(str::to_owned);
    let choices = library.chain(near).map(|path| Choice::new(&path, CompletionItemKind::File, "", 0));
    // The editor replaces the last word of a path only, so what comes before it is left out.
    let written = text.get(literal.0 + 1..offset).unwrap_or_default();
    let head = written.rfind(['/', '.']).map_or("", |at| written.get(..=at).unwrap_or_default());
    let rest = |mut choice: Choice| {
        choice.detail = choice.label.clone();
        choice.label = choice.label.strip_prefix(head)?.to_owned();
        Some(choice)
    };
    Some(choices.filter_map(rest).collect())
}

/// What other files of the program and the library declare and this one does not name yet, with the import it takes.
#[must_use]
pub fn absent(place: &Place<'_>) -> Vec<(Kind, Choice)> {
    let sources = &place.snapshot.output.sources;
    let Some(here) = place.snapshot.tree(place.file) else { return Vec::new() };
    let text = place.snapshot.source(place.file);
    let at = Span { file: place.file, start: 0, end: 0 };
    let mut found = Vec::new();
    let mut offer = |declaration: &Declaration, from: &str| {
        if exports(declaration.kind) {
            let import = imports::insertion(here, text, &declaration.name, from, at);
            let choice = Choice {
                import: Some(import),
                doc: declaration.doc.clone(),
                ..Choice::new(&declaration.name, CompletionItemKind::Module, format!("import from {from}"), 6)
            };
            found.push((declaration.kind, choice));
        }
    };
    for (file, _) in sources.iter().filter(|(file, _)| *file != place.file) {
        if let Some(from) = imports::path(sources, place.file, file) {
            place.snapshot.index.top_level(file).for_each(|it| offer(it, &from));
        }
    }
    for (name, declarations) in place.workspace.library(place.host) {
        if sources.find(&format!("{name}.mc")).is_none() {
            declarations.iter().for_each(|it| offer(it, name));
        }
    }
    found
}
