//! The result as JUnit writes it, which every CI reads.

use super::one::Report;
use crate::output::Format;
use crate::render;
use mc_compiler::tree::Test;
use mc_syntax::source::SourceSet;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The document: a suite for each file.
pub(super) fn document(reports: &[(&Test, Report)], sources: &SourceSet) -> String {
    let mut suites: BTreeMap<&str, Vec<&(&Test, Report)>> = BTreeMap::new();
    for report in reports {
        let path = sources.get(report.0.span.file).map_or("?", |file| file.path.as_str());
        suites.entry(path).or_default().push(report);
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mcc\">\n");
    suites.iter().for_each(|(path, cases)| suite(path, cases, sources, &mut text));
    text + "</testsuites>\n"
}

fn suite(path: &str, cases: &[&(&Test, Report)], sources: &SourceSet, text: &mut String) {
    let failures = cases.iter().filter(|(_, report)| report.failure.is_some()).count();
    let time: f64 = cases.iter().map(|(_, report)| report.took.as_secs_f64()).sum();
    let (name, tests) = (escaped(path), cases.len());
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" time=\"{time:.3}\">"
    );
    for (test, report) in cases {
        let (case, time) = (escaped(&test.name), report.took.as_secs_f64());
        let line = sources.line_column(test.span).0;
        let head =
            format!("    <testcase classname=\"{name}\" name=\"{case}\" time=\"{time:.3}\" line=\"{line}\"");
        let _ = match &report.failure {
            None => writeln!(text, "{head}/>"),
            Some(failure) => {
                let message = escaped(&failure.message);
                let shown = render::render(std::slice::from_ref(failure), sources, Format::Short);
                let shown = escaped(shown.trim_end());
                writeln!(
                    text,
                    "{head}>\n      <failure message=\"{message}\">{shown}</failure>\n    </testcase>"
                )
            }
        };
    }
    let _ = writeln!(text, "  </testsuite>");
}

/// A text within a document or an attribute; what XML has no way to say becomes a question mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            other if other.is_control() => escaped.push('?'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_means_something_to_xml_is_escaped() {
        assert_eq!(super::escaped("a < b && \"c\"\n\u{7}"), "a &lt; b &amp;&amp; &quot;c&quot;&#10;?");
    }
}
