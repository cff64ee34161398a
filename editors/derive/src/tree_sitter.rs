//! The productions as a grammar of tree-sitter.
//!
//! What LR(1) decides there is decided here, so no precedence is given. Three things differ. Tree-sitter's lexer looks
//! for what may stand at a place, and takes a keyword for a name where only a name may stand; so a name is
//! spelled out as every word but the keywords. A keyword that touches the dot before it is a name, which mcc's
//! lexer sees to. And a soft keyword in the place of a name is one, in colour, too.

use crate::Error;
use crate::lalrpop::{Part, Repetition, Rule, Symbol};
use crate::nodes::{Form, Way, form, is_head, snake};
use crate::words;
use mc_syntax::token::{Class, FIXED, SKIPPED, VARIABLE};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The rule for names, and the node that a name is.
const NAME: &str = "Name";
const IDENTIFIER: &str = "identifier";
/// Every word, keywords among them: what tree-sitter compares with keywords.
const WORD: &str = "_word";
/// A keyword that touches the dot before it.
const AFTER_DOT: &str = "_keyword_after_dot";

/// The grammar, as tree-sitter's `grammar.json`.
///
/// # Errors
/// A production names a rule that does not exist.
pub fn grammar(rules: &[Rule]) -> Result<Value, Error> {
    let grammar = Grammar::new(rules);
    let mut written = Map::new();
    let plain = rules.iter().filter(|rule| rule.parameters.is_empty());
    let (start, others): (Vec<&Rule>, Vec<&Rule>) = plain.partition(|rule| rule.is_start);
    for rule in start.into_iter().chain(others) {
        grammar.rule(rule, &mut written)?;
    }
    tokens(&mut written);
    let extras = SKIPPED.iter().map(|(name, regex)| match *name {
        "blank" => pattern(regex),
        name => named(&name.replace(' ', "_")),
    });
    let extras: Vec<Value> = [named("doc_comment")].into_iter().chain(extras).collect();
    Ok(json!({
        "name": "mc", "word": WORD, "rules": written, "extras": extras, "conflicts": [], "precedences": [],
        "externals": [], "inline": [], "supertypes": grammar.supertypes(),
    }))
}

/// The tokens that are not always written the same way, in the order in which tree-sitter prefers them.
fn tokens(written: &mut Map<String, Value>) {
    let fixed = FIXED.iter().filter(|(spelling, _)| is_word(spelling)).map(|(spelling, _)| *spelling);
    written.insert(IDENTIFIER.into(), pattern(&words::every_word_but(fixed)));
    let after_dot = FIXED.iter().filter(|(_, class)| matches!(class, Class::Keyword | Class::Constant));
    let after_dot: Vec<&str> = after_dot.map(|(spelling, _)| *spelling).collect();
    let after_dot = json!({ "type": "IMMEDIATE_TOKEN", "content": pattern(&after_dot.join("|")) });
    written.insert(AFTER_DOT.into(), after_dot);
    for (terminal, class, regex) in VARIABLE {
        match class {
            Class::Name => drop(written.insert(WORD.into(), pattern(regex))),
            Class::Literal | Class::Comment => {
                drop(written.insert(terminal.replace(' ', "_"), pattern(regex)));
            }
            _ => {}
        }
    }
    for (name, regex) in SKIPPED.iter().filter(|(name, _)| *name != "blank") {
        written.insert(name.replace(' ', "_"), pattern(regex));
    }
}

/// True for a token that looks like a name.
fn is_word(spelling: &str) -> bool {
    spelling.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// The rules with what they become.
struct Grammar<'g> {
    rules: BTreeMap<&'g str, &'g Rule>,
    forms: BTreeMap<&'g str, Form<'g>>,
    /// In how many families each node stands.
    homes: BTreeMap<String, usize>,
}

impl<'g> Grammar<'g> {
    fn new(rules: &'g [Rule]) -> Self {
        let forms: BTreeMap<&str, Form<'_>> =
            rules.iter().map(|rule| (rule.name.as_str(), form(rule))).collect();
        let mut homes = BTreeMap::new();
        for form in forms.values() {
            let Form::Family(ways) = form else { continue };
            for way in ways {
                if let Way::Node(name, _) = way {
                    *homes.entry(name.clone()).or_default() += 1;
                }
            }
        }
        Self { rules: rules.iter().map(|rule| (rule.name.as_str(), rule)).collect(), forms, homes }
    }

