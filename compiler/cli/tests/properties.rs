//! What `mcc test` holds contracts to: invariants, `ensures`, properties; and the flags that choose and repeat.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{Ran, command, mcc};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// `mcc test here.mc` on this text.
fn tested(text: &str, args: &[&str]) -> Ran {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("here.mc"), text).unwrap();
    mcc(directory.path(), &[&["test", "here.mc"], args].concat())
}

/// The messages of the tests that fail, in their order.
fn failures(text: &str) -> Vec<String> {
    let lines = tested(text, &["--json"]).json();
    let failed = lines.iter().filter(|line| line["outcome"] == "failed");
    failed.map(|line| line["failure"]["message"].as_str().unwrap().to_owned()).collect()
}

/// A contract around these members, with one test.
fn contract(members: &str, test: &str) -> String {
    format!("contract C {{ {members} test \"t\" {{ let c = deploy C(); {test} }} }}")
}

#[track_caller]
fn fails(members: &str, test: &str, why: &str) {
    assert_eq!(failures(&contract(members, test)), [format!("t: {why}")]);
}

#[track_caller]
fn holds(members: &str, test: &str) {
    assert_eq!(failures(&contract(members, test)), [""; 0]);
}

#[test]
fn sums_and_counts_follow_every_cell() {
    let bag = "state of: map<address, map<u8, i64>> = 0; state all: i64 = 0; state who: set<address>;
        invariant summed: sum(of) == (all as i128);
        invariant own: forall a in of: a in who;
        invariant few: count(who) <= 2;
        entry put(at: u8, n: i64) { of[caller][at] += n; all += n; who.add(caller); }
        entry lose(at: u8) { of[caller][at] = 0; }
        entry go() { who.remove(caller); }";
    holds(bag, "c.put(1, 5); c.put(2, -9); as bob { c.put(1, 7); }");
    fails(bag, "c.put(1, 5); c.put(2, -9); c.lose(2);", "C's invariant `summed` does not hold: 5 == -4");
    fails(bag, "c.put(1, 5); c.go();", "C's invariant `own` does not hold for a = alice");
    fails(
        bag,
        "c.put(1, 5); as bob { c.put(1, 1); } as carol { c.put(1, 1); }",
        "C's invariant `few` does not hold: 3 <= 2",
    );
}

#[test]
fn quantifiers_go_through_what_is_there() {
    let map = "struct Deal { open: bool, pot: u64 } state deals: map<u8, Deal>; state queue: list<u64, 4>;
        invariant closed: forall d in deals: deals[d].open || deals[d].pot == 0;
        invariant rising: forall n in queue: n >= 10;
        invariant some_open: count(deals) == 0 || (exists d in deals: deals[d].open);
        entry put(d: u8, open: bool, pot: u64) { deals[d] = Deal(open: open, pot: pot); }
        entry drop(d: u8) { deals.remove(d); }
        entry queue_up(n: u64) { queue.push(n); }";
    holds(map, "c.put(1, true, 4); c.put(2, false, 0); c.drop(2); c.drop(1); c.queue_up(10);");
    fails(
        map,
        "c.put(1, true, 4); c.put(2, false, 3);",
        "C's invariant `closed` does not hold for d = 2: 3 == 0",
    );
    fails(map, "c.queue_up(12); c.queue_up(9);", "C's invariant `rising` does not hold for n = 9: 9 >= 10");
    fails(map, "c.put(2, false, 0);", "C's invariant `some_open` does not hold");
}

#[test]
fn old_is_what_was_before_the_call() {
    let counter = "state n: u64 = 7; state seen: map<u8, u64>;
        invariant grows: n >= old(n);
        invariant kept: forall k in seen: old(seen[k]) == none || seen[k] == old(seen[k]);
        entry set(to: u64) ensures n == to && old(n) != to { n = to; }
        entry see(k: u8, v: u64) { seen[k] = v; }";
    holds(counter, "c.set(8); c.set(9); c.see(1, 2); c.see(1, 2); c.see(2, 9);");
    fails(counter, "c.set(8); c.set(6);", "C's invariant `grows` does not hold: 6 >= 8");
    fails(counter, "c.set(8); c.set(8);", "what C's `set` ensures does not hold: 8 != 8");
    fails(
        counter,
        "c.see(1, 2); c.see(1, 3);",
        "C's invariant `kept` does not hold for k = 1: some(3) == some(2)",
    );
}

