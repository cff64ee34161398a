//! Random expressions.
//!
//! A `definite` expression tells its own type from its leftmost leaf on; an expression of any kind may be a
//! bare literal or a narrower unsigned type, and stands only where a type is expected.

use super::{Signature, Writer, pick, weighted};
use mc_container::value::Scalar;
use rand::Rng;

/// The integer types.
pub(crate) const INTEGERS: [Scalar; 7] =
    [Scalar::U8, Scalar::U16, Scalar::U32, Scalar::U64, Scalar::U128, Scalar::I64, Scalar::I128];

impl Writer<'_> {
    /// An expression where `ty` is expected.
    pub(crate) fn expr(&mut self, ty: Scalar, depth: u32) -> String {
        if ty.is_integer() && self.chance(30) {
            return self.literal(ty);
        }
        let narrower: Vec<Scalar> = INTEGERS
            .into_iter()
            .filter(|other| !other.is_signed() && !ty.is_signed() && other.width() < ty.width())
            .filter(|_| ty.is_integer())
            .collect();
        if !narrower.is_empty() && self.chance(10) {
            let narrow = *pick(self.rng, &narrower);
            return self.definite(narrow, depth);
        }
        self.definite(ty, depth)
    }

    /// A literal of an integer type: mostly small, sometimes at the limit.
    pub(crate) fn literal(&mut self, ty: Scalar) -> String {
        let (least, greatest) = ty.range();
        match weighted(self.rng, &[80, 6, 4, if ty.is_signed() { 20 } else { 0 }, 4]) {
            0 => self.rng.random_range(0..4_u32).to_string(),
            1 => greatest.to_string(),
            2 => (greatest - 1).to_string(),
            3 if self.chance(10) => format!("({least})"),
            3 => format!("(-{})", self.rng.random_range(1..4_u32)),
            _ => self.rng.random_range(0..120_u32).to_string(),
        }
    }

    /// A literal that every integer type has, as a value of type `ty`.
    fn typed_literal(&mut self, ty: Scalar) -> String {
        let value = self.rng.random_range(0..6_u32);
        format!("({value} as {ty})")
    }

    /// An expression that tells its own type.
    pub(crate) fn definite(&mut self, ty: Scalar, depth: u32) -> String {
        match ty {
            Scalar::Bool => self.condition(depth),
            _ if depth > 0 && ty.is_number() => self.number(ty, depth),
            _ => self.leaf(ty),
        }
    }

    fn number(&mut self, ty: Scalar, depth: u32) -> String {
        let integer = u32::from(ty.is_integer());
        match weighted(self.rng, &[8, 6 * integer, 2 * integer, 1, 2, 2 * (1 - integer)]) {
            1 => self.arithmetic(ty, depth),
            2 => self.cast(ty, depth),
            3 => {
                let condition = self.condition(depth - 1);
                let (then, otherwise) = (self.definite(ty, depth - 1), self.definite(ty, depth - 1));
                format!("(if {condition} {{ {then} }} else {{ {otherwise} }})")
            }
            4 => self.call_expr(ty, depth).unwrap_or_else(|| self.leaf(ty)),
            5 => {
                if self.chance(20) {
                    return format!("({} as {ty})", self.definite(Scalar::U64, depth - 1));
                }
                let (left, op) = (self.leaf(ty), *pick(self.rng, &["+", "-"]));
                let right = self.leaf(Scalar::Duration);
                format!("({left} {op} {right})")
            }
            _ => self.leaf(ty),
        }
    }

    /// `(a + b)` and the like.
    pub(crate) fn arithmetic(&mut self, ty: Scalar, depth: u32) -> String {
        let op = ["+", "-", "*", "/", "%"][weighted(self.rng, &[6, 4, 2, 2, 2])];
        let left = self.definite(ty, depth.saturating_sub(1));
        let right =
            if self.chance(50) { self.literal(ty) } else { self.definite(ty, depth.saturating_sub(1)) };
        format!("({left} {op} {right})")
    }

    /// `(a as T)` from another type.
    pub(crate) fn cast(&mut self, ty: Scalar, depth: u32) -> String {
        if self.chance(5) {
            let from = *pick(self.rng, &[Scalar::Time, Scalar::Duration]);
            return format!("({} as {ty})", self.leaf(from));
        }
        let others: Vec<Scalar> = INTEGERS.into_iter().filter(|other| *other != ty).collect();
        let mut from = *pick(self.rng, &others);
        if self.chance(70) {
            let palette: Vec<Scalar> =
                self.contract.palette.iter().copied().filter(|other| *other != ty).collect();
            from = palette.first().copied().unwrap_or(from);
        }
        let inner = self.definite(from, depth.saturating_sub(1));
        format!("({inner} as {ty})")
    }

    fn call_expr(&mut self, ty: Scalar, depth: u32) -> Option<String> {
        let fits = |signature: &&Signature| signature.result == Some(ty);
        let candidates: Vec<Signature> = self.callables().into_iter().filter(|s| fits(&s)).collect();
        if candidates.is_empty() {
            return None;
        }
        let callee = pick(self.rng, &candidates).clone();
        self.call(&callee, depth)
    }

    /// The functions that may be called here.
    pub(crate) fn callables(&self) -> Vec<Signature> {
        self.contract.functions.iter().filter(|callee| self.may_write || !callee.writes).cloned().collect()
    }

    /// `f(args)`, where the budget allows it.
    pub(crate) fn call(&mut self, callee: &Signature, depth: u32) -> Option<String> {
        if !self.afford(callee.cost) {
            return None;
        }
        self.wrote |= callee.writes;
        let args = self.arguments(&callee.params, depth.saturating_sub(1));
        Some(format!("{}({args})", callee.name))
    }

    /// Arguments for these parameters, sometimes by name.
    pub(crate) fn arguments(&mut self, params: &[super::Named], depth: u32) -> String {
        let named = self.chance(30);
        let mut args = Vec::new();
        for (name, ty) in params {
            let value = self.expr(*ty, depth);
            args.push(if named { format!("{name}: {value}") } else { value });
        }
        args.join(", ")
    }

    /// A condition.
    pub(crate) fn condition(&mut self, depth: u32) -> String {
        let deeper = u32::from(depth > 0);
        match weighted(self.rng, &[8, 2, 2 * deeper, 2 * deeper, deeper, 2, 1]) {
            0 => self.comparison(depth.saturating_sub(1)),
            1 => self.equality(),
            2 => format!("({} && {})", self.condition(depth - 1), self.condition(depth - 1)),
            3 => format!("({} || {})", self.condition(depth - 1), self.condition(depth - 1)),
            4 => format!("!({})", self.condition(depth - 1)),
            5 => self.leaf(Scalar::Bool),
            _ => (*pick(self.rng, &["true", "false"])).to_owned(),
        }
    }

    fn comparison(&mut self, depth: u32) -> String {
        let ty = self.integer();
        let op = *pick(self.rng, &["<", "<=", ">", ">=", "==", "!="]);
        let left = self.definite(ty, depth);
        let right = if self.chance(60) { self.literal(ty) } else { self.definite(ty, depth) };
        format!("({left} {op} {right})")
    }

    fn equality(&mut self) -> String {
        let ty = *pick(self.rng, &[Scalar::Address, Scalar::Address, Scalar::Id, Scalar::Bool]);
        let op = *pick(self.rng, &["==", "!="]);
        format!("({} {op} {})", self.leaf(ty), self.leaf(ty))
    }

    /// An integer type that the contract likes.
    pub(crate) fn integer(&mut self) -> Scalar {
        if self.contract.palette.is_empty() || self.chance(5) {
            return *pick(self.rng, &INTEGERS);
        }
        *pick(self.rng, &self.contract.palette)
    }

    /// A name, a cell or a literal of type `ty`.
    pub(crate) fn leaf(&mut self, ty: Scalar) -> String {
        let (locals, loads) = (self.locals_of(ty), self.loadable(ty));
        let constants: Vec<String> = self
            .contract
            .constants
            .iter()
            .filter(|(_, of)| *of == ty)
            .map(|(name, _)| name.clone())
            .collect();
        let weights = [
            if locals.is_empty() { 0 } else { 10 },
            if loads.is_empty() { 0 } else { 6 },
            if constants.is_empty() { 0 } else { 2 },
            3,
        ];
        match weighted(self.rng, &weights) {
            0 => pick(self.rng, &locals).clone(),
            1 => {
                let number = *pick(self.rng, &loads);
                self.place(number).unwrap_or_else(|| self.context(ty))
            }
            2 => pick(self.rng, &constants).clone(),
            _ => self.context(ty),
        }
    }

    /// What every body can name of type `ty`.
    fn context(&mut self, ty: Scalar) -> String {
        match ty {
            Scalar::Bool => (*pick(self.rng, &["true", "false"])).to_owned(),
            Scalar::Address if self.chance(90) => "caller".to_owned(),
            Scalar::Address => "self".to_owned(),
            Scalar::Time => "now".to_owned(),
            Scalar::Duration => format!("({} seconds)", self.rng.random_range(0..5_u32)),
            Scalar::Id | Scalar::Hash => {
                let constant =
                    self.contract.constants.iter().find(|(_, of)| *of == ty).map(|(name, _)| name.clone());
                constant.or_else(|| self.locals_of(ty).first().cloned()).expect("every body can name one")
            }
            _ => self.typed_literal(ty),
        }
    }

    fn loadable(&self, ty: Scalar) -> Vec<usize> {
        let variables = self.contract.variables.iter().enumerate();
        variables.filter(|(_, variable)| variable.value == ty).map(|(number, _)| number).collect()
    }

    /// A cell of the variable with this number, where the budget allows it.
    pub(crate) fn place(&mut self, number: usize) -> Option<String> {
        if !self.afford(1) {
            return None;
        }
        let variable = self.contract.variables[number].clone();
        let mut text = if self.chance(10) { format!("self.{}", variable.name) } else { variable.name };
        for key in variable.keys {
            let key = self.key(key);
            text.push_str(&format!("[{key}]"));
        }
        Some(text)
    }

    /// A key: what transactions can meet on.
    pub(crate) fn key(&mut self, ty: Scalar) -> String {
        let locals = self.locals_of(ty);
        let (number, has_locals) = (u32::from(ty.is_integer()), u32::from(!locals.is_empty()));
        match weighted(self.rng, &[12 * has_locals, 3 * number, 3 * number, 2, 2 * number, 4]) {
            0 => pick(self.rng, &locals).clone(),
            1 => self.rng.random_range(0..3_u32).to_string(),
            2 => format!("({} % 3)", self.leaf(ty)),
            3 => self.leaf(ty),
            4 => {
                let op = *pick(self.rng, &["+", "-"]);
                format!("({} {op} {})", self.leaf(ty), self.rng.random_range(0..3_u32))
            }
            _ if ty.is_integer() => self.rng.random_range(0..3_u32).to_string(),
            _ => self.context(ty),
        }
    }
}
