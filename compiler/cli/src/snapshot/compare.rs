//! What became better or worse since a snapshot was written.

use super::text;
use super::{Fuel, Shape, Snapshot, Touch};
use std::collections::BTreeSet;

/// Modes, from those that get in nobody's way to the one that does most.
const MODES: [&str; 6] = ["read", "add", "raise", "lower", "delta", "write"];

/// What has changed about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    New,
    /// It is not there any more.
    Gone,
    /// It takes other parameters.
    Params {
        /// Then.
        before: String,
        /// Now.
        after: String,
    },
    /// It is no longer marked `@parallel`, or only now.
    Parallel(bool),
    /// Every call of it waits for every call of these, which it did not.
    Serial(Vec<String>),
    /// It no longer waits for every call of these.
    NoLonger(Vec<String>),
    /// It costs more, or less, for lists of this length.
    Cost {
        /// Then.
        before: u64,
        /// Now.
        after: u64,
        /// How long lists are; 0 if that is the same for every call.
        length: u32,
    },
    /// It costs the same where that is written down, by another formula.
    Formula(String),
    /// It touches what it did not.
    Touches(Touch),
    /// It no longer touches this.
    NoLongerTouches(Touch),
    /// It touches something in another way.
    TouchesOtherwise {
        /// Then.
        before: Touch,
        /// Now.
        after: Touch,
    },
    /// It takes another amount of an asset from its caller.
    Spends {
        /// The asset.
        asset: String,
        /// Then; `None` for nothing.
        before: Option<String>,
        /// Now; `None` for nothing.
        after: Option<String>,
    },
}

/// How much a cost may change before that is a change, in hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerance(pub u64);

impl Tolerance {
    /// True for costs that count as the same.
    fn allows(self, before: u64, after: u64) -> bool {
        let (before, after) = (u128::from(before), u128::from(after));
        before.abs_diff(after) * 10_000 <= before * u128::from(self.0)
    }
}

/// Every change, by the names of the calls.
#[must_use]
pub fn compare(before: &Snapshot, after: &Snapshot, tolerance: Tolerance) -> Vec<(String, Change)> {
    let names: BTreeSet<&String> = before.calls.keys().chain(after.calls.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let found = match (before.calls.get(name), after.calls.get(name)) {
            (Some(before), Some(after)) => shapes(before, after, tolerance),
            (Some(_), None) => vec![Change::Gone],
            _ => vec![Change::New],
        };
        changes.extend(found.into_iter().map(|change| (name.clone(), change)));
    }
    changes
}

fn shapes(before: &Shape, after: &Shape, tolerance: Tolerance) -> Vec<Change> {
    let mut changes = Vec::new();
    if before.params != after.params {
        let shown = |shape: &Shape| format!("({})", shape.params.join(", "));
        changes.push(Change::Params { before: shown(before), after: shown(after) });
    }
    if before.parallel != after.parallel {
        changes.push(Change::Parallel(after.parallel));
    }
    let since = |now: &Shape, then: &Shape| now.serial.difference(&then.serial).cloned().collect::<Vec<_>>();
    let (more, less) = (since(after, before), since(before, after));
    changes.extend((!more.is_empty()).then_some(Change::Serial(more)));
    changes.extend((!less.is_empty()).then_some(Change::NoLonger(less)));
    changes.extend(costs(&before.cost, &after.cost, tolerance));
    touches(&before.touches, &after.touches, &mut changes);
    let assets: BTreeSet<&String> = before.spends.keys().chain(after.spends.keys()).collect();
    for asset in assets {
        let (before, after) = (before.spends.get(asset).cloned(), after.spends.get(asset).cloned());
        if before != after {
            changes.push(Change::Spends { asset: asset.clone(), before, after });
        }
    }
    changes
}

