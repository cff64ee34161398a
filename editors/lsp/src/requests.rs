//! Requests, one a line, and what the server says of itself.

use crate::place::Place;
use crate::positions::Encoding;
use crate::session::{Session, read};
use crate::{
    actions, commands, completion, conflicts, definition, folding, format, hover, inlay, lens, references,
    rename, selection, signature, symbols, tokens,
};
use gen_lsp_types::{Position, Range, TextDocumentSyncKind};
use mc_syntax::source::Span;
use serde_json::{Value as Json, json};

/// Answers a request.
///
/// # Errors
/// Why there is no answer.
pub fn answer(session: &mut Session<'_>, method: &str, params: &Json) -> Result<Json, String> {
    match method {
        "textDocument/hover" => session.at(params, |place| Ok(hover::answer(place))),
        "textDocument/definition" | "textDocument/declaration" => {
            session.at(params, |place| Ok(definition::answer(place)))
        }
        "textDocument/typeDefinition" => session.at(params, |place| Ok(definition::of_type(place))),
        "textDocument/references" => {
            let declared = params.pointer("/context/includeDeclaration").and_then(Json::as_bool);
            let all = |place: &Place<'_>| Ok(references::answer(place, declared.unwrap_or(true)));
            session.everywhere(params, all).map(references::merged)
        }
        "textDocument/documentHighlight" => session.at(params, |place| Ok(references::highlights(place))),
        "textDocument/prepareRename" => session.at(params, rename::prepare),
        "textDocument/rename" => {
            let new = params.get("newName").and_then(Json::as_str).unwrap_or_default();
            session.everywhere(params, |place| rename::answer(place, new)).map(rename::merged)
        }
        "textDocument/completion" => session.at(params, |place| Ok(completion::answer(place))),
        "textDocument/signatureHelp" => session.at(params, |place| Ok(signature::answer(place))),
        "textDocument/documentSymbol" => {
            whole(session, params, |place| symbols::of_file(place.snapshot, place.file))
        }
        "textDocument/formatting" => {
            whole(session, params, |place| format::answer(place.snapshot, place.file))
        }
        "textDocument/foldingRange" => {
            whole(session, params, |place| folding::answer(place.snapshot, place.file))
        }
        "textDocument/codeLens" => {
            whole(session, params, |place| lens::answer(place.snapshot, place.host, place.file))
        }
        "textDocument/semanticTokens/full" => {
            whole(session, params, |place| tokens::answer(place.snapshot, place.host, place.file))
        }
        "textDocument/inlayHint" => {
            let wanted = session.hints;
            within(session, params, |place, span| inlay::answer(place.snapshot, place.host, span, wanted))
        }
        "textDocument/codeAction" => {
            let only = params.pointer("/context/only/0").and_then(Json::as_str);
            within(session, params, |place, span| actions::answer(place, span, only))
        }
        "textDocument/selectionRange" => selections(session, params),
        "workspace/symbol" => {
            let wanted = params.get("query").and_then(Json::as_str).unwrap_or_default();
            Ok(session.named(wanted))
        }
        "mc/conflicts" => {
            let app = params.get("app").and_then(Json::as_str).map(str::to_owned);
            let asked = pointed(params, Position::default());
            session.at(&asked, |place| conflicts::answer(place.snapshot, place.host, app.as_deref()))
        }
        _ => Err(format!("`{method}` is not known here")),
    }
}

/// The same request, pointing at a place.
fn pointed(params: &Json, position: Position) -> Json {
    json!({ "textDocument": params.get("textDocument"), "position": position })
}

fn whole(
    session: &mut Session<'_>,
    params: &Json,
    ask: impl FnOnce(&Place<'_>) -> Json,
) -> Result<Json, String> {
    session.at(&pointed(params, Position::default()), |place| Ok(ask(place)))
}

fn within(
    session: &mut Session<'_>,
    params: &Json,
    ask: impl FnOnce(&Place<'_>, Span) -> Json,
) -> Result<Json, String> {
    let range: Range = read(params.get("range").cloned().unwrap_or_default())?;
    session.at(&pointed(params, range.start), |place| Ok(ask(place, place.snapshot.span(place.file, range))))
}

fn selections(session: &mut Session<'_>, params: &Json) -> Result<Json, String> {
    let positions: Vec<Position> = read(params.get("positions").cloned().unwrap_or_default())?;
    let one = |position| session.at(&pointed(params, position), |place| Ok(selection::answer(place)));
    positions.into_iter().map(one).collect::<Result<Vec<Json>, String>>().map(Json::Array)
}

/// What the server can do.
#[must_use]
pub fn capabilities(encoding: Encoding) -> Json {
    json!({
        "positionEncoding": encoding.name(),
        "textDocumentSync": { "openClose": true, "change": TextDocumentSyncKind::Incremental, "save": true },
        "hoverProvider": true,
        "definitionProvider": true,
        "declarationProvider": true,
        "typeDefinitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "renameProvider": { "prepareProvider": true },
        "completionProvider": { "triggerCharacters": [".", "@", "\"", "/"] },
        "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "documentFormattingProvider": true,
        "foldingRangeProvider": true,
        "selectionRangeProvider": true,
        "codeLensProvider": { "resolveProvider": false },
        "codeActionProvider": {
            "codeActionKinds": ["quickfix", "refactor.rewrite", "refactor.extract", "source.fixAll"],
        },
        "inlayHintProvider": true,
        "semanticTokensProvider": { "legend": tokens::legend(), "full": true },
        "executeCommandProvider": { "commands": commands::NAMES },
        "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
        "experimental": { "conflicts": "mc/conflicts" },
    })
}
