//! Types as written to the types that compile: scalars, and maps from scalars to scalars.

use crate::error;
use mc_container::value::Scalar;
use mc_syntax::ast::{Type, TypeArg, TypeKind};
use mc_syntax::diagnostic::Diagnostic;

/// The type of a state variable.
pub(crate) struct StateType {
    pub(crate) keys: Vec<Scalar>,
    pub(crate) value: Scalar,
}

/// Words that name a type of the language that does not compile yet.
const LATER: [&str; 6] = ["u256", "bytes", "string", "list", "set", "coin"];

/// The scalar that `ty` names.
pub(crate) fn scalar(ty: &Type, diagnostics: &mut Vec<Diagnostic>) -> Option<Scalar> {
    let TypeKind::Named { path, args } = &ty.kind else {
        let construct = if matches!(ty.kind, TypeKind::Option(_)) { "an option" } else { "a tuple" };
        diagnostics.push(error::not_compiled(construct, ty.span));
        return None;
    };
    let name = path.text();
    if let (Some(scalar), true) = (Scalar::by_name(&name), args.is_empty()) {
        return Some(scalar);
    }
    diagnostics.push(if name == "map" {
        Diagnostic::error("E0202", ty.span, "a map cannot stand here")
            .label("only `state` holds maps")
            .help("pass the keys, and read the map where it is declared")
    } else if LATER.contains(&name.as_str()) {
        error::not_compiled(&format!("the type `{name}`"), ty.span)
    } else if let Some(near) = nearest_scalar(&name) {
        Diagnostic::error("E0101", ty.span, format!("no type `{name}`"))
            .label("not a type")
            .help(format!("did you mean `{near}`?"))
            .edit(ty.span, near)
    } else {
        error::not_compiled(&format!("a value of type `{name}`"), ty.span)
    });
    None
}

/// The type of a `state` or `immutable`: a scalar, or a map of maps of scalars.
pub(crate) fn state(ty: &Type, diagnostics: &mut Vec<Diagnostic>) -> Option<StateType> {
    let mut keys = Vec::new();
    let mut level = ty;
    while let TypeKind::Named { path, args } = &level.kind {
        if path.text() != "map" {
            break;
        }
        let [TypeArg::Type(key), TypeArg::Type(value)] = args.as_slice() else {
            diagnostics.push(
                Diagnostic::error("E0202", level.span, "a map has a key type and a value type")
                    .label("not a complete map type")
                    .help("write `map<address, u128>`"),
            );
            return None;
        };
        keys.push(scalar(key, diagnostics)?);
        level = value;
    }
    Some(StateType { keys, value: scalar(level, diagnostics)? })
}

/// The scalar that a misspelt name is meant to be; declared types start with a capital.
fn nearest_scalar(name: &str) -> Option<&'static str> {
    let declared = name.starts_with(char::is_uppercase);
    error::nearest(name, Scalar::ALL.iter().map(|scalar| scalar.name())).filter(|_| !declared)
}
