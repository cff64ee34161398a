//! IR and access formulas to a container.

pub(crate) mod cost;
pub mod map;
pub(crate) mod asm;
pub(crate) mod wide;
pub(crate) mod number;
mod expr;
mod memory;
pub(crate) mod code;
pub(crate) mod module;
mod computations;
mod heavy;
pub(crate) mod manifest;

use crate::access::Analysis;
use crate::ir::Body;
use crate::tree::{Program, Unit};
use map::{Observed, SourceMap};
use mc_container::access::EntryAccess;
use mc_container::cost::FUEL_MAX;
use mc_container::frame::ModuleLayout;
use mc_container::manifest::Entry;
use mc_container::package::Package;
use mc_container::verify::Refusal;
use mc_syntax::diagnostic::Diagnostic;
use module::Flavour;

/// A package, and where its module comes from.
#[derive(Debug)]
pub struct Emission {
    /// The artefact.
    pub package: Package,
    /// Where its code comes from.
    pub map: SourceMap,
}

/// The container of a unit, from its entries.
///
/// # Errors
/// A diagnostic where the container would break a limit of the verifier.
pub fn emit(
    program: &Program,
    unit: &Unit,
    entries: &[(Body, Analysis)],
    source_hash: [u8; 32],
) -> Result<Emission, Box<Diagnostic>> {
    let access: Vec<EntryAccess> = entries.iter().map(|(_, analysis)| analysis.access.clone()).collect();
    let mut manifest = manifest::manifest(program, unit, entries, source_hash);
    let layout = ModuleLayout::new(&manifest, &access);
    let bytes = layout.bytes().ok_or_else(|| {
        let report = too_large(unit, "an entry's values, lists and cells do not fit into its frame");
        let report = match heavy::heaviest_loop_of(unit) {
            Some(heaviest) => report.also(heaviest, "the loop that turns most"),
            None => report,
        };
        Box::new(
            report.help("lower the `max` of the loops that reach state and of the lists, or split the entry"),
        )
    })?;
    let emitted = module::module(unit, entries, &access, (&manifest, &layout), bytes, Flavour::Deployed);
    for ((entry, code), access) in manifest.entries.iter_mut().zip(emitted.costs).zip(&access) {
        entry.cost = code.then(&cost::places(access, entry));
        let worst = entry.cost.worst(entry.named_params());
        if worst > FUEL_MAX {
            return Err(Box::new(too_dear(unit, entry, worst)));
        }
    }
    match Package::new(manifest, emitted.bytes) {
        Ok(package) => Ok(Emission { package, map: emitted.map }),
        Err(refusal) => Err(Box::new(refused(unit, &refusal))),
    }
}

/// The observed twin of the module in a package that was emitted from these entries.
#[must_use]
pub fn observed(unit: &Unit, entries: &[(Body, Analysis)], package: &Package) -> Observed {
    let (manifest, access) = (package.manifest(), package.access());
    let layout = ModuleLayout::new(manifest, access);
    let bytes = layout.bytes().unwrap_or_default();
    let emitted = module::module(unit, entries, access, (manifest, &layout), bytes, Flavour::Observed);
    Observed { module: emitted.bytes, points: emitted.points }
}

fn too_large(unit: &Unit, why: &str) -> Diagnostic {
    Diagnostic::error("E0603", unit.span, format!("`{}` is too large for a container", unit.name)).label(why)
}

fn too_dear(unit: &Unit, entry: &Entry, worst: u64) -> Diagnostic {
    let function = unit.function_named(&entry.name).map(|(_, function)| function);
    let span = function.map_or(unit.span, |function| function.span);
    let report =
        Diagnostic::error("E0603", span, format!("`{}` may cost more than a transaction gets", entry.name))
            .label(format!("at most {worst} of fuel, and there are {FUEL_MAX}"))
            .help(format!(
                "it is {}: lower the lengths of the lists or the `max` of the loops",
                entry.cost.show(entry.named_params())
            ));
    match function.and_then(|function| heavy::heaviest_loop(unit, function)) {
        Some(heaviest) => report.also(heaviest, "most of it is spent in this loop"),
        None => report,
    }
}

fn refused(unit: &Unit, refusal: &Refusal) -> Diagnostic {
    Diagnostic::error(
        "E0603",
        unit.span,
        format!("the container of `{}` does not pass the verifier", unit.name),
    )
    .label(refusal.to_string())
    .help("split the contract if a limit is exceeded; anything else is a bug in mcc, please report it")
}
