//! Why entries cannot be composed, with their signatures and where they stand.

use super::Refusal;
use super::chain::{Chain, Socket};
use super::flow::{Flow, Made};
use crate::tree::{Function, FunctionKind, Program, Unit};
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_syntax::diagnostic::Diagnostic;

/// So many entries are offered at most.
const OFFERED_MAX: usize = 3;

fn misfit(diagnostic: Diagnostic) -> Refusal {
    Refusal::Misfit(Box::new(diagnostic))
}

/// `withdraw(amount: u128) -> Unit`
fn signature(function: &Function) -> String {
    let params = function.param_locals().iter().map(|local| format!("{}: {}", local.name, local.ty));
    let result = function.result.as_ref().map_or(String::new(), |ty| format!(" -> {ty}"));
    format!("`{}({}){result}`", function.name, params.collect::<Vec<_>>().join(", "))
}

/// A composition is no contract to take entries of.
pub(super) fn composition(unit: &Unit) -> Refusal {
    let name = &unit.name;
    misfit(
        Diagnostic::error("E0208", unit.span, format!("`{name}` is a composition"))
            .label("its steps are written already")
            .help(format!(
                "compose entries of contracts; by hand, `step {name}(…);` takes a composition as a step"
            )),
    )
}

/// A `@direct` entry is called by nobody but a user.
pub(super) fn direct(function: &Function) -> Refusal {
    misfit(
        Diagnostic::error("E0506", function.span, format!("`{}` is `@direct`", function.name))
            .label("cannot be a step")
            .help("only a transaction of the user's own may call it, so that no composition grants rights in the user's name"),
    )
}

/// What is no entry and no view.
pub(super) fn no_step(unit: &Unit, function: &Function) -> Refusal {
    let (name, contract) = (&function.name, &unit.name);
    let why = match function.kind {
        FunctionKind::Callable(EntryKind::Init) => format!("runs once, when a `{contract}` is deployed"),
        _ => format!("only `{contract}` itself can call it"),
    };
    misfit(
        Diagnostic::error("E0208", function.span, format!("`{name}` is neither an entry nor a view"))
            .label(why)
            .help("a step calls an entry or a view"),
    )
}

/// An asset is needed that no earlier step has left.
pub(super) fn nobody_gives(
    flow: &Flow<'_, '_>,
    (step, name): (usize, &str),
    ty: &Type,
    program: &Program,
) -> Refusal {
    let chain = flow.chain;
    let Some((_, function)) = chain.step(step) else { return Refusal::Unclear(String::new()) };
    let shown = flow.shown(ty);
    let text = format!("nothing gives the `{shown}` that `{}` takes as `{name}`", chain.shown(step));
    let mut report = Diagnostic::error("E0207", function.span, text).label(signature(function));
    for made in flow.made.iter().filter(|made| made.ty.is_linear()) {
        let Some((_, giver)) = chain.step(made.step) else { continue };
        let given = flow.shown(&made.ty);
        let what = match &made.taker {
            Some(taker) => format!("{}: its `{given}` goes to `{taker}` already", signature(giver)),
            None => format!("{}: gives `{given}`", signature(giver)),
        };
        report = report.also(giver.span, what);
    }
    let gives = |function: &Function, own: &Type| {
        function.result.as_ref().is_some_and(|result| match result {
            Type::Tuple(parts) => parts.contains(own),
            one => one == own,
        })
    };
    let offered = offered(chain, program, ty, &gives);
    misfit(match offered.as_str() {
        "" => report.help("take a step before it that gives one"),
        offered => report.help(format!("take a step before it that gives one: {offered}")),
    })
}

/// An asset is made that no later step takes.
pub(super) fn nobody_takes(flow: &Flow<'_, '_>, made: &Made, program: &Program) -> Refusal {
    let chain = flow.chain;
    let Some((_, function)) = chain.step(made.step) else { return Refusal::Unclear(String::new()) };
    let shown = flow.shown(&made.ty);
    let text = format!("nothing takes the `{shown}` that `{}` gives", chain.shown(made.step));
    let mut report = Diagnostic::error("E0301", function.span, text).label(signature(function));
    for number in made.step + 1..chain.steps.len() {
        let Some((slot, taker)) = chain.step(number) else { continue };
        for local in taker.param_locals().iter().filter(|local| local.ty.is_linear()) {
            let taken = flow.shown(&local.ty.rename_assets(&|asset| flow.asset(slot, asset)));
            report = report.also(taker.span, format!("{}: takes `{taken}`", signature(taker)));
        }
    }
    let takes =
        |function: &Function, own: &Type| function.param_locals().iter().any(|local| local.ty == *own);
    let offered = offered(chain, program, &made.ty, &takes);
    misfit(match offered.as_str() {
        "" => report.help("take a step after it that takes it"),
        offered => report.help(format!("take a step after it that takes it: {offered}")),
    })
}

