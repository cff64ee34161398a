//! What could have stood at a place: LALRPOP's list of terminals, told as a reader would.

use crate::token::{Class, FIXED};
use std::collections::BTreeSet;

/// The terminals that could have followed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected(BTreeSet<String>);

/// A group of terminals with a name of its own.
struct Group {
    /// The group is meant where all of these could follow.
    signs: &'static str,
    phrase: &'static str,
    /// The lists of terminals that the phrase takes in.
    holds: &'static [&'static str],
}

const NAMES: &str = "name from to version max unique indexed seconds minutes hours days";
const VALUES: &str = "integer hexadecimal string true false none some caller self now via mint deploy ( [";
const WIDE_VALUES: &str = "! - if match forall exists";
const STATEMENTS: &str = "let require assert abort emit burn grant advance return break continue for step \
                          par try as expect if match";
const DECLARATIONS: &str = "import contract interface compose app fn struct enum const error event test \
                            state immutable asset role init entry view invariant migrate version @";
const PATTERNS: &str = "_ ( integer string true false none some";
const OPERATORS: &str = "+ - * / % == != < > <= >= && || & | ^ ?? in as . ?. ( [ with";

/// From the widest to the narrowest: a group takes away what it holds.
const GROUPS: &[Group] = &[
    Group { signs: "contract compose", phrase: "a declaration", holds: &[DECLARATIONS] },
    Group { signs: "state entry", phrase: "a member of the contract", holds: &[DECLARATIONS] },
    Group { signs: "entry view", phrase: "a member of the interface", holds: &[DECLARATIONS] },
    Group { signs: "let require", phrase: "a statement", holds: &[STATEMENTS, NAMES, VALUES] },
    Group { signs: "_ name", phrase: "a pattern", holds: &[NAMES, PATTERNS] },
    Group { signs: "integer caller", phrase: "an expression", holds: &[NAMES, VALUES, WIDE_VALUES] },
    Group { signs: "name (", phrase: "a type", holds: &[NAMES, "( integer"] },
    Group { signs: "name", phrase: "a name", holds: &[NAMES] },
    Group { signs: "by ensures", phrase: "a clause", holds: &["by via ensures uses spends"] },
    Group { signs: "+= -=", phrase: "an assignment", holds: &["= += -= *= /="] },
    Group { signs: "+ *", phrase: "an operator", holds: &[OPERATORS] },
    Group { signs: "seconds days", phrase: "a unit of time", holds: &["seconds minutes hours days"] },
];

/// What can go on with a name or a value, and is worth naming only where nothing else could follow.
const LONGER: &str = "? ?. < [ ( with";

/// What ends a list, and is not worth naming where another part of it could follow.
const ENDS: &str = "} mut";

/// Phrases for terminals that are no spelling.
const TERMINALS: &[(&str, &str)] =
    &[("integer", "a number"), ("string", "a string"), ("hexadecimal", "a number")];

/// The most alternatives a message lists.
const PHRASES_MAX: usize = 4;

impl Expected {
    /// What LALRPOP lists, without its quotes and without the marks of the parser.
    pub(crate) fn new(terminals: Vec<String>) -> Self {
        let names = terminals.into_iter().map(|terminal| terminal.trim_matches('"').to_owned());
        Self(names.filter(|name| !name.starts_with("LOST")).collect())
    }

    /// The same, but for one terminal.
    pub(crate) fn without(mut self, terminal: &str) -> Self {
        self.0.remove(terminal);
        self
    }

    /// What either lists.
    pub(crate) fn or(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// True where this terminal could have followed.
    pub(crate) fn has(&self, terminal: &str) -> bool {
        self.0.contains(terminal)
    }

    /// True where this terminal could have followed and is named in the message.
    pub(crate) fn names(&self, terminal: &str) -> bool {
        self.phrases().contains(&phrase(terminal))
    }

    /// True where a statement, a member or a declaration could have started.
    pub(crate) fn has_start(&self) -> bool {
        ["let", "entry", "contract"].iter().any(|start| self.has(start))
    }

    /// The keywords that could have followed.
    pub(crate) fn keywords(&self) -> impl Iterator<Item = &'static str> + '_ {
        let keywords = FIXED.iter().filter(|(_, class)| *class == Class::Keyword);
        keywords.map(|(spelling, _)| *spelling).filter(|spelling| self.has(spelling))
    }

    /// What could have followed, as phrases: brackets and separators first, then words, then groups.
    pub(crate) fn phrases(&self) -> Vec<String> {
        let mut left: BTreeSet<&str> = self.0.iter().map(String::as_str).collect();
        let groups = take_groups(&mut left);
        let may_go_on = left.contains(".") || left.contains("?");
        let unnamed = |terminal: &str| {
            (may_go_on && lists(LONGER, terminal)) || (!groups.is_empty() && lists(ENDS, terminal))
        };
        if left.len() > 1 {
            left.remove(".");
        }
        if !groups.is_empty() || left.iter().any(|terminal| !unnamed(terminal)) {
            left.retain(|terminal| !unnamed(terminal));
        }
        let mut phrases: Vec<String> = left.into_iter().map(phrase).collect();
        phrases.sort_by_key(|phrase| phrase.chars().any(char::is_alphabetic));
        phrases.extend(groups.into_iter().map(str::to_owned));
        phrases.truncate(PHRASES_MAX);
        phrases
    }

    /// The phrases as one: "`,`, `)` or an operator".
    pub(crate) fn text(&self) -> String {
        let phrases = self.phrases();
        match phrases.as_slice() {
            [] => "the end of the file".to_owned(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }
}

/// Takes the terminals out of `left` that a phrase stands for.
fn take_groups(left: &mut BTreeSet<&str>) -> Vec<&'static str> {
    let mut phrases = Vec::new();
    for group in GROUPS {
        if group.signs.split(' ').all(|sign| left.contains(sign)) {
            left.retain(|terminal| !group.holds.iter().any(|list| lists(list, terminal)));
            phrases.push(group.phrase);
        }
    }
    phrases
}

fn lists(list: &str, terminal: &str) -> bool {
    list.split_whitespace().any(|listed| listed == terminal)
}

fn phrase(terminal: &str) -> String {
    let known = TERMINALS.iter().find(|(name, _)| *name == terminal);
    known.map_or_else(|| format!("`{terminal}`"), |(_, phrase)| (*phrase).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lists: &[&str]) -> String {
        let terminals = lists.iter().flat_map(|list| list.split_whitespace());
        Expected::new(terminals.map(|name| format!("\"{name}\"")).collect()).text()
    }

    #[test]
    fn lists_are_told_as_phrases() {
        assert_eq!(text(&[NAMES, VALUES, WIDE_VALUES]), "an expression");
        assert_eq!(text(&[STATEMENTS, NAMES, VALUES, "}"]), "a statement");
        assert_eq!(text(&[NAMES, PATTERNS, "mut"]), "a pattern");
        assert_eq!(text(&[NAMES]), "a name");
        assert_eq!(text(&[OPERATORS, ", )"]), "`)`, `,` or an operator");
        assert_eq!(text(&[". ( : ="]), "`:` or `=`");
        assert_eq!(text(&[". ("]), "`(`");
        assert_eq!(text(&["( ;"]), "`(` or `;`");
        assert_eq!(text(&["; else = += -= *= /= . ?. ( [ with"]), "`;`, `else` or an assignment");
        assert_eq!(text(&[]), "the end of the file");
    }
}
