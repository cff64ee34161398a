//! Assets: what the values and the cells of a container hold of which asset, and that calls keep it whole.
//!
//! A container numbers the assets it speaks of: 0 is the native one, then those it declares, is generic over,
//! or meets in its slots. Whatever a call takes and gives and its cells gain and lose must come to nothing.

use ethnum::I256;
use mc_container::address::Address;
use mc_container::manifest::{COIN, Holding, Manifest};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use std::collections::HashMap;

/// Which asset a name stands for, whoever uses it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AssetId {
    /// The native one.
    Coin,
    /// One that a container declares.
    Of(Address, String),
}

/// The number of an asset among all of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AssetNumber(u32);

/// Numbers for the assets of a registry, so that comparing two is comparing numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct AssetNumbers(HashMap<AssetId, AssetNumber>);

impl AssetNumbers {
    /// The number of an asset, which is new if nobody has asked for it.
    pub(crate) fn of(&mut self, asset: AssetId) -> AssetNumber {
        let next = AssetNumber(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        *self.0.entry(asset).or_insert(next)
    }
}

/// The number of an asset among those of its container.
pub(crate) type Number = u16;

/// The assets that a container speaks of.
#[derive(Debug)]
pub(crate) struct Book(Vec<String>);

impl Book {
    /// The book of a container.
    pub(crate) fn new(manifest: &Manifest) -> Self {
        let mut book = Self(vec![COIN.to_owned()]);
        manifest.assets.iter().for_each(|asset| book.enter(&asset.name));
        let steps = manifest.slots.iter().flat_map(|slot| &slot.entries);
        let steps = steps.flat_map(|entry| entry.params.iter().chain([&entry.result]));
        let own = manifest.entries.iter();
        let own = own.flat_map(|entry| entry.params.iter().map(|param| &param.ty).chain([&entry.result]));
        for ty in steps.chain(own) {
            names(ty, &mut |name| book.enter(name));
        }
        book
    }

    fn enter(&mut self, name: &str) {
        if !self.0.iter().any(|known| known == name) {
            self.0.push(name.to_owned());
        }
    }

    fn number(&self, name: &str) -> Option<Number> {
        self.0.iter().position(|known| known == name).and_then(|number| Number::try_from(number).ok())
    }

    /// Its name for each of them, by number.
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What a variable's cells hold.
    pub(crate) fn held(&self, holding: &Holding) -> Held {
        let number = |name: &String| self.number(name);
        match holding {
            Holding::Nothing => Some(Held::Nothing),
            Holding::Amount(name) => number(name).map(Held::Amount),
            Holding::Unique(name) => number(name).map(Held::Unique),
            Holding::Supply(name) => number(name).map(Held::Supply),
            Holding::Coin => Some(Held::Ledger),
        }
        .unwrap_or_default()
    }

    /// What values of these types hold, as scalars one after the other.
    pub(crate) fn parts<'t>(&self, types: impl IntoIterator<Item = &'t Type>) -> Vec<Part> {
        let (mut parts, mut at) = (Vec::new(), 0);
        for ty in types {
            self.collect(ty, at, &mut parts);
            at += ty.scalar_count();
        }
        parts
    }

    fn collect(&self, ty: &Type, at: usize, parts: &mut Vec<Part>) {
        let within = |ty: &Type, at: usize| {
            let mut inner = Vec::new();
            self.collect(ty, at, &mut inner);
            inner
        };
        match ty {
            Type::Asset(name) => parts.extend(self.number(name).map(|asset| Part::Amount { asset, at })),
            Type::Struct(it) => {
                let asset = it.asset.as_deref().and_then(|name| self.number(name));
                parts.extend(asset.map(|asset| Part::One { asset }));
                self.collect_all(it.fields.iter().map(|field| &field.ty), at, parts);
            }
            Type::Tuple(types) => {
                self.collect_all(types.iter(), at, parts);
            }
            Type::Option(content) => {
                let inner = within(content, at + 1);
                parts.extend(Part::when(at, 1, inner));
            }
            Type::Enum(it) => {
                let mut start = at + 1;
                for (tag, variant) in (0..).zip(&it.variants) {
                    let mut inner = Vec::new();
                    start = self.collect_all(variant.fields.iter().map(|field| &field.ty), start, &mut inner);
                    parts.extend(Part::when(at, tag, inner));
                }
            }
            Type::List(element, _) => {
                let inner = within(element, at + 1);
                let stride = element.scalar_count();
                parts.extend((!inner.is_empty()).then_some(Part::Each { at, stride, inner }));
            }
            Type::Scalar(_) | Type::String(_) | Type::Bytes(_) | Type::Seen(_) => {}
        }
    }

