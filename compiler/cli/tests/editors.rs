//! `mcc editors`: what is put in place, what is left alone, and that real editors take it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]
#![allow(clippy::print_stderr, reason = "what is skipped is said")]

mod common;

use common::{command, mcc};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const NAMES: [&str; 6] = ["vscode", "nvim", "vim", "helix", "zed", "emacs"];

fn here() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Every file below a folder, with its bytes; what `git` keeps for itself is left out.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().unwrap() != ".git" {
                folders.push(path);
            } else if path.is_file() {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn install(directory: &TempDir, name: &str, more: &[&str]) -> common::Ran {
    mcc(directory.path(), &[&["editors", "install", name, "--dir", "place"], more].concat())
}

#[test]
fn every_editor_is_listed_with_its_place() {
    let directory = here();
    let ran = command(directory.path(), &["editors", "list", "--json"])
        .env("HOME", directory.path())
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME")
        .output()
        .unwrap();
    let lines = String::from_utf8(ran.stdout).unwrap();
    let listed: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = listed.iter().map(|editor| editor["name"].as_str().unwrap()).collect();
    assert_eq!(names, NAMES);
    let inside = directory.path().to_str().unwrap();
    assert!(listed.iter().all(|editor| editor["directory"].as_str().unwrap().starts_with(inside)));
}

#[test]
fn what_is_installed_is_said_and_taken_away_again() {
    for name in NAMES {
        let directory = here();
        let dry = install(&directory, name, &["--dry-run", "--json"]).expect(0);
        assert!(!directory.path().join("place").exists(), "{name}");
        let ran = install(&directory, name, &["--json"]).expect(0);
        let place = directory.path().join("place");
        let said = ran.json()[0]["files"].as_array().unwrap().clone();
        let mut said: Vec<&str> = said.iter().map(|file| file["path"].as_str().unwrap()).collect();
        said.sort_unstable();
        let there = files(&place);
        let there: Vec<&str> =
            there.keys().map(String::as_str).filter(|it| *it != ".mcc-editors.json").collect();
        assert_eq!(said, there, "{name}");
        assert!(dry.json()[0]["files"].as_array().unwrap().len() <= said.len());

        let before = files(&place);
        let again = install(&directory, name, &["--json"]).expect(0).json();
        let written = again[0]["files"].as_array().unwrap().iter().filter(|file| file["change"] == "written");
        assert_eq!(written.count(), 0, "{name}: {again:?}");
        assert_eq!(files(&place).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{name}");

        mcc(directory.path(), &["editors", "uninstall", name, "--dir", "place"]).expect(0);
        assert_eq!(files(&place).keys().collect::<Vec<_>>(), Vec::<&String>::new(), "{name}");
        mcc(directory.path(), &["editors", "uninstall", name, "--dir", "place"]).expect(2);
    }
}

#[test]
fn what_somebody_else_wrote_stays() {
    let directory = here();
    let file = directory.path().join("place/syntax/mc.vim");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "mine").unwrap();
    let ran = install(&directory, "vim", &[]).expect(2);
    assert!(ran.stderr.contains("`syntax/mc.vim` is there, and not as mcc wrote it"), "{}", ran.stderr);
    assert_eq!(files(&directory.path().join("place")).len(), 1, "nothing is written");

    install(&directory, "vim", &["--force"]).expect(0);
    assert_ne!(fs::read(&file).unwrap(), b"mine");
    fs::write(&file, "changed since").unwrap();
    install(&directory, "vim", &[]).expect(2);
    let ran = mcc(directory.path(), &["editors", "uninstall", "vim", "--dir", "place"]).expect(0);
    assert!(ran.stdout.contains("kept"), "{}", ran.stdout);
    assert_eq!(fs::read(&file).unwrap(), b"changed since");
}

#[test]
fn a_configuration_of_the_users_own_is_never_overwritten() {
    let directory = here();
    let own = directory.path().join("place/languages.toml");
    fs::create_dir_all(own.parent().unwrap()).unwrap();
    fs::write(&own, "# mine\n").unwrap();
    let ran = install(&directory, "helix", &["--force"]).expect(0);
    assert!(ran.stderr.contains("cat mc.languages.toml >> languages.toml"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&own).unwrap(), "# mine\n");
    assert!(own.with_file_name("mc.languages.toml").exists());
}

#[test]
fn unknown_editors_are_refused_with_the_known_ones() {
    let directory = here();
    let ran = install(&directory, "nvom", &[]).expect(2);
    assert!(ran.stderr.contains("did you mean `nvim`?"), "{}", ran.stderr);
}

#[test]
fn every_part_has_the_version_of_the_tool() {
    let editors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors");
    let version = env!("CARGO_PKG_VERSION");
    for (file, line) in [
        ("vscode/package.json", format!("\"version\": \"{version}\"")),
        ("vscode/vsix/extension.vsixmanifest", format!("Version=\"{version}\" Publisher")),
        ("tree-sitter/tree-sitter.json", format!("\"version\": \"{version}\"")),
        ("zed/extension.toml", format!("version = \"{version}\"")),
        ("emacs/mc-mode.el", format!(";; Version: {version}")),
    ] {
        assert!(fs::read_to_string(editors.join(file)).unwrap().contains(&line), "{file}: {line}");
    }
}

#[test]
fn configurations_have_the_forms_that_editors_read() {
    let editors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors");
    let text = |file: &str| fs::read_to_string(editors.join(file)).unwrap();
    let toml = |file: &str| text(file).parse::<toml::Table>().unwrap_or_else(|why| panic!("{file}: {why}"));
    let helix = toml("helix/languages.toml");
    let language = &helix["language"][0];
    assert_eq!(language["name"].as_str(), Some("mc"));
    for server in language["language-servers"].as_array().unwrap() {
        assert_eq!(helix["language-server"][server.as_str().unwrap()]["command"].as_str(), Some("mcc"));
    }
    let zed = toml("zed/extension.toml");
    assert_eq!(zed["schema_version"].as_integer(), Some(1));
    let config = toml("zed/languages/mc/config.toml");
    assert!(zed["grammars"].get(config["grammar"].as_str().unwrap()).is_some());
    let server = zed["language_servers"].as_table().unwrap().values().next().unwrap();
    assert_eq!(server["languages"][0], config["name"]);
    for file in ["package.json", "language-configuration.json", "snippets/mc.json"] {
        let _: serde_json::Value = serde_json::from_str(&text(&format!("vscode/{file}"))).unwrap();
    }
}

/// True if the tool is here; what is skipped is said.
fn has(tool: &str, asked: &str) -> bool {
    let found = Command::new(tool).arg(asked).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_here = found.is_ok_and(|status| status.success());
    if !is_here {
        eprintln!("SKIPPED: there is no `{tool}` here");
    }
    is_here
}

const SAMPLE: &str = "contract Counter {
    state total: u64 = 0;

    entry add(n: u64) { missing += n ; }
}
";

