//! Packages taken apart and put together again: with other access formulas, or with other code.

use mc_container::access::EntryAccess;
use mc_container::frame::ACCESS_SECTION;
use mc_container::package::{Package, encode};
use mc_container::verify::Refusal;
use std::borrow::Cow;
use wasm_encoder::{CustomSection, Module, RawSection};
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, Payload};

/// The package with other access formulas, if the verifier takes them.
///
/// # Errors
/// The verifier's refusal.
///
/// # Panics
/// If the package's module cannot be read, which the verifier has excluded.
pub fn with_access(package: &Package, access: &[EntryAccess]) -> Result<Package, Refusal> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(package.module()) {
        let payload = payload.unwrap();
        match &payload {
            Payload::CustomSection(section) if section.name() == ACCESS_SECTION => {
                let data = encode(&access.to_vec());
                module.section(&CustomSection { name: ACCESS_SECTION.into(), data: Cow::Owned(data) });
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    module.section(&RawSection { id, data: &package.module()[range] });
                }
            }
        }
    }
    Package::new(package.manifest().clone(), module.finish())
}

/// The offsets in the entries' code of operators whose meaning changes, but not their type, if one byte does,
/// with that byte.
///
/// # Panics
/// If the package's module cannot be read, which the verifier has excluded.
#[must_use]
pub fn operators(package: &Package) -> Vec<(usize, u8)> {
    let mut found = Vec::new();
    let (mut number, mut first_entry) = (0, u32::MAX);
    for payload in Parser::new(0).parse_all(package.module()) {
        match payload.unwrap() {
            Payload::ImportSection(imports) => number = imports.count(),
            Payload::ExportSection(exports) => {
                let functions =
                    exports.into_iter().map(Result::unwrap).filter(|it| it.kind == ExternalKind::Func);
                first_entry = functions.map(|export| export.index).min().unwrap_or(u32::MAX);
            }
            Payload::CodeSectionEntry(_) if number < first_entry => number += 1,
            Payload::CodeSectionEntry(body) => found.extend(of_body(&body)),
            _ => {}
        }
    }
    found
}

fn of_body(body: &FunctionBody<'_>) -> Vec<(usize, u8)> {
    let operators = body.get_operators_reader().unwrap().into_iter_with_offsets().map(Result::unwrap);
    operators.filter_map(|(operator, offset)| Some((offset, twin(&operator)?))).collect()
}

/// The opcode of an operator of the same type.
fn twin(operator: &Operator<'_>) -> Option<u8> {
    use Operator as O;
    Some(match operator {
        O::I64Add => 0x7d,
        O::I64Sub => 0x7c,
        O::I64LtU => 0x58,
        O::I64LeU => 0x54,
        O::I64GtU => 0x5a,
        O::I64GeU => 0x56,
        O::I64Eq => 0x52,
        O::I64Ne => 0x51,
        O::I64And => 0x84,
        O::I64Or => 0x83,
        O::I32And => 0x72,
        O::I32Or => 0x71,
        O::I64DivU => 0x82,
        O::I64RemU => 0x80,
        _ => return None,
    })
}

/// The package with one byte of its module changed, if the verifier takes it.
///
/// # Errors
/// The verifier's refusal.
pub fn with_byte(package: &Package, (offset, byte): (usize, u8)) -> Result<Package, Refusal> {
    let mut module = package.module().to_vec();
    module[offset] = byte;
    Package::new(package.manifest().clone(), module)
}
