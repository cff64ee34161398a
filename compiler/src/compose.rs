//! A composition out of entries that somebody names, as text that compiles.
//!
//! The entries are its steps, in order. An asset that a step gives goes to the next step that takes one of it; any other
//! result goes to a parameter of the next step if that is the only one of its type. What is left are the parameters of
//! the composition: those of the same name and type are one.

use crate::Container;
use crate::tree::{COIN, Function, FunctionKind, Program, Unit, UnitId};
use mc_container::access::{Mode, Op};
use mc_container::manifest::{EntryKind, Holding};
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::source::Span;

/// What is to be chained.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The program that the contracts stand in.
    pub program: &'r Program,
    /// Its containers, which tell what an entry takes from its caller.
    pub containers: &'r [Container],
    /// The steps: a contract, or a deployment of an app, and its entry.
    pub steps: &'r [(String, String)],
    /// The name of the composition.
    pub name: &'r str,
}

/// A composition, written.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The source, without imports; not in the style of the language yet.
    pub text: String,
    /// The contracts that it names.
    pub contracts: Vec<UnitId>,
}

/// Why the entries cannot be chained, with the signatures that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub message: String,
    /// Each with its place.
    pub signatures: Vec<(String, Span)>,
}

impl Refusal {
    fn new(message: String) -> Self {
        Self { message, signatures: Vec::new() }
    }

    fn about(mut self, link: &Link<'_>) -> Self {
        self.signatures.push((link.signature(), link.function.span));
        self
    }
}

/// Chains the entries.
///
/// # Errors
/// A [`Refusal`], where something does not fit.
pub fn compose(request: &Request<'_>) -> Result<Composed, Refusal> {
    let mut chain = Chain::default();
    for (of, entry) in request.steps {
        let link = find(request, of, entry)?;
        chain.step(request, &link)?;
    }
    chain.written(request.name)
}

/// An entry of a contract, and the slot that it is reached through.
struct Link<'r> {
    slot: String,
    id: UnitId,
    unit: &'r Unit,
    function: &'r Function,
}

impl Link<'_> {
    /// `token.withdraw(amount: u128) -> Unit`
    fn signature(&self) -> String {
        let param = |local: &crate::tree::Local| format!("{}: {}", local.name, local.ty);
        let params: Vec<String> = self.function.param_locals().iter().map(param).collect();
        let result = self.function.result.as_ref().map_or_else(String::new, |ty| format!(" -> {ty}"));
        format!("{}.{}({}){result}", self.slot, self.function.name, params.join(", "))
    }
}

fn find<'r>(request: &Request<'r>, of: &str, entry: &str) -> Result<Link<'r>, Refusal> {
    let program = request.program;
    let deployments = program.apps.iter().flat_map(|app| &app.deployments);
    let deployed = deployments.into_iter().find(|it| it.name == of).map(|it| (it.name.clone(), it.unit));
    let mut units = (0..).map(UnitId).zip(&program.units);
    let declared = units.find(|(_, unit)| unit.name.eq_ignore_ascii_case(of) && unit.slots.is_empty());
    let declared = declared.map(|(id, unit)| (snake(&unit.name), id));
    let found = deployed.or(declared).and_then(|(slot, id)| Some((slot, id, program.unit(id)?)));
    let Some((slot, id, unit)) = found else {
        return Err(Refusal::new(format!("no contract or deployment `{of}`")));
    };
    let function = unit.function_named(entry).map(|(_, function)| function);
    let callable = |function: &&Function| {
        matches!(function.kind, FunctionKind::Callable(EntryKind::Entry | EntryKind::View))
    };
    let Some(function) = function.filter(callable) else {
        return Err(Refusal::new(format!("`{}` has no entry `{entry}`", unit.name)));
    };
    let link = Link { slot, id, unit, function };
    if function.direct {
        let message = format!("`{of}.{entry}` is `@direct`: it cannot be a step");
        return Err(Refusal::new(message).about(&link));
    }
    Ok(link)
}

/// `BondDesk` as the name of a slot: `bond_desk`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// A slot, and the asset that each generic parameter of its contract stands for, as far as it is known.
struct Slot {
    name: String,
    contract: String,
    id: UnitId,
    generics: Vec<Option<String>>,
}

