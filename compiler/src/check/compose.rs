//! What only compositions have: what is undone as a whole, parallel branches, and other compositions as steps.

use super::body::Body;
use crate::error;
use crate::tree::{Function, FunctionKind, LocalId, Part, Slot, Stmt, StmtKind, Try, Unit};
use mc_container::manifest::EntryKind;
use mc_container::value::Scalar;
use mc_syntax::ast::{self, Ident, StepCall};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::BTreeMap;

impl Body<'_> {
    /// `try { } catch reason { }`
    pub(crate) fn attempt(
        &mut self,
        (body, reason, catch): (&ast::Block, Option<&Ident>, &ast::Block),
        span: Span,
    ) -> Option<StmtKind> {
        let here =
            self.only_composes("`try`", "only the steps of a composition can be undone as a whole", span);
        let outside = u32::try_from(self.locals.len()).unwrap_or(u32::MAX);
        let body = self.block(body);
        let bindings = self.enter();
        let reason = reason.map(|name| self.bind(name, Scalar::U8.into(), false));
        let catch = self.block(catch);
        self.leave(bindings);
        here.then(|| StmtKind::Try(Box::new(Try { body, outside, reason, catch })))
    }

    /// `par { }`: each statement is a branch. What a branch binds is known after the block.
    pub(crate) fn branches(&mut self, block: &ast::Block, span: Span) -> Option<StmtKind> {
        let here = self.only_composes("`par`", "only the steps of a composition run side by side", span);
        let mut branches = Vec::new();
        for stmt in &block.stmts {
            let mut branch = Vec::new();
            self.stmt(stmt, &mut branch);
            branches.push(branch);
        }
        let mistakes: Vec<Diagnostic> =
            branches.iter().filter_map(|branch| leaving(branch, false)).map(leaves_the_block).collect();
        mistakes.into_iter().for_each(|mistake| self.report(mistake));
        if let Some(mistake) = self.depends(&branches) {
            self.report(mistake);
        }
        here.then_some(StmtKind::Par(branches))
    }

    fn only_composes(&mut self, what: &str, why: &str, span: Span) -> bool {
        let here = self.composes();
        if !here {
            self.report(
                Diagnostic::error("E0508", span, format!("{what} outside of a composition"))
                    .label(why)
                    .help("an entry is undone as a whole when it fails; chain entries in a `compose`"),
            );
        }
        here
    }

    /// The first local that a branch sets and another one uses.
    fn depends(&self, branches: &[Vec<Stmt>]) -> Option<Diagnostic> {
        let mut set: Vec<BTreeMap<LocalId, Span>> = Vec::new();
        let mut used: Vec<BTreeMap<LocalId, Span>> = Vec::new();
        for branch in branches {
            let mut touched = Touched::default();
            branch.iter().for_each(|stmt| touched.part(Part::Stmt(stmt)));
            set.push(touched.set);
            used.push(touched.used);
        }
        for (at, set) in set.iter().enumerate() {
            let others = used.iter().enumerate().filter(|(other, _)| *other != at);
            for (local, span) in others.flat_map(|(_, used)| used) {
                let Some(first) = set.get(local) else { continue };
                let name = self.locals.get(local.0 as usize).map_or("", |local| local.name.as_str());
                return Some(
                    Diagnostic::error(
                        "E0501",
                        *span,
                        format!("`{name}` is set in another branch of this `par`"),
                    )
                    .label("a branch cannot wait for another")
                    .also(*first, "set here")
                    .help("put what needs it after the `par`"),
                );
            }
        }
        None
    }

    /// The slot and the entry that a step names: `slot.entry`, or a composition by its own name or a slot's.
    pub(crate) fn step_target(&mut self, call: &StepCall) -> Option<(usize, Ident)> {
        let unit = self.unit?;
        let (slot, entry) = match call.path.segments.as_slice() {
            [slot, entry] => (slot, Some(entry)),
            [only] => (only, None),
            _ => {
                self.report(error::not_compiled("a step through two slots", call.path.span));
                return None;
            }
        };
        self.mention(slot);
        if self.is_silenced(&slot.name) {
            return None;
        }
        let Some(number) = unit.slots.iter().position(|known| known.name == slot.name) else {
            let known = unit.slots.iter().map(|known| known.name.as_str());
            let kind = if entry.is_some() { "slot" } else { "composition" };
            self.report_unknown(error::unknown(kind, &slot.name, slot.span, known));
            return None;
        };
        let bound = unit.slots.get(number)?;
        let behind = self.context?.program.behind(bound)?;
        let Some(entry) = entry else {
            let composition = composition(behind);
            if composition.is_none() {
                let entries = behind.functions.iter().filter(|it| it.is_callable());
                let help = entries.map(|it| it.name.as_str()).find(|name| *name != "init").map_or_else(
                    || "name one of its entries".to_owned(),
                    |entry| format!("name one of its entries: `step {}.{entry}(…)`", slot.name),
                );
                let text = format!("`{}` is the contract `{}`, not a composition", slot.name, behind.name);
                let report = Diagnostic::error("E0208", slot.span, text);
                self.report(report.label("only a composition is a step by itself").help(help));
            }
            let name = composition?.name.clone();
            self.fits_inside(bound, behind, call.span)?;
            return Some((number, Ident { name, span: slot.span }));
        };
        Some((number, entry.clone()))
    }

    /// A composition as a step works on the slots of the one that takes it.
    fn fits_inside(&mut self, bound: &Slot, inner: &Unit, span: Span) -> Option<()> {
        if !bound.implied {
            return self.passes_no_asset(bound, inner, span);
        }
        let context = self.context?;
        let own = &self.unit?.slots;
        let fits = |needed: &&Slot| {
            own.iter().any(|slot| {
                slot.name == needed.name && slot.behind == needed.behind && slot.generics == needed.generics
            })
        };
        let lacking = inner.slots.iter().filter(|slot| !slot.implied).find(|needed| !fits(needed));
        let Some(lacking) = lacking else { return Some(()) };
        let behind = context.program.behind(lacking).map_or("?", |unit| unit.name.as_str());
        let written = match lacking.generics.as_slice() {
            [] => format!("{}: {behind}", lacking.name),
            generics => format!("{}: {behind}<{}>", lacking.name, generics.join(", ")),
        };
        let name = &inner.name;
        self.report(
            Diagnostic::error("E0509", span, format!("`{name}` needs the slot `{written}`"))
                .label("this composition has no such slot")
                .also(lacking.span, "needed here")
                .help(format!(
                    "write `uses {written}`, or name the composition itself: `uses other: {name}` and `step other(…)`"
                )),
        );
        None
    }

    /// Through a slot of its own, a composition has slots that nobody here can name assets by.
    fn passes_no_asset(&mut self, bound: &Slot, inner: &Unit, span: Span) -> Option<()> {
        let passes = composition(inner).is_some_and(Function::is_port);
        if passes {
            let name = &inner.name;
            let text = format!("`{name}` takes or gives an asset of one of its own slots");
            self.report(
                Diagnostic::error("E0509", span, text)
                    .label("nothing tells whether it is one of this composition's")
                    .also(bound.span, "named here")
                    .help(format!(
                        "leave `{}: {name}` out and write `step {name}(…)`: then both have the same slots",
                        bound.name
                    )),
            );
        }
        (!passes).then_some(())
    }
}

