//! One contract or composition: its members and what they are called with.

use super::{
    BodySource, EMPTY, FileGlobals, Numbers, constant_of, error_signature, event_signature, read_definition,
};
use crate::check::scope::Scope;
use crate::check::types::{Reader, Types};
use crate::error;
use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{Function, FunctionId, FunctionKind, Local, StateId, Unit};
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_syntax::ast::{
    self, Attribute, Clause, Compose, Contract, GenericParam, Ident, Item, ItemKind, Member, MemberKind,
    Param,
};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;

/// The attributes there are.
const ATTRIBUTES: [&str; 4] = ["parallel", "direct", "allow", "deprecated"];

pub(super) struct Declarer<'d, 'a> {
    pub(super) file: FileId,
    pub(super) globals: &'d [FileGlobals<'a>],
    loaded: &'a Loaded,
    pub(super) names: &'a Names,
    pub(super) numbers: Numbers<'d>,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
    pub(super) scope: Scope<'a>,
    pub(super) unit: Unit,
    pub(super) bodies: Vec<BodySource<'a>>,
    /// The initial values that only a deployment knows.
    pub(super) initials: Vec<(StateId, &'a ast::Expr)>,
}

/// Where a signature stands, which decides what may follow it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Contract,
    Function,
    Composition,
    Interface,
}

/// What the attributes of a declaration say.
#[derive(Clone, Copy, Default)]
pub(super) struct Attributes {
    parallel: Option<Span>,
    direct: bool,
}

impl<'d, 'a> Declarer<'d, 'a> {
    pub(super) fn new(
        file: FileId,
        globals: &'d [FileGlobals<'a>],
        (loaded, names): (&'a Loaded, &'a Names),
        numbers: Numbers<'d>,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        let of_file = globals.get(usize::from(file.0)).map(|globals| globals.scope.clone());
        let scope = of_file.unwrap_or_else(|| Scope::new(Types::of_file(loaded, names, file)));
        Self {
            file,
            globals,
            loaded,
            names,
            numbers,
            diagnostics,
            scope,
            unit: empty(),
            bodies: Vec::new(),
            initials: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Unit, Scope<'a>, Vec<BodySource<'a>>) {
        (self.unit, self.scope, self.bodies)
    }

    pub(super) fn item(&mut self, item: &'a Item) {
        self.unit.doc.clone_from(&item.doc);
        match &item.kind {
            ItemKind::Contract(contract) => self.contract(contract, &item.attributes),
            ItemKind::Compose(compose) => self.compose(compose, &item.attributes, &item.doc),
            ItemKind::Interface(interface) => self.interface(interface),
            _ => {}
        }
    }

    fn contract(&mut self, contract: &'a Contract, attributes: &[Attribute]) {
        self.unit.name.clone_from(&contract.name.name);
        self.unit.span = contract.name.span;
        self.attributes(attributes);
        self.scope.types = Types { contract: Some(contract), ..self.scope.types };
        self.generics(&contract.generics);
        self.names_of_members(contract);
        self.scope.lost |= contract.members.iter().any(|member| member.kind == MemberKind::Recovered);
        for member in &contract.members {
            self.constant(member);
        }
        for member in &contract.members {
            self.declaration(member);
        }
        self.ledger();
        self.globals_follow();
        for member in &contract.members {
            self.callable(member);
        }
        self.initialiser();
        self.own_functions();
        self.free_functions(self.file, self.globals);
    }

    pub(super) fn generics(&mut self, generics: &[GenericParam]) {
        for generic in generics {
            if !generic.is_asset {
                self.diagnostics.push(
                    Diagnostic::error("E0202", generic.name.span, "a generic parameter stands for an asset")
                        .label("of what kind?")
                        .help(format!("write `{}: asset`", generic.name.name))
                        .edit(generic.name.span, format!("{}: asset", generic.name.name)),
                );
            }
            self.unit.generics.push(generic.name.name.clone());
        }
    }

    pub(super) fn reader(&mut self) -> Reader<'_, 'a> {
        Reader::new(self.scope.types, &self.scope.constants, self.diagnostics)
    }

