//! The journal of one transaction: its private cells, its events and how far it came.
//!
//! A transaction works on private values from its first instruction to its last. They are published together
//! when it has succeeded and every change is within what was declared, or not at all.

use crate::assets::{Held, Number};
use crate::cells::Slot;
use crate::evaluate::TransactionClaims;
use crate::guard;
use crate::hash::DigestMap;
use crate::live::{Live, Values};
use crate::observe::Met;
use crate::receipt::Event;
use crate::registry::LinkedAccess;
use crate::schedule::chunk::Chunk;
use crate::source::{Cells, Source};
use ethnum::I256;
use mc_container::access::{Kind, Permission, Span};
use mc_container::address::CellKey;
use mc_container::arithmetic;
use mc_container::error::SystemError;
use mc_container::value::{Scalar, Value};

/// The number of a private cell in its journal.
pub(crate) type CellNumber = u32;

/// A cell as one transaction sees it.
#[derive(Clone, Debug)]
pub(crate) struct PrivateCell {
    pub(crate) value: Value,
    /// What the cell showed when the transaction began.
    shown: Value,
    slot: Slot,
    pub(crate) ty: Scalar,
    /// What it holds of an asset, by the numbers of its owner.
    pub(crate) held: Held,
    rule: Rule,
    /// Whose cell it is, by [`Container::instance`](crate::registry::Container::instance) of the called container.
    instance: u16,
    /// True if one of its keys is the caller's address.
    pub(crate) is_callers: bool,
    /// Its slot in the frame of the entry that is running, if that slot is its own.
    pub(crate) frame_slot: u32,
}

/// What a transaction may do with a cell; how far a delta may go stands in its claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Read,
    Write,
    /// Add to it, while nobody else does.
    Count,
    /// Add to it, while others may do the same.
    Add,
    Max,
    Min,
}

impl Rule {
    /// The rule for a cell that is free, or not; what is only credited needs no head-room either.
    #[inline]
    fn of(kind: Kind, span: Option<&Span>, held: Held, is_free: bool) -> Self {
        match (kind, span) {
            (Kind::Read, _) => Self::Read,
            (Kind::Delta, Some(span)) if is_free || (held.is_capped() && span.is_credit()) => Self::Add,
            (Kind::Delta, _) => Self::Count,
            (Kind::Max, _) => Self::Max,
            (Kind::Min, _) => Self::Min,
            (Kind::Write, _) => Self::Write,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Count | Self::Add => "delta",
            Self::Max => "raise",
            Self::Min => "lower",
        }
    }

    /// What the cell shows when the transaction begins, by `02 §2.3` rule 2 in every strategy.
    #[inline]
    fn shown(self, span: Option<&Span>, (ty, held): (Scalar, Held), live: impl FnOnce() -> Value) -> Value {
        match (self, span) {
            (Self::Add, Some(span)) => free_view(span, ty).unwrap_or_default(),
            (Self::Count, Some(span)) => clamped_view(span, ty, held, live()),
            (Self::Max, _) => bounds(ty).0,
            (Self::Min, _) => bounds(ty).1,
            _ => live(),
        }
    }
}

/// Everything a transaction has done so far.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    cells: Vec<PrivateCell>,
    pub(crate) events: Vec<Event>,
    /// How many steps were started.
    pub(crate) point: u8,
    /// True if some claimed cell is only moved.
    moves: bool,
    found: Option<Found>,
}

/// What helps to find cells at run time, below the transaction's locks.
#[derive(Debug, Default)]
struct Found {
    cells: DigestMap<CellKey, CellNumber>,
    locks: DigestMap<CellKey, Permission>,
}

