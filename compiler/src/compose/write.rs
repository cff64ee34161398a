//! The composition as source.

use super::choice::is_reserved;
use super::flow::{Flow, Source};
use super::params::Params;
use super::types::{declared_in, is_nameless, names};
use super::{Composed, Refusal, Request, misfit};
use crate::spends;
use crate::split::camel;
use crate::tree::{Behind, Function, Local, Slot};
use mc_container::access::{Op, StepCall, Term};
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::ast::{self, Clause, ItemKind, MemberKind};
use mc_syntax::format::format;
use mc_syntax::source::{FileId, Span};

/// Writes the composition.
pub(super) fn write(request: &Request<'_>, flow: &Flow<'_, '_>, params: Params) -> Result<Composed, Refusal> {
    let mut writer =
        Writer { request, flow, params, names: Vec::new(), spends: Vec::new(), notes: Vec::new() };
    writer.spend();
    writer.name_results();
    writer.note_rights();
    writer.composed()
}

struct Writer<'w, 'p> {
    request: &'w Request<'p>,
    flow: &'w Flow<'w, 'p>,
    params: Params,
    /// What each thing made is bound to; `_` where nobody uses it.
    names: Vec<String>,
    spends: Vec<(String, String)>,
    notes: Vec<String>,
}

impl Writer<'_, '_> {
    fn name(&self) -> String {
        camel(self.request.name)
    }

