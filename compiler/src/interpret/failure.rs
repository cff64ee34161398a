//! Why a walk ends early.

use mc_container::error::SystemError;
pub use mc_container::failure::Failure;
use mc_syntax::source::Span;

/// Why a walk ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The call fails.
    Failure(Failure),
    /// The test does.
    Test(Box<TestFailure>),
    /// The tree has what no typed tree can have; the text says what.
    Broken(&'static str),
}

/// A value, or why there is none.
pub type Run<T> = Result<T, Stop>;

/// Why a test fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFailure {
    /// The assertion, the call, or what else was not as it should be.
    pub span: Span,
    /// What happened.
    pub what: What,
}

/// What happened in a test that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An assertion does not hold; for a comparison, with both of its sides.
    Assertion(Option<Sides>),
    /// A call left something untrue that a contract says about itself.
    Broken(Box<Breach>),
    /// A call failed that should not have.
    Aborted(Named),
    /// Nothing failed where something should have: what, if that was said.
    NotAborted(Option<String>),
    /// Something else failed than what should have.
    OtherAbort {
        /// What should have.
        expected: String,
        /// The place of what did.
        at: Span,
        /// What did.
        found: Named,
    },
    /// Calls that should have run side by side had to wait for one another, or the other way round.
    Ordered {
        /// They should not have had to wait.
        parallel: bool,
        /// How many calls there are.
        calls: usize,
        /// The longest chain of them.
        longest: usize,
        /// The cell that most of them meet in, by name.
        hottest: Option<String>,
    },
    /// The test itself cannot go on.
    Own(SystemError),
    /// The world cannot do what the test asks; the text says why.
    Unable(String),
}

/// Something that a contract says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Law {
    /// The invariant of this name.
    Invariant(String),
    /// What the entry, the function or the composition of this name ensures.
    Ensures(String),
}

/// A law that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which.
    pub law: Law,
    /// The contract or composition that says it.
    pub container: String,
    /// The place of what does not hold.
    pub span: Span,
    /// What is known of it.
    pub broken: Broken,
}

/// A condition that does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// For which element of each `forall`: its name and its value.
    pub at: Vec<(String, String)>,
    /// The sides of a comparison.
    pub sides: Option<Sides>,
    /// Why it has no value.
    pub failed: Option<Named>,
}

/// A comparison that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// Its operator.
    pub operator: &'static str,
    /// The place and the value of its left side.
    pub left: (Span, String),
    /// The place and the value of its right side.
    pub right: (Span, String),
}

/// A failure by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The contract or composition that failed.
    pub container: String,
    /// The error.
    pub error: String,
    /// What it carries: name and value.
    pub payload: Vec<(String, String)>,
    /// True for an error of the system's.
    pub is_system: bool,
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.error)?;
        if !self.payload.is_empty() {
            let fields: Vec<String> =
                self.payload.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            write!(f, "({})", fields.join(", "))?;
        }
        write!(f, " in {}", self.container)
    }
}
