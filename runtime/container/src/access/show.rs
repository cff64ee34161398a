//! Terms and accesses as text for people: `balances[caller]`, `-amount`, `for i in 0..n`.
//!
//! The text says what the formula says, with the parts that change nothing left out (`0 + amount` reads as
//! `amount`); it is for reading and is never parsed.

use super::{Access, Delta, Mode, Op, Range, Term, VariableId};
use crate::arithmetic::Operation;
use crate::manifest::{Holding, Manifest, Param, Variable};
use crate::ty::Type;
use crate::value::{Scalar, Value};
use ethnum::I256;

/// A container that a formula speaks of.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// What it is called; empty where its name goes without saying.
    pub name: &'a str,
    /// Its manifest.
    pub manifest: &'a Manifest,
}

/// The names behind the numbers in the formulas of one entry.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The entry's parameters.
    pub params: &'a [Param],
    /// The container itself, then what its slots are bound to.
    pub instances: &'a [Instance<'a>],
    /// Follows every name that may differ from one call to the next, such as `₁`.
    pub mark: &'a str,
}

impl Names<'_> {
    /// The cell, or the cells below a prefix: `gold.balances[caller]`, `votes[poll][*]`.
    #[must_use]
    pub fn place(&self, instance: u16, access: &Access) -> String {
        let (mut text, tail) = match self.known(instance, access.variable) {
            Some(variable) if variable.holding != Holding::Coin => {
                let (head, tail) = split(&variable.name);
                (self.owned(instance, variable, head), tail)
            }
            _ => (self.variable(instance, access.variable), String::new()),
        };
        for key in &access.keys {
            text.push_str(&format!("[{}]", self.term(key)));
        }
        let depth = self.known(instance, access.variable).map_or(0, |variable| variable.keys.len());
        for _ in access.keys.len()..depth {
            text.push_str("[*]");
        }
        text + &tail
    }

    /// The variable's name, behind its container's where that has one.
    #[must_use]
    pub fn variable(&self, instance: u16, variable: VariableId) -> String {
        match self.known(instance, variable) {
            Some(variable) => self.owned(instance, variable, &variable.name),
            None => "?".to_owned(),
        }
    }

    /// A name behind that of the container it belongs to; the system's ledger belongs to none.
    fn owned(&self, instance: u16, variable: &Variable, name: &str) -> String {
        match self.instances.get(usize::from(instance)).map(|instance| instance.name) {
            Some(owner) if variable.holding != Holding::Coin && !owner.is_empty() => {
                format!("{owner}.{name}")
            }
            _ => name.to_owned(),
        }
    }

    fn known(&self, instance: u16, variable: VariableId) -> Option<&Variable> {
        self.instances.get(usize::from(instance))?.manifest.variable(variable)
    }

    /// The change a delta makes: `-amount`, `+1`, `-amount..0`.
    #[must_use]
    pub fn change(&self, delta: &Delta) -> String {
        let (low, high) = (self.piece(&delta.low), self.piece(&delta.high));
        if low.same_as(&high) { low.signed() } else { format!("{}..{}", low.signed(), high.signed()) }
    }

    /// What must be there before the call, unless it is nothing: `amount`.
    #[must_use]
    pub fn need(&self, delta: &Delta) -> Option<String> {
        let need = self.piece(&delta.need);
        (!need.is_zero()).then(|| need.text())
    }

    /// One word for the mode; `add` is a delta that takes nothing away.
    #[must_use]
    pub fn mode(&self, mode: &Mode) -> &'static str {
        match mode {
            Mode::Read => "read",
            Mode::Write => "write",
            Mode::Delta(delta) if self.piece(&delta.low).is_never_negative() => "add",
            Mode::Delta(_) => "delta",
            Mode::Max => "raise",
            Mode::Min => "lower",
        }
    }

    /// The loops around an access: `for i in 0..n, for j in 0..i`; empty where there are none.
    #[must_use]
    pub fn ranges(&self, ranges: &[Range]) -> String {
        let loops: Vec<String> = (0..)
            .zip(ranges)
            .map(|(number, range)| {
                format!(
                    "for {} in {}..{}",
                    index_name(number, ""),
                    self.term(&range.from),
                    self.term(&range.to)
                )
            })
            .collect();
        loops.join(", ")
    }

    /// A term, in the notation of the language.
    #[must_use]
    pub fn term(&self, term: &Term) -> String {
        self.piece(term).text()
    }

    fn piece(&self, term: &Term) -> Piece {
        let mut stack: Vec<Piece> = Vec::new();
        for op in &term.0 {
            let piece = match op {
                Op::Widen(_) | Op::Cast(..) => stack.pop().unwrap_or_else(Piece::unknown),
                Op::Element { first, .. } => {
                    let index = stack.pop().unwrap_or_else(Piece::unknown);
                    self.param(*first, Some(&index.text()))
                }
                Op::Fresh { step, site, depth } => {
                    stack.truncate(stack.len().saturating_sub(usize::from(*depth)));
                    self.fresh(*step, *site)
                }
                Op::Arithmetic(..) | Op::WideAdd | Op::WideSubtract | Op::WideMax | Op::WideMin => {
                    let right = stack.pop().unwrap_or_else(Piece::unknown);
                    let left = stack.pop().unwrap_or_else(Piece::unknown);
                    apply(op, left, right)
                }
                leaf => self.leaf(leaf),
            };
            stack.push(piece);
        }
        stack.pop().unwrap_or_else(Piece::unknown)
    }

    fn param(&self, number: u16, element: Option<&str>) -> Piece {
        match param_part(self.params, usize::from(number), element) {
            Some((name, ty)) => Piece::name(name + self.mark, ty.is_number() && !ty.is_signed()),
            None => Piece::name(format!("#{number}{}", self.mark), false),
        }
    }

    /// An id that no other call has: `fresh#2`, in the second step `fresh#2.1`.
    fn fresh(&self, step: u16, site: u16) -> Piece {
        let step = if step == 0 { String::new() } else { format!("{step}.") };
        Piece::name(format!("fresh#{step}{site}{}", self.mark), false)
    }

    fn leaf(&self, op: &Op) -> Piece {
        match op {
            Op::Const(ty, value) if ty.is_number() && *ty != Scalar::U256 => Piece::number(value.number(*ty)),
            Op::Const(ty, value) => Piece::name(short(*value, *ty), false),
            Op::Param(number) => self.param(*number, None),
            Op::Via => Piece::name(format!("via{}", self.mark), false),
            Op::Caller => Piece::name(format!("caller{}", self.mark), false),
            Op::Now => Piece::name("now".to_owned(), true),
            Op::SelfAddress { instance } => {
                let name = self.instances.get(usize::from(*instance)).map_or("", |instance| instance.name);
                Piece::name(if name.is_empty() { "self".to_owned() } else { format!("{name}.self") }, false)
            }
            Op::Immutable { instance, variable } => Piece::name(self.variable(*instance, *variable), false),
            Op::Index(number) => Piece::name(index_name(usize::from(*number), self.mark), false),
            _ => Piece::unknown(),
        }
    }
}

