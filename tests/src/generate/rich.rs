//! The state and the statements of a contract over composite values: structs, options, enums, lists, texts,
//! sets, assets and roles. What they find out goes into scalar locals, for all other statements to use.

use super::{Local, Writer, pick, weighted};
use crate::generate::program::{ACCOUNTS, address_literal};
use mc_container::value::Scalar;
use rand::Rng;
use rand::rngs::SmallRng;
use std::fmt::Write as _;

/// The scalars that the composite state of a contract is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rich {
    /// The key of its maps.
    pub(crate) key: Scalar,
    /// The numbers in it.
    pub(crate) value: Scalar,
}

/// Texts, the longest longer than a word.
const TEXTS: [&str; 4] = ["\"\"", "\"a\"", "\"bb\"", "\"thirty-six bytes are beyond one word\""];
/// Cells of a `Lot`.
const LOT_CELLS: u32 = 11;

/// Writes the types and the state.
pub(crate) fn state(rng: &mut SmallRng, rich: Rich, text: &mut String) {
    let Rich { key, value } = rich;
    let who = address_literal(pick::<&str>(rng, &ACCOUNTS));
    let _ = write!(
        text,
        "    struct Pair {{ level: {value}, who: address }}
    struct Lot {{ const maker: address, price: {value}, note: string<40>, pair: Pair, best: address?, pot: Gold }}
    enum Mode {{ Off, On(level: {value}), Held(who: address, count: u8) }}
    asset Gold;
    role boss = {who};
    state lots: map<{key}, Lot>;
    state pairs: map<{key}, Pair> = Pair(level: 1, who: {who});
    state opts: map<address, {value}>;
    state mode: map<{key}, Mode> = Mode.Off;
    state seen: set<{key}>;
    state grid: map<address, set<{key}>>;
    state nested: map<address, map<{key}, {value}>>;
    state xs: list<{value}, 4>;
    state names: map<{key}, string<40>>;
    state blobs: map<{key}, bytes<40>>;
    state held: map<address, Gold>;
    state purse: map<address, coin>;
    state big: map<{key}, u256> = 0;
    state ids: map<address, id>;
    error Wrong(mode: Mode);
    event Saw(pair: Pair, name: string<40>, best: address?);
"
    );
}

/// Parameters of composite types, with what the body does with them before all else.
pub(crate) fn params(writer: &mut Writer<'_>, rich: Rich) -> Vec<String> {
    let value = rich.value;
    let mut params = Vec::new();
    if writer.chance(25) && writer.afford(4) {
        params.push(format!("many: list<{value}, 4>"));
        let at = writer.key(rich.key);
        writer.line("for one in many {");
        writer.line(&format!("    pairs[{at}].level = one;"));
        writer.line("}");
        let name = writer.scalar(Scalar::Bool, "(0 in many)");
        let _ = name;
        writer.scalar(value, "many[0]");
    }
    if writer.chance(25) {
        params.push(format!("bound: {value} where bound < 100"));
        writer.locals.push(Local { name: "bound".to_owned(), ty: value, mutable: false });
    }
    if writer.chance(25) && writer.afford(2) {
        params.push("pair: Pair".to_owned());
        let at = writer.key(rich.key);
        writer.line(&format!("pairs[{at}] = pair;"));
    }
    if writer.chance(25) && writer.afford(3) {
        params.push("next: Mode".to_owned());
        let at = writer.key(rich.key);
        writer.line(&format!("mode[{at}] = next;"));
    }
    if writer.chance(25) && writer.afford(4) {
        params.push("name: string<40>, wanted: address?".to_owned());
        let at = writer.key(rich.key);
        writer.line(&format!("names[{at}] = name;"));
        writer.scalar(Scalar::Address, "wanted ?? caller");
    }
    if writer.chance(25) && writer.afford(3) {
        params.push("blob: bytes<40>".to_owned());
        let at = writer.key(rich.key);
        writer.line(&format!("blobs[{at}] = blob;"));
        writer.scalar(Scalar::Hash, "blake3(blob)");
    }
    if writer.chance(15) && writer.afford(1) {
        params.push("wide: u256".to_owned());
        let at = writer.key(rich.key);
        writer.line(&format!("big[{at}] = wide;"));
    }
    if writer.chance(30) && writer.afford(1) {
        params.push("paid: coin".to_owned());
        let to = writer.key(Scalar::Address);
        writer.line(&format!("purse[{to}] += paid;"));
    }
    if !params.is_empty() {
        writer.wrote = true;
    }
    params
}

