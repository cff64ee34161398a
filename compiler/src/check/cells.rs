//! States to variables: which cells hold a value of which type.

use crate::tree::{COIN, Cells, Variable};
use mc_container::access::VariableId;
use mc_container::manifest::Holding;
use mc_container::ty::{Type, WORD_SCALAR};
use mc_container::value::{Scalar, Value};
use mc_syntax::source::Span;

/// Adds the variables of one state to those of its unit.
pub(crate) struct Layer<'v> {
    pub(crate) variables: &'v mut Vec<Variable>,
    pub(crate) span: Span,
    /// The scalars of the initial value, in the order of the cells; zeros where there is none.
    pub(crate) defaults: std::vec::IntoIter<Value>,
    pub(crate) initialised: bool,
    pub(crate) immutable: bool,
}

impl Layer<'_> {
    /// Adds the variables of a value of type `ty` under these keys.
    pub(crate) fn add(&mut self, name: &str, keys: &[Scalar], ty: &Type) -> Cells {
        match ty {
            Type::Scalar(scalar) => Cells::Scalar(self.variable(name, keys, *scalar, Holding::Nothing)),
            Type::Asset(asset) | Type::Seen(asset) => {
                Cells::Scalar(self.variable(name, keys, Scalar::U128, Holding::Amount(asset.clone())))
            }
            Type::String(_) | Type::Bytes(_) => {
                let word = |word: u32| if word == 0 { name.to_owned() } else { format!("{name}#{word}") };
                let words =
                    (0..ty.words()).map(|at| self.variable(&word(at), keys, WORD_SCALAR, Holding::Nothing));
                Cells::Words(words.collect())
            }
            Type::Tuple(parts) => {
                let parts = parts.iter().enumerate();
                Cells::Record(parts.map(|(at, part)| self.add(&format!("{name}.{at}"), keys, part)).collect())
            }
            Type::Struct(it) => {
                let fields = it.fields.iter();
                Cells::Record(
                    fields
                        .map(|field| self.add(&format!("{name}.{}", field.name), keys, &field.ty))
                        .collect(),
                )
            }
            Type::Option(content) => self.option(name, keys, content),
            Type::Enum(it) => {
                let tag = self.variable(name, keys, Scalar::U8, Holding::Nothing);
                let mut variants = Vec::new();
                for variant in &it.variants {
                    let path = |field: &str| format!("{name}.{}.{field}", variant.name);
                    let fields = variant.fields.iter();
                    variants
                        .push(fields.map(|field| self.add(&path(&field.name), keys, &field.ty)).collect());
                }
                Cells::Enum(tag, variants)
            }
            Type::List(element, max) => self.list(name, keys, element, *max),
        }
    }

    fn option(&mut self, name: &str, keys: &[Scalar], content: &Type) -> Cells {
        let holding = match content {
            Type::Struct(it) => it.asset.clone().map_or(Holding::Nothing, Holding::Unique),
            _ => Holding::Nothing,
        };
        let present = self.variable(name, keys, Scalar::Bool, holding);
        let path = match content {
            Type::Struct(_) | Type::Tuple(_) => name.to_owned(),
            _ => format!("{name}.some"),
        };
        Cells::Option(present, Box::new(self.add(&path, keys, content)))
    }

    /// A list starts empty: its elements have no initial values of their own.
    fn list(&mut self, name: &str, keys: &[Scalar], element: &Type, max: u32) -> Cells {
        let length = self.variable(&format!("{name}.len"), keys, Scalar::U32, Holding::Nothing);
        let skipped = element.scalar_count().saturating_mul(max as usize);
        for _ in 0..skipped {
            self.defaults.next();
        }
        let mut indexed = keys.to_vec();
        indexed.push(Scalar::U32);
        let rest = std::mem::take(&mut self.defaults);
        let element = Box::new(self.add(name, &indexed, element));
        self.defaults = rest;
        Cells::List { length, element, max }
    }

    fn variable(&mut self, name: &str, keys: &[Scalar], value: Scalar, holding: Holding) -> VariableId {
        let id = VariableId(u16::try_from(self.variables.len()).unwrap_or(u16::MAX));
        self.variables.push(Variable {
            name: name.to_owned(),
            span: self.span,
            keys: keys.to_vec(),
            value,
            default: self.defaults.next().unwrap_or_default(),
            initialised: self.initialised,
            // The elements of a list are cells like others, which only `init` writes.
            immutable: self.immutable && keys.is_empty(),
            holding,
        });
        id
    }
}

/// The name of the variable that holds how much of an own asset there is.
pub(crate) fn supply_name(asset: &str) -> String {
    format!("supply({asset})")
}

/// The name of the variable that holds every account's native asset.
pub(crate) fn ledger_name() -> String {
    format!("{COIN}.balances")
}
