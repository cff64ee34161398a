//! Worst-case cost: the fuel that a call uses at most, as a formula over the lengths of the lists it is given.
//!
//! A formula is a sum of products: `210 + 61 * voters.len`. The compiler reads it off the code that it has
//! emitted, the manifest publishes it, and the runtime gives a call no more fuel than it says, so that it is a
//! true bound. Fuel is one for each WASM instruction that does something, and these constants for what the host
//! does.

use crate::ty::Type;
use crate::value::Value;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The most fuel that any transaction gets.
pub const FUEL_MAX: u64 = 50_000_000;
/// Fuel for each place in the state that a transaction's formulas name.
pub const PLACE_FUEL: u64 = 100;
/// Fuel for an event.
pub const EMIT_FUEL: u64 = 200;
/// Fuel for a cell that is found at run time.
pub const RESOLVE_FUEL: u64 = 500;
/// Fuel for a step, besides what its entry uses.
pub const STEP_FUEL: u64 = 500;
/// Fuel for opening or closing a savepoint.
pub const SAVEPOINT_FUEL: u64 = 200;

/// One product: an amount of fuel, for each combination of elements of some lists.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Product {
    /// The parameters' scalars that hold the lengths, by number, in order.
    pub lengths: Vec<u16>,
    /// The fuel.
    pub fuel: u64,
}

/// A worst-case cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Cost(Vec<Product>);

/// How often something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turns {
    /// At most this often.
    AtMost(u64),
    /// Once for each element of the list whose length is the parameters' scalar with this number.
    Length(u16),
}

impl Cost {
    /// The same for every call.
    #[must_use]
    pub fn fixed(fuel: u64) -> Self {
        if fuel == 0 { Self::default() } else { Self(vec![Product { lengths: Vec::new(), fuel }]) }
    }

    fn of(products: BTreeMap<Vec<u16>, u64>) -> Self {
        let product = |(lengths, fuel)| Product { lengths, fuel };
        Self(products.into_iter().map(product).filter(|product| product.fuel > 0).collect())
    }

    fn merge(&self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        let mut products = BTreeMap::new();
        for product in &self.0 {
            products.insert(product.lengths.clone(), product.fuel);
        }
        for product in &other.0 {
            let fuel = products.entry(product.lengths.clone()).or_insert(0);
            *fuel = join(*fuel, product.fuel);
        }
        Self::of(products)
    }

    /// One, then the other.
    #[must_use]
    pub fn then(&self, other: &Self) -> Self {
        self.merge(other, u64::saturating_add)
    }

    /// One of the two.
    #[must_use]
    pub fn either(&self, other: &Self) -> Self {
        self.merge(other, u64::max)
    }

    /// The same, so many times.
    #[must_use]
    pub fn times(&self, turns: Turns) -> Self {
        let mut products = BTreeMap::new();
        for product in &self.0 {
            let (mut lengths, mut fuel) = (product.lengths.clone(), product.fuel);
            match turns {
                Turns::AtMost(turns) => fuel = fuel.saturating_mul(turns),
                Turns::Length(number) => {
                    lengths.push(number);
                    lengths.sort_unstable();
                }
            }
            products.insert(lengths, fuel);
        }
        Self::of(products)
    }

    /// The fuel of a call with lists of these lengths.
    #[must_use]
    pub fn evaluate(&self, length: impl Fn(u16) -> u64) -> u64 {
        let product = |product: &Product| {
            product.lengths.iter().fold(product.fuel, |fuel, number| fuel.saturating_mul(length(*number)))
        };
        self.0.iter().map(product).fold(0, u64::saturating_add)
    }

    /// The fuel of a call with these arguments, scalar by scalar.
    #[must_use]
    pub fn of_call(&self, args: &[Value]) -> u64 {
        self.evaluate(|number| args.get(usize::from(number)).map_or(0, |value| value.low()))
    }

