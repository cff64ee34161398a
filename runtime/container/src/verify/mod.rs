//! The verifier: one linear pass over a package before any code is generated from it.
//!
//! A module that does not look like the compiler's output is refused. What passes has no state of its own
//! (one fixed memory, no globals, no tables), cannot recurse (a function calls only functions before it), can
//! reach outside only through the imports of [`crate::frame`], stores only inside its frame, and is compiled in
//! bounded time and memory.

mod access;
mod manifest;
mod module;
mod operator;

use crate::access::EntryAccess;
use crate::frame::{self, ModuleLayout};
use crate::manifest::{ContainerKind, Manifest};
use borsh::BorshDeserialize;
use module::Outline;
use std::fmt;
use wasmparser::{Validator, WasmFeatures};

/// The greatest package, in bytes.
pub const PACKAGE_BYTES_MAX: usize = MANIFEST_BYTES_MAX + MODULE_BYTES_MAX + 1_024;
/// The greatest manifest, in bytes of its encoding.
pub const MANIFEST_BYTES_MAX: usize = 256 * 1024;
/// The greatest name in a manifest, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// The greatest module, in bytes.
pub const MODULE_BYTES_MAX: usize = 256 * 1024;
/// The greatest number of types of functions.
pub const TYPES_MAX: u32 = 64;
/// The greatest number of parameters of a function, and of its results.
pub const ARITY_MAX: usize = 16;
/// The greatest number of functions.
pub const FUNCTIONS_MAX: u32 = 1_024;
/// The greatest function body, in bytes.
pub const BODY_BYTES_MAX: usize = 128 * 1024;
/// The greatest number of locals of a function.
pub const LOCALS_MAX: u32 = 8_192;
/// The greatest depth of nested blocks.
pub const NESTING_MAX: usize = 128;
/// The greatest depth of nested loops.
pub const LOOP_NESTING_MAX: u64 = 32;
/// The greatest number of blocks, loops and branches of a module, returns included.
pub const BRANCHES_MAX: u64 = 8_192;
/// The greatest number of places where the engine's compiler may have to join the values of locals: for each
/// block, loop and branch, the function's locals for each loop around it and once more. Compiling takes time and
/// memory in proportion to it.
pub const JOINS_MAX: u64 = 500_000;
/// The most stack that the code of one container may use in a call, in values of 64 bits.
pub const STACK_MAX: u64 = 24 * 1024;
/// The most that a composition and all that runs within it may use together: so little that they stay within the
/// engine's stack, whose end no result may depend on.
pub const STACKS_MAX: u64 = 2 * STACK_MAX;
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
    /// The publisher has not signed this.
    Signature,
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
            Self::Signature => f.write_str("the publisher's signature is not one of this package"),
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
    /// The most stack that a call of its code uses, in values of 64 bits: at most [`STACK_MAX`].
    pub stack: u64,
}

/// Checks a module against its manifest and gives its access formulas.
///
/// # Errors
/// The first rule that is broken, as a [`Refusal`].
pub fn verify(manifest: &Manifest, module: &[u8]) -> Result<Verified, Refusal> {
    manifest::verify(manifest)?;
    module::rule(module.len() <= MODULE_BYTES_MAX, || format!("larger than {MODULE_BYTES_MAX} bytes"))?;
    // Validation costs what a module says, so the bounds come first.
    let outline = Outline::read(module)?;
    Validator::new_with_features(WasmFeatures::MULTI_VALUE).validate_all(module)?;
    outline.check_exports(manifest)?;
    let composes = manifest.kind == ContainerKind::Composition;
    module::rule(composes || !outline.opens_savepoints, || "a contract with savepoints".to_owned())?;
    let formulas = outline.access.as_deref().ok_or_else(|| Refusal::Access("missing".to_owned()))?;
    let access = Vec::<EntryAccess>::try_from_slice(formulas)
        .map_err(|_| Refusal::Access("not in canonical encoding".to_owned()))?;
    access::verify(manifest, &access)?;
    let bytes = ModuleLayout::new(manifest, &access)
        .bytes()
        .ok_or_else(|| Refusal::Access("the frame would exceed one page".to_owned()))?;
    module::rule(outline.store_masks.iter().all(|mask| *mask == bytes - frame::LIMB), || {
        format!("the store function must mask with {}", bytes - frame::LIMB)
    })?;
    Ok(Verified { access, reads_tx_id: outline.reads_tx_id, stack: outline.stack() })
}
