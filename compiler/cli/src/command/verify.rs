//! `mcc verify`: what a package is, who vouches for it, and whether it is what its source says.

use super::sign::unreadable;
use crate::args::Verify;
use crate::compile;
use crate::failure::Failure;
use crate::keys::Identity;
use crate::output::{Format, Output};
use crate::package;
use crate::project::{Project, shown};
use crate::text::{digest, grouped, hex, padded, tame};
use mc_container::manifest::{ContainerKind, Manifest};
use mc_container::package::Package;
use mc_container::verify::Refusal;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Reports on a package; whatever is wrong with it is a finding.
pub(super) fn run(args: &Verify, output: &mut Output) -> Result<(), Failure> {
    let wanted = args.publisher.as_deref().map(Identity::parse).transpose()?;
    let bytes = package::bytes(&args.package).map_err(|error| unreadable(&args.package, &error))?;
    let package = match Package::decode(&bytes) {
        Ok(package) => package,
        Err(refusal) => {
            refused(&args.package, &refusal, args.shown.is_json(), output);
            return Err(Failure::Findings);
        }
    };
    let is_publisher = wanted.map(|wanted| package.publisher().is_some_and(|it| wanted.is(it)));
    let source = match &args.source {
        Some(path) => Some((path.as_path(), compared(&package, path, args.shown.format(), output)?)),
        None => None,
    };
    let is_fine = is_publisher != Some(false) && source.as_ref().is_none_or(|(_, found)| found.is_empty());
    let report = Report { path: &args.package, package: &package, is_publisher, source };
    if args.shown.is_json() {
        output.json(&report.json());
    } else {
        output.result(&report.text());
    }
    if is_fine { Ok(()) } else { Err(Failure::Findings) }
}

fn refused(path: &Path, refusal: &Refusal, json: bool, output: &mut Output) {
    if json {
        output.json(&json!({
            "$schema": "urn:mcc:verify:1", "file": shown(path), "refused": refusal.to_string(),
        }));
    } else {
        output.result(&format!("{}: {}\n", shown(path), tame(&refusal.to_string())));
    }
}

/// Builds the source, and says how what comes out differs from the package, its signature aside.
fn compared(
    package: &Package,
    source: &Path,
    format: Format,
    output: &mut Output,
) -> Result<Vec<String>, Failure> {
    let built = compile::build(&Project::of_paths(&[source.to_owned()])?, format, output)?;
    let name = &package.manifest().name;
    let mut containers = built.compiled.containers.iter().map(|container| &container.package);
    Ok(match containers.find(|built| built.manifest().name == *name) {
        Some(built) => differences(package, built),
        None => vec![format!("it declares no `{name}`")],
    })
}

/// In what a package differs from the one that its source gives, part by part.
fn differences(package: &Package, built: &Package) -> Vec<String> {
    let (one, other) = (package.manifest(), built.manifest());
    let mut found = Vec::new();
    if one.compiler != other.compiler {
        found.push(format!("the compiler is {}, and this is {}", one.compiler, other.compiler));
    }
    if one.source_hash != other.source_hash {
        found.push(format!(
            "the sources have the hash {}, not {}",
            digest(&other.source_hash),
            digest(&one.source_hash)
        ));
    }
    let signed = |it: &Manifest| Manifest { compiler: String::new(), source_hash: [0; 32], ..it.clone() };
    if signed(one) != signed(other) {
        found.push("the manifest is another: what it declares, stores or costs".to_owned());
    }
    for (entry, (one, other)) in one.entries.iter().zip(package.access().iter().zip(built.access())) {
        if one != other {
            found.push(format!("the access formulas of `{}` are others", entry.name));
        }
    }
    if let Some(difference) = module_difference(package.module(), built.module()) {
        found.push(difference);
    }
    found
}

fn module_difference(one: &[u8], other: &[u8]) -> Option<String> {
    if one == other {
        return None;
    }
    let common = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let (one, other) = (grouped(one.len()), grouped(other.len()));
    Some(format!("the module is another from byte {common} on ({one} bytes, not {other})"))
}

/// What is known of a package that the verifier lets pass.
struct Report<'a> {
    path: &'a Path,
    package: &'a Package,
    /// Whether the one who was asked for has signed it.
    is_publisher: Option<bool>,
    /// The source that it was compared with, and how it differs.
    source: Option<(&'a Path, Vec<String>)>,
}

impl Report<'_> {
    fn kind(&self) -> &'static str {
        match self.package.manifest().kind {
            ContainerKind::Contract => "contract",
            ContainerKind::Composition => "composition",
        }
    }

    fn text(&self) -> String {
        let manifest = self.package.manifest();
        let module = self.package.module();
        let publisher = match (self.package.publisher(), self.is_publisher) {
            (None, _) => "nobody has signed it".to_owned(),
            (Some(it), Some(false)) => format!("{}, who is another", it.address()),
            (Some(it), _) => it.address().to_string(),
        };
        let mut lines = vec![
            ("module", hex(&self.package.module_hash())),
            ("", format!("{} bytes", grouped(module.len()))),
            ("compiler", manifest.compiler.clone()),
            ("sources", hex(&manifest.source_hash)),
            ("publisher", publisher),
        ];
        lines.extend(self.package.publisher().map(|it| ("", hex(&it.key()))));
        lines.push(("verifier", "lets it pass".to_owned()));
        match &self.source {
            Some((path, found)) if found.is_empty() => {
                lines.push(("source", format!("{} gives the same bytes", shown(path))));
            }
            Some((path, found)) => {
                lines.push(("source", format!("{} gives another package", shown(path))));
                lines.extend(found.iter().map(|difference| ("", difference.clone())));
            }
            None => {}
        }
        let head = format!("{} {}\n", self.kind(), manifest.name);
        let line = |(name, text): (&str, String)| format!("  {} {text}\n", padded(name, 10));
        lines.into_iter().map(line).fold(head, |text, line| text + &line)
    }

    fn json(&self) -> Json {
        let manifest = self.package.manifest();
        let publisher = self.package.publisher();
        json!({
            "$schema": "urn:mcc:verify:1",
            "file": shown(self.path),
            "name": manifest.name,
            "kind": self.kind(),
            "module_hash": hex(&self.package.module_hash()),
            "compiler": manifest.compiler,
            "source_hash": hex(&manifest.source_hash),
            "publisher": publisher.map(|it| json!({ "address": it.address().to_string(), "key": hex(&it.key()) })),
            "is_publisher": self.is_publisher,
            "source": self.source.as_ref().map(|(path, found)| {
                json!({ "path": shown(path), "same": found.is_empty(), "differences": found })
            }),
            "refused": Json::Null,
        })
    }
}