#[test]
fn what_a_failed_call_did_is_not_looked_at() {
    let members = "state n: u64 = 0; error No(); invariant low: n < 5;
        entry set(to: u64) ensures to != 9 { n = to; require to != 7 && to != 9 else No; }";
    holds(members, "c.set(4); expect abort No { c.set(7); } expect abort No { c.set(9); }");
    // A broken law is no failure of the call.
    fails(members, "expect abort { c.set(6); }", "C's invariant `low` does not hold: 6 < 5");
}

#[test]
fn laws_hold_after_init_and_within_a_block() {
    let members = "state n: u64 = 9; invariant low: n < 5; entry set(to: u64) { n = to; }";
    fails(members, "", "C's invariant `low` does not hold: 9 < 5");
    let members = "state n: map<address, u64> = 0; invariant low: forall a in n: n[a] < 5;
        entry set(to: u64) { n[caller] = to; }";
    fails(
        members,
        "expect parallel { c.set(4); as bob { c.set(5); } as carol { c.set(1); } }",
        "C's invariant `low` does not hold for a = bob: 5 < 5",
    );
}

#[test]
fn a_step_keeps_its_promise_too() {
    let text = "contract Bank { state n: u64 = 0; entry add(m: u64) ensures n > old(n) { n += m; } }
        compose Twice(m: u64) uses bank: Bank { step bank.add(3); step bank.add(m); }
        app Main { let bank = deploy Bank(); let twice = deploy Twice(bank: bank); }
        test \"kept\" { deploy Main(); twice(m: 1); bank.add(1); }
        test \"broken\" { deploy Main(); twice(m: 0); }";
    assert_eq!(failures(text), ["broken: what Bank's `add` ensures does not hold: 3 > 3"]);
}

#[test]
fn result_is_what_a_call_gives() {
    let members = "state n: u64 = 0;
        entry put(m: u64) -> u64 ensures result == old(n) + m && result < 9 { n += m; return n; }
        view half(m: u64) -> u64 ensures result * 2 <= m { return if m == 5 { 3 } else { m / 2 }; }
        entry named(result: u64) ensures result < 3 { n = result; }";
    holds(members, "c.put(4); c.put(3); assert c.half(4) == 2; c.named(2);");
    fails(members, "c.put(4); c.put(5);", "what C's `put` ensures does not hold: 9 < 9");
    fails(members, "assert c.half(5) == 3;", "what C's `half` ensures does not hold: 6 <= 5");
    fails(members, "c.named(3);", "what C's `named` ensures does not hold: 3 < 3");
    let text = "contract Bank {
            state n: u64 = 0;
            entry add(m: u64) -> u64 { n += m; return n; }
            view held() -> u64 { return n; }
        }
        compose Put(m: u64) -> u64 uses bank: Bank ensures result == old(bank.held()) + m && result < 9 {
            step total = bank.add(m);
            return total;
        }
        app Main { let bank = deploy Bank(); let put = deploy Put(bank: bank); }
        test \"t\" { deploy Main(); put(m: 4); put(m: 5); }";
    assert_eq!(failures(text), ["t: what Put ensures does not hold: 9 < 9"]);
}

