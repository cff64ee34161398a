//! How exactly accesses are known, and what that means for calls that run together, as a table.

use super::{claimed, folder, sources};
use mc_compiler::{Compiled, Container};
use mc_container::access::{Access, EntryAccess, Mode, Op, Term};
use mc_container::manifest::{EntryKind, Holding, Manifest};
use mc_tests::{formulas, stage};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A contract that CoSplit counts, too.
struct Published {
    file: &'static str,
    /// The transitions of the contract that it counts.
    transitions: usize,
    /// How many of them its largest good-enough signature has.
    good_enough: usize,
    /// Entries of ours that are none of these transitions.
    beyond: &'static [&'static str],
}

/// PLDI 2021, section 5; see the README for what was counted.
const PUBLISHED: [Published; 5] = [
    Published { file: "fungible", transitions: 10, good_enough: 6, beyond: &[] },
    Published { file: "crowdfunding", transitions: 3, good_enough: 2, beyond: &["raised"] },
    Published { file: "nonfungible", transitions: 5, good_enough: 3, beyond: &["balance_of"] },
    Published { file: "proof_ipfs", transitions: 10, good_enough: 8, beyond: &[] },
    Published { file: "ud_registry", transitions: 11, good_enough: 6, beyond: &[] },
];

/// Its own container; no file has more than one contract.
fn own(compiled: &Compiled) -> &Container {
    compiled.containers.first().unwrap()
}

// ---------------------------------------------------------------------------------------------- Counting

/// How long calls of one entry wait for each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    /// It is `@parallel`: calls of all entries so marked meet only on cells that they name.
    Parallel,
    /// It is not, but its own calls only read what they share, or add to it.
    SideBySide,
    /// Every call waits for the one before.
    Ordered,
}

impl Order {
    fn name(self) -> &'static str {
        match self {
            Self::Parallel => "@parallel",
            Self::SideBySide => "side by side",
            Self::Ordered => "ordered",
        }
    }
}

/// An entry, as the table shows it.
struct Entry {
    name: String,
    order: Order,
    /// Its accesses, each with its level; parts of one value that are touched alike are one access.
    accesses: Vec<(usize, String)>,
    /// The states that it touches in a way that all of its calls share, and how.
    shared: Vec<(String, Mode)>,
    /// The states that it changes, and how.
    changed: Vec<(String, Mode)>,
}

/// True if a key tells calls apart: it names the caller, a parameter, or what only this call has.
fn is_named(access: &Access) -> bool {
    let tells = |op: &Op| matches!(op, Op::Param(_) | Op::Caller | Op::Element { .. } | Op::Fresh { .. });
    let named = |term: &Term| term.0.iter().any(tells);
    access.keys.iter().any(|key| {
        let mut bounds = key.indexes().filter_map(|index| access.ranges.get(usize::from(index)));
        named(key) || bounds.any(|range| named(&range.from) || named(&range.to))
    })
}

/// True for a change of an amount of an asset that nobody looks at; CoSplit's `accept` is one.
fn is_payment(access: &Access, manifest: &Manifest) -> bool {
    let holding = manifest.variable(access.variable).map(|variable| &variable.holding);
    matches!(holding, Some(Holding::Amount(_) | Holding::Supply(_) | Holding::Coin))
        && matches!(access.mode, Mode::Delta(_))
}

/// The state that a variable is a part of.
fn state_of(manifest: &Manifest, access: &Access) -> String {
    let variable = manifest.variable(access.variable).unwrap();
    match variable.holding {
        Holding::Coin => "coin.balances".to_owned(),
        _ => variable.name.split(['.', '#']).next().unwrap().to_owned(),
    }
}

/// The states that `who` keeps from the others of `selection`, and from its own other calls.
fn hogged<'e>(who: &'e Entry, selection: &[&Entry]) -> BTreeSet<&'e str> {
    let changes = |state: &str| {
        let all = selection.iter().flat_map(|entry| &entry.changed);
        all.filter(|(changed, _)| changed == state).map(|(_, mode)| mode).collect::<Vec<_>>()
    };
    let is_hogged = |(state, mode): &&(String, Mode)| {
        let changes = changes(state);
        match mode {
            Mode::Read => !changes.is_empty(),
            Mode::Delta(_) => !changes.iter().all(|mode| matches!(mode, Mode::Delta(_))),
            _ => true,
        }
    };
    who.shared.iter().filter(is_hogged).map(|(state, _)| state.as_str()).collect()
}

/// CoSplit's `good_enough`: alone, a transition hogs no field; together, no field is hogged by two of them.
fn is_good_enough(selection: &[&Entry]) -> bool {
    let hogged: Vec<BTreeSet<&str>> = selection.iter().map(|entry| hogged(entry, selection)).collect();
    let all: BTreeSet<&str> = hogged.iter().flatten().copied().collect();
    let number = hogged.iter().map(BTreeSet::len).sum::<usize>();
    if selection.len() == 1 { number == 0 } else { all.len() == number }
}

fn largest_good_enough(entries: &[&Entry]) -> usize {
    let chosen = |bits: u32| (0..entries.len()).filter(move |at| bits >> at & 1 == 1);
    let selections = (1..1_u32 << entries.len()).map(|bits| chosen(bits).map(|at| entries[at]).collect());
    let good = selections.filter(|selection: &Vec<&Entry>| is_good_enough(selection));
    good.map(|selection| selection.len()).max().unwrap_or(0)
}

