//! The parts of a term's text: what stands in brackets, what is left out, which sign stands before it.

use super::super::Op;
use crate::arithmetic::{Comparison, Operation};
use crate::compute::Computation;
use crate::integer::{BitOperation, ShiftDirection};
use ethnum::I256;

/// How tightly the outermost operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tightness {
    /// `if c { a } else { b }`
    Choice,
    Or,
    And,
    Comparison,
    /// `a | b` and the like, which stand in brackets next to everything else.
    Bits,
    Sum,
    Product,
    Atom,
}

/// A part of a term, with what is needed to leave out what changes nothing.
#[derive(Clone)]
pub(super) struct Piece {
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
    pub(super) fn name(body: String, unsigned: bool) -> Self {
        Self { body, minus: false, tightness: Tightness::Atom, unsigned, value: None }
    }

    pub(super) fn number(value: I256) -> Self {
        let (body, minus) = (value.unsigned_abs().to_string(), value < I256::ZERO);
        Self { body, minus, tightness: Tightness::Atom, unsigned: true, value: Some(value) }
    }

    pub(super) fn unknown() -> Self {
        Self::name("?".to_owned(), false)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.value == Some(I256::ZERO)
    }

    fn is_one(&self) -> bool {
        self.value == Some(I256::ONE)
    }

    pub(super) fn is_never_negative(&self) -> bool {
        self.is_zero() || (self.unsigned && !self.minus)
    }

    fn is_never_positive(&self) -> bool {
        self.is_zero() || (self.unsigned && self.minus)
    }

    pub(super) fn same_as(&self, other: &Self) -> bool {
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

    pub(super) fn text(&self) -> String {
        if self.minus { format!("-{}", self.bracketed(Tightness::Product)) } else { self.body.clone() }
    }

    /// With its sign, even where that is plus.
    pub(super) fn signed(&self) -> String {
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

/// A piece that is neither a sum nor a number.
fn plain(body: String, tightness: Tightness) -> Piece {
    Piece { tightness, ..Piece::name(body, false) }
}

pub(super) fn compared(comparison: Comparison, left: &Piece, right: &Piece) -> Piece {
    let (left, right) = (left.operand(Tightness::Bits), right.operand(Tightness::Bits));
    plain(format!("{left} {} {right}", comparison.symbol()), Tightness::Comparison)
}

/// A choice; where one side is a truth value, what the choice means: `!c`, `c && a`, `c || b`.
pub(super) fn selected(condition: &Piece, then: &Piece, otherwise: &Piece) -> Piece {
    let joined = |left: String, operator: &str, right: &Piece, tightness| {
        plain(format!("{left} {operator} {}", right.bracketed(tightness)), tightness)
    };
    let not = || format!("!{}", condition.bracketed(Tightness::Atom));
    match (then.body.as_str(), otherwise.body.as_str()) {
        ("true", "false") => condition.clone(),
        ("false", "true") => plain(not(), Tightness::Atom),
        (_, "false") => joined(condition.bracketed(Tightness::And), "&&", then, Tightness::And),
        ("true", _) => joined(condition.bracketed(Tightness::Or), "||", otherwise, Tightness::Or),
        ("false", _) => joined(not(), "&&", otherwise, Tightness::And),
        (_, "true") => joined(not(), "||", then, Tightness::Or),
        (_, _) => {
            let body =
                format!("if {} {{ {} }} else {{ {} }}", condition.text(), then.text(), otherwise.text());
            plain(body, Tightness::Choice)
        }
    }
}

/// A computation, as the source writes it.
pub(super) fn computed(computation: &Computation, mut operands: impl Iterator<Item = Piece>) -> Piece {
    let mut infix = |symbol: &str| {
        let mut next = || operands.next().unwrap_or_else(Piece::unknown);
        let (left, right) = (next(), next());
        let (left, right) = (left.operand(Tightness::Sum), right.operand(Tightness::Sum));
        plain(format!("{left} {symbol} {right}"), Tightness::Bits)
    };
    let name = match computation {
        Computation::Arithmetic(operation, _) => return infix(operation.symbol()),
        Computation::Less(_) => {
            return Piece { tightness: Tightness::Comparison, ..infix("<") };
        }
        Computation::Bits(BitOperation::And, _) => return infix("&"),
        Computation::Bits(BitOperation::Or, _) => return infix("|"),
        Computation::Bits(BitOperation::Xor, _) => return infix("^"),
        Computation::Cast(..) => return operands.next().unwrap_or_else(Piece::unknown),
        Computation::MulDiv(_) => "mul_div",
        Computation::SquareRoot(_) => "sqrt",
        Computation::Wrapping(Operation::Add, _) => "wrapping_add",
        Computation::Wrapping(Operation::Subtract, _) => "wrapping_sub",
        Computation::Wrapping(_, _) => "wrapping_mul",
        Computation::Shift(ShiftDirection::Left, _) => "shl",
        Computation::Shift(ShiftDirection::Right, _) => "shr",
        Computation::Blake3(_) => "blake3",
        Computation::Sha256(_) => "sha256",
        Computation::VerifySignature(_) => "verify_signature",
        Computation::Fresh { .. } => "fresh_id",
    };
    let operands: Vec<String> = operands.map(|operand| operand.text()).collect();
    plain(format!("{name}({})", operands.join(", ")), Tightness::Atom)
}

pub(super) fn apply(op: &Op, left: Piece, right: Piece) -> Piece {
    match op {
        Op::WideAdd | Op::Arithmetic(Operation::Add, _) => sum(left, right),
        Op::WideSubtract | Op::Arithmetic(Operation::Subtract, _) => sum(left, right.negated()),
        Op::Arithmetic(Operation::Multiply, _) if left.is_one() => right,
        Op::Arithmetic(Operation::Multiply | Operation::Divide, _) if right.is_one() => left,
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
    let head = if left.minus { left.text() } else { left.bracketed(Tightness::Sum) };
    let body = format!("{head} {sign} {tail}");
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
