//! Declarations: every unit with its state, errors, events, slots and signatures, but without bodies.

use super::constant::{self, NotConstant};
use super::expr;
use super::scope::{Constant, Context, UnitScope};
use super::types;
use crate::error;
use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{
    ErrorSignature, EventSignature, Field, Function, FunctionKind, Local, Program, Slot, Unit, UnitId,
    Variable,
};
use mc_container::manifest::EntryKind;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{
    Attribute, Block, Clause, Compose, ConstDef, Contract, ErrorDef, EventDef, Expr, Ident, ItemKind, Member,
    MemberKind, Param, Signature, StateDef, Type,
};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;

/// What the declarations of all files come to.
#[derive(Default)]
pub(crate) struct Declared<'a> {
    pub(crate) program: Program,
    pub(crate) scopes: Vec<UnitScope>,
    pub(crate) units: BTreeMap<(FileId, usize), UnitId>,
    /// For each unit, the source of each of its functions.
    pub(crate) bodies: Vec<Vec<BodySource<'a>>>,
}

/// Where the body of a function comes from.
#[derive(Clone, Copy)]
pub(crate) struct BodySource<'a> {
    pub(crate) unit: UnitId,
    pub(crate) params: &'a [Param],
    pub(crate) block: &'a Block,
}

/// Declares every contract and composition.
pub(crate) fn declare<'a>(
    loaded: &'a Loaded,
    names: &Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> Declared<'a> {
    let mut declared = Declared::default();
    let globals: Vec<FileGlobals> = (0..)
        .map(FileId)
        .zip(&loaded.files)
        .map(|(id, _)| FileGlobals::new(id, loaded, names, diagnostics))
        .collect();
    for (file_id, file) in (0..).map(FileId).zip(&loaded.files) {
        for (number, item) in file.items.iter().enumerate() {
            if matches!(item.kind, ItemKind::Contract(_) | ItemKind::Compose(_)) {
                let id = UnitId(u32::try_from(declared.units.len()).unwrap_or(u32::MAX));
                declared.units.insert((file_id, number), id);
            }
        }
    }
    for (file_id, file) in (0..).map(FileId).zip(&loaded.files) {
        let Some(globals) = globals.get(usize::from(file_id.0)) else { continue };
        for (number, item) in file.items.iter().enumerate() {
            let Some(id) = declared.units.get(&(file_id, number)).copied() else {
                report_item(&item.kind, diagnostics);
                continue;
            };
            let mut unit = Declarer {
                id,
                file: file_id,
                globals,
                names,
                units: &declared.units,
                diagnostics,
                scope: globals.scope.clone(),
                unit: Unit::empty(),
                bodies: Vec::new(),
            };
            unit.unit.doc.clone_from(&item.doc);
            match &item.kind {
                ItemKind::Contract(contract) => unit.contract(contract, &item.attributes),
                ItemKind::Compose(compose) => unit.compose(compose, &item.attributes, &item.doc),
                _ => {}
            }
            let Declarer { unit, scope, bodies, .. } = unit;
            declared.program.units.push(unit);
            declared.scopes.push(scope);
            declared.bodies.push(bodies);
        }
    }
    declared
}

/// Items that stand beside the units: those that compile are read elsewhere.
fn report_item(item: &ItemKind, diagnostics: &mut Vec<Diagnostic>) {
    let (construct, span) = match item {
        ItemKind::Interface(it) => ("an interface", it.name.span),
        ItemKind::Struct(it) => ("a struct", it.name.span),
        ItemKind::Enum(it) => ("an enum", it.name.span),
        ItemKind::Function(it) => ("a free function", it.signature.name.span),
        ItemKind::Test(it) => ("a test", it.name_span),
        _ => return,
    };
    diagnostics.push(error::not_compiled(construct, span));
}

/// The constants, errors and events that every unit of a file may name.
struct FileGlobals {
    scope: UnitScope,
    errors: Vec<ErrorSignature>,
    events: Vec<EventSignature>,
}

