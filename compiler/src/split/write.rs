//! The proposal: micro-contracts, compositions and an app, as text that compiles.

use super::cut::{Parts, Run, parts};
use super::generic::{Bound, renamed};
use super::groups::{Groups, Tie, is_declared};
use super::uses::Uses;
use crate::tree::{Function, FunctionKind, LocalId, Program, StateId, StateKind, Unit};
use mc_container::manifest::EntryKind;
use mc_syntax::ast::{self, ItemKind, MemberKind};
use mc_syntax::format::format;
use mc_syntax::source::{FileId, SourceSet, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be split.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The program it belongs to.
    pub program: &'r Program,
    /// The files as written.
    pub files: &'r [ast::File],
    /// Their texts.
    pub sources: &'r SourceSet,
    /// The contract.
    pub unit: &'r Unit,
    /// States that stay together, whatever could be.
    pub keep: &'r [Vec<String>],
}

/// A micro-contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its name.
    pub name: String,
    /// The states that it takes over.
    pub states: Vec<String>,
    /// The entries and views that it takes over as they are.
    pub entries: Vec<String>,
}

/// A composition, and the entry that it replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The entry.
    pub entry: String,
    /// The composition.
    pub composition: String,
    /// Its steps, as `slot.entry`.
    pub steps: Vec<String>,
}

/// A contract in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The micro-contracts.
    pub pieces: Vec<Piece>,
    /// The compositions.
    pub cuts: Vec<Cut>,
    /// What is not as it was.
    pub notes: Vec<String>,
    /// The source, in the style of the language.
    pub text: String,
}

/// Why a contract does not come apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In a sentence.
    pub message: String,
    /// What holds it together.
    pub ties: Vec<Tie>,
}

/// Splits a contract.
///
/// # Errors
/// Why it stays as it is.
pub fn propose(request: &Request<'_>) -> Result<Split, Refusal> {
    let refuse = |message: &str| Refusal { message: message.to_owned(), ties: Vec::new() };
    let contract = request.contract().ok_or_else(|| refuse("it is no contract"))?;
    let generics: Vec<String> = contract.generics.iter().map(|generic| generic.name.name.clone()).collect();
    let Some(bound) = Bound::of(request.program, request.unit, &generics) else {
        let unknown =
            "it is generic, and no app says over which asset: its compositions would have to name it";
        return Err(refuse(unknown));
    };
    let mut writer = Writer::new(request, contract, bound);
    let bound = writer.bound.assets.iter();
    writer.notes = bound.map(|(param, asset)| format!("`{param}` is `{asset}`, as the app has it")).collect();
    writer.group()?;
    if writer.classes().len() < 2 {
        let message = match writer.groups.ties.is_empty() {
            true => "it has one state only",
            false => "every part of its state is tied to every other",
        };
        return Err(Refusal { message: message.to_owned(), ties: writer.groups.ties });
    }
    writer.write()
}

impl<'r> Request<'r> {
    fn contract(&self) -> Option<&'r ast::Contract> {
        let file = self.files.get(self.unit.span.file.0 as usize)?;
        file.items.iter().find_map(|item| match &item.kind {
            ItemKind::Contract(contract) if contract.name.span == self.unit.span => Some(contract),
            _ => None,
        })
    }
}

/// `set_price` as `SetPrice`.
pub(crate) fn camel(name: &str) -> String {
    let parts = name.split('_').map(|part| {
        let mut letters = part.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    });
    parts.collect()
}

pub(super) struct Writer<'r> {
    pub(super) request: &'r Request<'r>,
    pub(super) unit: &'r Unit,
    pub(super) contract: &'r ast::Contract,
    /// What its generic parameters stand for.
    pub(super) bound: Bound<'r>,
    pub(super) uses: Uses<'r>,
    pub(super) groups: Groups<'r>,
    /// The states that never change, which every piece gets that uses them.
    pub(super) copied: BTreeSet<StateId>,
    pub(super) entries: Vec<(&'r ast::Member, &'r ast::Function, Parts<'r>)>,
    pub(super) taken: BTreeSet<String>,
    pub(super) notes: Vec<String>,
}