impl Slot {
    /// What the composition calls an asset of the contract; `None` for a generic parameter that is not known yet.
    fn outside(&self, unit: &Unit, asset: &str) -> Option<String> {
        if asset == COIN {
            return Some(COIN.to_owned());
        }
        match unit.generics.iter().position(|generic| generic == asset) {
            Some(at) => self.generics.get(at).cloned().flatten(),
            None => Some(format!("{}.{asset}", self.name)),
        }
    }
}

/// A value that a step gives.
struct Given {
    local: String,
    ty: Type,
    /// The step.
    step: usize,
    /// Its signature, and its place.
    from: (String, Span),
}

/// A step as it will be written.
struct Line {
    locals: Vec<String>,
    call: String,
    /// Somebody uses what it gives.
    used: bool,
}

/// What has been chained so far.
#[derive(Default)]
struct Chain {
    slots: Vec<Slot>,
    params: Vec<(String, Type)>,
    lines: Vec<Line>,
    /// Assets that nobody has taken yet.
    loose: Vec<Given>,
    /// What the step before gives, if it is no asset.
    last: Option<Given>,
    /// For each asset of the caller's that is taken, how much.
    spends: Vec<(String, String)>,
}

impl Chain {
    fn step(&mut self, request: &Request<'_>, link: &Link<'_>) -> Result<(), Refusal> {
        let slot = self.slot(link);
        let last = self.last.take();
        let mut args = Vec::new();
        for local in link.function.param_locals() {
            let value = self.argument(link, slot, (&local.name, &local.ty), last.as_ref())?;
            args.push((local.name.clone(), value));
        }
        self.spend(request, link, slot, &args);
        let shown: Vec<String> = args.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let call = format!("{}.{}({})", link.slot, link.function.name, shown.join(", "));
        let locals = self.results(link, slot)?;
        self.lines.push(Line { locals, call, used: false });
        Ok(())
    }

    /// The number of the slot, which is a new one for a contract that has none yet.
    fn slot(&mut self, link: &Link<'_>) -> usize {
        let known = self.slots.iter().position(|slot| slot.name == link.slot && slot.id == link.id);
        known.unwrap_or_else(|| {
            let (name, contract, id) = (link.slot.clone(), link.unit.name.clone(), link.id);
            let generics = vec![None; link.unit.generics.len()];
            self.slots.push(Slot { name, contract, id, generics });
            self.slots.len() - 1
        })
    }

    /// A type as the composition says it; `None` where it has a generic parameter that is not known yet.
    fn outside(&self, link: &Link<'_>, slot: usize, ty: &Type) -> Option<Type> {
        let slot = self.slots.get(slot)?;
        let known = !ty.any(&|part| match part {
            Type::Asset(asset) => slot.outside(link.unit, asset).is_none(),
            _ => false,
        });
        known.then(|| ty.rename_assets(&|asset| slot.outside(link.unit, asset).unwrap_or_default()))
    }

    fn argument(
        &mut self,
        link: &Link<'_>,
        slot: usize,
        (name, ty): (&str, &Type),
        last: Option<&Given>,
    ) -> Result<String, Refusal> {
        let outside = self.outside(link, slot, ty);
        if ty.is_linear() {
            if let Some(value) = self.asset(link, slot, (name, ty), outside.as_ref())? {
                return Ok(value);
            }
            return self.param(link, name, outside.unwrap_or_else(Type::unit));
        }
        let only = link.function.param_locals().iter().filter(|local| local.ty == *ty).count() == 1;
        if let Some(given) = last.filter(|given| only && Some(&given.ty) == outside.as_ref()) {
            self.use_of(given.step);
            return Ok(given.local.clone());
        }
        self.param(link, name, outside.unwrap_or_else(|| ty.clone()))
    }