    /// The fuel of the dearest call of something with these parameters.
    #[must_use]
    pub fn worst<'p>(&self, params: impl IntoIterator<Item = (&'p str, &'p Type)>) -> u64 {
        let lists = lists(params);
        self.evaluate(|number| lists.get(&number).map_or(u64::from(u32::MAX), |(_, max)| u64::from(*max)))
    }

    /// The fuel of the dearest call of something with these parameters whose lists are all this long, or as long as
    /// they may be.
    #[must_use]
    pub fn at_length<'p>(&self, params: impl IntoIterator<Item = (&'p str, &'p Type)>, length: u32) -> u64 {
        let lists = lists(params);
        self.evaluate(|number| u64::from(lists.get(&number).map_or(length, |(_, max)| length.min(*max))))
    }

    /// The greatest length of the lists that the formula counts by; `None` if it is the same for every call.
    #[must_use]
    pub fn longest<'p>(&self, params: impl IntoIterator<Item = (&'p str, &'p Type)>) -> Option<u32> {
        let lists = lists(params);
        let counted = self.0.iter().flat_map(|product| &product.lengths);
        counted.filter_map(|number| Some(lists.get(number)?.1)).max()
    }

    /// The formula as people read it: `210 + 61 × voters.len`.
    #[must_use]
    pub fn show<'p>(&self, params: impl IntoIterator<Item = (&'p str, &'p Type)>) -> String {
        let lists = lists(params);
        let name = |number: &u16| {
            lists.get(number).map_or_else(|| "?".to_owned(), |(name, _)| format!("{name}.len"))
        };
        let product = |product: &Product| {
            let names = product.lengths.iter().map(name);
            std::iter::once(product.fuel.to_string()).chain(names).collect::<Vec<_>>().join(" × ")
        };
        if self.0.is_empty() {
            return "0".to_owned();
        }
        self.0.iter().map(product).collect::<Vec<_>>().join(" + ")
    }
}

/// The parameters' scalars that hold the length of a list, by number.
#[must_use]
pub fn lengths<'p>(params: impl IntoIterator<Item = (&'p str, &'p Type)>) -> BTreeSet<u16> {
    lists(params).into_keys().collect()
}

/// The lists among the parameters: the number of the scalar with the length, the name, the greatest length.
fn lists<'p>(params: impl IntoIterator<Item = (&'p str, &'p Type)>) -> BTreeMap<u16, (String, u32)> {
    let (mut lists, mut number) = (BTreeMap::new(), 0);
    for (name, ty) in params {
        find(ty, name, &mut number, &mut lists);
    }
    lists
}

fn find(ty: &Type, name: &str, number: &mut usize, lists: &mut BTreeMap<u16, (String, u32)>) {
    match ty {
        Type::List(_, max) => {
            if let Ok(number) = u16::try_from(*number) {
                lists.insert(number, (name.to_owned(), *max));
            }
            *number += ty.scalar_count();
        }
        Type::Tuple(parts) => parts.iter().for_each(|part| find(part, name, number, lists)),
        Type::Struct(it) => {
            it.fields
                .iter()
                .for_each(|field| find(&field.ty, &format!("{name}.{}", field.name), number, lists));
        }
        Type::Option(content) => {
            *number += 1;
            find(content, name, number, lists);
        }
        Type::Enum(it) => {
            *number += 1;
            it.variants.iter().flat_map(|variant| &variant.fields).for_each(|field| {
                find(&field.ty, &format!("{name}.{}", field.name), number, lists);
            });
        }
        _ => *number += ty.scalar_count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Scalar;

    #[test]
    fn a_loop_over_a_list_costs_its_length() {
        let body = Cost::fixed(61).either(&Cost::fixed(40));
        let call = Cost::fixed(210).then(&body.times(Turns::Length(1)));
        let list = Type::List(Box::new(Scalar::Address.into()), 256);
        let params = [("a", &Type::Scalar(Scalar::U64)), ("voters", &list)];
        assert_eq!(call.show(params), "210 + 61 × voters.len");
        assert_eq!(call.evaluate(|_| 3), 210 + 3 * 61);
        assert_eq!(call.worst(params), 210 + 256 * 61);
        assert_eq!([3, 999].map(|length| call.at_length(params, length)), [210 + 3 * 61, 210 + 256 * 61]);
        assert_eq!((call.longest(params), Cost::fixed(7).longest(params)), (Some(256), None));
    }

    #[test]
    fn nested_loops_multiply() {
        let inner = Cost::fixed(2).times(Turns::Length(4)).then(&Cost::fixed(5));
        let outer = inner.times(Turns::AtMost(10)).times(Turns::Length(2));
        assert_eq!(outer.evaluate(u64::from), (2 * 4 + 5) * 10 * 2);
    }
}
