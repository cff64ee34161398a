//! Coverage in the form of lcov, which editors and code hosts read.

use super::FileCoverage;
use std::fmt::Write;

/// The file's text.
#[must_use]
pub fn write(files: &[FileCoverage]) -> String {
    let mut text = String::new();
    for file in files {
        // Writing to a text cannot fail.
        let _ = record(file, &mut text);
    }
    text
}

fn record(file: &FileCoverage, text: &mut String) -> std::fmt::Result {
    writeln!(text, "TN:\nSF:{}", file.path)?;
    for (line, name) in file.entries.keys() {
        writeln!(text, "FN:{line},{name}")?;
    }
    for ((_, name), times) in &file.entries {
        writeln!(text, "FNDA:{times},{name}")?;
    }
    let called = file.entries.values().filter(|times| **times > 0).count();
    writeln!(text, "FNF:{}\nFNH:{called}", file.entries.len())?;
    for (number, branch) in file.branches.iter().enumerate() {
        let is_reached = branch.ways() > 0;
        for (way, times) in [branch.held, branch.failed].into_iter().enumerate() {
            let taken = if is_reached { times.to_string() } else { "-".to_owned() };
            writeln!(text, "BRDA:{},{number},{way},{taken}", branch.line)?;
        }
    }
    let (hit, all) = file.branch_count();
    writeln!(text, "BRF:{all}\nBRH:{hit}")?;
    for (line, times) in &file.lines {
        writeln!(text, "DA:{line},{times}")?;
    }
    let (hit, all) = file.line_count();
    writeln!(text, "LF:{all}\nLH:{hit}\nend_of_record")
}