    /// The families that queries may name.
    fn supertypes(&self) -> Vec<String> {
        let families = self.forms.iter().filter(|(_, form)| matches!(form, Form::Family(_)));
        let heads = families.filter_map(|(name, _)| self.rules.get(name)).filter(|rule| is_head(rule));
        heads.map(|rule| snake(&rule.name)).collect()
    }

    /// What a rule is called: families that are variations of others have no name to be seen.
    fn called(&self, rule: &Rule) -> String {
        let is_family = matches!(self.forms.get(rule.name.as_str()), Some(Form::Family(_)));
        let hidden = rule.name == NAME || (is_family && !is_head(rule));
        format!("{}{}", if hidden { "_" } else { "" }, snake(&rule.name))
    }

    fn rule(&self, rule: &Rule, written: &mut Map<String, Value>) -> Result<(), Error> {
        let body = match self.forms.get(rule.name.as_str()) {
            _ if rule.name == NAME => self.name(rule)?,
            Some(Form::Node(bodies)) => self.bodies(bodies)?,
            Some(Form::Family(ways)) => {
                let members: Result<Vec<Value>, Error> =
                    ways.iter().map(|way| self.way(rule, way, written)).collect();
                choice(members?)
            }
            Some(Form::Tokens(_)) | None => return Ok(()),
        };
        written.insert(self.called(rule), body);
        Ok(())
    }

    /// A name, whatever it is written with.
    fn name(&self, rule: &Rule) -> Result<Value, Error> {
        let mut members = Vec::new();
        for part in rule.alternatives.iter().flat_map(|alternative| &alternative.parts) {
            match &part.symbol {
                Symbol::Terminal(_) => members.push(named(IDENTIFIER)),
                Symbol::Rule(soft, _) => match self.forms.get(soft.as_str()) {
                    Some(Form::Tokens(tokens)) => {
                        members.extend(tokens.iter().map(|token| alias(&token_called(token), IDENTIFIER)));
                    }
                    _ => return Err(format!("`{soft}` is not a list of words").into()),
                },
                other => return Err(format!("a name cannot be {other:?}").into()),
            }
        }
        Ok(choice(members))
    }

    /// A member of a family; a node that stands in several families is a rule in each.
    fn way(&self, home: &Rule, way: &Way<'_>, written: &mut Map<String, Value>) -> Result<Value, Error> {
        match way {
            Way::Rule(name) => self.reference(name, &[]),
            Way::Node(name, bodies) => {
                let body = self.bodies(bodies)?;
                if self.homes.get(name).is_some_and(|homes| *homes > 1) {
                    let own = format!("_{}_{name}", snake(&home.name));
                    written.insert(own.clone(), body);
                    return Ok(alias(&named(&own), name));
                }
                written.insert(name.clone(), body);
                Ok(named(name))
            }
        }
    }

    fn bodies(&self, bodies: &[&[Part]]) -> Result<Value, Error> {
        let members: Result<Vec<Value>, Error> = bodies.iter().map(|parts| self.sequence(parts)).collect();
        Ok(choice(members?))
    }

    fn sequence(&self, parts: &[Part]) -> Result<Value, Error> {
        let mut members = Vec::new();
        let mut before: Option<&Symbol> = None;
        for part in parts {
            let follows_dot = matches!(before, Some(Symbol::Terminal(dot)) if dot == "." || dot == "?.");
            let is_name = matches!(&part.symbol, Symbol::Rule(name, _) if name == NAME);
            let value = match follows_dot && is_name {
                true => choice(vec![self.reference(NAME, &[])?, alias(&named(AFTER_DOT), IDENTIFIER)]),
                false => self.symbol(&part.symbol)?,
            };
            members.push(match &part.name {
                Some(name) => field(name, value),
                None => value,
            });
            before = Some(&part.symbol);
        }
        Ok(sequence(members))
    }

    fn symbol(&self, symbol: &Symbol) -> Result<Value, Error> {
        Ok(match symbol {
            Symbol::Terminal(token) => token_called(token),
            Symbol::Rule(name, arguments) => self.reference(name, arguments)?,
            Symbol::Group(parts) => self.sequence(parts)?,
            Symbol::Repeated(inner, repetition) => {
                let inner = self.symbol(inner)?;
                let repeated = || json!({ "type": "REPEAT1", "content": inner });
                let blank = json!({ "type": "BLANK" });
                match repetition {
                    Repetition::Optional => choice(vec![inner, blank]),
                    Repetition::Any => choice(vec![repeated(), blank]),
                    Repetition::Some => repeated(),
                }
            }
        })
    }

