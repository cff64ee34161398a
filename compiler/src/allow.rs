//! `@allow(W0702)`: warnings that the author has seen.

use crate::load::Loaded;
use mc_syntax::ast::{Attribute, ExprKind, ItemKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// Takes away the warnings that stand in a declaration with an `@allow` for their code.
pub fn apply(loaded: &Loaded, diagnostics: &mut Vec<Diagnostic>) {
    let mut allowed: Vec<(Span, &str)> = Vec::new();
    for item in loaded.files.iter().flat_map(|file| &file.items) {
        collect(&item.attributes, item.span, &mut allowed);
        if let ItemKind::Contract(contract) = &item.kind {
            for member in &contract.members {
                collect(&member.attributes, member.span, &mut allowed);
            }
        }
    }
    let within = |outer: Span, inner: Span| {
        outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
    };
    diagnostics.retain(|said| {
        said.is_error()
            || !allowed.iter().any(|(span, code)| *code == said.code && within(*span, said.primary.span))
    });
}

fn collect<'f>(attributes: &'f [Attribute], span: Span, allowed: &mut Vec<(Span, &'f str)>) {
    for attribute in attributes.iter().filter(|attribute| attribute.name.name == "allow") {
        allowed.extend(attribute.args.iter().filter_map(|arg| match &arg.kind {
            ExprKind::Name(code) => Some((span, code.name.as_str())),
            _ => None,
        }));
    }
}
