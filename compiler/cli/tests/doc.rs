//! `mcc doc`: everything is documented, every link leads somewhere, and nothing of others is overwritten.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{example, mcc};
use mc_syntax::ast::{ItemKind, MemberKind};
use mc_syntax::parser::parse;
use mc_syntax::source::FileId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every page of a site, by its name.
fn pages(folder: &Path) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn library() -> BTreeMap<String, String> {
    let here = tempfile::tempdir().unwrap();
    let ran = mcc(here.path(), &["doc", "--std", "--out", "site"]).expect(0);
    assert_eq!(ran.stdout, "site/index.html\n");
    pages(&here.path().join("site"))
}

/// The value of every attribute with this name.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let head = format!(" {name}=\"");
    page.split(head.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Fails unless every element that is opened is closed, in the right order.
fn assert_balanced(name: &str, page: &str) {
    let body = page.replace("<!DOCTYPE html>", "");
    let mut open: Vec<String> = Vec::new();
    for (number, piece) in body.split('<').enumerate().skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("{name}: piece {number}: {piece}"));
        if let Some(closed) = tag.strip_prefix('/') {
            let last = open.pop();
            assert_eq!(last.as_deref(), Some(closed), "{name}: near <{piece}");
            continue;
        }
        let element = tag.split([' ', '/']).next().unwrap();
        assert!(
            !element.is_empty() && element.chars().all(|it| it.is_ascii_alphanumeric()),
            "{name}: <{tag}>"
        );
        if !["meta", "br", "hr", "img"].contains(&element) {
            open.push(element.to_owned());
        }
    }
    assert!(open.is_empty(), "{name}: not closed: {open:?}");
}

fn assert_sound(pages: &BTreeMap<String, String>) {
    let anchors: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|(name, page)| {
            let ids = attributes(page, "id");
            let distinct: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), distinct.len(), "{name}: an anchor stands twice");
            (name.as_str(), distinct)
        })
        .collect();
    let mut links = 0;
    for (name, page) in pages {
        assert_balanced(name, page);
        assert!(!page.contains("<script") && !page.contains("src="), "{name} loads something");
        for href in attributes(page, "href").into_iter().filter(|href| !href.starts_with("http")) {
            let (target, anchor) = href.split_once('#').unwrap_or((href, ""));
            let target = if target.is_empty() { name.as_str() } else { target };
            let known = anchors.get(target).unwrap_or_else(|| panic!("{name} links to {href}"));
            assert!(anchor.is_empty() || known.contains(anchor), "{name} links to {href}");
            links += 1;
        }
    }
    assert!(links > 10);
}

#[test]
fn every_item_of_the_token_is_documented() {
    let pages = library();
    let page = &pages["std-token.html"];
    let ids: BTreeSet<&str> = attributes(page, "id").into_iter().collect();
    let parsed = parse(FileId(0), mc_stdlib::library("std/token").unwrap()).file;
    let mut counted = 0;
    for item in &parsed.items {
        let (ItemKind::Contract(_) | ItemKind::Compose(_)) = &item.kind else { continue };
        let ItemKind::Contract(contract) = &item.kind else { continue };
        let owner = &contract.name.name;
        assert!(ids.contains(owner.as_str()));
        for member in &contract.members {
            let name = match &member.kind {
                MemberKind::State(it) | MemberKind::Immutable(it) => &it.name.name,
                MemberKind::Asset(it) => &it.name.name,
                MemberKind::Role(it) => &it.name.name,
                MemberKind::Entry(it) | MemberKind::View(it) | MemberKind::Function(it) => {
                    &it.signature.name.name
                }
                MemberKind::Error(it) => &it.name.name,
                MemberKind::Event(it) => &it.name.name,
                MemberKind::Invariant(it) => &it.name.name,
                MemberKind::Test(it) => {
                    assert!(page.contains(&it.name.replace('\'', "&#39;")), "{}", it.name);
                    continue;
                }
                _ => continue,
            };
            assert!(ids.contains(format!("{owner}.{name}").as_str()), "{owner}.{name}");
            counted += 1;
        }
    }
    assert!(counted > 30);
    assert!(
        page.contains(">code 32</span>")
            && page.contains(">port</span>")
            && page.contains(">by minter</span>")
    );
    assert!(page.contains("balances[caller]") && page.contains("guard &gt;= amount"), "the access sets");
    assert!(page.contains("href=\"std-interfaces.html#IToken\""), "types lead to other pages");
}

#[test]
fn pages_are_balanced_and_links_lead_somewhere() {
    let pages = library();
    assert_eq!(pages.len(), mc_stdlib::LIBRARY.len() + 1);
    assert_sound(&pages);
}

