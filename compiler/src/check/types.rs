//! Types as written to types.

use super::scope::Constant;
use crate::error;
use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{COIN, StateKind};
use mc_container::ty::{EnumType, Field, StructType, TEXT_MAX, Type, Variant};
use mc_container::value::Scalar;
use mc_syntax::ast::{
    self, Contract, EnumDef, GenericParam, Ident, ItemKind, MemberKind, Path, StructDef, TypeArg, TypeKind,
};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;

/// The greatest `N` of a `list<T, N>`.
const LIST_MAX: u32 = 1_024;

/// Words that build a type out of others.
const BUILT_IN: [&str; 6] = ["string", "bytes", "list", "map", "set", COIN];

/// Where a type stands, which decides what its names mean.
#[derive(Clone, Copy)]
pub(crate) struct Types<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) names: &'a Names,
    pub(crate) file: FileId,
    /// The contract it stands in.
    pub(crate) contract: Option<&'a Contract>,
    /// The interface it stands in.
    pub(crate) interface: Option<&'a ast::Interface>,
    /// The slots of the composition it stands in.
    pub(crate) slots: &'a [ast::Slot],
}

/// The type of a state.
pub(crate) struct StateType {
    pub(crate) keys: Vec<Type>,
    /// What a key leads to, without the option of a map in which a key may be absent.
    pub(crate) value: Type,
    pub(crate) is_set: bool,
}

/// What a declared name of a type is.
enum Found<'a> {
    Struct(&'a StructDef, Types<'a>),
    Enum(&'a EnumDef, Types<'a>),
    Fungible(String),
    Unique(&'a str, &'a [ast::Field]),
    Other(&'static str),
}

impl<'a> Types<'a> {
    /// The types of a file, outside of its contracts.
    pub(crate) fn of_file(loaded: &'a Loaded, names: &'a Names, file: FileId) -> Self {
        Self { loaded, names, file, contract: None, interface: None, slots: &[] }
    }

