//! Reads the part of LALRPOP's own language that `mc.lalrpop` is written in.
//!
//! Places (`@L`, `@R`) are left out, and so are alternatives for what the parser could not read: they speak of
//! marks, which no text holds.

use crate::Error;

/// What stands in a production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// A token, by its spelling or by its name.
    Terminal(String),
    /// Another rule, with arguments if it is a macro.
    Rule(String, Vec<Symbol>),
    /// `( … )`.
    Group(Vec<Part>),
    /// `…?`, `…*` or `…+`.
    Repeated(Box<Symbol>, Repetition),
}

/// How often something may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// Once, or not at all.
    Optional,
    /// As often as one likes, or not at all.
    Any,
    /// At least once.
    Some,
}

/// A symbol with the name that the action has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name, if it has one.
    pub name: Option<String>,
    /// What stands here.
    pub symbol: Symbol,
}

/// One way to write a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// What stands in it, in order.
    pub parts: Vec<Part>,
    /// The Rust code that makes the node; empty if there is none.
    pub action: String,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The parameters of a macro.
    pub parameters: Vec<String>,
    /// True for the rule that a file is.
    pub is_start: bool,
    /// The Rust type of what it makes.
    pub makes: String,
    /// Every way to write it.
    pub alternatives: Vec<Alternative>,
}

/// Every rule of a grammar, in order.
///
/// # Errors
/// The text uses something of LALRPOP's language that is not known here.
pub fn read(text: &str) -> Result<Vec<Rule>, Error> {
    let mut reader = Reader { text, rest: text };
    let mut rules = Vec::new();
    loop {
        reader.blank();
        if reader.rest.is_empty() {
            break;
        } else if reader.word_is("use") || reader.word_is("grammar") {
            reader.skip_past(";")?;
        } else if reader.word_is("extern") {
            reader.skip_past("\n}\n")?;
        } else {
            rules.push(reader.rule()?);
        }
    }
    Ok(rules)
}

