//! The experiment for reading: tables of 80 columns, with a bar in each row.

use super::bars;
use super::model::{Comparison, Exponent, Paper, Split};
use crate::measure::ceiling::Ceiling;
use crate::output::bold;
use crate::text::{digits, grouped, padded, plural, right};

/// The width of a bar.
const BAR: usize = 20;

/// Everything.
pub(super) fn text(paper: &Paper) -> String {
    let mut text = head(paper);
    text.push_str(&splits("Figure 5: split time against shared variables", &paper.figure_5, |split| {
        split.variables as usize
    }));
    text.push_str(&growth(&paper.growth, "variables"));
    text.push_str(&splits("Figure 6: split time against transactions in the block", &paper.figure_6, |it| {
        it.transactions
    }));
    text.push_str(&growth(&paper.growth, "transactions"));
    text.push_str(&table_1(paper));
    text.push_str(&figure_7(paper));
    text.push_str(&correlation(paper));
    text.push_str(&format!("\n{}\n{}", bold("Bars"), bars::text(&paper.bars)));
    text
}

/// Where and how it was measured.
pub(super) fn head(paper: &Paper) -> String {
    let ceiling =
        |ceiling: &Ceiling| format!("arithmetic {:.2}×, memory {:.2}×", ceiling.arithmetic, ceiling.memory);
    let mut text = format!(
        "{}\n{}, {}, {}, seed {}\n",
        bold("The experiment of the paper (section V)"),
        paper.machine.processor,
        plural(paper.machine.cores, "core"),
        plural(paper.threads, "thread"),
        paper.seed
    );
    text.push_str(&format!(" the cores gain before: {}\n", ceiling(&paper.before)));
    text.push_str(&format!("               after: {}\n", ceiling(&paper.after)));
    text.push_str(&format!(
        " quiet, so that it counts: {} of {}\n",
        grouped(paper.quiet),
        plural(paper.rounds, "round")
    ));
    if paper.quiet * 2 < paper.rounds {
        text.push_str(
            " The machine was too noisy: most rounds had to be left out, and where all of\n \
             a block's had to be, all of them count and are marked with `?`.\n",
        );
    }
    text
}

/// One row a size, with the time of each strategy; each bar on a scale of its own.
fn splits(title: &str, splits: &[Split], size: fn(&Split) -> usize) -> String {
    let mut strategies: Vec<&str> = Vec::new();
    for split in splits {
        if !strategies.contains(&split.strategy.as_str()) {
            strategies.push(&split.strategy);
        }
    }
    let mut text = format!("\n{}\n {}", bold(title), right("", 8));
    for strategy in &strategies {
        text.push_str(&right(&format!("{strategy} ms"), 12));
    }
    text.push_str("   (each bar on a scale of its own)\n");
    let most = |strategy: &str| {
        let own = splits.iter().filter(|split| split.strategy == strategy);
        own.map(|split| split.us.median).fold(0.0, f64::max)
    };
    let mut sizes: Vec<usize> = splits.iter().map(size).collect();
    sizes.dedup();
    for wanted in sizes {
        let of = |strategy: &str| splits.iter().find(|it| it.strategy == strategy && size(it) == wanted);
        text.push_str(&format!(" {}", right(&grouped(wanted), 8)));
        for strategy in &strategies {
            let shown = of(strategy).map_or_else(|| "–".to_owned(), |it| digits(it.us.median / 1000.0));
            text.push_str(&right(&shown, 12));
        }
        text.push_str("   ");
        let bars = strategies.iter().map(|strategy| {
            let share = of(strategy).map_or(0.0, |split| split.us.median / most(strategy));
            padded(&bar(share, BAR), BAR + 1)
        });
        text.push_str(bars.collect::<String>().trim_end());
        text.push('\n');
    }
    text
}

fn growth(growth: &[Exponent], with: &str) -> String {
    let shown = growth.iter().filter(|it| it.with == with).map(|it| {
        let (from, to) = it.from_to;
        let (from, to) = (grouped(from), grouped(to));
        format!(" {} grows as {with}^{:.2} from {from} to {to}\n", it.strategy, it.growth.exponent)
    });
    shown.collect()
}