impl<'r> Writer<'r> {
    fn new(request: &'r Request<'r>, contract: &'r ast::Contract, bound: Bound<'r>) -> Self {
        let (unit, uses, groups) = (request.unit, Uses::new(request.unit), Groups::new(request.unit));
        let copied = copied(unit, &uses);
        let mut entries = Vec::new();
        for member in &contract.members {
            if let MemberKind::Entry(source) | MemberKind::View(source) = &member.kind
                && let Some((_, function)) = unit.function_named(&source.signature.name.name)
            {
                let texts = (source, request.sources);
                let mut parts = parts(unit, &uses, &copied, function, texts);
                if parts.whole.is_none() && parts.ports().any(|asset| bound.is_coin(asset)) {
                    let why =
                        "a composition that takes or gives `coin` is one that anybody can call".to_owned();
                    parts.whole = Some((function.span, why));
                }
                entries.push((member, source, parts));
            }
        }
        let mut taken: BTreeSet<String> = unit.states.iter().map(|state| state.name.clone()).collect();
        for function in &unit.functions {
            taken.insert(function.name.clone());
            taken.extend(function.locals.iter().map(|local| local.name.clone()));
        }
        taken.extend(unit.errors.iter().map(|it| it.name.clone()));
        taken.extend(unit.events.iter().map(|it| it.name.clone()));
        let units = request.program.units.iter().filter(|other| other.span.file == unit.span.file);
        taken.extend(units.map(|unit| unit.name.clone()));
        taken.extend(bound.beside.iter().map(|(name, ..)| (*name).to_owned()));
        Self { request, unit, contract, bound, uses, groups, copied, entries, taken, notes: Vec::new() }
    }