/// A variable's name in two: what stands before the keys, and the path behind them, to a part of the value that
/// the keys lead to, as people write it (`lots` and `.pot` of `lots.pot`).
#[must_use]
pub fn split(name: &str) -> (&str, String) {
    let start = name.find(['.', '#']).unwrap_or(name.len());
    let (head, tail) = name.split_at_checked(start).unwrap_or((name, ""));
    (head, without_content(tail))
}

/// A path without the steps that people do not write: the words of a text, the content of an option.
fn without_content(path: &str) -> String {
    let mut shown = String::new();
    for segment in path.split('.').skip(1) {
        let segment = segment.split('#').next().unwrap_or_default();
        if segment != "some" {
            shown.push('.');
            shown.push_str(segment);
        }
    }
    shown
}

/// The name and the scalar of a part of the parameters; `element` is what to write for an element's index.
fn param_part(params: &[Param], mut number: usize, element: Option<&str>) -> Option<(String, Scalar)> {
    for param in params {
        let count = param.ty.scalar_count();
        if number < count {
            return part(&param.ty, param.name.clone(), number, element);
        }
        number -= count;
    }
    None
}

/// The name and the scalar of part `number` of a value that is called `name`.
fn part(ty: &Type, name: String, number: usize, element: Option<&str>) -> Option<(String, Scalar)> {
    let rest = number.checked_sub(1);
    match (ty, rest) {
        (Type::Option(_), None) => Some((name, Scalar::Bool)),
        (Type::Option(content), Some(rest)) => part(content, name, rest, element),
        (Type::List(..), None) => Some((format!("{name}.len"), Scalar::U32)),
        (Type::List(content, _), Some(rest)) => {
            let stride = content.scalar_count().max(1);
            let index = element.map_or_else(|| (rest / stride).to_string(), str::to_owned);
            part(content, format!("{name}[{index}]"), rest % stride, element)
        }
        (Type::Enum(_), None) => Some((name, Scalar::U8)),
        (Type::Enum(it), Some(rest)) => {
            let fields = it.variants.iter().flat_map(|variant| {
                let path = format!("{name}.{}", variant.name);
                variant.fields.iter().map(move |field| (format!("{path}.{}", field.name), &field.ty))
            });
            part_of(fields, rest, element)
        }
        (Type::Struct(it), _) => {
            let fields = it.fields.iter().map(|field| (format!("{name}.{}", field.name), &field.ty));
            part_of(fields, number, element)
        }
        (Type::Tuple(parts), _) => {
            let parts = parts.iter().enumerate().map(|(place, ty)| (format!("{name}.{place}"), ty));
            part_of(parts, number, element)
        }
        (plain, _) => Some((name, plain.scalars().get(number).copied()?)),
    }
}

