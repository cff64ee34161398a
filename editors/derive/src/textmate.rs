//! The token table as a TextMate grammar, for VS Code and all who paint by regular expressions.
//!
//! A grammar of this kind sees one line and knows no context, so names are told apart by the word before them
//! or the sign behind them, and soft keywords by what has to follow. The language server's colours are exact.

use crate::fill::spelled;
use mc_syntax::token::{Class, TYPES, VARIABLE};
use serde_json::{Value, json};

/// A name.
const NAME: &str = "[A-Za-z_][A-Za-z0-9_]*";

/// Keywords that say what happens next; the others declare.
const CONTROL: &[&str] = &[
    "require", "assert", "abort", "emit", "burn", "grant", "advance", "with", "return", "break", "continue",
    "if", "else", "for", "in", "match", "step", "par", "try", "catch", "expect",
];

/// Words with what the name after them is.
const NAMING: &[(&str, &str)] = &[
    ("contract|interface|struct|enum|app|asset|error|event|role", "entity.name.type"),
    ("fn|entry|view|compose|invariant", "entity.name.function"),
    ("state|immutable|const", "variable.other.declaration"),
];

/// Soft keywords with what follows them where they are keywords; `max` and `to` have rules of their own.
const SOFT: &[(&str, &str)] =
    &[("from", "\\s*[\"0-9]"), ("version", "\\s+[0-9]"), ("unique", "\\s*\\{"), ("indexed", "\\s*[,)]")];

/// Units of time, which follow a number.
const UNITS: &str = "seconds|minutes|hours|days";

/// The grammar.
#[must_use]
pub fn grammar() -> Value {
    json!({
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "name": "mc",
        "scopeName": "source.mc",
        "fileTypes": ["mc"],
        "patterns": [{ "include": "#comments" }, { "include": "#code" }],
        "repository": {
            "comments": { "patterns": comments() },
            "code": { "patterns": code() },
        },
    })
}

fn comments() -> Vec<Value> {
    vec![
        rule("comment.block", "begin", "/\\*", &[("end", json!("\\*/"))]),
        rule("comment.line.documentation", "match", "^\\s*(///(?!/).*)$", &[]),
        rule("comment.line.double-slash", "match", "//.*$", &[]),
    ]
}

/// Whatever is no comment; the first that fits counts.
fn code() -> Vec<Value> {
    let mut rules = vec![string()];
    rules.extend(numbers());
    rules.extend(members());
    rules.extend(declarations());
    rules.extend(soft());
    rules.extend(words());
    rules.extend(names());
    rules.extend(signs());
    rules
}

fn string() -> Value {
    let escape = rule("constant.character.escape", "match", "\\\\[^\\r\\n]", &[]);
    rule("string.quoted.double", "begin", "\"", &[("end", json!("\"|$")), ("patterns", json!([escape]))])
}

fn numbers() -> Vec<Value> {
    let unit = format!("\\b([0-9][0-9_]*)(?=\\s)\\s*({UNITS})\\b");
    let mut rules = vec![captured(&unit, &["constant.numeric", "keyword.other.unit"])];
    let literals = VARIABLE.iter().filter(|(name, class, _)| *class == Class::Literal && *name != "string");
    let mut literals: Vec<&str> = literals.map(|(_, _, regex)| *regex).collect();
    // The longer spelling first.
    literals.reverse();
    rules.extend(
        literals.iter().map(|regex| rule("constant.numeric", "match", &format!("\\b{regex}\\b"), &[])),
    );
    rules
}

/// What stands behind a dot is a name, whatever it is spelled like.
fn members() -> Vec<Value> {
    vec![
        rule("entity.name.function.member", "match", &format!("(?<=[^.]\\.){NAME}(?=\\s*\\()"), &[]),
        rule("variable.other.member", "match", &format!("(?<=[^.]\\.){NAME}"), &[]),
    ]
}

fn declarations() -> Vec<Value> {
    let naming = NAMING.iter();
    let mut rules: Vec<Value> = naming
        .map(|(words, scope)| captured(&format!("\\b({words})\\s+({NAME})"), &["keyword.declaration", scope]))
        .collect();
    rules.push(captured(
        &format!("(@)\\s*({NAME})"),
        &["punctuation.definition.attribute", "entity.other.attribute-name"],
    ));
    rules
}