    /// The generic parameters that stand for assets here.
    fn generics(&self) -> &'a [GenericParam] {
        match (self.contract, self.interface) {
            (Some(contract), _) => &contract.generics,
            (None, Some(interface)) => &interface.generics,
            _ => &[],
        }
    }

    fn find(&self, name: &str) -> Option<Found<'a>> {
        let members = self.contract.into_iter().flat_map(|contract| &contract.members);
        let own = members.into_iter().find_map(|member| match &member.kind {
            MemberKind::Struct(it) if it.name.name == name => Some(Found::Struct(it, *self)),
            MemberKind::Enum(it) if it.name.name == name => Some(Found::Enum(it, *self)),
            MemberKind::Asset(it) if it.name.name == name => Some(match &it.unique {
                None => Found::Fungible(name.to_owned()),
                Some(fields) => Found::Unique(&it.name.name, fields),
            }),
            _ => None,
        });
        let generic = || self.generics().iter().any(|generic| generic.name.name == name);
        let of_interface = || {
            self.interface.into_iter().flat_map(|it| &it.members).find_map(|member| match &member.kind {
                ast::InterfaceMemberKind::Asset(asset) if asset.name == name => {
                    Some(Found::Fungible(name.to_owned()))
                }
                ast::InterfaceMemberKind::Struct(it) if it.name.name == name => {
                    Some(Found::Struct(it, *self))
                }
                _ => None,
            })
        };
        own.or_else(|| generic().then(|| Found::Fungible(name.to_owned())))
            .or_else(of_interface)
            .or_else(|| self.global(name))
    }

    fn global(&self, name: &str) -> Option<Found<'a>> {
        let definition = self.names.get(self.file, name)?;
        let item = self.loaded.files.get(usize::from(definition.file.0))?.items.get(definition.item)?;
        let there = Self::of_file(self.loaded, self.names, definition.file);
        Some(match &item.kind {
            ItemKind::Struct(it) => Found::Struct(it, there),
            ItemKind::Enum(it) => Found::Enum(it, there),
            ItemKind::Contract(_) => Found::Other("a contract"),
            ItemKind::Compose(_) => Found::Other("a composition"),
            ItemKind::Interface(_) => Found::Other("an interface"),
            ItemKind::Const(_) => Found::Other("a constant"),
            ItemKind::Error(_) => Found::Other("an error"),
            ItemKind::Event(_) => Found::Other("an event"),
            ItemKind::Function(_) => Found::Other("a function"),
            _ => Found::Other("an app"),
        })
    }

    /// Where `name` is declared: in the contract or interface, or at the top level of a file.
    fn declaration(&self, name: &str) -> Option<Span> {
        let members = self.contract.into_iter().flat_map(|contract| &contract.members);
        let members = members.filter_map(|member| member.kind.name());
        let promised = self.interface.into_iter().flat_map(|it| &it.members);
        let promised = promised.filter_map(|member| member.kind.name());
        let generics = self.generics().iter().map(|generic| &generic.name);
        let own = members.chain(promised).chain(generics).find(|own| own.name == name);
        own.map(|own| own.span).or_else(|| self.names.get(self.file, name).map(|found| found.span))
    }

    /// Writes down what a name means here.
    pub(crate) fn mention(&self, name: &Ident) {
        if self.names.trail.is_kept() {
            let declared = self.declaration(&name.name);
            declared.into_iter().for_each(|declared| self.names.trail.means(name.span, declared));
        }
    }

    /// True if `name` is a type of the language or of this place.
    pub(crate) fn is_type(&self, name: &str) -> bool {
        Scalar::by_name(name).is_some() || BUILT_IN.contains(&name) || self.is_declared(name)
    }

    /// True if `name` is a type that a source declares.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        self.find(name).is_some_and(|found| !matches!(found, Found::Other(_)))
    }

    fn known(&self) -> Vec<String> {
        let members = self.contract.into_iter().flat_map(|contract| &contract.members);
        let own = members.filter_map(|member| match &member.kind {
            MemberKind::Struct(it) => Some(it.name.name.clone()),
            MemberKind::Enum(it) => Some(it.name.name.clone()),
            MemberKind::Asset(it) => Some(it.name.name.clone()),
            _ => None,
        });
        let global = self.names.of(self.file).map(|(name, _)| name.to_owned());
        let global = global.filter(|name| !matches!(self.global(name), Some(Found::Other(_)) | None));
        let scalars = Scalar::ALL.iter().map(|scalar| scalar.name().to_owned());
        let built_in = BUILT_IN.iter().map(|name| (*name).to_owned());
        own.chain(global).chain(scalars).chain(built_in).collect()
    }
}

/// Reads types at one place.
pub(crate) struct Reader<'r, 'a> {
    pub(crate) types: Types<'a>,
    pub(crate) constants: &'r BTreeMap<String, Constant>,
    pub(crate) diagnostics: &'r mut Vec<Diagnostic>,
    /// Structs and enums that are being read, for the cycle that would never end.
    pub(crate) open: Vec<Span>,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub(crate) fn new(
        types: Types<'a>,
        constants: &'r BTreeMap<String, Constant>,
        diagnostics: &'r mut Vec<Diagnostic>,
    ) -> Self {
        Self { types, constants, diagnostics, open: Vec::new() }
    }

    /// The type that `ty` names.
    pub(crate) fn read(&mut self, ty: &ast::Type) -> Option<Type> {
        match &ty.kind {
            TypeKind::Named { path, args } => self.named(path, args, ty.span),
            TypeKind::Option(content) => {
                let read = self.read(content)?;
                if matches!(read, Type::Option(_)) {
                    self.diagnostics.push(
                        Diagnostic::error("E0202", ty.span, "an option of an option")
                            .label("`none` would mean two things")
                            .help("one `?` is enough"),
                    );
                    return None;
                }
                Some(Type::Option(Box::new(read)))
            }
            TypeKind::Tuple(parts) => {
                let parts: Vec<Option<Type>> = parts.iter().map(|part| self.read(part)).collect();
                Some(Type::Tuple(parts.into_iter().collect::<Option<_>>()?))
            }
        }
    }