/// The greatest change of the cost, in proportion; the formula's where no value tells.
fn costs(before: &Fuel, after: &Fuel, tolerance: Tolerance) -> Option<Change> {
    if before == after {
        return None;
    }
    let value = |fuel: &Fuel, length: u32| fuel.at.get(&length).or(fuel.at.get(&0)).copied();
    let lengths: BTreeSet<u32> = before.at.keys().chain(after.at.keys()).copied().collect();
    let pairs = lengths.into_iter().filter_map(|length| {
        let (before, after) = (value(before, length)?, value(after, length)?);
        (before != after).then_some(Change::Cost { before, after, length })
    });
    let pairs: Vec<Change> = pairs.collect();
    match pairs.into_iter().max_by_key(proportion) {
        Some(Change::Cost { before, after, .. }) if tolerance.allows(before, after) => None,
        Some(change) => Some(change),
        None if tolerance == Tolerance::default() => Some(Change::Formula(after.formula.clone())),
        None => None,
    }
}

/// How far apart two costs are, in millionths.
fn proportion(change: &Change) -> u128 {
    let Change::Cost { before, after, .. } = change else { return 0 };
    let (before, after) = (u128::from(*before), u128::from(*after));
    before.abs_diff(after) * 1_000_000 / before.max(1)
}

/// What is touched only now, only then, or otherwise than then.
fn touches(before: &BTreeSet<Touch>, after: &BTreeSet<Touch>, changes: &mut Vec<Change>) {
    let mut gone: Vec<&Touch> = before.difference(after).collect();
    for now in after.difference(before) {
        match gone.iter().position(|then| then.cell == now.cell) {
            Some(at) => {
                let before = gone.remove(at).clone();
                changes.push(Change::TouchesOtherwise { before, after: now.clone() });
            }
            None => changes.push(Change::Touches(now.clone())),
        }
    }
    changes.extend(gone.into_iter().cloned().map(Change::NoLongerTouches));
}

impl Change {
    /// True for a change that somebody may regret.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        match self {
            Self::New | Self::NoLonger(_) | Self::NoLongerTouches(_) | Self::Parallel(true) => false,
            Self::Gone | Self::Params { .. } | Self::Formula(_) | Self::Touches(_) => true,
            Self::Serial(_) | Self::Parallel(false) => true,
            Self::Cost { before, after, .. } => after > before,
            Self::TouchesOtherwise { before, after } => strength(after) >= strength(before),
            Self::Spends { after, .. } => after.is_some(),
        }
    }

    /// What has changed, as a word for machines.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Params { .. } => "params",
            Self::Parallel(false) | Self::Serial(_) => "serial",
            Self::Parallel(true) | Self::NoLonger(_) => "parallel",
            Self::Cost { before, after, .. } if after < before => "cheaper",
            Self::Cost { .. } => "dearer",
            Self::Formula(_) => "formula",
            Self::Touches(_) => "touches-more",
            Self::NoLongerTouches(_) => "touches-less",
            Self::TouchesOtherwise { .. } if self.is_worse() => "touches-more",
            Self::TouchesOtherwise { .. } => "touches-less",
            Self::Spends { .. } if self.is_worse() => "spends-more",
            Self::Spends { .. } => "spends-less",
        }
    }

    /// The same in a sentence about the call `name`.
    #[must_use]
    pub fn sentence(&self, name: &str) -> String {
        match self {
            Self::New => format!("`{name}` is not in the snapshot"),
            Self::Gone => format!("`{name}` is gone"),
            Self::Params { .. } => format!("`{name}` takes other parameters"),
            Self::Parallel(true) => format!("`{name}` is now marked `@parallel`"),
            Self::Parallel(false) => format!("`{name}` is no longer marked `@parallel`"),
            Self::Serial(with) => {
                format!("`{name}` became serial: it always waits for {}", names(name, with))
            }
            Self::NoLonger(with) => format!("`{name}` no longer always waits for {}", names(name, with)),
            Self::Cost { before, after, length } => {
                let word = if after > before { "dearer" } else { "cheaper" };
                let of = match length {
                    0 => String::new(),
                    1 => " for lists of 1 element".to_owned(),
                    _ => format!(" for lists of {length} elements"),
                };
                format!("`{name}` became {word}: {before} -> {after}{of} ({})", percent(*before, *after))
            }
            Self::Formula(_) => format!("`{name}` costs by another formula"),
            Self::Touches(_) => format!("`{name}` touches more"),
            Self::NoLongerTouches(_) => format!("`{name}` touches less"),
            Self::TouchesOtherwise { .. } if self.is_worse() => format!("`{name}` touches more"),
            Self::TouchesOtherwise { .. } => format!("`{name}` touches less"),
            Self::Spends { asset, .. } => format!("`{name}` may spend another amount of `{asset}`"),
        }
    }

    /// What is the case now.
    #[must_use]
    pub fn now(&self) -> String {
        let touched = |touch: &Touch| format!("now {}", text::touch(touch));
        match self {
            Self::New | Self::Gone | Self::NoLonger(_) | Self::Parallel(_) => String::new(),
            Self::Serial(_) => "no two of these calls run side by side".to_owned(),
            Self::Params { after, .. } => format!("now {after}"),
            Self::Cost { after, .. } => format!("now {after}"),
            Self::Formula(formula) => format!("now {formula}"),
            Self::Touches(touch) => touched(touch),
            Self::TouchesOtherwise { after, .. } => touched(after),
            Self::NoLongerTouches(_) => "no longer".to_owned(),
            Self::Spends { after, .. } => match after {
                Some(most) => format!("now {most}"),
                None => "now nothing".to_owned(),
            },
        }
    }
}

