//! What is declared, and which names mean it: the declarations of the trees, joined with the notes of the checker.

use gen_lsp_types::{CompletionItemKind, SymbolKind};
use mc_compiler::trail::{Meaning, Notes};
use mc_syntax::ast::{
    self, Clause, File, Ident, InterfaceMemberKind, ItemKind, MemberKind, Param, Signature, StateDef,
};
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;

/// What something is declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each variant is named as what it stands for")]
pub enum Kind {
    Contract,
    Interface,
    Compose,
    App,
    Struct,
    Enum,
    Const,
    Error,
    Event,
    Test,
    Function,
    Entry,
    View,
    Init,
    Migrate,
    State,
    Immutable,
    Asset,
    Role,
    Invariant,
    Field,
    Variant,
    Parameter,
    Generic,
    Slot,
}

impl Kind {
    /// How an editor draws it: among symbols, and among what completion offers.
    #[must_use]
    pub fn drawn(self) -> (SymbolKind, CompletionItemKind) {
        use {CompletionItemKind as Offered, SymbolKind as Listed};
        match self {
            Self::Contract | Self::App => (Listed::Class, Offered::Class),
            Self::Interface => (Listed::Interface, Offered::Interface),
            Self::Struct => (Listed::Struct, Offered::Struct),
            Self::Enum => (Listed::Enum, Offered::Enum),
            Self::Variant => (Listed::EnumMember, Offered::EnumMember),
            Self::Const | Self::Immutable => (Listed::Constant, Offered::Constant),
            Self::Error | Self::Event => (Listed::Event, Offered::Event),
            Self::Compose | Self::Function | Self::View => (Listed::Function, Offered::Function),
            Self::Test | Self::Entry | Self::Migrate => (Listed::Method, Offered::Method),
            Self::Init => (Listed::Constructor, Offered::Method),
            Self::State | Self::Field => (Listed::Field, Offered::Field),
            Self::Slot => (Listed::Field, Offered::Module),
            Self::Asset | Self::Generic => (Listed::TypeParameter, Offered::TypeParameter),
            Self::Role => (Listed::Key, Offered::Field),
            Self::Invariant => (Listed::Property, Offered::Field),
            Self::Parameter => (Listed::Variable, Offered::Variable),
        }
    }

    /// True for what a transaction can call.
    #[must_use]
    pub fn is_called(self) -> bool {
        matches!(self, Self::Entry | Self::View | Self::Compose)
    }

    /// True for what is worth finding by name.
    #[must_use]
    pub fn is_symbol(self) -> bool {
        !matches!(self, Self::Parameter | Self::Generic | Self::Slot)
    }
}

/// A declaration.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// The whole of it, with what stands in its braces.
    pub whole: Span,
    /// What a reader needs to see of it: all that comes before a body.
    pub head: Span,
    /// Its doc comment.
    pub doc: String,
    /// The name of what it is declared in.
    pub owner: Option<Span>,
}

/// The declarations and names of a program.
#[derive(Debug, Default)]
pub struct Index {
    /// Every declaration, by the place of its name.
    pub declarations: BTreeMap<Span, Declaration>,
    /// Every name that means something, with the place of the name where it is declared.
    pub names: BTreeMap<Span, Span>,
}

impl Index {
    /// What the trees declare and the notes tell.
    #[must_use]
    pub fn new(files: &[File], notes: &Notes) -> Self {
        let mut gather = Gather::default();
        files.iter().flat_map(|file| &file.items).for_each(|item| gather.item(item));
        let mut index = Self { declarations: gather.found, names: BTreeMap::new() };
        for (at, meaning) in &notes.names {
            let declared = match meaning {
                Meaning::Declared(span) => Some(*span),
                Meaning::Part(owner, name) => index.part(*owner, name).map(|part| part.span),
            };
            index.names.extend(declared.map(|declared| (*at, declared)));
        }
        index
    }

    /// The name at a byte: where it stands, and where what it means is declared.
    #[must_use]
    pub fn at(&self, notes: &Notes, file: FileId, offset: u32) -> Option<(Span, Span)> {
        let used = covering(self.names.range(..=until(file, offset)), file, offset);
        let used = used.map(|(at, declared)| (*at, *declared));
        let own = |span: Option<&Span>| {
            span.copied().filter(|span| span.file == file && offset <= span.end).map(|span| (span, span))
        };
        used.or_else(|| own(self.declarations.range(..=until(file, offset)).next_back().map(|(at, _)| at)))
            .or_else(|| own(notes.locals.range(..=until(file, offset)).next_back()))
            .or_else(|| own(notes.behind.range(..=until(file, offset)).next_back().map(|(at, _)| at)))
    }

    /// The parts of a declaration: members, fields, variants, parameters.
    pub fn parts(&self, owner: Span) -> impl Iterator<Item = &Declaration> {
        self.declarations.values().filter(move |it| it.owner == Some(owner))
    }

