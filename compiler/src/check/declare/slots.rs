//! Slots: what a composition `uses`, and which assets that is over.

use super::unit::Declarer;
use crate::check::types::Types;
use crate::error;
use crate::tree::{Behind, Slot};
use mc_syntax::ast::{self, TypeArg, TypeKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::FileId;

impl<'a> Declarer<'_, 'a> {
    /// The slots of a `uses`: the type of each may name the assets of those before it.
    pub(super) fn slots(&mut self, slots: &'a [ast::Slot]) {
        for (number, slot) in slots.iter().enumerate() {
            let (earlier, later) = slots.split_at(number);
            self.scope.types = Types { slots: earlier, ..self.scope.types };
            self.slot(slot, later);
        }
        self.scope.types = Types { slots, ..self.scope.types };
    }

    fn slot(&mut self, slot: &ast::Slot, later: &[ast::Slot]) {
        let name = &slot.name;
        if let Some(first) = self.unit.slots.iter().find(|slot| slot.name == name.name) {
            self.diagnostics.push(error::twice(&name.name, name.span, first.span));
            return;
        }
        match self.behind(&slot.ty, later) {
            Some((behind, generics)) => {
                self.stands_for(slot);
                let (name, span, implied) = (name.name.clone(), name.span, false);
                self.unit.slots.push(Slot { name, span, behind, generics, implied });
            }
            None => {
                self.scope.incomplete = true;
                self.scope.silence(&name.name);
            }
        }
    }

    /// Writes down what is behind the name of a slot.
    fn stands_for(&self, slot: &ast::Slot) {
        if let TypeKind::Named { path, .. } = &slot.ty.kind
            && let Some(found) = self.names.get(self.file, &path.text())
        {
            self.names.trail.behind(slot.name.span, found.span);
        }
    }

    /// What a slot of this type is written against, with the asset that each generic parameter stands for.
    fn behind(&mut self, ty: &ast::Type, later: &[ast::Slot]) -> Option<(Behind, Vec<String>)> {
        let TypeKind::Named { path, args } = &ty.kind else {
            self.diagnostics.push(
                Diagnostic::error("E0202", ty.span, "a slot is bound to a contract or an interface")
                    .label("neither"),
            );
            return None;
        };
        let name = path.text();
        path.single().into_iter().for_each(|name| self.names.mention(self.file, name));
        let found = self.names.get(self.file, &name).map(|at| (at.file, at.item));
        let unit = found.and_then(|at| self.numbers.units.get(&at)).map(|id| Behind::Unit(*id));
        let interface = || found.and_then(|at| self.numbers.interfaces.get(&at)).copied();
        let Some(behind) = unit.or_else(|| interface().map(Behind::Interface)) else {
            if !self.names.is_missing(self.file, &name) {
                let known = self.names.of(self.file).map(|(name, _)| name);
                self.diagnostics.push(error::unknown("contract or interface", &name, ty.span, known));
            }
            return None;
        };
        let expected = self.generics_of(found?)?;
        if expected.len() != args.len() {
            self.diagnostics.push(too_few_or_many(&name, expected, args.len(), ty));
            return None;
        }
        let generics: Vec<Option<String>> = args.iter().map(|arg| self.asset_of(arg, later)).collect();
        Some((behind, generics.into_iter().collect::<Option<_>>()?))
    }

    /// The generic parameters of what can be behind a slot.
    fn generics_of(&self, (file, item): (FileId, usize)) -> Option<&'a [ast::GenericParam]> {
        let item = self.scope.types.loaded.files.get(usize::from(file.0))?.items.get(item)?;
        Some(match &item.kind {
            ast::ItemKind::Contract(it) => &it.generics,
            ast::ItemKind::Interface(it) => &it.generics,
            _ => &[],
        })
    }

    /// The asset between `<` and `>`: `coin`, or one of an earlier slot.
    fn asset_of(&mut self, arg: &TypeArg, later: &[ast::Slot]) -> Option<String> {
        if let TypeArg::Type(ast::Type { kind: TypeKind::Named { path, .. }, span }) = arg
            && let [slot, asset] = path.segments.as_slice()
            && later.iter().any(|later| later.name.name == slot.name)
        {
            self.diagnostics.push(
                Diagnostic::error("E0202", *span, format!("the slot `{}` comes later", slot.name))
                    .label("not bound yet here")
                    .help(format!(
                        "put `{}` first: a slot names the assets of those before it, as in `{}.{}`",
                        slot.name, slot.name, asset.name
                    )),
            );
            return None;
        }
        self.reader().asset_argument(arg)
    }
}

fn too_few_or_many(name: &str, expected: &[ast::GenericParam], given: usize, ty: &ast::Type) -> Diagnostic {
    let count = |n: usize| match n {
        0 => "no asset".to_owned(),
        1 => "1 asset".to_owned(),
        n => format!("{n} assets"),
    };
    let message = format!("`{name}` is generic over {}, {} given", count(expected.len()), given);
    let report = Diagnostic::error("E0202", ty.span, message).label("which assets?");
    match expected.first() {
        None => report.help(format!("write `{name}`")),
        Some(first) => report
            .also(first.name.span, "declared here")
            .help("name the assets of earlier slots, or `coin`: `uses gold: Token, vault: Vault<gold.Unit>`"),
    }
}
