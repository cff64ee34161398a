//! The 8-bit Result of a transaction (paper, section III.D): 0 is success, 1 to 31 are the system's, and
//! from 32 on stand the errors of the container that failed, in the order of its manifest.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// Result of a transaction that did what it was asked.
pub const SUCCESS: u8 = 0;

/// Result of a container's first own error.
pub const FIRST_USER_ERROR: u8 = 32;

/// A failure that no contract declares: the published table of codes 1 to 31.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum SystemError {
    /// A result does not fit its type.
    Overflow = 1,
    /// `/` or `%` by zero.
    DivisionByZero = 2,
    /// `as` would lose a part of the value.
    CastOverflow = 3,
    /// A `for` would take more turns than its `max`.
    TooManyTurns = 4,
    /// A step of the composition failed; the receipt names the step's own failure.
    StepFailed = 5,
    /// A Value came with a call that takes none.
    ValueNotTaken = 6,
    /// The transaction calls no deployed container, or no entry of it.
    NoSuchEntry = 7,
    /// The arguments are not the canonical encoding of the entry's parameters.
    BadArguments = 8,
    /// A key that must be there is not.
    Missing = 9,
    /// `insert` met a key that is there already.
    Exists = 10,
    /// An amount that must be zero is not.
    NotEmpty = 11,
    /// The caller is none of those named by `by` or `via`.
    Unauthorized = 12,
    /// An argument is outside of its `where` bound.
    Refused = 13,
    /// A list has no element at the index.
    IndexOutOfRange = 14,
    /// A list has no room for another element.
    ListFull = 15,
    /// The call used up its fuel.
    OutOfFuel = 16,
    /// The container touched what its access formulas do not declare.
    Undeclared = 17,
    /// The container left its sandbox's rules: a WASM trap.
    Trap = 18,
    /// The container wrote a value that its type does not have.
    Malformed = 19,
    /// The container emitted more than a transaction may.
    TooManyEvents = 20,
    /// The container made or lost some of an asset that it may not.
    NotConserved = 21,
    /// The sender has less of the native asset than the transaction's Value.
    ValueNotCovered = 22,
    /// The entry takes or gives an asset, so that only a composition can call it.
    OnlyAsStep = 23,
    /// The entry is `@direct`, so that no composition can call it.
    OnlyDirect = 24,
    /// A step would take more of the caller's asset than the `spends` of a composition that runs it allows.
    Overspent = 25,
    /// The transaction names other code than it would run.
    OtherCode = 26,
}

impl SystemError {
    /// Every system error, by code.
    pub const ALL: [Self; 26] = [
        Self::Overflow,
        Self::DivisionByZero,
        Self::CastOverflow,
        Self::TooManyTurns,
        Self::StepFailed,
        Self::ValueNotTaken,
        Self::NoSuchEntry,
        Self::BadArguments,
        Self::Missing,
        Self::Exists,
        Self::NotEmpty,
        Self::Unauthorized,
        Self::Refused,
        Self::IndexOutOfRange,
        Self::ListFull,
        Self::OutOfFuel,
        Self::Undeclared,
        Self::Trap,
        Self::Malformed,
        Self::TooManyEvents,
        Self::NotConserved,
        Self::ValueNotCovered,
        Self::OnlyAsStep,
        Self::OnlyDirect,
        Self::Overspent,
        Self::OtherCode,
    ];

    /// True if the container has left the rules that it runs under; such a failure costs all fuel, and nothing
    /// can catch it.
    #[must_use]
    pub fn is_containment(self) -> bool {
        matches!(
            self,
            Self::OutOfFuel
                | Self::Undeclared
                | Self::Trap
                | Self::Malformed
                | Self::TooManyEvents
                | Self::NotConserved
        )
    }

    /// The Result code, 1 to 31.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The error with this code.
    #[must_use]
    pub fn by_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.code() == code)
    }

    /// The error's name in receipts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Overflow => "Overflow",
            Self::DivisionByZero => "DivisionByZero",
            Self::CastOverflow => "CastOverflow",
            Self::TooManyTurns => "TooManyTurns",
            Self::StepFailed => "StepFailed",
            Self::ValueNotTaken => "ValueNotTaken",
            Self::NoSuchEntry => "NoSuchEntry",
            Self::BadArguments => "BadArguments",
            Self::OutOfFuel => "OutOfFuel",
            Self::Undeclared => "Undeclared",
            Self::Trap => "Trap",
            Self::Malformed => "Malformed",
            Self::TooManyEvents => "TooManyEvents",
            Self::Missing => "Missing",
            Self::Exists => "Exists",
            Self::NotEmpty => "NotEmpty",
            Self::Unauthorized => "Unauthorized",
            Self::Refused => "Refused",
            Self::IndexOutOfRange => "IndexOutOfRange",
            Self::ListFull => "ListFull",
            Self::NotConserved => "NotConserved",
            Self::ValueNotCovered => "ValueNotCovered",
            Self::OnlyAsStep => "OnlyAsStep",
            Self::OnlyDirect => "OnlyDirect",
            Self::Overspent => "Overspent",
            Self::OtherCode => "OtherCode",
        }
    }
}