    pub(super) fn text(&self, span: Span) -> &'r str {
        self.request.sources.text(span)
    }

    pub(super) fn unique(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        name
    }

    /// Ties what has to stay together.
    fn group(&mut self) -> Result<(), Refusal> {
        for keep in self.request.keep {
            let ids = keep.iter().map(|name| {
                let found = (0..).map(StateId).zip(&self.unit.states).find(|(_, state)| state.name == *name);
                let missing = || Refusal { message: format!("it has no state `{name}`"), ties: Vec::new() };
                found.map(|(id, _)| id).ok_or_else(missing)
            });
            let ids = ids.collect::<Result<BTreeSet<StateId>, Refusal>>()?;
            self.groups.tie(&ids, self.unit.span, "kept together as you asked");
        }
        self.tie_init();
        let mut own = BTreeSet::new();
        for function in &self.unit.functions {
            let facts = self.uses.of(&function.body);
            if facts.address {
                own.extend(facts.states.difference(&self.copied).copied());
            }
        }
        self.groups.tie(&own, self.unit.span, "both work with the contract's own address");
        for (member, _, parts) in &self.entries {
            let view = matches!(member.kind, MemberKind::View(_));
            let (span, states) = (parts.function.span, parts.states());
            if let Some((span, why)) = &parts.whole {
                self.groups.tie(&states, *span, &format!("`{}` stays whole: {why}", parts.function.name));
            } else if view {
                self.groups.tie(&states, span, &format!("the view `{}` shows both", parts.function.name));
            } else if !parts.is_complete() {
                self.groups.tie(&states, span, &format!("`{}` cannot be cut", parts.function.name));
            }
            for (atom, why) in parts.ties() {
                self.groups.tie(&atom.states, atom.span, &why);
            }
        }
        self.settle();
        Ok(())
    }

    /// Ties the states of entries that cannot pass on what their parts need, until nothing changes.
    fn settle(&mut self) {
        loop {
            let found = self.entries.iter().find_map(|(_, _, parts)| {
                let states = parts.states();
                if self.groups.classes(&states).len() < 2 {
                    return None;
                }
                let (span, why) = parts.refuses(&self.groups, 0)?;
                Some((states, span, format!("`{}` stays whole: {why}", parts.function.name)))
            });
            let Some((states, span, why)) = found else { return };
            self.groups.tie(&states, span, &why);
        }
    }

    pub(super) fn init(&self) -> Option<(&'r ast::Init, &'r Function)> {
        let source = self.contract.members.iter().find_map(|member| match &member.kind {
            MemberKind::Init(init) => Some(init),
            _ => None,
        })?;
        let kind = FunctionKind::Callable(EntryKind::Init);
        Some((source, self.unit.functions.iter().find(|function| function.kind == kind)?))
    }

    /// The statements of `init` with what they use.
    pub(super) fn init_atoms(&self) -> Vec<(Span, super::uses::Facts)> {
        let Some((source, function)) = self.init() else { return Vec::new() };
        let facts = source.body.stmts.iter().map(|stmt| {
            let inside = |span: Span| stmt.span.start <= span.start && span.start <= stmt.span.end;
            (stmt.span, self.uses.of(function.body.iter().filter(|it| inside(it.span))))
        });
        facts.collect()
    }

    fn tie_init(&mut self) {
        let atoms = self.init_atoms();
        for (number, (span, facts)) in atoms.iter().enumerate() {
            let mut states: BTreeSet<StateId> = facts.states.difference(&self.copied).copied().collect();
            let set: BTreeSet<LocalId> = facts.set.iter().copied().collect();
            if !states.is_empty() {
                for (_, later) in atoms.iter().skip(number + 1).filter(|(_, it)| !it.read.is_disjoint(&set)) {
                    states.extend(later.states.difference(&self.copied));
                }
            }
            self.groups.tie(&states, *span, "one statement of `init` sets both");
        }
    }

    /// The classes with a declared state, in the order of the source, each with its states.
    fn classes(&self) -> Vec<(usize, Vec<StateId>)> {
        let mut classes: Vec<(usize, Vec<StateId>)> = Vec::new();
        for (id, state) in (0..).map(StateId).zip(&self.unit.states) {
            if self.copied.contains(&id) || state.name.contains('.') {
                continue;
            }
            let class = self.groups.class(id);
            match classes.iter_mut().find(|(known, _)| *known == class) {
                Some((_, states)) => states.push(id),
                None => classes.push((class, vec![id])),
            }
        }
        classes
    }

    /// The state a class is named by: the first declared one that is no role.
    fn main(&self, states: &[StateId]) -> String {
        let states =
            || states.iter().filter_map(|id| self.unit.state(*id)).filter(|state| is_declared(state));
        let main = states().find(|state| state.kind != StateKind::Role).or_else(|| states().next());
        main.map_or_else(|| "assets".to_owned(), |state| state.name.clone())
    }

    fn write(mut self) -> Result<Split, Refusal> {
        let classes = self.classes();
        let mut pieces = Vec::new();
        for (class, states) in &classes {
            let main = self.main(states);
            let name = self.unique(&format!("{}{}", self.unit.name, camel(&main)));
            let mut slot = main.clone();
            let locals = self.unit.functions.iter().flat_map(|function| &function.locals);
            let beside = self.bound.beside.iter().any(|(name, ..)| *name == slot);
            if beside || locals.clone().any(|local| local.name == slot) {
                slot = self.unique(&format!("{main}_of"));
            }
            let states = states.iter().copied().collect();
            pieces.push(Draft { class: *class, name, slot, states, ..Draft::default() });
        }
        let mut compositions = Vec::new();
        for number in 0..self.entries.len() {
            self.place(number, &mut pieces, &mut compositions);
        }
        let body = self.file(&mut pieces, &compositions);
        let text = match format(FileId(0), &body) {
            Ok(text) => text,
            Err(_) => {
                let message = "its pieces cannot be written".to_owned();
                return Err(Refusal { message, ties: Vec::new() });
            }
        };
        let named = |draft: &Draft| Piece {
            name: draft.name.clone(),
            states: draft
                .states
                .iter()
                .filter_map(|id| self.unit.state(*id))
                .map(|it| it.name.clone())
                .collect(),
            entries: draft.moved.clone(),
        };
        let pieces = pieces.iter().map(named).collect();
        let cuts = compositions.into_iter().map(|composed| composed.cut).collect();
        Ok(Split { pieces, cuts, notes: self.notes, text })
    }

    /// Moves an entry to the piece it belongs to, or makes a composition of it.
    fn place(&mut self, number: usize, pieces: &mut [Draft], compositions: &mut Vec<Composed>) {
        let Some((member, source, parts)) = self.entries.get(number) else { return };
        let (member, source) = (*member, *source);
        let classes = self.groups.classes(&parts.states());
        if classes.len() < 2 {
            let atoms = parts.leaves();
            let used: BTreeSet<StateId> = atoms.iter().flat_map(|it| it.facts.states.clone()).collect();
            let near = |piece: &&mut Draft| !piece.copies.is_disjoint(&used);
            let home = match classes.first() {
                Some(class) => pieces.iter_mut().find(|piece| piece.class == *class),
                None => pieces.iter_mut().find(near),
            };
            let text = documented(&member.doc, self.text(member.span));
            let calls = atoms.iter().flat_map(|it| it.facts.calls.clone());
            let whole = self.uses.of(&parts.function.body);
            let calls: BTreeSet<_> = calls.chain(whole.calls).collect();
            let used: BTreeSet<StateId> = whole.states.intersection(&self.copied).copied().collect();
            let home = match home {
                Some(home) => home,
                None => match pieces.first_mut() {
                    Some(first) => first,
                    None => return,
                },
            };
            home.members.push(text);
            home.moved.push(parts.function.name.clone());
            home.calls.extend(calls);
            home.copies.extend(used);
            return;
        }
        let name = parts.function.name.clone();
        let composition = self.unique(&camel(&name));
        let Some((_, _, parts)) = self.entries.get(number) else { return };
        if parts.ports().next().is_some() {
            let note = format!(
                "`{name}` takes or gives an asset: other compositions take `{composition}` as a step"
            );
            self.notes.push(note);
        }
        compositions.push(self.compose(&composition, member, source, parts, pieces));
    }

    /// The composition of an entry; its steps go to the pieces.
    fn compose(
        &self,
        name: &str,
        member: &ast::Member,
        source: &ast::Function,
        parts: &Parts<'_>,
        pieces: &mut [Draft],
    ) -> Composed {
        let entry = &parts.function.name;
        let first = pieces.first().map_or(0, |piece| piece.class);
        let runs = parts.runs(&self.groups, first);
        let role = format!("{entry}_callers");
        let mut body = String::new();
        let (mut steps, mut slots) = (Vec::new(), Vec::new());
        for (number, run) in runs.iter().enumerate() {
            if let Some(frame) = &run.frame {
                body.push_str(&format!("{frame}\n"));
                continue;
            }
            let atoms = run.atoms.iter().filter(|atom| !atom.is_clause);
            let statements: Vec<&str> = atoms.map(|atom| self.text(atom.span)).collect();
            let Some(piece) = run.class.and_then(|class| pieces.iter_mut().find(|it| it.class == class))
            else {
                body.push_str(&(statements.join("\n") + "\n"));
                continue;
            };
            let step = Step { parts, runs: &runs, number, source, role: &role };
            let called = self.step(&step, run, &statements, piece);
            body.push_str(&called);
            let same = |run: &&Run<'_>| run.class == Some(piece.class);
            let earlier = runs.iter().take(number).filter(same).count();
            steps.push(format!("{}.{}", piece.slot, step_name(entry, earlier)));
            if !slots.contains(&(piece.slot.clone(), piece.name.clone())) {
                slots.push((piece.slot.clone(), piece.name.clone()));
            }
        }
        let word = |param: &ast::Param| if param.mutable { "mut " } else { "" };
        let own = parts.ports().filter_map(|asset| {
            let class = self.groups.class_of_asset(asset)?;
            let piece = pieces.iter().find(|piece| piece.class == class)?;
            Some((asset.to_owned(), format!("{}.{asset}", piece.slot)))
        });
        let assets: BTreeMap<String, String> = self.bound.assets.clone().into_iter().chain(own).collect();
        let params =
            source.signature.params.iter().map(|it| word(it).to_owned() + &renamed(self.param(it), &assets));
        let params: Vec<String> = params.collect();
        let result = source.signature.result.as_ref();
        let result =
            result.map_or(String::new(), |ty| format!(" -> {}", renamed(self.text(ty.span), &assets)));
        let parallel = member.attributes.iter().filter(|it| it.name.name == "parallel");
        let parallel: String = parallel.map(|it| format!("{}\n", self.text(it.span))).collect();
        let head = format!("{parallel}compose {name}({}){result}", params.join(", "));
        let (head, body) = (documented(&member.doc, &head), renamed(&body, &self.bound.assets));
        let cut = Cut { entry: entry.clone(), composition: name.to_owned(), steps };
        Composed { cut, head, body, slots, role }
    }

    pub(super) fn param(&self, param: &ast::Param) -> &'r str {
        let end = param.bound.as_ref().map_or(param.ty.span, |bound| bound.span);
        self.text(param.name.span.to(end))
    }

    /// Adds the entry of one run to its piece; gives the step that calls it.
    fn step(&self, step: &Step<'_>, run: &Run<'_>, statements: &[&str], piece: &mut Draft) -> String {
        let Step { parts, runs, number, source, role } = *step;
        let local = |id: &LocalId| parts.function.locals.get(id.0 as usize);
        let (takes, gives) = (parts.takes(runs, number), parts.gives(runs, number));
        let atoms = || run.atoms.iter();
        let ends = atoms().any(|atom| atom.is_return);
        let set: BTreeSet<LocalId> = atoms().flat_map(|atom| atom.facts.set.iter().copied()).collect();
        let params = takes.iter().filter_map(|id| {
            let word = if set.contains(id) { "mut " } else { "" };
            local(id).map(|it| format!("{word}{}: {}", it.name, it.ty))
        });
        let params: Vec<String> = params.collect();
        let given: Vec<_> = gives.iter().filter_map(|id| Some((*id, local(id)?))).collect();
        let names: Vec<String> = given.iter().map(|(_, local)| local.name.clone()).collect();
        let types: Vec<String> = given.iter().map(|(_, local)| local.ty.to_string()).collect();
        let result = match (ends, types.as_slice()) {
            (true, _) => source.signature.result.as_ref().map(|ty| self.text(ty.span).to_owned()),
            (false, []) => None,
            (false, [one]) => Some(one.clone()),
            (false, several) => Some(format!("({})", several.join(", "))),
        };
        let bound = |names: &[String]| match names {
            [one] => one.clone(),
            several => format!("({})", several.join(", ")),
        };
        let earlier = runs.iter().take(number).filter(|it| it.class == run.class).count();
        let name = step_name(&parts.function.name, earlier);
        let arrow = result.as_ref().map_or(String::new(), |ty| format!(" -> {ty}"));
        let clause = atoms().find(|atom| atom.is_clause).map_or("", |atom| self.text(atom.span));
        let give =
            if ends || names.is_empty() { String::new() } else { format!("return {};", bound(&names)) };
        let body = statements.join("\n");
        let params = params.join(", ");
        piece
            .members
            .push(format!("entry {name}({params}){arrow} {clause} via {role} {{\n{body}\n{give}\n}}"));
        piece.roles.insert(role.to_owned());
        for atom in atoms() {
            piece.calls.extend(atom.facts.calls.iter().copied());
            piece.copies.extend(atom.facts.states.intersection(&self.copied).copied());
        }
        let args = takes.iter().filter_map(local).map(|it| format!("{0}: {0}", it.name));
        let args: Vec<String> = args.collect();
        let call = format!("{}.{name}({})", piece.slot, args.join(", "));
        if ends {
            return match result {
                Some(_) => format!("step outcome_of_{name} = {call};\nreturn outcome_of_{name};\n"),
                None if run.is_inner => format!("step {call};\nreturn;\n"),
                None => format!("step {call};\n"),
            };
        }
        if given.is_empty() {
            return format!("step {call};\n");
        }
        let known = parts.known_before(runs, number);
        let (mut bound_names, mut after) = (Vec::new(), String::new());
        for (id, local) in &given {
            if parts.is_mutable(*id) {
                let word = if known.contains(id) { "" } else { "let mut " };
                bound_names.push(format!("{}_{name}", local.name));
                after.push_str(&format!("{word}{0} = {0}_{name};\n", local.name));
            } else {
                bound_names.push(local.name.clone());
            }
        }
        format!("step {} = {call};\n{after}", bound(&bound_names))
    }
}