fn part_of<'t>(
    parts: impl Iterator<Item = (String, &'t Type)>,
    mut number: usize,
    element: Option<&str>,
) -> Option<(String, Scalar)> {
    for (name, ty) in parts {
        let count = ty.scalar_count();
        if number < count {
            return part(ty, name, number, element);
        }
        number -= count;
    }
    None
}

/// `i`, `j`, `k`, … for the loops around an access, outermost first.
fn index_name(number: usize, mark: &str) -> String {
    let letter = "ijklmnop".chars().nth(number).unwrap_or('x');
    format!("{letter}{mark}")
}

/// A constant; a digest is cut after its first four bytes.
fn short(value: Value, ty: Scalar) -> String {
    let full = value.show(ty);
    match full.get(..10) {
        Some(head) if ty.width() >= 20 => format!("{head}…"),
        _ => full,
    }
}

/// How tightly the outermost operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tightness {
    Sum,
    Product,
    Atom,
}

/// A part of a term, with what is needed to leave out what changes nothing.
#[derive(Clone)]
struct Piece {
    /// Without the minus.
    body: String,
    minus: bool,
    tightness: Tightness,
    /// The body is never below zero.
    unsigned: bool,
    /// The value, minus included, where it is constant.
    value: Option<I256>,
}

impl Piece {
    fn name(body: String, unsigned: bool) -> Self {
        Self { body, minus: false, tightness: Tightness::Atom, unsigned, value: None }
    }

    fn number(value: I256) -> Self {
        let (body, minus) = (value.unsigned_abs().to_string(), value < I256::ZERO);
        Self { body, minus, tightness: Tightness::Atom, unsigned: true, value: Some(value) }
    }

    fn unknown() -> Self {
        Self::name("?".to_owned(), false)
    }