    fn collect_all<'t>(
        &self,
        types: impl Iterator<Item = &'t Type>,
        mut at: usize,
        parts: &mut Vec<Part>,
    ) -> usize {
        for ty in types {
            self.collect(ty, at, parts);
            at += ty.scalar_count();
        }
        at
    }
}

/// The names of the assets in a type.
fn names(ty: &Type, enter: &mut dyn FnMut(&str)) {
    match ty {
        Type::Asset(name) => enter(name),
        Type::Struct(it) => {
            it.asset.as_deref().into_iter().for_each(&mut *enter);
            it.fields.iter().for_each(|field| names(&field.ty, enter));
        }
        Type::Tuple(types) => types.iter().for_each(|ty| names(ty, enter)),
        Type::Option(content) | Type::List(content, _) => names(content, enter),
        Type::Enum(it) => {
            let fields = it.variants.iter().flat_map(|variant| &variant.fields);
            fields.for_each(|field| names(&field.ty, enter));
        }
        Type::Scalar(_) | Type::String(_) | Type::Bytes(_) | Type::Seen(_) => {}
    }
}

/// What the cells of a variable hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Held {
    /// Nothing.
    #[default]
    Nothing,
    /// This much of a fungible asset.
    Amount(Number),
    /// One of a unique asset, where true.
    Unique(Number),
    /// How much there is of an own asset.
    Supply(Number),
    /// An account's native asset, in the system's ledger.
    Ledger,
}

impl Held {
    /// True for cells that can never hold too much, because all cells of an asset together hold its supply.
    pub(crate) fn is_capped(self) -> bool {
        matches!(self, Self::Amount(_) | Self::Ledger)
    }
}

/// A part of a value that holds some of an asset; `at` counts scalars.
#[derive(Debug)]
pub(crate) enum Part {
    /// A scalar says how much.
    Amount { asset: Number, at: usize },
    /// There is one.
    One { asset: Number },
    /// Only where the scalar at `at` is `is`.
    When { at: usize, is: u64, inner: Vec<Part> },
    /// As often as the scalar at `at` says, `stride` scalars further each time.
    Each { at: usize, stride: usize, inner: Vec<Part> },
}

impl Part {
    fn when(at: usize, is: u64, inner: Vec<Self>) -> Option<Self> {
        (!inner.is_empty()).then_some(Self::When { at, is, inner })
    }

    /// True if it may be some of the native asset.
    pub(crate) fn holds_coin(&self) -> bool {
        match self {
            Self::Amount { asset, .. } | Self::One { asset } => *asset == 0,
            Self::When { inner, .. } | Self::Each { inner, .. } => inner.iter().any(Self::holds_coin),
        }
    }
}

/// How much of each asset a call has gained, all in all.
#[derive(Debug, Default)]
pub(crate) struct Tally(Vec<I256>);

impl Tally {
    /// Starts with nothing of any of this many assets.
    pub(crate) fn start(&mut self, assets: usize) {
        self.0.clear();
        self.0.resize(assets, I256::ZERO);
    }

    /// Counts what a cell has changed by. False where a container has taken from the system's ledger.
    pub(crate) fn cell(&mut self, held: Held, ty: Scalar, before: Value, after: Value) -> bool {
        let change = after.number(ty) - before.number(ty);
        match held {
            Held::Nothing => {}
            Held::Amount(asset) | Held::Unique(asset) => self.add(asset, change),
            Held::Supply(asset) => self.add(asset, -change),
            Held::Ledger => self.add(0, change),
        }
        held != Held::Ledger || change >= I256::ZERO
    }

    /// Counts what a value holds as gained.
    pub(crate) fn gain(&mut self, parts: &[Part], values: &[Value]) {
        each(parts, values, 0, &mut |asset, amount| self.add(asset, amount));
    }

    /// Counts what a value holds as lost.
    pub(crate) fn lose(&mut self, parts: &[Part], values: &[Value]) {
        each(parts, values, 0, &mut |asset, amount| self.add(asset, -amount));
    }

    /// Counts a change.
    pub(crate) fn add(&mut self, asset: Number, change: I256) {
        if let Some(sum) = self.0.get_mut(usize::from(asset)) {
            *sum = sum.saturating_add(change);
        }
    }

    /// True if nothing was gained and nothing lost.
    pub(crate) fn is_even(&self) -> bool {
        self.0.iter().all(|sum| *sum == I256::ZERO)
    }
}

/// How much of the native asset a value holds.
pub(crate) fn coins(parts: &[Part], values: &[Value]) -> I256 {
    let mut sum = I256::ZERO;
    each(parts, values, 0, &mut |asset, amount| {
        if asset == 0 {
            sum = sum.saturating_add(amount);
        }
    });
    sum
}

