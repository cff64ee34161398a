//! The report: one page of Markdown with its figures and data, to be committed.

use super::model::{Bar, Comparison, Exponent, Measured, Paper, Split};
use super::plot;
use crate::failure::{Failure, reason};
use crate::text::digits;
use std::path::Path;

/// The file of the page.
pub(super) const NAME: &str = "paper.md";
/// The file of the data.
const DATA: &str = "paper.json";

/// Writes page, figures and data into a directory.
pub(super) fn write(paper: &Paper, directory: &Path) -> Result<(), Failure> {
    let cannot = |what: &Path, error: &std::io::Error| {
        Failure::unable(format!("cannot write `{}`: {}", what.display(), reason(error)))
    };
    std::fs::create_dir_all(directory).map_err(|error| cannot(directory, &error))?;
    let figures = plot::write(paper, directory)?;
    let data = serde_json::to_string_pretty(paper).map_err(|error| Failure::unable(error.to_string()))?;
    for (name, text) in [(NAME, page(paper, &figures)), (DATA, data + "\n")] {
        let path = directory.join(name);
        std::fs::write(&path, text).map_err(|error| cannot(&path, &error))?;
    }
    Ok(())
}

fn page(paper: &Paper, figures: &[&str]) -> String {
    let figure =
        |number: usize| figures.get(number).map_or_else(String::new, |name| format!("![{name}]({name})\n\n"));
    let mut page = head(paper);
    page.push_str("## Figure 5: split time against shared variables\n\n");
    page.push_str(&figure(0));
    page.push_str(&splits(&paper.figure_5, "variables", |split| split.variables as usize));
    page.push_str(&growth(&paper.growth, "variables"));
    page.push_str("## Figure 6: split time against transactions in the block\n\n");
    page.push_str(&figure(1));
    page.push_str(&splits(&paper.figure_6, "transactions", |split| split.transactions));
    page.push_str(&growth(&paper.growth, "transactions"));
    page.push_str(
        "## Table 1: 2000 transactions, 10 % correlated in tens, 5 shared variables\n\nWithout digests:\n\n",
    );
    page.push_str(&comparisons(&paper.table_1, "work", |row| (!row.sealed).then(|| row.work.clone())));
    page.push_str("With digests and state root:\n\n");
    page.push_str(&comparisons(&paper.table_1, "work", |row| row.sealed.then(|| row.work.clone())));
    page.push_str("## Figure 7: serial and parallel\n\n");
    page.push_str(&figure(2));
    page.push_str(&figure(3));
    page.push_str(&comparisons(&paper.figure_7, "work, transactions", |row| {
        Some(format!("{}, {}", row.work, row.transactions))
    }));
    page.push_str("## Correlation\n\n2000 transactions with 2 µs of work besides.\n\n");
    page.push_str(&comparisons(&paper.correlation, "who correlates", |row| {
        Some(format!("{} % {}", row.correlation, row.definition))
    }));
    page.push_str("## Bars\n\n");
    page.push_str(&bars_table(&paper.bars));
    page
}

fn head(paper: &Paper) -> String {
    let (before, after) = (&paper.before, &paper.after);
    let warning = if paper.quiet * 2 < paper.rounds {
        "\n**The machine was busy with other work** in most rounds. What could not be measured in a quiet one is\n\
         marked with `?`, and no number here should be believed before it has been measured again.\n"
    } else {
        ""
    };
    format!(
        "# The paper's experiment\n\n\
         Written by `mcc bench paper --report`; the data is [`{DATA}`]({DATA}), and nothing here is edited by hand.\n\n\
         {}, {} cores, {} threads, seed {}. The cores gain {:.2}× on arithmetic and {:.2}× on random memory before, \
         {:.2}× and {:.2}× afterwards. Arithmetic scaled as on a quiet machine in {} of {} rounds; only those count.\n\
         {warning}\n\
         Every round executes each block of a table once with each strategy, begun by another each time, on workers \
         that are awake. Times are medians over the rounds, with the quartiles in brackets; what is saved is compared within a \
         round. `bound` is what work, longest chain and threads allow of execution alone. *Twelve threads* are not \
         measured: they are measured times of transactions, replayed through the order that the strategy found, with \
         everything else as measured.\n\
         Pairwise comparison is measured up to 20 000 transactions; beyond, it takes minutes.\n\n",
        paper.machine.processor,
        paper.machine.cores,
        paper.threads,
        paper.seed,
        before.arithmetic,
        before.memory,
        after.arithmetic,
        after.memory,
        paper.quiet,
        paper.rounds,
    )
}