    /// One name space for everything a contract declares.
    fn names_of_members(&mut self, contract: &Contract) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for name in contract.members.iter().filter_map(|member| member.kind.name()) {
            if let Some(span) = first.insert(&name.name, name.span) {
                self.diagnostics.push(error::twice(&name.name, name.span, span));
                first.insert(&name.name, span);
            }
        }
    }

    fn constant(&mut self, member: &Member) {
        if let MemberKind::Const(definition) = &member.kind {
            match constant_of(definition, &self.scope, self.diagnostics) {
                Some(constant) => {
                    self.scope.constants.insert(definition.name.name.clone(), constant);
                }
                None => self.scope.silence(&definition.name.name),
            }
        }
    }

    fn declaration(&mut self, member: &'a Member) {
        match &member.kind {
            MemberKind::State(definition) => self.state(definition, &member.doc, false),
            MemberKind::Immutable(definition) => self.state(definition, &member.doc, true),
            MemberKind::Role(definition) => self.role(definition, &member.doc),
            MemberKind::Asset(definition) => self.asset(definition),
            MemberKind::Error(definition) => match error_signature(definition, &self.scope, self.diagnostics)
            {
                Some(signature) => self.unit.errors.push(signature),
                None => self.scope.silence(&definition.name.name),
            },
            MemberKind::Event(definition) => match event_signature(definition, &self.scope, self.diagnostics)
            {
                Some(signature) => self.unit.events.push(signature),
                None => self.scope.silence(&definition.name.name),
            },
            MemberKind::Struct(definition) if definition.generics.is_empty() => {
                self.definition(&definition.name);
            }
            MemberKind::Enum(definition) => self.definition(&definition.name),
            MemberKind::Version(digits, span) => match digits.parse() {
                Ok(version) if version > 0 => self.unit.version = version,
                _ => self.diagnostics.push(
                    Diagnostic::error("E0202", *span, "a version is a number from 1 to 4294967295")
                        .label("no such version"),
                ),
            },
            _ => {}
        }
    }

    pub(super) fn definition(&mut self, name: &Ident) {
        read_definition(name, self.scope.types, &self.scope.constants, self.diagnostics);
    }

    /// Free errors and events come after the unit's own.
    fn globals_follow(&mut self) {
        let Some(globals) = self.globals.get(usize::from(self.file.0)) else { return };
        self.unit.errors.extend(globals.errors.iter().cloned());
        self.unit.events.extend(globals.events.iter().cloned());
    }

    fn callable(&mut self, member: &'a Member) {
        let (kind, function) = match &member.kind {
            MemberKind::Entry(function) => (FunctionKind::Callable(EntryKind::Entry), function),
            MemberKind::View(function) => (FunctionKind::Callable(EntryKind::View), function),
            MemberKind::Function(function) => (FunctionKind::Internal, function),
            MemberKind::Init(init) => {
                let source = BodySource {
                    params: &init.params,
                    clauses: &[],
                    block: &init.body,
                    free: None,
                    initials: std::mem::take(&mut self.initials),
                };
                let kind = FunctionKind::Callable(EntryKind::Init);
                self.function(("init", init.span, &member.doc), kind, (&init.params, None), source);
                return;
            }
            _ => return,
        };
        let signature = &function.signature;
        let attributes = self.attributes(&member.attributes);
        let place = if kind == FunctionKind::Internal { Place::Function } else { Place::Contract };
        self.clauses(signature, place);
        let source = BodySource {
            params: &signature.params,
            clauses: &signature.clauses,
            block: &function.body,
            free: None,
            initials: Vec::new(),
        };
        let header = (signature.name.name.as_str(), signature.name.span, member.doc.as_str());
        self.function(header, kind, (&signature.params, signature.result.as_ref()), source);
        self.mark(attributes);
    }

    fn mark(&mut self, attributes: Attributes) {
        if let Some(function) = self.unit.functions.last_mut() {
            (function.parallel, function.direct) = (attributes.parallel, attributes.direct);
        }
    }

    /// Initial values that are not constant need an `init`, written or not.
    fn initialiser(&mut self) {
        if self.initials.is_empty() {
            return;
        }
        let initials = std::mem::take(&mut self.initials);
        let source = BodySource { params: &[], clauses: &[], block: &EMPTY, free: None, initials };
        let kind = FunctionKind::Callable(EntryKind::Init);
        self.function(("init", self.unit.span, ""), kind, (&[], None), source);
    }

    fn own_functions(&mut self) {
        for (number, function) in (0..).map(FunctionId).zip(&self.unit.functions) {
            self.scope.functions.insert(function.name.clone(), number);
        }
    }

    fn compose(&mut self, compose: &'a Compose, attributes: &[Attribute], doc: &str) {
        let signature = &compose.signature;
        self.unit.name.clone_from(&signature.name.name);
        self.unit.span = signature.name.span;
        let attributes = self.attributes(attributes);
        self.globals_follow();
        self.clauses(signature, Place::Composition);
        for clause in &signature.clauses {
            if let Clause::Uses(slots, _) = clause {
                self.slots(slots);
            }
        }
        self.implied_slots(self.loaded, &compose.body);
        let kind = FunctionKind::Callable(EntryKind::Compose);
        let source = BodySource {
            params: &signature.params,
            clauses: &signature.clauses,
            block: &compose.body,
            free: None,
            initials: Vec::new(),
        };
        let header = (signature.name.name.as_str(), signature.name.span, doc);
        self.function(header, kind, (&signature.params, signature.result.as_ref()), source);
        self.mark(attributes);
        self.free_functions(self.file, self.globals);
    }

    fn attributes(&mut self, attributes: &[Attribute]) -> Attributes {
        let mut found = Attributes::default();
        for attribute in attributes {
            match attribute.name.name.as_str() {
                "parallel" => found.parallel = Some(attribute.span),
                "direct" => found.direct = true,
                "allow" | "deprecated" => {}
                name => {
                    let unknown = error::unknown("attribute", name, attribute.name.span, ATTRIBUTES);
                    self.diagnostics.push(unknown);
                }
            }
        }
        found
    }

    /// Reports the clauses that cannot stand behind this signature, and those that do not compile.
    pub(super) fn clauses(&mut self, signature: &ast::Signature, place: Place) {
        for clause in &signature.clauses {
            let (word, span, fits) = match clause {
                Clause::Ensures(_, span) => ("ensures", span, place != Place::Interface),
                Clause::Spends(_, span) => {
                    ("spends", span, matches!(place, Place::Composition | Place::Interface))
                }
                Clause::Uses(_, span) => ("uses", span, place == Place::Composition),
                Clause::By(_, span) => ("by", span, place != Place::Interface),
                Clause::Via(_, span) => ("via", span, place != Place::Interface),
            };
            if !fits {
                self.diagnostics.push(cannot_follow(word, *span, place));
            }
        }
    }

    pub(super) fn function(
        &mut self,
        (name, span, doc): (&str, Span, &str),
        kind: FunctionKind,
        (params, result): (&'a [Param], Option<&'a ast::Type>),
        source: BodySource<'a>,
    ) {
        let mut locals = Vec::new();
        for param in params {
            // A parameter whose type is wrong is a name that no further mistake is made with.
            let ty = self.reader().read(&param.ty);
            if ty.is_none() {
                self.scope.silence(&param.name.name);
                self.scope.silence(name);
                self.scope.incomplete |= name == "init";
            }
            let ty = ty.unwrap_or_else(Type::unit);
            locals.push(Local { name: param.name.name.clone(), span: param.name.span, ty });
        }
        let result = match result {
            Some(ty) => match self.reader().read(ty) {
                Some(read) => Some(read).filter(|read| *read != Type::unit()),
                None => {
                    self.scope.silence(name);
                    None
                }
            },
            None => None,
        };
        self.unit.functions.push(Function {
            name: name.to_owned(),
            span,
            doc: doc.to_owned(),
            kind,
            parallel: None,
            direct: false,
            params: u32::try_from(params.len()).unwrap_or(u32::MAX),
            locals,
            result,
            spends: Vec::new(),
            ensures: Vec::new(),
            body: Vec::new(),
        });
        self.coins();
        self.bodies.push(source);
    }

    /// The transaction's Value arrives in one parameter.
    fn coins(&mut self) {
        let Some(function) = self.unit.functions.last() else { return };
        if !function.is_callable() {
            return;
        }
        let is_coin = |local: &&Local| matches!(&local.ty, Type::Asset(name) if name == crate::tree::COIN);
        let spans: Vec<Span> =
            function.param_locals().iter().filter(is_coin).map(|local| local.span).collect();
        if let [first, second, ..] = spans.as_slice() {
            self.diagnostics.push(
                Diagnostic::error("E0202", *second, "a second `coin` parameter")
                    .label("a transaction has one Value")
                    .also(*first, "the Value arrives here")
                    .help("take one `coin`, and split it with `take` in a cell"),
            );
        }
    }
}

/// A clause where it means nothing.
fn cannot_follow(word: &str, span: Span, place: Place) -> Diagnostic {
    let (what, help) = match (word, place) {
        ("spends", _) => (
            "an entry of a contract has no `spends`",
            "what an entry takes is seen in its body: `spends` is for a composition, and for an interface's entry",
        ),
        ("uses", _) => ("only a composition has slots", "chain contracts in a `compose`"),
        (_, Place::Interface) => (
            "an interface does not say who may call",
            "leave it out: each contract behind the interface has rules of its own",
        ),
        _ => ("this clause cannot stand here", "leave it out"),
    };
    Diagnostic::error("E0208", span, what).label(format!("`{word}` cannot stand here")).help(help)
}

fn empty() -> Unit {
    Unit {
        name: String::new(),
        span: Span::default(),
        doc: String::new(),
        version: 1,
        generics: Vec::new(),
        assets: Vec::new(),
        states: Vec::new(),
        variables: Vec::new(),
        errors: Vec::new(),
        events: Vec::new(),
        functions: Vec::new(),
        slots: Vec::new(),
        invariants: Vec::new(),
        migrations: Vec::new(),
    }
}
