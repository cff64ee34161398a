//! What emitted code costs at most, read off its instructions and the turns of its loops.

use crate::tree::COIN;
use mc_container::access::{EntryAccess, Op, Range};
use mc_container::compute::Computation;
use mc_container::cost::{Cost, EMIT_FUEL, PLACE_FUEL, RESOLVE_FUEL, SAVEPOINT_FUEL, STEP_FUEL, Turns};
use mc_container::manifest::Entry;
use mc_container::ty::Type;
use mc_container::value::Value;
use std::collections::BTreeSet;
use wasm_encoder::Instruction as I;

/// What the functions cost that code may call, by number.
pub(crate) struct Callees<'a> {
    pub(crate) emit: u32,
    pub(crate) resolve: u32,
    pub(crate) step: u32,
    pub(crate) compute: u32,
    pub(crate) savepoint: Option<u32>,
    /// Those of the module's own.
    pub(crate) own: &'a [(u32, Cost)],
    pub(crate) computations: &'a [Computation],
}

impl Callees<'_> {
    /// A call of `function`, after `before`.
    fn call(&self, function: u32, before: Option<&I<'_>>) -> Cost {
        let host = match function {
            _ if function == self.emit => EMIT_FUEL,
            _ if function == self.resolve => RESOLVE_FUEL,
            _ if function == self.step => STEP_FUEL,
            _ if Some(function) == self.savepoint => SAVEPOINT_FUEL,
            _ if function == self.compute => {
                let number = match before {
                    Some(I::I32Const(number)) => usize::try_from(*number).ok(),
                    _ => None,
                };
                let asked = number.and_then(|number| self.computations.get(number));
                // A number that is not written in the code may be any.
                let dearest = || self.computations.iter().map(Computation::fuel).max().unwrap_or(0);
                asked.map_or_else(dearest, Computation::fuel)
            }
            _ => {
                let own = self.own.iter().find(|(number, _)| *number == function);
                return own.map_or_else(Cost::default, |(_, cost)| cost.clone());
            }
        };
        Cost::fixed(host)
    }
}

/// What a function costs whose loops take these turns, in the order of the code.
pub(crate) fn cost(code: &[I<'_>], loops: &[Turns], callees: &Callees<'_>) -> Cost {
    let mut walk = Walk { code, at: 0, loops: loops.iter(), callees };
    // The engine takes one for entering.
    walk.block().then(&Cost::fixed(1))
}

/// What the places cost that an entry's formulas name, those of its Value and its coin result included.
pub(crate) fn places(access: &EntryAccess, entry: &Entry) -> Cost {
    let lengths = mc_container::cost::lengths(entry.named_params());
    let each = |ranges: &[Range]| {
        ranges.iter().fold(Cost::fixed(PLACE_FUEL), |cost, range| cost.times(turns(range, &lengths)))
    };
    let named = access.accesses.iter().map(|access| each(&access.ranges));
    let is_coin = |ty: &Type| ty.any(&|part| matches!(part, Type::Asset(name) if name == COIN));
    let takes = entry.params.iter().filter(|param| is_coin(&param.ty)).count();
    let gives = usize::from(is_coin(&entry.result));
    let ledger = Cost::fixed(PLACE_FUEL.saturating_mul((takes + gives) as u64));
    named.fold(ledger, |total, cost| total.then(&cost))
}

/// How often a range turns.
fn turns(range: &Range, lengths: &BTreeSet<u16>) -> Turns {
    let from_zero = matches!(range.from.0.as_slice(), [Op::Const(_, Value::ZERO)]);
    match range.to.0.as_slice() {
        [Op::Param(number)] if from_zero && lengths.contains(number) => Turns::Length(*number),
        _ => Turns::AtMost(u64::from(range.turns_max)),
    }
}

struct Walk<'c, 'i> {
    code: &'c [I<'i>],
    at: usize,
    loops: std::slice::Iter<'c, Turns>,
    callees: &'c Callees<'c>,
}

impl Walk<'_, '_> {
    /// Up to the end of the block, or the `else` of an `if`.
    fn block(&mut self) -> Cost {
        let (mut total, mut fuel) = (Cost::default(), 0_u64);
        while let Some(instruction) = self.code.get(self.at) {
            self.at += 1;
            match instruction {
                I::End | I::Else => {
                    self.at -= 1;
                    break;
                }
                I::Block(_) => {
                    total = total.then(&self.block());
                    self.at += 1;
                }
                I::Loop(_) => {
                    let turns = self.loops.next().copied().unwrap_or(Turns::AtMost(u64::MAX));
                    total = total.then(&self.block().times(turns));
                    self.at += 1;
                }
                I::If(_) => {
                    fuel += 1;
                    total = total.then(&self.arms());
                }
                I::Call(function) => {
                    fuel += 1;
                    let before = self.at.checked_sub(2).and_then(|at| self.code.get(at));
                    total = total.then(&self.callees.call(*function, before));
                }
                I::Nop | I::Drop | I::Return | I::Unreachable => {}
                _ => fuel += 1,
            }
        }
        total.then(&Cost::fixed(fuel))
    }

    fn arms(&mut self) -> Cost {
        let then = self.block();
        let has_else = matches!(self.code.get(self.at), Some(I::Else));
        self.at += 1;
        if !has_else {
            return then;
        }
        let otherwise = self.block();
        self.at += 1;
        then.either(&otherwise)
    }
}
