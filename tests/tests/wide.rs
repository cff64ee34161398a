//! `u256` at its boundaries: what the emitted code and the host make of it agrees with long arithmetic, bit by bit.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

use mc_container::address::Address;
use mc_container::arithmetic::{self, Operation};
use mc_container::error::SystemError;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Block, Executor, PoolOptions, Strategy, Transaction};
use mc_tests::generate;
use mc_tests::stage::{CHAIN, Stage, compile_clean};
use rand::Rng;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::Arc;

const OPERATIONS: [(&str, Operation); 5] = [
    ("add", Operation::Add),
    ("sub", Operation::Subtract),
    ("mul", Operation::Multiply),
    ("div", Operation::Divide),
    ("rem", Operation::Remainder),
];
const COMPARISONS: [(&str, &str); 6] =
    [("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")];
const NARROW: [Scalar; 7] =
    [Scalar::U8, Scalar::U16, Scalar::U32, Scalar::U64, Scalar::U128, Scalar::I64, Scalar::I128];

type Limbs = [u64; 4];
type Outcome = Result<Value, SystemError>;

/// The sum, unless it leaves 256 bits.
fn sum(a: Limbs, b: Limbs) -> Option<Limbs> {
    let (mut total, mut carry) = ([0; 4], 0_u128);
    for at in 0..4 {
        let digit = u128::from(a[at]) + u128::from(b[at]) + carry;
        (total[at], carry) = (digit as u64, digit >> 64);
    }
    (carry == 0).then_some(total)
}

fn order(a: Limbs, b: Limbs) -> Ordering {
    a.iter().rev().cmp(b.iter().rev())
}

fn difference(a: Limbs, b: Limbs) -> Option<Limbs> {
    let not = b.map(|limb| !limb);
    let (mut total, mut carry) = ([0; 4], 1_u128);
    for at in 0..4 {
        let digit = u128::from(a[at]) + u128::from(not[at]) + carry;
        (total[at], carry) = (digit as u64, digit >> 64);
    }
    order(a, b).is_ge().then_some(total)
}

fn bit(a: Limbs, at: usize) -> bool {
    a[at / 64] >> (at % 64) & 1 == 1
}

/// By doubling and adding.
fn product(a: Limbs, b: Limbs) -> Option<Limbs> {
    let mut total = [0; 4];
    for at in (0..256).rev() {
        total = sum(total, total)?;
        if bit(b, at) {
            total = sum(total, a)?;
        }
    }
    Some(total)
}

/// By long division: the quotient and the rest.
fn divided(a: Limbs, b: Limbs) -> (Limbs, Limbs) {
    let (mut quotient, mut rest) = ([0; 4], [0; 4]);
    for at in (0..256).rev() {
        let doubled = sum(rest, rest);
        let next = doubled.map(|mut doubled| {
            doubled[0] |= u64::from(bit(a, at));
            doubled
        });
        // A rest that leaves 256 bits is greater than what divides, and so is its half doubled.
        rest = match next {
            Some(next) if order(next, b).is_lt() => next,
            Some(next) => {
                quotient[at / 64] |= 1 << (at % 64);
                difference(next, b).unwrap()
            }
            None => {
                quotient[at / 64] |= 1 << (at % 64);
                let half = difference(b, rest).unwrap();
                let next = difference(rest, half).unwrap();
                if bit(a, at) { sum(next, [1, 0, 0, 0]).unwrap() } else { next }
            }
        };
    }
    (quotient, rest)
}

fn expected(operation: Operation, a: Limbs, b: Limbs) -> Outcome {
    let result = match operation {
        Operation::Divide | Operation::Remainder if b == [0; 4] => return Err(SystemError::DivisionByZero),
        Operation::Add => sum(a, b),
        Operation::Subtract => difference(a, b),
        Operation::Multiply => product(a, b),
        Operation::Divide => Some(divided(a, b).0),
        Operation::Remainder => Some(divided(a, b).1),
    };
    result.map(Value).ok_or(SystemError::Overflow)
}

fn contract() -> String {
    let mut text = String::from("contract Wide {\n    state cell: u256 = 0;\n");
    for (name, operation) in OPERATIONS {
        let symbol = operation.symbol();
        let _ = writeln!(text, "    entry {name}(a: u256, b: u256) -> u256 {{ return a {symbol} b; }}");
        if operation != Operation::Remainder {
            let _ = writeln!(
                text,
                "    entry {name}_cell(a: u256, b: u256) -> u256 {{ cell = a; cell {symbol}= b; return cell; }}"
            );
        }
    }
    for (name, symbol) in COMPARISONS {
        let _ = writeln!(text, "    entry {name}(a: u256, b: u256) -> bool {{ return a {symbol} b; }}");
    }
    for to in NARROW {
        let _ = writeln!(
            text,
            "    entry to_{to}(a: u256, b: u256) -> {to} {{ require b == b else No; return a as {to}; }}"
        );
        if !to.is_signed() {
            let _ = writeln!(
                text,
                "    entry through_{to}(a: u256, b: u256) -> u256 {{ require b == b else No; return (a as {to}) as u256; }}"
            );
        }
    }
    text + "    error No;\n}\napp Main { let wide = deploy Wide(); }\n"
}

