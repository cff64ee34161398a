//! Numbers against a slow oracle: big integers, cut and checked by the rules of the language.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use mc_container::arithmetic::{self, Operation};
use mc_container::compute::{Computation, Context};
use mc_container::error::SystemError;
use mc_container::integer::{BitOperation, ShiftDirection};
use mc_container::value::Scalar::{self, *};
use mc_container::value::Value;
use num_bigint::{BigInt, BigUint, Sign};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const TYPES: [Scalar; 10] = [U8, U16, U32, U64, U128, U256, I64, I128, Time, Duration];
const OPERATIONS: [Operation; 5] =
    [Operation::Add, Operation::Subtract, Operation::Multiply, Operation::Divide, Operation::Remainder];

fn bits(ty: Scalar) -> u32 {
    8 * ty.width() as u32
}

fn modulus(ty: Scalar) -> BigInt {
    BigInt::from(1) << bits(ty)
}

fn big(ty: Scalar, value: Value) -> BigInt {
    let number = BigInt::from_bytes_le(Sign::Plus, &value.to_bytes());
    if ty.is_signed() && number.bit(u64::from(bits(ty)) - 1) { number - modulus(ty) } else { number }
}

/// The number modulo the type's bits.
fn cut(ty: Scalar, number: &BigInt) -> Value {
    let modulus = modulus(ty);
    let number: BigInt = ((number % &modulus) + &modulus) % &modulus;
    let (_, mut bytes) = number.to_bytes_le();
    bytes.resize(32, 0);
    Value::from_bytes(&bytes)
}

fn fitted(ty: Scalar, number: &BigInt) -> Option<Value> {
    Some(cut(ty, number)).filter(|value| big(ty, *value) == *number)
}

/// The numbers at the edges of a type and some others.
fn samples(ty: Scalar, random: &mut StdRng) -> Vec<Value> {
    let mut numbers: Vec<BigInt> = [0, 1, 2, 3, 255, 256, -1, -2].map(BigInt::from).to_vec();
    for shift in [bits(ty) - 1, bits(ty), bits(ty) / 2, 64, 127, 128] {
        let power = BigInt::from(1) << shift;
        numbers.extend([&power - 1, power.clone(), &power + 1]);
    }
    for _ in 0..6 {
        let bytes: [u8; 32] = random.random();
        numbers.push(BigInt::from_bytes_le(Sign::Plus, &bytes[..random.random_range(1..=ty.width())]));
    }
    numbers.iter().map(|number| cut(ty, number)).collect()
}

fn pairs(ty: Scalar, check: impl Fn(Value, Value)) {
    let mut random = StdRng::seed_from_u64(7);
    let samples = samples(ty, &mut random);
    for a in &samples {
        samples.iter().for_each(|b| check(*a, *b));
    }
}

fn run(computation: &Computation, operands: &[Value]) -> Result<Value, SystemError> {
    let result = computation.run(operands, Context::default());
    assert!(result.is_err() || result.unwrap().is_canonical(computation.result()), "{computation:?}");
    result
}

#[test]
fn checked_operations_are_exact_or_fail() {
    for ty in TYPES {
        for operation in OPERATIONS {
            pairs(ty, |left, right| {
                let (a, b) = (big(ty, left), big(ty, right));
                let expected = match operation {
                    Operation::Add => fitted(ty, &(&a + &b)),
                    Operation::Subtract => fitted(ty, &(&a - &b)),
                    Operation::Multiply => fitted(ty, &(&a * &b)),
                    _ if b == BigInt::ZERO => None,
                    Operation::Divide => fitted(ty, &(&a / &b)),
                    Operation::Remainder => fitted(ty, &(&a / &b)).and_then(|_| fitted(ty, &(&a % &b))),
                };
                let divides = matches!(operation, Operation::Divide | Operation::Remainder);
                let error = if divides && b == BigInt::ZERO {
                    SystemError::DivisionByZero
                } else {
                    SystemError::Overflow
                };
                let result = arithmetic::checked(operation, ty, left, right);
                assert_eq!(result, expected.ok_or(error), "{a} {} {b} in {ty}", operation.symbol());
                assert_eq!(run(&Computation::Arithmetic(operation, ty), &[left, right]), result);
            });
        }
    }
}

#[test]
fn conversions_keep_the_number_or_fail() {
    for from in TYPES {
        let samples = samples(from, &mut StdRng::seed_from_u64(8));
        for (to, value) in TYPES.into_iter().flat_map(|to| samples.iter().map(move |value| (to, *value))) {
            let expected = fitted(to, &big(from, value)).ok_or(SystemError::CastOverflow);
            assert_eq!(arithmetic::cast(value, from, to), expected, "{} as {to}", value.show(from));
            assert_eq!(run(&Computation::Cast(from, to), &[value]), expected);
        }
    }
}