/// Calls `take` for each amount of an asset in a value, whose scalars start at `offset`.
pub(crate) fn each(parts: &[Part], values: &[Value], offset: usize, take: &mut dyn FnMut(Number, I256)) {
    let value = |at: &usize| values.get(at + offset).copied().unwrap_or_default();
    for part in parts {
        match part {
            Part::Amount { asset, at } => take(*asset, value(at).number(Scalar::U128)),
            Part::One { asset } => take(*asset, I256::ONE),
            Part::When { at, is, inner } => {
                if value(at).low() == *is {
                    each(inner, values, offset, take);
                }
            }
            Part::Each { at, stride, inner } => {
                for turn in 0..value(at).low() as usize {
                    each(inner, values, offset + turn * stride, take);
                }
            }
        }
    }
}

/// True if values of the two types are the same scalars, and `same` says that they hold the same assets.
pub(crate) fn are_alike(a: &Type, b: &Type, same: &dyn Fn(&str, &str) -> bool) -> bool {
    let all = |a: &mut dyn Iterator<Item = &Type>, b: &mut dyn Iterator<Item = &Type>| loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if are_alike(a, b, same) => {}
            _ => return false,
        }
    };
    match (a, b) {
        (Type::Asset(a), Type::Asset(b)) => same(a, b),
        (Type::Seen(_), Type::Seen(_)) => true,
        (Type::Tuple(a), Type::Tuple(b)) => all(&mut a.iter(), &mut b.iter()),
        (Type::Option(a), Type::Option(b)) => are_alike(a, b, same),
        (Type::List(a, a_max), Type::List(b, b_max)) => a_max == b_max && are_alike(a, b, same),
        (Type::Struct(a), Type::Struct(b)) => {
            let same_asset = match (&a.asset, &b.asset) {
                (None, None) => true,
                (Some(a), Some(b)) => same(a, b),
                _ => false,
            };
            same_asset && all(&mut a.fields.iter().map(|it| &it.ty), &mut b.fields.iter().map(|it| &it.ty))
        }
        (Type::Enum(a), Type::Enum(b)) => {
            a.variants.len() == b.variants.len()
                && a.variants.iter().zip(&b.variants).all(|(a, b)| {
                    all(&mut a.fields.iter().map(|it| &it.ty), &mut b.fields.iter().map(|it| &it.ty))
                })
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mc_container::ty::{EnumType, Field, StructType, Variant};

    fn asset(name: &str) -> Type {
        Type::Asset(name.to_owned())
    }

    fn field(ty: Type) -> Field {
        Field { name: "f".to_owned(), ty, constant: false }
    }

    fn sums(ty: &Type, values: &[u64]) -> Vec<I256> {
        let book = Book(["coin", "gold", "deed"].map(str::to_owned).to_vec());
        let values: Vec<Value> = values.iter().copied().map(Value::from_u64).collect();
        assert_eq!(values.len(), ty.scalar_count());
        let mut tally = Tally::default();
        tally.start(book.len());
        tally.gain(&book.parts([ty]), &values);
        tally.0
    }

    #[test]
    fn a_value_holds_what_its_present_parts_hold() {
        let deed = StructType {
            name: "Deed".to_owned(),
            asset: Some("deed".to_owned()),
            fields: vec![field(Scalar::U8.into()), field(asset("gold"))],
        };
        let deed = Type::Struct(deed);
        let expect = |numbers: [i64; 3]| numbers.map(I256::from).to_vec();
        assert_eq!(sums(&asset("coin"), &[7]), expect([7, 0, 0]));
        assert_eq!(sums(&Type::Seen("coin".to_owned()), &[7]), expect([0, 0, 0]));
        assert_eq!(sums(&deed, &[1, 5]), expect([0, 5, 1]));
        let maybe = Type::Option(Box::new(deed.clone()));
        assert_eq!(sums(&maybe, &[1, 9, 5]), expect([0, 5, 1]));
        assert_eq!(sums(&maybe, &[0, 0, 0]), expect([0, 0, 0]));
        let list = Type::List(Box::new(deed.clone()), 3);
        assert_eq!(sums(&list, &[2, 1, 5, 1, 6, 0, 0]), expect([0, 11, 2]));
        let variant = |ty| Variant { name: "V".to_owned(), fields: vec![field(ty)] };
        let choice = EnumType { name: "E".to_owned(), variants: vec![variant(asset("coin")), variant(deed)] };
        let choice = Type::Enum(choice);
        assert_eq!(sums(&choice, &[0, 8, 0, 0]), expect([8, 0, 0]));
        assert_eq!(sums(&choice, &[1, 0, 1, 3]), expect([0, 3, 1]));
        let pair = Type::Tuple(vec![Type::Bytes(40), Type::Option(Box::new(choice))]);
        assert_eq!(sums(&pair, &[1, 1, 0, 0, 0, 0, 0]), expect([0, 0, 0]));
        assert_eq!(sums(&pair, &[1, 1, 1, 0, 8, 0, 0]), expect([8, 0, 0]));
    }
}