impl Journal {
    /// Starts a transaction that calls an entry with these accesses.
    pub(crate) fn begin(
        &mut self,
        chunk: &Chunk,
        (tx, accesses): (TransactionClaims<'_>, &[LinkedAccess]),
        live: &mut impl Values,
    ) {
        self.cells.clear();
        self.events.clear();
        (self.point, self.moves, self.found) = (0, false, None);
        for (number, claim) in (tx.cells_start()..).zip(tx.cells()) {
            let Some(access) = claim.access(accesses) else { continue };
            let slot = live.claimed(chunk, number).unwrap_or_else(|| live.find(claim.key, access.default));
            let (rule, shown) = match claim.kind() {
                Kind::Read => (Rule::Read, live.read(slot)),
                Kind::Write => (Rule::Write, live.read(slot)),
                kind => {
                    self.moves |= kind == Kind::Delta;
                    blind((kind, tx.span(claim)), access, slot, live)
                }
            };
            self.cells.push(PrivateCell {
                value: shown,
                shown,
                slot,
                ty: access.value,
                held: access.held,
                rule,
                instance: access.instance,
                is_callers: claim.is_callers,
                frame_slot: 0,
            });
        }
    }

    #[inline]
    pub(crate) fn cell_mut(&mut self, number: CellNumber) -> Option<&mut PrivateCell> {
        self.cells.get_mut(number as usize)
    }

    /// What became of a cell, for people.
    pub(crate) fn met(&self, tx: TransactionClaims<'_>, number: CellNumber, entered: Value) -> Option<Met> {
        let cell = self.cells.get(number as usize)?;
        let found =
            || self.found.as_ref()?.cells.iter().find(|(_, other)| **other == number).map(|(key, _)| *key);
        let key = tx.cells().get(number as usize).map(|claim| claim.key).or_else(found)?;
        let mode = cell.rule.word();
        Some(Met { key, ty: cell.ty, entered, left: cell.value, mode })
    }

    /// The cell with this key, which must lie below one of the transaction's locks; `locks_above` are those
    /// that would cover it. It may be one that is claimed exactly as well.
    pub(crate) fn find_below_locks(
        &mut self,
        tx: TransactionClaims<'_>,
        live: &mut impl Values,
        wanted: &Wanted<'_>,
    ) -> Result<CellNumber, SystemError> {
        let found = self.found.get_or_insert_with(|| Found::new(tx));
        let held = wanted.locks_above.iter().filter_map(|lock| found.locks.get(lock).copied());
        let permission = held.reduce(Permission::join).ok_or(SystemError::Undeclared)?;
        if let Some(number) = found.cells.get(&wanted.key) {
            return Ok(*number);
        }
        let slot = live.find(wanted.key, wanted.default);
        let span = if let Permission::Delta(span) = &permission { Some(span) } else { None };
        let rule = Rule::of(Kind::of(&permission), span, wanted.held, false);
        let shown = rule.shown(span, (wanted.ty, wanted.held), || live.read(slot));
        let number = self.cells.len() as CellNumber;
        found.cells.insert(wanted.key, number);
        self.cells.push(PrivateCell {
            value: shown,
            shown,
            slot,
            ty: wanted.ty,
            held: wanted.held,
            rule,
            instance: wanted.instance,
            is_callers: wanted.is_callers,
            frame_slot: 0,
        });
        Ok(number)
    }

    /// Publishes every change, if all of them are within what was declared; otherwise gives the owner of the
    /// cell that is not. The transaction is over in any case.
    pub(crate) fn publish(&mut self, tx: TransactionClaims<'_>, live: &mut impl Values) -> Result<(), u16> {
        if self.moves {
            for (cell, claim) in self.cells.iter_mut().zip(tx.cells()) {
                if let Some(span) = tx.span(claim) {
                    cell.settle(span, live).map_err(|_| cell.instance)?;
                }
            }
        }
        // What was found below a lock is counted only where it may be credited without bounds.
        for cell in self.cells.iter_mut().skip(tx.cells().len()).filter(|cell| cell.rule == Rule::Add) {
            cell.settle(&Span::any_credit(), live).map_err(|_| cell.instance)?;
        }
        for PrivateCell { rule, slot, ty, value, shown, .. } in &self.cells {
            let (slot, ty, value) = (*slot, *ty, *value);
            match rule {
                Rule::Add => live.add(slot, ty, value),
                Rule::Count => live.store(slot, value),
                Rule::Write if value != *shown => live.store(slot, value),
                Rule::Max if value != *shown => live.merge(slot, |live| greater(ty, live, value)),
                Rule::Min if value != *shown => live.merge(slot, |live| lesser(ty, live, value)),
                Rule::Write | Rule::Read | Rule::Max | Rule::Min => {}
            }
        }
        Ok(())
    }

    /// What a cell is worth to the transaction by now; `None` where it has not met it.
    fn peek(&self, tx: TransactionClaims<'_>, key: &CellKey) -> Option<Value> {
        let number = match &self.found {
            Some(found) => *found.cells.get(key)? as usize,
            None => tx.cells().iter().position(|claim| claim.key == *key)?,
        };
        self.cells.get(number).map(|cell| cell.value)
    }
}

/// The cells as the running transaction has left them so far.
pub(crate) struct Private<'a> {
    pub(crate) journal: &'a Journal,
    pub(crate) tx: TransactionClaims<'a>,
    pub(crate) live: &'a Live,
}

impl Cells for Private<'_> {
    fn read(&self, source: &Source<'_>) -> Option<Value> {
        let key = source.key();
        let own = self.journal.peek(self.tx, &key);
        Some(own.unwrap_or_else(|| self.live.peek(&key, source.default)))
    }
}

/// A cell that is asked for at run time.
pub(crate) struct Wanted<'a> {
    pub(crate) key: CellKey,
    pub(crate) locks_above: &'a [CellKey],
    pub(crate) ty: Scalar,
    pub(crate) default: Value,
    pub(crate) held: Held,
    pub(crate) instance: u16,
    pub(crate) is_callers: bool,
}

impl Found {
    fn new(tx: TransactionClaims<'_>) -> Self {
        Self {
            cells: (0..).zip(tx.cells()).map(|(number, claim)| (claim.key, number)).collect(),
            locks: tx.locks().iter().map(|lock| (lock.key, lock.permission)).collect(),
        }
    }
}