fn splits(splits: &[Split], with: &str, size: fn(&Split) -> usize) -> String {
    let mut table =
        format!("| {with} | strategy | split, ms | of it ordering, ms | each, ns |\n|--:|:--|--:|--:|--:|\n");
    for split in splits {
        table.push_str(&format!(
            "| {} | {} | {} | {} | {:.0} |\n",
            size(split),
            split.strategy,
            range(split.us.low, split.us.median, split.us.high),
            range(split.order_us.low, split.order_us.median, split.order_us.high),
            split.nanoseconds_each(),
        ));
    }
    table + "\n"
}

fn growth(growth: &[Exponent], with: &str) -> String {
    let own = growth.iter().filter(|it| it.with == with);
    let sentences = own.map(|it| {
        let Exponent { strategy, from_to: (from, to), growth, .. } = it;
        format!(
            "`{strategy}` grows as {with}^{:.2} from {from} to {to} (fit {:.3}).\n",
            growth.exponent, growth.fit
        )
    });
    sentences.collect::<String>() + "\n"
}

fn comparisons(rows: &[Comparison], head: &str, label: impl Fn(&Comparison) -> Option<String>) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let mut table = format!("| {head} |");
    for result in &first.results {
        match result.strategy.as_str() {
            "serial" => table.push_str(" serial, ms |"),
            name => table.push_str(&format!(" {name}, ms | saved | 12 threads |")),
        }
    }
    let columns = 3 + first.results.len() * 3 - 2;
    table.push_str(&format!(" bound | quiet |\n|:--|{}\n", "--:|".repeat(columns - 1)));
    for row in rows {
        if let Some(label) = label(row) {
            let mark = if row.is_noisy() { " ?" } else { "" };
            table.push_str(&format!("| {label}{mark} |"));
            row.results.iter().for_each(|result| table.push_str(&cells(result)));
            table.push_str(&format!(" {:.0} % | {} of {} |\n", row.bound_percent, row.quiet, row.rounds));
        }
    }
    table + "\n"
}

fn cells(result: &Measured) -> String {
    let time = range(result.us.low, result.us.median, result.us.high);
    if result.strategy == "serial" {
        return format!(" {time} |");
    }
    let saved = &result.saved_percent;
    let simulated =
        result.simulated.map_or_else(|| "–".to_owned(), |it| format!("{:.0} %", it.saved_percent));
    format!(" {time} | {:.1} % ({:.1}…{:.1}) | {simulated} |", saved.median, saved.low, saved.high)
}

/// Microseconds as milliseconds with their quartiles.
fn range(low: f64, median: f64, high: f64) -> String {
    let [low, median, high] = [low, median, high].map(|us| digits(us / 1000.0));
    format!("{median} ({low}…{high})")
}

fn bars_table(bars: &[Bar]) -> String {
    let mut table = String::from("| | measured | needed | aim | met in |\n|:--|--:|--:|--:|--:|\n");
    for bar in bars {
        let sign = if bar.more_is_better { "≥" } else { "≤" };
        let aim = bar.aim.map_or_else(|| "–".to_owned(), digits);
        table.push_str(&format!(
            "| {} {} | {} {} | {sign} {} | {aim} | {} of {} |\n",
            bar.mark(),
            bar.name,
            digits(bar.measured),
            bar.unit,
            digits(bar.needed),
            bar.met,
            bar.rounds,
        ));
    }
    table
}
