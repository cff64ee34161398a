//! Determinism of the code itself: what the compiler emits, and every hostile module that passes the verifier, means
//! the same on two engines that have nothing in common, a compiler (wasmtime) and an interpreter (wasmi). Both run
//! it over the same frames with the same small host; only fuel is left out, which each counts in its own way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

use mc_container::frame::{
    EXCHANGE, EXPORT_MEMORY, FRAME_BYTES_MAX, IMPORT_COMPUTE, IMPORT_EMIT, IMPORT_MODULE, IMPORT_RESOLVE,
    IMPORT_SAVEPOINT, IMPORT_STEP, LIMB, SLOT, TABLE_ENTRY,
};
use mc_container::package::Package;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_tests::fuzz::Corpus;
use mc_tests::generate::{program, rng};
use mc_tests::hostile::{Case, layout_of};
use mc_tests::repack;
use mc_tests::stage::compile;
use rand::Rng;
use rand::rngs::SmallRng;
use std::collections::BTreeSet;

/// Frames that each entry runs over.
const FRAMES: usize = 12;
/// Fuel of each engine; what does not end within it is not compared.
const FUEL: u64 = 3_000_000;

/// The four imports, served in the simplest way that depends on what is asked.
#[derive(Clone)]
struct Host {
    package: Package,
    entry: usize,
    asked: Vec<(&'static str, i32, Vec<u8>)>,
}

impl Host {
    /// Serves an import: its result, or a trap.
    fn serve(&mut self, memory: &mut [u8], import: &'static str, number: i32) -> Result<i32, ()> {
        let exchange = &mut memory[EXCHANGE as usize..];
        self.asked.push((import, number, exchange[..64].to_vec()));
        match import {
            IMPORT_RESOLVE => {
                let layout = &layout_of(&self.package).entries[self.entry];
                let slot = number.unsigned_abs() % layout.slots.max(1);
                Ok((layout.slots_start + slot * SLOT).cast_signed())
            }
            IMPORT_STEP => {
                exchange[..8].copy_from_slice(&u64::from(number.unsigned_abs()).to_le_bytes());
                Ok(if number % 3 == 2 { 32 } else { 0 })
            }
            IMPORT_COMPUTE => self.compute(exchange, number),
            _ => Ok(0),
        }
    }

    fn compute(&self, exchange: &mut [u8], number: i32) -> Result<i32, ()> {
        let number = usize::try_from(number).map_err(|_| ())?;
        let computation = self.package.manifest().computations.get(number).ok_or(())?;
        let mut at = 0;
        let mut operands = Vec::new();
        for ty in computation.operands() {
            let end = at + ty.limbs() * LIMB as usize;
            let value = Value::from_bytes(exchange.get(at..end).ok_or(())?);
            operands.push(value.is_canonical(ty).then_some(value).ok_or(())?);
            at = end;
        }
        match computation.run(&operands, mc_container::compute::Context::default()) {
            Ok(value) => {
                let bytes = computation.result().limbs() * LIMB as usize;
                exchange[..bytes].copy_from_slice(&value.to_bytes()[..bytes]);
                Ok(0)
            }
            Err(error) => Ok(error.code().into()),
        }
    }
}

const IMPORTS: [&str; 3] = [IMPORT_RESOLVE, IMPORT_STEP, IMPORT_COMPUTE];
/// Those that give nothing.
const SILENT_IMPORTS: [&str; 2] = [IMPORT_EMIT, IMPORT_SAVEPOINT];

/// How a call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    With(i32),
    Trapped,
    OutOfFuel,
}

