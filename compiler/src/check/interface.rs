//! Interfaces: what `implements` one, or is bound to a slot that is written against one, has all of it, by
//! name and with the same types.

use super::scope::{Context, Scope};
use super::types::Reader;
use crate::error;
use crate::tree::{ErrorSignature, EventSignature, Function, FunctionKind, Unit, UnitId};
use mc_container::manifest::EntryKind;
use mc_container::ty::{Field, StructType, Type};
use mc_syntax::ast::{self, Contract, ItemKind, TypeKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;

/// Checks every `implements` of every file.
pub(crate) fn check(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (file, tree) in (0..).map(FileId).zip(&context.loaded.files) {
        for (number, item) in tree.items.iter().enumerate() {
            let ItemKind::Contract(contract) = &item.kind else { continue };
            let Some(id) = context.units.get(&(file, number)) else { continue };
            for wanted in &contract.implements {
                implements(context, (file, *id), contract, wanted, diagnostics);
            }
        }
    }
}

fn implements(
    context: &Context<'_>,
    (file, id): (FileId, UnitId),
    contract: &Contract,
    wanted: &ast::Type,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<()> {
    let TypeKind::Named { path, args } = &wanted.kind else { return None };
    path.single().into_iter().for_each(|name| context.names.mention(file, name));
    let Some(interface) = context.interface(file, &path.text()) else {
        if !context.names.is_missing(file, &path.text()) {
            let known = context.names.of(file).map(|(name, _)| name);
            diagnostics.push(error::unknown("interface", &path.text(), path.span, known));
        }
        return None;
    };
    let interface = context.program.interfaces.get(interface.0 as usize)?;
    let (unit, scope) = (context.program.unit(id)?, context.scope(id)?);
    let assets = assets(scope, interface, args, wanted.span, diagnostics)?;
    let rename = |asset: &str| assets.get(asset).cloned().unwrap_or_else(|| asset.to_owned());
    let own = Side { unit, same: &str::to_owned, shown: &str::to_owned };
    let other = Side { unit: interface, same: &rename, shown: &rename };
    for lack in lacks(own, other) {
        diagnostics.push(lack.broken_promise(&contract.name.name, &interface.name, wanted.span));
    }
    Some(())
}

/// The assets that the interface's generic parameters stand for in the contract.
fn assets(
    scope: &Scope<'_>,
    interface: &Unit,
    args: &[ast::TypeArg],
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<String, String>> {
    if interface.generics.len() != args.len() {
        diagnostics.push(
            Diagnostic::error(
                "E0202",
                span,
                format!("`{}` takes {} generic arguments", interface.name, interface.generics.len()),
            )
            .label(format!("{} given", args.len()))
            .also(interface.span, "declared here"),
        );
        return None;
    }
    let mut reader = Reader::new(scope.types, &scope.constants, diagnostics);
    let given: Option<Vec<String>> = args.iter().map(|arg| reader.asset_argument(arg)).collect();
    Some(interface.generics.iter().cloned().zip(given?).collect())
}

/// One side of a comparison: an interface, or what should have everything in it.
#[derive(Clone, Copy)]
pub(crate) struct Side<'c> {
    pub(crate) unit: &'c Unit,
    /// A name for each asset that is the same on both sides only for the same asset.
    pub(crate) same: &'c dyn Fn(&str) -> String,
    /// The name that people know it by.
    pub(crate) shown: &'c dyn Fn(&str) -> String,
}

/// What something lacks of an interface.
pub(crate) enum Lack {
    /// It is not there.
    Missing {
        kind: &'static str,
        name: String,
        /// Where the interface declares it.
        declared: Span,
    },
    /// It is there, and is another.
    Differs {
        name: String,
        /// Only what it gives is another: this.
        gives: Option<String>,
        own: (Span, String),
        wanted: (Span, String),
    },
}

/// Everything that `own` lacks of the interface `wanted`.
pub(crate) fn lacks(own: Side<'_>, wanted: Side<'_>) -> Vec<Lack> {
    let mut lacks = Vec::new();
    for asset in &wanted.unit.assets {
        let mut assets = own.unit.assets.iter();
        if !assets.any(|known| known.name == asset.name && known.unique.is_none()) {
            lacks.push(missing("asset", &asset.name, asset.span));
        }
    }
    let functions = wanted.unit.functions.iter().filter_map(|function| callable(own, wanted, function));
    let errors = wanted.unit.errors.iter().filter_map(|error| of_error(own, wanted, error));
    let events = wanted.unit.events.iter().filter_map(|event| of_event(own, wanted, event));
    lacks.extend(functions.chain(errors).chain(events));
    lacks
}

fn missing(kind: &'static str, name: &str, declared: Span) -> Lack {
    Lack::Missing { kind, name: name.to_owned(), declared }
}

fn callable(own: Side<'_>, wanted: Side<'_>, function: &Function) -> Option<Lack> {
    let word = if function.kind == FunctionKind::Callable(EntryKind::View) { "view" } else { "entry" };
    let found = own.unit.function_named(&function.name).map(|(_, function)| function);
    let Some(found) = found.filter(|found| found.kind == function.kind) else {
        return Some(missing(word, &function.name, function.span));
    };
    let (fields, needed) = (fields_of(found), fields_of(function));
    let takes = alike((own, &fields), (wanted, &needed));
    let result = |function: &Function| function.result.clone().unwrap_or_else(Type::unit);
    let (gives, expected) = (result(found), result(function));
    let gives_it = plain(own, &gives) == plain(wanted, &expected);
    let shown = |side, fields, of: &Function| shown(side, &of.name, fields, of.result.as_ref());
    (!takes || !gives_it).then(|| Lack::Differs {
        name: function.name.clone(),
        gives: takes.then(|| gives.rename_assets(own.shown).to_string()),
        own: (found.span, shown(own, &fields, found)),
        wanted: (function.span, shown(wanted, &needed, function)),
    })
}

fn of_error(own: Side<'_>, wanted: Side<'_>, error: &ErrorSignature) -> Option<Lack> {
    let Some(found) = own.unit.errors.iter().find(|known| known.name == error.name) else {
        return Some(missing("error", &error.name, error.span));
    };
    (!alike((own, &found.fields), (wanted, &error.fields))).then(|| Lack::Differs {
        name: error.name.clone(),
        gives: None,
        own: (found.span, shown(own, &found.name, &found.fields, None)),
        wanted: (error.span, shown(wanted, &error.name, &error.fields, None)),
    })
}

/// What an interface's event tells, and what can be searched, is what its contracts' events do.
fn of_event(own: Side<'_>, wanted: Side<'_>, event: &EventSignature) -> Option<Lack> {
    let Some(found) = own.unit.events.iter().find(|known| known.name == event.name) else {
        return Some(missing("event", &event.name, event.span));
    };
    let same = alike((own, &found.fields), (wanted, &event.fields)) && found.indexed == event.indexed;
    (!same).then(|| Lack::Differs {
        name: event.name.clone(),
        gives: None,
        own: (found.span, shown_event(own, found)),
        wanted: (event.span, shown_event(wanted, event)),
    })
}

impl Lack {
    /// That a contract is not what it `implements`.
    fn broken_promise(&self, contract: &str, interface: &str, promised: Span) -> Diagnostic {
        match self {
            Self::Missing { kind, name, declared } => Diagnostic::error(
                "E0802",
                promised,
                format!("`{contract}` has no {kind} `{name}`, which `{interface}` asks for"),
            )
            .label("promised here")
            .also(*declared, "asked for here")
            .help(format!("declare the {kind}, or leave `implements {interface}` out")),
            Self::Differs { name, own, wanted, .. } => {
                Diagnostic::error("E0802", own.0, format!("`{name}` is not as `{interface}` declares it"))
                    .label(format!("`{}`", own.1))
                    .also(wanted.0, format!("`{}`", wanted.1))
                    .help("give it what the interface says")
            }
        }
    }

    /// That what is bound to a slot is not what the slot needs.
    pub(crate) fn misfit(&self, needs: &str, (deployed, contract): (&str, &str), bound: Span) -> Diagnostic {
        let error = |what: String| {
            Diagnostic::error("E0507", bound, format!("{needs}: {what}"))
                .label(format!("`{deployed}` is a `{contract}`"))
        };
        match self {
            Self::Missing { kind, name, declared } => error(format!("`{contract}` has no {kind} `{name}`"))
                .also(*declared, "asked for here")
                .help("bind what has everything that the interface declares"),
            Self::Differs { name, gives, own, wanted } => {
                let report = match gives {
                    Some(gives) => error(format!("`{contract}.{name}` gives `{gives}`")),
                    None => error(format!("`{contract}.{name}` is another")),
                };
                report
                    .also(own.0, format!("found: `{}`", own.1))
                    .also(wanted.0, format!("needed: `{}`", wanted.1))
            }
        }
    }
}

fn fields_of(function: &Function) -> Vec<Field> {
    let field = |local: &crate::tree::Local| Field {
        name: local.name.clone(),
        ty: local.ty.clone(),
        constant: false,
    };
    function.param_locals().iter().map(field).collect()
}

/// The same names and types, in order.
fn alike((own, fields): (Side<'_>, &[Field]), (wanted, needed): (Side<'_>, &[Field])) -> bool {
    let same = |(field, needed): (&Field, &Field)| {
        field.name == needed.name && plain(own, &field.ty) == plain(wanted, &needed.ty)
    };
    fields.len() == needed.len() && fields.iter().zip(needed).all(same)
}

/// The type as both sides would write it. Whether a field is `const` matters to who makes the struct only.
fn plain(side: Side<'_>, ty: &Type) -> Type {
    ty.rename_assets(side.same).map(&|ty| match ty {
        Type::Struct(it) => {
            let fields = it.fields.into_iter().map(|field| Field { constant: false, ..field }).collect();
            Type::Struct(StructType { fields, ..it })
        }
        other => other,
    })
}

fn shown_event(side: Side<'_>, event: &EventSignature) -> String {
    let mark = |indexed: bool| if indexed { " indexed" } else { "" };
    let fields: Vec<String> = (event.fields.iter().zip(&event.indexed))
        .map(|(field, indexed)| format!("{}: {}{}", field.name, written(side, &field.ty), mark(*indexed)))
        .collect();
    format!("{}({})", event.name, fields.join(", "))
}

fn shown(side: Side<'_>, name: &str, fields: &[Field], result: Option<&Type>) -> String {
    let param = |field: &Field| format!("{}: {}", field.name, written(side, &field.ty));
    let params: Vec<String> = fields.iter().map(param).collect();
    let result = result.map_or_else(String::new, |ty| format!(" -> {}", written(side, ty)));
    format!("{name}({}){result}", params.join(", "))
}

/// A type with everything in it that may tell it apart from another of the same name.
fn written(side: Side<'_>, ty: &Type) -> String {
    match ty {
        Type::Struct(it) if it.asset.is_none() => {
            let field = |field: &Field| format!("{}: {}", field.name, written(side, &field.ty));
            let fields: Vec<String> = it.fields.iter().map(field).collect();
            format!("{} {{ {} }}", it.name, fields.join(", "))
        }
        Type::Option(content) => format!("{}?", written(side, content)),
        other => other.rename_assets(side.shown).to_string(),
    }
}
