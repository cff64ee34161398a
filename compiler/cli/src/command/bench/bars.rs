//! The bars: what was asked for beforehand, and what came out.

use super::model::{Bar, Comparison, Paper, Split};
use crate::text::{digits, padded, right};

/// The strategy that the bars are for.
const OURS: &str = "dag";
/// What must be saved at least, and what we aim at, for each amount of work.
const SAVED: [(&str, f64, f64); 4] =
    [("5 µs", 45.0, 47.5), ("2 µs", 42.0, 46.0), ("1 µs", 38.0, 44.0), ("bare", 20.0, 30.0)];

/// The bars that the experiment of the paper can tell.
pub(super) fn of_paper(paper: &Paper) -> Vec<Bar> {
    let mut bars: Vec<Bar> = SAVED.iter().filter_map(|bar| table_1(paper, *bar)).collect();
    bars.extend(SAVED.iter().filter_map(|(work, _, _)| all_sizes(paper, work)));
    bars.extend(paper.correlation.iter().filter_map(correlated));
    bars.extend(split(paper));
    bars.push(again(paper));
    bars.extend(paper.growth.iter().filter(|it| it.strategy == OURS).map(|growth| {
        let name = format!("split grows with {}, exponent", growth.with);
        Bar::new(&name, "", (1.15, None, false), vec![growth.growth.exponent], paper.quiet == 0)
    }));
    bars
}

fn saved(name: &str, comparison: &Comparison, (needed, aim): (f64, Option<f64>)) -> Option<Bar> {
    let ours = comparison.result(OURS)?;
    Some(Bar::new(name, "%", (needed, aim, true), ours.saved_each.clone(), comparison.is_noisy()))
}

fn table_1(paper: &Paper, (work, needed, aim): (&str, f64, f64)) -> Option<Bar> {
    let comparison = paper.table_1.iter().find(|it| it.work == work && !it.sealed)?;
    saved(&format!("Table 1, {work}: saved"), comparison, (needed, Some(aim)))
}

/// The worst of the block sizes: within three points of what Table 1 asks for.
fn all_sizes(paper: &Paper, work: &str) -> Option<Bar> {
    let median = |comparison: &Comparison| Some(comparison.result(OURS)?.saved_percent.median);
    let table = paper.table_1.iter().find(|it| it.work == work && !it.sealed)?;
    let sizes = paper.figure_7.iter().filter(|it| it.work == work);
    let worst = sizes.min_by(|a, b| median(a).unwrap_or(0.0).total_cmp(&median(b).unwrap_or(0.0)))?;
    let name = format!("{work}, {} transactions (worst): saved", worst.transactions);
    saved(&name, worst, (median(table)? - 3.0, None))
}

fn correlated(comparison: &Comparison) -> Option<Bar> {
    let name = format!("{} % {}, {}: saved", comparison.correlation, comparison.definition, comparison.work);
    let needed = match (comparison.definition.as_str(), comparison.correlation) {
        ("hot chain", 100) => (-3.0, None),
        ("hot chain", _) => (38.0, Some(42.0)),
        ("uniform pool", 100) => (38.0, None),
        _ => return None,
    };
    saved(&name, comparison, needed)
}

/// How often anything was executed again, anywhere.
fn again(paper: &Paper) -> Bar {
    let all = paper.table_1.iter().chain(&paper.figure_7).chain(&paper.correlation);
    let ours = all.filter_map(|row| row.result(OURS)).map(|result| result.again as f64);
    Bar::new("executed again or aborted, all blocks", "", (0.0, None, false), vec![ours.sum()], false)
}

/// The last part of the split, which finds the cells in their places.
fn split(paper: &Paper) -> Option<Bar> {
    let is_default = |it: &&Split| it.strategy == OURS && (it.transactions, it.variables) == (2000, 5);
    let split = paper.figure_6.iter().find(is_default)?;
    let each = |us: f64| 1000.0 * us / split.transactions as f64;
    let rounds = split.order_each.iter().copied().map(each).collect();
    Some(Bar::new(
        "order, cells already interned, each",
        "ns",
        (120.0, Some(60.0), false),
        rounds,
        paper.quiet == 0,
    ))
}

/// The bars as a table.
pub(super) fn text(bars: &[Bar]) -> String {
    let mut text = format!(
        "  {}{}{}{}  met in\n",
        padded("", 41),
        right("measured", 11),
        right("needed", 10),
        right("aim", 7)
    );
    for bar in bars {
        let sign = if bar.more_is_better { "≥" } else { "≤" };
        let aim = bar.aim.map_or_else(|| "–".to_owned(), digits);
        text.push_str(&format!(
            "{} {}{}{}{}  {} of {}\n",
            bar.mark(),
            padded(&bar.name, 41),
            right(&format!("{} {}", digits(bar.measured), bar.unit), 11),
            right(&format!("{sign} {}", digits(bar.needed)), 10),
            right(&aim, 7),
            bar.met,
            bar.rounds,
        ));
    }
    text.push_str(" ✓ met by the median, ✗ not met, ? measured while other work was running\n");
    text
}
