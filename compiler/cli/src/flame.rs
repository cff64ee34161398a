//! Flame graphs: where the fuel of a transaction goes, by container, entry and line.

use crate::failure::Failure;
use crate::trace::{CallTrace, Trace};
use inferno::flamegraph::{self, Options, TextTruncateDirection};
use mc_compiler::Compiled;
use mc_syntax::source::{SourceSet, Span};
use std::collections::BTreeMap;

/// The picture as SVG; `places` is the fuel that the call paid for the places that its formulas name.
///
/// # Errors
/// If it cannot be drawn.
pub fn svg(title: &str, trace: &Trace, places: u64, names: &Sources<'_>) -> Result<String, Failure> {
    let stacks = stacks(trace, places, names);
    let lines: Vec<String> = stacks.iter().map(|(stack, fuel)| format!("{stack} {fuel}")).collect();
    let mut options = Options::default();
    (options.title, options.count_name) = (title.to_owned(), "fuel".to_owned());
    (options.deterministic, options.hash) = (true, true);
    options.text_truncate_direction = TextTruncateDirection::Right;
    let mut picture = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut picture)
        .map_err(|error| Failure::unable(format!("the picture cannot be drawn: {error}")))?;
    String::from_utf8(picture).map_err(|_| Failure::unable("the picture is not UTF-8"))
}

/// The program and its sources, to name places by.
pub struct Sources<'s> {
    /// The program.
    pub compiled: &'s Compiled,
    /// The sources.
    pub sources: &'s SourceSet,
}

impl Sources<'_> {
    /// `token.mc:12 transfer`: the line and the function around it.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        let (line, _) = self.sources.line_column(span);
        let path = self.sources.get(span.file).map_or("?", |file| file.path.as_str());
        let file = path.rsplit('/').next().unwrap_or(path);
        match self.function(span) {
            Some(function) => format!("{file}:{line} {function}"),
            None => format!("{file}:{line}"),
        }
    }

    /// The function whose text a place is in: the last one of its file that is named before it.
    fn function(&self, span: Span) -> Option<&str> {
        let functions = self.compiled.program.units.iter().flat_map(|unit| &unit.functions);
        let before = functions.filter(|it| it.span.file == span.file && it.span.start <= span.start);
        before.max_by_key(|it| it.span.start).map(|function| function.name.as_str())
    }
}

/// The fuel of every stack: entries from the called one on, then the places from the outermost call on.
fn stacks(trace: &Trace, places: u64, names: &Sources<'_>) -> BTreeMap<String, u64> {
    let mut stacks = BTreeMap::new();
    let mut around: Vec<&CallTrace> = Vec::new();
    for call in &trace.calls {
        around.truncate(call.depth);
        around.push(call);
        let entries: Vec<String> = around.iter().map(|call| frame(&call.name)).collect();
        for (path, fuel) in call.places.iter().filter(|(_, fuel)| **fuel > 0) {
            let lines = path.iter().map(|span| frame(&names.place(*span)));
            let stack: Vec<String> = entries.iter().cloned().chain(lines).collect();
            *stacks.entry(stack.join(";")).or_default() += fuel;
        }
    }
    if let (Some(call), true) = (trace.calls.first(), places > 0) {
        stacks.insert(format!("{};places in the state", frame(&call.name)), places);
    }
    stacks
}

/// A name without what separates frames and counts.
fn frame(name: &str) -> String {
    name.replace(';', ",")
}
