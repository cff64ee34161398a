//! What a transaction declares, held against what it really touched.
//!
//! The formulas are linked and evaluated here from the packages alone. That a cell is only added to is a
//! claim about observation, so it is tested as one: the transaction runs again with the cell at both ends of
//! the head-room it declares, and nothing but the cell itself may come out differently.

use crate::interpreter::{Call, Cell, Executed, Machine, Usage, Verdict};
use ethnum::I256;
use mc_compiler::tree::{COIN, Unit, Variable};
use mc_container::access::Span;
use mc_container::access::evaluate::{Environment, Evaluator, Place};
use mc_container::access::link::{Bound, LinkedAccess, link};
use mc_container::access::{EntryAccess, VariableId};
use mc_container::access::{Footprint, Permission};
use mc_container::address::{Address, CellKey, VariableRoot};
use mc_container::codec;
use mc_container::manifest::{EntryKind, Holding};
use mc_container::package::Package;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one transaction may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Single cells.
    pub cells: BTreeMap<CellKey, Permission>,
    /// Locks over every cell below a prefix of the keys.
    pub locks: BTreeMap<CellKey, Permission>,
    /// The locks that lie above each of the cells, whether they are declared or not.
    above: BTreeMap<CellKey, Vec<CellKey>>,
}

struct Around<'a, 'p> {
    machine: &'a Machine<'p>,
    call: &'a Call<'a>,
    params: Vec<Value>,
}

impl Around<'_, '_> {
    fn instance(&self, instance: u16) -> Option<Address> {
        match usize::from(instance).checked_sub(1) {
            None => Some(self.call.to),
            Some(slot) => behind(self.machine, self.call.to).get(slot).copied(),
        }
    }
}

impl Environment for Around<'_, '_> {
    fn param(&self, number: u16) -> Option<Value> {
        self.params.get(usize::from(number)).copied()
    }

    fn caller(&self) -> Value {
        self.call.from.value()
    }

    fn now(&self) -> Value {
        Value::from_u64(self.call.now)
    }

    fn tx_id(&self) -> Value {
        Value::from_bytes(&self.call.tx_id)
    }

    fn address(&self, instance: u16) -> Option<Value> {
        self.instance(instance).map(Address::value)
    }

    fn immutable(&self, instance: u16, variable: VariableId) -> Option<Value> {
        self.at(instance, variable, &[])
    }

    fn at(&self, instance: u16, variable: VariableId, keys: &[Value]) -> Option<Value> {
        let container = self.instance(instance)?;
        let Variable { name, keys: types, .. } =
            self.machine.unit_at(container).unwrap().variable(variable)?;
        let encoded = |(ty, key): (&Scalar, &Value)| {
            let mut bytes = Vec::new();
            key.encode(*ty, &mut bytes);
            bytes
        };
        let keys = types.iter().zip(keys).map(encoded).collect();
        Some(self.machine.get(&Cell { container, variable: name.clone(), keys }))
    }
}

/// What `call` declares; `None` where it calls nothing, or with arguments that are none.
///
/// # Panics
/// If the formulas do not link.
#[must_use]
pub fn of(machine: &Machine<'_>, packages: &[Arc<Package>], call: &Call<'_>) -> Option<Declared> {
    declared(machine, packages, call, false)
}

/// What `call` declares whatever the state is when it runs: what depends on that is widened.
///
/// # Panics
/// If the formulas do not link.
#[must_use]
pub fn covering(machine: &Machine<'_>, packages: &[Arc<Package>], call: &Call<'_>) -> Option<Declared> {
    declared(machine, packages, call, true)
}

