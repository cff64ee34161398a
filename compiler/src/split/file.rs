//! The pieces as one file: what they share, each of them, the compositions, and an app.

use super::generic::{mentions, renamed};
use super::write::{Composed, Draft, Writer, documented};
use crate::tree::{LocalId, StateId};
use mc_syntax::ast::{self, ItemKind, MemberKind};
use std::collections::{BTreeMap, BTreeSet};

impl Writer<'_> {
    /// The whole file: what everybody shares, the pieces, the compositions, the app.
    pub(super) fn file(&mut self, pieces: &mut [Draft], compositions: &[Composed]) -> String {
        let mut text = String::new();
        let own = self.request.files.get(self.unit.span.file.0 as usize);
        for import in own.iter().flat_map(|file| &file.imports) {
            text.push_str(&format!("{}\n", self.text(import.span)));
        }
        text.push('\n');
        let mut left_out = BTreeSet::new();
        for member in &self.contract.members {
            match &member.kind {
                MemberKind::Error(_)
                | MemberKind::Event(_)
                | MemberKind::Struct(_)
                | MemberKind::Enum(_)
                | MemberKind::Const(_) => {
                    text.push_str(&(documented(&member.doc, self.text(member.span)) + "\n\n"));
                }
                MemberKind::Test(_) => drop(left_out.insert("its tests are left out")),
                MemberKind::Invariant(_) => drop(left_out.insert("its invariants are left out")),
                MemberKind::Migrate(_) => drop(left_out.insert("`migrate` is left out")),
                _ => {}
            }
        }
        if !self.contract.implements.is_empty() {
            left_out.insert("no piece alone implements its interfaces");
        }
        for item in own.iter().flat_map(|file| &file.items) {
            let shared = matches!(
                item.kind,
                ItemKind::Struct(_)
                    | ItemKind::Enum(_)
                    | ItemKind::Const(_)
                    | ItemKind::Error(_)
                    | ItemKind::Event(_)
                    | ItemKind::Function(_)
            );
            let beside = |name: &str| self.bound.beside.iter().any(|(_, unit, _)| unit.name == name);
            let stays = matches!(&item.kind, ItemKind::Contract(it) if beside(&it.name.name))
                || matches!(item.kind, ItemKind::Interface(_)) && !self.bound.beside.is_empty();
            if shared || stays {
                text.push_str(&(documented(&item.doc, self.text(item.span)) + "\n\n"));
            }
        }
        self.notes.extend(left_out.into_iter().map(ToOwned::to_owned));
        self.share(pieces);
        for number in 0..pieces.len() {
            let init = self.piece_init(number, pieces);
            if let Some(piece) = pieces.get_mut(number) {
                text.push_str(&self.piece(piece, &init));
            }
        }
        let generic = self.generic(pieces);
        for composed in compositions {
            text.push_str(&self.composed(composed, &generic));
        }
        let app = self.app(pieces, compositions, &generic);
        text + &renamed(&app, &generic)
    }

    /// The generic pieces by name, each with the assets that it is deployed with.
    fn generic(&self, pieces: &[Draft]) -> BTreeMap<String, String> {
        let generic = pieces.iter().filter(|piece| !piece.generics.is_empty());
        let with_assets = |piece: &Draft| {
            let assets: Vec<&str> = piece
                .generics
                .iter()
                .filter_map(|param| self.bound.assets.get(param).map(String::as_str))
                .collect();
            (piece.name.clone(), format!("{}<{}>", piece.name, assets.join(", ")))
        };
        generic.map(with_assets).collect()
    }

    /// A composition as text.
    fn composed(&self, composed: &Composed, generic: &BTreeMap<String, String>) -> String {
        let Composed { head, body, .. } = composed;
        let slots = self.slots(composed, generic);
        let uses: Vec<String> = slots.iter().map(|(slot, piece)| format!("{slot}: {piece}")).collect();
        format!("{head} uses {} {{\n{body}}}\n\n", uses.join(", "))
    }

    /// The slots of a composition with their contracts: what its assets are of, and the pieces.
    fn slots(&self, composed: &Composed, generic: &BTreeMap<String, String>) -> Vec<(String, String)> {
        let Composed { head, body, slots, .. } = composed;
        let own: Vec<(String, String)> =
            slots.iter().map(|(slot, piece)| (slot.clone(), renamed(piece, generic))).collect();
        let named = |slot: &str| {
            let contracts = own.iter().map(|(_, piece)| piece);
            [head, body].into_iter().chain(contracts).any(|text| mentions(text, slot))
        };
        let beside = self.bound.beside.iter().filter(|(slot, ..)| named(slot));
        let mut slots: Vec<(String, String)> =
            beside.map(|(slot, unit, _)| ((*slot).to_owned(), unit.name.clone())).collect();
        slots.extend(own);
        slots
    }

    /// Gives each piece the constants that its own are computed from, and those that nobody uses to the first.
    fn share(&self, pieces: &mut [Draft]) {
        let used: BTreeSet<StateId> = pieces.iter().flat_map(|piece| piece.copies.clone()).collect();
        if let Some(first) = pieces.first_mut() {
            first.copies.extend(self.copied.difference(&used));
        }
        let atoms = self.init_atoms();
        for piece in pieces {
            // One constant may need another, which needs a third.
            for _ in 0..atoms.len() {
                for (_, facts) in &atoms {
                    if !facts.changed.is_disjoint(&piece.copies) {
                        piece.copies.extend(facts.states.intersection(&self.copied));
                    }
                }
            }
        }
    }

    /// The `init` of a piece, and the parameters it takes.
    fn piece_init(&self, number: usize, pieces: &[Draft]) -> (String, Vec<String>) {
        let (Some((source, function)), Some(piece)) = (self.init(), pieces.get(number)) else {
            return (String::new(), Vec::new());
        };
        let has = |state: &StateId| piece.states.contains(state) || piece.copies.contains(state);
        let (mut body, mut read) = (String::new(), BTreeSet::new());
        for (span, facts) in self.init_atoms() {
            let emits = self.text(span).trim_start().starts_with("emit");
            if facts.states.iter().all(has) && (!emits || number == 0) {
                body.push_str(&format!("{}\n", self.text(span)));
                read.extend(facts.read);
            }
        }
        let params = source.params.iter().zip((0..).map(LocalId)).filter(|(_, id)| read.contains(id));
        let params: Vec<&ast::Param> = params.map(|(param, _)| param).collect();
        debug_assert!(function.params as usize == source.params.len());
        if body.is_empty() {
            return (String::new(), Vec::new());
        }
        let shown: Vec<&str> = params.iter().map(|param| self.param(param)).collect();
        let names = params.iter().map(|param| param.name.name.clone()).collect();
        (format!("init({}) {{\n{body}}}\n\n", shown.join(", ")), names)
    }

    fn piece(&self, piece: &mut Draft, init: &(String, Vec<String>)) -> String {
        piece.init_params.clone_from(&init.1);
        let mut text = String::new();
        let has = |name: &str| {
            let ids = piece.states.iter().chain(&piece.copies);
            ids.filter_map(|id| self.unit.state(*id)).any(|state| state.name == name)
        };
        for member in &self.contract.members {
            let kept = match &member.kind {
                MemberKind::State(it) => has(&it.name.name),
                MemberKind::Immutable(it) => has(&it.name.name),
                MemberKind::Role(it) => has(&it.name.name),
                MemberKind::Asset(it) => self.groups.class_of_asset(&it.name.name) == Some(piece.class),
                _ => false,
            };
            if kept {
                text.push_str(&(documented(&member.doc, self.text(member.span)) + "\n"));
            }
        }
        for role in &piece.roles {
            text.push_str(&format!("/// The composition that may take this step.\nrole {role};\n"));
        }
        text.push_str(&format!("\n{}", init.0));
        for member in &piece.members {
            text.push_str(&format!("{member}\n\n"));
        }
        for member in &self.contract.members {
            if let MemberKind::Function(source) = &member.kind
                && let Some((id, _)) = self.unit.function_named(&source.signature.name.name)
                && piece.calls.contains(&id)
            {
                text.push_str(&(documented(&member.doc, self.text(member.span)) + "\n\n"));
            }
        }
        let params = self.contract.generics.iter().map(|generic| generic.name.name.clone());
        piece.generics = params.filter(|param| mentions(&text, param)).collect();
        let params: Vec<String> = piece.generics.iter().map(|param| format!("{param}: asset")).collect();
        let params = if params.is_empty() { String::new() } else { format!("<{}>", params.join(", ")) };
        format!("contract {}{params} {{\n{text}}}\n\n", piece.name)
    }

    /// The app, with the arguments of the one that deploys the contract now.
    fn app(
        &mut self,
        pieces: &[Draft],
        compositions: &[Composed],
        generic: &BTreeMap<String, String>,
    ) -> String {
        let known = self.deploy_args();
        let name = self.unique(&format!("{}Pieces", self.unit.name));
        let mut text = format!("app {name} {{\n");
        for (name, _, deploy) in &self.bound.beside {
            text.push_str(&format!("let {name} = {};\n", self.text(*deploy)));
        }
        for piece in pieces {
            let args = piece.init_params.iter().map(|name| Some(format!("{name}: {}", known.get(name)?)));
            let Some(args) = args.collect::<Option<Vec<String>>>() else {
                self.notes.push("there is no app: nothing says with which arguments to deploy".to_owned());
                return String::new();
            };
            text.push_str(&format!("let {} = deploy {}({});\n", piece.slot, piece.name, args.join(", ")));
        }
        for composed in compositions {
            let bound: Vec<String> =
                self.slots(composed, generic).iter().map(|(slot, _)| format!("{slot}: {slot}")).collect();
            text.push_str(&format!(
                "let {0}_call = deploy {1}({2});\n",
                composed.cut.entry,
                composed.cut.composition,
                bound.join(", ")
            ));
            for (slot, _) in &composed.slots {
                text.push_str(&format!("grant {slot}.{} to {}_call;\n", composed.role, composed.cut.entry));
            }
        }
        text + "}\n"
    }

    fn deploy_args(&self) -> BTreeMap<String, String> {
        let params: Vec<String> = self
            .init()
            .map(|(init, _)| init.params.iter().map(|it| it.name.name.clone()).collect())
            .unwrap_or_default();
        let items = self.request.files.iter().flat_map(|file| &file.items);
        let apps = items.filter_map(|item| match &item.kind {
            ItemKind::App(app) => Some(app),
            _ => None,
        });
        let deploys = apps.flat_map(|app| &app.body.stmts).filter_map(|stmt| match &stmt.kind {
            ast::StmtKind::Let { value, .. } | ast::StmtKind::Expr { value, .. } => match &value.kind {
                ast::ExprKind::Deploy(deployed, args) => Some((deployed.path.text(), args)),
                _ => None,
            },
            _ => None,
        });
        let mut found = deploys.filter(|(path, _)| *path == self.unit.name);
        let args = found.next().map(|(_, args)| args.as_slice()).unwrap_or_default();
        let named = args.iter().enumerate().filter_map(|(number, arg)| {
            let name =
                arg.name.as_ref().map(|name| name.name.clone()).or_else(|| params.get(number).cloned())?;
            Some((name, self.text(arg.value.span).to_owned()))
        });
        named.collect()
    }
}