fn soft() -> Vec<Value> {
    let mut rules: Vec<Value> = SOFT
        .iter()
        .map(|(word, next)| rule("keyword.other", "match", &format!("\\b{word}\\b(?={next})"), &[]))
        .collect();
    // In the head of a loop, and in what a role is granted with.
    for (begin, end, word) in [("for", "(?=[{;])", "max"), ("grant", "(?=;)", "to")] {
        let inside = rule(
            "keyword.other",
            "match",
            &format!("(?<=[\\w)\\]]\\s)\\s*\\b{word}\\b(?=\\s+[^\\s;,)])"),
            &[],
        );
        let patterns = json!([{ "include": "#comments" }, inside, { "include": "#code" }]);
        rules.push(json!({
            "begin": format!("\\b{begin}\\b"), "end": end, "patterns": patterns,
            "beginCaptures": { "0": { "name": "keyword.control.mc" } },
        }));
    }
    rules
}

fn words() -> Vec<Value> {
    let (control, others): (Vec<&str>, Vec<&str>) =
        spelled(Class::Keyword).into_iter().partition(|word| CONTROL.contains(word));
    let list = |scope, words: &[&str]| rule(scope, "match", &format!("\\b({})\\b", words.join("|")), &[]);
    vec![
        list("keyword.control", &control),
        list("keyword.declaration", &others),
        list("constant.language", &spelled(Class::Constant)),
    ]
}

fn names() -> Vec<Value> {
    let function = "\\b[a-z_][A-Za-z0-9_]*(?=\\s*\\()";
    vec![
        rule("entity.name.function", "match", function, &[]),
        rule("support.type", "match", &format!("\\b({})\\b", TYPES.join("|")), &[]),
        rule("variable.other.constant", "match", "\\b[A-Z][A-Z0-9_]+\\b", &[]),
        rule("entity.name.type", "match", "\\b[A-Z][A-Za-z0-9_]*\\b", &[]),
        rule("variable.other", "match", &format!("\\b(?!_\\b){NAME}\\b"), &[]),
    ]
}

fn signs() -> Vec<Value> {
    let list = |scope, class| {
        let mut signs = spelled(class);
        // The longest first, as a lexer reads.
        signs.sort_by_key(|sign| std::cmp::Reverse(sign.len()));
        let signs: Vec<String> = signs.into_iter().map(escaped).collect();
        rule(scope, "match", &signs.join("|"), &[])
    };
    // `->`, `=>` and `..` begin like operators.
    vec![list("punctuation.separator.wide", Class::Punctuation), list("keyword.operator", Class::Operator)]
}

/// A sign as a regular expression for itself.
fn escaped(sign: &str) -> String {
    sign.chars()
        .map(|letter| {
            if letter.is_ascii_punctuation() && letter != '_' {
                format!("\\{letter}")
            } else {
                letter.to_string()
            }
        })
        .collect()
}

fn rule(scope: &str, key: &str, regex: &str, more: &[(&str, Value)]) -> Value {
    let mut rule = json!({ "name": format!("{scope}.mc"), key: regex });
    if let Value::Object(object) = &mut rule {
        object.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    }
    rule
}

/// A match whose groups have these scopes.
fn captured(regex: &str, scopes: &[&str]) -> Value {
    let captures = scopes
        .iter()
        .zip(1..)
        .map(|(scope, group): (&&str, usize)| (group.to_string(), json!({ "name": format!("{scope}.mc") })));
    json!({ "match": regex, "captures": captures.collect::<serde_json::Map<_, _>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_is_listed_is_a_keyword() {
        let keywords = spelled(Class::Keyword);
        let naming = NAMING.iter().flat_map(|(words, _)| words.split('|'));
        for word in CONTROL.iter().copied().chain(naming) {
            assert!(keywords.contains(&word), "{word}");
        }
    }

    #[test]
    fn every_soft_keyword_has_a_rule() {
        let known = SOFT.iter().map(|(word, _)| *word).chain(UNITS.split('|')).chain(["max", "to"]);
        let mut known: Vec<&str> = known.collect();
        let mut words = spelled(Class::SoftKeyword);
        known.sort_unstable();
        words.sort_unstable();
        assert_eq!(known, words);
    }
}