/// Numbers around every power of two that is a limb's, and some others.
fn numbers() -> Vec<Limbs> {
    let one = [1, 0, 0, 0];
    let mut numbers = vec![[0; 4], one, [2, 0, 0, 0], [3, 0, 0, 0], [u64::MAX; 4]];
    for power in [7, 8, 16, 31, 32, 63, 64, 65, 126, 127, 128, 129, 191, 192, 254, 255] {
        let mut number = [0; 4];
        number[power / 64] = 1 << (power % 64);
        numbers.push(number);
        numbers.extend(sum(number, one));
        numbers.extend(difference(number, one));
    }
    let rng = &mut generate::rng(3);
    numbers.extend((0..12).map(|_| {
        let limbs = rng.random_range(1..5);
        std::array::from_fn(|at| if at < limbs { rng.random() } else { 0 })
    }));
    numbers
}

/// An entry with its arguments, the type of its result, and what it must give.
struct Question(String, Limbs, Limbs, Scalar, Outcome);

fn narrowed(a: Limbs, to: Scalar) -> Outcome {
    let bits = 8 * to.width() - usize::from(to.is_signed());
    let fits = (bits..256).all(|at| !bit(a, at));
    if fits { Ok(Value(a)) } else { Err(SystemError::CastOverflow) }
}

fn questions() -> Vec<Question> {
    let numbers = numbers();
    let mut questions = Vec::new();
    for a in numbers.iter().copied() {
        for b in numbers.iter().copied() {
            for (name, operation) in OPERATIONS {
                let answer = expected(operation, a, b);
                let shared = arithmetic::checked(operation, Scalar::U256, Value(a), Value(b));
                assert_eq!(shared, answer, "{name} of {a:?} and {b:?}");
                questions.push(Question(name.to_owned(), a, b, Scalar::U256, answer));
                if operation != Operation::Remainder {
                    questions.push(Question(format!("{name}_cell"), a, b, Scalar::U256, answer));
                }
            }
            let order = order(a, b);
            let holds =
                [order.is_lt(), order.is_le(), order.is_gt(), order.is_ge(), order.is_eq(), order.is_ne()];
            for ((name, _), holds) in COMPARISONS.iter().zip(holds) {
                let answer = Ok(Value::from_u64(u64::from(holds)));
                questions.push(Question((*name).to_owned(), a, b, Scalar::Bool, answer));
            }
        }
        for to in NARROW {
            let answer = narrowed(a, to);
            questions.push(Question(format!("to_{to}"), a, a, to, answer));
            if !to.is_signed() {
                questions.push(Question(format!("through_{to}"), a, a, Scalar::U256, answer));
            }
        }
    }
    questions
}

#[test]
fn wide_numbers_count_as_they_do_on_paper() {
    let compiled = compile_clean(&contract());
    let stage = Stage::new(&compiled);
    let (alice, to) = (Address::of_account("alice"), stage.address("wide"));
    let questions = questions();
    let transactions = questions.iter().map(|Question(entry, a, b, ..)| {
        let mut arguments = Vec::new();
        Value(*a).encode(Scalar::U256, &mut arguments);
        Value(*b).encode(Scalar::U256, &mut arguments);
        Transaction::call(alice, 0, to, entry, arguments)
    });
    let block = Block { chain: CHAIN.to_owned(), height: 0, time: 0, transactions: transactions.collect() };
    let options = PoolOptions { threads: 1, parallel_from: 0, ..PoolOptions::default() };
    let executor = Executor::new(options).unwrap();
    let outcome = executor.execute(&stage.world, &Arc::new(block), Strategy::Serial).unwrap();
    for (Question(entry, a, b, result, answer), receipt) in questions.iter().zip(&outcome.receipts) {
        let is_right = match answer {
            Ok(value) => {
                let mut output = Vec::new();
                value.encode(*result, &mut output);
                receipt.is_success() && receipt.output == output
            }
            Err(error) => receipt.result == error.code() && receipt.output.is_empty(),
        };
        assert!(is_right, "{entry} of {a:?} and {b:?}: expected {answer:?}, found {receipt:?}");
    }
    println!("{} operand pairs", questions.len());
    assert!(questions.len() >= 50_000);
}
