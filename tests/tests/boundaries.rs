//! Integers at every boundary of every width: the emitted code, the shared arithmetic and native Rust agree.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

use mc_compiler::Compiled;
use mc_container::address::Address;
use mc_container::arithmetic::{self, Operation};
use mc_container::error::SystemError;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Block, Executor, PoolOptions, Receipt, Strategy, Transaction};
use mc_tests::stage::{CHAIN, Stage, compile_clean, packages_of};
use mc_tests::{generate, repack};
use rand::Rng;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::Arc;

const INTEGERS: [Scalar; 7] =
    [Scalar::U8, Scalar::U16, Scalar::U32, Scalar::U64, Scalar::U128, Scalar::I64, Scalar::I128];
const OPERATIONS: [(&str, Operation); 5] = [
    ("add", Operation::Add),
    ("sub", Operation::Subtract),
    ("mul", Operation::Multiply),
    ("div", Operation::Divide),
    ("rem", Operation::Remainder),
];
const COMPARISONS: [(&str, &str); 6] =
    [("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")];

type Outcome = Result<Value, SystemError>;

/// A contract with an entry for everything that can be done with two numbers of type `ty`.
fn contract(ty: Scalar) -> String {
    let mut text = format!("contract Numbers {{\n    state cell: {ty} = 0;\n");
    for (name, operation) in OPERATIONS {
        let symbol = operation.symbol();
        let _ = writeln!(text, "    entry {name}(a: {ty}, b: {ty}) -> {ty} {{ return a {symbol} b; }}");
        if operation != Operation::Remainder {
            let _ = writeln!(
                text,
                "    entry {name}_cell(a: {ty}, b: {ty}) -> {ty} {{ cell = a; cell {symbol}= b; return cell; }}"
            );
        }
        let _ = writeln!(text, "    entry {name}_small(a: {ty}, b: {ty}) -> {ty} {{ return a {symbol} 3; }}");
    }
    for (name, symbol) in COMPARISONS {
        let _ = writeln!(text, "    entry {name}(a: {ty}, b: {ty}) -> bool {{ return a {symbol} b; }}");
    }
    if ty.is_signed() {
        let _ = writeln!(text, "    entry neg(a: {ty}, b: {ty}) -> {ty} {{ return -a; }}");
    }
    for to in INTEGERS {
        let _ = writeln!(text, "    entry to_{to}(a: {ty}, b: {ty}) -> {to} {{ return a as {to}; }}");
    }
    let _ = writeln!(
        text,
        "    entry turns(a: {ty}, b: {ty}) -> u8 {{ let mut n: u8 = 0; let mut last: {ty} = 0;\n        for i in a..b max 3 {{ n += 1; last = i; }}\n        require n == 0 || last + 1 == b else Wrong; return n; }}\n    error Wrong;\n}}\napp Main {{ let numbers = deploy Numbers(); }}"
    );
    text
}

/// Numbers of type `ty` around every power of two and every limit.
fn numbers(ty: Scalar) -> Vec<Value> {
    let (least, greatest) = ty.range();
    let mut around = vec![least, greatest, greatest / 2, greatest / 3, greatest / 10];
    let bits = 8 * ty.width();
    for power in
        [0, 1, 2, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 95, 96, 127].into_iter().filter(|p| *p < bits)
    {
        let number = ethnum::I256::ONE << u32::try_from(power).unwrap();
        around.extend([number, -number]);
    }
    let near = around.into_iter().flat_map(|number| [number - 1, number, number + 1]);
    let mut values: Vec<Value> = near.filter_map(|number| Value::from_number(number, ty)).collect();
    values.sort();
    values.dedup();
    values
}

