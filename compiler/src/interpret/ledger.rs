//! The state as the interpreter sees it: cells of one scalar, and what is done to them.

use crate::tree::Variable;
use mc_container::address::{Address, CellKey, VariableRoot};
use mc_container::value::Value;
use std::collections::BTreeMap;

/// A cell by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Whose it is.
    pub container: Address,
    /// The variable.
    pub variable: String,
    /// The canonical encoding of each scalar of the keys.
    pub keys: Vec<Vec<u8>>,
}

/// The system's container that holds the native asset.
const COIN: &str = "coin";
/// Its variable.
const BALANCES: &str = "balances";

impl Cell {
    /// The native asset of an account.
    #[must_use]
    pub fn coin_of(account: Address) -> Self {
        Self::of_coin(vec![account.0.to_vec()])
    }

    pub(super) fn of_coin(keys: Vec<Vec<u8>>) -> Self {
        Self { container: Address::of_system(COIN), variable: BALANCES.to_owned(), keys }
    }

    /// The key under which the runtime stores the cell.
    #[must_use]
    pub fn key(&self) -> CellKey {
        self.lock(self.keys.len())
    }

    /// The lock over every cell that shares the first `levels` keys.
    #[must_use]
    pub fn lock(&self, levels: usize) -> CellKey {
        let keys = self.keys.get(..levels).unwrap_or(&self.keys);
        VariableRoot::new(self.container, &self.variable).cell(&keys.concat())
    }
}

/// What cells held before, where that is not what they hold.
pub type Past = BTreeMap<Cell, Value>;

/// The cells of a variable among these.
pub(super) fn of_variable<'c>(
    cells: &'c BTreeMap<Cell, Value>,
    container: Address,
    variable: &str,
) -> impl Iterator<Item = &'c Cell> + use<'c> {
    let first = Cell { container, variable: variable.to_owned(), keys: Vec::new() };
    let name = variable.to_owned();
    let same = move |cell: &&Cell| cell.container == container && cell.variable == name;
    cells.range(first..).map(|(cell, _)| cell).take_while(same)
}

/// What a call does to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Its value is observed.
    Read,
    /// Its value is observed, but only for the payload of a failure.
    ReadForPayload,
    /// It is overwritten.
    Store,
    /// It is changed by `+=` or `-=`.
    Add,
    /// It is changed by another compound assignment.
    Scale,
}

/// Cells during one transaction.
pub trait Ledger {
    /// The value of a cell as the transaction has left it so far. That alone observes nothing.
    fn get(&mut self, cell: &Cell, variable: &Variable) -> Value;
    /// Gives a cell a value.
    fn set(&mut self, cell: &Cell, variable: &Variable, value: Value);
    /// Says what the transaction does to a cell.
    fn touch(&mut self, cell: &Cell, what: Use);
    /// Every cell of a variable that may hold something else than the default.
    fn cells(&mut self, container: Address, variable: &str) -> Vec<Cell>;
}

/// No state at all: what the body of a `test` has.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLedger;

impl Ledger for NoLedger {
    fn get(&mut self, _: &Cell, variable: &Variable) -> Value {
        variable.default
    }

    fn set(&mut self, _: &Cell, _: &Variable, _: Value) {}

    fn touch(&mut self, _: &Cell, _: Use) {}

    fn cells(&mut self, _: Address, _: &str) -> Vec<Cell> {
        Vec::new()
    }
}
