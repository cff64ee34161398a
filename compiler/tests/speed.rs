//! How long a large program takes, on demand: `cargo test --release --workspace --test speed -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "tests")]

use mc_compiler::load::Loader;
use std::fmt::Write;
use std::time::Duration;

/// The lines of the generated program.
const LINES: usize = 10_000;
/// What the analysis of so many may take, on one core.
const BAR: Duration = Duration::from_millis(200);
const ROUNDS: usize = 21;

struct Text(String);

impl Loader for Text {
    fn load(&self, _path: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }
}

/// Contracts with what contracts have: assets, nested maps, guards, branches and loops over lists.
fn program() -> String {
    let mut text = String::new();
    for number in 0.. {
        if text.lines().count() >= LINES {
            break;
        }
        write!(
            text,
            "contract C{number} {{
    asset Unit;
    state balances: map<address, Unit>;
    state allowed: map<address, map<address, u128>> = 0;
    state total: u64 = 0;
    state owner: map<u64, address>;
    state price: map<u64, u64> = 0;

    error Short();
    event Moved(from: address, to: address, amount: u128);

    entry transfer(to: address, amount: u128) {{
        balances[to] += balances[caller].take(amount) else Short();
        emit Moved(from: caller, to: to, amount: amount);
    }}

    entry approve(who: address, amount: u128) {{
        allowed[caller][who] = amount;
    }}

    entry transfer_from(from: address, to: address, amount: u128) {{
        require allowed[from][caller] >= amount else Short();
        allowed[from][caller] -= amount;
        balances[to] += balances[from].take(amount) else Short();
    }}

    entry set(id: u64, to: address, n: u64) {{
        require n > 0 else Short();
        if n > 10 {{
            price[id] = n;
            total += 1;
        }} else {{
            price[id] = n + 1;
        }}
        owner[id] = to;
    }}

    entry many(ids: list<u64, 8>, n: u64) {{
        for id in ids {{
            price[id] += n;
            total += n;
        }}
    }}
}}

"
        )
        .unwrap();
    }
    text
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn milliseconds_per_phase() {
    let loader = Text(program());
    let lines = loader.0.lines().count();
    let rounds = (0..ROUNDS).map(|_| {
        let output = mc_compiler::compile(&["big.mc".to_owned()], &loader).unwrap();
        assert!(output.compiled.is_some(), "the generated program has mistakes");
        output.timings
    });
    let rounds: Vec<_> = rounds.collect();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{lines} lines, {ROUNDS} rounds, load {}", load.split(' ').next().unwrap_or_default());
    for phase in 0..rounds[0].phases().len() {
        let mut times: Vec<Duration> = rounds.iter().map(|timings| timings.phases()[phase].1).collect();
        times.sort();
        let [low, median, high] = [1, 2, 3].map(|quarter| times[quarter * (times.len() - 1) / 4]);
        let name = rounds[0].phases()[phase].0;
        let bar = match (name, median <= BAR) {
            ("access", true) => ", as it should",
            ("access", false) => ", MORE THAN 200",
            _ => "",
        };
        let [low, median, high] = [low, median, high].map(milliseconds);
        println!("{name:9} {median:7.2} ({low:.2}..{high:.2}) ms{bar}");
    }
}
