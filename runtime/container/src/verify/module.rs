//! What no module may be: anything that the compiler does not write.

use super::operator::is_allowed;
use super::{
    ARITY_MAX, BODY_BYTES_MAX, BRANCHES_MAX, FUNCTIONS_MAX, JOINS_MAX, LOCALS_MAX, LOOP_NESTING_MAX,
    NESTING_MAX, Refusal, STACK_MAX, TYPES_MAX,
};
use crate::frame;
use crate::manifest::Manifest;
use std::collections::BTreeSet;
use wasmparser::{
    BinaryReaderError, BlockType, Export, ExternalKind, FuncType, FunctionBody, Import, MemoryType, Operator,
    Parser, Payload, TypeRef, ValType,
};

/// What a module may ask of the host: the import's name, its parameters and its results.
const IMPORTS: [(&str, &[ValType], &[ValType]); 5] = [
    (frame::IMPORT_EMIT, &[ValType::I32], &[]),
    (frame::IMPORT_RESOLVE, &[ValType::I32], &[ValType::I32]),
    (frame::IMPORT_STEP, &[ValType::I32], &[ValType::I32]),
    (frame::IMPORT_COMPUTE, &[ValType::I32], &[ValType::I32]),
    (frame::IMPORT_SAVEPOINT, &[ValType::I32], &[]),
];

/// What a call takes of the stack besides its values, in values.
const FRAME_VALUES: u64 = 16;

pub(super) fn rule(holds: bool, why: impl FnOnce() -> String) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Module(why())) }
}

impl From<BinaryReaderError> for Refusal {
    fn from(error: BinaryReaderError) -> Self {
        Self::Module(error.message().to_owned())
    }
}

/// What a module consists of, as far as the rules speak of it.
#[derive(Default)]
pub(super) struct Outline<'m> {
    types: Vec<FuncType>,
    /// The type of each function, imports first.
    functions: Vec<u32>,
    imports: BTreeSet<&'m str>,
    /// For each function with a body so far, the stack that it and what it calls may use, in values.
    stacks: Vec<u64>,
    exports: BTreeSet<&'m str>,
    entry_exports: Vec<(&'m str, u32)>,
    /// Blocks, loops and branches so far.
    branches: u64,
    /// What they add up to, as [`JOINS_MAX`] counts.
    joins: u64,
    /// The access formulas, encoded.
    pub(super) access: Option<Vec<u8>>,
    /// True if the code names the place of the transaction's id.
    pub(super) reads_tx_id: bool,
    pub(super) opens_savepoints: bool,
    /// The masks of the functions that store.
    pub(super) store_masks: Vec<u32>,
}

impl<'m> Outline<'m> {
    /// The most stack that a call may use, in values.
    pub(super) fn stack(&self) -> u64 {
        self.stacks.iter().copied().max().unwrap_or(0)
    }