/// What is left to read.
struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
        while let Some(comment) = self.rest.strip_prefix("//") {
            self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        }
    }

    fn eat(&mut self, wanted: &str) -> bool {
        self.blank();
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn want(&mut self, wanted: &str) -> Result<(), Error> {
        if self.eat(wanted) { Ok(()) } else { Err(self.expected(wanted)) }
    }

    fn expected(&self, what: &str) -> Error {
        let before = self.text.len() - self.rest.len();
        let line = self.text.get(..before).unwrap_or_default().lines().count();
        format!("mc.lalrpop:{line}: expected {what}").into()
    }

    fn skip_past(&mut self, end: &str) -> Result<(), Error> {
        let (_, rest) = self.rest.split_once(end).ok_or_else(|| self.expected(end))?;
        self.rest = rest;
        Ok(())
    }

    /// The next word, which stays.
    fn peek_word(&mut self) -> &'a str {
        self.blank();
        let end = self.rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        self.rest.get(..end.unwrap_or(self.rest.len())).unwrap_or_default()
    }

    fn word_is(&mut self, word: &str) -> bool {
        self.peek_word() == word
    }

    fn word(&mut self) -> Result<String, Error> {
        match self.peek_word() {
            "" => Err(self.expected("a name")),
            word => {
                self.want(word)?;
                Ok(word.to_owned())
            }
        }
    }

    fn rule(&mut self) -> Result<Rule, Error> {
        let is_start = self.word_is("pub");
        if is_start {
            self.word()?;
        }
        let name = self.word()?;
        let mut parameters = Vec::new();
        if self.eat("<") {
            while !self.eat(">") {
                parameters.push(self.word()?);
                self.eat(",");
            }
        }
        self.want(":")?;
        let (makes, rest) = self.rest.split_once('=').ok_or_else(|| self.expected("`=`"))?;
        self.rest = rest;
        let alternatives = self.alternatives()?;
        self.want(";")?;
        Ok(Rule { name, parameters, is_start, makes: makes.trim().to_owned(), alternatives })
    }

    fn alternatives(&mut self) -> Result<Vec<Alternative>, Error> {
        if !self.eat("{") {
            return Ok(vec![self.alternative()?]);
        }
        let mut alternatives = Vec::new();
        while !self.eat("}") {
            alternatives.push(self.alternative()?);
            self.eat(",");
        }
        alternatives.retain(|alternative| !alternative.parts.iter().any(|part| is_mark(&part.symbol)));
        Ok(alternatives)
    }

    fn alternative(&mut self) -> Result<Alternative, Error> {
        let mut parts = Vec::new();
        loop {
            self.blank();
            if self.rest.starts_with([',', ';', '}']) {
                return Ok(Alternative { parts, action: String::new() });
            } else if self.eat("=>") {
                return Ok(Alternative { parts, action: self.action() });
            }
            parts.extend(self.part()?);
        }
    }

    /// The Rust code up to the `,`, `;` or `}` that ends the alternative.
    fn action(&mut self) -> String {
        let mut depth = 0_i32;
        let end = self.rest.find(|letter| {
            if depth == 0 && matches!(letter, ',' | ';' | '}') {
                return true;
            }
            depth += i32::from(matches!(letter, '(' | '[' | '{'));
            depth -= i32::from(matches!(letter, ')' | ']' | '}'));
            false
        });
        let (action, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        action.trim().to_owned()
    }

    /// A symbol with or without a name; none for a place.
    fn part(&mut self) -> Result<Option<Part>, Error> {
        if !self.eat("<") {
            return Ok(self.symbol()?.map(|symbol| Part { name: None, symbol }));
        }
        let before = self.rest;
        if self.word_is("mut") {
            self.word()?;
        }
        let name = self.peek_word().to_owned();
        self.eat(&name);
        let name = (!name.is_empty() && self.eat(":")).then_some(name);
        if name.is_none() {
            self.rest = before;
        }
        let symbol = self.symbol()?;
        self.want(">")?;
        Ok(symbol.map(|symbol| Part { name, symbol }))
    }

    fn symbol(&mut self) -> Result<Option<Symbol>, Error> {
        let mut symbol = if self.eat("@") {
            self.word()?;
            return Ok(None);
        } else if self.eat("\"") {
            let (text, rest) = self.rest.split_once('"').ok_or_else(|| self.expected("`\"`"))?;
            self.rest = rest;
            Symbol::Terminal(text.to_owned())
        } else if self.eat("(") {
            let mut parts = Vec::new();
            while !self.eat(")") {
                parts.extend(self.part()?);
            }
            Symbol::Group(parts)
        } else {
            Symbol::Rule(self.word()?, self.arguments()?)
        };
        while let Some(repetition) = self.repetition() {
            symbol = Symbol::Repeated(Box::new(symbol), repetition);
        }
        Ok(Some(symbol))
    }

    /// `<A, B>` where it touches the name before it, as in a macro's use.
    fn arguments(&mut self) -> Result<Vec<Symbol>, Error> {
        let mut arguments = Vec::new();
        if let Some(rest) = self.rest.strip_prefix('<') {
            self.rest = rest;
            while !self.eat(">") {
                arguments.extend(self.symbol()?);
                self.eat(",");
            }
        }
        Ok(arguments)
    }

    fn repetition(&mut self) -> Option<Repetition> {
        let found = match self.rest.chars().next()? {
            '?' => Repetition::Optional,
            '*' => Repetition::Any,
            '+' => Repetition::Some,
            _ => return None,
        };
        self.rest = self.rest.get(1..).unwrap_or_default();
        Some(found)
    }
}

/// True for `LOST` and its like, which the parser puts in.
fn is_mark(symbol: &Symbol) -> bool {
    matches!(symbol, Symbol::Rule(name, _) if name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_') && name.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Rule {
        read(text).unwrap().remove(0)
    }

    #[test]
    fn places_and_marks_are_left_out() {
        let rule = only("A: A = { <l:@L> <name:B?> \"x\" => A::B(f(l, { 1 }), name), LOST B? => A::Lost };");
        let optional = Symbol::Repeated(Box::new(Symbol::Rule("B".into(), vec![])), Repetition::Optional);
        let parts = vec![
            Part { name: Some("name".into()), symbol: optional },
            Part { name: None, symbol: Symbol::Terminal("x".into()) },
        ];
        assert_eq!(rule.alternatives, [Alternative { parts, action: "A::B(f(l, { 1 }), name)".into() }]);
    }

    #[test]
    fn macros_have_parameters_and_arguments() {
        let rule = only("pub Comma<T>: Vec<T> = <mut list:(<T> \",\")*> <List<(B C)>>;");
        assert_eq!((rule.parameters, rule.is_start), (vec!["T".to_owned()], true));
        assert_eq!(rule.makes, "Vec<T>");
        assert_eq!(rule.alternatives[0].parts[0].name.as_deref(), Some("list"));
        assert!(
            matches!(&rule.alternatives[0].parts[1].symbol, Symbol::Rule(list, of) if list == "List" && of.len() == 1)
        );
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        assert_eq!(read("A: A =\n  $;").unwrap_err().to_string(), "mc.lalrpop:2: expected a name");
    }
}