/// `a operation b` by the processor's own arithmetic.
fn native(operation: Operation, ty: Scalar, a: Value, b: Value) -> Outcome {
    let divides = matches!(operation, Operation::Divide | Operation::Remainder);
    if divides && b == Value::ZERO {
        return Err(SystemError::DivisionByZero);
    }
    let wide = |value: Value| (u128::from(value.0[1]) << 64) | u128::from(value.0[0]);
    let result = match ty {
        Scalar::I128 => {
            let (a, b) = (wide(a).cast_signed(), wide(b).cast_signed());
            signed(operation, a, b).map(|number| Value::from_u128(number.cast_unsigned()))
        }
        Scalar::I64 => {
            let (a, b) = (a.0[0].cast_signed(), b.0[0].cast_signed());
            let number = match operation {
                Operation::Add => a.checked_add(b),
                Operation::Subtract => a.checked_sub(b),
                Operation::Multiply => a.checked_mul(b),
                Operation::Divide => a.checked_div(b),
                Operation::Remainder => a.checked_rem(b),
            };
            number.map(|number| Value::from_u64(number.cast_unsigned()))
        }
        _ => {
            let (a, b) = (wide(a), wide(b));
            let number = match operation {
                Operation::Add => a.checked_add(b),
                Operation::Subtract => a.checked_sub(b),
                Operation::Multiply => a.checked_mul(b),
                Operation::Divide => a.checked_div(b),
                Operation::Remainder => a.checked_rem(b),
            };
            let bits = 8 * ty.width();
            number.filter(|number| bits == 128 || *number >> bits == 0).map(Value::from_u128)
        }
    };
    result.ok_or(SystemError::Overflow)
}

fn signed(operation: Operation, a: i128, b: i128) -> Option<i128> {
    match operation {
        Operation::Add => a.checked_add(b),
        Operation::Subtract => a.checked_sub(b),
        Operation::Multiply => a.checked_mul(b),
        Operation::Divide => a.checked_div(b),
        Operation::Remainder => a.checked_rem(b),
    }
}

/// How two numbers compare, by the processor's own arithmetic.
fn native_order(ty: Scalar, a: Value, b: Value) -> Ordering {
    let wide = |value: Value| (u128::from(value.0[1]) << 64) | u128::from(value.0[0]);
    match ty {
        Scalar::I64 => a.0[0].cast_signed().cmp(&b.0[0].cast_signed()),
        Scalar::I128 => wide(a).cast_signed().cmp(&wide(b).cast_signed()),
        _ => wide(a).cmp(&wide(b)),
    }
}

/// `a as to`, by the processor's own arithmetic.
fn native_cast(a: Value, from: Scalar, to: Scalar) -> Outcome {
    let wide = (u128::from(a.0[1]) << 64) | u128::from(a.0[0]);
    let negative = native_order(from, a, Value::ZERO).is_lt();
    let signed = if from == Scalar::I64 { i128::from(a.0[0].cast_signed()) } else { wide.cast_signed() };
    let fits = match (to, negative) {
        (Scalar::I128, true) => true,
        (Scalar::I128, false) => i128::try_from(wide).is_ok(),
        (Scalar::I64, true) => i64::try_from(signed).is_ok(),
        (Scalar::I64, false) => i64::try_from(wide).is_ok(),
        (_, true) => false,
        (_, false) => to.width() == 16 || wide >> (8 * to.width()) == 0,
    };
    let value = if to.limbs() == 1 {
        Value::from_u64(signed as u64)
    } else {
        Value::from_u128(signed.cast_unsigned())
    };
    if fits { Ok(value) } else { Err(SystemError::CastOverflow) }
}

fn truth(truth: bool) -> Outcome {
    Ok(Value::from_u64(u64::from(truth)))
}

/// How often `for i in a..b max 3` turns.
fn native_turns(ty: Scalar, a: Value, b: Value) -> Outcome {
    if !native_order(ty, a, b).is_lt() {
        return Ok(Value::ZERO);
    }
    let one = Value::from_u64(1);
    let mut at = a;
    for turns in 1..=3 {
        at = native(Operation::Add, ty, at, one).unwrap();
        if at == b {
            return Ok(Value::from_u64(turns));
        }
    }
    Err(SystemError::TooManyTurns)
}

/// A question to the emitted code, and the answer.
struct Question {
    entry: String,
    a: Value,
    b: Value,
    result: Scalar,
    answer: Outcome,
}

