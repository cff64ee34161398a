//! House rules: what holds of the whole code base and no compiler checks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every crate with its folder and the crates of ours that it may depend on (05 §5.1).
const CRATES: [(&str, &str, &[&str]); 9] = [
    ("mc-syntax", "grammar", &[]),
    ("mc-container", "runtime/container", &[]),
    ("mc-runtime", "runtime", &["mc-container"]),
    ("mc-compiler", "compiler", &["mc-syntax", "mc-container"]),
    ("mc-lsp", "editors/lsp", &["mc-syntax", "mc-container", "mc-compiler"]),
    ("mc-stdlib", "stdlib", &[]),
    (
        "mcc",
        "compiler/cli",
        &["mc-syntax", "mc-container", "mc-compiler", "mc-lsp", "mc-runtime", "mc-stdlib"],
    ),
    ("mc-derive", "editors/derive", &["mc-syntax"]),
    ("mc-tests", "tests", &["mc-syntax", "mc-container", "mc-compiler", "mc-runtime", "mc-stdlib", "mcc"]),
];

/// What a crate must never know: the compiler no engine, the runtime no language.
const STRANGERS: [(&str, &[&str]); 4] = [
    ("compiler", &["wasmtime", "ariadne", "clap", "lsp-server", "gen-lsp-types"]),
    ("editors/lsp", &["wasmtime", "ariadne", "clap"]),
    ("runtime", &["lalrpop", "logos", "ariadne", "clap"]),
    ("runtime/container", &["wasmtime", "crossbeam", "ariadne", "clap"]),
];

/// Uses of a module by one declared above it that stay, with the reason.
const UPWARD: [(&str, &str, &str); 2] = [
    // A formula names variables by their number in the manifest, and linking looks at both.
    ("runtime/container", "access", "manifest"),
    // A package is what passed the verifier; the verifier reads modules and knows no package.
    ("runtime/container", "package", "verify"),
];

/// The greatest number of lines of a file; tables are exempt, with the reason.
const LINES_MAX: usize = 700;
const TABLES: [&str; 0] = [];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below `folder` with this extension, sorted, with its path from the root.
fn files(folder: &str, extension: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["target", "node_modules"].contains(&name.as_str()) && !name.starts_with('.')
            {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let shown = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((shown, path));
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(String, String)> {
    let folders = ["grammar", "compiler", "runtime", "stdlib", "tests", "editors"];
    folders.iter().flat_map(|folder| files(folder, "rs")).map(|(name, path)| (name, read(&path))).collect()
}

#[track_caller]
fn none(what: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

/// The modules of a crate in the order of its `lib.rs`.
fn modules(folder: &str) -> Vec<String> {
    let lib = root().join(folder).join("src/lib.rs");
    let line = |line: &str| {
        let name = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("mod ")?.strip_suffix(';')?;
        Some(name.to_owned())
    };
    read(&lib).lines().filter_map(line).collect()
}

/// Every module of its own crate that a text names: `crate::a`, `use crate::{a, b::c}`.
fn named_modules(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    for rest in code.join("\n").split("crate::").skip(1) {
        let group = rest.strip_prefix('{').map(|inside| {
            let mut depth = 1;
            let end = inside.find(|letter| {
                depth += i32::from(letter == '{') - i32::from(letter == '}');
                depth == 0
            });
            &inside[..end.unwrap_or(inside.len())]
        });
        match group {
            Some(group) => named.extend(heads(group)),
            None => named.extend(head(rest)),
        }
    }
    named
}

/// The first names of the parts of a group, those of inner groups left out.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let parts = group.split(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && depth == 0
    });
    parts.filter_map(|part| head(part.trim())).collect()
}

