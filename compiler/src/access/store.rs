//! What cells hold at one point of a body: what it has written so far, on top of what they held when it began
//! (02 §2.2, point 2, and §2.3, rule 9).

use super::flow::Symbol;
use super::terms::{apply, both, equal, is_outside, select};
use mc_container::access::{Op, Term, VariableId};
use mc_container::value::Scalar;
use std::collections::BTreeMap;
use std::rc::Rc;

/// More writes than this to one variable are not told apart.
const WRITES_MAX: usize = 16;

/// A write to a cell, with the value it has left there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Write {
    keys: Vec<Symbol>,
    value: Symbol,
}

/// What has been written to the cells of each variable, in sequence; `None` for anything at all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store(BTreeMap<VariableId, Option<Vec<Write>>>);

/// Whether two cells of one variable are the same.
enum Alias {
    Same,
    Differ,
    /// They are where this holds.
    Where(Rc<Term>),
    Unknown,
}

impl Store {
    /// What the cell holds; `types` are those of the keys.
    pub(crate) fn read(&self, variable: VariableId, keys: &[Symbol], types: &[Scalar]) -> Symbol {
        let count = u8::try_from(keys.len()).ok()?;
        let mut value = apply(Op::At { instance: 0, variable, keys: count }, keys.iter().cloned());
        let writes = match self.0.get(&variable) {
            None => return value,
            Some(None) => return None,
            Some(Some(writes)) => writes,
        };
        for write in writes {
            value = match alias(&write.keys, keys, types) {
                Alias::Differ => value,
                Alias::Same => write.value.clone(),
                Alias::Where(same) => write.value.as_ref().zip(value).and_then(|(a, b)| select(&same, a, &b)),
                Alias::Unknown => None,
            };
        }
        value
    }

    /// Writes a cell.
    pub(crate) fn write(&mut self, variable: VariableId, keys: Vec<Symbol>, value: Symbol) {
        let Some(writes) = self.0.entry(variable).or_insert_with(|| Some(Vec::new())) else { return };
        if writes.last().is_some_and(|last| last.keys == keys && keys.iter().all(Option::is_some)) {
            writes.pop();
        }
        writes.push(Write { keys, value });
        if writes.len() > WRITES_MAX {
            self.forget(variable);
        }
    }

    /// Anything may have been written to the cells of a variable.
    pub(crate) fn forget(&mut self, variable: VariableId) {
        self.0.insert(variable, None);
    }

    /// Forgets what depends on the index of a loop at `depth` or deeper.
    pub(crate) fn forget_indexes(&mut self, depth: usize) {
        let inside = |symbol: &Symbol| symbol.as_ref().is_some_and(|term| !is_outside(term, depth));
        for writes in self.0.values_mut() {
            let gone = |write: &Write| write.keys.iter().chain([&write.value]).any(inside);
            if writes.as_ref().is_some_and(|writes| writes.iter().any(gone)) {
                *writes = None;
            }
        }
    }

    /// What is known where two ways meet.
    pub(crate) fn join(mut self, mut other: Self) -> Self {
        for (variable, writes) in &mut self.0 {
            let others = other.0.remove(variable).unwrap_or_else(|| Some(Vec::new()));
            *writes = writes.take().zip(others).map(|(writes, others)| meet(writes, &others));
        }
        for (variable, writes) in other.0 {
            self.0.insert(variable, writes.map(|writes| meet(writes, &[])));
        }
        self
    }
}

/// The writes that two ways begin with; of those that only one has, that they may have been.
fn meet(writes: Vec<Write>, others: &[Write]) -> Vec<Write> {
    let common = writes.iter().zip(others).take_while(|(a, b)| a == b).count();
    let unknown = |write: &Write| Write { keys: write.keys.clone(), value: None };
    let rest: Vec<Write> =
        writes.iter().skip(common).chain(others.iter().skip(common)).map(unknown).collect();
    writes.into_iter().take(common).chain(rest).collect()
}

fn alias(a: &[Symbol], b: &[Symbol], types: &[Scalar]) -> Alias {
    let mut same: Symbol = Some(Rc::new(Term::always()));
    for ((a, b), ty) in a.iter().zip(b).zip(types) {
        let (Some(a), Some(b)) = (a, b) else {
            same = None;
            continue;
        };
        if let ([Op::Const(_, a)], [Op::Const(_, b)]) = (a.0.as_slice(), b.0.as_slice())
            && a != b
        {
            return Alias::Differ;
        }
        if a != b {
            same = same.and_then(|same| both(&same, equal(a, b, *ty)?.as_ref()));
        }
    }
    match same {
        None => Alias::Unknown,
        Some(same) if *same == Term::always() => Alias::Same,
        Some(same) => Alias::Where(same),
    }
}
