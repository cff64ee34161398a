//! Footprints: what one call may touch, cell by cell, once its formulas are evaluated.

use super::Span;
use crate::address::{CellKey, EncodedKeys, Keys, VariableRoot};

/// What a transaction may do with a concrete cell, or with every cell below a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Observe.
    Read,
    /// Observe and change.
    Write,
    /// Move within the span, observing nothing.
    Delta(Span),
    /// Raise to at least some value, observing nothing.
    Max,
    /// Lower to at most some value, observing nothing.
    Min,
}

impl Permission {
    /// What is permitted where both are: deltas add up, equal others stay, everything else is a write.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Delta(a), Self::Delta(b)) => a.join(b).map_or(Self::Write, Self::Delta),
            (a, b) if a == b => a,
            _ => Self::Write,
        }
    }
}

/// A [`Permission`] without its span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Observe.
    Read,
    /// Observe and change.
    Write,
    /// Move within a span, observing nothing.
    Delta,
    /// Raise, observing nothing.
    Max,
    /// Lower, observing nothing.
    Min,
}

impl Kind {
    /// Which kind of permission it is.
    #[must_use]
    pub fn of(permission: &Permission) -> Self {
        match permission {
            Permission::Read => Self::Read,
            Permission::Write => Self::Write,
            Permission::Delta(_) => Self::Delta,
            Permission::Max => Self::Max,
            Permission::Min => Self::Min,
        }
    }
}

/// A [`Permission`] whose span, which is large and of which most have none, stands elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Permitted {
    /// What may be done.
    pub kind: Kind,
    span: u32,
}

impl Permitted {
    /// The permission; its span is appended to the others.
    #[inline]
    #[must_use]
    pub fn new(permission: Permission, spans: &mut Vec<Span>) -> Self {
        match permission {
            Permission::Delta(span) => Self::moving(span, spans),
            _ => Self::still(Kind::of(&permission)),
        }
    }

    /// A permission of a kind that has no span.
    #[inline]
    pub(super) fn still(kind: Kind) -> Self {
        Self { kind, span: 0 }
    }

    /// The permission to move a cell so far; the span is appended to the others.
    #[inline]
    pub(super) fn moving(span: Span, spans: &mut Vec<Span>) -> Self {
        spans.push(span);
        Self { kind: Kind::Delta, span: spans.len() as u32 - 1 }
    }

    /// Its span among those that it was made with.
    #[inline]
    #[must_use]
    pub fn span(self, spans: &[Span]) -> Option<&Span> {
        if self.kind == Kind::Delta { spans.get(self.span as usize) } else { None }
    }

    /// The permission, with its span from those that it was made with.
    #[must_use]
    pub fn permission(self, spans: &[Span]) -> Permission {
        match self.kind {
            Kind::Read => Permission::Read,
            Kind::Max => Permission::Max,
            Kind::Min => Permission::Min,
            Kind::Write => Permission::Write,
            Kind::Delta => self.span(spans).map_or(Permission::Write, |span| Permission::Delta(*span)),
        }
    }

    /// The same with other spans, where its own is appended.
    #[inline]
    #[must_use]
    pub fn moved(self, from: &[Span], to: &mut Vec<Span>) -> Self {
        self.span(from).map_or(self, |span| Self::moving(*span, to))
    }
}

/// A cell or a lock that one access of a call resolves to.
#[derive(Clone, Copy, Debug)]
pub struct Touch {
    /// What may be done; its span is among [`Footprint::spans`].
    pub permitted: Permitted,
    /// The turn of the loops around the access, counted with the strides of
    /// [`Range::turns_max`](super::Range::turns_max).
    pub turn: u32,
    /// Where the locks above this cell start in [`Footprint::locks`].
    pub locks_start: u32,
    /// True if one of the keys is the caller's address.
    pub is_callers: bool,
    /// The number of its key, for [`Footprint::key`].
    number: u32,
}

