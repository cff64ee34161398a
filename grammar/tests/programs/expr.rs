//! Random expressions and patterns.

use super::Programs;

/// The operators of each level, from the loosest on.
const LEVELS: &[&[&str]] = &[
    &["??"],
    &["||"],
    &["&&"],
    &["==", "!=", "<", ">", "<=", ">=", "in"],
    &["|"],
    &["^"],
    &["&"],
    &["+", "-"],
    &["*", "/", "%"],
];
const COMPARISON: usize = 3;
const SUM: usize = 7;

impl Programs {
    pub(super) fn expr(&mut self) {
        if self.is_roomy() && self.chance(12) {
            self.wide();
        } else {
            self.level(0);
        }
    }

    /// Operands of one level and those that bind more tightly.
    fn level(&mut self, level: usize) {
        let Some(operators) = LEVELS.get(level) else { return self.cast() };
        let is_chain = self.is_roomy() && self.chance(8);
        if !is_chain {
            return self.level(level + 1);
        }
        self.room -= 1;
        self.level(level + 1);
        let more = if level == COMPARISON { 1 } else { 1 + self.below(4) };
        for _ in 0..more {
            let operator = self.one_of(operators);
            self.put(operator);
            self.level(level + 1);
        }
        self.room += 1;
    }

    pub(super) fn sum(&mut self) {
        self.level(SUM);
    }

    fn wide(&mut self) {
        self.choose(
            1,
            &[
                Self::if_expr,
                |it| {
                    it.put("match");
                    it.expr();
                    it.put("{");
                    it.commas(0, true, |it| {
                        it.pattern();
                        it.put("=>");
                        it.expr();
                    });
                    it.put("}");
                },
                |it| it.quantified("forall"),
                |it| it.quantified("exists"),
            ],
        );
    }

    fn if_expr(&mut self) {
        self.put("if");
        self.expr();
        self.put("{");
        self.expr();
        self.put("} else");
        if self.chance(30) {
            return self.if_expr();
        }
        self.put("{");
        self.expr();
        self.put("}");
    }

    fn quantified(&mut self, word: &str) {
        self.put(word);
        self.name();
        self.put("in");
        self.level(0);
        self.put(":");
        self.expr();
    }

    fn cast(&mut self) {
        while self.chance(8) {
            let operator = self.one_of(&["!", "-"]);
            self.put(operator);
        }
        self.postfix();
        while self.chance(6) {
            self.put("as");
            self.name();
        }
    }

    pub(super) fn postfix(&mut self) {
        self.primary();
        while self.is_roomy() && self.chance(25) {
            self.choose(
                1,
                &[
                    |it| it.put(".state"),
                    |it| {
                        it.put(".");
                        it.name();
                    },
                    |it| {
                        it.put("?.");
                        it.name();
                    },
                    Self::args,
                    |it| {
                        it.put("[");
                        it.expr();
                        it.put("]");
                    },
                ],
            );
        }
    }

    pub(super) fn args(&mut self) {
        self.parens(|it| {
            if it.chance(40) {
                it.name();
                it.put(":");
            }
            it.expr();
        });
    }

    fn primary(&mut self) {
        self.choose(
            11,
            &[
                Self::name,
                Self::name,
                |it| it.put("1_000"),
                |it| it.put("0xAB_cd"),
                |it| it.literal("\"a // text \\\" /* \""),
                |it| it.put("true"),
                |it| it.put("false"),
                |it| it.put("none"),
                |it| it.put("caller"),
                |it| it.put("self"),
                |it| it.put("now"),
                |it| it.put("via"),
                |it| {
                    let unit = it.one_of(&["seconds", "minutes", "hours", "days"]);
                    it.put("7");
                    it.put(unit);
                },
                |it| {
                    it.put("some (");
                    it.expr();
                    it.put(")");
                },
                Self::creation,
                Self::creation,
                |it| {
                    it.put("(");
                    it.expr();
                    it.put(")");
                },
                |it| it.put("( )"),
                |it| {
                    it.put("(");
                    it.expr();
                    it.put(",");
                    it.commas(0, true, Self::expr);
                    it.put(")");
                },
                |it| {
                    it.put("[");
                    it.commas(0, true, Self::expr);
                    it.put("]");
                },
            ],
        );
    }

    fn creation(&mut self) {
        if self.chance(50) {
            self.put("mint");
            self.path();
        } else {
            self.put("deploy");
            self.path();
            self.maybe(40, Self::type_args);
        }
        self.args();
    }

    pub(super) fn pattern(&mut self) {
        self.choose(
            8,
            &[
                Self::path,
                |it| it.put("_"),
                |it| it.put("12"),
                |it| it.literal("\"s\""),
                |it| it.put("true"),
                |it| it.put("false"),
                |it| it.put("none"),
                Self::path,
                |it| {
                    it.path();
                    it.parens(Self::pattern);
                },
                |it| it.parens(Self::pattern),
                |it| {
                    it.put("some (");
                    it.pattern();
                    it.put(")");
                },
            ],
        );
    }
}