    fn named(&mut self, path: &Path, args: &[TypeArg], span: Span) -> Option<Type> {
        let name = path.text();
        if let Some(scalar) = Scalar::by_name(&name) {
            return self.no_arguments(&name, args, span).then_some(Type::Scalar(scalar));
        }
        match name.as_str() {
            "string" => Some(Type::String(self.only_length(&name, args, span)?)),
            "bytes" => Some(Type::Bytes(self.only_length(&name, args, span)?)),
            "list" => self.list(args, span),
            "map" | "set" => {
                self.diagnostics.push(
                    Diagnostic::error("E0202", span, format!("a {name} cannot stand here"))
                        .label(format!("only `state` holds {name}s"))
                        .help(format!("pass the keys, and read the {name} where it is declared")),
                );
                None
            }
            COIN => self.no_arguments(&name, args, span).then(|| Type::Asset(COIN.to_owned())),
            _ => self.declared(path, args, span),
        }
    }

    fn no_arguments(&mut self, name: &str, args: &[TypeArg], span: Span) -> bool {
        if !args.is_empty() {
            self.diagnostics.push(
                Diagnostic::error("E0202", span, format!("`{name}` takes nothing between `<` and `>`"))
                    .label("too many parts")
                    .help(format!("write `{name}`")),
            );
        }
        args.is_empty()
    }

    fn only_length(&mut self, name: &str, args: &[TypeArg], span: Span) -> Option<u32> {
        let [length] = args else {
            self.diagnostics.push(
                Diagnostic::error("E0202", span, format!("`{name}` needs its length"))
                    .label("how many bytes?")
                    .help(format!("write `{name}<32>`")),
            );
            return None;
        };
        self.length(length, TEXT_MAX)
    }

    fn list(&mut self, args: &[TypeArg], span: Span) -> Option<Type> {
        let [TypeArg::Type(element), length] = args else {
            self.diagnostics.push(
                Diagnostic::error("E0202", span, "a list has an element type and a greatest length")
                    .label("not a complete list type")
                    .help("write `list<address, 64>`"),
            );
            return None;
        };
        let (ty, max) = (self.read(element)?, self.length(length, LIST_MAX)?);
        let refused = if ty.has_list() {
            "a list of lists"
        } else if ty.is_linear() {
            "a list of assets"
        } else {
            return Some(Type::List(Box::new(ty), max));
        };
        self.diagnostics.push(
            Diagnostic::error(
                "E0202",
                element.span,
                format!("there is no {}", refused.trim_start_matches("a ")),
            )
            .label("cannot be an element")
            .help("use a `map` in the state, keyed by what tells the elements apart"),
        );
        None
    }

    fn length(&mut self, length: &TypeArg, most: u32) -> Option<u32> {
        let (number, span) = match length {
            TypeArg::Length(digits, span) => (digits.parse().ok(), *span),
            TypeArg::Type(ty) => {
                let TypeKind::Named { path, .. } = &ty.kind else { return self.bad_length(ty.span, most) };
                path.single().into_iter().for_each(|name| self.types.mention(name));
                let constant = self.constants.get(&path.text());
                let number =
                    constant.filter(|constant| constant.ty.scalar().is_some_and(|ty| ty.is_integer()));
                let number = number.and_then(|constant| constant.value.first().map(|value| value.low()));
                (number, ty.span)
            }
        };
        match number.filter(|number: &u64| (1..=u64::from(most)).contains(number)) {
            Some(number) => u32::try_from(number).ok(),
            None => self.bad_length(span, most),
        }
    }