    /// A rule by its name; macros and rules of tokens are written out.
    fn reference(&self, name: &str, arguments: &[Symbol]) -> Result<Value, Error> {
        let rule = self.rules.get(name).ok_or_else(|| format!("no rule `{name}`"))?;
        if !arguments.is_empty() {
            let bodies = rule.alternatives.iter();
            let bodies: Vec<Vec<Part>> =
                bodies.map(|body| substituted(&body.parts, &rule.parameters, arguments)).collect();
            return self.bodies(&bodies.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        Ok(match self.forms.get(name) {
            Some(Form::Tokens(tokens)) => choice(tokens.iter().map(|token| token_called(token)).collect()),
            _ => named(&self.called(rule)),
        })
    }
}

/// The parts of a macro with its arguments in the place of its parameters, and without the macro's own names.
fn substituted(parts: &[Part], parameters: &[String], arguments: &[Symbol]) -> Vec<Part> {
    let with = |symbol: &Symbol| with_arguments(symbol, parameters, arguments);
    parts.iter().map(|part| Part { name: None, symbol: with(&part.symbol) }).collect()
}

fn with_arguments(symbol: &Symbol, parameters: &[String], arguments: &[Symbol]) -> Symbol {
    let with = |symbol: &Symbol| with_arguments(symbol, parameters, arguments);
    match symbol {
        Symbol::Terminal(_) => symbol.clone(),
        Symbol::Rule(name, inner) => {
            let place = parameters.iter().position(|parameter| parameter == name);
            let argument = place.and_then(|place| arguments.get(place));
            argument.cloned().unwrap_or_else(|| Symbol::Rule(name.clone(), inner.iter().map(with).collect()))
        }
        Symbol::Group(parts) => Symbol::Group(substituted(parts, parameters, arguments)),
        Symbol::Repeated(inner, repetition) => Symbol::Repeated(Box::new(with(inner)), *repetition),
    }
}

/// A token of the grammar: a rule of its own if its spelling varies.
fn token_called(token: &str) -> Value {
    match VARIABLE.iter().find(|(terminal, ..)| *terminal == token) {
        Some((_, Class::Name, _)) => named(IDENTIFIER),
        Some((terminal, ..)) => named(&terminal.replace(' ', "_")),
        None => json!({ "type": "STRING", "value": token }),
    }
}

fn named(rule: &str) -> Value {
    json!({ "type": "SYMBOL", "name": rule })
}

fn pattern(regex: &str) -> Value {
    json!({ "type": "PATTERN", "value": regex })
}

fn alias(content: &Value, name: &str) -> Value {
    json!({ "type": "ALIAS", "content": content, "named": true, "value": name })
}

fn choice(mut members: Vec<Value>) -> Value {
    match members.len() {
        1 => members.remove(0),
        _ => json!({ "type": "CHOICE", "members": members }),
    }
}

fn sequence(mut members: Vec<Value>) -> Value {
    match members.len() {
        1 => members.remove(0),
        _ => json!({ "type": "SEQ", "members": members }),
    }
}

/// `content` under a name, which goes to the nodes in it, and to its tokens if there are none.
fn field(name: &str, content: Value) -> Value {
    if !has_nodes(&content) {
        return json!({ "type": "FIELD", "name": name, "content": content });
    }
    match content {
        Value::Object(mut object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            match kind.as_str() {
                "SYMBOL" | "ALIAS" => json!({ "type": "FIELD", "name": name, "content": object }),
                _ => {
                    for part in ["content", "members"] {
                        if let Some(inner) = object.get_mut(part) {
                            *inner = field_within(name, inner.take());
                        }
                    }
                    Value::Object(object)
                }
            }
        }
        other => other,
    }
}

fn field_within(name: &str, inner: Value) -> Value {
    let named_if_node = |value| if has_nodes(&value) { field(name, value) } else { value };
    match inner {
        Value::Array(members) => Value::Array(members.into_iter().map(named_if_node).collect()),
        other => named_if_node(other),
    }
}

fn has_nodes(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
            matches!(kind, "SYMBOL" | "ALIAS") || object.values().any(has_nodes)
        }
        Value::Array(members) => members.iter().any(has_nodes),
        _ => false,
    }
}
