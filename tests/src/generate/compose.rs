//! Random statements of compositions: steps, what is undone as a whole, and parallel branches.

use super::{Contract, Local, Signature, Writer, pick, weighted};
use rand::Rng;

/// The greatest number of steps of a composition, each counted as often as its loops turn.
const STEPS_MAX: u32 = 60;

/// A composition that later ones may take as a step.
#[derive(Clone, Debug)]
pub(crate) struct Composition {
    pub(crate) signature: Signature,
    /// How many steps it takes at most.
    pub(crate) steps: u32,
    /// The contract that each of its slots wants.
    pub(crate) wanted: Vec<usize>,
    /// The earlier compositions that its further slots want.
    pub(crate) nested: Vec<usize>,
}

impl Writer<'_> {
    /// True where another step fits.
    pub(crate) fn may_step(&self) -> bool {
        !self.slots.is_empty() && self.steps + self.turns <= STEPS_MAX
    }

    pub(crate) fn step_stmt(&mut self) {
        if !self.nested.is_empty() && self.chance(25) {
            let (slot, inner) = pick(self.rng, &self.nested).clone();
            let steps = (inner.steps + 1) * self.turns;
            if self.steps + steps <= STEPS_MAX && self.afford(inner.signature.cost) {
                self.steps += steps;
                self.step(&slot, &inner.signature);
            }
            return;
        }
        let (slot, contract) = pick(self.rng, &self.slots).clone();
        let entry: Signature = pick(self.rng, &contract.entries).clone();
        self.entry_step(&slot, &entry);
    }

    fn entry_step(&mut self, slot: &str, entry: &Signature) {
        if self.afford(entry.cost) {
            self.steps += self.turns;
            self.step(&format!("{slot}.{}", entry.name), entry);
        }
    }

    fn step(&mut self, called: &str, entry: &Signature) {
        let args = self.arguments(&entry.params, 1);
        let otherwise = if self.chance(25) { format!(" else {}", self.fail(None)) } else { String::new() };
        match entry.result {
            Some(ty) if self.chance(70) => {
                let name = self.fresh();
                self.line(&format!("step {name} = {called}({args}){otherwise};"));
                self.locals.push(Local { name, ty, mutable: false });
            }
            _ => self.line(&format!("step {called}({args}){otherwise};")),
        }
    }

    /// `try { } catch reason { }`, whose body may fail in many ways.
    pub(crate) fn try_stmt(&mut self, depth: u32) {
        self.line("try {");
        self.block(depth - 1);
        if self.chance(15) {
            self.indent += 1;
            let fail = self.fail(None);
            let condition = self.condition(1);
            self.line(&format!("require {condition} else {fail};"));
            self.indent -= 1;
        }
        let visible = self.locals.len();
        if self.chance(60) {
            let reason = self.fresh();
            self.line(&format!("}} catch {reason} {{"));
            self.locals.push(Local { name: reason, ty: mc_container::value::Scalar::U8, mutable: false });
        } else {
            self.line("} catch {");
        }
        self.block(depth - 1);
        self.locals.truncate(visible);
        self.line("}");
    }

    /// `par { }`: steps that only look, and at most one that changes a contract which no other looks at.
    pub(crate) fn par_stmt(&mut self) {
        let mut looking: Vec<(String, &Contract, Signature)> = Vec::new();
        let mut writing = Vec::new();
        for (slot, contract) in self.slots.clone() {
            for entry in &contract.entries {
                let list = if entry.writes { &mut writing } else { &mut looking };
                list.push((slot.clone(), contract, entry.clone()));
            }
        }
        let mut branches = Vec::new();
        if !looking.is_empty() {
            let count = weighted(self.rng, &[1, 3, 3, 1]);
            branches.extend((0..count).map(|_| pick(self.rng, &looking).clone()));
        }
        let free = |(_, contract, _): &(String, &Contract, Signature)| {
            branches.iter().all(|(_, other, _): &(String, &Contract, Signature)| other.name != contract.name)
        };
        writing.retain(free);
        if !writing.is_empty() {
            let at = self.rng.random_range(0..=branches.len());
            branches.insert(at, pick(self.rng, &writing).clone());
        }
        if branches.is_empty() {
            return;
        }
        self.line("par {");
        self.indent += 1;
        let before = self.locals.clone();
        let mut bound = Vec::new();
        for (slot, _, entry) in branches {
            self.entry_step(&slot, &entry);
            bound.extend(self.locals.split_off(before.len()));
        }
        self.locals.extend(bound);
        self.indent -= 1;
        self.line("}");
    }
}
