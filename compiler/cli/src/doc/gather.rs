//! From a compilation to the data of its documentation.

use super::links::Links;
use super::model::{Docs, Item, Kind, Page, SCHEMA};
use crate::compile::Built;
use crate::describe;
use crate::failure::Complaint;
use crate::wiring::{self, Wired};
use mc_compiler::load::Loaded;
use mc_compiler::tree::Unit;
use mc_container::error::FIRST_USER_ERROR;
use mc_syntax::ast::{
    Attribute, Clause, Compose, Contract, Function, Interface, InterfaceMemberKind, Item as Declared,
    ItemKind, Member, MemberKind, Signature, Stmt, StmtKind,
};
use mc_syntax::source::{FileId, SourceSet, Span};
use std::collections::BTreeSet;

/// The documentation of everything that was compiled, and its links.
///
/// # Errors
/// If a composition does not fit its slots.
pub fn gather(title: &str, built: &Built) -> Result<(Docs, Links), Complaint> {
    let wired = wiring::of_units(&built.compiled)?;
    let mut taken = BTreeSet::from(["index.html".to_owned()]);
    let mut pages = Vec::new();
    for ((_, source), file) in built.sources.iter().zip(&built.files) {
        let items = file.items.iter().filter_map(|item| Gather { built, wired: &wired }.item(item));
        let mut items: Vec<Item> = items.collect();
        apart(&mut items);
        pages.push(Page {
            schema: SCHEMA,
            file: source.path.clone(),
            page: page_name(&source.path, &mut taken),
            items,
        });
    }
    let docs = Docs { title: title.to_owned(), pages };
    let loaded = Loaded { sources: built.sources.clone(), ..Loaded::default() };
    let imports = |file: usize, from: &str| {
        let path = loaded.resolve_path(FileId(u16::try_from(file).ok()?), from)?;
        loaded.sources.find(&path).map(|id| usize::from(id.0))
    };
    let links = Links::new(&docs, &built.files, &built.compiled, imports);
    Ok((docs, links))
}

/// A name for the page of a file that no other page has.
fn page_name(path: &str, taken: &mut BTreeSet<String>) -> String {
    let path = path.strip_suffix(".mc").unwrap_or(path).trim_start_matches(['.', '/']);
    let plain: String =
        path.chars().map(|it| if it.is_ascii_alphanumeric() || it == '_' { it } else { '-' }).collect();
    let numbers = [String::new()].into_iter().chain((2..).map(|number: u32| format!("-{number}")));
    let mut names = numbers.map(|number| format!("{plain}{number}.html"));
    let free = names.find(|name| taken.insert(name.to_lowercase()));
    free.unwrap_or_default()
}

/// Gives every anchor to one item only.
fn apart(items: &mut [Item]) {
    let mut taken = BTreeSet::new();
    for item in items {
        for part in std::iter::once(&mut item.anchor).chain(item.members.iter_mut().map(|it| &mut it.anchor))
        {
            let plain = part.clone();
            let mut number = 2;
            while !taken.insert(part.clone()) {
                *part = format!("{plain}-{number}");
                number += 1;
            }
        }
    }
}

/// Text without line breaks and runs of blanks.
fn in_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// Text whose first line stood behind `indent` blanks, with all of its lines that much further to the left.
fn dedented(text: &str, indent: usize) -> String {
    let lines = text.lines().enumerate().map(|(number, line)| {
        let blanks = line.len() - line.trim_start().len();
        let cut = if number == 0 { 0 } else { blanks.min(indent) };
        line.get(cut..).unwrap_or_default().trim_end()
    });
    lines.collect::<Vec<&str>>().join("\n")
}

struct Gather<'g> {
    built: &'g Built,
    wired: &'g [Wired<'g>],
}