impl Writer<'_> {
    /// A scalar local with this value.
    pub(crate) fn scalar(&mut self, ty: Scalar, value: &str) -> String {
        let name = self.fresh();
        self.line(&format!("let {name}: {ty} = {value};"));
        self.locals.push(Local { name: name.clone(), ty, mutable: false });
        name
    }

    fn is(&mut self, name: &str, ty: Scalar) {
        self.locals.push(Local { name: name.to_owned(), ty, mutable: false });
    }

    /// A statement over composite values.
    pub(crate) fn rich_stmt(&mut self, rich: Rich, depth: u32) {
        let writes = u32::from(self.may_write);
        let weights = [
            3,
            3,
            3 * u32::from(depth > 0),
            2,
            3,
            3,
            5,
            5 * writes,
            3 * writes,
            3 * writes,
            3 * writes,
            6 * writes,
        ];
        match weighted(self.rng, &weights) {
            0 => self.look_at_a_lot(rich),
            1 => self.look_at_options(rich),
            2 => self.match_stmt(rich, depth),
            3 => self.tuple_stmt(rich),
            4 => self.local_list(rich),
            5 => self.look_at_lists_and_texts(rich),
            6 => self.computation(rich),
            7 => self.change_a_lot(rich),
            8 => self.change_options(rich),
            9 => self.change_sets(rich),
            10 => self.change_lists_and_texts(rich),
            _ => self.move_assets(rich),
        }
    }

    fn look_at_a_lot(&mut self, rich: Rich) {
        if !self.afford(2 * LOT_CELLS) {
            return;
        }
        let at = self.key(rich.key);
        match self.rng.random_range(0..4) {
            0 => {
                let (name, fail) = (self.fresh(), self.fail(None));
                self.line(&format!("let {name} = lots[{at}] else {fail};"));
                self.scalar(rich.value, &format!("{name}.price"));
                if self.chance(50) {
                    self.scalar(Scalar::Address, &format!("{name}.best ?? {name}.maker"));
                }
                if self.chance(30) {
                    self.scalar(Scalar::U128, &format!("{name}.pot.amount"));
                }
                if self.chance(30) {
                    self.scalar(Scalar::Bool, &format!("({name}.note == \"a\")"));
                }
            }
            1 => {
                let other = self.literal(rich.value);
                self.scalar(rich.value, &format!("lots[{at}]?.price ?? {other}"));
            }
            2 => {
                self.scalar(Scalar::Bool, &format!("({at} in lots)"));
            }
            _ => {
                let place = *pick(self.rng, &["lots[", "pairs["]);
                let field = if place == "lots[" { "].pair.level" } else { "].level" };
                self.scalar(rich.value, &format!("{place}{at}{field}"));
            }
        }
    }

    fn look_at_options(&mut self, rich: Rich) {
        if !self.afford(4) {
            return;
        }
        let (who, at) = (self.key(Scalar::Address), self.key(rich.key));
        match self.rng.random_range(0..5) {
            0 => {
                let other = self.expr(rich.value, 1);
                self.scalar(rich.value, &format!("opts[{who}] ?? {other}"));
            }
            1 => {
                let fail = self.fail(None);
                let name = self.fresh();
                self.line(&format!("let {name} = opts[{who}] else {fail};"));
                self.is(&name, rich.value);
            }
            2 => {
                self.scalar(Scalar::Bool, &format!("(opts[{who}] == none)"));
            }
            3 => {
                self.scalar(rich.value, &format!("nested[{who}][{at}] ?? 1"));
            }
            _ => {
                self.scalar(
                    Scalar::Bool,
                    &format!("({at} in seen) || ({at} in grid[{who}]) || ({who} in boss)"),
                );
            }
        }
    }

    fn match_stmt(&mut self, rich: Rich, depth: u32) {
        if !self.afford(4) {
            return;
        }
        let (who, at) = (self.key(Scalar::Address), self.key(rich.key));
        match self.rng.random_range(0..3) {
            0 => {
                self.line(&format!("match opts[{who}] {{"));
                self.arm("some(got)", &[("got", rich.value)], depth);
                self.arm("none", &[], depth);
                self.line("}");
            }
            1 => {
                self.line(&format!("match mode[{at}] {{"));
                self.arm("Mode.Off", &[], depth);
                self.arm("Mode.On(inner)", &[("inner", rich.value)], depth);
                self.arm(
                    "Mode.Held(by_whom, count)",
                    &[("by_whom", Scalar::Address), ("count", Scalar::U8)],
                    depth,
                );
                self.line("}");
            }
            _ => {
                let value = format!(
                    "match mode[{at}] {{ Mode.Off => 0, Mode.On(inner) => inner, Mode.Held(_, count) => (count as {}) }}",
                    rich.value
                );
                self.scalar(rich.value, &value);
            }
        }
    }

    fn arm(&mut self, pattern: &str, binds: &[(&str, Scalar)], depth: u32) {
        self.line(&format!("{pattern} => {{"));
        let visible = self.locals.len();
        binds.iter().for_each(|(name, ty)| self.is(name, *ty));
        self.block(depth - 1);
        self.locals.truncate(visible);
        self.line("}");
    }

    fn tuple_stmt(&mut self, rich: Rich) {
        let (left, right) = (self.definite(rich.value, 1), self.definite(Scalar::Address, 1));
        let (a, b) = (self.fresh(), self.fresh());
        self.line(&format!("let ({a}, {b}) = ({left}, {right});"));
        self.is(&a, rich.value);
        self.is(&b, Scalar::Address);
    }

    fn local_list(&mut self, rich: Rich) {
        if self.turns > 8 || !self.afford(4) {
            return;
        }
        let (first, second) = (self.expr(rich.value, 1), self.expr(rich.value, 1));
        let (list, sum) = (format!("{}l", self.fresh()), self.fresh());
        self.line(&format!("let mut {list}: list<{}, 3> = [{first}, {second}];", rich.value));
        if self.chance(60) {
            let third = self.expr(rich.value, 1);
            self.line(&format!("{list}.push({third});"));
        }
        if self.chance(40) {
            let name = self.fresh();
            self.line(&format!("let {name} = {list}.pop();"));
            self.locals.push(Local { name, ty: rich.value, mutable: false });
        }
        if self.chance(50) {
            let (at, value) = (self.rng.random_range(0..4_u32), self.expr(rich.value, 1));
            self.line(&format!("{list}[{at}] = {value};"));
        }
        self.line(&format!("let mut {sum}: {} = 0;", rich.value));
        self.line(&format!("for part in {list} {{ if part > {sum} {{ {sum} = part; }} }}"));
        self.locals.push(Local { name: sum, ty: rich.value, mutable: true });
        let at = self.rng.random_range(0..4_u32);
        self.scalar(rich.value, &format!("{list}[{at}]"));
        self.scalar(Scalar::U32, &format!("{list}.len"));
    }

    fn look_at_lists_and_texts(&mut self, rich: Rich) {
        if !self.afford(6) {
            return;
        }
        let at = self.key(rich.key);
        match self.rng.random_range(0..5) {
            0 => {
                self.scalar(Scalar::U32, "xs.len");
            }
            1 => {
                let index = self.rng.random_range(0..3_u32);
                self.scalar(rich.value, &format!("xs[{index}]"));
            }
            2 => {
                let sum = self.fresh();
                self.line(&format!("let mut {sum}: {} = 0;", rich.value));
                self.line(&format!("for part in xs {{ if part > {sum} {{ {sum} = part; }} }}"));
                self.is(&sum, rich.value);
            }
            3 => {
                let text = *pick(self.rng, &TEXTS);
                self.scalar(Scalar::Bool, &format!("(names[{at}] == some({text}))"));
            }
            _ => {
                let (name, fail) = (format!("text_{}", self.fresh()), self.fail(None));
                self.line(&format!("let {name} = names[{at}] else {fail};"));
                self.scalar(Scalar::U32, &format!("{name}.len"));
            }
        }
    }

    fn change_a_lot(&mut self, rich: Rich) {
        if !self.afford(2 * LOT_CELLS) {
            return;
        }
        self.wrote = true;
        let (at, value) = (self.key(rich.key), self.expr(rich.value, 1));
        match self.rng.random_range(0..7) {
            0 | 1 => {
                let note = *pick(self.rng, &TEXTS);
                let who = self.definite(Scalar::Address, 1);
                let best = if self.chance(50) { format!("some({who})") } else { "none".to_owned() };
                let pot = match self.rng.random_range(0..2) {
                    0 => "empty(Gold)".to_owned(),
                    _ => format!("mint Gold({})", self.rng.random_range(0..9_u32)),
                };
                let pair = format!("Pair(level: {value}, who: {who})");
                let guard =
                    if self.chance(60) { format!("if !({at} in lots) ") } else { "if true ".to_owned() };
                self.line(&format!("{guard}{{"));
                self.line(&format!("    let lot = Lot(maker: caller, price: {value}, note: {note}, pair: {pair}, best: {best}, pot: {pot});"));
                self.line(&format!("    lots.insert({at}, lot);"));
                self.line("}");
            }
            2 => {
                let op = *pick(self.rng, &["+=", "-=", "="]);
                self.line(&format!("lots[{at}].price {op} {value};"));
            }
            3 => self.line(&format!("lots[{at}].best = some(caller);")),
            4 => {
                let note = *pick(self.rng, &TEXTS);
                self.line(&format!("lots[{at}].note = {note};"));
            }
            5 => {
                let whole = self.chance(50);
                let place = if whole { format!("pairs[{at}]") } else { format!("lots[{at}].pair") };
                self.line(&format!("{place} = Pair(level: {value}, who: caller);"));
            }
            _ => {
                self.line(&format!("held[caller] += lots[{at}].pot.take_all();"));
                self.line(&format!("lots.remove({at});"));
            }
        }
    }

    fn change_options(&mut self, rich: Rich) {
        if !self.afford(4) {
            return;
        }
        self.wrote = true;
        let (who, at) = (self.key(Scalar::Address), self.key(rich.key));
        let value = self.expr(rich.value, 1);
        match self.rng.random_range(0..7) {
            0 => self.line(&format!("opts[{who}] = {value};")),
            1 => self.line(&format!("opts.remove({who});")),
            2 => {
                self.scalar(rich.value, &format!("opts.remove({who})"));
            }
            3 => self.line(&format!("nested[{who}][{at}] = {value};")),
            4 => self.line(&format!("mode[{at}] = Mode.On({value});")),
            5 => {
                let count = self.expr(Scalar::U8, 1);
                self.line(&format!("mode[{at}] = Mode.Held({who}, {count});"));
            }
            _ => {
                self.line(&format!("ids[{who}] = fresh_id();"));
                self.scalar(Scalar::Id, "fresh_id()");
            }
        }
    }

    fn change_sets(&mut self, rich: Rich) {
        if !self.afford(2) {
            return;
        }
        self.wrote = true;
        let (who, at) = (self.key(Scalar::Address), self.key(rich.key));
        match self.rng.random_range(0..4) {
            0 => self.line(&format!("seen.add({at});")),
            1 => self.line(&format!("seen.remove({at});")),
            2 => self.line(&format!("grid[{who}].add({at});")),
            _ => self.line(&format!("grid[{who}].remove({at});")),
        }
    }

    fn change_lists_and_texts(&mut self, rich: Rich) {
        if !self.afford(6) {
            return;
        }
        self.wrote = true;
        let (at, value) = (self.key(rich.key), self.expr(rich.value, 1));
        match self.rng.random_range(0..5) {
            0 | 1 => self.line(&format!("if xs.len < 4 {{ xs.push({value}); }}")),
            2 => {
                self.scalar(rich.value, "xs.pop()");
            }
            3 => {
                let index = self.rng.random_range(0..3_u32);
                self.line(&format!("xs[{index}] = {value};"));
            }
            _ => {
                let text = *pick(self.rng, &TEXTS);
                self.line(&format!("names[{at}] = {text};"));
            }
        }
    }

    fn move_assets(&mut self, rich: Rich) {
        if !self.afford(5) {
            return;
        }
        self.wrote = true;
        let (from, to) = (self.key(Scalar::Address), self.key(Scalar::Address));
        let amount = self.amount(Scalar::U128);
        let otherwise = if self.chance(60) { format!(" else {}", self.fail(None)) } else { String::new() };
        let name = self.fresh();
        match self.rng.random_range(0..9) {
            0 | 1 => self.line(&format!("held[{to}] += mint Gold({amount});")),
            2 | 3 => {
                self.line(&format!("let {name} = held[{from}].take({amount}){otherwise};"));
                self.line(&format!("held[{to}] += {name};"));
            }
            4 => {
                self.line(&format!("let {name} = held[{from}].take({amount}){otherwise};"));
                self.line(&format!("burn {name};"));
            }
            5 => {
                self.line(&format!("let {name} = held[{from}].take_all();"));
                self.line(&format!("held[{to}] += {name};"));
            }
            6 => {
                let at = self.key(rich.key);
                self.line(&format!("lots[{at}].pot += held[{from}].take({amount}){otherwise};"));
            }
            7 => {
                self.line(&format!("let {name} = purse[{from}].take({amount}){otherwise};"));
                let into = if self.chance(50) {
                    format!("pay({to}, {name});")
                } else {
                    format!("purse[{to}] += {name};")
                };
                self.line(&into);
            }
            _ => {
                self.scalar(Scalar::U128, if from == to { "supply(Gold)" } else { "(held[caller].amount)" });
            }
        }
    }
}
