//! What a name in a declaration or a comment leads to.

use super::model::{Docs, Kind};
use mc_compiler::Compiled;
use mc_syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

/// An item of the site: the number of its page, and its anchor.
pub type Target = (usize, String);

/// Where every name of a compilation leads.
pub struct Links {
    /// For each page, what its file declares and imports.
    names: Vec<BTreeMap<String, Target>>,
    /// For each composition, what its slots are filled with.
    slots: BTreeMap<Target, BTreeMap<String, Target>>,
    /// Every anchor there is.
    anchors: BTreeSet<Target>,
    /// The pages' names.
    pages: Vec<String>,
}

/// Where a text stands: names are looked up in its item first, then in its file.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s> {
    /// The number of the page.
    pub page: usize,
    /// The anchor of the declaration that the text belongs to; empty for none.
    pub owner: &'s str,
}

impl Links {
    /// The links of a site; `imports` leads from a file's import to the number of the imported page.
    #[must_use]
    pub fn new(
        docs: &Docs,
        files: &[ast::File],
        compiled: &Compiled,
        imports: impl Fn(usize, &str) -> Option<usize>,
    ) -> Self {
        let mut anchors = BTreeSet::new();
        let mut names: Vec<BTreeMap<String, Target>> = Vec::new();
        for (number, page) in docs.pages.iter().enumerate() {
            let items = || page.items.iter().filter(|item| item.kind != Kind::Test);
            names.push(items().map(|item| (item.name.clone(), (number, item.anchor.clone()))).collect());
            let all = items().flat_map(|item| item.members.iter().chain([item]));
            anchors.extend(all.map(|item| (number, item.anchor.clone())));
        }
        let declared = names.clone();
        for (number, file) in files.iter().enumerate() {
            for import in &file.imports {
                let from = imports(number, &import.from).and_then(|target| declared.get(target));
                for name in &import.names {
                    let here = name.alias.as_ref().unwrap_or(&name.name).name.clone();
                    let target = from.and_then(|from| from.get(&name.name.name)).cloned();
                    names.iter_mut().skip(number).take(1).for_each(|names| {
                        names.extend(target.clone().map(|target| (here.clone(), target)));
                    });
                }
            }
        }
        let pages = docs.pages.iter().map(|page| page.page.clone()).collect();
        Self { names, slots: slots(compiled), anchors, pages }
    }

    /// What a name means.
    #[must_use]
    pub fn find(&self, scope: Scope<'_>, name: &str) -> Option<Target> {
        let owner = (scope.page, scope.owner.to_owned());
        let member = self.member(&owner, name);
        let slot = || self.slots.get(&owner).and_then(|slots| slots.get(name)).cloned();
        let declared = || self.names.get(scope.page).and_then(|names| names.get(name)).cloned();
        // The slot leads to what fills it, which says more than the slot.
        slot().or(member).or_else(declared).filter(|target| self.anchors.contains(target))
    }

    /// What a name after a dot means.
    #[must_use]
    pub fn member(&self, of: &Target, name: &str) -> Option<Target> {
        let target = (of.0, format!("{}.{name}", of.1));
        self.anchors.contains(&target).then_some(target)
    }

    /// The address of a target, from a page.
    #[must_use]
    pub fn href(&self, from: usize, target: &Target) -> String {
        let page = if from == target.0 { "" } else { self.pages.get(target.0).map_or("", String::as_str) };
        format!("{page}#{}", target.1)
    }
}

/// The slots of every composition, by its page and name.
fn slots(compiled: &Compiled) -> BTreeMap<Target, BTreeMap<String, Target>> {
    let program = &compiled.program;
    let place = |unit: &mc_compiler::tree::Unit| (usize::from(unit.span.file.0), unit.name.clone());
    let filled = program.units.iter().filter(|unit| !unit.slots.is_empty()).map(|unit| {
        let slots =
            unit.slots.iter().filter_map(|slot| Some((slot.name.clone(), place(program.behind(slot)?))));
        (place(unit), slots.collect())
    });
    filled.collect()
}
