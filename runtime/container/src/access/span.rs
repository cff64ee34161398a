//! How far one transaction may move a number that it only adds to, and how much head-room it needs for that.

use ethnum::I256;

/// How far one transaction may move a number that it only adds to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The least change.
    pub low: I256,
    /// The greatest change.
    pub high: I256,
    /// The deepest the running sum may go below its start, at least 0.
    pub need: I256,
    /// The highest the running sum may go above its start, at least 0.
    pub peak: I256,
}

impl Span {
    /// Both, in whatever order and however interleaved: each may use the whole of the other's head-room.
    ///
    /// `None` where a sum leaves 256 bits.
    #[must_use]
    pub fn join(self, other: Self) -> Option<Self> {
        Some(Self {
            low: self.low.checked_add(other.low)?,
            high: self.high.checked_add(other.high)?,
            need: self.need.checked_add(other.need)?,
            peak: self.peak.checked_add(other.peak)?,
        })
    }

    /// Any credit of what never becomes too much.
    #[must_use]
    pub fn any_credit() -> Self {
        Self { high: I256::from(u128::MAX), ..Self::default() }
    }

    /// True if it takes nothing away at any time.
    #[inline]
    #[must_use]
    pub fn is_credit(self) -> bool {
        self.low >= I256::ZERO && self.need <= I256::ZERO
    }

    /// The head-room above that it may use up on its way: `max(peak, high, 0)`.
    #[inline]
    #[must_use]
    pub fn rise(self) -> I256 {
        self.peak.max(self.lift())
    }

    /// The head-room below that it may use up on its way: `max(need, −low, 0)`.
    #[inline]
    #[must_use]
    pub fn reserve(self) -> I256 {
        self.need.max(self.fall())
    }

    /// The most it may have added in the end.
    #[inline]
    #[must_use]
    pub fn lift(self) -> I256 {
        self.high.max(I256::ZERO)
    }

    /// The most it may have taken in the end.
    #[inline]
    #[must_use]
    pub fn fall(self) -> I256 {
        self.low.checked_neg().unwrap_or(I256::MAX).max(I256::ZERO)
    }
}
