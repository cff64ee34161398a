//! `par`: do its branches meet, as the composition is written (E0501) and as apps bind it (E0502)?

use crate::binding::{Binder, Binding};
use crate::tree::Program;
use mc_container::access::par::{Clash, Instances, clash};
use mc_container::access::show::{Instance, Names};
use mc_container::access::{Linked, LinkedAccess, Mode};
use mc_container::manifest::EntryKind;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// Reports branches that may meet: of every composition as it is written, and of every one that an app deploys.
pub(super) fn check(binder: Binder<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Program { apps, .. } = binder.program;
    for container in binder.containers {
        let written = binder.written(container.unit);
        if let Some(Met { what, when, steps: [first, second], .. }) = written.as_ref().and_then(meets) {
            diagnostics.push(
                Diagnostic::error("E0501", second, format!("`par` branches may conflict: {what}"))
                    .label(when)
                    .also(first, "with this step of another branch")
                    .help("put the two one after the other, outside of `par`, or key them by what cannot be equal"),
            );
            continue;
        }
        for app in apps {
            for (number, deployment) in (0..).zip(&app.deployments) {
                if deployment.unit != container.unit {
                    continue;
                }
                let deployed = binder.deployed(app, number);
                let Some(Met { what, slots, .. }) = deployed.as_ref().and_then(meets) else { continue };
                let report = Diagnostic::error(
                    "E0502",
                    deployment.span,
                    format!("bound so, `par` branches of `{}` conflict: {what}", deployment.name),
                );
                let report = match slots {
                    Some(bound) => report.label(format!("two slots are one instance, `{bound}`")),
                    None => report.label("with what its slots are bound to here"),
                };
                diagnostics.push(report.help("bind the slots to different deployments"));
            }
        }
    }
}

/// Two branches that meet.
struct Met {
    /// `both may write `gold.balances[seller]``
    what: String,
    /// When they do.
    when: String,
    /// The one deployment behind two slots, if that is why.
    slots: Option<String>,
    /// The steps that meet.
    steps: [Span; 2],
}

fn meets(binding: &Binding<'_>) -> Option<Met> {
    let manifest = binding.manifest();
    let entry = manifest.entries.iter().position(|entry| entry.kind == EntryKind::Compose)?;
    let groups = &binding.container.package.access().get(entry)?.par;
    if groups.is_empty() {
        return None;
    }
    let instances = binding.instances();
    let manifests: Vec<_> = instances.iter().map(|instance| instance.manifest()).collect();
    let containers: Vec<u32> = instances.iter().map(|instance| instance.identity).collect();
    let linked = binding.linked(entry).ok()?;
    let found = clash(&linked, groups, &Instances { manifests: &manifests, containers: &containers })?;
    let shown: Vec<Instance<'_>> = instances
        .iter()
        .zip(&manifests)
        .enumerate()
        .map(|(at, (instance, manifest))| Instance {
            name: if at == 0 { "" } else { &instance.name },
            manifest,
        })
        .collect();
    let params = manifest.entries.get(entry).map(|entry| entry.params.as_slice()).unwrap_or_default();
    let names = Names { params, instances: &shown, mark: "" };
    let (first, second) = (linked.accesses.get(found.first)?, linked.accesses.get(found.second)?);
    let slots = (first.instance != second.instance).then(|| {
        let instance = instances.get(usize::from(first.instance));
        instance.map_or_else(String::new, |instance| instance.name.clone())
    });
    let spans = &binding.container.sequence.spans;
    let steps =
        [found.first, found.second].map(|access| step_at(&linked, access).and_then(|at| spans.get(at)));
    let steps = steps.map(|span| span.copied().unwrap_or(binding.unit.span));
    Some(Met { what: what(&names, first, second), when: when(&names, &linked, &found), slots, steps })
}

/// The number of the composition's own step that makes an access, itself or by a step of its own.
fn step_at(linked: &Linked, access: usize) -> Option<usize> {
    linked.steps.iter().rposition(|step| step.accesses_start as usize <= access)
}

fn what(names: &Names<'_>, first: &LinkedAccess, second: &LinkedAccess) -> String {
    let place = |access: &LinkedAccess| names.place(access.instance, &access.access);
    let (verb, other) = (verb(&first.access.mode), verb(&second.access.mode));
    if place(first) == place(second) && verb == other {
        return format!("both {verb} `{}`", place(first));
    }
    format!("one may {} `{}`, the other {} `{}`", verb, place(first), other, place(second))
}

fn verb(mode: &Mode) -> &'static str {
    match mode {
        Mode::Read => "read",
        Mode::Delta(_) => "add to",
        Mode::Write | Mode::Max | Mode::Min => "write",
    }
}

fn when(names: &Names<'_>, linked: &Linked, clash: &Clash) -> String {
    let keys = |access: usize| linked.accesses.get(access).map(|access| access.access.keys.as_slice());
    let (first, second) = (keys(clash.first).unwrap_or_default(), keys(clash.second).unwrap_or_default());
    let equal = clash.levels.iter().filter_map(|level| {
        Some(format!("`{} = {}`", names.term(first.get(*level)?), names.term(second.get(*level)?)))
    });
    let equal: Vec<String> = equal.collect();
    if equal.is_empty() { "in every call".to_owned() } else { format!("when {}", equal.join(" and ")) }
}
