//! A sequence as a `test` block that its author can paste.

use super::campaign::Found;
use super::finding::Finding;
use super::play::{Called, Step};
use super::target::{Setup, Target, is_coin};
use crate::random::written::{duration, number, written};
use crate::testbed::name_of;
use mc_compiler::interpret::ACTOR;
use mc_compiler::tree::{Function, FunctionKind};
use mc_container::address::Address;
use mc_container::manifest::EntryKind;
use mc_container::value::Value;
use mc_syntax::source::SourceSet;
use std::fmt::Write;

/// The test; its last call breaks what was found.
#[must_use]
pub fn test(target: &Target<'_>, found: &Found, sources: &SourceSet) -> String {
    let mut text = format!("test \"fuzz: {}\" {{\n", found.finding.kind());
    match &target.setup {
        Setup::App => text.push_str(&format!("    deploy {}();\n", target.name)),
        Setup::Test(statements) => {
            statements.iter().for_each(|it| text.push_str(&format!("    {}\n", sources.text(*it))));
        }
        Setup::Alone if matches!(found.steps.first(), Some(Step::Deployed(_))) => {}
        Setup::Alone => text.push_str(&format!("    {}\n", deployed(target, &[]))),
    }
    if found.needs_blocks {
        text.push_str("    // Only with several of these calls in one block.\n");
    }
    let last = found.steps.len().saturating_sub(1);
    for (at, step) in found.steps.iter().enumerate() {
        if at == last {
            let _ = writeln!(text, "    // {}", sentence(&found.finding));
        }
        let _ = match step {
            Step::Deployed(args) => writeln!(text, "    {}", deployed(target, args)),
            Step::Advance(seconds) => writeln!(text, "    advance {};", duration(*seconds)),
            Step::Call(called) => writeln!(text, "    {}", call(target, called)),
        };
    }
    text + "}\n"
}

fn sentence(finding: &Finding) -> String {
    match finding {
        Finding::Breach(breach) => match &breach.broken.sides {
            Some(sides) => {
                format!("Breaks {}: {} {} {}", finding.kind(), sides.left.1, sides.operator, sides.right.1)
            }
            None => format!("Breaks {}", finding.kind()),
        },
        other => format!("After this, {}", other.text()),
    }
}

fn deployed(target: &Target<'_>, args: &[Vec<Value>]) -> String {
    let Some(placed) = target.deployments.first() else { return String::new() };
    let init = placed.unit.functions.iter().find(|it| it.kind == FunctionKind::Callable(EntryKind::Init));
    let args = init.map(|init| arguments(init, args)).unwrap_or_default();
    format!("let {} = deploy {}({args});", placed.name, placed.unit.name)
}

/// `name: value, …`
fn arguments(function: &Function, args: &[Vec<Value>]) -> String {
    let params = function.param_locals().iter().filter(|local| !is_coin(&local.ty));
    let written = params
        .zip(args)
        .map(|(local, value)| format!("{}: {}", local.name, written(&local.ty, value, &name_of)));
    written.collect::<Vec<_>>().join(", ")
}

fn call(target: &Target<'_>, called: &Called) -> String {
    let Some(action) = target.actions.get(called.action) else { return String::new() };
    let name = target.deployments.get(action.instance as usize).map_or("", |placed| placed.name.as_str());
    let entry = match action.function.kind {
        FunctionKind::Callable(EntryKind::Compose) => name.to_owned(),
        _ => format!("{name}.{}", action.function.name),
    };
    let value = match called.value {
        0 => String::new(),
        value => format!(" with coin({})", number(&value.to_string())),
    };
    let call = format!("{entry}({}){value};", arguments(action.function, &called.args));
    let by = name_of(called.actor).unwrap_or_else(|| called.actor.to_string());
    let call =
        if called.actor == Address::of_account(ACTOR) { call } else { format!("as {by} {{ {call} }}") };
    if called.result == 0 { call } else { format!("expect abort {{ {call} }}") }
}
