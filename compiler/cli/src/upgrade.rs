//! Upgrades: what is wrong with putting what is compiled in the place of packages that are deployed.

use crate::compile::Built;
use crate::failure::{Complaint, Failure, reason};
use crate::output::{Format, Output};
use crate::package;
use crate::project::shown;
use crate::render;
use mc_compiler::Compiled;
use mc_compiler::upgrade;
use mc_container::package::Package;
use mc_syntax::diagnostic::Diagnostic;
use std::path::{Path, PathBuf};

/// What the contracts with the names of these packages drop or read otherwise.
///
/// # Errors
/// If a package cannot be read, or nothing that is compiled has its name.
pub fn findings(compiled: &Compiled, packages: &[PathBuf]) -> Result<Vec<Diagnostic>, Failure> {
    let mut findings = Vec::new();
    for path in packages {
        let package = read(path)?;
        let name = &package.manifest().name;
        let unit = compiled.program.units.iter().find(|unit| unit.name == *name).ok_or_else(|| {
            Complaint::new(format!("nothing here takes over from `{}`", shown(path)))
                .help(format!("it is of `{name}`, and an upgrade keeps the name"))
        })?;
        findings.extend(upgrade::check(unit, package.manifest()));
    }
    Ok(findings)
}

/// Reports what is wrong with the upgrades on the side.
///
/// # Errors
/// [`Failure::Findings`] if something is, and as [`findings`].
pub fn report(
    built: &Built,
    packages: &[PathBuf],
    format: Format,
    output: &mut Output,
) -> Result<(), Failure> {
    let findings = findings(&built.compiled, packages)?;
    if findings.is_empty() {
        return Ok(());
    }
    output.aside(&render::render(&findings, &built.sources, format));
    output.status(&format!("{}\n{}", render::summary(&findings), render::advice(&findings, format)));
    Err(Failure::Findings)
}

fn read(path: &Path) -> Result<Package, Failure> {
    let bytes = package::bytes(path)
        .map_err(|error| Complaint::new(format!("cannot read `{}`: {}", shown(path), reason(&error))))?;
    Package::decode(&bytes)
        .map_err(|refusal| Complaint::new(format!("`{}` is no package: {refusal}", shown(path))).into())
}
