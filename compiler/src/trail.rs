//! The trail of the checker: which declaration a name means, and of which type a value is.
//!
//! Whoever looks a name up writes it down here, also where the program is wrong elsewhere. Editors read the notes
//! and nothing in the compiler does, so a plain compilation keeps none.

use crate::tree::StateKind;
use mc_container::ty::Type;
use mc_syntax::source::Span;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that was written down, by place.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// What names mean.
    pub names: BTreeMap<Span, Meaning>,
    /// The places of the names of locals, parameters among them.
    pub locals: BTreeSet<Span>,
    /// What expressions come to; a local's name has the type of its values.
    pub values: BTreeMap<Span, Found>,
    /// What a slot's or an instance's name stands for: the name of the contract, composition or interface.
    pub behind: BTreeMap<Span, Span>,
    /// The structs and enums that were read, each with the place of its name.
    types: BTreeMap<String, Vec<(Type, Span)>>,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// What is declared at this name.
    Declared(Span),
    /// A part of what is declared at this name: a field, a variant, a parameter.
    Part(Span, String),
}

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its type; of a map, what its keys lead to.
    pub ty: Type,
    /// For a place in the state: what kind of state, and how many keys are still to come.
    pub state: Option<(StateKind, usize)>,
}

impl Notes {
    /// Where the struct, enum or unique asset is declared that a type is of.
    #[must_use]
    pub fn declaration(&self, ty: &Type) -> Option<Span> {
        let of_name = self.types.get(type_name(ty)?)?;
        // Generics are other assets outside than inside, so the name decides where no type is the very same.
        let same = of_name.iter().find(|(known, _)| known == ty);
        same.or(of_name.first()).map(|(_, span)| *span)
    }
}

/// The name of a type that somebody declared, options and views of it included.
fn type_name(ty: &Type) -> Option<&str> {
    match ty {
        Type::Struct(it) => Some(&it.name),
        Type::Enum(it) => Some(&it.name),
        Type::Option(content) | Type::List(content, _) => type_name(content),
        _ => None,
    }
}

/// Where notes are written.
#[derive(Debug, Default)]
pub struct Trail(Option<RefCell<Notes>>);

impl Trail {
    /// One that keeps what is written.
    #[must_use]
    pub fn kept() -> Self {
        Self(Some(RefCell::default()))
    }

    /// True if anybody will read it.
    pub(crate) fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// What was written.
    #[must_use]
    pub fn into_notes(self) -> Notes {
        self.0.map(RefCell::into_inner).unwrap_or_default()
    }

    fn write(&self, note: impl FnOnce(&mut Notes)) {
        if let Some(notes) = &self.0 {
            note(&mut notes.borrow_mut());
        }
    }

    /// The name at `at` means what is declared at `declared`.
    pub(crate) fn means(&self, at: Span, declared: Span) {
        self.write(|notes| drop(notes.names.insert(at, Meaning::Declared(declared))));
    }

    /// The name at `at` means a part of what is declared at `owner`.
    pub(crate) fn part(&self, at: Span, owner: Span, name: &str) {
        self.write(|notes| drop(notes.names.insert(at, Meaning::Part(owner, name.to_owned()))));
    }

    /// The name at `at` means a part of the type `ty`.
    pub(crate) fn field(&self, at: Span, ty: &Type, name: &str) {
        self.write(|notes| {
            if let Some(owner) = notes.declaration(ty) {
                notes.names.insert(at, Meaning::Part(owner, name.to_owned()));
            }
        });
    }

    /// The expression at `at` has this type.
    pub(crate) fn value(&self, at: Span, ty: &Type) {
        self.write(|notes| drop(notes.values.insert(at, Found { ty: ty.clone(), state: None })));
    }

    /// A local of this type has its name at `at`.
    pub(crate) fn local(&self, at: Span, ty: &Type) {
        self.value(at, ty);
        self.write(|notes| {
            notes.locals.insert(at);
        });
    }

    /// The expression at `at` is a place in the state.
    pub(crate) fn place(&self, at: Span, ty: &Type, state: (StateKind, usize)) {
        self.write(|notes| drop(notes.values.insert(at, Found { ty: ty.clone(), state: Some(state) })));
    }

    /// The name at `at` stands for the unit or the interface that is declared at `declared`.
    pub(crate) fn behind(&self, at: Span, declared: Span) {
        self.write(|notes| {
            notes.behind.insert(at, declared);
        });
    }

    /// This type is what is declared at `declared`.
    pub(crate) fn built(&self, ty: &Type, declared: Span) {
        self.write(|notes| {
            let Some(name) = type_name(ty) else { return };
            let known = notes.types.entry(name.to_owned()).or_default();
            if !known.iter().any(|(one, at)| one == ty && *at == declared) {
                known.push((ty.clone(), declared));
            }
        });
    }
}
