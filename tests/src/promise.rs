//! What compositions take from their callers, as the compiler infers it: a program whose bounds are the inferred ones
//! must never run into them.

use crate::stage;
use mc_syntax::diagnostic::Diagnostic;

/// A bound that nothing exceeds.
const ANYTHING: &str = "340282366920938463463374607431768211455";
/// Rounds in which a composition may come to take what another promises.
const ROUNDS_MAX: usize = 12;

/// A program with inferred bounds.
pub struct Promised {
    /// The program.
    pub text: String,
    /// How many bounds the compiler has proved.
    pub proved: usize,
}

/// The program with each `spends` of its compositions replaced by what the compiler infers; where it cannot say,
/// by a bound that nothing exceeds.
#[must_use]
pub fn inferred(text: &str) -> Promised {
    let mut promised = Promised { text: text.lines().map(|line| without(line) + "\n").collect(), proved: 0 };
    for _ in 0..ROUNDS_MAX {
        let diagnostics = stage::compile(&promised.text).diagnostics;
        // What another promises may be more than what was inferred before it did.
        let mut missing: Vec<&Diagnostic> =
            diagnostics.iter().filter(|it| ["E0503", "E0504"].contains(&it.code)).collect();
        if missing.is_empty() {
            break;
        }
        // From the end, so that places before stay where they are.
        missing.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.primary.span.start));
        missing.iter().for_each(|diagnostic| promised.declare(diagnostic));
    }
    promised
}

impl Promised {
    fn declare(&mut self, missing: &Diagnostic) {
        if let [edit] = missing.edits.as_slice() {
            self.text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.replacement);
            self.proved += usize::from(missing.code == "E0504");
            return;
        }
        let asset = missing.message.split('`').nth(3).unwrap();
        let start = missing.primary.span.start as usize;
        let line = start + self.text[start..].find('\n').unwrap();
        let body = start + self.text[start..line].rfind('{').unwrap();
        self.text.insert_str(body, &format!("spends {asset} <= {ANYTHING} "));
    }
}

/// The line without what it says of bounds.
fn without(line: &str) -> String {
    match line.split_once(" spends ") {
        Some((signature, _)) if line.starts_with("compose ") => format!("{signature} {{"),
        _ => line.to_owned(),
    }
}