    /// Reads a module that need not be valid, and holds it to every rule that bounds what it costs to look closer.
    pub(super) fn read(module: &'m [u8]) -> Result<Self, Refusal> {
        let mut outline = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            outline.payload(payload?)?;
        }
        Ok(outline)
    }

    fn payload(&mut self, payload: Payload<'m>) -> Result<(), Refusal> {
        match payload {
            Payload::Version { .. } | Payload::CodeSectionStart { .. } | Payload::End(_) => Ok(()),
            Payload::TypeSection(types) => {
                rule(types.count() <= TYPES_MAX, || format!("more than {TYPES_MAX} types"))?;
                types.into_iter_err_on_gc_types().try_for_each(|ty| self.ty(ty?))
            }
            Payload::ImportSection(imports) => {
                imports.into_imports().try_for_each(|import| self.import(&import?))
            }
            Payload::FunctionSection(functions) => {
                rule(functions.count() <= FUNCTIONS_MAX, || format!("more than {FUNCTIONS_MAX} functions"))?;
                functions.into_iter().try_for_each(|ty| {
                    self.functions.push(ty?);
                    Ok(())
                })
            }
            Payload::MemorySection(memories) => {
                rule(memories.count() == 1, || "not one memory".to_owned())?;
                memories.into_iter().try_for_each(|memory| one_page(&memory?))
            }
            Payload::ExportSection(exports) => {
                exports.into_iter().try_for_each(|export| self.export(&export?))
            }
            Payload::CodeSectionEntry(body) => self.body(&body),
            Payload::CustomSection(section) if section.name() == frame::ACCESS_SECTION => {
                rule(self.access.is_none(), || format!("two sections `{}`", frame::ACCESS_SECTION))?;
                self.access = Some(section.data().to_vec());
                Ok(())
            }
            other => {
                rule(false, || format!("a section the compiler does not write: {}", section_name(&other)))
            }
        }
    }

    fn ty(&mut self, ty: FuncType) -> Result<(), Refusal> {
        let plain = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64);
        rule(ty.params().iter().chain(ty.results()).all(plain), || {
            "a type other than i32 and i64".to_owned()
        })?;
        rule(ty.params().len().max(ty.results().len()) <= ARITY_MAX, || {
            format!("more than {ARITY_MAX} parameters or results")
        })?;
        self.types.push(ty);
        Ok(())
    }

    fn import(&mut self, import: &Import<'m>) -> Result<(), Refusal> {
        let shown = || format!("an import of `{}.{}`", import.module, import.name);
        let known = IMPORTS.iter().find(|(name, ..)| *name == import.name);
        let (_, params, results) = known
            .filter(|_| import.module == frame::IMPORT_MODULE)
            .ok_or_else(|| Refusal::Module(shown()))?;
        let TypeRef::Func(number) = import.ty else {
            return rule(false, || "an import that is no function".to_owned());
        };
        let ty = self.types.get(number as usize);
        rule(ty.is_some_and(|ty| (ty.params(), ty.results()) == (*params, *results)), || {
            format!("{} with another type", shown())
        })?;
        self.opens_savepoints |= import.name == frame::IMPORT_SAVEPOINT;
        rule(self.imports.insert(import.name), || format!("{} a second time", shown()))?;
        self.functions.push(number);
        Ok(())
    }

    fn export(&mut self, export: &Export<'m>) -> Result<(), Refusal> {
        rule(self.exports.insert(export.name), || format!("two exports `{}`", export.name))?;
        match export.kind {
            ExternalKind::Memory => {
                rule(export.name == frame::EXPORT_MEMORY, || "a memory under another name".to_owned())
            }
            ExternalKind::Func => {
                self.entry_exports.push((export.name, export.index));
                Ok(())
            }
            _ => rule(false, || format!("an export `{}` that is no function", export.name)),
        }
    }

    /// Checks that a module exports its memory, the entries of its manifest, and nothing else.
    pub(super) fn check_exports(&self, manifest: &Manifest) -> Result<(), Refusal> {
        let mut names: BTreeSet<&str> = manifest.entries.iter().map(|entry| entry.name.as_str()).collect();
        names.insert(frame::EXPORT_MEMORY);
        if names.len() != manifest.entries.len() + 1 || names != self.exports {
            return Err(Refusal::Manifest("the module does not export exactly its entries".to_owned()));
        }
        for (name, index) in &self.entry_exports {
            let ty = self.functions.get(*index as usize).and_then(|ty| self.types.get(*ty as usize));
            let fits = ty.is_some_and(|ty| ty.params().is_empty() && ty.results() == [ValType::I32]);
            rule(fits && *index as usize >= self.imports.len(), || {
                format!("the export `{name}` is no entry")
            })?;
        }
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody<'m>) -> Result<(), Refusal> {
        rule(body.range().len() <= BODY_BYTES_MAX, || "a function is too long".to_owned())?;
        let mut locals = 0_u32;
        for group in body.get_locals_reader()? {
            locals = locals.saturating_add(group?.0);
        }
        rule(locals <= LOCALS_MAX, || format!("more than {LOCALS_MAX} locals"))?;
        let operators = body.get_operators_reader()?.into_iter();
        let operators: Vec<Operator<'m>> = operators.collect::<Result<_, _>>()?;
        if let Some(mask) = store_function(&operators) {
            self.store_masks.push(mask);
            self.stacks.push(FRAME_VALUES);
            return Ok(());
        }
        let mut callees = 0;
        let mut around = Around::default();
        for operator in &operators {
            rule(is_allowed(operator), || format!("the operator {operator:?}"))?;
            if let Operator::Call { function_index } = operator {
                let callee = *function_index as usize;
                rule(callee < self.imports.len() + self.stacks.len(), || {
                    "a call of a function that is not before it".to_owned()
                })?;
                let stack = callee.checked_sub(self.imports.len()).and_then(|own| self.stacks.get(own));
                callees = stack.copied().unwrap_or(0).max(callees);
            }
            self.reads_tx_id |= names_tx_id(operator);
            around.pass(operator)?;
            if is_branch(operator) {
                self.branches += 1;
                self.joins = self.joins.saturating_add(u64::from(locals) * (1 + around.loops));
            }
        }
        // Whatever the engine's compiler does, it keeps no more values than operators make and locals hold.
        let stack = callees + FRAME_VALUES + u64::from(locals) + operators.len() as u64;
        rule(stack <= STACK_MAX, || "its calls may use too much stack".to_owned())?;
        self.stacks.push(stack);
        rule(self.branches <= BRANCHES_MAX, || format!("more than {BRANCHES_MAX} blocks and branches"))?;
        rule(self.joins <= JOINS_MAX, || "too many locals for its blocks and branches".to_owned())
    }
}

