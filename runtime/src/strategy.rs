//! Strategies: the ways to execute a block. Each has the serial result.

use std::fmt;
use std::str::FromStr;

/// How a block is executed; the result is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// One transaction after the other, without any scheduling work.
    Serial,
    /// As published in "Smart Contract Microservitization": every two transactions are compared, and groups of them
    /// that share no variable run one after the other ([`crate::schedule::groups`]).
    Paper,
    /// On all workers, ordering true conflicts only.
    Dag,
    /// Block-STM: everything runs at once on what it finds, and again where it has found the wrong thing.
    Optimistic,
}

impl Strategy {
    /// Every strategy.
    pub const ALL: [Self; 4] = [Self::Serial, Self::Paper, Self::Dag, Self::Optimistic];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Paper => "paper",
            Self::Dag => "dag",
            Self::Optimistic => "optimistic",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No strategy has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownStrategy;

impl fmt::Display for UnknownStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Strategy::ALL.map(Strategy::name).join(", ");
        write!(f, "no such strategy; there are {names}")
    }
}

impl std::error::Error for UnknownStrategy {}

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(name: &str) -> Result<Self, UnknownStrategy> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name).ok_or(UnknownStrategy)
    }
}