/// Where the touches of one access stand in its [`Footprint`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Concrete {
    /// The first touch.
    pub start: u32,
    /// How many.
    pub count: u32,
    /// True for cells, false for locks.
    pub is_exact: bool,
    /// How many locks were asked for above each of its cells: as many as the access has keys, or none.
    pub locks: u32,
}

/// What calls may touch: every access of their formulas, resolved.
#[derive(Clone, Debug, Default)]
pub struct Footprint {
    /// One touch a turn of the loops around an access, in order.
    pub touches: Vec<Touch>,
    /// How far the touches may move cells.
    pub spans: Vec<Span>,
    /// For each touch, the locks above its cell, outermost first, as many as its access has keys; none where
    /// they were not asked for. They are there once [`Footprint::name`] has worked them out.
    pub locks: Vec<CellKey>,
    /// For each access of the entry, its touches.
    pub accesses: Vec<Concrete>,
    /// True if some change could not be computed, because a cell that it depends on is not known.
    pub is_provisional: bool,
    keys: Keys,
    lock_numbers: Vec<u32>,
}

/// How far a footprint had come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    touches: usize,
    locks: usize,
}

impl Footprint {
    /// Forgets everything but keeps the memory.
    pub fn clear(&mut self) {
        self.touches.clear();
        self.spans.clear();
        self.locks.clear();
        self.accesses.clear();
        self.is_provisional = false;
        self.keys.clear();
        self.lock_numbers.clear();
    }

    /// Works out the keys of all cells and locks. One call at the end takes a fraction of the time of many.
    pub fn name(&mut self) {
        let Self { locks, keys, lock_numbers, .. } = self;
        keys.finish();
        locks.clear();
        locks.extend(lock_numbers.iter().map(|number| *keys.get(*number)));
    }

    /// The cell of a touch, or the lock over every cell below a prefix of the keys, once [`Footprint::name`] has worked
    /// it out.
    #[inline]
    #[must_use]
    pub fn key(&self, touch: &Touch) -> &CellKey {
        self.keys.get(touch.number)
    }

    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark { touches: self.touches.len(), locks: self.lock_numbers.len() }
    }

    /// Forgets what was touched since.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.touches.truncate(mark.touches);
        self.back_to_locks(mark);
    }

    /// Forgets the locks since.
    pub(super) fn back_to_locks(&mut self, mark: Mark) {
        self.lock_numbers.truncate(mark.locks);
    }

    /// Adds a lock above the cell that is touched next.
    #[inline]
    pub(super) fn lock(&mut self, root: VariableRoot, keys: &EncodedKeys) {
        self.lock_numbers.push(self.keys.add(root, keys));
    }

    /// Adds a touch of the cell under these keys; its locks were added since the mark.
    #[inline]
    pub(super) fn touch(
        &mut self,
        (root, keys): (VariableRoot, &EncodedKeys),
        permitted: Permitted,
        (turn, is_callers): (u32, bool),
        before: Mark,
    ) {
        let (number, locks_start) = (self.keys.add(root, keys), before.locks as u32);
        self.touches.push(Touch { permitted, turn, locks_start, is_callers, number });
    }

    /// The touches since the mark are those of the next access.
    #[inline]
    pub(super) fn access(&mut self, since: Mark, is_exact: bool, locks: usize) {
        let count = self.touches.len() - since.touches;
        let [start, count, locks] = [since.touches, count, locks].map(|number| number as u32);
        self.accesses.push(Concrete { start, count, is_exact, locks });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_permitted_twice_is_joined() {
        use Permission::{Delta as Adds, Max, Min, Read, Write};
        let any = Adds(Span::any_credit());
        for (a, b, both) in [
            (Read, Read, Read),
            (Max, Max, Max),
            (Min, Min, Min),
            (Max, Min, Write),
            (Read, Max, Write),
            (any, Read, Write),
            (any, Max, Write),
            (Write, Write, Write),
        ] {
            assert_eq!((a.join(b), b.join(a)), (both, both));
        }
    }
}