    fn bad_length(&mut self, span: Span, most: u32) -> Option<u32> {
        self.diagnostics.push(
            Diagnostic::error("E0202", span, format!("a length is a number from 1 to {most}"))
                .label("no such length")
                .help("write a literal, or the name of an integer constant of this file or contract"),
        );
        None
    }

    fn declared(&mut self, path: &Path, args: &[TypeArg], span: Span) -> Option<Type> {
        let Some(name) = path.single() else { return self.of_slot(path) };
        self.types.mention(name);
        match self.types.find(&name.name) {
            Some(Found::Struct(definition, there)) => self.structure(definition, there, args, span),
            Some(Found::Enum(definition, there)) => self.enumeration(definition, there, span),
            Some(Found::Fungible(asset)) => Some(Type::Asset(asset)),
            Some(Found::Unique(asset, fields)) => {
                let fields = self.fields(fields)?;
                let (name, asset) = (asset.to_owned(), Some(asset.to_owned()));
                let read = Type::Struct(StructType { name, asset, fields });
                let declared = self.types.declaration(&path.text());
                declared.into_iter().for_each(|at| self.types.names.trail.built(&read, at));
                Some(read)
            }
            Some(Found::Other(what)) => {
                self.diagnostics.push(
                    Diagnostic::error("E0202", span, format!("`{}` is {what}, not a type", name.name))
                        .label("a type must stand here"),
                );
                None
            }
            None => self.unknown(name),
        }
    }

    fn unknown(&mut self, name: &Ident) -> Option<Type> {
        if !self.types.names.is_missing(self.types.file, &name.name) {
            let known = self.types.known();
            let known = known.iter().map(String::as_str);
            self.diagnostics.push(error::unknown("type", &name.name, name.span, known));
        }
        None
    }

    /// `gold.Unit`: the asset of what is bound to a slot.
    fn of_slot(&mut self, path: &Path) -> Option<Type> {
        let [slot, asset] = path.segments.as_slice() else { return None };
        let slots = self.types.slots;
        let Some(found) = slots.iter().find(|known| known.name.name == slot.name) else {
            let known = slots.iter().map(|slot| slot.name.name.as_str());
            self.diagnostics.push(error::unknown("slot", &slot.name, slot.span, known));
            return None;
        };
        self.types.names.trail.means(slot.span, found.name.span);
        let declares = asset_behind(&self.types, &found.ty, &asset.name);
        declares.flatten().into_iter().for_each(|at| self.types.names.trail.means(asset.span, at));
        if declares == Some(None) {
            self.diagnostics.push(
                Diagnostic::error(
                    "E0101",
                    asset.span,
                    format!("no asset `{}` in `{}`", asset.name, slot.name),
                )
                .label("not declared there")
                .also(found.ty.span, "what the slot is bound to"),
            );
            return None;
        }
        Some(Type::Asset(path.text()))
    }

    fn structure(
        &mut self,
        definition: &'a StructDef,
        there: Types<'a>,
        args: &[TypeArg],
        span: Span,
    ) -> Option<Type> {
        if definition.generics.len() != args.len() {
            self.diagnostics.push(
                Diagnostic::error(
                    "E0202",
                    span,
                    format!(
                        "`{}` takes {} generic arguments",
                        definition.name.name,
                        definition.generics.len()
                    ),
                )
                .label(format!("{} given", args.len()))
                .also(definition.name.span, "declared here"),
            );
            return None;
        }
        let assets: Option<Vec<String>> = args.iter().map(|arg| self.asset_argument(arg)).collect();
        let assets = assets?;
        self.enter(definition.name.span, span, &definition.name.name)?;
        let outer = std::mem::replace(&mut self.types, there);
        let fields = self.generic_fields(definition);
        self.types = outer;
        self.open.pop();
        let read =
            Type::Struct(StructType { name: definition.name.name.clone(), asset: None, fields: fields? });
        let generics = &definition.generics;
        let read = read.rename_assets(&|asset| {
            let at = generics.iter().position(|generic| generic.name.name == asset);
            at.and_then(|at| assets.get(at)).map_or(asset, String::as_str).to_owned()
        });
        self.types.names.trail.built(&read, definition.name.span);
        Some(read)
    }