fn declared(
    machine: &Machine<'_>,
    packages: &[Arc<Package>],
    call: &Call<'_>,
    widened: bool,
) -> Option<Declared> {
    let instance = machine.instances().get(&call.to)?;
    let package = packages.get(instance.unit.0 as usize)?;
    let number = package.manifest().entry_number(call.entry)?;
    if package.manifest().entries[number].kind == EntryKind::Init {
        return None;
    }
    let params = arguments(package, number, call)?;
    let slots: Vec<Bound<'_>> = instance.slots.iter().map(|slot| bound(machine, packages, *slot)).collect();
    let entry: &EntryAccess = &package.access()[number];
    let linked = link(entry, &slots).unwrap();
    let around = Around { machine, call, params };
    let mut declared = Declared::default();
    for linked in &linked.accesses {
        let unit = machine.unit_at(around.instance(linked.instance)?).unwrap();
        let depth = unit.variable(linked.access.variable)?.keys.len();
        let cover = linked.access.cover(depth, false).filter(|_| widened);
        let access = cover.unwrap_or_else(|| linked.access.clone());
        declared.add(&around, &LinkedAccess { access, ..linked.clone() }, unit);
    }
    declared.add_value(package, number, call);
    Some(declared)
}

/// A container with everything that its slots are bound to.
fn bound<'a>(machine: &Machine<'_>, packages: &'a [Arc<Package>], at: Address) -> Bound<'a> {
    let instance = &machine.instances()[&at];
    let package = &packages[instance.unit.0 as usize];
    let slots = instance.slots.iter().map(|slot| bound(machine, packages, *slot)).collect();
    Bound { manifest: package.manifest(), access: package.access(), slots }
}

/// The containers behind the slots of one, in the order in which linking numbers them.
fn behind(machine: &Machine<'_>, at: Address) -> Vec<Address> {
    let slots = &machine.instances()[&at].slots;
    let inside = slots.iter().flat_map(|slot| behind(machine, *slot));
    slots.iter().copied().chain(inside).collect()
}

fn is_coin(ty: &Type) -> bool {
    matches!(ty, Type::Asset(name) if name == COIN)
}

/// The scalars of the arguments, the Value among them.
fn arguments(package: &Package, entry: usize, call: &Call<'_>) -> Option<Vec<Value>> {
    let (mut bytes, mut values, mut paid) = (call.arguments, Vec::new(), call.value == 0);
    for param in &package.manifest().entries[entry].params {
        if is_coin(&param.ty) {
            values.push(Value::from_u64(call.value));
            paid = true;
        } else {
            values.extend(codec::decode(&param.ty, &mut bytes)?);
        }
    }
    (bytes.is_empty() && paid).then_some(values)
}

impl Declared {
    fn add(&mut self, around: &Around<'_, '_>, linked: &LinkedAccess, unit: &Unit) {
        let variable = unit.variable(linked.access.variable).unwrap();
        let place = Place {
            root: match variable.holding {
                // The system's ledger, not the container's own.
                Holding::Coin => VariableRoot::of_coin(),
                _ => VariableRoot::new(around.instance(linked.instance).unwrap(), &variable.name),
            },
            key_types: &variable.keys,
            keys: &linked.access.keys,
            mode: &linked.access.mode,
            ranges: &linked.access.ranges,
            when: linked.access.when.as_ref(),
            is_credit: variable.holding.is_capped() && linked.access.mode.is_credit(),
        };
        let mut footprint = Footprint::default();
        assert!(Evaluator::new(around, true).access(&place, &mut footprint));
        let exact = linked.access.is_exact(variable.keys.len());
        let into = if exact { &mut self.cells } else { &mut self.locks };
        footprint.name();
        for touch in &footprint.touches {
            let start = touch.locks_start as usize;
            self.above
                .insert(*footprint.key(touch), footprint.locks[start..start + place.keys.len()].to_vec());
            let permission = touch.permitted.permission(&footprint.spans);
            let joined = into.get(footprint.key(touch)).map_or(permission, |known| known.join(permission));
            into.insert(*footprint.key(touch), joined);
        }
    }

    /// What the system does to the caller's purse: takes the Value, and adds what the call gives.
    fn add_value(&mut self, package: &Package, entry: usize, call: &Call<'_>) {
        let (entry, value, zero) = (&package.manifest().entries[entry], I256::from(call.value), I256::ZERO);
        let mut spans = Vec::new();
        if entry.params.iter().any(|param| is_coin(&param.ty)) {
            spans.push(Span { low: -value, high: -value, need: value, peak: zero });
        }
        if entry.result.any(&is_coin) {
            spans.push(Span { low: zero, high: I256::from(u128::MAX), need: zero, peak: zero });
        }
        let purse = Cell::coin_of(call.from);
        for span in spans {
            let permission = Permission::Delta(span);
            self.above.insert(purse.key(), vec![purse.lock(0)]);
            let joined = self.cells.get(&purse.key()).map_or(permission, |known| known.join(permission));
            self.cells.insert(purse.key(), joined);
        }
    }

