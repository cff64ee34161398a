//! Which productions are nodes of an editor's tree, and what they are called.
//!
//! * An alternative that makes `StmtKind::Let` is the node `let_stmt`; one that calls `tree::binary` in a rule
//!   that makes an `Expr` is `binary_expr`.
//! * An alternative that is another rule and nothing else is that rule.
//! * A rule whose alternatives are all of these two kinds has no node of its own: it is a family of nodes.
//! * Every other rule is a node with its own name.
//! * A rule of single tokens is written out where it stands.

use crate::lalrpop::{Alternative, Part, Rule, Symbol};

/// What becomes of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form<'g> {
    /// It is written out where it stands.
    Tokens(Vec<&'g str>),
    /// A node.
    Node(Vec<&'g [Part]>),
    /// No node of its own: each of these stands for it.
    Family(Vec<Way<'g>>),
}

/// What may stand for a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way<'g> {
    /// Another rule.
    Rule(&'g str),
    /// A node with its name, and all that it may be made of.
    Node(String, Vec<&'g [Part]>),
}

/// What becomes of `rule`.
#[must_use]
pub fn form(rule: &Rule) -> Form<'_> {
    if let Some(tokens) = rule.alternatives.iter().map(only_token).collect() {
        return Form::Tokens(tokens);
    }
    let mut ways: Vec<Way<'_>> = Vec::new();
    for alternative in &rule.alternatives {
        let way = match (only_rule(alternative), node_name(rule, alternative)) {
            (Some(other), _) => Way::Rule(other),
            (None, Some(name)) => Way::Node(name, vec![&alternative.parts]),
            (None, None) => return Form::Node(rule.alternatives.iter().map(|it| &*it.parts).collect()),
        };
        add(&mut ways, way);
    }
    match ways.as_slice() {
        [Way::Node(name, bodies)] if *name == snake(&rule.name) => Form::Node(bodies.clone()),
        _ => Form::Family(ways),
    }
}

/// True for the family that others are variations of: `Expr`, and not `Sum`, which makes an `Expr` too.
#[must_use]
pub fn is_head(rule: &Rule) -> bool {
    rule.name == rule.makes
}

fn add<'g>(ways: &mut Vec<Way<'g>>, way: Way<'g>) {
    if let Way::Node(name, bodies) = &way {
        let same = ways.iter_mut().find_map(|known| match known {
            Way::Node(known, all) if known == name => Some(all),
            _ => None,
        });
        if let Some(all) = same {
            return all.extend(bodies);
        }
    }
    ways.push(way);
}

fn only_token(alternative: &Alternative) -> Option<&str> {
    match alternative.parts.as_slice() {
        [Part { symbol: Symbol::Terminal(token), .. }] => Some(token),
        _ => None,
    }
}

fn only_rule(alternative: &Alternative) -> Option<&str> {
    match alternative.parts.as_slice() {
        [Part { symbol: Symbol::Rule(name, arguments), .. }] if arguments.is_empty() => Some(name),
        _ => None,
    }
}

/// The node that the action of an alternative makes.
fn node_name(rule: &Rule, alternative: &Alternative) -> Option<String> {
    let action = &alternative.action;
    if let Some(call) = action.strip_prefix("tree::").or_else(|| action.strip_prefix("cx.")) {
        let (function, noun) = (leading_word(call), snake(noun(&rule.makes)));
        let is_said = function == noun || function.ends_with(&format!("_{noun}"));
        return Some(if is_said { function } else { format!("{function}_{noun}") });
    }
    action.match_indices("::").find_map(|(at, _)| {
        let (before, after) = (action.get(..at)?, action.get(at + 2..)?);
        let made = before.rsplit(|letter: char| !letter.is_ascii_alphanumeric()).next()?;
        let variant = leading_word(after);
        let both_are_types = [made, &variant].iter().all(|word| word.starts_with(char::is_uppercase));
        both_are_types.then(|| format!("{}_{}", snake(&variant), snake(noun(made))))
    })
}

fn leading_word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect()
}

/// What a type is about: `Stmt` for `StmtKind`.
fn noun(makes: &str) -> &str {
    makes.strip_suffix("Kind").unwrap_or(makes)
}

/// `snake_case` of `CamelCase`.
#[must_use]
pub fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lalrpop::read;

    /// The form of the first rule: `tokens…`, `node`, or each way of the family.
    fn told(text: &str) -> String {
        let rules = read(text).unwrap();
        match form(&rules[0]) {
            Form::Tokens(tokens) => format!("tokens {}", tokens.join(" ")),
            Form::Node(bodies) => format!("node of {}", bodies.len()),
            Form::Family(ways) => {
                let told = ways.iter().map(|way| match way {
                    Way::Rule(rule) => format!("-> {rule}"),
                    Way::Node(name, bodies) => format!("{name} of {}", bodies.len()),
                });
                told.collect::<Vec<_>>().join(", ")
            }
        }
    }

    #[test]
    fn an_action_names_its_node() {
        let text = "K: StmtKind = { If, \"return\" \";\" => StmtKind::Return(None), \"return\" E \";\" => StmtKind::Return(Some(<>)) };";
        assert_eq!(told(text), "-> If, return_stmt of 2");
        assert_eq!(told("Sum: Expr = { A \"+\" B => tree::binary(a, b), B };"), "binary_expr of 1, -> B");
        assert_eq!(told("P: Type = { \"(\" T \")\" => tree::group_type(t), Q };"), "group_type of 1, -> Q");
        assert_eq!(
            told("C: Expr = { A \"as\" N => { Expr { kind: ExprKind::Cast(Box::new(a)) } }, U };"),
            "cast_expr of 1, -> U"
        );
    }

    #[test]
    fn other_rules_are_nodes_and_tokens_stay_tokens() {
        assert_eq!(told("App: App = \"app\" Name Block => App { <> };"), "node of 1");
        assert_eq!(told("pub File: File = Item* => cx.file(items);"), "node of 1");
        assert_eq!(told("Op: Op = { \"+\" => Op::Add, \"-\" => Op::Subtract };"), "tokens + -");
    }
}
