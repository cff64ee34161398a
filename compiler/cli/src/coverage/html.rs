//! Coverage as one page: a table of the files, then every file with how often its lines were run.

use super::{Branch, FileCoverage};

const STYLE: &str = include_str!("page.css");

/// The page.
#[must_use]
pub fn write(files: &[FileCoverage]) -> String {
    let rows: String = files.iter().enumerate().map(|(number, file)| row(number, file)).collect();
    let sources: String = files.iter().enumerate().map(|(number, file)| source(number, file)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Coverage</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\"><style>\n{STYLE}</style></head><body><main>\n\
         <h1>Coverage</h1>\n<table class=\"files\"><thead><tr><th>File</th><th colspan=\"2\">Lines</th>\
         <th colspan=\"2\">Branches</th></tr></thead>\n<tbody>\n{rows}</tbody></table>\n{sources}</main></body></html>\n"
    )
}

fn row(number: usize, file: &FileCoverage) -> String {
    let cells = |(hit, all): (usize, usize)| {
        let percent = (hit * 100).checked_div(all).unwrap_or(100);
        format!("<td class=\"bar\"><i style=\"width:{percent}%\"></i></td><td>{hit} of {all}</td>")
    };
    let (lines, branches) = (cells(file.line_count()), cells(file.branch_count()));
    format!("<tr><td><a href=\"#f{number}\">{}</a></td>{lines}{branches}</tr>\n", escaped(&file.path))
}

fn source(number: usize, file: &FileCoverage) -> String {
    let mut text = format!("<h2 id=\"f{number}\">{}</h2>\n<table class=\"code\">\n", escaped(&file.path));
    for (line, code) in (1..).zip(file.text.lines()) {
        let branches: Vec<&Branch> = file.branches.iter().filter(|branch| branch.line == line).collect();
        let times = file.lines.get(&line).copied();
        let partial = branches.iter().any(|branch| branch.ways() == 1);
        let class = match times {
            None => "",
            Some(0) => "missed",
            Some(_) if partial => "partial",
            Some(_) => "run",
        };
        let notes: Vec<String> = branches.into_iter().filter_map(note).collect();
        let note = if notes.is_empty() || times == Some(0) {
            String::new()
        } else {
            format!("<span>{}</span>", notes.join("; "))
        };
        let times = times.map(|times| format!("{times}×")).unwrap_or_default();
        let code = escaped(code);
        text.push_str(&format!(
            "<tr class=\"{class}\"><td>{line}</td><td>{times}</td><td><pre>{code}</pre>{note}</td></tr>\n"
        ));
    }
    text + "</table>\n"
}

/// What no test has tried of a branch that was reached.
fn note(branch: &Branch) -> Option<String> {
    let text = match (branch.is_guard, branch.held > 0, branch.failed > 0) {
        (true, true, false) => "never refuses",
        (true, false, true) => "always refuses",
        (false, true, false) => "always holds",
        (false, false, true) => "never holds",
        _ => return None,
    };
    Some(text.to_owned())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
