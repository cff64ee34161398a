//! What goes from step to step, and what has to come from outside.

use super::chain::{Chain, Socket};
use super::{Refusal, misfit};
use crate::tree::{COIN, Function, Program};
use mc_container::ty::Type;
use std::collections::BTreeMap;

/// Where an argument comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// From outside: its number among what is wanted.
    Wanted(usize),
    /// From an earlier step: its number among what is made.
    Made(usize),
}

/// What a step gives, or a part of it where it gives a tuple.
pub(super) struct Made {
    pub(super) step: usize,
    /// The number of its first scalar in the step's result.
    pub(super) scalar: usize,
    pub(super) ty: Type,
    /// The parameter that takes it, the first where there are several.
    pub(super) taker: Option<String>,
}

/// What has to come from outside.
pub(super) struct Wanted {
    pub(super) step: usize,
    /// The number of the step's parameter.
    pub(super) param: usize,
    pub(super) name: String,
    pub(super) ty: Type,
}

/// A chain, and where everything in it comes from.
pub(super) struct Flow<'c, 'p> {
    pub(super) chain: &'c Chain<'p>,
    pub(super) made: Vec<Made>,
    pub(super) wanted: Vec<Wanted>,
    /// For each step, its arguments.
    pub(super) args: Vec<Vec<Source>>,
    /// What each generic parameter stands for, by the name of what is not known.
    assets: BTreeMap<String, String>,
}

/// Finds out where every argument comes from.
pub(super) fn flow<'c, 'p>(chain: &'c Chain<'p>, program: &Program) -> Result<Flow<'c, 'p>, Refusal> {
    let mut flow =
        Flow { chain, made: Vec::new(), wanted: Vec::new(), args: Vec::new(), assets: BTreeMap::new() };
    for slot in &chain.slots {
        for (generic, asset) in slot.unit.generics.iter().zip(&slot.assets) {
            flow.assets.insert(unknown(slot, generic), asset.clone());
        }
    }
    for number in 0..chain.steps.len() {
        flow.step(number, program)?;
    }
    flow.settle(program)?;
    Ok(flow)
}

/// What a generic parameter is called until it is known what it stands for; no source can write it.
fn unknown(slot: &Socket<'_>, generic: &str) -> String {
    format!("{}<{generic}>", slot.name)
}

pub(super) fn is_unknown(asset: &str) -> bool {
    asset.contains('<')
}

/// What has to be known for one value to be another's: nothing, or what a generic parameter stands for.
fn fit(given: &Type, wanted: &Type) -> Option<Option<(String, String)>> {
    match (given, wanted) {
        _ if given == wanted => Some(None),
        (Type::Asset(given), Type::Asset(wanted)) => match (is_unknown(given), is_unknown(wanted)) {
            (true, false) => Some(Some((given.clone(), wanted.clone()))),
            (false, true) => Some(Some((wanted.clone(), given.clone()))),
            _ => None,
        },
        _ => None,
    }
}

/// True for a type that says what its values are for.
fn is_telling(ty: &Type) -> bool {
    match ty {
        Type::Scalar(scalar) => *scalar == mc_container::value::Scalar::Id,
        Type::Struct(_) | Type::Enum(_) => true,
        _ => false,
    }
}