#[test]
fn a_project_is_documented_with_its_compositions() {
    let directory = example("shop");
    let here = directory.path().join("here");
    let ran = mcc(&here, &["doc"]).expect(0);
    assert_eq!(ran.stdout, "build/doc/index.html\n");
    let pages = pages(&here.join("build/doc"));
    assert_sound(&pages);
    let page = &pages["src-purchase.html"];
    for anchor in ["Purchase", "Purchase.catalog", "Purchase.step-1", "Purchase.step-4", "NothingBought"] {
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor}");
    }
    assert!(page.contains("href=\"src-token.html#Token.transfer\""), "a step leads to its entry");
    assert!(page.contains("1. catalog.confirm"), "the access set of the composition");
    // The lines are those of `mcc effects`, but for how large the formulas are.
    let effects = mcc(&here, &["effects", "Catalog.offer", "src/catalog.mc"]).expect(0).stdout;
    for line in effects.lines().skip(2).filter(|line| !line.trim().starts_with("size ")) {
        let line = line.trim().replace('<', "&lt;").replace('>', "&gt;");
        assert!(pages["src-catalog.html"].contains(&line), "{line}");
    }
    // The second time it replaces its own pages.
    mcc(&here, &["doc"]).expect(0);
}

#[test]
fn a_file_of_somebody_else_is_never_replaced() {
    let directory = example("shop");
    let here = directory.path().join("here");
    std::fs::create_dir(here.join("site")).unwrap();
    std::fs::write(here.join("site/src-token.html"), "mine").unwrap();
    let ran = mcc(&here, &["doc", "--out", "site"]).expect(2);
    assert!(ran.stderr.contains("site/src-token.html") && ran.stderr.contains("--out"), "{}", ran.stderr);
    assert_eq!(pages(&here.join("site")).len(), 1, "nothing was written");
    assert_eq!(pages(&here.join("site"))["src-token.html"], "mine");
}

#[test]
fn comments_are_markdown_and_cannot_bring_html() {
    let here = tempfile::tempdir().unwrap();
    let text = "/// **Bold**, `x < y`, <script>alert(1)</script> and [a link](javascript:alert(1)).\n\
                ///\n/// # Loud\n///\n/// ```\n/// state n: u64 = 0;\n/// ```\n\
                /// See [the site](https://example.org/?a=1&b=2) and <b>this</b> & `Odd`, `Odd.n`.\n\
                contract Odd {\n    /// <i>unclosed\n    state n: u64 = 0;\n\n    entry add() { n += 1; }\n}\n";
    std::fs::write(here.path().join("odd.mc"), text).unwrap();
    mcc(here.path(), &["doc", "odd.mc", "--out", "site"]).expect(0);
    let pages = pages(&here.path().join("site"));
    assert_sound_page(&pages["odd.html"]);
    let page = &pages["odd.html"];
    assert!(page.contains("<strong>Bold</strong>") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("javascript:") && page.contains("href=\"https://example.org/?a=1&amp;b=2\""));
    assert!(page.contains("&lt;i&gt;unclosed") && page.contains("<h5>Loud</h5>"));
}

fn assert_sound_page(page: &str) {
    assert_balanced("odd.html", page);
    assert!(!page.contains("<script"));
}

#[test]
fn machines_get_the_same_data_and_nothing_is_written() {
    let directory = example("shop");
    let here = directory.path().join("here");
    let json = mcc(&here, &["doc", "--json"]).expect(0).json();
    assert!(!here.join("build").exists());
    let page = json.iter().find(|page| page["file"] == "src/token.mc").unwrap();
    let token = &page["items"].as_array().unwrap().iter().find(|item| item["kind"] == "contract").unwrap();
    let members = token["members"].as_array().unwrap();
    let transfer = members.iter().find(|member| member["name"] == "transfer").unwrap();
    assert_eq!(transfer["kind"], "entry");
    assert!(transfer["effects"][0].as_str().unwrap().contains("balances[caller]"), "{transfer}");
    let error = members.iter().find(|member| member["kind"] == "error").unwrap();
    assert_eq!(error["code"], 32);
}

#[test]
fn mistakes_are_reported_and_nothing_is_written() {
    let here = tempfile::tempdir().unwrap();
    std::fs::write(here.path().join("bad.mc"), "contract Bad { state n: u65 = 0; }\n").unwrap();
    let ran = mcc(here.path(), &["doc", "bad.mc"]).expect(1);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("u65"), "{}", ran.stderr);
    assert!(!here.path().join("build").exists());
}
