//! A failed test as a diagnostic: what happened, at its place.

use mc_compiler::interpret::failure::{Named, Sides, TestFailure, What};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// The code of every failed test.
pub(super) const CODE: &str = "test";

/// The failure of the test with this name, as a finding.
pub(super) fn diagnostic(name: &str, failure: &TestFailure) -> Diagnostic {
    let span = failure.span;
    let at = |span: Span, message: String| Diagnostic::error(CODE, span, message);
    match &failure.what {
        What::Assertion(None) => {
            at(span, format!("{name}: the assertion does not hold")).label("this is false")
        }
        What::Assertion(Some(sides)) => compared(name, span, sides),
        What::Ensured { call, sides } => {
            let report = match sides {
                Some(sides) => compared(name, span, sides),
                None => at(span, format!("{name}: what is ensured does not hold")).label("this is false"),
            };
            report.also(*call, "after this call")
        }
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

fn compared(name: &str, span: Span, sides: &Sides) -> Diagnostic {
    let Sides { operator, left, right } = sides;
    Diagnostic::error(CODE, span, format!("{name}: {} {operator} {} does not hold", left.1, right.1))
        .label(format!("`{operator}` does not hold"))
        .also(left.0, left.1.clone())
        .also(right.0, right.1.clone())
}
