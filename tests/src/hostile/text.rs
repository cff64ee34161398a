//! The text of a hostile module: WebAssembly with names for what the frame and the runtime prescribe.
//!
//! | written | means |
//! |---|---|
//! | `{imports}` `{memory}` `{store}` | the parts that every module has; `{head}` is all three |
//! | `{formulas}` | the section with the access formulas of the contract that it pretends to be |
//! | `{exchange}` `{arguments}` `{mask}` | places of the frame, and the mask of the function `$store` |
//! | `{table V}` `{access V}` | where the table names the cell of variable V, and the number of its access |
//! | `{slot N}` | the place of the N-th slot |
//! | `{repeat N text}` | the text so many times, `{turn}` in it being the number of the turn |

use super::{FORMULAS, entry_name, layout_of};
use mc_container::access::Access;
use mc_container::frame::{EXCHANGE, LIMB, Layout, SLOT};
use mc_container::package::{Package, encode};
use std::fmt::Write as _;

/// What the names in a module's text stand for.
pub struct Places {
    arguments: u32,
    mask: u32,
    layout: Layout,
    /// The variable of each access.
    variables: Vec<String>,
    formulas: Vec<u8>,
}

impl Places {
    /// The places of a package's entry.
    ///
    /// # Panics
    /// If the package has no such entry.
    #[must_use]
    pub fn new(package: &Package) -> Self {
        let number = package.manifest().entry_number(entry_name(package.manifest())).unwrap();
        let layout = layout_of(package);
        let variable = |access: &Access| package.manifest().variable(access.variable).unwrap().name.clone();
        Self {
            variables: package.access()[number].accesses.iter().map(variable).collect(),
            arguments: layout.arguments,
            mask: layout.bytes().unwrap() - LIMB,
            layout: layout.entries[number].clone(),
            formulas: encode(&package.access().to_vec()),
        }
    }

    /// The text with every name replaced.
    ///
    /// # Panics
    /// If a name is not one of the above.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inside, after) = after.split_at(closing(after));
            out.push_str(before);
            out.push_str(&self.named(inside));
            rest = &after[1..];
        }
        out + rest
    }

    fn named(&self, inside: &str) -> String {
        let (name, rest) = inside.split_once(' ').unwrap_or((inside, ""));
        let number = || rest.parse::<u32>().unwrap_or_else(|_| panic!("`{inside}` has no number"));
        match name {
            "head" => self.fill("{imports} {memory} {store}"),
            "imports" => IMPORTS.to_owned(),
            "memory" => r#"(memory (export "memory") 1 1)"#.to_owned(),
            "store" => self.fill(STORE),
            "formulas" => self.section(),
            "exchange" => EXCHANGE.to_string(),
            "arguments" => self.arguments.to_string(),
            "mask" => self.mask.to_string(),
            "table" => self.layout.table_entry(self.access(rest)).to_string(),
            "access" => self.access(rest).to_string(),
            "slot" => (self.layout.slots_start + number() * SLOT).to_string(),
            "repeat" => {
                let (count, text) = rest.split_once(' ').expect("`repeat` has no text");
                let turns = 0..count.parse::<u32>().expect("`repeat` has no number");
                turns.map(|turn| self.fill(&text.replace("{turn}", &turn.to_string()))).collect()
            }
            _ => panic!("`{inside}` stands for nothing"),
        }
    }

    /// The number of the access to a variable.
    fn access(&self, variable: &str) -> usize {
        let found = self.variables.iter().position(|name| name == variable);
        found.unwrap_or_else(|| panic!("no access to `{variable}`, but to {:?}", self.variables))
    }

    fn section(&self) -> String {
        let mut bytes = String::new();
        for byte in &self.formulas {
            let _ = write!(bytes, "\\{byte:02x}");
        }
        format!("(@custom \"{FORMULAS}\" \"{bytes}\")")
    }
}

/// Where the brace closes that was opened before the text.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    let end = text.find(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        depth == 0
    });
    end.expect("a brace is not closed")
}

const IMPORTS: &str = r#"(import "mc" "emit" (func $emit (param i32)))
    (import "mc" "resolve" (func $resolve (param i32) (result i32)))
    (import "mc" "step" (func $step (param i32) (result i32)))
    (import "mc" "compute" (func $compute (param i32) (result i32)))"#;

const STORE: &str = "(func $store (param i32 i64)
    (i64.store (i32.and (local.get 0) (i32.const {mask})) (local.get 1)))";