#[test]
fn numbers_compare_show_and_parse() {
    for ty in TYPES {
        pairs(ty, |a, b| {
            let expected = big(ty, a).cmp(&big(ty, b));
            assert_eq!(arithmetic::compare(ty, a, b), expected);
            assert_eq!(run(&Computation::Less(ty), &[a, b]).unwrap().is_true(), expected.is_lt());
        });
        for value in samples(ty, &mut StdRng::seed_from_u64(9)) {
            assert_eq!(value.show(ty), big(ty, value).to_string());
            assert_eq!(Value::parse_number(&value.show(ty), ty), Some(value), "{ty}");
        }
        let range_end: BigInt = if ty.is_signed() { modulus(ty) / 2 } else { modulus(ty) };
        assert_eq!(Value::parse_number(&range_end.to_string(), ty), None, "{ty}");
        for wrong in ["", "-", "_1", "+1", "1a", " 1", "--1"] {
            assert_eq!(Value::parse_number(wrong, ty), None, "{wrong:?}");
        }
        assert_eq!(Value::parse_number("1_0", ty), Some(Value::from_u64(10)));
    }
}

#[test]
fn mul_div_is_exact_in_between() {
    let mut random = StdRng::seed_from_u64(10);
    for ty in [U8, U16, U32, U64, U128, U256, I64, I128] {
        let samples = samples(ty, &mut random);
        for _ in 0..20_000 {
            let operands = [(); 3].map(|()| samples[random.random_range(0..samples.len())]);
            let [a, b, c] = operands.map(|operand| big(ty, operand));
            let expected = if c == BigInt::ZERO {
                Err(SystemError::DivisionByZero)
            } else {
                fitted(ty, &(&a * &b / &c)).ok_or(SystemError::Overflow)
            };
            assert_eq!(run(&Computation::MulDiv(ty), &operands), expected, "{a} * {b} / {c} in {ty}");
        }
    }
}

#[test]
fn roots_are_rounded_down() {
    let mut random = StdRng::seed_from_u64(11);
    for ty in [U8, U16, U32, U64, U128, U256, I64, I128] {
        let mut numbers = samples(ty, &mut random);
        // Squares and their neighbours.
        for value in numbers.clone() {
            let square = big(ty, value).pow(2);
            numbers.extend([&square - 1, square.clone(), &square + 1].iter().filter_map(|n| fitted(ty, n)));
        }
        for value in numbers {
            let number = big(ty, value);
            let expected = match BigUint::try_from(number.clone()) {
                Ok(number) => Ok(cut(ty, &number.sqrt().into())),
                Err(_) => Err(SystemError::Overflow),
            };
            assert_eq!(run(&Computation::SquareRoot(ty), &[value]), expected, "{number} in {ty}");
        }
    }
}

#[test]
fn wrapping_operations_are_modular() {
    for ty in TYPES {
        pairs(ty, |left, right| {
            let (a, b) = (big(ty, left), big(ty, right));
            let wrapping = |operation| run(&Computation::Wrapping(operation, ty), &[left, right]);
            assert_eq!(wrapping(Operation::Add), Ok(cut(ty, &(&a + &b))));
            assert_eq!(wrapping(Operation::Subtract), Ok(cut(ty, &(&a - &b))));
            assert_eq!(wrapping(Operation::Multiply), Ok(cut(ty, &(&a * &b))));
        });
    }
}

#[test]
fn bits_are_bits() {
    for ty in TYPES {
        pairs(ty, |left, right| {
            let (a, b) = (big(ty, left), big(ty, right));
            let bits = |operation| run(&Computation::Bits(operation, ty), &[left, right]);
            assert_eq!(bits(BitOperation::And), Ok(cut(ty, &(&a & &b))));
            assert_eq!(bits(BitOperation::Or), Ok(cut(ty, &(&a | &b))));
            assert_eq!(bits(BitOperation::Xor), Ok(cut(ty, &(&a ^ &b))));
        });
    }
}

#[test]
fn shifts_fill_with_zeros_or_the_sign() {
    for ty in TYPES {
        for value in samples(ty, &mut StdRng::seed_from_u64(12)) {
            let number = big(ty, value);
            for count in [0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 255, 256, 257, u32::MAX] {
                let shift = |direction| {
                    run(&Computation::Shift(direction, ty), &[value, Value::from_u64(count.into())])
                };
                // Beyond the type's bits nothing is left, or nothing but the sign.
                let count = count.min(300);
                let left = if count >= bits(ty) { BigInt::ZERO } else { &number << count };
                assert_eq!(shift(ShiftDirection::Left), Ok(cut(ty, &left)), "{number} << {count} in {ty}");
                let right = cut(ty, &(&number >> count));
                assert_eq!(shift(ShiftDirection::Right), Ok(right), "{number} >> {count} in {ty}");
            }
        }
    }
}
