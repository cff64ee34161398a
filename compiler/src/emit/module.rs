//! The WASM module: sections in order, functions before those that call them.

use super::asm;
use super::code::{self, Functions, Input};
use super::cost::Callees;
use super::map::{Bodies, Point, SourceMap};
use super::number::WideFunctions;
use super::wide;
use crate::access::Analysis;
use crate::ir::Body;
use crate::tree::Unit;
use mc_container::access::EntryAccess;
use mc_container::compute::Computation;
use mc_container::cost::Cost;
use mc_container::frame::{self, ModuleLayout};
use mc_container::manifest::Manifest;
use mc_container::package;
use std::borrow::Cow;
use wasm_encoder::{
    CodeSection, CustomSection, EntityType, ExportKind, ExportSection, FunctionSection, ImportSection,
    MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// The types of the module, by number.
const EMIT_TYPE: u32 = 0;
const RESOLVE_TYPE: u32 = 1;
const STORE_TYPE: u32 = 2;
const MULTIPLY_TYPE: u32 = 3;
const DIVIDE_TYPE: u32 = 4;
const ENTRY_TYPE: u32 = 5;

/// What is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// What is deployed.
    Deployed,
    /// Its twin, which tells the host where it is.
    Observed,
}

/// The functions of the module, by number: four imports, that of compositions and that of observed code, three helpers,
/// then the entries.
fn functions_of(composes: bool, flavour: Flavour) -> Functions {
    let is_observed = flavour == Flavour::Observed;
    let imports = 4 + u32::from(composes) + u32::from(is_observed);
    Functions {
        emit: 0,
        resolve: 1,
        step: 2,
        compute: 3,
        savepoint: composes.then_some(4),
        observe: is_observed.then_some(imports - 1),
        store: imports,
        wide: WideFunctions { multiply: imports + 1, divide: imports + 2 },
    }
}

/// A module, what its entries' code costs at most, and where it comes from.
pub(crate) struct Emitted {
    pub(crate) bytes: Vec<u8>,
    pub(crate) costs: Vec<Cost>,
    pub(crate) map: SourceMap,
    /// The points of observed code.
    pub(crate) points: Vec<Point>,
}

/// The module of a unit whose frames take `frame_bytes`.
pub(crate) fn module(
    unit: &Unit,
    entries: &[(Body, Analysis)],
    access: &[EntryAccess],
    (manifest, layout): (&Manifest, &ModuleLayout),
    frame_bytes: u32,
    flavour: Flavour,
) -> Emitted {
    let mut functions = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    exports.export(frame::EXPORT_MEMORY, ExportKind::Memory, 0);
    let called = functions_of(unit.composes(), flavour);
    let (multiply, divide) = (wide::multiply(), wide::divide());
    let helpers = [
        (called.store, Cost::fixed(asm::STORE_FUEL)),
        (called.wide.multiply, multiply.cost(&callees(called, &[], &[]))),
        (called.wide.divide, divide.cost(&callees(called, &[], &[]))),
    ];
    let callees = callees(called, &helpers, &manifest.computations);
    let first_entry = called.wide.divide + 1;
    let (mut costs, mut bodies, mut points) = (Vec::new(), Bodies::default(), Vec::new());
    for (ty, function) in [
        (STORE_TYPE, asm::store_function(frame_bytes)),
        (MULTIPLY_TYPE, multiply.finish().0),
        (DIVIDE_TYPE, divide.finish().0),
    ] {
        functions.function(ty);
        code.function(&function);
    }
    for ((number, (body, analysis)), layout_of_entry) in (0..).zip(entries).zip(&layout.entries) {
        let index = first_entry + number;
        let input = Input {
            unit,
            body,
            analysis,
            number,
            layout: layout_of_entry,
            arguments: layout.arguments,
            computations: &manifest.computations,
            functions: called,
        };
        functions.function(ENTRY_TYPE);
        exports.export(&body.name, ExportKind::Func, index);
        let function = code::function(input, &mut points);
        costs.push(function.cost(&callees));
        let (function, marks) = function.finish();
        bodies.add(code.byte_len(), function.byte_len(), marks);
        code.function(&function);
    }
    let memory =
        MemoryType { minimum: 1, maximum: Some(1), memory64: false, shared: false, page_size_log2: None };
    let formulas = package::encode(&access.to_vec());
    let mut module = Module::new();
    module
        .section(&types())
        .section(&imports(called))
        .section(&functions)
        .section(MemorySection::new().memory(memory))
        .section(&exports);
    let origins = entries.iter().map(|(body, _)| body.origins.clone()).collect();
    let size = (code.len() as usize, code.byte_len());
    let map = bodies.map(module.as_slice().len(), size, origins);
    module
        .section(&code)
        .section(&CustomSection { name: frame::ACCESS_SECTION.into(), data: Cow::Borrowed(&formulas) });
    Emitted { bytes: module.finish(), costs, map, points }
}

fn callees<'a>(called: Functions, own: &'a [(u32, Cost)], computations: &'a [Computation]) -> Callees<'a> {
    let Functions { emit, resolve, step, compute, savepoint, .. } = called;
    Callees { emit, resolve, step, compute, savepoint, own, computations }
}

fn types() -> TypeSection {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([ValType::I32, ValType::I64], []);
    types.ty().function([ValType::I64; 4], wide::MULTIPLY_RESULTS);
    types.ty().function([ValType::I64; 4], wide::DIVIDE_RESULTS);
    types.ty().function([], [ValType::I32]);
    types
}

fn imports(called: Functions) -> ImportSection {
    let mut imports = ImportSection::new();
    let all = [
        (frame::IMPORT_EMIT, EMIT_TYPE),
        (frame::IMPORT_RESOLVE, RESOLVE_TYPE),
        (frame::IMPORT_STEP, RESOLVE_TYPE),
        (frame::IMPORT_COMPUTE, RESOLVE_TYPE),
    ];
    let savepoint = called.savepoint.map(|_| (frame::IMPORT_SAVEPOINT, EMIT_TYPE));
    let observe = called.observe.map(|_| (frame::IMPORT_OBSERVE, EMIT_TYPE));
    for (name, ty) in all.into_iter().chain(savepoint).chain(observe) {
        imports.import(frame::IMPORT_MODULE, name, EntityType::Function(ty));
    }
    imports
}