impl PrivateCell {
    /// Takes over something else that the code has left in the cell.
    #[inline]
    pub(crate) fn take_back(&mut self, value: Value) -> Result<(), SystemError> {
        guard::change(self.rule != Rule::Read, self.ty, value)?;
        self.value = value;
        Ok(())
    }

    /// What was taken from the cell of the asset that it holds since it was worth so much, and that asset's number.
    pub(crate) fn taken(&self, entered: Value) -> Option<(Number, u128)> {
        let (Held::Amount(asset) | Held::Unique(asset)) = self.held else { return None };
        let taken = entered.number(self.ty) - self.value.number(self.ty);
        u128::try_from(taken).ok().filter(|taken| *taken > 0).map(|taken| (asset, taken))
    }

    /// Moves the number in the cell; false where there is not enough, or no room.
    #[must_use]
    pub(crate) fn move_by(&mut self, change: I256) -> bool {
        let moved = Value::from_number(self.value.number(self.ty) + change, self.ty);
        self.value = moved.unwrap_or(self.value);
        moved.is_some()
    }

    /// Turns the value of a delta cell into what is published: the change where others may be adding, else the
    /// new value.
    fn settle(&mut self, span: &Span, live: &impl Values) -> Result<(), SystemError> {
        let change = self.value.number(self.ty) - self.shown.number(self.ty);
        guard::within(span, change)?;
        self.value = if self.rule == Rule::Add {
            Value::from_wide(change)
        } else {
            let after = live.read(self.slot).number(self.ty) + change;
            Value::from_number(after, self.ty).ok_or(SystemError::Undeclared)?
        };
        Ok(())
    }
}

/// The rule for a claimed cell that is changed without being observed, and what it shows.
#[inline(never)] // So that what most cells need stays small.
fn blind(
    (kind, span): (Kind, Option<&Span>),
    access: &LinkedAccess,
    slot: Slot,
    live: &impl Values,
) -> (Rule, Value) {
    let LinkedAccess { value: ty, held, .. } = *access;
    let rule = Rule::of(kind, span, held, kind == Kind::Delta && live.is_free(slot));
    let view = if live.rules().clamped_view { rule } else { Rule::Read };
    (rule, view.shown(span, (ty, held), || live.read(slot)))
}

/// The least and the greatest value of a type.
fn bounds(ty: Scalar) -> (Value, Value) {
    if ty == Scalar::Bool {
        return (Value::ZERO, Value::from_u64(1));
    }
    let (least, greatest) = ty.range();
    let value = |number| Value::from_number(number, ty).unwrap_or_default();
    (value(least), value(greatest))
}

fn greater(ty: Scalar, a: Value, b: Value) -> Value {
    if arithmetic::compare(ty, a, b).is_lt() { b } else { a }
}

fn lesser(ty: Scalar, a: Value, b: Value) -> Value {
    if arithmetic::compare(ty, a, b).is_gt() { b } else { a }
}

/// What a delta cell shows whose guards pass in any order: just enough to pay from.
fn free_view(span: &Span, ty: Scalar) -> Option<Value> {
    Value::from_number(ty.range().0.checked_add(span.reserve())?, ty)
}

/// What a delta cell shows that others are not adding to: the same, if its guards would pass now; otherwise
/// the truth, so that they fail with it. A cell that can never hold too much has room for every credit.
fn clamped_view(span: &Span, ty: Scalar, held: Held, live: Value) -> Value {
    let number = live.number(ty);
    let shown = free_view(span, ty).filter(|shown| number >= shown.number(ty));
    let fits = || number.checked_add(span.rise()).is_some_and(|highest| highest <= ty.range().1);
    shown.filter(|_| held.is_capped() || fits()).unwrap_or(live)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(low: i64, high: i64) -> Span {
        let (low, high) = (I256::from(low), I256::from(high));
        Span { low, high, need: I256::ZERO, peak: I256::ZERO }
    }

    #[test]
    fn a_delta_cell_shows_just_enough_or_the_truth() {
        let live = Value::from_u64(100);
        let view = |low, high, ty| clamped_view(&span(low, high), ty, Held::Nothing, live);
        assert_eq!(view(-30, 0, Scalar::U64), Value::from_u64(30));
        assert_eq!(view(-101, 0, Scalar::U64), live);
        assert_eq!(view(0, 155, Scalar::U8), Value::from_u64(0));
        assert_eq!(view(0, 156, Scalar::U8), live);
        let held = clamped_view(&span(-30, i64::MAX), Scalar::U8, Held::Amount(1), live);
        assert_eq!(held, Value::from_u64(30));
        let least = Value::from_number(I256::from(i64::MIN + 7), Scalar::I64);
        assert_eq!(free_view(&span(-7, 7), Scalar::I64), least);
    }
}