/// The entries of the slots' contracts that do what `does` says with a type.
fn offered(
    chain: &Chain<'_>,
    program: &Program,
    ty: &Type,
    does: &dyn Fn(&Function, &Type) -> bool,
) -> String {
    let mut offered = Vec::new();
    for slot in &chain.slots {
        let own = ty.rename_assets(&|asset| {
            let own = asset.split_once('.').filter(|(of, _)| *of == slot.name).map(|(_, own)| own);
            own.unwrap_or(asset).to_owned()
        });
        let Some(unit) = program.unit(slot.id).filter(|_| own != *ty) else { continue };
        let entries = unit.functions.iter().filter(|it| it.is_callable() && !it.direct && does(it, &own));
        offered.extend(entries.map(|entry| format!("`{}.{}`", slot.name, entry.name)));
    }
    offered.truncate(OFFERED_MAX);
    offered.join(", ")
}

/// Several earlier steps give what one takes.
pub(super) fn several_give(
    flow: &Flow<'_, '_>,
    (step, name): (usize, &str),
    ty: &Type,
    givers: Vec<usize>,
) -> Refusal {
    let chain = flow.chain;
    let Some((slot, function)) = chain.step(step) else { return Refusal::Unclear(String::new()) };
    let text = format!("several steps give what `{}` takes as `{name}`", chain.shown(step));
    let mut report = Diagnostic::error("E0207", function.span, text).label(signature(function));
    for giver in givers {
        let Some((_, giving)) = chain.step(giver) else { continue };
        report = report.also(giving.span, format!("{} of `{}`", signature(giving), chain.shown(giver)));
    }
    let open = matches!(ty, Type::Asset(asset) if super::flow::is_unknown(asset));
    misfit(match open {
        true => report.help(format!("say what it is generic over: {}", naming(slot, &function.name))),
        false => report.help("let each asset be taken before the next of its kind is given"),
    })
}

/// Nothing tells what a generic parameter stands for.
pub(super) fn open_generic(slot: &Socket<'_>, generic: &str) -> Refusal {
    let (name, contract) = (&slot.name, &slot.unit.name);
    misfit(
        Diagnostic::error(
            "E0509",
            slot.unit.span,
            format!("nothing tells which asset `{generic}` of `{name}` is"),
        )
        .label(format!("`{contract}` is generic over `{}`", slot.unit.generics.join("`, `")))
        .help(format!("say what it is generic over: {}", naming(slot, "entry"))),
    )
}

/// How a choice says what a slot's contract is generic over.
fn naming(slot: &Socket<'_>, entry: &str) -> String {
    let assets: Vec<&str> = slot.unit.generics.iter().map(|_| "gold.Unit").collect();
    format!("`'{}:{}<{}>.{entry}'`, for one", slot.name, slot.unit.name, assets.join(", "))
}

/// A call brings one Value.
pub(super) fn second_coin(flow: &Flow<'_, '_>, first: usize, second: usize) -> Refusal {
    let chain = flow.chain;
    let of = |step: usize| chain.step(step).map(|(_, function)| function);
    let (Some(before), Some(function)) = (of(first), of(second)) else {
        return Refusal::Unclear(String::new());
    };
    let text = format!("`{}` and `{}` both take the caller's coin", chain.shown(first), chain.shown(second));
    misfit(
        Diagnostic::error("E0207", function.span, text)
            .label(signature(function))
            .also(before.span, signature(before))
            .help("a call brings one Value; compose one of the two"),
    )
}

/// A type stands where a composition cannot name it.
pub(super) fn nameless(chain: &Chain<'_>, step: usize, ty: &str) -> Refusal {
    let Some((slot, function)) = chain.step(step) else { return Refusal::Unclear(String::new()) };
    misfit(
        Diagnostic::error(
            "E0202",
            function.span,
            format!("a composition cannot name `{ty}`, which `{}` takes", chain.shown(step)),
        )
        .label(signature(function))
        .help(format!("declare `{ty}` beside `{}`, not inside of it", slot.unit.name)),
    )
}
