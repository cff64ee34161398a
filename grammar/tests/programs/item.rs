//! Random files, declarations and members.

use super::Programs;

impl Programs {
    pub(super) fn file(&mut self) {
        for _ in 0..self.below(3) {
            self.put("import {");
            self.commas(0, true, |it| {
                it.name();
                it.maybe(40, |it| {
                    it.put("as");
                    it.name();
                });
            });
            self.put("} from");
            self.literal("\"./file.mc\"");
            self.put(";");
        }
        for _ in 0..=self.below(3) {
            self.attributes();
            self.item();
        }
    }

    fn attributes(&mut self) {
        while self.chance(20) {
            self.put("@");
            self.name();
            self.maybe(30, |it| it.parens(Self::expr));
        }
    }

    fn item(&mut self) {
        let here = self.below(14);
        match here {
            0..=4 => self.contract(),
            5 | 6 => self.interface(),
            7 => self.function("compose"),
            8 => self.function("fn"),
            9 => {
                self.put("app");
                self.name();
                self.block();
            }
            _ => self.declaration(),
        }
    }

    /// What may stand at the top level and in contracts.
    fn declaration(&mut self) {
        match self.below(6) {
            0 => self.structure(),
            1 => {
                self.put("enum");
                self.name();
                self.put("{");
                self.commas(0, true, |it| {
                    it.name();
                    it.maybe(50, |it| it.parens(Self::param));
                });
                self.put("}");
            }
            2 => {
                self.put("const");
                self.typed();
                self.put("=");
                self.expr();
                self.put(";");
            }
            3 => self.error(),
            4 => self.event(),
            _ => {
                self.put("test");
                self.literal("\"a test\"");
                self.maybe(50, |it| it.parens(Self::param));
                self.block();
            }
        }
    }

    fn error(&mut self) {
        self.put("error");
        self.name();
        self.maybe(80, |it| it.parens(Self::param));
        self.put(";");
    }

    fn event(&mut self) {
        self.put("event");
        self.name();
        self.maybe(80, |it| {
            it.parens(|it| {
                it.typed();
                it.maybe(40, |it| it.put("indexed"));
            });
        });
        self.put(";");
    }

    fn structure(&mut self) {
        self.put("struct");
        self.name();
        self.generics();
        self.fields();
    }

    fn fields(&mut self) {
        self.put("{");
        self.commas(0, true, |it| {
            it.maybe(40, |it| it.put("const"));
            it.typed();
        });
        self.put("}");
    }

    fn generics(&mut self) {
        self.maybe(30, |it| {
            it.put("<");
            it.commas(1, false, |it| {
                it.name();
                it.maybe(50, |it| it.put(": asset"));
            });
            it.put(">");
        });
    }

    fn typed(&mut self) {
        self.name();
        self.put(":");
        self.ty();
    }

    fn param(&mut self) {
        self.maybe(20, |it| it.put("mut"));
        self.typed();
        self.maybe(20, |it| {
            it.put("where");
            it.expr();
        });
    }

    fn plain_type(&mut self) {
        if self.chance(80) { self.named_type() } else { self.parens(Self::ty) }
    }

    fn contract(&mut self) {
        self.put("contract");
        self.name();
        self.generics();
        self.maybe(30, |it| {
            it.put("implements");
            it.commas(1, false, Self::plain_type);
        });
        self.put("{");
        for _ in 0..self.below(5) {
            self.attributes();
            self.member();
        }
        self.put("}");
    }

    fn member(&mut self) {
        match self.below(16) {
            0 => self.variable("state"),
            1 => self.variable("immutable"),
            2 => {
                self.put("asset");
                self.name();
                self.put(";");
            }
            3 => {
                self.put("asset");
                self.name();
                self.put("unique");
                self.fields();
            }
            4 => {
                self.put("role");
                self.name();
                self.initial();
            }
            5 => {
                self.put("init");
                self.parens(Self::param);
                self.block();
            }
            6 | 7 => self.function("entry"),
            8 => self.function("view"),
            9 => self.function("fn"),
            10 => {
                self.put("invariant");
                self.name();
                self.put(":");
                self.expr();
                self.put(";");
            }
            11 => {
                self.put("migrate from 1");
                self.block();
            }
            12 => self.put("version 2 ;"),
            _ => self.declaration(),
        }
    }

    fn variable(&mut self, word: &str) {
        self.put(word);
        self.typed();
        self.initial();
    }

    fn initial(&mut self) {
        self.maybe(50, |it| {
            it.put("=");
            it.expr();
        });
        self.put(";");
    }

    fn function(&mut self, word: &str) {
        self.put(word);
        self.signature();
        self.block();
    }

    fn signature(&mut self) {
        self.name();
        self.parens(Self::param);
        self.maybe(40, |it| {
            it.put("->");
            it.ty();
        });
        while self.chance(25) {
            self.clause();
        }
    }

    fn clause(&mut self) {
        match self.below(5) {
            0 => {
                self.put("by");
                self.commas(1, false, Self::expr);
            }
            1 => {
                self.put("via");
                self.commas(1, false, Self::expr);
            }
            2 => {
                self.put("ensures");
                self.expr();
            }
            3 => {
                self.put("uses");
                self.commas(1, false, |it| {
                    it.name();
                    it.put(":");
                    it.plain_type();
                });
            }
            _ => {
                self.put("spends");
                self.commas(1, false, |it| {
                    it.path();
                    it.put("<=");
                    it.sum();
                });
            }
        }
    }

    fn interface(&mut self) {
        self.put("interface");
        self.name();
        self.generics();
        self.put("{");
        for _ in 0..self.below(4) {
            match self.below(6) {
                0 => {
                    self.put("asset");
                    self.name();
                    self.put(";");
                }
                1 => self.error(),
                2 => self.event(),
                3 => self.structure(),
                kind => {
                    self.put(if kind == 4 { "entry" } else { "view" });
                    self.signature();
                    self.put(";");
                }
            }
        }
        self.put("}");
    }
}
