//! Where emitted code comes from: from an offset in the module, or from a point that its observed twin passes, to a
//! place of the source.
//!
//! Neither is a part of the container. The map is of the module as it is deployed; the points are those of a second
//! module, emitted in the same way from the same IR, that besides tells the host where it is.

use crate::ir::{OriginId, Site};

/// Where a module comes from, instruction by instruction.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    /// For each entry of the manifest, the places its code comes from.
    pub origins: Vec<Vec<Site>>,
    /// Runs of code, in the order of the module.
    pub ranges: Vec<MappedRange>,
}

/// Code that comes from one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MappedRange {
    /// The first byte, from the start of the module.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The number of the entry.
    pub entry: u32,
    /// The place, among those of the entry.
    pub origin: OriginId,
}

impl SourceMap {
    /// The place that the instruction at this offset in the module comes from.
    #[must_use]
    pub fn find(&self, offset: u32) -> Option<&Site> {
        let after = self.ranges.partition_point(|range| range.start <= offset);
        let range = self.ranges.get(after.checked_sub(1)?).filter(|range| offset < range.end)?;
        self.site(range)
    }

    /// The place that a run of code comes from.
    #[must_use]
    pub fn site(&self, range: &MappedRange) -> Option<&Site> {
        self.origins.get(range.entry as usize)?.get(range.origin.0 as usize)
    }
}

/// A place that observed code tells the host about when it comes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The number of the entry.
    pub entry: u32,
    /// What it means to be there.
    pub kind: PointKind,
    /// The place in the source.
    pub site: Site,
}

/// What it means to be at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointKind {
    /// The entry begins.
    Entry,
    /// A statement begins.
    Statement,
    /// A statement goes on, after what is inside of it.
    Resumed,
    /// The condition of an `if` or a `match` holds.
    Then,
    /// It does not hold.
    Otherwise,
    /// Within a statement, the condition of an `if`, or the left side of `&&` or `||`, holds.
    Yes,
    /// It does not hold.
    No,
    /// What is required holds.
    Held,
    /// It does not hold.
    Refused,
    /// The code is about to fail.
    Failed,
}

impl PointKind {
    /// The other way, for a point that is one of two ways.
    #[must_use]
    pub fn other(self) -> Option<Self> {
        match self {
            Self::Then => Some(Self::Otherwise),
            Self::Otherwise => Some(Self::Then),
            Self::Yes => Some(Self::No),
            Self::No => Some(Self::Yes),
            Self::Held => Some(Self::Refused),
            Self::Refused => Some(Self::Held),
            Self::Entry | Self::Statement | Self::Resumed | Self::Failed => None,
        }
    }
}

/// The twin of a module that tells where it is. The verifier refuses it, so it can be no part of a package.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The module.
    pub module: Vec<u8>,
    /// What its points are, by number.
    pub points: Vec<Point>,
}

/// Where the code of one function comes from: from each of these bytes of its body on, the origin.
pub(super) type Marks = Vec<(u32, OriginId)>;

/// Where the bodies of a module stand in it.
#[derive(Default)]
pub(super) struct Bodies {
    /// For each entry: the bytes of the code section before it, those of its body, and where that comes from.
    entries: Vec<(usize, usize, Marks)>,
}

impl Bodies {
    pub(super) fn add(&mut self, before: usize, body: usize, marks: Marks) {
        self.entries.push((before, body, marks));
    }

    /// The map of the module, whose code section of so many functions and bytes follows `before` bytes.
    pub(super) fn map(
        self,
        before: usize,
        (functions, bytes): (usize, usize),
        origins: Vec<Vec<Site>>,
    ) -> SourceMap {
        let start = before + 1 + leb(leb(functions) + bytes) + leb(functions);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let mut ranges = Vec::new();
        for (entry, (before, body, marks)) in (0..).zip(self.entries) {
            let start = start + before + leb(body);
            let ends = marks.iter().skip(1).map(|(at, _)| *at).chain([offset(body)]);
            let pairs = marks.iter().zip(ends).filter(|((at, _), end)| at < end);
            ranges.extend(pairs.map(|((at, origin), end)| MappedRange {
                start: offset(start).saturating_add(*at),
                end: offset(start).saturating_add(end),
                entry,
                origin: *origin,
            }));
        }
        SourceMap { origins, ranges }
    }
}

/// The bytes of a number in LEB128.
fn leb(number: usize) -> usize {
    let bits = usize::BITS - number.leading_zeros();
    (bits.max(1)).div_ceil(7) as usize
}
