//! Composite values, lists and assets: what an entry that works on them may touch.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use mc_compiler::load::Loader;
use mc_compiler::{Compiled, Output};
use mc_container::access::{Access, Mode, Op, Term};
use mc_container::value::Scalar;

struct Text(String);

impl Loader for Text {
    fn load(&self, _: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }
}

fn output(members: &str) -> Output {
    let text = format!("contract C {{ {members} }}");
    mc_compiler::compile(&["c.mc".to_owned()], &Text(text)).unwrap()
}

#[track_caller]
fn compiled(members: &str) -> Compiled {
    let output = output(members);
    let said: Vec<&str> = output.diagnostics.iter().map(|it| it.message.as_str()).collect();
    output.compiled.unwrap_or_else(|| panic!("{said:?}"))
}

/// The accesses of an entry, with the names of their variables.
#[track_caller]
fn accesses(members: &str, entry: &str) -> Vec<(String, Access)> {
    let compiled = compiled(members);
    let package = &compiled.containers[0].package;
    let manifest = package.manifest();
    let number = manifest.entry_number(entry).unwrap();
    let named = |access: &Access| (manifest.variable(access.variable).unwrap().name.clone(), access.clone());
    package.access()[number].accesses.iter().map(named).collect()
}

#[track_caller]
fn names(members: &str, entry: &str) -> Vec<String> {
    accesses(members, entry).into_iter().map(|(name, _)| name).collect()
}

const LOTS: &str = "struct Lot { price: u64, owner: (address, u8), note: string<40> }
    state lots: map<u64, Lot>; error Gone();";

#[test]
fn a_snapshot_touches_what_is_used_of_it() {
    let entry = "view price(k: u64) -> u64 { let lot = lots[k] else Gone(); return lot.price; }";
    assert_eq!(names(&format!("{LOTS} {entry}"), "price"), ["lots", "lots.price"]);
    let entry = "view all(k: u64) -> Lot { return lots[k] else Gone(); }";
    assert_eq!(names(&format!("{LOTS} {entry}"), "all").len(), 6);
}

#[test]
fn a_field_is_a_cell_of_its_own() {
    let entry = "entry raise(k: u64, more: u64) { lots[k].price += more; }";
    let found = accesses(&format!("{LOTS} {entry}"), "raise");
    assert!(matches!(&found[0], (name, Access { mode: Mode::Read, .. }) if name == "lots"));
    assert!(matches!(&found[1], (name, Access { mode: Mode::Delta(_), .. }) if name == "lots.price"));
}

#[test]
fn a_loop_over_a_parameter_names_each_element() {
    let members = "state weight: map<address, u64> = 0;
        entry enrol(voters: list<address, 9>) { for v in voters { weight[v] += 1; } }";
    let found = accesses(members, "enrol");
    let element = Op::Element { index: Scalar::U32, first: 1, stride: 1, turns: 9 };
    assert_eq!(found[0].1.keys, [Term(vec![Op::Index(0), element])]);
    assert_eq!(found[0].1.ranges[0].to, Term::leaf(Op::Param(0)));
    assert!(matches!(found[0].1.mode, Mode::Delta(_)));
}

#[test]
fn a_list_in_the_state_is_written_as_far_as_it_goes() {
    let members = "state xs: list<u64, 4>; entry set(values: list<u64, 4>) { xs = values; }";
    let found = accesses(members, "set");
    assert_eq!((found[0].0.as_str(), found[1].0.as_str()), ("xs.len", "xs"));
    assert_eq!(found[1].1.keys, [Term::leaf(Op::Index(0))]);
}

#[test]
fn a_counter_beside_a_loop_is_known() {
    let members = "state owner: map<u64, address>;
        entry drop_to(to: list<address, 4>, first: u64) {
            let mut at = first;
            for who in to { owner[at] = who; at += 1; }
        }";
    assert!(accesses(members, "drop_to").iter().all(|(_, access)| access.keys.len() == 1));
    let skipping = members.replace("owner[at] = who;", "owner[at] = who; if at == 3 { continue; }");
    assert!(accesses(&skipping, "drop_to").iter().all(|(_, access)| access.keys.is_empty()));
}

#[test]
fn fresh_ids_are_numbered_by_their_place_and_turn() {
    let members = "state seen: set<id>;
        fn note() { seen.add(fresh_id()); }
        entry make(n: u32) { note(); for i in 0..n max 5 { note(); } }";
    let found = accesses(members, "make");
    let fresh = |site, depth| Op::Fresh { step: 0, site, depth };
    assert_eq!(found[0].1.keys[0].0.last(), Some(&fresh(0, 0)));
    assert_eq!(found[1].1.keys[0].0.last(), Some(&fresh(1, 1)));
}

const GOLD: &str = "asset Gold; state held: map<address, Gold>; state rate: u128 = 3;";

#[test]
fn an_unknown_credit_of_an_asset_needs_no_head_room() {
    let members = format!("{GOLD} entry pay_out(to: address) {{ held[to] += mint Gold(rate); }}");
    let found = accesses(&members, "pay_out");
    let held = found.iter().find(|(name, _)| name == "held").unwrap();
    let Mode::Delta(delta) = &held.1.mode else { panic!("{held:?}") };
    let zero = Term::wide_zero();
    assert_eq!((&delta.low, &delta.need, &delta.peak), (&zero, &zero, &zero));
    assert!(held.1.is_settled());
    let members = format!("{GOLD} entry take(from: address) {{ burn held[from].take(rate); }}");
    let found = accesses(&members, "take");
    let held = found.iter().find(|(name, _)| name == "held").unwrap();
    assert!(matches!(held.1.mode, Mode::Delta(_)) && !held.1.is_settled());
}

#[test]
fn minting_a_known_amount_keeps_an_entry_parallel() {
    let entry = "@parallel entry make(to: address, n: u128) { held[to] += mint Gold(n); }";
    compiled(&format!("{GOLD} {entry}"));
    let entry = "@parallel entry make(to: address) { held[to] += mint Gold(rate); }";
    compiled(&format!("{GOLD} {entry} entry set(n: u128) {{ rate = n; }}"));
    let output = output(&format!("{GOLD} {entry} @parallel entry set(n: u128) {{ rate = n; }}"));
    let codes: Vec<&str> = output.diagnostics.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["E0401", "E0401"]);
}

#[test]
fn lists_that_do_not_fit_a_frame_are_refused() {
    let output = output(
        "view long(xs: list<hash, 1000>) -> list<hash, 1000> { let mut own = xs; own[0] = own[1]; return own; }",
    );
    assert!(output.diagnostics.iter().any(|it| it.code == "E0603"), "{:?}", output.diagnostics);
}
