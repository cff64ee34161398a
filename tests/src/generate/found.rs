//! Random statements about cells that are found through other cells, guards that tell what those hold, and cells that
//! are only raised or lowered.

use super::{Writer, pick, weighted};
use mc_container::value::Scalar;

impl Writer<'_> {
    /// A pointer: a cell whose value can be the key of another, and that other with a key missing.
    fn pointer(&mut self) -> Option<(String, Scalar, usize)> {
        let variables = &self.contract.variables;
        let mut pairs = Vec::new();
        for (to, target) in variables.iter().enumerate() {
            for (from, source) in variables.iter().enumerate() {
                if !target.immutable && target.keys.contains(&source.value) && target.value.is_integer() {
                    pairs.push((from, to));
                }
            }
        }
        if pairs.is_empty() || !self.afford(4) {
            return None;
        }
        let (from, to) = *pick(self.rng, &pairs);
        let ty = self.contract.variables[from].value;
        Some((self.place(from)?, ty, to))
    }

    /// The cell of a variable that is found by `key`, its other keys at random.
    fn found(&mut self, number: usize, ty: Scalar, key: &str) -> String {
        let variable = self.contract.variables[number].clone();
        let mut text = variable.name;
        let mut used = false;
        for level in variable.keys {
            let key = if level == ty && !used { key.to_owned() } else { self.key(level) };
            used |= level == ty;
            text.push_str(&format!("[{key}]"));
        }
        text
    }

    /// A change of a cell that another one leads to, mostly behind a guard that may tell which one it is.
    pub(crate) fn found_stmt(&mut self) {
        let Some((pointer, ty, target)) = self.pointer() else { return };
        self.wrote = true;
        let value = self.contract.variables[target].value;
        let known = self.key(ty);
        let fail = self.fail(None);
        let way = match weighted(self.rng, &[5, 2, 2, 4, 2]) {
            0 => {
                self.line(&format!("require {pointer} == {known} else {fail};"));
                pointer
            }
            1 => {
                let condition = self.condition(1);
                self.line(&format!("require {known} == {pointer} && {condition} else {fail};"));
                pointer
            }
            2 => {
                let name = self.fresh();
                self.line(&format!("let {name}: {ty} = {pointer};"));
                self.line(&format!("if {name} != {known} {{ abort {fail}; }}"));
                name
            }
            3 => pointer,
            _ => {
                let other = self.key(ty);
                let condition = self.condition(1);
                format!("(if {condition} {{ {pointer} }} else {{ {other} }})")
            }
        };
        let cell = self.found(target, ty, &way);
        let amount = self.amount(value);
        match weighted(self.rng, &[6, 4, 2, 2]) {
            0 => self.line(&format!("{cell} += {amount};")),
            1 => self.line(&format!("{cell} -= {amount};")),
            2 => self.line(&format!("{cell} = {amount};")),
            _ => {
                let other = self.found(target, ty, &known);
                self.line(&format!("{other} += {cell};"));
            }
        }
    }

    /// A cell that is only raised or lowered, or nearly.
    pub(crate) fn merging_stmt(&mut self) {
        let Some((place, ty)) = self.target(true) else { return };
        if !self.afford(2) {
            return;
        }
        let value = self.amount(ty);
        match weighted(self.rng, &[4, 4, 2, 2, 1]) {
            0 => self.line(&format!("{place} = max({place}, {value});")),
            1 => self.line(&format!("{place} = min({value}, {place});")),
            2 => self.line(&format!("if {value} > {place} {{ {place} = {value}; }}")),
            3 => self.line(&format!("if {place} >= {value} {{ {place} = {value}; }}")),
            _ => self.line(&format!("if {place} > {value} {{ {place} += {value}; }}")),
        }
    }
}
