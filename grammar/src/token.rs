//! Every token of the language, in one table: spelling, name and class.
//!
//! Editors derive their highlighting from [`FIXED`], [`VARIABLE`] and [`SKIPPED`]; `mc.lalrpop` gives the same spellings
//! as its terminals, which a test holds. What is not a token is never an error of the lexer: it is a token of
//! the class [`Class::Damaged`], so that the parser sees everything that was written.

use logos::Logos;

/// What a token is to a reader, and so how an editor paints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A word that can be nothing else.
    Keyword,
    /// A word that is a keyword in some places and a name everywhere else.
    SoftKeyword,
    /// A word that stands for a value.
    Constant,
    /// What computes, compares or assigns.
    Operator,
    /// What groups and separates.
    Punctuation,
    /// A value as written.
    Literal,
    /// A name.
    Name,
    /// A `///` line.
    Comment,
    /// What no program may hold.
    Damaged,
    /// What only the parser puts in, in the place of something it could not read.
    Mark,
}

macro_rules! tokens {
    (
        fixed { $($class:ident { $($spelling:literal $name:ident)* })* }
        variable {
            $($variable_class:ident $variable:ident $terminal:literal $regex:literal $priority:literal)*
        }
        skipped { $($skipped:literal $skipped_regex:literal)* }
        marks { $($mark:ident)* }
    ) => {
        /// A token; its text is borrowed from the source.
        #[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
        $(#[logos(skip($skipped_regex, allow_greedy = true))])*
        #[allow(missing_docs, reason = "each variant is named as its spelling in the table")]
        pub enum Token<'a> {
            $($(#[token($spelling)] $name,)*)*
            $(#[regex($regex, priority = $priority, allow_greedy = true)] $variable(&'a str),)*
            Unknown(&'a str),
            $($mark,)*
        }

        /// `(spelling, class)` of every token that is always written the same way.
        pub const FIXED: &[(&str, Class)] = &[$($(($spelling, Class::$class),)*)*];

        /// `(terminal, class, regular expression)` of every other token.
        pub const VARIABLE: &[(&str, Class, &str)] = &[$(($terminal, Class::$variable_class, $regex),)*];

        /// `(name, regular expression)` of what may stand between tokens.
        pub const SKIPPED: &[(&str, &str)] = &[$(($skipped, $skipped_regex),)*];

        impl<'a> Token<'a> {
            /// What this token is to a reader.
            #[must_use]
            pub fn class(self) -> Class {
                match self {
                    $($(Self::$name => Class::$class,)*)*
                    $(Self::$variable(_) => Class::$variable_class,)*
                    Self::Unknown(_) => Class::Damaged,
                    $(Self::$mark => Class::Mark,)*
                }
            }

            /// The token as it is written; empty for a mark.
            #[must_use]
            pub fn text(self) -> &'a str {
                match self {
                    $($(Self::$name => $spelling,)*)*
                    $(Self::$variable(text) => text,)*
                    Self::Unknown(text) => text,
                    $(Self::$mark => "",)*
                }
            }
        }
    };
}

tokens! {
    fixed {
        Keyword {
            // Declarations.
            "import" Import "contract" Contract "interface" Interface "implements" Implements
            "compose" Compose "app" App "fn" Fn "struct" Struct "enum" Enum "const" Const
            "error" ErrorWord "event" Event "test" Test
            // Members of a contract.
            "state" State "immutable" Immutable "asset" Asset "role" Role "init" Init
            "entry" Entry "view" View "invariant" Invariant "migrate" Migrate
            // Clauses of a signature.
            "by" By "via" Via "ensures" Ensures "uses" Uses "spends" Spends "where" Where
            // Statements.
            "let" Let "mut" Mut "require" Require "assert" Assert "abort" Abort "emit" Emit "burn" Burn
            "grant" Grant "advance" Advance "with" With "return" Return "break" Break "continue" Continue
            "if" If "else" Else "for" For "in" In "match" Match
            "step" Step "par" Par "try" Try "catch" Catch "expect" Expect
            // Expressions.
            "as" As "forall" Forall "exists" Exists "mint" Mint "deploy" Deploy "some" Some
        }
        SoftKeyword {
            "from" From "to" To "version" Version "max" Max "unique" Unique "indexed" Indexed
            "seconds" Seconds "minutes" Minutes "hours" Hours "days" Days
        }
        Constant {
            "true" True "false" False "none" None "caller" Caller "self" SelfValue "now" Now
        }
        Operator {
            "=" Assign "+=" AddAssign "-=" SubtractAssign "*=" MultiplyAssign "/=" DivideAssign
            "==" Equal "!=" NotEqual "<" Less ">" Greater "<=" LessEqual ">=" GreaterEqual
            "+" Plus "-" Minus "*" Star "/" Slash "%" Percent
            "&&" And "||" Or "!" Not "&" BitAnd "|" BitOr "^" BitXor
            "?" Question "?." QuestionDot "??" Coalesce
        }
        Punctuation {
            "{" OpenBrace "}" CloseBrace "(" OpenParen ")" CloseParen "[" OpenBracket "]" CloseBracket
            "," Comma ";" Semicolon ":" Colon "." Dot ".." DotDot "@" At
            "->" Arrow "=>" FatArrow "_" Underscore
        }
    }
    variable {
        Name Name "name" r"[A-Za-z_][A-Za-z0-9_]*" 1
        Literal Int "integer" r"[0-9][0-9_]*" 4
        Literal Hex "hexadecimal" r"0x_*[0-9a-fA-F][0-9a-fA-F_]*" 5
        Literal Str "string" r#""([^"\\\r\n]|\\[^\r\n])*""# 5
        Comment Doc "doc comment" r"///([^/\n][^\n]*)?" 20
        Damaged UnclosedString "unclosed string" r#""([^"\\\r\n]|\\[^\r\n])*\\?"# 3
        Damaged UnclosedComment "unclosed comment" r"/\*([^*]|\*+[^*/])*\**" 3
        Damaged MalformedNumber "malformed number" r"[0-9][0-9A-Za-z_]*(\.[0-9][0-9A-Za-z_]*)?" 1
        Damaged ForeignName "foreign name" r"[\p{XID_Start}_]\p{XID_Continue}*" 0
    }
    skipped {
        "blank" r"[ \t\r\n\f\u{FEFF}]+"
        "line comment" r"//[^\n]*"
        "block comment" r"/\*([^*]|\*+[^*/])*\*+/"
    }
    marks { Lost LostMembers }
}

/// Names of the types that need no declaration: names to the grammar, and colours to who shows a text.
pub const TYPES: &[&str] = &[
    "bool", "u8", "u16", "u32", "u64", "u128", "u256", "i64", "i128", "address", "id", "hash", "time",
    "duration", "string", "bytes", "list", "map", "set", "coin",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_a_terminal_of_the_grammar() {
        let grammar = include_str!("../mc.lalrpop");
        for (spelling, _) in FIXED {
            assert!(grammar.contains(&format!("\"{spelling}\" => Token::")), "`{spelling}`");
        }
    }

    #[test]
    fn every_spelling_is_its_own_token() {
        for (spelling, class) in FIXED {
            let token = Token::lexer(spelling).next();
            assert_eq!(token.and_then(Result::ok).map(Token::class), Some(*class), "`{spelling}`");
        }
    }
}
