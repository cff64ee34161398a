//! The turns of a loop that takes steps, said once: each is code of its own, but one line is enough to review.

use super::Touch;
use std::collections::{BTreeMap, BTreeSet};

/// Puts `…[list[i]]  if i < list.len  for i in 0..8` in the place of eight touches that differ in `i` only.
pub(super) fn fold(touches: &BTreeSet<Touch>) -> BTreeSet<Touch> {
    let mut groups: BTreeMap<Touch, BTreeSet<u32>> = BTreeMap::new();
    for (turn, general) in touches.iter().filter_map(general) {
        groups.entry(general).or_default().insert(turn);
    }
    // A group that is no whole range from 0 on stays as it is.
    groups.retain(|_, turns| turns.len() > 1 && turns.iter().copied().eq((0..).take(turns.len())));
    let is_alone = |touch: &Touch| general(touch).is_none_or(|(_, general)| !groups.contains_key(&general));
    let mut folded: BTreeSet<Touch> = touches.iter().filter(|touch| is_alone(touch)).cloned().collect();
    folded.extend(groups.into_iter().map(|(mut touch, turns)| {
        touch.notes.push(format!("for i in 0..{}", turns.len()));
        touch
    }));
    folded
}

/// The turn that a touch is of, and the same touch for any turn `i`.
fn general(touch: &Touch) -> Option<(u32, Touch)> {
    let number = |note: &String| note.strip_prefix("if ")?.split_once(" < ")?.0.parse::<u32>().ok();
    let turn = touch.notes.iter().find_map(number)?;
    let general = |text: &str| {
        let guarded = text.replacen(&format!("if {turn} < "), "if i < ", 1);
        guarded.replace(&format!("[{turn}]"), "[i]")
    };
    let notes = touch.notes.iter().map(|note| general(note)).collect();
    Some((turn, Touch { cell: general(&touch.cell), notes, ..touch.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(cell: &str, note: &str) -> Touch {
        Touch { cell: cell.to_owned(), mode: "add".to_owned(), level: 1, notes: vec![note.to_owned()] }
    }

    #[test]
    fn whole_ranges_fold_and_others_do_not() {
        let turns =
            (0..12).map(|turn| touch(&format!("n[staff[{turn}]]"), &format!("if {turn} < staff.len")));
        let odd = [touch("m[staff[1]]", "if 1 < staff.len"), touch("m[staff[3]]", "if 3 < staff.len")];
        let folded = fold(&turns.chain(odd.clone()).collect());
        let mut expected = BTreeSet::from(odd);
        let mut all = touch("n[staff[i]]", "if i < staff.len");
        all.notes.push("for i in 0..12".to_owned());
        expected.insert(all);
        assert_eq!(folded, expected);
    }
}
