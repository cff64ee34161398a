//! Interfaces: a contract that `implements` one has everything in it, by name and with the same types.

use super::scope::{Context, Scope};
use super::types::{Reader, Types};
use crate::error;
use crate::tree::{Function, FunctionKind, Unit, UnitId};
use mc_container::manifest::EntryKind;
use mc_container::ty::{Field, Type};
use mc_syntax::ast::{
    self, Contract, EventDef, EventParam, Interface, InterfaceMemberKind, ItemKind, Signature, TypeKind,
};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;

/// Checks every `implements` of every file, and every interface for its own mistakes.
pub(crate) fn check(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (file, tree) in (0..).map(FileId).zip(&context.loaded.files) {
        for (number, item) in tree.items.iter().enumerate() {
            match &item.kind {
                ItemKind::Interface(interface) => {
                    let types = Types::of_file(context.loaded, context.names, file);
                    own_mistakes(&Types { interface: Some(interface), ..types }, interface, diagnostics);
                }
                ItemKind::Contract(contract) => {
                    let id = context.units.get(&(file, number)).copied();
                    for wanted in &contract.implements {
                        id.and_then(|id| implements(context, (file, id), contract, wanted, diagnostics));
                    }
                }
                _ => {}
            }
        }
    }
}

fn own_mistakes(types: &Types<'_>, interface: &Interface, diagnostics: &mut Vec<Diagnostic>) {
    let constants = BTreeMap::new();
    let mut reader = Reader::new(*types, &constants, diagnostics);
    for member in &interface.members {
        match &member.kind {
            InterfaceMemberKind::Entry(signature) | InterfaceMemberKind::View(signature) => {
                read(&mut reader, signature);
            }
            InterfaceMemberKind::Error(it) => drop(reader.params(&it.params)),
            InterfaceMemberKind::Event(it) => it.params.iter().for_each(|param| drop(reader.read(&param.ty))),
            _ => {}
        }
    }
}

/// What a signature of an interface takes and gives.
fn read(reader: &mut Reader<'_, '_>, signature: &Signature) -> Option<(Vec<Field>, Option<Type>)> {
    let params = reader.params(&signature.params);
    let result = match &signature.result {
        Some(ty) => Some(reader.read(ty)?),
        None => None,
    };
    Some((params?, result.filter(|ty| *ty != Type::unit())))
}