/// Opens the sample in a Neovim of its own, with what `mcc editors install` put there and nothing else.
fn neovim(directory: &Path, server: bool) -> serde_json::Value {
    let data = directory.join("data");
    let place = data.join("nvim/site/pack/mcc/start/mc");
    mcc(directory, &["editors", "install", "nvim", "--dir", place.to_str().unwrap()]).expect(0);
    let (sample, answers) = (directory.join("counter.mc"), directory.join("answers.json"));
    fs::write(&sample, SAMPLE).unwrap();
    let tool = PathBuf::from(env!("CARGO_BIN_EXE_mcc"));
    let path = std::env::var("PATH").unwrap_or_default();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/nvim/test/proof.lua");
    let ran = Command::new("nvim")
        .args(["--headless", "-i", "NONE", "-n", "-c"])
        .arg(format!("luafile {}", script.display()))
        .current_dir(directory)
        .stdin(Stdio::null())
        .env("HOME", directory)
        .env("XDG_DATA_HOME", &data)
        .env("XDG_CONFIG_HOME", directory.join("config"))
        .env("XDG_STATE_HOME", directory.join("state"))
        .env("XDG_CACHE_HOME", directory.join("cache"))
        .env("PATH", format!("{}:{path}", tool.parent().unwrap().display()))
        .env("MC_SAMPLE", &sample)
        .env("MC_PROOF", &answers)
        .env("MC_SERVER", if server { "yes" } else { "no" })
        .output()
        .unwrap();
    let text = fs::read_to_string(&answers);
    let text = text.unwrap_or_else(|_| panic!("no answers: {}", String::from_utf8_lossy(&ran.stderr)));
    let answers: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answers["failed"], serde_json::Value::Null, "{answers:#}");
    answers
}