    fn is_zero(&self) -> bool {
        self.value == Some(I256::ZERO)
    }

    fn is_never_negative(&self) -> bool {
        self.is_zero() || (self.unsigned && !self.minus)
    }

    fn is_never_positive(&self) -> bool {
        self.is_zero() || (self.unsigned && self.minus)
    }

    fn same_as(&self, other: &Self) -> bool {
        self.minus == other.minus && self.body == other.body
    }

    fn negated(self) -> Self {
        match self.value {
            Some(value) => Self::number(-value),
            None => Self { minus: !self.minus, ..self },
        }
    }

    /// The body, in brackets unless it binds at least as tightly as asked.
    fn bracketed(&self, at_least: Tightness) -> String {
        if self.tightness < at_least { format!("({})", self.body) } else { self.body.clone() }
    }

    fn text(&self) -> String {
        if self.minus { format!("-{}", self.bracketed(Tightness::Product)) } else { self.body.clone() }
    }

    /// With its sign, even where that is plus.
    fn signed(&self) -> String {
        match (self.is_zero(), self.minus) {
            (true, _) => self.body.clone(),
            (false, true) => self.text(),
            (false, false) => format!("+{}", self.bracketed(Tightness::Product)),
        }
    }

    fn operand(&self, at_least: Tightness) -> String {
        if self.minus {
            format!("(-{})", self.bracketed(Tightness::Product))
        } else {
            self.bracketed(at_least)
        }
    }
}

fn apply(op: &Op, left: Piece, right: Piece) -> Piece {
    match op {
        Op::WideAdd | Op::Arithmetic(Operation::Add, _) => sum(left, right),
        Op::WideSubtract | Op::Arithmetic(Operation::Subtract, _) => sum(left, right.negated()),
        Op::Arithmetic(operation, _) => {
            let after = if *operation == Operation::Multiply { Tightness::Product } else { Tightness::Atom };
            let body = format!(
                "{} {} {}",
                left.operand(Tightness::Product),
                operation.symbol(),
                right.operand(after)
            );
            let unsigned = left.is_never_negative() && right.is_never_negative();
            Piece { body, minus: false, tightness: Tightness::Product, unsigned, value: None }
        }
        Op::WideMax => extreme("max", left, right, Piece::is_never_negative, Piece::is_never_positive),
        _ => extreme("min", left, right, Piece::is_never_positive, Piece::is_never_negative),
    }
}

fn sum(left: Piece, right: Piece) -> Piece {
    if let (Some(a), Some(b)) = (left.value, right.value)
        && let Some(total) = a.checked_add(b)
    {
        return Piece::number(total);
    }
    if left.is_zero() {
        return right;
    }
    if right.is_zero() {
        return left;
    }
    let sign = if right.minus { '-' } else { '+' };
    // `a - (b + c)` needs its brackets, `a + b + c` does not.
    let tail = right.bracketed(if right.minus { Tightness::Product } else { Tightness::Sum });
    let unsigned = left.is_never_negative() && right.is_never_negative();
    let body = format!("{} {sign} {tail}", left.text());
    Piece { body, minus: false, tightness: Tightness::Sum, unsigned, value: None }
}