    /// The fields of a struct, whose own generic parameters are assets in them.
    fn generic_fields(&mut self, definition: &'a StructDef) -> Option<Vec<Field>> {
        let mut fields = Vec::new();
        for field in &definition.fields {
            let generic = match &field.ty.kind {
                TypeKind::Named { path, args } if args.is_empty() => path.single().and_then(|name| {
                    let mut generics = definition.generics.iter().map(|generic| &generic.name);
                    Some((name, generics.find(|generic| generic.name == name.name)?))
                }),
                _ => None,
            };
            let ty = match generic {
                Some((name, generic)) => {
                    self.types.names.trail.means(name.span, generic.span);
                    Some(Type::Asset(name.name.clone()))
                }
                None => self.read(&field.ty),
            };
            fields.push(ty.map(|ty| Field { name: field.name.name.clone(), ty, constant: field.constant }));
        }
        self.distinct(definition.fields.iter().map(|field| &field.name));
        fields.into_iter().collect()
    }

    /// What stands between `<` and `>` of a generic struct or contract: an asset.
    pub(crate) fn asset_argument(&mut self, arg: &TypeArg) -> Option<String> {
        let span = match arg {
            TypeArg::Type(ty) => match self.read(ty)? {
                Type::Asset(name) => return Some(name),
                _ => ty.span,
            },
            TypeArg::Length(_, span) => *span,
        };
        self.diagnostics.push(
            Diagnostic::error("E0202", span, "a generic parameter stands for a fungible asset")
                .label("not an asset")
                .help("write the name of an asset, such as `coin` or `gold.Unit`"),
        );
        None
    }

    fn enumeration(&mut self, definition: &'a EnumDef, there: Types<'a>, span: Span) -> Option<Type> {
        self.enter(definition.name.span, span, &definition.name.name)?;
        let outer = std::mem::replace(&mut self.types, there);
        let mut variants = Vec::new();
        for variant in &definition.variants {
            variants.push(
                self.params(&variant.params)
                    .map(|fields| Variant { name: variant.name.name.clone(), fields }),
            );
        }
        self.distinct(definition.variants.iter().map(|variant| &variant.name));
        self.types = outer;
        self.open.pop();
        let variants: Vec<Variant> = variants.into_iter().collect::<Option<_>>()?;
        if variants.is_empty() || variants.len() > 256 {
            self.diagnostics.push(
                Diagnostic::error("E0202", definition.name.span, "an enum has 1 to 256 variants")
                    .label(format!("{} variants", variants.len())),
            );
            return None;
        }
        let read = Type::Enum(EnumType { name: definition.name.name.clone(), variants });
        self.types.names.trail.built(&read, definition.name.span);
        Some(read)
    }

    fn enter(&mut self, definition: Span, span: Span, name: &str) -> Option<()> {
        if self.open.contains(&definition) {
            self.diagnostics.push(
                Diagnostic::error("E0202", span, format!("`{name}` contains itself"))
                    .label("would never end")
                    .also(definition, "declared here")
                    .help("hold the key of the other one, and look it up in a map"),
            );
            return None;
        }
        self.open.push(definition);
        Some(())
    }