#[test]
fn neovim_knows_the_language() {
    if !has("nvim", "--version") {
        return;
    }
    let directory = here();
    let answers = neovim(directory.path(), false);
    assert_eq!(answers["filetype"], "mc");
    assert_eq!(answers["comment"], "// %s");
    assert_eq!(answers["tree"], has("cc", "--version"), "colours from the tree");
}

#[test]
fn neovim_shows_hovers_renames_and_formats() {
    let directory = here();
    let has_server = mcc(directory.path(), &["lsp", "--help"]).code == 0;
    if !has_server {
        eprintln!("SKIPPED: this `mcc` has no language server");
    }
    if !has_server || !has("nvim", "--version") {
        return;
    }
    let answers = neovim(directory.path(), true);
    assert_eq!(answers["diagnostic"]["code"], "E0101", "{answers:#}");
    assert_eq!(answers["diagnostic"]["line"], 4, "{answers:#}");
    assert!(answers["hover"].as_str().unwrap().contains("u64"), "{answers:#}");
    let renamed = answers["renamed"].as_str().unwrap();
    assert!(renamed.contains("state sum: u64 = 0;") && renamed.contains("{ sum += n ; }"), "{renamed}");
    assert!(
        answers["formatted"].as_str().unwrap().contains("entry add(n: u64) { sum += n; }"),
        "{answers:#}"
    );
}

/// Places of the sample, by line and column, and what Vim calls what stands there.
const GROUPS: [((u32, u32), &str); 5] = [
    ((1, 1), "mcKeyword"),
    ((1, 10), "mcType"),
    ((2, 18), "mcType"),
    ((2, 24), "mcNumber"),
    ((4, 5), "mcKeyword"),
];

#[test]
fn vim_and_emacs_know_the_language() {
    let directory = here();
    let sample = directory.path().join("counter.mc");
    fs::write(&sample, SAMPLE).unwrap();
    if has("vim", "--version") {
        mcc(directory.path(), &["editors", "install", "vim", "--dir", ".vim/pack/mcc/start/mc"]).expect(0);
        let group = |(line, column): (u32, u32)| format!("synIDattr(synID({line}, {column}, 1), 'name')");
        let groups: Vec<String> = GROUPS.iter().map(|(at, _)| group(*at)).collect();
        let ask = format!("call writefile([&filetype, &makeprg, {}], 'told') | qall!", groups.join(", "));
        let ran = Command::new("vim")
            .args([
                "-es",
                "-i",
                "NONE",
                "--cmd",
                "filetype plugin indent on",
                "--cmd",
                "syntax on",
                "-c",
                &ask,
            ])
            .arg(&sample)
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .env("HOME", directory.path())
            .output();
        drop(ran.unwrap());
        let told = fs::read_to_string(directory.path().join("told")).unwrap();
        let groups: String = GROUPS.iter().map(|(_, group)| format!("{group}\n")).collect();
        assert_eq!(told, format!("mc\nmcc check --format short\n{groups}"));
    }
    if has("emacs", "--version") {
        mcc(directory.path(), &["editors", "install", "emacs", "--dir", "lisp"]).expect(0);
        let ask = "(progn (find-file \"counter.mc\") (font-lock-ensure) (goto-char (point-min)) \
                   (princ (list major-mode (get-text-property (point) 'face))) (search-forward \"u64\") \
                   (princ (list (get-text-property (1- (point)) 'face))) \
                   (unless (require 'eglot nil t) (setq eglot-server-programs nil) (provide 'eglot)) \
                   (princ (funcall (cdr (assoc 'mc-mode eglot-server-programs)))))";
        let ran = Command::new("emacs")
            .args(["--batch", "-Q", "-l", "lisp/mc-mode.el", "--eval", ask])
            .current_dir(directory.path())
            .output()
            .unwrap();
        let told = String::from_utf8(ran.stdout).unwrap();
        let said = "(mc-mode font-lock-keyword-face)(font-lock-type-face)(mcc lsp)";
        assert_eq!(told, said, "{}", String::from_utf8_lossy(&ran.stderr));
    }
}