impl FileGlobals {
    fn new(file: FileId, loaded: &Loaded, names: &Names, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let scope = UnitScope::default();
        let mut globals = Self { scope, errors: Vec::new(), events: Vec::new() };
        globals.scope.silenced.extend(names.missing(file).map(str::to_owned));
        let items = loaded.files.get(usize::from(file.0)).into_iter().flat_map(|file| &file.items);
        globals.scope.lost = items.into_iter().any(|item| item.kind == ItemKind::Recovered);
        // In the order of (file, position), so that the codes of free errors do not depend on their names.
        let mut visible: Vec<_> = names.of(file).collect();
        visible.sort_by_key(|(_, definition)| *definition);
        for (name, definition) in visible {
            let item = loaded
                .files
                .get(usize::from(definition.file.0))
                .and_then(|file| file.items.get(definition.item));
            let own = definition.file == file;
            // Each file reports its own mistakes.
            let mut elsewhere = Vec::new();
            let reports = if own { &mut *diagnostics } else { &mut elsewhere };
            match item.map(|item| &item.kind) {
                Some(ItemKind::Const(it)) => globals.constant(name, it, reports),
                Some(ItemKind::Error(it)) => match error_signature(it, reports) {
                    Some(signature) => {
                        globals.errors.push(ErrorSignature { name: name.to_owned(), ..signature });
                    }
                    None => silence(&mut globals.scope, name),
                },
                Some(ItemKind::Event(it)) => match event_signature(it, reports) {
                    Some(signature) => {
                        globals.events.push(EventSignature { name: name.to_owned(), ..signature });
                    }
                    None => silence(&mut globals.scope, name),
                },
                Some(
                    ItemKind::Interface(_) | ItemKind::Struct(_) | ItemKind::Enum(_) | ItemKind::Function(_),
                ) => {
                    silence(&mut globals.scope, name);
                }
                _ => {}
            }
        }
        globals
    }

    fn constant(&mut self, name: &str, definition: &ConstDef, diagnostics: &mut Vec<Diagnostic>) {
        match constant_of(definition, &self.scope, diagnostics) {
            Some(constant) => drop(self.scope.constants.insert(name.to_owned(), constant)),
            None => silence(&mut self.scope, name),
        }
    }
}

fn silence(scope: &mut UnitScope, name: &str) {
    scope.silenced.insert(name.to_owned());
}