/// A bar of blocks, in eighths.
pub(super) fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (share.clamp(0.0, 1.0) * 8.0 * width as f64).round() as usize;
    let mut text = "█".repeat(eighths / 8);
    text.extend(EIGHTHS.get(eighths % 8).filter(|last| **last != ' '));
    text
}

fn table_1(paper: &Paper) -> String {
    let mut text =
        format!("\n{}\n", bold("Table 1: 2000 transactions, 10 % correlated in tens, 5 shared variables"));
    text.push_str(" milliseconds, percent saved of serial, each ± half of the middle half\n");
    let digests = [(false, "without digests"), (true, "with digests and state root")];
    for (sealed, title) in digests {
        text.push_str(&format!(" {title}\n {}", right("work", 7)));
        text.push_str(&columns(&paper.table_1));
        for row in paper.table_1.iter().filter(|row| row.sealed == sealed) {
            text.push_str(&line(&row.work, row));
        }
    }
    text.push_str(&simulation(paper));
    text
}

fn columns(rows: &[Comparison]) -> String {
    let mut text = right("serial ms", 13);
    for result in rows.iter().take(1).flat_map(|row| &row.results).skip(1) {
        text.push_str(&right(&result.strategy, 16));
    }
    format!("{text}{}\n", right("bound", 7))
}

/// `5 µs   12.3 ±0.2   6.9 44% ±1`
fn line(label: &str, row: &Comparison) -> String {
    let mut text = format!(" {}", right(label, 7));
    for result in &row.results {
        match result.strategy.as_str() {
            "serial" => text.push_str(&right(&result.time(), 13)),
            _ => text.push_str(&right(&result.time_and_saved(), 16)),
        }
    }
    let mark = if row.is_noisy() { " ?" } else { "" };
    format!("{text}{}{mark}\n", right(&format!("{:.0}%", row.bound_percent), 7))
}

fn simulation(paper: &Paper) -> String {
    let mut text =
        String::from(" simulated with 12 threads, from measured times and the order; not measured:\n");
    for row in paper.table_1.iter().filter(|row| !row.sealed) {
        let parts = row.results.iter().filter_map(|result| {
            let simulated = result.simulated.as_ref()?;
            Some(format!("{} saves {:.0}%", result.strategy, simulated.saved_percent))
        });
        let parts: Vec<String> = parts.collect();
        text.push_str(&format!(" {}  {}\n", right(&row.work, 7), parts.join(", ")));
    }
    text
}

fn figure_7(paper: &Paper) -> String {
    let mut text = format!("\n{}", bold("Figure 7: serial and parallel, without digests"));
    let mut works: Vec<&str> = paper.figure_7.iter().map(|row| row.work.as_str()).collect();
    works.dedup();
    for work in works {
        let rows: Vec<&Comparison> = paper.figure_7.iter().filter(|row| row.work == work).collect();
        text.push_str(&format!(
            "\n {work} of work besides\n {}{}",
            right("txs", 7),
            columns(&paper.figure_7)
        ));
        rows.iter().for_each(|row| text.push_str(&line(&grouped(row.transactions), row)));
        let most = rows.iter().flat_map(|row| &row.results).map(|it| it.us.median).fold(0.0, f64::max);
        if let Some(last) = rows.last() {
            for result in &last.results {
                let bar = bar(result.us.median / most, 50);
                text.push_str(&format!(" {} {bar}\n", padded(&result.strategy, 12)));
            }
        }
    }
    text
}

fn correlation(paper: &Paper) -> String {
    let mut text = format!("\n{}", bold("Correlation: 2000 transactions, 2 µs of work besides"));
    let mut definitions: Vec<&str> = paper.correlation.iter().map(|row| row.definition.as_str()).collect();
    definitions.dedup();
    for definition in definitions {
        let rows = paper.correlation.iter().filter(|row| row.definition == definition);
        text.push_str(&format!("\n {definition}\n {}{}", right("", 7), columns(&paper.correlation)));
        for row in rows {
            text.push_str(&line(&format!("{} %", row.correlation), row));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(0.0, 4), "");
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.53125, 4), "██▏");
        assert_eq!(bar(7.0, 4), "████");
        assert_eq!(bar(f64::NAN, 4), "");
    }
}