    /// The asset that a step takes; `None` if it comes with the transaction.
    fn asset(
        &mut self,
        link: &Link<'_>,
        slot: usize,
        (name, ty): (&str, &Type),
        outside: Option<&Type>,
    ) -> Result<Option<String>, Refusal> {
        let fits = |given: &Given| outside.map_or(matches!(given.ty, Type::Asset(_)), |ty| given.ty == *ty);
        let found: Vec<usize> =
            (0..self.loose.len()).filter(|at| self.loose.get(*at).is_some_and(fits)).collect();
        let is_coin = matches!(ty, Type::Asset(asset) if asset == COIN);
        match found.as_slice() {
            [at] => {
                let given = self.loose.remove(*at);
                if let (Type::Asset(generic), Type::Asset(actual)) = (ty, &given.ty) {
                    self.bind(link, slot, (generic, actual));
                }
                self.use_of(given.step);
                Ok(Some(given.local))
            }
            [] if is_coin => Ok(None),
            [] => {
                let message = format!("no step gives what `{name}` of `{}` takes", link.function.name);
                let before = self.loose.iter().map(|given| given.from.clone());
                let mut refusal = Refusal::new(message).about(link);
                refusal.signatures.extend(before);
                Err(refusal)
            }
            several => {
                let message = format!("several steps give what `{name}` of `{}` takes", link.function.name);
                let mut refusal = Refusal::new(message).about(link);
                let given = several.iter().filter_map(|at| self.loose.get(*at));
                refusal.signatures.extend(given.map(|given| given.from.clone()));
                Err(refusal)
            }
        }
    }

    /// A generic parameter stands for this asset from now on.
    fn bind(&mut self, link: &Link<'_>, slot: usize, (generic, actual): (&str, &str)) {
        let at = link.unit.generics.iter().position(|known| known == generic);
        let known = self.slots.get_mut(slot).zip(at).and_then(|(slot, at)| slot.generics.get_mut(at));
        known.into_iter().for_each(|known| *known = Some(actual.to_owned()));
    }

    fn use_of(&mut self, step: usize) {
        self.lines.iter_mut().skip(step).take(1).for_each(|line| line.used = true);
    }

    /// A parameter of the composition.
    fn param(&mut self, link: &Link<'_>, name: &str, ty: Type) -> Result<String, Refusal> {
        if is_declared(&ty) {
            let message = format!("`{name}` of `{}` has a type of its contract's own", link.function.name);
            return Err(Refusal::new(message).about(link));
        }
        let name = match self.params.iter().find(|(known, _)| known == name) {
            Some((_, known)) if *known == ty => return Ok(name.to_owned()),
            Some(_) => format!("{}_{name}", link.slot),
            None => name.to_owned(),
        };
        if !self.params.iter().any(|(known, _)| *known == name) {
            self.params.push((name.clone(), ty));
        }
        Ok(name)
    }

    /// The locals for what a step gives.
    fn results(&mut self, link: &Link<'_>, slot: usize) -> Result<Vec<String>, Refusal> {
        let Some(result) = &link.function.result else { return Ok(Vec::new()) };
        let parts = match result {
            Type::Tuple(parts) => parts.clone(),
            one => vec![one.clone()],
        };
        let mut locals = Vec::new();
        let whole = parts.len() == 1;
        for (number, part) in parts.iter().enumerate() {
            let Some(ty) = self.outside(link, slot, part) else {
                let message = format!("nothing tells which asset `{}` gives", link.function.name);
                return Err(Refusal::new(message).about(link));
            };
            let stem = format!("{}_{}", link.slot, link.function.name);
            let mut local = if whole { stem } else { format!("{stem}_{}", number + 1) };
            while self.is_taken(&local) || locals.contains(&local) {
                local.push_str("_again");
            }
            let from = (link.signature(), link.function.span);
            let given = Given { local: local.clone(), ty, step: self.lines.len(), from };
            locals.push(local);
            if given.ty.is_linear() {
                self.loose.push(given);
            } else if whole {
                self.last = Some(given);
            }
        }
        Ok(locals)
    }

    fn is_taken(&self, name: &str) -> bool {
        self.params.iter().any(|(known, _)| known == name)
            || self.lines.iter().any(|line| line.locals.iter().any(|local| local == name))
    }

    /// Notes what a step takes from the caller, where a parameter of the composition says how much.
    fn spend(&mut self, request: &Request<'_>, link: &Link<'_>, slot: usize, args: &[(String, String)]) {
        for (asset, number) in debits(request, link) {
            let outside = self.slots.get(slot).and_then(|slot| slot.outside(link.unit, &asset));
            let amount = args.get(number).map(|(_, value)| value);
            let amount = amount.filter(|value| self.params.iter().any(|(name, _)| name == *value));
            let (Some(asset), Some(amount)) = (outside, amount) else { continue };
            match self.spends.iter_mut().find(|(known, _)| *known == asset) {
                Some((_, most)) => most.push_str(&format!(" + {amount}")),
                None => self.spends.push((asset, amount.clone())),
            }
        }
    }

