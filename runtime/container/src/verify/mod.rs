//! The verifier: one linear pass over a module before any code is generated from it.
//!
//! A module that does not look like the compiler's output is refused. What passes has no state of its own
//! (one fixed memory, no globals, no tables), cannot recurse (a function calls only functions before it), can
//! reach outside only through the five imports of [`crate::frame`], and stores only inside its frame.

use crate::access::EntryAccess;
use crate::frame::{self, ModuleLayout};
use crate::manifest::{ContainerKind, Manifest};
mod access;
mod manifest;

use borsh::BorshDeserialize;
use std::collections::BTreeSet;
use std::fmt;
use wasmparser::{
    ExternalKind, FuncType, FunctionBody, Operator, Parser, Payload, TypeRef, ValType, Validator,
    WasmFeatures,
};

/// The greatest module, in bytes.
pub const MODULE_BYTES_MAX: usize = 256 * 1024;
/// The greatest number of functions.
pub const FUNCTIONS_MAX: u32 = 1_024;
/// The greatest function body, in bytes.
pub const BODY_BYTES_MAX: usize = 128 * 1024;
/// The greatest number of locals of a function.
pub const LOCALS_MAX: u32 = 8_192;
/// The greatest depth of nested blocks.
pub const NESTING_MAX: usize = 128;
/// The greatest number of entries, variables, errors, events or slots of a manifest.
pub const MEMBERS_MAX: usize = 200;
/// The greatest number of steps in the code of a composition; its Sequence, the most that one call may take,
/// is 8 bits wide.
pub const STEPS_MAX: usize = 255;
/// The greatest number of operations of a term.
pub const TERM_OPS_MAX: usize = 256;
/// The greatest number of loops around an access.
pub const RANGES_MAX: usize = 8;

/// Why a module is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are no package of this format.
    Damaged,
    /// The module breaks a rule; the text says which.
    Module(String),
    /// The manifest breaks a rule, or does not fit the module; the text says how.
    Manifest(String),
    /// The access formulas break a rule; the text says which.
    Access(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str("not a container package, or a damaged one"),
            Self::Module(why) => write!(f, "module refused: {why}"),
            Self::Manifest(why) => write!(f, "manifest refused: {why}"),
            Self::Access(why) => write!(f, "access formulas refused: {why}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// What the verifier finds in a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The access formulas, one for each entry of the manifest.
    pub access: Vec<EntryAccess>,
    /// True if the code names the place of the transaction's id in its frame. The id stands there only then:
    /// working it out costs as much as a small call.
    pub reads_tx_id: bool,
}

/// Checks a module against its manifest and gives its access formulas.
///
/// # Errors
/// The first rule that is broken, as a [`Refusal`].
pub fn verify(manifest: &Manifest, module: &[u8]) -> Result<Verified, Refusal> {
    manifest::verify(manifest)?;
    rule(module.len() <= MODULE_BYTES_MAX, || format!("larger than {MODULE_BYTES_MAX} bytes"))?;
    Validator::new_with_features(WasmFeatures::MULTI_VALUE)
        .validate_all(module)
        .map_err(|error| Refusal::Module(error.message().to_owned()))?;
    let outline = Outline::read(module)?;
    outline.check_exports(manifest)?;
    let composes = manifest.kind == ContainerKind::Composition;
    rule(composes || !outline.opens_savepoints, || "a contract with savepoints".to_owned())?;
    let formulas = outline.access.as_deref().ok_or_else(|| Refusal::Access("missing".to_owned()))?;
    let access = Vec::<EntryAccess>::try_from_slice(formulas)
        .map_err(|_| Refusal::Access("not in canonical encoding".to_owned()))?;
    access::verify(manifest, &access)?;
    let bytes = ModuleLayout::new(manifest, &access)
        .bytes()
        .ok_or_else(|| Refusal::Access("the frame would exceed one page".to_owned()))?;
    rule(outline.store_masks.iter().all(|mask| *mask == bytes - frame::LIMB), || {
        format!("the store function must mask with {}", bytes - frame::LIMB)
    })?;
    Ok(Verified { access, reads_tx_id: outline.reads_tx_id })
}

fn rule(holds: bool, why: impl FnOnce() -> String) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Module(why())) }
}

