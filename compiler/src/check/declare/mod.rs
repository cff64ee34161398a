//! Declarations: every unit with its state, errors, events, slots and signatures, but without bodies.

mod globals;
mod unit;
mod slots;
mod interface;
mod nested;
mod state;
mod free;

use super::constant::{self, NotConstant};
use super::expr;
use super::scope::{Constant, Interfaces, Scope};
use super::types::{Reader, Types};
use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{ErrorSignature, EventSignature, InterfaceId, Program, StateId, Unit, UnitId};
use globals::FileGlobals;
use mc_container::ty::{Field, Type};
use mc_container::value::Value;
use mc_syntax::ast::{self, Block, Clause, ErrorDef, EventDef, ItemKind, Param};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;
use std::rc::Rc;
use unit::Declarer;

/// What the declarations of all files come to.
#[derive(Default)]
pub(crate) struct Declared<'a> {
    pub(crate) program: Program,
    pub(crate) scopes: Vec<Scope<'a>>,
    pub(crate) units: BTreeMap<(FileId, usize), UnitId>,
    /// For each unit, the source of each of its functions.
    pub(crate) bodies: Vec<Vec<BodySource<'a>>>,
    /// The interfaces that are declared.
    pub(crate) interfaces: Interfaces<'a>,
    /// For each interface, the source of each of its signatures.
    pub(crate) signatures: Vec<Vec<BodySource<'a>>>,
    /// The free functions of each file that has some, as a unit of their own, so that they are checked even
    /// where no contract calls them.
    pub(crate) free: Vec<(FileId, Unit, Vec<BodySource<'a>>)>,
    /// The scope of each file.
    pub(crate) files: Vec<Rc<Scope<'a>>>,
}

/// What the items that have numbers became.
#[derive(Clone, Copy)]
struct Numbers<'n> {
    units: &'n BTreeMap<(FileId, usize), UnitId>,
    interfaces: &'n BTreeMap<(FileId, usize), InterfaceId>,
}

/// Where the body of a function comes from.
#[derive(Clone)]
pub(crate) struct BodySource<'a> {
    pub(crate) params: &'a [Param],
    pub(crate) clauses: &'a [Clause],
    pub(crate) block: &'a Block,
    /// What a free function may name; `None` for a member of the unit.
    pub(crate) free: Option<Rc<Scope<'a>>>,
    /// In `init`: the states whose initial value only a transaction knows.
    pub(crate) initials: Vec<(StateId, &'a ast::Expr)>,
}

/// A body that says nothing.
pub(crate) static EMPTY: Block = Block { stmts: Vec::new(), span: NOWHERE };
const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

/// Declares every contract, composition and interface.
pub(crate) fn declare<'a>(
    loaded: &'a Loaded,
    names: &'a Names,
    diagnostics: &mut Vec<Diagnostic>,
) -> Declared<'a> {
    let mut declared = numbered(loaded);
    let globals: Vec<FileGlobals<'a>> =
        files(loaded).map(|(id, _)| FileGlobals::new(id, loaded, names, diagnostics)).collect();
    for (file_id, file) in files(loaded) {
        let Some(of_file) = globals.get(usize::from(file_id.0)) else { continue };
        declare_types(of_file, file, diagnostics);
        for item in &file.items {
            if !matches!(item.kind, ItemKind::Contract(_) | ItemKind::Compose(_) | ItemKind::Interface(_)) {
                continue;
            }
            let numbers = Numbers { units: &declared.units, interfaces: &declared.interfaces.numbers };
            let mut declarer = Declarer::new(file_id, &globals, (loaded, names), numbers, diagnostics);
            declarer.item(item);
            let (unit, scope, sources) = declarer.finish();
            declared.add(item, unit, scope, sources);
        }
    }
    for (file_id, _) in files(loaded) {
        let (scope, library) = free::of_file(file_id, &globals, (loaded, names), diagnostics);
        declared.files.push(Rc::new(scope));
        declared.free.extend(library.map(|(unit, bodies)| (file_id, unit, bodies)));
    }
    declared
}