/// The blocks around an operator.
#[derive(Default)]
struct Around {
    /// For each, whether it is a loop.
    blocks: Vec<bool>,
    /// How many of them are loops.
    loops: u64,
}

impl Around {
    /// Goes past an operator.
    fn pass(&mut self, operator: &Operator<'_>) -> Result<(), Refusal> {
        match operator {
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                rule(*blockty == BlockType::Empty, || "a block that takes or gives values".to_owned())?;
                let is_loop = matches!(operator, Operator::Loop { .. });
                self.blocks.push(is_loop);
                self.loops += u64::from(is_loop);
            }
            Operator::End => self.loops -= u64::from(self.blocks.pop() == Some(true)),
            _ => {}
        }
        let fits = self.blocks.len() <= NESTING_MAX && self.loops <= LOOP_NESTING_MAX;
        rule(fits, || "blocks nest too deeply".to_owned())
    }
}

/// True for an operator at which ways of control part or meet.
fn is_branch(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::Block { .. } | O::Loop { .. } | O::If { .. } | O::Else | O::Br { .. } | O::BrIf { .. } | O::Return
    )
}

fn one_page(memory: &MemoryType) -> Result<(), Refusal> {
    let fixed = memory.initial == 1 && memory.maximum == Some(1);
    let plain = !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
    rule(fixed && plain, || "the memory must be one page, no more and no less".to_owned())
}

/// True if an operator may be a part of reading the transaction's id.
fn names_tx_id(operator: &Operator<'_>) -> bool {
    let place = match operator {
        Operator::I32Const { value } => u64::from(value.cast_unsigned()),
        Operator::I32Load { memarg } | Operator::I64Load { memarg } => memarg.offset,
        _ => return false,
    };
    (u64::from(frame::TX_ID)..u64::from(frame::EXCHANGE)).contains(&place)
}

fn section_name(payload: &Payload<'_>) -> &'static str {
    match payload {
        Payload::TableSection(_) => "tables",
        Payload::GlobalSection(_) => "globals",
        Payload::StartSection { .. } => "a start function",
        Payload::ElementSection(_) => "elements",
        Payload::DataSection(_) | Payload::DataCountSection { .. } => "data",
        Payload::CustomSection(_) => "a custom section",
        _ => "an unknown one",
    }
}

/// The mask of a function that stores one limb inside the frame, which is the only form a store may take:
/// `(func (param i32 i64) (i64.store (i32.and (local.get 0) (i32.const MASK)) (local.get 1)))`.
fn store_function(operators: &[Operator<'_>]) -> Option<u32> {
    match operators {
        [
            Operator::LocalGet { local_index: 0 },
            Operator::I32Const { value },
            Operator::I32And,
            Operator::LocalGet { local_index: 1 },
            Operator::I64Store { memarg },
            Operator::End,
        ] if memarg.offset == 0 => Some(value.cast_unsigned()),
        _ => None,
    }
}