/// How much a touch gets in the way of others, and how little is known about it.
fn strength(touch: &Touch) -> (usize, usize) {
    (MODES.iter().position(|mode| *mode == touch.mode).unwrap_or(MODES.len()), touch.level)
}

fn names(own: &str, with: &[String]) -> String {
    let shown = |name: &String| if name == own { "itself".to_owned() } else { format!("`{name}`") };
    with.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// `+47 %`, `-0.3 %`
fn percent(before: u64, after: u64) -> String {
    if before == 0 {
        return "from nothing".to_owned();
    }
    let change = (after as f64 - before as f64) * 100.0 / before as f64;
    if change.abs() >= 10.0 { format!("{change:+.0} %") } else { format!("{change:+.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn fuel(formula: &str, at: &[(u32, u64)]) -> Fuel {
        Fuel { formula: formula.to_owned(), at: at.iter().copied().collect::<BTreeMap<_, _>>() }
    }

    #[test]
    fn a_tolerance_is_of_the_cost_before() {
        let within = |before, after| Tolerance(500).allows(before, after);
        assert!(within(100, 105) && within(100, 95));
        assert!(!within(100, 106) && !within(100, 94) && !within(0, 1));
        assert!(within(0, 0) && Tolerance(0).allows(7, 7));
    }

    #[test]
    fn the_greatest_change_of_a_cost_is_told() {
        let before = fuel("10 + 5 × a.len", &[(1, 15), (16, 90)]);
        let after = fuel("10 + 6 × a.len", &[(1, 16), (16, 106)]);
        let found = costs(&before, &after, Tolerance::default());
        assert_eq!(found, Some(Change::Cost { before: 90, after: 106, length: 16 }));
        assert_eq!(costs(&before, &after, Tolerance(1_800)), None);
        assert_eq!(costs(&before, &before, Tolerance::default()), None);
    }

    #[test]
    fn what_grew_a_list_is_compared_with_what_had_none() {
        let found = costs(&fuel("10", &[(0, 10)]), &fuel("9 + a.len", &[(1, 10), (4, 13)]), Tolerance(0));
        assert_eq!(found, Some(Change::Cost { before: 10, after: 13, length: 4 }));
    }

    #[test]
    fn one_cell_in_another_way_is_one_change() {
        let touch = |mode: &str, cell: &str| Touch {
            cell: cell.to_owned(),
            mode: mode.to_owned(),
            level: 0,
            notes: Vec::new(),
        };
        let mut changes = Vec::new();
        let before = BTreeSet::from([touch("add", "n"), touch("read", "m")]);
        let after = BTreeSet::from([touch("write", "n"), touch("read", "k")]);
        touches(&before, &after, &mut changes);
        let words: Vec<(&str, bool)> = changes.iter().map(|it| (it.word(), it.is_worse())).collect();
        assert_eq!(words, [("touches-more", true), ("touches-more", true), ("touches-less", false)]);
        assert!(matches!(&changes[1], Change::TouchesOtherwise { before, .. } if before.mode == "add"));
    }
}
