//! Random statements.

use super::{Local, Writer, pick, weighted};
use mc_container::value::Scalar;
use rand::Rng;

impl Writer<'_> {
    /// A body: statements, then the result.
    pub(crate) fn body(&mut self, statements: u32) {
        for _ in 0..statements {
            self.stmt(2);
        }
        if let Some(ty) = self.result {
            let value = self.expr(ty, 2);
            self.line(&format!("return {value};"));
        }
    }

    fn stmt(&mut self, depth: u32) {
        if let Some(rich) = self.contract.rich.filter(|_| self.chance(45)) {
            return self.rich_stmt(rich, depth);
        }
        let state =
            if self.may_write && self.contract.variables.iter().any(|v| !v.immutable) { 1 } else { 0 };
        let steps = u32::from(self.may_step());
        let deeper = u32::from(depth > 0);
        let in_loop = u32::from(self.loops > 0);
        let nested = u32::from(depth < 2);
        let weights = [
            8,                    // let
            3,                    // assign
            5 * state,            // store
            14 * state,           // update
            6,                    // require
            6 * deeper,           // if
            4 * deeper,           // for
            3,                    // emit
            4,                    // call
            nested,               // return
            nested,               // abort
            2 * in_loop * nested, // break, continue
            8 * state,            // a guarded move
            6 * state,            // x = x + e
            30 * steps,           // step
            7 * state,            // a cell that another leads to
            4 * state,            // raised or lowered
            8 * steps * deeper,   // try
            4 * steps,            // par
        ];
        let plain = [0, 0, 0, 14, 4, 2 * deeper, 2 * deeper, 0, 0, 0, 0, 0, 10, 2, 40 * steps, 0, 2, 0, 0];
        let writes = self.contract.variables.iter().any(|variable| !variable.immutable);
        let weights = if self.plain && self.may_write && (writes || steps > 0) { plain } else { weights };
        match weighted(self.rng, &weights) {
            0 => self.let_stmt(),
            1 => self.assign_stmt(),
            2 => self.store_stmt(),
            3 => self.update_stmt(),
            4 => self.require_stmt(),
            5 => self.if_stmt(depth),
            6 => self.for_stmt(depth),
            7 => self.emit_stmt(),
            8 => self.call_stmt(),
            9 => self.return_stmt(),
            10 => {
                let fail = self.fail(None);
                self.line(&format!("abort {fail};"));
            }
            11 => {
                let word = *pick(self.rng, &["break;", "continue;"]);
                self.line(word);
            }
            12 => self.guarded_move(),
            13 => self.spelled_out_update(),
            14 => self.step_stmt(),
            15 => self.found_stmt(),
            16 => self.merging_stmt(),
            17 => self.try_stmt(depth),
            _ => self.par_stmt(),
        }
    }

    fn any_type(&mut self) -> Scalar {
        match weighted(self.rng, &[10, 2, 3, 1, 1, 1]) {
            0 => self.integer(),
            1 => Scalar::Bool,
            2 => Scalar::Address,
            3 => Scalar::Id,
            4 => Scalar::Time,
            _ => Scalar::Duration,
        }
    }

    fn let_stmt(&mut self) {
        let ty = self.any_type();
        let name = if self.chance(5) && !self.locals.is_empty() && self.slots.is_empty() {
            pick(self.rng, &self.locals).name.clone()
        } else {
            self.fresh()
        };
        let mutable = self.chance(50);
        let (value, otherwise) = if ty.is_integer() && self.chance(25) {
            let fallible = if self.chance(60) { self.arithmetic(ty, 2) } else { self.cast(ty, 2) };
            let otherwise = format!(" else {}", self.fail(None));
            (fallible, otherwise)
        } else {
            (self.expr(ty, 2), String::new())
        };
        let mut_word = if mutable { "mut " } else { "" };
        self.line(&format!("let {mut_word}{name}: {ty} = {value}{otherwise};"));
        self.locals.push(Local { name, ty, mutable });
    }

    fn assign_stmt(&mut self) {
        let mutable: Vec<Local> = self.visible().into_iter().filter(|local| local.mutable).collect();
        if mutable.is_empty() {
            return self.let_stmt();
        }
        let local = pick(self.rng, &mutable).clone();
        if local.ty.is_integer() && self.chance(60) {
            let op = *pick(self.rng, &["+=", "-=", "*=", "/="]);
            let value = self.expr(local.ty, 1);
            let otherwise = self.maybe_else(None);
            self.line(&format!("{} {op} {value}{otherwise};", local.name));
        } else {
            let value = self.expr(local.ty, 2);
            self.line(&format!("{} = {value};", local.name));
        }
    }

    fn maybe_else(&mut self, hint: Option<(&str, Scalar)>) -> String {
        if self.chance(40) { format!(" else {}", self.fail(hint)) } else { String::new() }
    }

    /// A cell that may be assigned, and its type.
    pub(crate) fn target(&mut self, integer: bool) -> Option<(String, Scalar)> {
        let variables = self.contract.variables.iter().enumerate();
        let fits: Vec<(usize, Scalar)> = variables
            .filter(|(_, variable)| !variable.immutable && (!integer || variable.value.is_integer()))
            .map(|(number, variable)| (number, variable.value))
            .collect();
        if fits.is_empty() {
            return None;
        }
        let (number, ty) = *pick(self.rng, &fits);
        let place = self.place(number)?;
        self.wrote = true;
        Some((place, ty))
    }

    fn store_stmt(&mut self) {
        let Some((place, ty)) = self.target(false) else { return };
        if ty.is_integer() && self.chance(15) {
            let (value, fail) = (self.arithmetic(ty, 1), self.fail(Some((&place, ty))));
            return self.line(&format!("{place} = {value} else {fail};"));
        }
        let value = self.expr(ty, 2);
        self.line(&format!("{place} = {value};"));
    }

    fn update_stmt(&mut self) {
        let Some((place, ty)) = self.target(true) else { return };
        let scale = u32::from(!self.plain);
        let op = ["+=", "-=", "*=", "/="][weighted(self.rng, &[8, 6, scale, scale])];
        let value = self.amount(ty);
        let otherwise = self.maybe_else(Some((&place, ty)));
        self.line(&format!("{place} {op} {value}{otherwise};"));
    }

    /// What is added or taken: mostly a parameter or something small.
    pub(crate) fn amount(&mut self, ty: Scalar) -> String {
        let locals = self.locals_of(ty);
        match weighted(self.rng, &[if locals.is_empty() { 0 } else { 8 }, 5, 3]) {
            0 => pick(self.rng, &locals).clone(),
            1 => self.rng.random_range(0..4_u32).to_string(),
            _ => self.definite(ty, 1),
        }
    }

    /// `x = x + e`, and the forms that look like it but are not.
    fn spelled_out_update(&mut self) {
        let Some((place, ty)) = self.target(true) else { return };
        if !self.afford(1) {
            return;
        }
        let amount = self.amount(ty);
        let value = match weighted(self.rng, &[4, 3, 3, 1, 1]) {
            0 => format!("{place} + {amount}"),
            1 => format!("{place} - {amount}"),
            2 => format!("({amount} as {ty}) + {place}"),
            3 => format!("({place} + {amount}) - {place}"),
            _ => format!("(0 as {ty}) - {place}"),
        };
        self.line(&format!("{place} = {value};"));
    }

    /// A transfer: a guard on a cell, a debit of it, and mostly a credit of another.
    fn guarded_move(&mut self) {
        let maps: Vec<usize> = self
            .contract
            .variables
            .iter()
            .enumerate()
            .filter(|(_, variable)| !variable.immutable && variable.value.is_integer())
            .map(|(number, _)| number)
            .collect();
        if maps.is_empty() || !self.afford(4) {
            return;
        }
        let number = *pick(self.rng, &maps);
        let ty = self.contract.variables[number].value;
        let (Some(from), Some(to)) = (self.place(number), self.place(number)) else { return };
        self.wrote = true;
        let amount = self.amount(ty);
        let fail = self.fail(Some((&from, ty)));
        match weighted(self.rng, &[4, 4, 2, 1]) {
            0 => {
                self.line(&format!("require {from} >= {amount} else {fail};"));
                self.line(&format!("{from} -= {amount};"));
            }
            1 => self.line(&format!("{from} -= {amount} else {fail};")),
            2 => {
                self.line(&format!("if {from} >= {amount} {{"));
                self.line(&format!("    {from} -= {amount};"));
                self.line("} else {");
                self.line(&format!("    abort {fail};"));
                self.line("}");
            }
            _ => {
                self.line(&format!("{from} = {from} - {amount};"));
            }
        }
        if self.chance(85) {
            self.line(&format!("{to} += {amount};"));
        }
        if self.chance(15) {
            self.line(&format!("{from} -= {amount};"));
        }
    }

    fn require_stmt(&mut self) {
        let Some((place, ty)) = self.target(true).filter(|_| self.chance(60)) else {
            // Mostly one that some calls pass, so that what stands behind it is met.
            let condition = match self.chance(60) {
                true => format!("({} || {})", self.condition(1), self.condition(1)),
                false => self.condition(2),
            };
            let fail = self.fail(None);
            return self.line(&format!("require {condition} else {fail};"));
        };
        let amount = self.amount(ty);
        let fail = self.fail(Some((&place, ty)));
        let kind = weighted(self.rng, &[6, 2, 1, 1, 1, 2]);
        let condition = match kind {
            0 => format!("{place} >= {amount}"),
            1 => format!("({amount} as {ty}) <= {place}"),
            2 => format!("{place} > {amount}"),
            3 => format!("{place} <= {amount}"),
            4 => format!("{place} >= {amount} && {}", self.condition(1)),
            _ => {
                // Mostly one that a few calls stay below.
                let limit = if self.chance(70) { "100".to_owned() } else { self.amount(ty) };
                match self.rng.random_range(0..4) {
                    0 => format!("{place} <= {limit}"),
                    1 => format!("{place} + {amount} < {limit}"),
                    2 => format!("{amount} <= {limit} - {place}"),
                    _ => format!("{limit} >= {amount} + {place}"),
                }
            }
        };
        self.line(&format!("require {condition} else {fail};"));
        if kind == 5 && self.may_write && self.chance(80) {
            self.wrote = true;
            self.line(&format!("{place} += {amount};"));
        }
    }

    /// An error with its payload, which likes to read the cell it is about.
    pub(crate) fn fail(&mut self, hint: Option<(&str, Scalar)>) -> String {
        let (name, fields) = pick(self.rng, &self.contract.errors).clone();
        if fields.is_empty() {
            return name;
        }
        let mut args = Vec::new();
        for (field, ty) in fields {
            let value = match hint {
                Some((place, of)) if of == ty && self.chance(60) && self.afford(1) => place.to_owned(),
                _ => self.expr(ty, 1),
            };
            args.push(format!("{field}: {value}"));
        }
        format!("{name}({})", args.join(", "))
    }

    fn if_stmt(&mut self, depth: u32) {
        let condition = self.condition(2);
        self.line(&format!("if {condition} {{"));
        self.block(depth - 1);
        if self.chance(15) {
            let condition = self.condition(1);
            self.line(&format!("}} else if {condition} {{"));
            self.block(depth - 1);
        }
        if self.chance(45) {
            self.line("} else {");
            self.block(depth - 1);
        }
        self.line("}");
    }

    pub(crate) fn block(&mut self, depth: u32) {
        self.indent += 1;
        let visible = self.locals.len();
        for _ in 0..self.rng.random_range(1..4) {
            self.stmt(depth);
        }
        self.locals.truncate(visible);
        self.indent -= 1;
    }

    fn for_stmt(&mut self, depth: u32) {
        let turns_max = self.rng.random_range(1..4_u32);
        if self.spent + 4 * self.turns * turns_max > super::COST_MAX {
            return;
        }
        let ty = if self.chance(30) { Scalar::U64 } else { self.integer() };
        let to = match weighted(self.rng, &[3, 4, 3]) {
            0 => format!("({} as {ty})", self.rng.random_range(0..turns_max + 2)),
            1 => format!("({} % {})", self.definite(ty, 1), turns_max + 2),
            _ => self.definite(ty, 1),
        };
        let from = if self.chance(70) { "0".to_owned() } else { self.definite(ty, 1) };
        let index = self.fresh();
        self.line(&format!("for {index} in {from}..{to} max {turns_max} {{"));
        self.locals.push(Local { name: index, ty, mutable: false });
        self.loops += 1;
        self.turns *= turns_max;
        self.block(depth - 1);
        self.turns /= turns_max;
        self.loops -= 1;
        self.locals.pop();
        self.line("}");
    }

    fn emit_stmt(&mut self) {
        if self.contract.events.is_empty() {
            return;
        }
        let (name, fields) = pick(self.rng, &self.contract.events).clone();
        let args = self.arguments(&fields, 1);
        self.line(&format!("emit {name}({args});"));
    }

    fn call_stmt(&mut self) {
        let callables = self.callables();
        if callables.is_empty() {
            return;
        }
        let callee = pick(self.rng, &callables).clone();
        if let Some(call) = self.call(&callee, 2) {
            self.line(&format!("{call};"));
        }
    }

    fn return_stmt(&mut self) {
        let result = self.result;
        match result {
            Some(ty) if ty.is_integer() && self.chance(20) => {
                let (value, fail) = (self.arithmetic(ty, 1), self.fail(None));
                self.line(&format!("return {value} else {fail};"));
            }
            Some(ty) => {
                let value = self.expr(ty, 1);
                self.line(&format!("return {value};"));
            }
            None => self.line("return;"),
        }
    }
}