impl<'p> Flow<'_, 'p> {
    /// An asset of a slot's contract, by the composition's name for it.
    pub(super) fn asset(&self, slot: &Socket<'_>, asset: &str) -> String {
        if asset == COIN {
            return asset.to_owned();
        }
        if slot.unit.generics.iter().any(|generic| generic == asset) {
            return self.known(&unknown(slot, asset));
        }
        format!("{}.{asset}", slot.name)
    }

    fn known(&self, asset: &str) -> String {
        self.assets.get(asset).map_or(asset, String::as_str).to_owned()
    }

    /// A type with what is known by now about its assets.
    pub(super) fn resolved(&self, ty: &Type) -> Type {
        ty.rename_assets(&|asset| self.known(asset))
    }

    fn outside(&self, slot: &Socket<'_>, ty: &Type) -> Type {
        ty.rename_assets(&|asset| self.asset(slot, asset))
    }

    fn step(&mut self, number: usize, program: &Program) -> Result<(), Refusal> {
        let Some((slot, function)) = self.chain.step(number) else { return Ok(()) };
        let mut args = Vec::new();
        for (param, local) in function.param_locals().iter().enumerate() {
            let ty = self.outside(slot, &local.ty);
            let given = match ty.is_linear() {
                true => self.given_asset(number, &local.name, &ty, program)?,
                false => self.given_value(number, function, &local.name, &ty),
            };
            let source = match given {
                Some(made) => {
                    if let Some(made) = self.made.get_mut(made) {
                        made.taker.get_or_insert_with(|| local.name.clone());
                    }
                    Source::Made(made)
                }
                None => {
                    self.wanted.push(Wanted { step: number, param, name: local.name.clone(), ty });
                    Source::Wanted(self.wanted.len() - 1)
                }
            };
            args.push(source);
        }
        self.args.push(args);
        let parts = match &function.result {
            None => Vec::new(),
            Some(Type::Tuple(parts)) => parts.clone(),
            Some(one) => vec![one.clone()],
        };
        let mut scalar = 0;
        for part in parts {
            let ty = self.outside(slot, &part);
            self.made.push(Made { step: number, scalar, ty, taker: None });
            scalar += part.scalar_count();
        }
        Ok(())
    }

    /// The asset that an earlier step gives and this one takes; none where it is the caller's own coin.
    fn given_asset(
        &mut self,
        step: usize,
        name: &str,
        ty: &Type,
        program: &Program,
    ) -> Result<Option<usize>, Refusal> {
        let free = self.made.iter().enumerate().filter(|(_, made)| made.taker.is_none());
        let fitting = free.filter_map(|(at, made)| Some((at, fit(&self.resolved(&made.ty), ty)?)));
        let (sure, open): (Vec<_>, Vec<_>) = fitting.partition(|(_, known)| known.is_none());
        let candidates = if sure.is_empty() { open } else { sure };
        match candidates.as_slice() {
            [(at, known)] => {
                self.assets.extend(known.clone());
                Ok(Some(*at))
            }
            [] if *ty == Type::Asset(COIN.to_owned()) => match self.wanted.iter().find(|it| it.ty == *ty) {
                Some(other) => Err(misfit::second_coin(self, other.step, step)),
                None => Ok(None),
            },
            [] => Err(misfit::nobody_gives(self, (step, name), ty, program)),
            several => {
                let givers = several.iter().filter_map(|(at, _)| self.made.get(*at)).map(|made| made.step);
                Err(misfit::several_give(self, (step, name), ty, givers.collect()))
            }
        }
    }

    /// The value of an earlier step that can only be meant for this parameter.
    fn given_value(&self, step: usize, function: &Function, name: &str, ty: &Type) -> Option<usize> {
        let same = || self.made.iter().enumerate().filter(|(_, made)| made.ty == *ty);
        let called = |made: &Made| {
            let entry = self.chain.step(made.step).map_or("", |(_, function)| function.name.as_str());
            entry == name || entry.strip_suffix("_of") == Some(name)
        };
        let by_name: Vec<usize> = same().filter(|(_, made)| called(made)).map(|(at, _)| at).collect();
        if let [one] = by_name.as_slice() {
            return Some(*one);
        }
        let is_asked_for = self.wanted.iter().any(|it| it.step < step && it.name == name && it.ty == *ty);
        let alike = function.param_locals().iter().filter(|local| local.ty == *ty).count();
        if !is_telling(ty) || is_asked_for || alike > 1 {
            return None;
        }
        let by_type: Vec<usize> = same().map(|(at, _)| at).collect();
        if let [one] = by_type.as_slice() { Some(*one) } else { None }
    }

    /// Every asset that is made has a taker, and every generic parameter its asset.
    fn settle(&mut self, program: &Program) -> Result<(), Refusal> {
        for slot in &self.chain.slots {
            let open = slot.unit.generics.iter().find(|generic| is_unknown(&self.asset(slot, generic)));
            if let Some(generic) = open {
                return Err(misfit::open_generic(slot, generic));
            }
        }
        let known: Vec<Type> = self.made.iter().map(|made| self.resolved(&made.ty)).collect();
        self.made.iter_mut().zip(known).for_each(|(made, ty)| made.ty = ty);
        let is_lost = |made: &&Made| made.ty.is_linear() && made.taker.is_none() && !self.is_returned(made);
        match self.made.iter().find(is_lost) {
            Some(lost) => Err(misfit::nobody_takes(self, lost, program)),
            None => Ok(()),
        }
    }

    /// True for what the last step gives and the composition may give on: anything but an asset of a slot.
    pub(super) fn is_returned(&self, made: &Made) -> bool {
        let is_last = made.step + 1 == self.chain.steps.len();
        is_last && (!made.ty.is_linear() || made.ty == Type::Asset(COIN.to_owned()))
    }
}

impl Flow<'_, '_> {
    /// A type for people: an asset that is not known yet by the name of its generic parameter.
    pub(super) fn shown(&self, ty: &Type) -> String {
        match self.resolved(ty) {
            Type::Asset(asset) => asset.replace('<', ".").replace('>', ""),
            Type::Struct(it) => it.asset.unwrap_or(it.name),
            other => other.to_string(),
        }
    }
}