/// Gives every unit and every interface its number.
fn numbered<'a>(loaded: &Loaded) -> Declared<'a> {
    let mut declared = Declared::default();
    let next = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    for (file_id, file) in files(loaded) {
        for (number, item) in file.items.iter().enumerate() {
            match &item.kind {
                ItemKind::Contract(_) | ItemKind::Compose(_) => {
                    let id = UnitId(next(declared.units.len()));
                    declared.units.insert((file_id, number), id);
                }
                ItemKind::Interface(_) => {
                    let id = InterfaceId(next(declared.interfaces.numbers.len()));
                    declared.interfaces.numbers.insert((file_id, number), id);
                }
                _ => {}
            }
        }
    }
    declared
}

impl<'a> Declared<'a> {
    /// Adds what an item has become, in the order of the numbers.
    fn add(&mut self, item: &ast::Item, unit: Unit, scope: Scope<'a>, sources: Vec<BodySource<'a>>) {
        if matches!(item.kind, ItemKind::Interface(_)) {
            self.program.interfaces.push(unit);
            self.interfaces.scopes.push(scope);
            self.signatures.push(sources);
        } else {
            self.program.units.push(unit);
            self.scopes.push(scope);
            self.bodies.push(sources);
        }
    }
}

fn files(loaded: &Loaded) -> impl Iterator<Item = (FileId, &ast::File)> {
    (0..).map(FileId).zip(&loaded.files)
}

/// Reads the structs and enums of a file for their own mistakes.
fn declare_types(globals: &FileGlobals<'_>, file: &ast::File, diagnostics: &mut Vec<Diagnostic>) {
    for item in &file.items {
        let name = match &item.kind {
            ItemKind::Struct(it) if it.generics.is_empty() => &it.name,
            ItemKind::Enum(it) => &it.name,
            _ => continue,
        };
        read_definition(name, globals.scope.types, &globals.scope.constants, diagnostics);
    }
}

/// Reads the type that `name` declares, for its mistakes.
fn read_definition(
    name: &ast::Ident,
    types: Types<'_>,
    constants: &BTreeMap<String, Constant>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let path = ast::Path { segments: vec![name.clone()], span: name.span };
    let kind = ast::TypeKind::Named { path, args: Vec::new() };
    Reader::new(types, constants, diagnostics).read(&ast::Type { kind, span: name.span });
}

fn constant_of(
    definition: &ast::ConstDef,
    scope: &Scope<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Constant> {
    let ty = Reader::new(scope.types, &scope.constants, diagnostics).read(&definition.ty)?;
    let value = constant_value(&definition.value, &ty, scope, diagnostics)?;
    Some(Constant { ty, value })
}

/// The scalars of a constant expression of type `ty`.
pub(crate) fn constant_value(
    value: &ast::Expr,
    ty: &Type,
    scope: &Scope<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<Value>> {
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

fn error_signature(
    definition: &ErrorDef,
    scope: &Scope<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ErrorSignature> {
    let fields = Reader::new(scope.types, &scope.constants, diagnostics).params(&definition.params)?;
    let fields = fields.into_iter().map(|field| Field { ty: field.ty.seen(), ..field }).collect();
    Some(ErrorSignature { name: definition.name.name.clone(), span: definition.name.span, fields })
}

fn event_signature(
    definition: &EventDef,
    scope: &Scope<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<EventSignature> {
    let mut fields = Some(Vec::new());
    for param in &definition.params {
        let ty = Reader::new(scope.types, &scope.constants, diagnostics).read(&param.ty);
        match (ty, &mut fields) {
            (Some(ty), Some(fields)) => {
                fields.push(Field { name: param.name.name.clone(), ty: ty.seen(), constant: false });
            }
            _ => fields = None,
        }
    }
    let indexed = definition.params.iter().map(|param| param.indexed).collect();
    Some(EventSignature {
        name: definition.name.name.clone(),
        span: definition.name.span,
        fields: fields?,
        indexed,
    })
}