fn constant_of(
    definition: &ConstDef,
    scope: &UnitScope,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Constant> {
    let ty = types::scalar(&definition.ty, diagnostics)?;
    let value = constant_value(&definition.value, ty, scope, diagnostics)?;
    Some(Constant { ty, value })
}

/// The value of a constant expression of type `ty`.
pub(crate) fn constant_value(
    value: &Expr,
    ty: Scalar,
    scope: &UnitScope,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let typed = expr::constant(value, ty, scope, diagnostics)?;
    let not_constant = match constant::fold(&typed) {
        Ok(value) => return Some(value),
        Err(NotConstant::Aborts(why)) => {
            Diagnostic::error("E0205", value.span, format!("this constant aborts with `{}`", why.name()))
                .label(format!("has no value of type `{ty}`"))
        }
        Err(NotConstant::Reads) => Diagnostic::error("E0212", value.span, "this is not constant")
            .label("only execution knows its value")
            .help("use literals and other constants"),
    };
    diagnostics.push(not_constant);
    None
}

fn fields(params: &[Param], diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<Field>> {
    let mut fields = Some(Vec::new());
    for param in params {
        match types::scalar(&param.ty, diagnostics) {
            Some(ty) => fields
                .iter_mut()
                .for_each(|fields| fields.push(Field { name: param.name.name.clone(), ty, indexed: false })),
            None => fields = None,
        }
    }
    fields
}

fn error_signature(definition: &ErrorDef, diagnostics: &mut Vec<Diagnostic>) -> Option<ErrorSignature> {
    let fields = fields(&definition.params, diagnostics)?;
    Some(ErrorSignature { name: definition.name.name.clone(), fields })
}

fn event_signature(definition: &EventDef, diagnostics: &mut Vec<Diagnostic>) -> Option<EventSignature> {
    let mut fields = Some(Vec::new());
    for param in &definition.params {
        match types::scalar(&param.ty, diagnostics) {
            Some(ty) => fields.iter_mut().for_each(|fields: &mut Vec<Field>| {
                fields.push(Field { name: param.name.name.clone(), ty, indexed: param.indexed });
            }),
            None => fields = None,
        }
    }
    Some(EventSignature { name: definition.name.name.clone(), fields: fields? })
}

impl Unit {
    fn empty() -> Self {
        Self {
            name: String::new(),
            span: Span::default(),
            doc: String::new(),
            variables: Vec::new(),
            errors: Vec::new(),
            events: Vec::new(),
            functions: Vec::new(),
            slots: Vec::new(),
        }
    }
}

struct Declarer<'d, 'a> {
    id: UnitId,
    file: FileId,
    globals: &'d FileGlobals,
    names: &'d Names,
    units: &'d BTreeMap<(FileId, usize), UnitId>,
    diagnostics: &'d mut Vec<Diagnostic>,
    scope: UnitScope,
    unit: Unit,
    bodies: Vec<BodySource<'a>>,
}

impl<'a> Declarer<'_, 'a> {
    fn contract(&mut self, contract: &'a Contract, attributes: &[Attribute]) {
        self.unit.name.clone_from(&contract.name.name);
        self.unit.span = contract.name.span;
        self.attributes(attributes);
        if let Some(generic) = contract.generics.first() {
            self.later("a generic contract", generic.name.span);
            self.scope.incomplete = true;
        }
        if let Some(interface) = contract.implements.first() {
            self.later("`implements`", interface.span);
        }
        self.names_of_members(contract);
        self.scope.lost |= contract.members.iter().any(|member| member.kind == MemberKind::Recovered);
        for member in &contract.members {
            self.declaration(member);
        }
        self.globals_follow();
        for member in &contract.members {
            self.callable(member);
        }
    }

    fn later(&mut self, construct: &str, span: Span) {
        self.diagnostics.push(error::not_compiled(construct, span));
    }

    /// One name space for everything a contract declares.
    fn names_of_members(&mut self, contract: &Contract) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for name in contract.members.iter().filter_map(|member| member_name(&member.kind)) {
            if let Some(span) = first.insert(&name.name, name.span) {
                self.diagnostics.push(error::twice(&name.name, name.span, span));
                first.insert(&name.name, span);
            }
        }
    }

    fn declaration(&mut self, member: &Member) {
        match &member.kind {
            MemberKind::State(definition) => self.variable(definition, false),
            MemberKind::Immutable(definition) => self.variable(definition, true),
            MemberKind::Const(definition) => match constant_of(definition, &self.scope, self.diagnostics) {
                Some(constant) => {
                    self.scope.constants.insert(definition.name.name.clone(), constant);
                }
                None => silence(&mut self.scope, &definition.name.name),
            },
            MemberKind::Error(definition) => match error_signature(definition, self.diagnostics) {
                Some(signature) => self.unit.errors.push(signature),
                None => silence(&mut self.scope, &definition.name.name),
            },
            MemberKind::Event(definition) => match event_signature(definition, self.diagnostics) {
                Some(signature) => self.unit.events.push(signature),
                None => silence(&mut self.scope, &definition.name.name),
            },
            other => self.declaration_for_later(other),
        }
    }

    fn declaration_for_later(&mut self, member: &MemberKind) {
        let (construct, name, span) = match member {
            MemberKind::Asset(it) => ("an asset", Some(&it.name), it.name.span),
            MemberKind::Role(it) => ("a role", Some(&it.name), it.name.span),
            MemberKind::Struct(it) => ("a struct", Some(&it.name), it.name.span),
            MemberKind::Enum(it) => ("an enum", Some(&it.name), it.name.span),
            MemberKind::Invariant(it) => ("an invariant", None, it.name.span),
            MemberKind::Migrate(it) => ("`migrate`", None, it.body.span),
            MemberKind::Version(_, span) => ("`version`", None, *span),
            MemberKind::Test(it) => ("a test", None, it.name_span),
            _ => return,
        };
        self.later(construct, span);
        if let Some(name) = name {
            silence(&mut self.scope, &name.name);
        }
    }

    fn variable(&mut self, definition: &StateDef, immutable: bool) {
        let name = &definition.name;
        let Some(ty) = types::state(&definition.ty, self.diagnostics) else {
            silence(&mut self.scope, &name.name);
            return;
        };
        if immutable && !ty.keys.is_empty() {
            self.later("an immutable map", definition.ty.span);
        }
        let default = self.default_of(definition, &ty, immutable);
        self.unit.variables.push(Variable {
            name: name.name.clone(),
            span: name.span,
            keys: ty.keys,
            value: ty.value,
            default,
            initialised: definition.init.is_some(),
            immutable,
        });
    }

    fn default_of(&mut self, definition: &StateDef, ty: &types::StateType, immutable: bool) -> Value {
        match &definition.init {
            Some(value) => constant_value(value, ty.value, &self.scope, self.diagnostics).unwrap_or_default(),
            None if immutable => Value::ZERO,
            None if !ty.keys.is_empty() => {
                let zero = if ty.value.is_number() {
                    "0"
                } else if ty.value == Scalar::Bool {
                    "false"
                } else {
                    "0x00…"
                };
                self.diagnostics.push(
                    error::not_compiled("a map without a default", definition.name.span).help(format!(
                        "give every absent key a value: `state {}: … = {zero};`",
                        definition.name.name
                    )),
                );
                Value::ZERO
            }
            None if ty.value.is_number() || ty.value == Scalar::Bool => {
                self.diagnostics.push(
                    Diagnostic::error(
                        "E0202",
                        definition.name.span,
                        format!("`{}` has no initial value", definition.name.name),
                    )
                    .label(format!("a `{}` starts with a value", ty.value))
                    .help(format!("write `state {}: {} = 0;`", definition.name.name, ty.value)),
                );
                Value::ZERO
            }
            // An address, an id or a hash starts as all zeros.
            None => Value::ZERO,
        }
    }

    /// Free errors and events come after the unit's own.
    fn globals_follow(&mut self) {
        self.unit.errors.extend(self.globals.errors.iter().cloned());
        self.unit.events.extend(self.globals.events.iter().cloned());
    }

    fn callable(&mut self, member: &'a Member) {
        let (kind, function) = match &member.kind {
            MemberKind::Entry(function) => (FunctionKind::Callable(EntryKind::Entry), function),
            MemberKind::View(function) => (FunctionKind::Callable(EntryKind::View), function),
            MemberKind::Function(function) => (FunctionKind::Internal, function),
            MemberKind::Init(init) => {
                let header = Header {
                    name: "init",
                    span: init.span,
                    doc: &member.doc,
                    kind: FunctionKind::Callable(EntryKind::Init),
                    parallel: None,
                };
                self.function(&header, &init.params, None, &init.body);
                return;
            }
            _ => return,
        };
        let signature = &function.signature;
        let parallel = self.attributes(&member.attributes);
        self.clauses(signature);
        let header = Header {
            name: &signature.name.name,
            span: signature.name.span,
            doc: &member.doc,
            kind,
            parallel,
        };
        self.function(&header, &signature.params, signature.result.as_ref(), &function.body);
    }

    fn compose(&mut self, compose: &'a Compose, attributes: &[Attribute], doc: &str) {
        let signature = &compose.signature;
        self.unit.name.clone_from(&signature.name.name);
        self.unit.span = signature.name.span;
        let parallel = self.attributes(attributes);
        self.globals_follow();
        self.clauses(signature);
        for clause in &signature.clauses {
            if let Clause::Uses(slots, _) = clause {
                for slot in slots {
                    self.slot(&slot.name, &slot.ty);
                }
            }
        }
        let kind = FunctionKind::Callable(EntryKind::Compose);
        let header = Header { name: &signature.name.name, span: signature.name.span, doc, kind, parallel };
        self.function(&header, &signature.params, signature.result.as_ref(), &compose.body);
    }

    fn slot(&mut self, name: &Ident, ty: &Type) {
        if let Some(first) = self.unit.slots.iter().find(|slot| slot.name == name.name) {
            self.diagnostics.push(error::twice(&name.name, name.span, first.span));
            return;
        }
        let mc_syntax::ast::TypeKind::Named { path, args } = &ty.kind else {
            self.later("a slot of this type", ty.span);
            self.scope.incomplete = true;
            silence(&mut self.scope, &name.name);
            return;
        };
        let contract = path.text();
        let found = self.names.get(self.file, &contract);
        let unit = found.and_then(|at| self.units.get(&(at.file, at.item)).copied());
        match unit {
            Some(unit) if args.is_empty() => {
                self.unit.slots.push(Slot { name: name.name.clone(), span: name.span, contract: unit });
                return;
            }
            Some(_) => self.later("a slot bound to a generic contract", ty.span),
            None if found.is_some() => self.later("a slot bound to an interface", ty.span),
            None if self.names.is_missing(self.file, &contract) => {}
            None => {
                let names = self.names;
                let known = names.of(self.file).map(|(name, _)| name);
                self.diagnostics.push(error::unknown("contract", &contract, ty.span, known));
            }
        }
        self.scope.incomplete = true;
        silence(&mut self.scope, &name.name);
    }

    /// Reports what is not compiled, and says where `@parallel` stands.
    fn attributes(&mut self, attributes: &[Attribute]) -> Option<Span> {
        let mut parallel = None;
        for attribute in attributes {
            match attribute.name.name.as_str() {
                "parallel" => parallel = Some(attribute.span),
                name @ ("direct" | "allow" | "deprecated") => {
                    self.later(&format!("`@{name}`"), attribute.span);
                }
                name => {
                    let known = ["parallel", "direct", "allow", "deprecated"];
                    self.diagnostics.push(error::unknown("attribute", name, attribute.name.span, known));
                }
            }
        }
        parallel
    }

    fn clauses(&mut self, signature: &Signature) {
        for clause in &signature.clauses {
            match clause {
                Clause::By(_, span) => self.later("`by`", *span),
                Clause::Via(_, span) => self.later("`via`", *span),
                Clause::Ensures(_, span) => self.later("`ensures`", *span),
                Clause::Spends(_, span) => self.later("`spends`", *span),
                Clause::Uses(..) => {}
            }
        }
        for bound in signature.params.iter().filter_map(|param| param.bound.as_ref()) {
            self.later("`where`", bound.span);
        }
    }

    fn function(
        &mut self,
        header: &Header<'_>,
        params: &'a [Param],
        result: Option<&Type>,
        block: &'a Block,
    ) {
        let mut locals = Vec::new();
        for param in params {
            // A parameter whose type is wrong is a name that no further mistake is made with.
            let ty = types::scalar(&param.ty, self.diagnostics);
            if ty.is_none() {
                silence(&mut self.scope, &param.name.name);
                silence(&mut self.scope, header.name);
                self.scope.incomplete |= header.name == "init";
            }
            locals.push(Local { name: param.name.name.clone(), ty: ty.unwrap_or(Scalar::U64) });
        }
        let result = match result {
            Some(Type { kind: mc_syntax::ast::TypeKind::Tuple(parts), .. }) if parts.is_empty() => None,
            Some(ty) => match types::scalar(ty, self.diagnostics) {
                Some(ty) => Some(ty),
                None => {
                    silence(&mut self.scope, header.name);
                    None
                }
            },
            None => None,
        };
        self.unit.functions.push(Function {
            name: header.name.to_owned(),
            span: header.span,
            doc: header.doc.to_owned(),
            kind: header.kind,
            parallel: header.parallel,
            params: u32::try_from(params.len()).unwrap_or(u32::MAX),
            locals,
            result,
            body: Vec::new(),
        });
        self.bodies.push(BodySource { unit: self.id, params, block });
    }
}

struct Header<'h> {
    name: &'h str,
    span: Span,
    doc: &'h str,
    kind: FunctionKind,
    parallel: Option<Span>,
}

fn member_name(member: &MemberKind) -> Option<&Ident> {
    match member {
        MemberKind::State(it) | MemberKind::Immutable(it) => Some(&it.name),
        MemberKind::Asset(it) => Some(&it.name),
        MemberKind::Role(it) => Some(&it.name),
        MemberKind::Entry(it) | MemberKind::View(it) | MemberKind::Function(it) => Some(&it.signature.name),
        MemberKind::Struct(it) => Some(&it.name),
        MemberKind::Enum(it) => Some(&it.name),
        MemberKind::Const(it) => Some(&it.name),
        MemberKind::Error(it) => Some(&it.name),
        MemberKind::Event(it) => Some(&it.name),
        _ => None,
    }
}

impl Context<'_> {
    /// The scope of a unit.
    pub(crate) fn scope(&self, unit: UnitId) -> Option<&UnitScope> {
        self.scopes.get(unit.0 as usize)
    }
}