/// What a module consists of, as far as the rules speak of it.
#[derive(Default)]
struct Outline<'m> {
    types: Vec<FuncType>,
    /// The type of each function, imports first.
    functions: Vec<u32>,
    imports: u32,
    bodies: u32,
    exports: BTreeSet<&'m str>,
    entry_exports: Vec<(&'m str, u32)>,
    access: Option<Vec<u8>>,
    reads_tx_id: bool,
    opens_savepoints: bool,
    store_masks: Vec<u32>,
}

impl<'m> Outline<'m> {
    fn read(module: &'m [u8]) -> Result<Self, Refusal> {
        let mut outline = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload.map_err(|error| Refusal::Module(error.message().to_owned()))?;
            outline.payload(payload)?;
        }
        Ok(outline)
    }

    fn payload(&mut self, payload: Payload<'m>) -> Result<(), Refusal> {
        let broken = |error: wasmparser::BinaryReaderError| Refusal::Module(error.message().to_owned());
        match payload {
            Payload::Version { .. } | Payload::CodeSectionStart { .. } | Payload::End(_) => Ok(()),
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    self.types.push(ty.map_err(broken)?);
                }
                let plain = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64);
                let types = self.types.iter().flat_map(|ty| ty.params().iter().chain(ty.results()));
                rule(types.into_iter().all(plain), || "a type other than i32 and i64".to_owned())
            }
            Payload::ImportSection(imports) => {
                imports.into_imports().try_for_each(|import| self.import(import.map_err(broken)?))
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty.map_err(broken)?);
                }
                let count = u32::try_from(self.functions.len()).unwrap_or(u32::MAX);
                rule(count <= FUNCTIONS_MAX, || format!("more than {FUNCTIONS_MAX} functions"))
            }
            Payload::MemorySection(memories) => memories.into_iter().try_for_each(|memory| {
                let memory = memory.map_err(broken)?;
                let fixed = memory.initial == 1 && memory.maximum == Some(1);
                rule(fixed, || "the memory must be one page, no more and no less".to_owned())
            }),
            Payload::ExportSection(exports) => {
                exports.into_iter().try_for_each(|export| self.export(&export.map_err(broken)?))
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

    fn import(&mut self, import: wasmparser::Import<'m>) -> Result<(), Refusal> {
        let expected = match import.name {
            frame::IMPORT_EMIT | frame::IMPORT_SAVEPOINT => (&[ValType::I32][..], &[][..]),
            frame::IMPORT_RESOLVE | frame::IMPORT_STEP | frame::IMPORT_COMPUTE => {
                (&[ValType::I32][..], &[ValType::I32][..])
            }
            _ => return rule(false, || format!("an import of `{}.{}`", import.module, import.name)),
        };
        let TypeRef::Func(number) = import.ty else {
            return rule(false, || "an import that is no function".to_owned());
        };
        let ty = self.types.get(number as usize);
        let fits = ty.is_some_and(|ty| (ty.params(), ty.results()) == expected);
        rule(fits && import.module == frame::IMPORT_MODULE, || {
            format!("an import of `{}.{}` with another type", import.module, import.name)
        })?;
        self.functions.push(number);
        self.imports += 1;
        self.opens_savepoints |= import.name == frame::IMPORT_SAVEPOINT;
        Ok(())
    }

    fn export(&mut self, export: &wasmparser::Export<'m>) -> Result<(), Refusal> {
        self.exports.insert(export.name);
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

    fn check_exports(&self, manifest: &Manifest) -> Result<(), Refusal> {
        let mut names: BTreeSet<&str> = manifest.entries.iter().map(|entry| entry.name.as_str()).collect();
        names.insert(frame::EXPORT_MEMORY);
        if names.len() != manifest.entries.len() + 1 || names != self.exports {
            return Err(Refusal::Manifest("the module does not export exactly its entries".to_owned()));
        }
        for (name, index) in &self.entry_exports {
            let ty = self.functions.get(*index as usize).and_then(|ty| self.types.get(*ty as usize));
            let fits = ty.is_some_and(|ty| ty.params().is_empty() && ty.results() == [ValType::I32]);
            rule(fits && *index >= self.imports, || format!("the export `{name}` is no entry"))?;
        }
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody<'m>) -> Result<(), Refusal> {
        let broken = |error: wasmparser::BinaryReaderError| Refusal::Module(error.message().to_owned());
        let own_index = self.imports + self.bodies;
        self.bodies += 1;
        rule(body.range().len() <= BODY_BYTES_MAX, || "a function is too long".to_owned())?;
        let mut locals = 0_u32;
        for group in body.get_locals_reader().map_err(broken)? {
            locals = locals.saturating_add(group.map_err(broken)?.0);
        }
        rule(locals <= LOCALS_MAX, || format!("more than {LOCALS_MAX} locals"))?;
        let operators: Vec<Operator<'m>> = body
            .get_operators_reader()
            .map_err(broken)?
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(broken)?;
        if let Some(mask) = store_function(&operators) {
            self.store_masks.push(mask);
            return Ok(());
        }
        let mut depth = 0_usize;
        for operator in &operators {
            depth = nesting(operator, depth);
            self.reads_tx_id |= names_tx_id(operator);
            rule(depth <= NESTING_MAX, || "blocks nest too deeply".to_owned())?;
            rule(is_allowed(operator), || format!("the operator {operator:?}"))?;
            if let Operator::Call { function_index } = operator {
                rule(*function_index < own_index, || {
                    "a call of a function that is not before it".to_owned()
                })?;
            }
        }
        Ok(())
    }
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

fn nesting(operator: &Operator<'_>, depth: usize) -> usize {
    match operator {
        Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth + 1,
        Operator::End => depth.saturating_sub(1),
        _ => depth,
    }
}

/// Control flow, locals, integer arithmetic and loads; no store, and nothing that could see or keep state.
fn is_allowed(operator: &Operator<'_>) -> bool {
    use Operator as O;
    is_integer_operator(operator)
        || matches!(
            operator,
            O::Unreachable
                | O::Nop
                | O::Block { .. }
                | O::Loop { .. }
                | O::If { .. }
                | O::Else
                | O::End
                | O::Br { .. }
                | O::BrIf { .. }
                | O::Return
                | O::Call { .. }
                | O::Drop
                | O::Select
                | O::LocalGet { .. }
                | O::LocalSet { .. }
                | O::LocalTee { .. }
                | O::I32Load { .. }
                | O::I64Load { .. }
        )
}

fn is_integer_operator(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::I32Const { .. }
            | O::I64Const { .. }
            | O::I32WrapI64
            | O::I64ExtendI32U
            | O::I64ExtendI32S
            | O::I32Eqz
            | O::I32Eq
            | O::I32Ne
            | O::I32LtS
            | O::I32LtU
            | O::I32GtS
            | O::I32GtU
            | O::I32LeS
            | O::I32LeU
            | O::I32GeS
            | O::I32GeU
            | O::I64Eqz
            | O::I64Eq
            | O::I64Ne
            | O::I64LtS
            | O::I64LtU
            | O::I64GtS
            | O::I64GtU
            | O::I64LeS
            | O::I64LeU
            | O::I64GeS
            | O::I64GeU
            | O::I32Add
            | O::I32Sub
            | O::I32Mul
            | O::I32DivU
            | O::I32RemU
            | O::I32And
            | O::I32Or
            | O::I32Xor
            | O::I32Shl
            | O::I32ShrS
            | O::I32ShrU
            | O::I64Add
            | O::I64Sub
            | O::I64Mul
            | O::I64DivS
            | O::I64DivU
            | O::I64RemS
            | O::I64RemU
            | O::I64And
            | O::I64Or
            | O::I64Xor
            | O::I64Shl
            | O::I64ShrS
            | O::I64ShrU
            | O::I64Clz
            | O::I64Ctz
    )
}