    /// The part of a declaration with this name.
    #[must_use]
    pub fn part(&self, owner: Span, name: &str) -> Option<&Declaration> {
        // A part lies behind the name of what it is a part of, in the same file.
        let file_end = Span { file: owner.file, start: u32::MAX, end: u32::MAX };
        let mut behind = self.declarations.range(owner..=file_end).map(|(_, part)| part);
        behind.find(|part| part.owner == Some(owner) && part.name == name)
    }

    /// Every place that names what is declared at `declared`, its own first.
    #[must_use]
    pub fn references(&self, declared: Span) -> Vec<Span> {
        let uses = self.names.iter().filter(|(at, to)| **to == declared && **at != declared);
        std::iter::once(declared).chain(uses.map(|(at, _)| *at)).collect()
    }

    /// The declarations of a file that stand at its top level.
    pub fn top_level(&self, file: FileId) -> impl Iterator<Item = &Declaration> {
        self.declarations.values().filter(move |it| it.span.file == file && it.owner.is_none())
    }
}

/// The greatest span that begins at or before a byte.
#[must_use]
pub fn until(file: FileId, offset: u32) -> Span {
    Span { file, start: offset, end: u32::MAX }
}

/// The last of some places, if it reaches to the byte.
fn covering<'m, T>(
    mut before: impl DoubleEndedIterator<Item = (&'m Span, T)>,
    file: FileId,
    offset: u32,
) -> Option<(&'m Span, T)> {
    before.next_back().filter(|(span, _)| span.file == file && offset <= span.end)
}

#[derive(Default)]
struct Gather {
    found: BTreeMap<Span, Declaration>,
}

/// Where a declaration stands.
#[derive(Clone, Copy)]
struct Around<'a> {
    whole: Span,
    doc: &'a str,
    owner: Option<Span>,
}

impl Gather {
    fn add(&mut self, kind: Kind, name: &Ident, head: Span, around: Around<'_>) {
        self.found.entry(name.span).or_insert_with(|| Declaration {
            kind,
            name: name.name.clone(),
            span: name.span,
            whole: around.whole,
            head,
            doc: around.doc.to_owned(),
            owner: around.owner,
        });
    }

    fn item(&mut self, item: &ast::Item) {
        let around = Around { whole: item.span, doc: &item.doc, owner: None };
        match &item.kind {
            ItemKind::Contract(it) => {
                let head = it.implements.last().map_or(it.name.span, |ty| ty.span);
                self.add(Kind::Contract, &it.name, it.name.span.to(head), around);
                self.generics(&it.generics, it.name.span);
                it.members.iter().for_each(|member| self.member(member, it.name.span));
            }
            ItemKind::Interface(it) => {
                self.add(Kind::Interface, &it.name, it.name.span, around);
                self.generics(&it.generics, it.name.span);
                it.members.iter().for_each(|member| self.promise(member, it.name.span));
            }
            ItemKind::Compose(it) => self.signature(Kind::Compose, &it.signature, around),
            ItemKind::Function(it) => self.signature(Kind::Function, &it.signature, around),
            ItemKind::App(it) => self.add(Kind::App, &it.name, it.name.span, around),
            ItemKind::Struct(it) => self.structure(it, around),
            ItemKind::Enum(it) => self.enumeration(it, around),
            ItemKind::Const(it) => self.add(Kind::Const, &it.name, around.whole, around),
            ItemKind::Error(it) => self.with_params(Kind::Error, &it.name, &it.params, around),
            ItemKind::Event(it) => self.event(it, around),
            ItemKind::Test(it) => self.test(it, around),
            ItemKind::Recovered => {}
        }
    }

    fn member(&mut self, member: &ast::Member, owner: Span) {
        let around = Around { whole: member.span, doc: &member.doc, owner: Some(owner) };
        match &member.kind {
            MemberKind::State(it) => self.state(Kind::State, it, around),
            MemberKind::Immutable(it) => self.state(Kind::Immutable, it, around),
            MemberKind::Asset(it) => {
                self.add(Kind::Asset, &it.name, around.whole, around);
                self.fields(it.unique.as_deref().unwrap_or_default(), it.name.span);
            }
            MemberKind::Role(it) => self.add(Kind::Role, &it.name, around.whole, around),
            MemberKind::Init(it) => {
                let name = Ident { name: "init".to_owned(), span: it.span };
                self.with_params(Kind::Init, &name, &it.params, around);
            }
            MemberKind::Entry(it) => self.signature(Kind::Entry, &it.signature, around),
            MemberKind::View(it) => self.signature(Kind::View, &it.signature, around),
            MemberKind::Function(it) => self.signature(Kind::Function, &it.signature, around),
            MemberKind::Invariant(it) => self.add(Kind::Invariant, &it.name, around.whole, around),
            MemberKind::Migrate(it) => {
                let span = Span { end: around.whole.start + 7, ..around.whole };
                let name = Ident { name: format!("migrate from {}", it.from), span };
                self.add(Kind::Migrate, &name, span, around);
            }
            MemberKind::Struct(it) => self.structure(it, around),
            MemberKind::Enum(it) => self.enumeration(it, around),
            MemberKind::Const(it) => self.add(Kind::Const, &it.name, around.whole, around),
            MemberKind::Error(it) => self.with_params(Kind::Error, &it.name, &it.params, around),
            MemberKind::Event(it) => self.event(it, around),
            MemberKind::Test(it) => self.test(it, around),
            MemberKind::Version(..) | MemberKind::Recovered => {}
        }
    }