    fn distinct<'n>(&mut self, names: impl Iterator<Item = &'n Ident>) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for name in names {
            if let Some(span) = first.insert(&name.name, name.span) {
                self.diagnostics.push(error::twice(&name.name, name.span, span));
            }
        }
    }

    fn fields(&mut self, fields: &[ast::Field]) -> Option<Vec<Field>> {
        let read = |field: &ast::Field| {
            let ty = self.read(&field.ty)?;
            Some(Field { name: field.name.name.clone(), ty, constant: field.constant })
        };
        let fields: Vec<Option<Field>> = fields.iter().map(read).collect();
        fields.into_iter().collect()
    }

    /// Named, typed parts: a payload, or what a function takes.
    pub(crate) fn params(&mut self, params: &[ast::Param]) -> Option<Vec<Field>> {
        let mut fields = Vec::new();
        for param in params {
            let ty = self.read(&param.ty);
            fields.push(ty.map(|ty| Field { name: param.name.name.clone(), ty, constant: false }));
        }
        self.distinct(params.iter().map(|param| &param.name));
        fields.into_iter().collect()
    }

    /// The type of a `state` or `immutable`: maps and sets of what any type may be.
    pub(crate) fn state(&mut self, ty: &ast::Type) -> Option<StateType> {
        let mut keys = Vec::new();
        let mut level = ty;
        while let TypeKind::Named { path, args } = &level.kind {
            match (path.text().as_str(), args.as_slice()) {
                ("map", [TypeArg::Type(key), TypeArg::Type(value)]) => {
                    keys.push(self.key(key)?);
                    level = value;
                }
                ("set", [TypeArg::Type(element)]) => {
                    keys.push(self.key(element)?);
                    return Some(StateType { keys, value: Type::Scalar(Scalar::Bool), is_set: true });
                }
                (name @ ("map" | "set"), _) => {
                    let (what, example) = match name {
                        "map" => ("a map has a key type and a value type", "map<address, u128>"),
                        _ => ("a set has an element type", "set<address>"),
                    };
                    self.diagnostics.push(
                        Diagnostic::error("E0202", level.span, what)
                            .label(format!("not a complete {name} type"))
                            .help(format!("write `{example}`")),
                    );
                    return None;
                }
                _ => break,
            }
        }
        Some(StateType { keys, value: self.read(level)?, is_set: false })
    }

    fn key(&mut self, key: &ast::Type) -> Option<Type> {
        let ty = self.read(key)?;
        if !ty.has_list() && !ty.is_linear() {
            return Some(ty);
        }
        self.diagnostics.push(
            Diagnostic::error("E0202", key.span, format!("`{ty}` cannot be a key"))
                .label("a key is plain data of a fixed size")
                .help("use a number, an address, an id, or a struct of such"),
        );
        None
    }
}

/// Where what a slot is bound to declares an asset of this name; `None` where the slot's type is unknown.
fn asset_behind(types: &Types<'_>, slot: &ast::Type, asset: &str) -> Option<Option<Span>> {
    let TypeKind::Named { path, .. } = &slot.kind else { return None };
    let definition = types.names.get(types.file, &path.text())?;
    let item = types.loaded.files.get(usize::from(definition.file.0))?.items.get(definition.item)?;
    Some(match &item.kind {
        ItemKind::Contract(it) => it.members.iter().find_map(|member| match &member.kind {
            MemberKind::Asset(it) if it.name.name == asset && it.unique.is_none() => Some(it.name.span),
            _ => None,
        }),
        ItemKind::Interface(it) => it.members.iter().find_map(|member| match &member.kind {
            ast::InterfaceMemberKind::Asset(name) if name.name == asset => Some(name.span),
            _ => None,
        }),
        _ => return None,
    })
}

impl StateType {
    /// What kind of state it is, with or without a value for absent keys.
    pub(crate) fn kind(&self, has_default: bool) -> StateKind {
        let empties_itself = matches!(self.value, Type::Asset(_) | Type::List(..));
        match () {
            () if self.is_set => StateKind::Set,
            () if self.keys.is_empty() => StateKind::Single,
            () if has_default || empties_itself => StateKind::Total,
            () => StateKind::Partial,
        }
    }
}