impl Gather<'_> {
    fn sources(&self) -> &SourceSet {
        &self.built.sources
    }

    /// What stands from behind the attributes to `end`, its lines as they are.
    fn written(&self, span: Span, attributes: &[Attribute], end: u32) -> String {
        let start = attributes.last().map_or(span.start, |last| last.span.end);
        let text = self.sources().text(Span { start, end, ..span }).trim();
        let (_, column) = self.sources().line_column(span);
        if text.contains('\n') { dedented(text, column.saturating_sub(1)) } else { in_line(text) }
    }

    fn item(&self, item: &Declared) -> Option<Item> {
        let whole = || self.written(item.span, &item.attributes, item.span.end);
        let plain = |kind, name: &str| Item::new(kind, name, name.to_owned(), whole());
        let mut made = match &item.kind {
            ItemKind::Contract(it) => self.contract(it, item),
            ItemKind::Compose(it) => self.composition(it, item),
            ItemKind::Interface(it) => self.interface(it, item),
            ItemKind::Function(it) => {
                let name = &it.signature.name.name;
                let signature = self.written(item.span, &item.attributes, it.body.span.start);
                Item::new(Kind::Function, name, name.clone(), signature)
            }
            ItemKind::Struct(it) => plain(Kind::Struct, &it.name.name),
            ItemKind::Enum(it) => plain(Kind::Enum, &it.name.name),
            ItemKind::Const(it) => plain(Kind::Constant, &it.name.name),
            ItemKind::Error(it) => plain(Kind::Error, &it.name.name),
            ItemKind::Event(it) => plain(Kind::Event, &it.name.name),
            ItemKind::App(it) => plain(Kind::App, &it.name.name),
            ItemKind::Test(it) => {
                Item::new(Kind::Test, &it.name, format!("test-{}", item.span.start), String::new())
            }
            ItemKind::Recovered => return None,
        };
        made.doc.clone_from(&item.doc);
        made.badges.splice(0..0, attribute_names(&item.attributes));
        Some(made)
    }

    fn unit(&self, name: Span) -> Option<&Unit> {
        self.built.compiled.program.units.iter().find(|unit| unit.span == name)
    }

    /// What a call of an entry of the unit touches.
    fn effects(&self, unit: Option<&Unit>, entry: Option<&str>) -> Option<Vec<String>> {
        let unit = unit?;
        let is_it = |wired: &&Wired<'_>| {
            let of = self.built.compiled.program.unit(wired.container.unit);
            let named = entry.is_none_or(|entry| wired.entry.name == entry);
            of.is_some_and(|of| of.span == unit.span) && named
        };
        let wired = self.wired.iter().find(is_it)?;
        Some(describe::accesses(wired, "").lines().map(|line| line.trim_end().to_owned()).collect())
    }

    fn contract(&self, contract: &Contract, item: &Declared) -> Item {
        let name = &contract.name.name;
        let head = self.written(item.span, &item.attributes, item.span.end);
        let head = in_line(head.split('{').next().unwrap_or_default());
        let mut made = Item::new(Kind::Contract, name, name.clone(), head);
        let unit = self.unit(contract.name.span);
        for member in &contract.members {
            match &member.kind {
                MemberKind::Test(test) => made.tests.push(test.name.clone()),
                MemberKind::Version(number, _) => made.badges.push(format!("version {number}")),
                _ => made.members.extend(self.member(name, unit, member)),
            }
        }
        made
    }

    fn member(&self, owner: &str, unit: Option<&Unit>, member: &Member) -> Option<Item> {
        let (kind, name, end) = match &member.kind {
            MemberKind::State(it) => (Kind::State, &it.name.name, None),
            MemberKind::Immutable(it) => (Kind::Immutable, &it.name.name, None),
            MemberKind::Asset(it) => (Kind::Asset, &it.name.name, None),
            MemberKind::Role(it) => (Kind::Role, &it.name.name, None),
            MemberKind::Init(it) => (Kind::Init, &"init".to_owned(), Some(it.body.span)),
            MemberKind::Entry(it) => (entry_kind(unit, it), &it.signature.name.name, Some(it.body.span)),
            MemberKind::View(it) => (Kind::View, &it.signature.name.name, Some(it.body.span)),
            MemberKind::Function(it) => (Kind::Function, &it.signature.name.name, Some(it.body.span)),
            MemberKind::Invariant(it) => (Kind::Invariant, &it.name.name, None),
            MemberKind::Migrate(it) => (Kind::Migration, &format!("from-{}", it.from), Some(it.body.span)),
            MemberKind::Struct(it) => (Kind::Struct, &it.name.name, None),
            MemberKind::Enum(it) => (Kind::Enum, &it.name.name, None),
            MemberKind::Const(it) => (Kind::Constant, &it.name.name, None),
            MemberKind::Error(it) => (Kind::Error, &it.name.name, None),
            MemberKind::Event(it) => (Kind::Event, &it.name.name, None),
            MemberKind::Test(_) | MemberKind::Version(..) | MemberKind::Recovered => return None,
        };
        let end = end.map_or(member.span.end, |body: Span| body.start);
        let signature = self.written(member.span, &member.attributes, end);
        let mut made = Item::new(kind, name, format!("{owner}.{name}"), signature);
        made.doc.clone_from(&member.doc);
        made.badges = attribute_names(&member.attributes);
        if let MemberKind::Entry(it) | MemberKind::View(it) = &member.kind {
            made.badges.extend(self.rights(&it.signature));
            made.effects = self.effects(unit, Some(name));
        }
        made.code = (kind == Kind::Error).then(|| code_of(unit?, name)).flatten();
        Some(made)
    }

    /// The clauses that say who may call.
    fn rights(&self, signature: &Signature) -> Vec<String> {
        let clauses = signature.clauses.iter().filter_map(|clause| match clause {
            Clause::By(_, span) | Clause::Via(_, span) => Some(in_line(self.sources().text(*span))),
            _ => None,
        });
        clauses.collect()
    }

    fn composition(&self, compose: &Compose, item: &Declared) -> Item {
        let name = &compose.signature.name.name;
        let head = self.written(item.span, &item.attributes, compose.body.span.start);
        let mut made = Item::new(Kind::Composition, name, name.clone(), head);
        for clause in &compose.signature.clauses {
            if let Clause::Uses(slots, _) = clause {
                made.members.extend(slots.iter().map(|slot| {
                    let written =
                        format!("{}: {}", slot.name.name, in_line(self.sources().text(slot.ty.span)));
                    Item::new(Kind::Slot, &slot.name.name, format!("{name}.{}", slot.name.name), written)
                }));
            }
        }
        let mut steps = Vec::new();
        self.steps(&compose.body.stmts, &mut steps);
        made.members.extend(steps.into_iter().enumerate().map(|(number, step)| {
            let anchor = format!("{name}.step-{}", number + 1);
            Item::new(Kind::Step, &format!("step {}", number + 1), anchor, step)
        }));
        made.badges = self.rights(&compose.signature);
        made.effects = self.effects(self.unit(compose.signature.name.span), None);
        made
    }

    fn steps(&self, stmts: &[Stmt], steps: &mut Vec<String>) {
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Step(_, call, _) => steps.push(in_line(self.sources().text(call.span))),
                StmtKind::If(_, then, otherwise) => {
                    self.steps(&then.stmts, steps);
                    otherwise.iter().for_each(|block| self.steps(&block.stmts, steps));
                }
                StmtKind::For { body, .. } | StmtKind::Par(body) => self.steps(&body.stmts, steps),
                StmtKind::Match(_, arms) => arms.iter().for_each(|arm| self.steps(&arm.body.stmts, steps)),
                StmtKind::Try(tried, _, caught) => {
                    self.steps(&tried.stmts, steps);
                    self.steps(&caught.stmts, steps);
                }
                _ => {}
            }
        }
    }

    fn interface(&self, interface: &Interface, item: &Declared) -> Item {
        let name = &interface.name.name;
        let head = self.written(item.span, &item.attributes, item.span.end);
        let head = in_line(head.split('{').next().unwrap_or_default());
        let mut made = Item::new(Kind::Interface, name, name.clone(), head);
        for member in &interface.members {
            let (kind, member_name) = match &member.kind {
                InterfaceMemberKind::Asset(it) => (Kind::Asset, &it.name),
                InterfaceMemberKind::Entry(it) => (Kind::Entry, &it.name.name),
                InterfaceMemberKind::View(it) => (Kind::View, &it.name.name),
                InterfaceMemberKind::Error(it) => (Kind::Error, &it.name.name),
                InterfaceMemberKind::Event(it) => (Kind::Event, &it.name.name),
                InterfaceMemberKind::Struct(it) => (Kind::Struct, &it.name.name),
                InterfaceMemberKind::Recovered => continue,
            };
            let written = self.written(member.span, &[], member.span.end);
            let mut part = Item::new(kind, member_name, format!("{name}.{member_name}"), written);
            part.doc.clone_from(&member.doc);
            made.members.push(part);
        }
        made
    }
}

fn attribute_names(attributes: &[Attribute]) -> Vec<String> {
    attributes.iter().map(|attribute| format!("@{}", attribute.name.name)).collect()
}

fn entry_kind(unit: Option<&Unit>, entry: &Function) -> Kind {
    let found = unit.and_then(|unit| unit.function_named(&entry.signature.name.name));
    if found.is_some_and(|(_, function)| function.is_port()) { Kind::Port } else { Kind::Entry }
}

/// The code that an error has in receipts.
fn code_of(unit: &Unit, error: &str) -> Option<u32> {
    let place = unit.errors.iter().position(|it| it.name == error)?;
    Some(u32::from(FIRST_USER_ERROR) + u32::try_from(place).ok()?)
}