    fn promise(&mut self, member: &ast::InterfaceMember, owner: Span) {
        let around = Around { whole: member.span, doc: &member.doc, owner: Some(owner) };
        match &member.kind {
            InterfaceMemberKind::Asset(name) => self.add(Kind::Asset, name, around.whole, around),
            InterfaceMemberKind::Entry(it) => self.signature(Kind::Entry, it, around),
            InterfaceMemberKind::View(it) => self.signature(Kind::View, it, around),
            InterfaceMemberKind::Error(it) => self.with_params(Kind::Error, &it.name, &it.params, around),
            InterfaceMemberKind::Event(it) => self.event(it, around),
            InterfaceMemberKind::Struct(it) => self.structure(it, around),
            InterfaceMemberKind::Recovered => {}
        }
    }

    fn signature(&mut self, kind: Kind, signature: &Signature, around: Around<'_>) {
        let name = &signature.name;
        self.add(kind, name, signature.span, around);
        self.params(&signature.params, name.span);
        for clause in &signature.clauses {
            let Clause::Uses(slots, _) = clause else { continue };
            for slot in slots {
                let whole = slot.name.span.to(slot.ty.span);
                self.add(Kind::Slot, &slot.name, whole, Around { whole, doc: "", owner: Some(name.span) });
            }
        }
    }

    fn with_params(&mut self, kind: Kind, name: &Ident, params: &[Param], around: Around<'_>) {
        let head = params.last().map_or(name.span, |last| name.span.to(last.ty.span));
        let head = if kind == Kind::Init { head } else { around.whole };
        self.add(kind, name, head, around);
        self.params(params, name.span);
    }

    fn params(&mut self, params: &[Param], owner: Span) {
        for param in params {
            let whole = param.name.span.to(param.bound.as_ref().map_or(param.ty.span, |it| it.span));
            self.add(Kind::Parameter, &param.name, whole, Around { whole, doc: "", owner: Some(owner) });
        }
    }

    fn generics(&mut self, generics: &[ast::GenericParam], owner: Span) {
        for generic in generics {
            let whole = generic.name.span;
            self.add(Kind::Generic, &generic.name, whole, Around { whole, doc: "", owner: Some(owner) });
        }
    }

    fn fields(&mut self, fields: &[ast::Field], owner: Span) {
        for field in fields {
            let whole = field.name.span.to(field.ty.span);
            self.add(Kind::Field, &field.name, whole, Around { whole, doc: "", owner: Some(owner) });
        }
    }

    fn state(&mut self, kind: Kind, state: &StateDef, around: Around<'_>) {
        self.add(kind, &state.name, around.whole, around);
    }

    fn structure(&mut self, it: &ast::StructDef, around: Around<'_>) {
        self.add(Kind::Struct, &it.name, around.whole, around);
        self.generics(&it.generics, it.name.span);
        self.fields(&it.fields, it.name.span);
    }

    fn enumeration(&mut self, it: &ast::EnumDef, around: Around<'_>) {
        self.add(Kind::Enum, &it.name, around.whole, around);
        for variant in &it.variants {
            let last = variant.params.last().map_or(variant.name.span, |param| param.ty.span);
            let whole = variant.name.span.to(last);
            let around = Around { whole, doc: "", owner: Some(it.name.span) };
            self.add(Kind::Variant, &variant.name, whole, around);
            self.params(&variant.params, variant.name.span);
        }
    }

    fn event(&mut self, it: &ast::EventDef, around: Around<'_>) {
        self.add(Kind::Event, &it.name, around.whole, around);
        for param in &it.params {
            let whole = param.name.span.to(param.ty.span);
            let around = Around { whole, doc: "", owner: Some(it.name.span) };
            self.add(Kind::Parameter, &param.name, whole, around);
        }
    }

    fn test(&mut self, it: &ast::TestDef, around: Around<'_>) {
        let name = Ident { name: it.name.clone(), span: it.name_span };
        self.add(Kind::Test, &name, it.name_span, around);
        self.params(&it.params, it.name_span);
    }
}