fn head(path: &str) -> Option<String> {
    let name: String =
        path.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

#[test]
fn a_module_uses_only_those_above_it() {
    let mut wrong = Vec::new();
    for (_, folder, _) in CRATES {
        let order = modules(folder);
        let place = |name: &str| order.iter().position(|module| module == name);
        for (shown, path) in files(&format!("{folder}/src"), "rs") {
            let inside =
                path.strip_prefix(root().join(folder).join("src")).unwrap().to_string_lossy().into_owned();
            let own = inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let Some(own_place) = place(&own) else { continue };
            for used in named_modules(&read(&path)) {
                let exempt = UPWARD.contains(&(folder, own.as_str(), used.as_str()));
                if place(&used).is_some_and(|used_place| used_place > own_place) && !exempt {
                    wrong.push(format!("{shown} uses `{used}`, which lib.rs declares below `{own}`"));
                }
            }
        }
    }
    none("modules that use what stands below them", wrong);
}

#[test]
fn groups_of_uses_are_read_as_they_are() {
    let named = |text: &str| named_modules(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(named("use crate::alpha::Beta;"), "alpha");
    assert_eq!(named("use crate::{alpha::{X, Y}, beta, gamma::Z};"), "alpha beta gamma");
    assert_eq!(named("let x = crate::delta::f(crate::alpha::g());"), "alpha delta");
    assert_eq!(named("pub(crate) fn f() {}"), "");
}

/// The lines of a manifest's section.
fn section(manifest: &str, name: &str) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    lines.take_while(|line| !line.starts_with('[')).map(str::to_owned).collect()
}

#[test]
fn crates_depend_as_drawn() {
    let mut wrong = Vec::new();
    for (name, folder, allowed) in CRATES {
        let manifest = read(&root().join(folder).join("Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{folder} is not `{name}`");
        for part in ["dependencies", "build-dependencies"] {
            for line in section(&manifest, part) {
                let depends =
                    head(&line.replace('-', "_")).map(|name| name.replace('_', "-")).unwrap_or_default();
                let ours = CRATES.iter().any(|(name, ..)| *name == depends);
                if ours && !allowed.contains(&depends.as_str()) {
                    wrong.push(format!("`{name}` depends on `{depends}`"));
                }
            }
        }
        if !manifest.contains("[lints]\nworkspace = true") {
            wrong.push(format!("`{name}` does not take the lints of the workspace"));
        }
    }
    for (folder, strangers) in STRANGERS {
        let dependencies = section(&read(&root().join(folder).join("Cargo.toml")), "dependencies");
        for stranger in strangers {
            if dependencies.iter().any(|line| line.starts_with(stranger)) {
                wrong.push(format!("{folder} knows `{stranger}`"));
            }
        }
    }
    none("crates that depend otherwise than drawn", wrong);
}

/// Every code there is, with its meaning.
fn codes() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    use mc_compiler::error::{CODES, TESTED, UPGRADED};
    mc_syntax::parser::codes::CODES.iter().chain(CODES).chain(TESTED).chain(UPGRADED)
}

#[test]
fn every_code_has_a_case() {
    let shown: String = ["tests/cases/parse", "tests/cases/check", "compiler/cli/tests/snapshots"]
        .iter()
        .flat_map(|folder| files(folder, "snap"))
        .map(|(_, path)| read(&path))
        .collect();
    let missing = codes().filter(|(code, _)| !shown.contains(&format!("[{code}]")));
    none("codes that no case shows", missing.map(|(code, meaning)| format!("{code}: {meaning}")));
}

#[test]
fn a_code_has_one_meaning() {
    let mut meanings: BTreeMap<&str, &str> = BTreeMap::new();
    for (code, meaning) in codes() {
        let other = meanings.insert(code, meaning);
        assert!(other.is_none_or(|other| other == *meaning), "{code} means two things");
    }
}

#[test]
fn every_code_in_the_sources_is_in_a_table() {
    let known: BTreeSet<&str> = codes().map(|(code, _)| *code).collect();
    let mut unknown = Vec::new();
    for (name, text) in sources().into_iter().filter(|(name, _)| !name.contains("tests/")) {
        for rest in text.split('"').skip(1) {
            let is_code = rest.len() == 5
                && rest.starts_with(['E', 'W'])
                && rest[1..].chars().all(|digit| digit.is_ascii_digit());
            if is_code && !known.contains(rest) {
                unknown.push(format!("{name}: {rest}"));
            }
        }
    }
    none("codes without a place in a table", unknown);
}

#[test]
fn every_type_of_one_word_is_painted() {
    let painted = mc_syntax::token::TYPES;
    let missing = mc_container::value::Scalar::ALL.iter().filter(|it| !painted.contains(&it.name()));
    none("types that `token::TYPES` lacks", missing.map(|scalar| scalar.name().to_owned()));
}

#[test]
fn no_file_is_too_long() {
    let long = sources()
        .into_iter()
        .filter(|(name, text)| text.lines().count() > LINES_MAX && !TABLES.contains(&name.as_str()));
    none(
        "files that are too long",
        long.map(|(name, text)| format!("{name}: {} lines", text.lines().count())),
    );
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["todo!", "unimplemented!", "dbg!"].map(|word| format!("{word}("));
    let mut found = Vec::new();
    for (name, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none("left for later", found);
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources().into_iter().filter(|(_, text)| !text.starts_with("//!"));
    none("files that do not open with `//!`", silent.map(|(name, _)| name));
}

#[test]
fn unsafe_stands_nowhere() {
    let uses = sources().into_iter().filter(|(name, text)| {
        !name.starts_with("tests/") && (text.contains("unsafe {") || text.contains("unsafe fn"))
    });
    none("unsafe code", uses.map(|(name, _)| name));
}

/// `tests/README.md` names, for each of the fourteen rules, the blocks that come out wrong without it.
#[test]
fn every_rule_has_a_block_that_breaks_without_it() {
    let readme = read(&root().join("tests/README.md"));
    let rows: Vec<&str> =
        readme.lines().skip_while(|line| *line != "| rule | of | block |").skip(2).collect();
    let mut wrong = Vec::new();
    for rule in 1..=14 {
        let row = rows.iter().find(|row| row.starts_with(&format!("| {rule} |"))).unwrap_or(&"");
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let is_there = |stem: &str| {
            let paths = [format!("tests/cases/run/{stem}.block"), format!("tests/hostile/{stem}.wat")];
            paths.iter().any(|path| root().join(path).is_file())
        };
        let missing = named.iter().filter(|stem| !is_there(stem));
        wrong.extend(missing.map(|stem| format!("rule {rule}: there is no `{stem}`")));
        wrong.extend(named.is_empty().then(|| format!("rule {rule} has no block")));
    }
    none("rules and their blocks", wrong);
}

#[test]
fn every_case_has_a_snapshot_and_every_snapshot_a_case() {
    let mut wrong = Vec::new();
    for folder in ["parse", "check", "access", "emit", "run"] {
        let stems = |extension: &str| -> BTreeSet<String> {
            let stem =
                |(_, path): (String, PathBuf)| path.file_stem().unwrap().to_string_lossy().into_owned();
            files(&format!("tests/cases/{folder}"), extension).into_iter().map(stem).collect()
        };
        let (cases, snapshots) = (stems("mc"), stems("snap"));
        wrong.extend(
            snapshots.difference(&cases).map(|stem| format!("{folder}/snapshots/{stem}.snap has no case")),
        );
        wrong.extend(cases.difference(&snapshots).map(|stem| format!("{folder}/{stem}.mc has no snapshot")));
        wrong.extend(stems("new").iter().map(|stem| format!("{folder}/{stem}.new waits to be blessed")));
        if folder == "run" {
            let blocks = stems("block");
            wrong.extend(blocks.symmetric_difference(&cases).map(|stem| format!("run/{stem} is not a pair")));
        }
    }
    none("cases and snapshots that do not belong together", wrong);
}