/// Everything that a call has done.
type Ran = (Ended, Vec<u8>, Vec<(&'static str, i32, Vec<u8>)>);

mod compiled {
    //! The engine that the runtime uses.

    use super::{EXPORT_MEMORY, Ended, FUEL, Host, IMPORT_MODULE, IMPORTS, Ran, SILENT_IMPORTS};
    use wasmtime::{Caller, Config, Engine, Extern, Linker, Module, Store, Trap};

    pub(crate) fn engine() -> Engine {
        let mut config = Config::new();
        config.consume_fuel(true);
        Engine::new(&config).unwrap()
    }

    fn serve(mut caller: Caller<'_, Host>, import: &'static str, number: i32) -> wasmtime::Result<i32> {
        let Some(Extern::Memory(memory)) = caller.get_export(EXPORT_MEMORY) else { panic!("no memory") };
        let (bytes, host) = memory.data_and_store_mut(&mut caller);
        host.serve(bytes, import, number).map_err(|()| Trap::UnreachableCodeReached.into())
    }

    pub(crate) fn run(module: &Module, host: Host, entry: &str, frame: &[u8]) -> Ran {
        let mut linker = Linker::new(module.engine());
        for import in IMPORTS {
            let serve = move |caller: Caller<'_, Host>, number: i32| serve(caller, import, number);
            linker.func_wrap(IMPORT_MODULE, import, serve).unwrap();
        }
        for import in SILENT_IMPORTS {
            let serve =
                move |caller: Caller<'_, Host>, number: i32| serve(caller, import, number).map(|_| ());
            linker.func_wrap(IMPORT_MODULE, import, serve).unwrap();
        }
        let mut store = Store::new(module.engine(), host);
        store.set_fuel(FUEL).unwrap();
        let instance = linker.instantiate(&mut store, module).unwrap();
        let memory = instance.get_memory(&mut store, EXPORT_MEMORY).unwrap();
        memory.data_mut(&mut store)[..frame.len()].copy_from_slice(frame);
        let function = instance.get_typed_func::<(), i32>(&mut store, entry).unwrap();
        let ended = match function.call(&mut store, ()) {
            Ok(status) => Ended::With(status),
            Err(error) if matches!(error.downcast_ref(), Some(Trap::OutOfFuel)) => Ended::OutOfFuel,
            Err(_) => Ended::Trapped,
        };
        (ended, memory.data(&store).to_vec(), store.into_data().asked)
    }
}

mod interpreted {
    //! The engine that compiles nothing.

    use super::{EXPORT_MEMORY, Ended, FUEL, Host, IMPORT_MODULE, IMPORTS, Ran, SILENT_IMPORTS};
    use wasmi::{Caller, Config, Engine, Error, Extern, Linker, Module, Store, TrapCode};

    pub(crate) fn engine() -> Engine {
        let mut config = Config::default();
        config.consume_fuel(true);
        Engine::new(&config)
    }

    fn serve(mut caller: Caller<'_, Host>, import: &'static str, number: i32) -> Result<i32, Error> {
        let Some(Extern::Memory(memory)) = caller.get_export(EXPORT_MEMORY) else { panic!("no memory") };
        let (bytes, host) = memory.data_and_store_mut(&mut caller);
        host.serve(bytes, import, number).map_err(|()| TrapCode::UnreachableCodeReached.into())
    }

    pub(crate) fn run(module: &Module, host: Host, entry: &str, frame: &[u8]) -> Ran {
        let mut linker = Linker::new(module.engine());
        for import in IMPORTS {
            let serve = move |caller: Caller<'_, Host>, number: i32| serve(caller, import, number);
            linker.func_wrap(IMPORT_MODULE, import, serve).unwrap();
        }
        for import in SILENT_IMPORTS {
            let serve =
                move |caller: Caller<'_, Host>, number: i32| serve(caller, import, number).map(|_| ());
            linker.func_wrap(IMPORT_MODULE, import, serve).unwrap();
        }
        let mut store = Store::new(module.engine(), host);
        store.set_fuel(FUEL).unwrap();
        let instance = linker.instantiate_and_start(&mut store, module).unwrap();
        let memory = instance.get_memory(&store, EXPORT_MEMORY).unwrap();
        memory.data_mut(&mut store)[..frame.len()].copy_from_slice(frame);
        let function = instance.get_typed_func::<(), i32>(&store, entry).unwrap();
        let ended = match function.call(&mut store, ()) {
            Ok(status) => Ended::With(status),
            Err(error) if error.as_trap_code() == Some(TrapCode::OutOfFuel) => Ended::OutOfFuel,
            Err(_) => Ended::Trapped,
        };
        (ended, memory.data(&store).to_vec(), store.into_data().asked)
    }
}

/// A limb that code may care about.
fn limb(rng: &mut SmallRng) -> u64 {
    match rng.random_range(0..8) {
        0 => 0,
        1 => 1,
        2..=4 => rng.random_range(0..8),
        5 => rng.random_range(0..1_000),
        6 => u64::MAX - rng.random_range(0..2),
        _ => rng.random(),
    }
}

/// A frame of an entry: values of its parameters' widths, a table that names slots, and cells.
fn frame(rng: &mut SmallRng, package: &Package, entry: usize) -> Vec<u8> {
    let layouts = layout_of(package);
    let layout = &layouts.entries[entry];
    let mut frame = vec![0; FRAME_BYTES_MAX as usize];
    let mut put = |offset: u32, bytes: &[u8]| {
        frame[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
    };
    (0..EXCHANGE / LIMB).for_each(|at| put(at * LIMB, &limb(rng).to_le_bytes()));
    let params = package.manifest().entries[entry].params.iter();
    let mut at = layouts.arguments;
    for ty in params.flat_map(|param| Type::scalars(&param.ty)) {
        for _ in 0..ty.limbs() {
            let wide = limb(rng);
            let value = match (ty, ty.width()) {
                (Scalar::Bool, _) => wide % 2,
                (_, width) if width < 8 => wide % (1 << (8 * width)),
                _ => wide,
            };
            put(at, &value.to_le_bytes());
            at += LIMB;
        }
    }
    for place in (layout.table..layout.slots_start).step_by(TABLE_ENTRY as usize) {
        let slot = rng.random_range(0..layout.slots.max(1));
        put(place, &(layout.slots_start + slot * SLOT).to_le_bytes());
    }
    for slot in 0..layout.slots {
        put(layout.slots_start + slot * SLOT, &limb(rng).to_le_bytes());
    }
    frame
}

/// What comparing has come to.
#[derive(Default)]
struct Compared {
    calls: usize,
    /// Calls that some engine did not finish.
    endless: usize,
    /// How calls have ended.
    statuses: BTreeSet<i32>,
    traps: usize,
}

impl Compared {
    /// Runs every entry of a package, as `one` on the one engine and as `other` on the other.
    fn compare(&mut self, package: &Package, one: &[u8], other: &[u8], seed: u64) -> Result<(), String> {
        let one = wasmtime::Module::new(&compiled::engine(), one).unwrap();
        let other = wasmi::Module::new(&interpreted::engine(), other).unwrap();
        let mut rng = rng(seed);
        for (number, entry) in package.manifest().entries.iter().enumerate() {
            for turn in 0..FRAMES {
                let frame = frame(&mut rng, package, number);
                let host = Host { package: package.clone(), entry: number, asked: Vec::new() };
                let left = compiled::run(&one, host.clone(), &entry.name, &frame);
                let right = interpreted::run(&other, host, &entry.name, &frame);
                self.calls += 1;
                if left.0 == Ended::OutOfFuel || right.0 == Ended::OutOfFuel {
                    self.endless += 1;
                    continue;
                }
                match left.0 {
                    Ended::With(status) => drop(self.statuses.insert(status)),
                    _ => self.traps += 1,
                }
                if left != right {
                    let ends = (left.0, right.0);
                    return Err(format!(
                        "`{}`, entry `{}`, frame {turn}: {ends:?}",
                        package.manifest().name,
                        entry.name
                    ));
                }
            }
        }
        Ok(())
    }

    fn same(&mut self, package: &Package, seed: u64) -> Result<(), String> {
        self.compare(package, package.module(), package.module(), seed)
    }
}

/// What the compiler makes of the standard library, the examples and the templates.
fn library() -> Vec<Package> {
    let projects = mc_stdlib::TEMPLATES.iter().chain(mc_stdlib::EXAMPLES);
    let built = projects.map(|project| mcc::compile::embedded(project).ok().unwrap().compiled);
    let mut packages: Vec<Package> =
        built.flat_map(|compiled| compiled.containers).map(|container| container.package).collect();
    let text = |file: &mc_stdlib::File| (file.path.to_owned(), file.text.to_owned());
    let files = mc_tests::stage::Files(mc_stdlib::LIBRARY.iter().map(text).collect());
    let roots: Vec<String> = mc_stdlib::LIBRARY.iter().map(|file| file.path.to_owned()).collect();
    let compiled = mc_compiler::compile(&roots, &files).unwrap().compiled.unwrap();
    packages.extend(compiled.containers.into_iter().map(|container| container.package));
    packages
}

#[test]
fn emitted_code_means_the_same() {
    let mut compared = Compared::default();
    let corpus = Corpus::read();
    let cases = corpus.packages.iter().map(|bytes| Package::decode(bytes).unwrap());
    let random = (0..60).filter_map(|seed| compile(&program(seed)).compiled);
    let random = random.flat_map(|compiled| compiled.containers).map(|container| container.package);
    let packages = library().into_iter().chain(cases).chain(random);
    let wrong: Vec<String> =
        (0..).zip(packages).filter_map(|(seed, package)| compared.same(&package, seed).err()).collect();
    println!(
        "{} calls, {} traps, {} endless, statuses {:?}",
        compared.calls, compared.traps, compared.endless, compared.statuses
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared.statuses.len() > 10, "hardly anything has failed, or succeeded");
    assert!(compared.endless * 100 < compared.calls, "too much takes too long");
}

#[test]
fn hostile_code_means_the_same() {
    let (mut compared, mut modules, mut wrong) = (Compared::default(), 0, Vec::new());
    for case in Case::all() {
        let disguise = case.disguise();
        let Ok(package) = case.package(&disguise) else { continue };
        modules += 1;
        wrong.extend(compared.same(&package, 1).err().map(|why| format!("{}: {why}", case.name)));
    }
    println!("{modules} modules, {} calls, {} traps", compared.calls, compared.traps);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(modules > 50 && compared.traps > 50);
}

#[test]
fn a_difference_between_the_engines_would_be_seen() {
    let (mut planted, mut seen) = (0, 0);
    for package in library() {
        for byte in repack::operators(&package).into_iter().step_by(7).take(4) {
            let Ok(other) = repack::with_byte(&package, byte) else { continue };
            planted += 1;
            let difference = Compared::default().compare(&package, package.module(), other.module(), 5);
            seen += usize::from(difference.is_err());
        }
    }
    println!("{seen} of {planted} seen");
    assert!(seen * 3 > planted, "{seen} of {planted}");
}