    fn slots(&self) -> Vec<Slot> {
        let slot = |it: &super::chain::Socket<'_>| Slot {
            name: it.name.clone(),
            span: it.unit.span,
            behind: Behind::Unit(it.id),
            generics: it.unit.generics.iter().map(|generic| self.flow.asset(it, generic)).collect(),
            implied: false,
        };
        self.flow.chain.slots.iter().map(slot).collect()
    }

    /// The terms of an argument, over the parameters of the composition.
    fn terms(&self, source: Source) -> Vec<Option<Term>> {
        let leaf = |op: Option<Op>| op.map(Term::leaf);
        match source {
            Source::Wanted(wanted) => {
                let Some(of) = self.params.of.get(wanted) else { return Vec::new() };
                let before = self.params.locals.iter().take(*of).map(|local| local.ty.scalar_count());
                let (first, count) = (
                    before.sum::<usize>(),
                    self.params.locals.get(*of).map_or(0, |local| local.ty.scalar_count()),
                );
                (first..first.saturating_add(count))
                    .map(|at| leaf(u16::try_from(at).ok().map(Op::Param)))
                    .collect()
            }
            Source::Made(made) => {
                let Some(made) = self.flow.made.get(made) else { return Vec::new() };
                let scalars = made.scalar..made.scalar.saturating_add(made.ty.scalar_count());
                let result = |scalar: usize| {
                    Some(Op::Result {
                        step: u16::try_from(made.step).ok()?,
                        scalar: u16::try_from(scalar).ok()?,
                    })
                };
                scalars.map(|scalar| leaf(result(scalar))).collect()
            }
        }
    }

    /// Bounds what the steps take from the caller, by what they take where the parameters say it, and else by a
    /// parameter of its own.
    fn spend(&mut self) {
        let steps = self.flow.chain.steps.iter().zip(&self.flow.args);
        let calls = steps.map(|(link, args)| StepCall {
            slot: u16::try_from(link.slot).unwrap_or(u16::MAX),
            entry: link.function.name.clone(),
            args: args.iter().flat_map(|source| self.terms(*source)).collect(),
            certain: true,
            when: None,
        });
        let calls: Vec<StepCall> = calls.collect();
        let (program, containers) = (self.request.program, self.request.containers);
        let taken = spends::of_steps(program, containers, (&self.slots(), &self.params.locals), &calls);
        let several = taken.iter().filter(|(_, most)| most.is_none()).count() > 1;
        for (asset, most) in taken {
            let most = most.unwrap_or_else(|| self.limit(&asset, several));
            self.spends.push((asset, most));
        }
    }

    /// A new parameter that says how much of an asset the caller would give at most.
    fn limit(&mut self, asset: &str, several: bool) -> String {
        let prefix =
            if several { format!("{}_", asset.replace('.', "_").to_lowercase()) } else { String::new() };
        let name = self.unused(&[format!("{prefix}limit"), format!("most_{prefix}limit")]);
        let span = Span::default();
        self.params.locals.push(Local { name: name.clone(), span, ty: Scalar::U128.into() });
        self.notes.push(format!("only execution tells how much `{asset}` it takes: `{name}` is the most"));
        name
    }

    /// The first of these names that nothing has yet, or the last with a number.
    fn unused(&self, wished: &[String]) -> String {
        let is_free = |name: &String| {
            !is_reserved(name)
                && !self.names.contains(name)
                && self.params.locals.iter().all(|local| local.name != *name)
                && self.flow.chain.slots.iter().all(|slot| slot.name != *name)
        };
        let last = wished.last().cloned().unwrap_or_default();
        let numbered = (2..).map(|number: u32| format!("{last}_{number}"));
        wished.iter().cloned().chain(numbered).find(is_free).unwrap_or(last)
    }

    /// What the last step gives, if the composition gives it on.
    fn result(&self) -> Option<&Type> {
        let flow = self.flow;
        let last = flow.chain.steps.len().checked_sub(1)?;
        let (slot, function) = flow.chain.step(last)?;
        let result = function.result.as_ref()?;
        let known = |name: &&str| declared_in(self.request, slot.unit, name).is_some();
        let can_be_named = !is_nameless(result) && names(result).iter().all(known);
        let mut parts = flow.made.iter().filter(|made| made.step == last);
        (can_be_named && parts.all(|made| flow.is_returned(made))).then_some(result)
    }

    /// Names everything that somebody uses, as the parameter that takes it, or as the entry that gives it.
    fn name_results(&mut self) {
        let (flow, is_given_on) = (self.flow, self.result().is_some());
        for made in &flow.made {
            let Some((slot, function)) = flow.chain.step(made.step) else { continue };
            let is_last = made.step + 1 == flow.chain.steps.len();
            let name = match &made.taker {
                Some(taker) => self.unused(&[taker.clone(), format!("{}_{taker}", slot.name)]),
                None if is_last && is_given_on => {
                    self.unused(&[function.name.clone(), format!("{}_{}", slot.name, function.name)])
                }
                None => "_".to_owned(),
            };
            self.names.push(name);
        }
    }

    /// Says which rights the composition needs for its steps.
    fn note_rights(&mut self) {
        let chain = self.flow.chain;
        for number in 0..chain.steps.len() {
            let Some((slot, function)) = chain.step(number) else { continue };
            for role in self.roles(function) {
                let (shown, name) = (chain.shown(number), self.request.name.to_lowercase());
                let grant = format!("`grant {}.{role} to {name};`", slot.name);
                let note = format!("`{shown}` is a step of compositions in `{role}` only: {grant} in an app");
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
        }
    }

    /// The roles that a composition must be in to take a step.
    fn roles(&self, function: &Function) -> Vec<String> {
        let items = self.request.files.get(usize::from(function.span.file.0)).map(|file| &file.items);
        let contracts = items.into_iter().flatten().filter_map(|item| match &item.kind {
            ItemKind::Contract(contract) => Some(contract),
            _ => None,
        });
        let signatures =
            contracts.flat_map(|contract| &contract.members).filter_map(|member| match &member.kind {
                MemberKind::Entry(it) | MemberKind::View(it) => Some(&it.signature),
                _ => None,
            });
        let clauses = signatures.filter(|it| it.name.span == function.span).flat_map(|it| &it.clauses);
        let needed = clauses.filter_map(|clause| match clause {
            Clause::Via(roles, _) => Some(roles),
            _ => None,
        });
        let role = |role: &ast::Expr| match &role.kind {
            ast::ExprKind::Name(name) => Some(name.name.clone()),
            _ => None,
        };
        needed.flatten().filter_map(role).collect()
    }

    /// A step as it is written.
    fn step(&self, number: usize) -> Option<String> {
        let (_, function) = self.flow.chain.step(number)?;
        let sources = self.flow.args.get(number)?.iter();
        let args = sources.zip(function.param_locals()).map(|(source, param)| {
            let value = match source {
                Source::Wanted(at) => self.params.of.get(*at).and_then(|of| self.params.locals.get(*of)),
                Source::Made(_) => None,
            };
            let made = if let Source::Made(at) = source { self.names.get(*at) } else { None };
            (param.name.as_str(), value.map(|local| &local.name).or(made).map_or("", String::as_str))
        });
        let args: Vec<(&str, &str)> = args.collect();
        let args = match args.as_slice() {
            [(_, value)] => (*value).to_owned(),
            several => {
                several.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
            }
        };
        let call = format!("{}({args})", self.flow.chain.shown(number));
        Some(match self.bound(number).as_str() {
            "" => format!("step {call};"),
            bound => format!("step {bound} = {call};"),
        })
    }

    /// What the result of a step is bound to; empty where nobody uses it.
    fn bound(&self, number: usize) -> String {
        let made = self.flow.made.iter().zip(&self.names).filter(|(made, _)| made.step == number);
        let names: Vec<&str> = made.map(|(_, name)| name.as_str()).collect();
        match names.as_slice() {
            names if names.iter().all(|name| *name == "_") => String::new(),
            [one] => (*one).to_owned(),
            several => format!("({})", several.join(", ")),
        }
    }

    /// The imports: the contracts, and the types that the signature names.
    fn imports(&self) -> Result<String, Refusal> {
        let (flow, request) = (self.flow, self.request);
        let mut imports: Vec<(&str, Vec<&str>)> = Vec::new();
        for slot in &flow.chain.slots {
            let path = request.sources.get(slot.unit.span.file).map_or("", |file| file.path.as_str());
            note(&mut imports, path, &slot.unit.name);
        }
        let last = flow.chain.steps.len().saturating_sub(1);
        let wanted = flow.wanted.iter().map(|wanted| (wanted.step, &wanted.ty));
        for (step, ty) in wanted.chain(self.result().map(|ty| (last, ty))) {
            let Some((slot, _)) = flow.chain.step(step) else { continue };
            for name in names(ty) {
                match declared_in(request, slot.unit, name) {
                    Some(path) => note(&mut imports, path, name),
                    None => return Err(misfit::nameless(flow.chain, step, name)),
                }
            }
        }
        let line = |(path, names): &(&str, Vec<&str>)| {
            format!("import {{ {} }} from \"{}\";\n", names.join(", "), (request.import)(path))
        };
        Ok(imports.iter().map(line).collect())
    }

    fn composed(self) -> Result<Composed, Refusal> {
        let steps: Vec<String> =
            (0..self.flow.chain.steps.len()).filter_map(|number| self.step(number)).collect();
        let slot = |slot: Slot, socket: &super::chain::Socket<'_>| match slot.generics.as_slice() {
            [] => (slot.name, socket.unit.name.clone()),
            generics => (slot.name, format!("{}<{}>", socket.unit.name, generics.join(", "))),
        };
        let slots = self.slots().into_iter().zip(&self.flow.chain.slots).map(|(it, socket)| slot(it, socket));
        let mut slots: Vec<(String, String)> = slots.collect();
        // What a slot is generic over comes before it.
        slots.sort_by_key(|(_, of)| of.contains('<'));
        let params = self.params.locals.iter().map(|local| (local.name.clone(), local.ty.to_string()));
        let params: Vec<(String, String)> = params.collect();
        let result = self.result().map(ToString::to_string);
        let joined = |pairs: &[(String, String)], between: &str| {
            pairs.iter().map(|(a, b)| format!("{a}{between}{b}")).collect::<Vec<_>>().join(", ")
        };
        let name = self.name();
        let arrow = result.as_ref().map_or(String::new(), |ty| format!(" -> {ty}"));
        let spends = match joined(&self.spends, " <= ").as_str() {
            "" => String::new(),
            some => format!("spends {some} "),
        };
        let give = match (&result, self.flow.chain.steps.len().checked_sub(1)) {
            (Some(_), Some(last)) => format!("return {};\n", self.bound(last)),
            _ => String::new(),
        };
        let entries =
            (0..self.flow.chain.steps.len()).map(|number| format!("`{}`", self.flow.chain.shown(number)));
        let text = format!(
            "{}\n/// {}.\ncompose {name}({}){arrow} uses {} {spends}{{\n{}\n{give}}}\n",
            self.imports()?,
            entries.collect::<Vec<_>>().join(", then "),
            joined(&params, ": "),
            joined(&slots, ": "),
            steps.join("\n"),
        );
        let text = format(FileId(0), &text)
            .map_err(|_| Refusal::Unclear(format!("`{name}` cannot be written as source")))?;
        Ok(Composed { name, slots, params, steps, spends: self.spends, result, notes: self.notes, text })
    }
}

/// Adds a name to what is imported from a file.
fn note<'n>(imports: &mut Vec<(&'n str, Vec<&'n str>)>, path: &'n str, name: &'n str) {
    match imports.iter_mut().find(|(known, _)| *known == path) {
        Some((_, names)) if names.contains(&name) => {}
        Some((_, names)) => names.push(name),
        None => imports.push((path, vec![name])),
    }
}
