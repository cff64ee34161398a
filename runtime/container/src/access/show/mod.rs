//! Terms and accesses as text for people: `balances[caller]`, `-amount`, `for i in 0..n`.
//!
//! The text says what the formula says, with the parts that change nothing left out (`0 + amount` reads as
//! `amount`); it is for reading and is never parsed.

mod piece;

use self::piece::{Piece, apply, compared, computed, selected};
use super::{Access, Delta, Mode, Op, Range, Read, Term, VariableId};
use crate::manifest::{Holding, Manifest, Param, Variable};
use crate::ty::Type;
use crate::value::{Scalar, Value};

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
        self.cell(instance, access.variable, access.keys.iter().map(|key| self.term(key)).collect())
    }

    /// A cell that a term reads.
    #[must_use]
    pub fn read(&self, read: &Read) -> String {
        self.cell(read.instance, read.variable, read.keys.iter().map(|key| self.term(key)).collect())
    }

    fn cell(&self, instance: u16, variable: VariableId, mut keys: Vec<String>) -> String {
        let known = self.known(instance, variable);
        let (mut text, tail) = match known {
            Some(variable) if variable.holding != Holding::Coin => {
                let (head, tail) = split(&variable.name);
                (self.owned(instance, variable, head), tail)
            }
            _ => (self.variable(instance, variable), String::new()),
        };
        let depth = known.map_or(keys.len(), |variable| variable.keys.len());
        keys.resize(depth.max(keys.len()), "*".to_owned());
        keys.iter().for_each(|key| text.push_str(&format!("[{key}]")));
        text + &tail
    }

    /// The variable's name, behind its container's where that has one.
    #[must_use]
    pub fn variable(&self, instance: u16, variable: VariableId) -> String {
        match self.known(instance, variable) {
            Some(variable) => {
                let (head, tail) = split(&variable.name);
                self.owned(instance, variable, &format!("{head}{tail}"))
            }
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

    /// The change a delta makes: `-amount`, `+1`, `-amount..0`, or `+any` where nothing but a supply bounds it.
    #[must_use]
    pub fn change(&self, delta: &Delta) -> String {
        if *delta == Delta::any_credit() {
            return "+any".to_owned();
        }
        let (low, high) = (self.piece(&delta.low), self.piece(&delta.high));
        if low.same_as(&high) { low.signed() } else { format!("{}..{}", low.signed(), high.signed()) }
    }

    /// What must be there before the call, unless it is nothing: `amount`.
    #[must_use]
    pub fn need(&self, delta: &Delta) -> Option<String> {
        let need = self.piece(&delta.need);
        (!need.is_zero()).then(|| need.text())
    }

    /// What may be there at most before the call, where a guard asks for room above: `cap - amount`.
    #[must_use]
    pub fn room(&self, delta: &Delta) -> Option<String> {
        operands(&delta.peak, &Op::WideMax).iter().find_map(|peak| {
            let addends = operands(peak, &Op::WideAdd);
            let (place, limit) =
                (0..).zip(&addends).find_map(|(at, addend)| Some((at, limit_of(addend)?)))?;
            let others = (0..).zip(&addends).filter(|(at, _)| *at != place);
            let less = |room, (_, addend): (usize, &Term)| apply(&Op::WideSubtract, room, self.piece(addend));
            Some(others.fold(self.piece(&limit), less).text())
        })
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
            let operands = stack.split_off(stack.len().saturating_sub(op.arity()));
            stack.push(self.operation(op, operands));
        }
        stack.pop().unwrap_or_else(Piece::unknown)
    }

    fn operation(&self, op: &Op, operands: Vec<Piece>) -> Piece {
        let all = operands.len() == op.arity();
        let mut operands = operands.into_iter();
        let mut next = || operands.next().unwrap_or_else(Piece::unknown);
        match op {
            _ if !all => Piece::unknown(),
            Op::Widen(_) | Op::Cast(..) => next(),
            Op::Element { first, .. } => self.param(*first, Some(&next().text())),
            Op::Fresh { step, site, .. } => self.fresh(*step, *site),
            Op::At { instance, variable, .. } => {
                let keys = operands.map(|key| key.text()).collect();
                let is_number = self.known(*instance, *variable).is_some_and(|it| it.value.is_number());
                let signed = self.known(*instance, *variable).is_some_and(|it| it.value.is_signed());
                Piece::name(self.cell(*instance, *variable, keys), is_number && !signed)
            }
            Op::Arithmetic(..) | Op::WideAdd | Op::WideSubtract | Op::WideMax | Op::WideMin => {
                let left = next();
                apply(op, left, next())
            }
            Op::Compare(comparison, _) => {
                let left = next();
                compared(*comparison, &left, &next())
            }
            Op::Select => {
                let (condition, then) = (next(), next());
                selected(&condition, &then, &next())
            }
            Op::Compute(computation) => computed(computation, operands),
            leaf => self.leaf(leaf),
        }
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
            Op::Result { step, scalar } => Piece::name(format!("result#{step}.{scalar}{}", self.mark), false),
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

/// The terms that `op` makes a term of, however they are nested.
fn operands(term: &Term, op: &Op) -> Vec<Term> {
    let parts = term.parts().filter(|_| term.0.last() == Some(op));
    parts.map_or_else(
        || vec![term.clone()],
        |parts| parts.iter().flat_map(|part| operands(&Term(part.to_vec()), op)).collect(),
    )
}

/// The limit that a term keeps free room above: `limit` of `greatest - limit`.
fn limit_of(term: &Term) -> Option<Term> {
    let parts = term.parts()?;
    match (term.0.last(), parts.as_slice()) {
        (Some(Op::WideSubtract), [[Op::Const(ty, greatest), Op::Widen(_)], limit])
            if greatest.number(*ty) == ty.range().1 =>
        {
            Some(Term(limit.to_vec()))
        }
        _ => None,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::arithmetic::{Comparison, Operation};
    use crate::compute::Computation;
    use crate::integer::BitOperation;
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
            version: 1,
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
    fn cells_conditions_and_computations_read_like_the_source() {
        with_names(|names| {
            let n = || Term::leaf(Op::Param(1));
            let at = |keys: &[Term], variable, count| {
                let ops = keys.iter().flat_map(|key| key.0.clone()).collect();
                Term(ops).unary(Op::At { instance: 0, variable: VariableId(variable), keys: count })
            };
            let total = || at(&[], 0, 0);
            let allowed = at(&[Term::leaf(Op::Caller), total()], 1, 2);
            assert_eq!(names.term(&allowed), "gold.allowed[caller][gold.total]");
            assert_eq!(
                names.place(0, &access(1, vec![allowed])),
                "gold.allowed[gold.allowed[caller][gold.total]][*]"
            );
            let less = |a: Term, b: &Term| a.binary(b, Op::Compare(Comparison::Less, Scalar::U64));
            let (small, large) = (less(n(), &number(9)), less(number(5), &n()));
            assert_eq!(names.term(&small), "n < 9");
            assert_eq!(names.term(&small.clone().and(&large)), "n < 9 && 5 < n");
            let not = |term: Term| term.select(&Term::never(), &Term::always());
            assert_eq!(names.term(&not(small.clone().and(&large))), "!(n < 9 && 5 < n)");
            let either = small.clone().select(&Term::always(), &large);
            assert_eq!(names.term(&either), "n < 9 || 5 < n");
            assert_eq!(names.term(&either.and(&small)), "(n < 9 || 5 < n) && n < 9");
            let choice = small.select(&n(), &number(9));
            assert_eq!(names.term(&choice), "if n < 9 { n } else { 9 }");
            let more = choice.binary(&number(1), Op::Arithmetic(Operation::Add, Scalar::U64));
            assert_eq!(names.term(&more), "(if n < 9 { n } else { 9 }) + 1");
            let operands = [n(), number(3), number(7)].into_iter().flat_map(|operand| operand.0);
            let mul_div = Term(operands.collect()).unary(Op::Compute(Computation::MulDiv(Scalar::U64)));
            assert_eq!(names.term(&mul_div), "mul_div(n, 3, 7)");
            let bits = n().binary(&number(7), Op::Compute(Computation::Bits(BitOperation::And, Scalar::U64)));
            assert_eq!(names.term(&less(bits.clone(), &number(2))), "n & 7 < 2");
            assert_eq!(
                names.term(&bits.unary(Op::Compute(Computation::Sha256(Scalar::U64.into())))),
                "sha256(n & 7)"
            );
            assert_eq!(names.term(&Term(vec![Op::Select])), "?");
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
