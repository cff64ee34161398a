//! Both sides in one table.

use crate::contest::Row;
use mcc::measure::Quartiles;
use mcc::measure::ceiling::Ceiling;

/// Millions of transactions a second, and ratios.
pub fn text(rows: &[Row], before: &Ceiling, after: &Ceiling) -> String {
    let mut text = format!(
        "the cores gain {:.2}× on arithmetic and {:.2}× on memory before, {:.2}× and {:.2}× after\n\n",
        before.arithmetic, before.memory, after.arithmetic, after.memory
    );
    text.push_str("millions of transactions a second: median ± half of the middle half\n");
    text.push_str("                        mc serial    mc 2 threads   revm serial    revm halves   ratio\n");
    for row in rows {
        let [serial, parallel] = &row.ours;
        let [theirs, halves] = &row.theirs;
        text.push_str(&format!(
            "{:<22} {:>13} {:>13} {:>13} {:>13}   {:.2}× ({:.2}…{:.2})\n",
            row.name,
            speed(serial),
            speed(parallel),
            speed(theirs),
            speed(halves),
            row.ratio.median,
            row.ratio.low,
            row.ratio.high
        ));
    }
    text.push_str("\nratio: mc serial to revm serial, within each round; digests left out on both sides\n");
    text.push_str("halves: two threads that ask nobody what conflicts, which no real chain could do\n");
    text
}

fn speed(speeds: &Quartiles) -> String {
    let half = (speeds.high - speeds.low) / 2e6;
    format!("{:.3} ±{half:.3}", speeds.median / 1e6)
}
