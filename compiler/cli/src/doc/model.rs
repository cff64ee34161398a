//! What documentation says, as data.

use serde::Serialize;

/// The name of the format of a page for machines.
pub const SCHEMA: &str = "urn:mcc:doc:1";

/// Everything that is documented.
#[derive(Clone, Debug, Serialize)]
pub struct Docs {
    /// The project's name.
    pub title: String,
    /// One for each file, in the order in which they were read.
    pub pages: Vec<Page>,
}

/// A file.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// The name of the format.
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    /// The path of the source.
    pub file: String,
    /// The name of its page in the site.
    pub page: String,
    /// Its declarations, in their order.
    pub items: Vec<Item>,
}

/// A declaration, or a part of one.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Where it stands in its page.
    pub anchor: String,
    /// Its declaration as written, without its body.
    pub signature: String,
    /// What is worth knowing at a glance: `@parallel`, `by minter`.
    pub badges: Vec<String>,
    /// Its documentation, as Markdown.
    pub doc: String,
    /// The code of an error in a receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// What a call may touch, line by line as `mcc effects` shows it; absent for what cannot be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<Vec<String>>,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Item>,
    /// The names of its tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "each variant is named as the construct it stands for")]
pub enum Kind {
    App,
    Contract,
    Composition,
    Interface,
    Function,
    Struct,
    Enum,
    Constant,
    Asset,
    State,
    Immutable,
    Role,
    Slot,
    Step,
    Init,
    Entry,
    /// An entry that only a composition can call.
    Port,
    View,
    Invariant,
    Migration,
    Error,
    Event,
    /// The name of a test that belongs to a file.
    Test,
}

impl Kind {
    /// The heading over several of this kind.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::App => "Apps",
            Self::Contract => "Contracts",
            Self::Composition => "Compositions",
            Self::Interface => "Interfaces",
            Self::Function => "Functions",
            Self::Struct => "Structs",
            Self::Enum => "Enums",
            Self::Constant => "Constants",
            Self::Asset => "Assets",
            Self::State => "State",
            Self::Immutable => "Immutables",
            Self::Role => "Roles",
            Self::Slot => "Slots",
            Self::Step => "Steps",
            Self::Init => "Deployment",
            Self::Entry => "Entries",
            Self::Port => "Ports",
            Self::View => "Views",
            Self::Invariant => "Invariants",
            Self::Migration => "Migrations",
            Self::Error => "Errors",
            Self::Event => "Events",
            Self::Test => "Tests",
        }
    }

    /// One of this kind.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Contract => "contract",
            Self::Composition => "composition",
            Self::Interface => "interface",
            Self::Function => "function",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Constant => "constant",
            Self::Error => "error",
            Self::Event => "event",
            _ => "",
        }
    }

    /// In the order of a page.
    pub const ALL: [Self; 23] = [
        Self::App,
        Self::Contract,
        Self::Composition,
        Self::Interface,
        Self::Slot,
        Self::Step,
        Self::Asset,
        Self::State,
        Self::Immutable,
        Self::Role,
        Self::Init,
        Self::Entry,
        Self::Port,
        Self::View,
        Self::Function,
        Self::Struct,
        Self::Enum,
        Self::Constant,
        Self::Error,
        Self::Event,
        Self::Invariant,
        Self::Migration,
        Self::Test,
    ];
}

impl Item {
    /// An item with a name and a declaration, and nothing else yet.
    #[must_use]
    pub fn new(kind: Kind, name: &str, anchor: String, signature: String) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            anchor,
            signature,
            badges: Vec::new(),
            doc: String::new(),
            code: None,
            effects: None,
            members: Vec::new(),
            tests: Vec::new(),
        }
    }

    /// Its parts of one kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Self> {
        self.members.iter().filter(move |member| member.kind == kind)
    }
}