    /// What may be done with `cell`: by its own declaration and by the locks above it.
    #[must_use]
    pub fn permission(&self, cell: &Cell) -> Option<Permission> {
        let locks = (0..cell.keys.len()).filter_map(|levels| self.locks.get(&cell.lock(levels)));
        self.cells.get(&cell.key()).into_iter().chain(locks).copied().reduce(Permission::join)
    }

    /// The permission for each declared cell, joined with those of the locks above it.
    #[must_use]
    pub fn joined(&self) -> BTreeMap<CellKey, Permission> {
        let join = |(key, own): (&CellKey, &Permission)| {
            let locks = self.above[key].iter().filter_map(|lock| self.locks.get(lock));
            (*key, locks.fold(*own, |all, lock| all.join(*lock)))
        };
        self.cells.iter().map(join).collect()
    }

    /// True if the cell is declared by itself, not through a lock.
    #[must_use]
    pub fn is_exact(&self, cell: &Cell) -> bool {
        self.cells.contains_key(&cell.key())
    }
}

/// How many cells were touched, and how many of them were declared by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Precision {
    /// Cells declared by themselves.
    pub declared: usize,
    /// Cells touched.
    pub touched: usize,
    /// Of those, cells declared by themselves.
    pub exact: usize,
    /// Of those, cells declared as only added to.
    pub deltas: usize,
}

impl Precision {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            declared: self.declared + other.declared,
            touched: self.touched + other.touched,
            exact: self.exact + other.exact,
            deltas: self.deltas + other.deltas,
        }
    }
}

/// Holds what a transaction touched against what it declares, in the state before it.
///
/// # Errors
/// The first cell it touched without, or beyond, its declaration.
///
/// # Panics
/// If a cell was touched that no unit has.
pub fn check(
    machine: &Machine<'_>,
    packages: &[Arc<Package>],
    call: &Call<'_>,
    executed: &Executed,
) -> Result<Precision, String> {
    let Some(declared) = of(machine, packages, call) else {
        return if executed.usage.is_empty() {
            Ok(Precision::default())
        } else {
            Err("a transaction without a declaration touched cells".to_owned())
        };
    };
    let mut precision = Precision { declared: declared.cells.len(), ..Precision::default() };
    let (mut deltas, mut unread) = (Vec::new(), Vec::new());
    for (cell, usage) in &executed.usage {
        let variable = machine.variable(cell);
        if variable.is_some_and(|variable| variable.immutable) {
            continue;
        }
        let permission = declared.permission(cell);
        let complain = |why: &str| Err(format!("{cell:?} {why}: declared {permission:?}, used {usage:?}"));
        let changes = usage.stored || usage.added || usage.scaled;
        match permission {
            None if changes => return complain("is changed and not declared"),
            // What nobody uses need not be loaded: whatever stands there, the call does the same.
            None => unread.push(everything(cell, variable.map_or(Scalar::U128, |it| it.value))),
            Some(Permission::Read) if changes => return complain("is declared as read only, and changed"),
            // An assignment such as `x = x + 1` may be declared as adding: the claims below decide.
            _ => {}
        }
        let ty = variable.map_or(Scalar::U128, |variable| variable.value);
        if let Some(Permission::Delta(span)) = permission {
            if let Some(why) = outside(span, usage, executed, cell, machine, ty) {
                return complain(&why);
            }
            let (least, greatest) = ty.range();
            // All cells of an asset together hold no more than there is of it, so a credit of one finds room: that of this
            // call, and any that is not larger than cells are here.
            let peak =
                if holds(variable) { usage.swing.1.max(greatest - (greatest >> 2)) } else { span.peak };
            let top = greatest - peak;
            let (low, high) = (least + span.reserve(), top);
            let value = |number| Value::from_number(number, ty).unwrap();
            if low <= high {
                deltas.push((cell.clone(), ty, (value(low), value(high))));
            }
        }
        precision.touched += 1;
        precision.exact += usize::from(declared.is_exact(cell));
    }
    precision.deltas = deltas.len();
    deltas.extend(unread);
    unobserved(machine, call, &deltas)?;
    Ok(precision)
}