/// What can be called of a composition; `None` for a contract.
fn composition(unit: &Unit) -> Option<&Function> {
    unit.functions.iter().find(|function| function.kind == FunctionKind::Callable(EntryKind::Compose))
}

/// The first statement through which control leaves `stmts` otherwise than at their end or by failing.
fn leaving(stmts: &[Stmt], in_loop: bool) -> Option<Span> {
    stmts.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::Return(_) => Some(stmt.span),
        StmtKind::Break | StmtKind::Continue if !in_loop => Some(stmt.span),
        _ => {
            let inside = in_loop || matches!(stmt.kind, StmtKind::For(_));
            let mut found = None;
            stmt.parts(&mut |part| {
                if let Part::Stmt(inner) = part {
                    found = found.or_else(|| leaving(std::slice::from_ref(inner), inside));
                }
            });
            found
        }
    })
}

fn leaves_the_block(span: Span) -> Diagnostic {
    Diagnostic::error("E0501", span, "this leaves the `par` from within a branch")
        .label("the other branches would not run")
        .help("decide before the `par`, or after it")
}

/// The locals that a branch sets and uses, each where it does so first.
#[derive(Default)]
struct Touched {
    set: BTreeMap<LocalId, Span>,
    used: BTreeMap<LocalId, Span>,
}

impl Touched {
    fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Stmt(stmt) => {
                if let Some(local) = stmt.sets() {
                    self.set.entry(local).or_insert(stmt.span);
                    self.used.entry(local).or_insert(stmt.span);
                }
                stmt.parts(&mut |part| self.part(part));
            }
            Part::Expr(expr) => {
                if let crate::tree::ExprKind::Local(local) = expr.kind {
                    self.used.entry(local).or_insert(expr.span);
                }
                expr.parts(&mut |part| self.part(part));
            }
        }
    }
}