fn questions(ty: Scalar) -> Vec<Question> {
    let numbers = numbers(ty);
    let three = Value::from_u64(3);
    let mut questions = Vec::new();
    let mut ask = |entry: &str, a: Value, b: Value, result: Scalar, answer: Outcome| {
        questions.push(Question { entry: entry.to_owned(), a, b, result, answer });
    };
    for a in numbers.iter().copied() {
        for b in numbers.iter().copied() {
            for (name, operation) in OPERATIONS {
                let answer = native(operation, ty, a, b);
                assert_eq!(arithmetic::checked(operation, ty, a, b), answer, "{name} {ty} {a:?} {b:?}");
                ask(name, a, b, ty, answer);
                if operation != Operation::Remainder {
                    ask(&format!("{name}_cell"), a, b, ty, answer);
                }
            }
            let order = native_order(ty, a, b);
            assert_eq!(arithmetic::compare(ty, a, b), order, "{ty} {a:?} {b:?}");
            let holds =
                [order.is_lt(), order.is_le(), order.is_gt(), order.is_ge(), order.is_eq(), order.is_ne()];
            for ((name, _), holds) in COMPARISONS.iter().zip(holds) {
                ask(name, a, b, Scalar::Bool, truth(holds));
            }
            ask("turns", a, b, Scalar::U8, native_turns(ty, a, b));
        }
        for (name, operation) in OPERATIONS {
            ask(&format!("{name}_small"), a, a, ty, native(operation, ty, a, three));
        }
        for to in INTEGERS {
            let answer = native_cast(a, ty, to);
            assert_eq!(arithmetic::cast(a, ty, to), answer, "{a:?} of {ty} as {to}");
            ask(&format!("to_{to}"), a, a, to, answer);
        }
        if ty.is_signed() {
            ask("neg", a, a, ty, native(Operation::Subtract, ty, Value::ZERO, a));
        }
    }
    questions
}

fn block(ty: Scalar, stage: &Stage<'_>, questions: &[Question]) -> Arc<Block> {
    let (alice, to) = (Address::of_account("alice"), stage.address("numbers"));
    let transactions = questions.iter().map(|question| {
        let mut arguments = Vec::new();
        question.a.encode(ty, &mut arguments);
        question.b.encode(ty, &mut arguments);
        Transaction::call(alice, 0, to, &question.entry, arguments)
    });
    Arc::new(Block { chain: CHAIN.to_owned(), height: 0, time: 0, transactions: transactions.collect() })
}

fn is_right(question: &Question, receipt: &Receipt) -> bool {
    match question.answer {
        Ok(value) => {
            let mut output = Vec::new();
            value.encode(question.result, &mut output);
            receipt.is_success() && receipt.output == output
        }
        Err(error) => receipt.result == error.code() && receipt.output.is_empty(),
    }
}

fn executor() -> Executor {
    Executor::new(PoolOptions { threads: 1, parallel_from: 0, ..PoolOptions::default() }).unwrap()
}

fn sandbox(ty: Scalar) -> (Compiled, Vec<Question>) {
    (compile_clean(&contract(ty)), questions(ty))
}

#[test]
fn the_emitted_code_counts_as_the_processor_does() {
    let executor = executor();
    let mut asked = 0;
    for ty in INTEGERS {
        let (compiled, questions) = sandbox(ty);
        let stage = Stage::new(&compiled);
        asked += questions.len();
        let block = block(ty, &stage, &questions);
        let outcome = executor.execute(&stage.world, &block, Strategy::Serial).unwrap();
        for (question, receipt) in questions.iter().zip(&outcome.receipts) {
            let Question { entry, a, b, answer, .. } = question;
            let (a, b) = (a.show(ty), b.show(ty));
            assert!(
                is_right(question, receipt),
                "{entry}({a}, {b}) of {ty}: expected {answer:?}, found {receipt:?}"
            );
        }
    }
    println!("{asked} operand pairs");
    assert!(asked >= 20_000);
}

#[test]
fn a_wrong_operator_is_found_at_the_boundaries() {
    let executor = executor();
    let mut rng = generate::rng(1);
    let (mut planted, mut found) = (0_u32, 0_u32);
    for ty in INTEGERS {
        let (compiled, questions) = sandbox(ty);
        let package = packages_of(&compiled)[0].clone();
        let operators = repack::operators(&package);
        for _ in 0..12 {
            let operator = operators[rng.random_range(0..operators.len())];
            let Ok(mutant) = repack::with_byte(&package, operator) else { continue };
            planted += 1;
            let Ok(stage) = Stage::with_packages(&compiled.program, vec![Arc::new(mutant)]) else {
                found += 1;
                continue;
            };
            let outcome =
                executor.execute(&stage.world, &block(ty, &stage, &questions), Strategy::Serial).unwrap();
            found += u32::from(
                questions
                    .iter()
                    .zip(&outcome.receipts)
                    .any(|(question, receipt)| !is_right(question, receipt)),
            );
        }
    }
    println!("{found} of {planted} planted operators found");
    assert!(found * 10 >= planted * 8, "only {found} of {planted} planted operators are found");
}