/// How a cell moved beyond the span it declares, if it did.
fn outside(
    span: Span,
    usage: &Usage,
    executed: &Executed,
    cell: &Cell,
    machine: &Machine<'_>,
    ty: Scalar,
) -> Option<String> {
    let before = machine.get(cell).number(ty);
    let change = executed.writes.get(cell).map_or(I256::ZERO, |value| value.number(ty) - before);
    if executed.verdict.result == 0 && !(span.low <= change && change <= span.high) {
        return Some(format!("moves by {change}, outside {}..={}", span.low, span.high));
    }
    let (lowest, highest) = usage.swing;
    let fits = highest <= span.peak || holds(machine.variable(cell));
    if -lowest > span.reserve() || !fits {
        return Some(format!("swings {lowest}..{highest}, beyond need {} and peak {}", span.need, span.peak));
    }
    None
}

/// True for cells of an amount of an asset, which are at most its supply.
fn holds(variable: Option<&Variable>) -> bool {
    variable.is_none_or(|variable| matches!(variable.holding, Holding::Amount(_) | Holding::Coin))
}

/// The least and the greatest value a cell of this type can have.
fn everything(cell: &Cell, ty: Scalar) -> Shifted {
    let ones = match ty {
        Scalar::Bool => Value::from_u64(1),
        _ if ty.is_signed() => Value::from_number(ty.range().1, ty).unwrap(),
        _ => Value::from_bytes(&vec![0xff; ty.width()]),
    };
    (cell.clone(), ty, (Value::ZERO, ones))
}

/// Runs the call with each cell at both ends of what it says it does not depend on.
fn unobserved(machine: &Machine<'_>, call: &Call<'_>, shifted: &[Shifted]) -> Result<(), String> {
    let roomy: Vec<Roomy<'_>> = shifted.iter().map(|(cell, ty, ends)| (cell, *ty, *ends)).collect();
    if roomy.is_empty() {
        return Ok(());
    }
    let run = |choose: &dyn Fn(usize, (Value, Value)) -> Value| {
        let mut shifted = machine.clone();
        for (number, (cell, _, ends)) in roomy.iter().enumerate() {
            shifted.put((*cell).clone(), choose(number, *ends));
        }
        outcome(&shifted, call, &roomy)
    };
    let low = run(&|_, ends| ends.0);
    for (name, other) in [
        ("high", run(&|_, ends| ends.1)),
        ("mixed", run(&|number, ends| if number % 2 == 0 { ends.0 } else { ends.1 })),
    ] {
        if low != other {
            let cells: Vec<_> = roomy.iter().map(|(cell, _, ends)| (*cell, *ends)).collect();
            return Err(format!(
                "the values of cells that are declared as only added to, or not at all, are observed ({name}): {cells:?}\n\
                 at the low end: {low:?}\nelse: {other:?}"
            ));
        }
    }
    Ok(())
}

/// A cell that is not observed, its type, and two ends of what it may hold.
type Shifted = (Cell, Scalar, (Value, Value));

/// The same, borrowed.
type Roomy<'a> = (&'a Cell, Scalar, (Value, Value));

/// Everything a call does but the values of the shifted cells, of which only the change counts.
fn outcome(
    machine: &Machine<'_>,
    call: &Call<'_>,
    shifted: &[Roomy<'_>],
) -> (Verdict, BTreeMap<Cell, Value>, Vec<I256>) {
    let executed = machine.dry_run(call);
    let mut writes = executed.writes;
    let changes = shifted
        .iter()
        .map(|(cell, ty, _)| {
            let after = writes.remove(*cell);
            after.map_or(I256::ZERO, |value| value.number(*ty) - machine.get(cell).number(*ty))
        })
        .collect();
    (executed.verdict, writes, changes)
}
