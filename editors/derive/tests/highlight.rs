//! The queries: every one is about nodes that exist, and colours are what the samples say.
//!
//! A sample in `tree-sitter/test/highlight` says below a line what its words are, in the form of tree-sitter's
//! own tests: `// <- keyword` for the first column of the comment, `//  ^ type` for the place of the `^`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]
#![allow(unreachable_pub, dead_code, reason = "modules of tests")]

mod common;
#[path = "../../../grammar/tests/repository/mod.rs"]
mod repository;

use std::fs;
use tree_sitter::Query;
use tree_sitter_highlight::{Highlight, HighlightConfiguration, HighlightEvent, Highlighter, HtmlRenderer};

fn query(name: &str) -> String {
    fs::read_to_string(common::editors().join("tree-sitter/queries").join(name)).unwrap()
}

/// The colours, with the names of all of them.
fn colours() -> (HighlightConfiguration, Vec<String>) {
    let (highlights, locals) = (query("highlights.scm"), query("locals.scm"));
    let mut colours =
        HighlightConfiguration::new(common::language(), "mc", &highlights, "", &locals).unwrap();
    let names: Vec<String> = colours.names().iter().map(|name| (*name).to_owned()).collect();
    colours.configure(&names);
    (colours, names)
}

/// The colour of every byte.
fn painted(text: &str) -> Vec<Option<String>> {
    let (colours, names) = colours();
    let mut highlighter = Highlighter::new();
    let events = highlighter.highlight(&colours, text.as_bytes(), None, None, |_| None).unwrap();
    let (mut painted, mut open) = (vec![None; text.len()], Vec::new());
    for event in events {
        match event.unwrap() {
            HighlightEvent::HighlightStart(Highlight(colour)) => open.push(names[colour].clone()),
            HighlightEvent::HighlightEnd => drop(open.pop()),
            HighlightEvent::Source { start, end } => painted[start..end].fill(open.last().cloned()),
        }
    }
    painted
}

/// What a line of a sample says: columns of the line above, and the colour.
fn said(line: &str) -> Option<(usize, usize, &str)> {
    let start = line.find("//")?;
    let comment = line[start + 2..].trim_start();
    if let Some(colour) = comment.strip_prefix("<- ") {
        return Some((start, start + 1, colour.trim()));
    }
    let marks = comment.bytes().take_while(|mark| *mark == b'^').count();
    let from = line.find('^')?;
    (marks > 0).then(|| (from, from + marks, line[from + marks..].trim()))
}

#[test]
fn samples_have_the_colours_they_say() {
    let mut samples = Vec::new();
    repository::files(&common::editors().join("tree-sitter/test/highlight"), ".mc", &mut samples);
    let mut compared = 0;
    for (name, text) in samples {
        let painted = painted(&text);
        let (mut start, mut above) = (0, 0);
        for (number, line) in text.split_inclusive('\n').enumerate() {
            match said(line) {
                Some((from, to, colour)) => {
                    let range = above + from..above + to;
                    for (at, found) in range.clone().zip(&painted[range]) {
                        let found = found.as_deref().unwrap_or("none");
                        let column = at - above;
                        assert_eq!(found, colour, "{name}:{}: column {column} of the line above", number + 1);
                        compared += 1;
                    }
                }
                None => above = start,
            }
            start += line.len();
        }
    }
    assert!(compared > 100, "only {compared} places are compared");
}

#[test]
fn every_query_is_about_nodes_that_exist() {
    let mut queries = Vec::new();
    repository::files(&common::editors(), ".scm", &mut queries);
    queries.retain(|(name, _)| !name.contains("templates"));
    assert!(queries.len() > 10, "{}", queries.len());
    for (name, text) in queries {
        Query::new(&common::language(), &text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn no_word_is_left_without_a_colour() {
    for (name, text) in repository::repository(&common::editors().join("../stdlib")) {
        let painted = painted(&text);
        for (start, token, _) in mc_syntax::lexer::lex(&text).tokens {
            assert!(painted[start].is_some(), "{name}: {token:?} at {start}");
        }
    }
}

/// Writes `highlight.html`, to look at; it has every letter of the samples.
#[test]
fn samples_as_a_page() {
    let (colours, names) = colours();
    let classes: Vec<String> =
        names.iter().map(|name| format!("class=\"{}\"", name.replace('.', " "))).collect();
    let mut page = include_str!("highlight.html").to_owned();
    for name in ["shop", "dvp", "auction"] {
        let text = fs::read_to_string(common::editors().join(format!("../tests/samples/{name}.mc"))).unwrap();
        let mut highlighter = Highlighter::new();
        let events = highlighter.highlight(&colours, text.as_bytes(), None, None, |_| None).unwrap();
        let mut renderer = HtmlRenderer::new();
        let class = |colour: Highlight, html: &mut Vec<u8>| html.extend(classes[colour.0].as_bytes());
        renderer.render(events, text.as_bytes(), &class).unwrap();
        let lines: String = renderer.lines().collect();
        assert_eq!(without_tags(&lines), text.trim_end().to_owned() + "\n", "{name}");
        page.push_str(&format!("<pre>{lines}</pre>\n"));
    }
    fs::write(std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("highlight.html"), page).unwrap();
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}
