//! A failed test as a diagnostic: what happened, at its place.

use mc_compiler::interpret::failure::{Breach, Law, Named, Sides, TestFailure, What};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// The code of a failed test.
pub(super) const CODE: &str = "test";
/// The code of a law that does not hold, in a test or in what was fuzzed.
const LAW: &str = "E0701";

/// The failure of the test with this name, as a finding.
pub(super) fn diagnostic(name: &str, failure: &TestFailure) -> Diagnostic {
    let span = failure.span;
    let at = |span: Span, message: String| Diagnostic::error(CODE, span, message);
    match &failure.what {
        What::Assertion(None) => {
            at(span, format!("{name}: the assertion does not hold")).label("this is false")
        }
        What::Assertion(Some(sides)) => compared(name, span, sides),
        What::Broken(breach) => breached(name, breach).also(span, "after this call"),
        What::Aborted(found) => at(span, format!("{name}: {found} aborts the test"))
            .label(format!("fails with `{}`", found.error))
            .help(format!("write `expect abort {} {{ }}` around it if it should fail", found.error)),
        What::NotAborted(None) => {
            at(span, format!("{name}: nothing failed")).label("one of these calls should fail")
        }
        What::NotAborted(Some(expected)) => at(span, format!("{name}: nothing failed"))
            .label(format!("one of these calls should fail with `{expected}`")),
        What::OtherAbort { expected, at: call, found } => {
            at(*call, format!("{name}: {found}, where `{expected}` was expected"))
                .label(other(found, expected))
                .also(span, format!("`{expected}` is expected here"))
        }
        What::Ordered { parallel, calls, longest, hottest } => {
            let met = hottest.as_ref().map(|cell| format!("; most meet in {cell}")).unwrap_or_default();
            let (what, label) = match parallel {
                true => ("had to wait for one another", "these should run side by side"),
                false => ("did not all wait for one another", "these should run one after the other"),
            };
            at(span, format!("{name}: {calls} calls {what}: the longest chain is {longest}{met}"))
                .label(label)
        }
        What::Own(error) => at(span, format!("{name}: the test itself fails with `{}`", error.name()))
            .label("in this statement, not in a call"),
        What::Unable(why) => at(span, format!("{name}: the test cannot go on: {why}")),
    }
}

fn other(found: &Named, expected: &str) -> String {
    format!("fails with `{}`, not `{expected}`", found.error)
}

/// A law of a contract that does not hold.
pub(super) fn breached(name: &str, breach: &Breach) -> Diagnostic {
    let Breach { law, container, span, broken } = breach;
    let what = match law {
        Law::Invariant(law) => format!("{container}'s invariant `{law}`"),
        Law::Ensures(function) if container.is_empty() => format!("what `{function}` ensures"),
        Law::Ensures(entry) if entry == container => format!("what {container} ensures"),
        Law::Ensures(entry) => format!("what {container}'s `{entry}` ensures"),
    };
    let at: Vec<String> = broken.at.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let at = if at.is_empty() { String::new() } else { format!(" for {}", at.join(", ")) };
    let report = |what: String| Diagnostic::error(LAW, *span, format!("{name}: {what}"));
    match (&broken.sides, &broken.failed) {
        (_, Some(failed)) => report(format!("{what} has no value{at}: {failed}"))
            .label(format!("fails with `{}`", failed.error)),
        (Some(Sides { operator, left, right }), None) => {
            report(format!("{what} does not hold{at}: {} {operator} {}", left.1, right.1))
                .label(format!("`{operator}` does not hold"))
                .also(left.0, left.1.clone())
                .also(right.0, right.1.clone())
        }
        (None, None) => report(format!("{what} does not hold{at}")).label("this is false"),
    }
}

fn compared(name: &str, span: Span, sides: &Sides) -> Diagnostic {
    let Sides { operator, left, right } = sides;
    Diagnostic::error(CODE, span, format!("{name}: {} {operator} {} does not hold", left.1, right.1))
        .label(format!("`{operator}` does not hold"))
        .also(left.0, left.1.clone())
        .also(right.0, right.1.clone())
}