/// `max` or `min` of two; a side that can never win is left out.
fn extreme(
    word: &str,
    left: Piece,
    right: Piece,
    wins_over_zero: fn(&Piece) -> bool,
    loses_to_zero: fn(&Piece) -> bool,
) -> Piece {
    if left.same_as(&right) || (right.is_zero() && wins_over_zero(&left)) {
        return left;
    }
    if left.is_zero() && wins_over_zero(&right) {
        return right;
    }
    if left.is_zero() && loses_to_zero(&right) {
        return left;
    }
    if right.is_zero() && loses_to_zero(&left) {
        return right;
    }
    let unsigned = left.is_never_negative() && right.is_never_negative();
    let body = format!("{word}({}, {})", left.text(), right.text());
    Piece { body, minus: false, tightness: Tightness::Atom, unsigned, value: None }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::manifest::ContainerKind;

    fn manifest() -> Manifest {
        let variable = |name: &str, keys: &[Scalar]| Variable {
            name: name.to_owned(),
            keys: keys.to_vec(),
            value: Scalar::U128,
            default: Value::ZERO,
            immutable: false,
            holding: Holding::Nothing,
        };
        Manifest {
            name: "Token".to_owned(),
            kind: ContainerKind::Contract,
            language: 1,
            compiler: String::new(),
            source_hash: [0; 32],
            variables: vec![variable("total", &[]), variable("allowed", &[Scalar::Address, Scalar::Address])],
            entries: Vec::new(),
            errors: Vec::new(),
            events: Vec::new(),
            slots: Vec::new(),
            assets: Vec::new(),
            computations: Vec::new(),
        }
    }

    fn with_names(check: impl FnOnce(&Names<'_>)) {
        let manifest = manifest();
        let param = |name: &str, ty: Scalar| Param { name: name.to_owned(), ty: ty.into() };
        let params = [param("amount", Scalar::U128), param("n", Scalar::U32), param("shift", Scalar::I64)];
        let instances = [Instance { name: "gold", manifest: &manifest }];
        check(&Names { params: &params, instances: &instances, mark: "" });
    }

    fn amount() -> Term {
        Term::leaf(Op::Param(0)).unary(Op::Widen(Scalar::U128))
    }

    fn number(value: u64) -> Term {
        Term::leaf(Op::Const(Scalar::U64, Value::from_u64(value)))
    }

    fn access(variable: u16, keys: Vec<Term>) -> Access {
        Access {
            variable: VariableId(variable),
            keys,
            mode: Mode::Read,
            ranges: Vec::new(),
            touches_max: 1,
            when: None,
        }
    }

    #[test]
    fn places_show_what_is_not_known_as_a_star() {
        with_names(|names| {
            let caller = Term::leaf(Op::Caller);
            assert_eq!(names.place(0, &access(0, Vec::new())), "gold.total");
            assert_eq!(
                names.place(0, &access(1, vec![caller.clone(), caller.clone()])),
                "gold.allowed[caller][caller]"
            );
            assert_eq!(names.place(0, &access(1, vec![caller])), "gold.allowed[caller][*]");
            assert_eq!(names.place(0, &access(1, Vec::new())), "gold.allowed[*][*]");
        });
    }

    #[test]
    fn parts_of_values_read_like_the_source() {
        use crate::ty::{Field, StructType};
        let field = |name: &str, ty: Type| Field { name: name.to_owned(), ty, constant: false };
        let fields = vec![field("to", Scalar::Address.into()), field("note", Type::String(40))];
        let bid = Type::Struct(StructType { name: "Bid".to_owned(), asset: None, fields });
        let option = Type::Option(Box::new(bid.clone()));
        let types = [Scalar::U64.into(), option, Type::List(Box::new(bid), 4)];
        let names = ["n", "best", "bids"];
        let params: Vec<Param> =
            names.iter().zip(types).map(|(name, ty)| Param { name: (*name).to_owned(), ty }).collect();
        let mut manifest = manifest();
        let parts = ["lots.bid.some.note#1", "lots.some", "coin.balances"];
        for (name, holding) in parts.iter().zip([Holding::Nothing, Holding::Nothing, Holding::Coin]) {
            let shown = Variable { name: (*name).to_owned(), holding, ..manifest.variables[1].clone() };
            manifest.variables.push(Variable { keys: vec![Scalar::Address], ..shown });
        }
        let instances = [Instance { name: "shop", manifest: &manifest }];
        let names = Names { params: &params, instances: &instances, mark: "" };
        let shown: Vec<String> = (0..9).map(|n| names.term(&Term::leaf(Op::Param(n)))).collect();
        let expected =
            ["n", "best", "best.to", "best.note", "best.note", "bids.len", "bids[0].to", "bids[0].note"];
        assert_eq!(shown[..8], expected);
        let element = |first| {
            let op = Op::Element { index: Scalar::U32, first, stride: 3, turns: 4 };
            Term::leaf(Op::Index(0)).unary(op)
        };
        assert_eq!(names.term(&element(6)), "bids[i].to");
        assert_eq!(names.place(0, &access(2, vec![element(6)])), "shop.lots[bids[i].to].bid.note");
        assert_eq!(names.place(0, &access(3, vec![])), "shop.lots[*]");
        assert_eq!(names.place(0, &access(4, vec![Term::leaf(Op::Via)])), "coin.balances[via]");
        let fresh = |step| Term::leaf(Op::Fresh { step, site: 2, depth: 0 });
        assert_eq!(
            (names.term(&fresh(0)), names.term(&fresh(3))),
            ("fresh#2".to_owned(), "fresh#3.2".to_owned())
        );
    }

    #[test]
    fn deltas_read_like_the_source() {
        with_names(|names| {
            let minus = Term::wide_zero().binary(&amount(), Op::WideSubtract);
            let debit =
                Delta { low: minus.clone(), high: minus.clone(), need: amount(), peak: Term::wide_zero() };
            assert_eq!(names.change(&debit), "-amount");
            assert_eq!(names.need(&debit).as_deref(), Some("amount"));
            assert_eq!(names.mode(&Mode::Delta(debit)), "delta");
            let maybe =
                Delta { low: minus, high: Term::wide_zero(), need: amount(), peak: Term::wide_zero() };
            assert_eq!(names.change(&maybe), "-amount..0");
            let sum = Term::wide_zero().binary(&amount(), Op::WideAdd);
            let credit = Delta { low: sum.clone(), high: sum.clone(), need: Term::wide_zero(), peak: sum };
            assert_eq!(names.change(&credit), "+amount");
            assert_eq!(names.need(&credit), None);
            assert_eq!(names.mode(&Mode::Delta(credit)), "add");
        });
    }

    #[test]
    fn brackets_stand_only_where_they_are_needed() {
        with_names(|names| {
            let plus = |a: Term, b: &Term| a.binary(b, Op::Arithmetic(Operation::Add, Scalar::U64));
            let times = |a: Term, b: &Term| a.binary(b, Op::Arithmetic(Operation::Multiply, Scalar::U64));
            let minus = |a: Term, b: &Term| a.binary(b, Op::Arithmetic(Operation::Subtract, Scalar::U64));
            let n = || Term::leaf(Op::Param(1));
            assert_eq!(names.term(&plus(times(n(), &number(2)), &number(1))), "n * 2 + 1");
            assert_eq!(names.term(&times(plus(n(), &number(2)), &number(3))), "(n + 2) * 3");
            assert_eq!(names.term(&minus(number(9), &plus(n(), &number(1)))), "9 - (n + 1)");
            assert_eq!(names.term(&plus(number(4), &number(5))), "9");
            let range = Range { ty: Scalar::U64, from: number(0), to: plus(n(), &number(1)), turns_max: 4 };
            assert_eq!(names.ranges(&[range]), "for i in 0..n + 1");
        });
    }

    #[test]
    fn a_signed_change_may_go_either_way() {
        with_names(|names| {
            let shift = Term::leaf(Op::Param(2)).unary(Op::Widen(Scalar::I64));
            let need = Term::wide_zero().binary(&shift, Op::WideSubtract);
            let need = Term::wide_zero().binary(&need, Op::WideMax);
            let delta = Delta { low: shift.clone(), high: shift.clone(), need, peak: shift };
            assert_eq!(names.mode(&Mode::Delta(delta.clone())), "delta");
            assert_eq!(names.need(&delta).as_deref(), Some("max(0, -shift)"));
        });
    }
}