#[test]
fn a_function_keeps_what_it_ensures() {
    let members = "state n: u64 = 1; error No();
        init(m: u64) { let _first = grow(m); }
        fn grow(m: u64) -> u64 ensures n == old(n) + m && result == n {
            n += m;
            return if m == 9 { 0 } else { n };
        }
        entry twice(m: u64) { n *= 2; let _first = grow(m); let _second = grow(m); }
        entry tried(m: u64) { let _grown = grow(m); require m != 9 else No; }";
    let contract = |test: &str| format!("contract C {{ {members} test \"t\" {{ {test} }} }}");
    let good = contract("let c = deploy C(m: 1); c.twice(3); expect abort No { c.tried(9); }");
    assert_eq!(failures(&good), [""; 0]);
    let bad = contract("let c = deploy C(m: 1); c.twice(9);");
    assert_eq!(failures(&bad), ["t: what C's `grow` ensures does not hold: 0 == 13"]);
    let bad = contract("let _c = deploy C(m: 9);");
    assert_eq!(failures(&bad), ["t: what C's `grow` ensures does not hold: 0 == 10"]);
    let text = "fn half(n: u64) -> u64 ensures result * 2 <= n { return (n + 1) / 2; }
        contract C { view of(n: u64) -> u64 { return half(n); } }
        test \"own\" { assert half(4) == 2; assert half(5) == 3; }
        test \"called\" { let c = deploy C(); assert c.of(4) == 2; assert c.of(7) == 4; }";
    let expected = [
        "own: what `half` ensures does not hold: 6 <= 5",
        "called: what C's `half` ensures does not hold: 8 <= 7",
    ];
    assert_eq!(failures(text), expected);
}

#[test]
fn a_law_that_does_not_hold_has_a_code_in_every_format() {
    let text =
        contract("state n: u64 = 0; invariant low: n < 5; entry set(to: u64) { n = to; }", "c.set(7);");
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("here.mc"), text).unwrap();
    let forms = [
        ("human", "[E0701] error: "),
        ("short", "error[E0701]: "),
        ("json", "\"code\":\"E0701\""),
        ("sarif", "\"ruleId\":\"E0701\""),
        ("github", "title=E0701::"),
    ];
    for (command, (format, sign)) in ["test", "fuzz"].iter().flat_map(|it| forms.map(|form| (it, form))) {
        let ran = mcc(directory.path(), &[command, "here.mc", "--format", format]).expect(1);
        assert_eq!(ran.stdout.matches(sign).count(), 1, "{command} --format {format}: {}", ran.stdout);
        if format == "sarif" {
            assert_eq!(ran.json().len(), 1, "one document");
        }
    }
}

#[test]
fn a_law_that_fails_has_no_value() {
    let members = "state n: u64 = 1; invariant ratio: 10 / n > 0; entry set(to: u64) { n = to; }";
    fails(members, "c.set(0);", "C's invariant `ratio` has no value: DivisionByZero in C");
}

#[test]
fn a_property_is_made_small() {
    let text = "
        enum Shape { Dot, Box(wide: u64, high: u64) }
        test \"numbers\"(a: u64, b: i64 where b < 0) { assert a < 1_000 || b > -5; }
        test \"lists\"(xs: list<u8, 9>) { assert xs.len < 3 || xs[1] == 0; }
        test \"shapes\"(s: Shape, name: string<6>?) {
            assert match s { Shape.Box(w, _h) => w < 12 || name == none, _ => true };
        }
        test \"who\"(who: address, pay: (bool, duration)) { assert who != carol; }";
    let lines = tested(text, &["--json"]).json();
    let cases: Vec<String> = lines
        .iter()
        .filter(|line| !line["case"].is_null())
        .map(|line| line["case"]["params"].to_string())
        .collect();
    assert_eq!(
        cases,
        [
            r#"{"a":"1_000","b":"-5"}"#,
            r#"{"xs":"[0, 1, 0]"}"#,
            r#"{"s":"Shape.Box(12, 0)","name":"some(\"\")"}"#,
            r#"{"who":"carol","pay":"(false, 0 seconds)"}"#,
        ]
    );
}