struct Step<'s> {
    parts: &'s Parts<'s>,
    runs: &'s [Run<'s>],
    number: usize,
    source: &'s ast::Function,
    role: &'s str,
}

/// A piece as it grows.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) class: usize,
    pub(super) name: String,
    pub(super) slot: String,
    pub(super) states: BTreeSet<StateId>,
    pub(super) copies: BTreeSet<StateId>,
    pub(super) calls: BTreeSet<crate::tree::FunctionId>,
    pub(super) roles: BTreeSet<String>,
    pub(super) members: Vec<String>,
    pub(super) moved: Vec<String>,
    pub(super) init_params: Vec<String>,
    /// The generic parameters that it keeps.
    pub(super) generics: Vec<String>,
}

pub(super) struct Composed {
    pub(super) cut: Cut,
    /// Up to its `uses`, and the statements in its braces.
    pub(super) head: String,
    pub(super) body: String,
    pub(super) slots: Vec<(String, String)>,
    pub(super) role: String,
}

/// The states that nothing but `init` changes, and that are no value of their own: immutables and fixed roles.
fn copied(unit: &Unit, uses: &Uses<'_>) -> BTreeSet<StateId> {
    let init = FunctionKind::Callable(EntryKind::Init);
    let changed = unit.functions.iter().filter(|function| function.kind != init);
    let changed: BTreeSet<StateId> = changed.flat_map(|function| uses.of(&function.body).changed).collect();
    let fixed = |id: StateId, state: &crate::tree::State| {
        state.immutable || (state.kind == StateKind::Role && !changed.contains(&id))
    };
    (0..).map(StateId).zip(&unit.states).filter(|(id, state)| fixed(*id, state)).map(|(id, _)| id).collect()
}

/// The name of an entry's step: the entry's own, with a number from the second on.
fn step_name(entry: &str, earlier: usize) -> String {
    if earlier == 0 { entry.to_owned() } else { format!("{entry}_{}", earlier + 1) }
}

/// Text with its documentation.
pub(super) fn documented(doc: &str, text: &str) -> String {
    let doc: String =
        doc.lines().map(|line| format!("///{}{line}\n", if line.is_empty() { "" } else { " " })).collect();
    doc + text
}
