//! A container that is reused is the one that would be made.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use mc_compiler::load::Loader;
use mc_compiler::reuse::Reuse;
use mc_compiler::trail::Trail;
use mc_compiler::{Output, check};

/// One file.
struct One<'t>(&'t str);

impl Loader for One<'_> {
    fn load(&self, _: &str) -> Result<String, String> {
        Ok(self.0.to_owned())
    }
}

fn compiled(text: &str, reuse: &mut Reuse) -> Output {
    let one = One(text);
    check(&["main.mc".to_owned()], &one, Trail::default()).unwrap().finish_again(&one, reuse)
}

/// Everything that was found and made.
fn shown(output: &Output) -> String {
    let containers = output.compiled.as_ref().map(|compiled| &compiled.containers);
    format!("{:?}\n{containers:#?}", output.diagnostics)
}

const PROGRAM: &str = "const MOST: u64 = 10;
error Full();
fn least(a: u64) -> u64 { return a + 1; }
contract One {
    state n: u64 = 0;
    entry add(plus: u64) { require plus < MOST else Full(); n += least(plus); }
}
contract Two {
    state n: u64 = 0;
    state m: map<u64, u64> = 0;
    entry put(at: u64) { let a = m[at]; m[a] = at; n = a; }
}
interface Adds { entry add(plus: u64); }
compose Both(plus: u64) uses one: One, other: Adds { step one.add(plus); step other.add(plus); }
";

/// A change, and how many containers it leaves.
const CHANGES: [(&str, &str, usize); 9] = [
    ("n += least(plus)", "let x = plus; n += least(x)", 1),
    ("entry put(at: u64)", "/// Puts.\n entry put(at: u64)", 1),
    ("contract One", "/// The first.\ncontract One", 2),
    ("contract One", "contract Zero { }\ncontract One", 2),
    ("step one.add(plus);", "step one.add(plus); step one.add(plus);", 2),
    ("n = a;", "n = a; n = b;", 0),
    ("const MOST: u64 = 10", "const MOST: u64 = 11", 0),
    ("a + 1", "a + 2", 0),
    ("interface Adds", "fn more(a: u64) -> u64 { return a; }\ninterface Adds", 0),
];

#[test]
fn what_is_reused_is_what_would_be_made() {
    for (old, new, left) in CHANGES {
        let mut reuse = Reuse::default();
        assert!(compiled(PROGRAM, &mut reuse).compiled.is_some());
        let text = PROGRAM.replacen(old, new, 1);
        assert_ne!(text, PROGRAM);
        let again = compiled(&text, &mut reuse);
        assert_eq!(reuse.taken(), left, "{old}: {new}");
        assert_eq!(shown(&again), shown(&compiled(&text, &mut Reuse::default())), "{old}: {new}");
        // And back again, from wherever that has led.
        let back = compiled(PROGRAM, &mut reuse);
        assert_eq!(shown(&back), shown(&compiled(PROGRAM, &mut Reuse::default())), "{old}: {new}");
    }
}