#[test]
fn bounds_are_kept() {
    let text = "
        fn even(n: u64) -> bool { return n % 2 == 0; }
        test \"by construction\"(a: u64 where a <= 10, b: u64 where b < a + 3 && b >= a, t: time where t > now) {
            assert a <= 10 && b >= a && b < a + 3 && t > now;
        }
        test \"by drawing again\"(a: u64 where even(a)) { assert a % 2 == 0; }
        test \"never\"(a: u64 where a * a == 1_000_003) { assert a == 0; }";
    assert_eq!(failures(text), ["never: only 0 of 101 random cases are within the `where` bounds"]);
}

#[test]
fn a_seed_gives_the_case_again() {
    let text = "test \"rare\"(a: u64 where a <= 1_000) { assert a != 777; }";
    let first = tested(text, &["--json", "--runs", "20000"]).expect(1).json();
    let seed = first[0]["case"]["seed"].to_string();
    let again = tested(text, &["--json", "--runs", "1", "--seed", &seed]).expect(1).json();
    assert_eq!(first[0]["case"], again[0]["case"]);
    assert!(first[0]["failure"]["help"].as_str().unwrap().ends_with(&format!("'rare' --seed {seed}")));
}

#[test]
fn those_that_failed_run_again_until_they_pass() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let write = |n: u32| {
        let text =
            format!("test \"one\" {{ assert true; }} test \"two\" {{ let n: u64 = 2; assert n == {n}; }}");
        fs::write(here.join("here.mc"), text).unwrap();
    };
    let names = |args: &[&str]| {
        let lines = mcc(here, &[&["test", "here.mc", "--json"], args].concat()).json();
        lines.iter().filter_map(|line| line["name"].as_str().map(ToOwned::to_owned)).collect::<Vec<_>>()
    };
    write(3);
    assert_eq!(names(&[]), ["one", "two"]);
    assert_eq!(names(&["--rerun"]), ["two"]);
    write(2);
    assert_eq!(names(&["--rerun"]), ["two"]);
    assert_eq!(names(&["--rerun"]), [""; 0]);
}

#[test]
fn junit_holds_every_test() {
    let directory = tempfile::tempdir().unwrap();
    let text = "test \"a < b\" { assert true; } test \"b\" { let n: u64 = 2; assert n == 3; }";
    fs::write(directory.path().join("here.mc"), text).unwrap();
    mcc(directory.path(), &["test", "here.mc", "--junit", "out.xml"]).expect(1);
    let xml = fs::read_to_string(directory.path().join("out.xml")).unwrap();
    assert!(xml.contains("<testsuite name=\"here.mc\" tests=\"2\" failures=\"1\""), "{xml}");
    assert!(xml.contains("name=\"a &lt; b\""), "{xml}");
    assert!(xml.contains("<failure message=\"b: 2 == 3 does not hold\">here.mc:1:65: error[test]"), "{xml}");
}

#[test]
fn schedules_end_alike() {
    let members = "state n: map<address, u64> = 0; state all: u64 = 0;
        entry add(to: address, m: u64) { n[to] += m; all += m; }
        entry set(to: address) { n[to] = all; }";
    let test =
        "c.add(bob, 1); c.set(carol); as bob { c.add(alice, 2); c.set(bob); } c.add(dave, 4); c.set(erin);";
    tested(&contract(members, test), &["--schedules", "30"]).expect(0);
}

#[test]
fn a_change_runs_the_tests_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("here.mc");
    fs::write(&path, "test \"one\" { assert true; }").unwrap();
    let mut watching = command(directory.path(), &["test", "here.mc", "--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (sender, lines) = std::sync::mpsc::channel();
    let stdout = BufReader::new(watching.stdout.take().unwrap());
    std::thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
    let until = |wanted: &str| {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if lines.recv_timeout(Duration::from_secs(20)).unwrap().starts_with(wanted) {
                return;
            }
        }
        panic!("no `{wanted}`");
    };
    until("1 passed");
    fs::write(&path, "test \"one\" { assert false; }").unwrap();
    until("0 passed, 1 failed");
    watching.kill().unwrap();
    watching.wait().unwrap();
}