fn implements(
    context: &Context<'_>,
    (file, id): (FileId, UnitId),
    contract: &Contract,
    wanted: &ast::Type,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<()> {
    let TypeKind::Named { path, args } = &wanted.kind else { return None };
    let definition = context.names.get(file, &path.text());
    let item = definition.and_then(|it| {
        context.loaded.files.get(usize::from(it.file.0))?.items.get(it.item).map(|item| (it.file, item))
    });
    let Some((there, interface)) = item.and_then(|(there, item)| match &item.kind {
        ItemKind::Interface(interface) => Some((there, interface)),
        _ => None,
    }) else {
        if !context.names.is_missing(file, &path.text()) {
            let known = context.names.of(file).map(|(name, _)| name);
            diagnostics.push(error::unknown("interface", &path.text(), path.span, known));
        }
        return None;
    };
    let (unit, scope) = (context.program.unit(id)?, context.scope(id)?);
    let assets = assets(scope, interface, args, wanted.span, diagnostics)?;
    let types = Types::of_file(context.loaded, context.names, there);
    let mut comparison = Comparison {
        unit,
        contract,
        interface,
        assets,
        types: Types { interface: Some(interface), ..types },
        diagnostics,
    };
    for member in &interface.members {
        comparison.member(&member.kind, wanted.span);
    }
    Some(())
}

/// The assets that the interface's generic parameters stand for in the contract.
fn assets(
    scope: &Scope<'_>,
    interface: &Interface,
    args: &[ast::TypeArg],
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<String, String>> {
    if interface.generics.len() != args.len() {
        diagnostics.push(
            Diagnostic::error(
                "E0202",
                span,
                format!("`{}` takes {} generic arguments", interface.name.name, interface.generics.len()),
            )
            .label(format!("{} given", args.len()))
            .also(interface.name.span, "declared here"),
        );
        return None;
    }
    let mut reader = Reader::new(scope.types, &scope.constants, diagnostics);
    let given: Option<Vec<String>> = args.iter().map(|arg| reader.asset_argument(arg)).collect();
    let names = interface.generics.iter().map(|generic| generic.name.name.clone());
    Some(names.zip(given?).collect())
}

struct Comparison<'c> {
    unit: &'c Unit,
    contract: &'c Contract,
    interface: &'c Interface,
    assets: BTreeMap<String, String>,
    types: Types<'c>,
    diagnostics: &'c mut Vec<Diagnostic>,
}

impl Comparison<'_> {
    fn member(&mut self, member: &InterfaceMemberKind, wanted: Span) {
        match member {
            InterfaceMemberKind::Asset(name) => {
                let declared =
                    self.unit.assets.iter().any(|asset| asset.name == name.name && asset.unique.is_none());
                if !declared {
                    self.missing("asset", &name.name, name.span, wanted);
                }
            }
            InterfaceMemberKind::Entry(signature) => self.callable(signature, EntryKind::Entry, wanted),
            InterfaceMemberKind::View(signature) => self.callable(signature, EntryKind::View, wanted),
            InterfaceMemberKind::Error(it) => {
                let own = self.unit.errors.iter().find(|error| error.name == it.name.name);
                let Some(own) = own else {
                    return self.missing("error", &it.name.name, it.name.span, wanted);
                };
                if let Some(fields) = self.reader_params(&it.params).filter(|it| !same(&own.fields, it)) {
                    let (name, own_shown) = (&it.name.name, shown(&own.name, &own.fields, None));
                    self.differs(name, (own.span, &own_shown), (it.name.span, &shown(name, &fields, None)));
                }
            }
            InterfaceMemberKind::Event(it) => self.event(it, wanted),
            _ => {}
        }
    }

    /// What an interface's event tells, and what can be searched, is what its contracts' events do.
    fn event(&mut self, event: &EventDef, wanted: Span) {
        let name = &event.name;
        let own = self.unit.events.iter().find(|known| known.name == name.name);
        let Some(own) = own else { return self.missing("event", &name.name, name.span, wanted) };
        let param = |it: &EventParam| ast::Param {
            mutable: false,
            name: it.name.clone(),
            ty: it.ty.clone(),
            bound: None,
        };
        let params: Vec<ast::Param> = event.params.iter().map(param).collect();
        let Some(fields) = self.reader_params(&params) else { return };
        let indexed: Vec<bool> = event.params.iter().map(|param| param.indexed).collect();
        if !same(&own.fields, &fields) || own.indexed != indexed {
            let own_shown = shown_event(&name.name, &own.fields, &own.indexed);
            let wanted_shown = shown_event(&name.name, &fields, &indexed);
            self.differs(&name.name, (own.span, &own_shown), (name.span, &wanted_shown));
        }
    }

    fn reader_params(&mut self, params: &[ast::Param]) -> Option<Vec<Field>> {
        let constants = BTreeMap::new();
        let mut quiet = Vec::new();
        Reader::new(self.types, &constants, &mut quiet).params(params)
    }

    fn callable(&mut self, signature: &Signature, kind: EntryKind, wanted: Span) {
        let constants = BTreeMap::new();
        let mut quiet = Vec::new();
        let read = read(&mut Reader::new(self.types, &constants, &mut quiet), signature);
        let Some((params, result)) = read else { return };
        let name = &signature.name;
        let word = if kind == EntryKind::View { "view" } else { "entry" };
        let own = self.unit.function_named(&name.name).map(|(_, function)| function);
        let Some(own) = own.filter(|own| own.kind == FunctionKind::Callable(kind)) else {
            self.missing(word, &name.name, name.span, wanted);
            return;
        };
        let rename = |asset: &str| self.assets.get(asset).cloned().unwrap_or_else(|| asset.to_owned());
        let params: Vec<Field> =
            params.into_iter().map(|field| Field { ty: field.ty.rename_assets(&rename), ..field }).collect();
        let result = result.map(|ty| ty.rename_assets(&rename));
        let fields = fields_of(own);
        if !same(&fields, &params)
            || own.result.as_ref().map(ToString::to_string) != result.as_ref().map(ToString::to_string)
        {
            let own_shown = shown(&own.name, &fields, own.result.as_ref());
            let span = own.span;
            self.differs(
                &name.name,
                (span, &own_shown),
                (name.span, &shown(&name.name, &params, result.as_ref())),
            );
        }
    }

    fn missing(&mut self, kind: &str, name: &str, declared: Span, wanted: Span) {
        let (contract, interface) = (&self.contract.name.name, &self.interface.name.name);
        self.diagnostics.push(
            Diagnostic::error(
                "E0802",
                wanted,
                format!("`{contract}` has no {kind} `{name}`, which `{interface}` asks for"),
            )
            .label("promised here")
            .also(declared, "asked for here")
            .help(format!("declare the {kind}, or leave `implements {interface}` out")),
        );
    }

    fn differs(&mut self, name: &str, own: (Span, &str), wanted: (Span, &str)) {
        let interface = &self.interface.name.name;
        self.diagnostics.push(
            Diagnostic::error("E0802", own.0, format!("`{name}` is not as `{interface}` declares it"))
                .label(format!("`{}`", own.1))
                .also(wanted.0, format!("`{}`", wanted.1))
                .help("give it what the interface says"),
        );
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

/// The same names and types, in order; a struct of an interface is matched by its name.
fn same(own: &[Field], wanted: &[Field]) -> bool {
    own.len() == wanted.len()
        && own
            .iter()
            .zip(wanted)
            .all(|(own, wanted)| own.name == wanted.name && own.ty.to_string() == wanted.ty.to_string())
}

fn shown_event(name: &str, fields: &[Field], indexed: &[bool]) -> String {
    let mark = |indexed: bool| if indexed { " indexed" } else { "" };
    let fields: Vec<String> = (fields.iter().zip(indexed))
        .map(|(field, indexed)| format!("{}: {}{}", field.name, field.ty, mark(*indexed)))
        .collect();
    format!("{name}({})", fields.join(", "))
}

fn shown(name: &str, fields: &[Field], result: Option<&Type>) -> String {
    let params: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.name, field.ty)).collect();
    let result = result.map_or_else(String::new, |ty| format!(" -> {ty}"));
    format!("{name}({}){result}", params.join(", "))
}
