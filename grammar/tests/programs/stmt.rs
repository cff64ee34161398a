//! Random statements.

use super::Programs;

impl Programs {
    pub(super) fn block(&mut self) {
        self.put("{");
        let count = if self.is_roomy() { self.below(4) } else { 0 };
        for _ in 0..count {
            self.stmt();
        }
        self.put("}");
    }

    fn otherwise(&mut self) {
        if self.chance(25) {
            self.put("else");
            self.fail();
        }
        self.put(";");
    }

    fn fail(&mut self) {
        self.path();
        self.maybe(70, Self::args);
    }

    fn stmt(&mut self) {
        self.choose(
            15,
            &[
                Self::binding,
                Self::assignment,
                Self::call,
                |it| {
                    it.put("require");
                    it.expr();
                    it.put("else");
                    it.fail();
                    it.put(";");
                },
                |it| it.word_and_expr("assert"),
                |it| it.word_and_expr("burn"),
                |it| it.word_and_expr("advance"),
                |it| {
                    it.put("abort");
                    it.fail();
                    it.put(";");
                },
                |it| {
                    it.put("emit");
                    it.path();
                    it.args();
                    it.put(";");
                },
                |it| {
                    it.put("grant");
                    it.postfix();
                    it.put("to");
                    it.expr();
                    it.put(";");
                },
                |it| {
                    it.put("return");
                    it.expr();
                    it.otherwise();
                },
                |it| it.put("return ;"),
                |it| it.put("break ;"),
                |it| it.put("continue ;"),
                Self::step,
                Self::if_stmt,
                Self::repetition,
                Self::distinction,
                Self::marked_block,
                Self::attempt,
            ],
        );
    }

    fn word_and_expr(&mut self, word: &str) {
        self.put(word);
        self.expr();
        self.put(";");
    }

    fn binding(&mut self) {
        self.put("let");
        self.maybe(30, |it| it.put("mut"));
        self.pattern();
        self.maybe(30, |it| {
            it.put(":");
            it.ty();
        });
        self.put("=");
        self.expr();
        self.maybe(20, |it| {
            it.put("with");
            it.postfix();
        });
        self.otherwise();
    }

    fn assignment(&mut self) {
        self.postfix();
        let operator = self.one_of(&["=", "+=", "-=", "*=", "/="]);
        self.put(operator);
        self.expr();
        self.otherwise();
    }

    fn call(&mut self) {
        self.postfix();
        self.maybe(30, |it| {
            it.put("with");
            it.postfix();
        });
        self.otherwise();
    }

    fn step(&mut self) {
        self.put("step");
        if self.chance(60) {
            self.choose(2, &[|it| it.put("_"), Self::name, |it| it.parens(Self::pattern)]);
            self.put("=");
        }
        self.path();
        self.args();
        self.otherwise();
    }

    fn if_stmt(&mut self) {
        self.put("if");
        self.expr();
        self.block();
        if self.chance(60) {
            self.put("else");
            if self.chance(40) { self.if_stmt() } else { self.block() }
        }
    }

    fn repetition(&mut self) {
        self.put("for");
        self.pattern();
        self.put("in");
        self.expr();
        self.maybe(60, |it| {
            it.put("..");
            it.expr();
        });
        self.maybe(40, |it| {
            it.put("max");
            it.expr();
        });
        self.block();
    }

    fn distinction(&mut self) {
        self.put("match");
        self.expr();
        self.put("{");
        for _ in 0..self.below(4) {
            self.pattern();
            self.put("=>");
            self.block();
        }
        self.put("}");
    }

    fn marked_block(&mut self) {
        self.choose(
            1,
            &[
                |it| it.put("par"),
                |it| {
                    it.put("as");
                    it.expr();
                },
                |it| {
                    it.put("expect abort");
                    it.maybe(60, Self::path);
                },
                |it| {
                    it.put("expect");
                    it.name();
                },
            ],
        );
        self.block();
    }

    fn attempt(&mut self) {
        self.put("try");
        self.block();
        self.put("catch");
        self.maybe(60, Self::name);
        self.block();
    }
}
