//! The conflict matrix as a picture: SVG, and a graph for Graphviz.

use mc_compiler::conflict::{Matrix, Verdict};
use std::fmt::Write;

/// Every verdict in words, from nothing to the worst.
pub(super) const MEANINGS: [(Verdict, &str); 5] = [
    (Verdict::Never, "never"),
    (Verdict::Commutes, "both only add"),
    (Verdict::WhenEqual, "only when keys are equal"),
    (Verdict::ByState, "as the state says"),
    (Verdict::Always, "always"),
];

/// The sign of a verdict.
pub(super) fn symbol(verdict: Verdict) -> char {
    match verdict {
        Verdict::Never => '·',
        Verdict::Commutes => '+',
        Verdict::WhenEqual => '◇',
        Verdict::ByState => '◆',
        Verdict::Always => '■',
    }
}

/// What a picture shows.
pub(super) struct Picture<'p> {
    pub(super) title: &'p str,
    /// Who is compared, in the order of the matrix.
    pub(super) names: &'p [String],
    pub(super) matrix: &'p Matrix,
    /// Why a pair conflicts, in a line.
    pub(super) because: &'p dyn Fn(usize, usize) -> String,
}

/// The side of a field, and the width of a letter.
const FIELD: usize = 28;
const LETTER: usize = 7;

/// The colour of a field.
fn fill(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Never => "#f4f5f7",
        Verdict::Commutes => "#cfe8d5",
        Verdict::WhenEqual => "#fbe7a8",
        Verdict::ByState => "#f6bd7e",
        Verdict::Always => "#e2736e",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The matrix, names beside the rows and above the columns; a field tells its reason to who points at it.
pub(super) fn svg(picture: &Picture<'_>) -> String {
    let longest = picture.names.iter().map(|name| name.chars().count()).max().unwrap_or(0) * LETTER;
    let (left, size) = (longest + 24, picture.names.len() * FIELD);
    // Names above the columns lean to the right by 45 degrees.
    let lean = longest * 7 / 10;
    let top = lean + 24;
    let legend: usize = MEANINGS.iter().map(|(_, meaning)| legend_width(meaning)).sum();
    let (width, height) = ((left + size + lean).max(legend + 24) + 16, top + size + 56);
    let mut svg = String::new();
    let mut add = |line: std::fmt::Arguments<'_>| {
        // Writing to a text cannot fail.
        let _ = writeln!(svg, "{line}");
    };
    add(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"12\" fill=\"#24292f\">"
    ));
    add(format_args!("<title>{} conflicts</title>", escaped(picture.title).trim()));
    add(format_args!("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"));
    for (number, name) in picture.names.iter().enumerate() {
        let (name, middle) = (escaped(name), number * FIELD + FIELD / 2);
        add(format_args!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>",
            left - 8,
            top + middle + 4
        ));
        let x = left + middle + 3;
        add(format_args!("<text transform=\"translate({x} {}) rotate(-45)\">{name}</text>", top - 8));
    }
    for row in 0..picture.names.len() {
        for column in 0..picture.names.len() {
            let verdict = picture.matrix.verdict(row, column);
            let (x, y) = (left + column * FIELD, top + row * FIELD);
            let side = FIELD - 2;
            let field = format!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\" rx=\"3\" fill=\"{}\"/>",
                fill(verdict)
            );
            add(format_args!(
                "<g>{}{field}{}</g>",
                tip(picture, row, column),
                sign(verdict, x + side / 2, y + side / 2)
            ));
        }
    }
    let (mut x, y) = (16, top + size + 28);
    for (verdict, meaning) in MEANINGS {
        add(format_args!(
            "<rect x=\"{x}\" y=\"{}\" width=\"16\" height=\"16\" rx=\"3\" fill=\"{}\"/>{}<text x=\"{}\" y=\"{}\">{meaning}</text>",
            y - 12,
            fill(verdict),
            sign(verdict, x + 8, y - 4),
            x + 22,
            y
        ));
        x += legend_width(meaning);
    }
    svg + "</svg>\n"
}

fn legend_width(meaning: &str) -> usize {
    meaning.len() * LETTER + 42
}

fn sign(verdict: Verdict, x: usize, y: usize) -> String {
    if verdict == Verdict::Never {
        return String::new();
    }
    format!("<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>", y + 4, symbol(verdict))
}

fn tip(picture: &Picture<'_>, row: usize, column: usize) -> String {
    let (Some(a), Some(b)) = (picture.names.get(row), picture.names.get(column)) else {
        return String::new();
    };
    let because = (picture.because)(row.min(column), row.max(column));
    let because = if because.is_empty() { String::new() } else { format!(": {because}") };
    format!("<title>{}</title>", escaped(&format!("{a}, {b}{because}")))
}

/// The conflicts as an undirected graph; what always conflicts is drawn bold.
pub(super) fn dot(picture: &Picture<'_>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut dot = format!("graph {} {{\n  node [shape=box, style=rounded];\n", quoted(picture.title));
    for name in picture.names {
        dot.push_str(&format!("  {};\n", quoted(name)));
    }
    for (verdict, style) in
        [(Verdict::WhenEqual, "dashed"), (Verdict::ByState, "dotted"), (Verdict::Always, "bold")]
    {
        for (row, column) in picture.matrix.pairs(verdict) {
            let (Some(a), Some(b)) = (picture.names.get(row), picture.names.get(column)) else { continue };
            let label = quoted(&(picture.because)(row, column));
            dot.push_str(&format!("  {} -- {} [style={style}, label={label}];\n", quoted(a), quoted(b)));
        }
    }
    dot + "}\n"
}