    fn written(mut self, name: &str) -> Result<Composed, Refusal> {
        if let Some(left) = self.loose.first() {
            let message = format!("no step takes what `{}` holds: it would be lost", left.local);
            return Err(Refusal { message, signatures: vec![left.from.clone()] });
        }
        let unknown = self.slots.iter().find(|slot| slot.generics.iter().any(Option::is_none));
        if let Some(slot) = unknown {
            return Err(Refusal::new(format!("nothing tells which assets `{}` is over", slot.contract)));
        }
        let result = self.last.take().filter(|given| !is_declared(&given.ty));
        if let Some(given) = &result {
            self.use_of(given.step);
        }
        let params: Vec<String> = self.params.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        let gives = result.as_ref().map_or_else(String::new, |given| format!(" -> {}", given.ty));
        let mut text = format!("compose {name}({}){gives}\n", params.join(", "));
        let slots: Vec<String> = self.ordered().into_iter().map(slot_text).collect();
        text.push_str(&format!("uses {}\n", slots.join(", ")));
        if !self.spends.is_empty() {
            let spends = self.spends.iter().map(|(asset, most)| format!("{asset} <= {most}"));
            text.push_str(&format!("spends {}\n", spends.collect::<Vec<String>>().join(", ")));
        }
        text.push_str("{\n");
        self.lines.iter().for_each(|line| text.push_str(&line.written()));
        if let Some(given) = &result {
            text.push_str(&format!("return {};\n", given.local));
        }
        text.push_str("}\n");
        let mut contracts: Vec<UnitId> = self.slots.iter().map(|slot| slot.id).collect();
        contracts.sort_unstable();
        contracts.dedup();
        Ok(Composed { text, contracts })
    }

    /// The slots, those that name the assets of others behind them.
    fn ordered(&self) -> Vec<&Slot> {
        let (plain, over): (Vec<&Slot>, Vec<&Slot>) =
            self.slots.iter().partition(|slot| slot.generics.is_empty());
        plain.into_iter().chain(over).collect()
    }
}

impl Line {
    fn written(&self) -> String {
        match self.locals.as_slice() {
            [one] if self.used => format!("step {one} = {};\n", self.call),
            several @ [_, _, ..] if self.used => format!("step ({}) = {};\n", several.join(", "), self.call),
            _ => format!("step {};\n", self.call),
        }
    }
}

fn slot_text(slot: &Slot) -> String {
    let generics: Vec<&str> = slot.generics.iter().flatten().map(String::as_str).collect();
    match generics.as_slice() {
        [] => format!("{}: {}", slot.name, slot.contract),
        generics => format!("{}: {}<{}>", slot.name, slot.contract, generics.join(", ")),
    }
}

/// True for a type that only its contract can name.
fn is_declared(ty: &Type) -> bool {
    ty.any(&|part| matches!(part, Type::Struct(_) | Type::Enum(_)))
}

/// What an entry takes out of cells of its caller: the asset, and the number of the parameter that says how much.
fn debits(request: &Request<'_>, link: &Link<'_>) -> Vec<(String, usize)> {
    let container = request.containers.iter().find(|container| container.unit == link.id);
    let package = container.map(|container| &container.package);
    let entry = package.and_then(|it| it.access().get(it.manifest().entry_number(&link.function.name)?));
    let (Some(package), Some(entry)) = (package, entry) else { return Vec::new() };
    let mut debits = Vec::new();
    for access in &entry.accesses {
        let variable = package.manifest().variable(access.variable);
        let (Some(Holding::Amount(asset)), Mode::Delta(delta)) =
            (variable.map(|variable| &variable.holding), &access.mode)
        else {
            continue;
        };
        let by_caller = access.keys.iter().any(|key| key.0.as_slice() == [Op::Caller]);
        if let ([Op::Param(scalar), Op::Widen(Scalar::U128)], true) = (delta.need.0.as_slice(), by_caller) {
            let number = parameter(link.function, usize::from(*scalar));
            debits.extend(number.map(|number| (asset.clone(), number)));
        }
    }
    debits
}

/// The parameter that a scalar is all of.
fn parameter(function: &Function, scalar: usize) -> Option<usize> {
    let mut first = 0;
    for (number, local) in function.param_locals().iter().enumerate() {
        if first == scalar {
            return local.ty.scalar().map(|_| number);
        }
        first += local.ty.scalar_count();
    }
    None
}