/// Every entry and view of a contract.
fn entries(text: &str) -> Vec<Entry> {
    let compiled = stage::compile_clean(text);
    let claimed = claimed(text);
    let container = own(&compiled);
    let manifest = container.package.manifest();
    let mut entries = Vec::new();
    for (number, (entry, access)) in manifest.entries.iter().zip(container.package.access()).enumerate() {
        if entry.kind == EntryKind::Init {
            continue;
        }
        let mut found = entry_of(manifest, access, formulas::of_entry(&compiled, container, number));
        found.name.clone_from(&entry.name);
        found.order = match (claimed.contains(entry.name.as_str()), hogged(&found, &[&found]).is_empty()) {
            (true, _) => Order::Parallel,
            (false, true) => Order::SideBySide,
            (false, false) => Order::Ordered,
        };
        entries.push(found);
    }
    entries
}

fn entry_of(manifest: &Manifest, access: &EntryAccess, lines: Vec<formulas::Line>) -> Entry {
    let mut entry = Entry {
        name: String::new(),
        order: Order::Ordered,
        accesses: Vec::new(),
        shared: Vec::new(),
        changed: Vec::new(),
    };
    for (access, line) in access.accesses.iter().zip(lines) {
        let depth = manifest.variable(access.variable).unwrap().keys.len();
        let shown = (access.level(depth) as usize, line.text);
        if !entry.accesses.contains(&shown) {
            entry.accesses.push(shown);
        }
        let state = state_of(manifest, access);
        if !is_named(access) && !is_payment(access, manifest) {
            entry.shared.push((state.clone(), access.mode.clone()));
        }
        if access.mode != Mode::Read {
            entry.changed.push((state, access.mode.clone()));
        }
    }
    entry
}

// ---------------------------------------------------------------------------------------------- The table

fn count(entries: &[&Entry], order: Order) -> usize {
    entries.iter().filter(|entry| entry.order <= order).count()
}

/// Beside CoSplit's counts, and where ours are less.
fn head_to_head(contracts: &BTreeMap<String, Vec<Entry>>) -> (String, Vec<String>) {
    let mut less = Vec::new();
    let mut table = "                 transitions   good enough        side by side   @parallel\n".to_owned();
    table.push_str("                               CoSplit    mcc             mcc         mcc\n");
    for published in &PUBLISHED {
        let counted: Vec<&Entry> = contracts[published.file]
            .iter()
            .filter(|entry| !published.beyond.contains(&entry.name.as_str()))
            .collect();
        assert_eq!(counted.len(), published.transitions, "{}", published.file);
        let ours = largest_good_enough(&counted);
        let _ = writeln!(
            table,
            "{:<16} {:>11}   {:>7}  {:>5}  {:>14}  {:>10}",
            published.file,
            counted.len(),
            published.good_enough,
            ours,
            count(&counted, Order::SideBySide),
            count(&counted, Order::Parallel)
        );
        if ours < published.good_enough {
            less.push(format!("{}: {ours}, and CoSplit has {}", published.file, published.good_enough));
        }
    }
    (table, less)
}

fn summary(contracts: &BTreeMap<String, Vec<Entry>>) -> String {
    let mut table = "                     entries   of them                    accesses\n".to_owned();
    table.push_str("                               @parallel   side by side    P0   P1   P2   P3   P4\n");
    let mut sums = [0; 8];
    for (file, entries) in contracts {
        let all: Vec<&Entry> = entries.iter().collect();
        let accesses = |level| entries.iter().flat_map(|it| &it.accesses).filter(|it| it.0 == level).count();
        let mut row = vec![all.len(), count(&all, Order::Parallel), count(&all, Order::SideBySide)];
        row.extend((0..=4).map(accesses));
        sums.iter_mut().zip(&row).for_each(|(sum, number)| *sum += number);
        table.push_str(&summary_row(file, &row));
    }
    table + &summary_row("all", &sums)
}

fn summary_row(name: &str, row: &[usize]) -> String {
    let mut line = format!("{name:<20} {:>7}   {:>9}   {:>12}", row[0], row[1], row[2]);
    row[3..].iter().for_each(|number| line.push_str(&format!("  {number:>3}")));
    line + "\n"
}

fn details(contracts: &BTreeMap<String, Vec<Entry>>) -> String {
    let mut text = String::new();
    for (file, entries) in contracts {
        let _ = writeln!(text, "\n{file}");
        for entry in entries {
            let _ = writeln!(text, "  {:<32} {}", entry.name, entry.order.name());
            for (level, access) in &entry.accesses {
                let _ = writeln!(text, "    P{level} {access}");
            }
        }
    }
    text
}

#[test]
fn accesses_are_as_exact_as_the_table_says() {
    let contracts: BTreeMap<String, Vec<Entry>> =
        sources().into_iter().map(|(file, text)| (file, entries(&text))).collect();
    let (table, less) = head_to_head(&contracts);
    let short = format!("{table}\n{}", summary(&contracts));
    println!("{short}");
    assert!(less.is_empty(), "less parallel than CoSplit:\n{}", less.join("\n"));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("table", short + &details(&contracts)));
}
