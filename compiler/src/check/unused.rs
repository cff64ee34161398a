//! What is declared and never used, and roles that let nobody do anything.
//!
//! A name that starts with `_` is meant to be unused. What stands at the top level is there for other files, and
//! what an interface promises for other contracts, so neither is reported.

use super::body::{Body, Bound, Use};
use super::scope::Context;
use crate::tree::FunctionKind;
use mc_syntax::ast::{
    Contract, File, Ident, Import, ImportName, InterfaceMemberKind, ItemKind, MemberKind, Mention, TypeKind,
};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeSet;

/// Reports the imports and members that nothing uses, in every file.
pub(crate) fn check(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (id, file) in (0..).map(FileId).zip(&context.loaded.files) {
        imports(file, diagnostics);
        for item in &file.items {
            if let ItemKind::Contract(contract) = &item.kind {
                members(contract, &promised(context, id, contract), diagnostics);
            }
        }
    }
}

/// A warning, unless the name says that it knows.
fn unused(what: &str, name: &Ident) -> Option<Diagnostic> {
    let meant = name.name.starts_with('_');
    let warning = || Diagnostic::warning("W0702", name.span, format!("{what} `{}` is never used", name.name));
    (!meant).then(|| warning().label("not used anywhere"))
}

fn imports(file: &File, diagnostics: &mut Vec<Diagnostic>) {
    if file.imports.is_empty() {
        return;
    }
    let mut used = BTreeSet::new();
    for item in &file.items {
        item.mentions(&mut |name, _| {
            used.insert(name.name.as_str());
        });
    }
    let here = |imported: &'_ ImportName| imported.alias.clone().unwrap_or_else(|| imported.name.clone());
    for import in &file.imports {
        let is_idle = |imported: &&ImportName| !used.contains(here(imported).name.as_str());
        let idle: Vec<&ImportName> = import.names.iter().filter(is_idle).collect();
        let whole = idle.len() == import.names.len();
        for (number, imported) in idle.iter().enumerate() {
            let report = unused("the import", &here(imported)).map(|it| it.help("take it out of the import"));
            // The edits of one diagnostic take all of the line; the others wait for the next round, and are gone.
            let gone = if whole && number == 0 { import.span } else { piece(import, imported) };
            diagnostics.extend(report.map(|report| report.edit(gone, "")));
        }
    }
}

/// A name of an import with the comma that goes with it.
fn piece(import: &Import, imported: &ImportName) -> Span {
    let end_of = |it: &ImportName| it.alias.as_ref().unwrap_or(&it.name).span.end;
    let (start, end) = (imported.name.span.start, end_of(imported));
    let before = import.names.iter().rev().find(|it| it.name.span.start < start);
    let after = import.names.iter().find(|it| it.name.span.start > start);
    let span = imported.name.span;
    match (after, before) {
        (Some(after), _) => Span { start, end: after.name.span.start, ..span },
        (None, Some(before)) => Span { start: end_of(before), end, ..span },
        (None, None) => Span { start, end, ..span },
    }
}

/// The errors and events of the interfaces that a contract implements.
fn promised<'a>(context: &Context<'a>, file: FileId, contract: &Contract) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for ty in &contract.implements {
        let TypeKind::Named { path, .. } = &ty.kind else { continue };
        let Some(at) = context.names.get(file, &path.text()) else { continue };
        let item = context.loaded.files.get(usize::from(at.file.0)).and_then(|file| file.items.get(at.item));
        let Some(ItemKind::Interface(interface)) = item.map(|item| &item.kind) else { continue };
        names.extend(interface.members.iter().filter_map(|member| match &member.kind {
            InterfaceMemberKind::Error(it) => Some(it.name.name.as_str()),
            InterfaceMemberKind::Event(it) => Some(it.name.name.as_str()),
            _ => None,
        }));
    }
    names
}

fn members(contract: &Contract, promised: &BTreeSet<&str>, diagnostics: &mut Vec<Diagnostic>) {
    let (mut used, mut changed) = (BTreeSet::new(), BTreeSet::new());
    for member in &contract.members {
        member.mentions(&mut |name, mention| {
            match mention {
                Mention::Used => used.insert(name.name.as_str()),
                Mention::Changed => changed.insert(name.name.as_str()),
            };
        });
    }
    for member in &contract.members {
        let (what, name, help) = match &member.kind {
            MemberKind::Function(it) => ("the function", &it.signature.name, "call it, or take it out"),
            MemberKind::Error(it) => ("the error", &it.name, "abort with it, or take it out"),
            MemberKind::Event(it) => ("the event", &it.name, "emit it, or take it out"),
            MemberKind::Const(it) => ("the constant", &it.name, "use it, or take it out"),
            MemberKind::Role(it) => {
                let idle = !used.contains(it.name.name.as_str());
                diagnostics.extend(idle.then(|| unchecked(&it.name)).flatten());
                continue;
            }
            _ => continue,
        };
        let known = |names: &BTreeSet<&str>| names.contains(name.name.as_str());
        if !known(&used) && !known(&changed) && !known(promised) {
            diagnostics.extend(unused(what, name).map(|report| report.help(help)));
        }
    }
}

fn unchecked(role: &Ident) -> Option<Diagnostic> {
    let name = &role.name;
    let warning = Diagnostic::warning("W0701", role.span, format!("the role `{name}` is never checked"))
        .label("who is in it may do nothing more than others")
        .help(format!("write `by {name}` or `via {name}` on what it allows, or take the role out"));
    (!name.starts_with('_')).then_some(warning)
}

impl Body<'_> {
    /// Reports a local that went out of sight without having been read.
    pub(crate) fn warn_unused(&mut self, (name, span): (&str, Span), bound: Bound, used: Use) {
        let name = Ident { name: name.to_owned(), span };
        let is_function = self.header.is_some_and(|header| header.kind == FunctionKind::Internal);
        let what = match bound {
            Bound::Result => return,
            Bound::Parameter if !is_function => return,
            Bound::Parameter => "the parameter",
            Bound::Let | Bound::Index | Bound::Part => "the local",
        };
        let report = unused(what, &name).map(|report| match bound {
            Bound::Parameter => report.help("take it out, here and where the function is called"),
            _ if used == Use::Changed => report.help("what it is set to is lost: read it, or take it out"),
            _ => report
                .help(format!("take it out, or say that this is meant: `_{}`", name.name))
                .edit(Span { end: span.start, ..span }, "_"),
        });
        self.sink().extend(report);
    }
}
