//! The stage: one program, compiled, deployed both to the interpreter and to the runtime.

use crate::interpreter::{Call, Cell, Executed, Instance, Machine};
use crate::render;
use mc_compiler::load::Loader;
use mc_compiler::tree::{App, Program};
use mc_compiler::{Compiled, Output};
use mc_container::address::{Address, CellKey};
use mc_container::manifest::EntryKind;
use mc_container::package::Package;
use mc_container::value::Value;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::SourceSet;
use mc_runtime::{Block, Deployment, Receipt, Transaction, World};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The chain of every test.
pub const CHAIN: &str = "test";
/// `now` while the app is deployed.
pub const DEPLOYED_AT: u64 = 1_000;
/// The path of the only file of [`compile`].
pub const MAIN: &str = "main.mc";

/// Sources in memory.
#[derive(Clone, Debug, Default)]
pub struct Files(pub BTreeMap<String, String>);

impl Loader for Files {
    fn load(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}

/// A text that stands alone, checked but not compiled.
///
/// # Panics
/// If the loader fails, which it cannot.
#[must_use]
pub fn check(text: &str) -> (SourceSet, Program, Vec<Diagnostic>) {
    let files = Files(BTreeMap::from([(MAIN.to_owned(), text.to_owned())]));
    let mut diagnostics = Vec::new();
    let loaded = mc_compiler::load::load(&[MAIN.to_owned()], &files, &mut diagnostics).unwrap();
    let names = mc_compiler::resolve::resolve(&loaded, &mut diagnostics);
    let program = mc_compiler::check::check(&loaded, &names, &mut diagnostics);
    (loaded.sources, program, diagnostics)
}

/// Compiles a text that stands alone.
///
/// # Panics
/// If the loader fails, which it cannot.
#[must_use]
pub fn compile(text: &str) -> Output {
    let files = Files(BTreeMap::from([(MAIN.to_owned(), text.to_owned())]));
    mc_compiler::compile(&[MAIN.to_owned()], &files).unwrap()
}

/// Compiles a text that has no mistakes.
///
/// # Panics
/// With the rendered mistakes, if it has some.
#[must_use]
#[track_caller]
pub fn compile_clean(text: &str) -> Compiled {
    let output = compile(text);
    let errors = output.diagnostics.iter().any(Diagnostic::is_error);
    let report = || render::diagnostics(&output.sources, &output.diagnostics);
    assert!(!errors, "the program does not compile:\n{}\n{text}", report());
    output.compiled.expect("no errors, and nothing compiled")
}

/// A deployed program.
#[derive(Clone)]
pub struct Stage<'p> {
    /// The program.
    pub program: &'p Program,
    /// The interpreter with its state.
    pub machine: Machine<'p>,
    /// The runtime with its state.
    pub world: World,
    /// The packages by unit number, as they were deployed.
    pub packages: Vec<Arc<Package>>,
    /// Every deployment of the app: its name, and where it lives.
    pub names: Vec<(String, Address)>,
}

/// Who deploys every app.
#[must_use]
pub fn deployer() -> Address {
    Address::of_account("deployer")
}

impl<'p> Stage<'p> {
    /// Deploys the first app of a program.
    ///
    /// # Panics
    /// If there is none, or it cannot be deployed.
    #[must_use]
    #[track_caller]
    pub fn new(compiled: &'p Compiled) -> Self {
        let packages = compiled.containers.iter().map(|container| Arc::new(container.package.clone())).collect();
        Self::with_packages(&compiled.program, packages).unwrap()
    }

    /// Deploys the first app of a program with packages that may differ from the compiler's.
    ///
    /// # Errors
    /// What the runtime says where it refuses; the interpreter must agree.
    pub fn with_packages(program: &'p Program, packages: Vec<Arc<Package>>) -> Result<Self, mc_runtime::DeployError> {
        let app = program.apps.first().expect("no app");
        let (machine, world) = (Machine::new(program), World::new(CHAIN));
        let mut stage = Self { program, machine, world, packages, names: Vec::new() };
        for number in 0..app.deployments.len() {
            stage.deploy(app, number)?;
        }
        stage.compare_state("after deployment");
        Ok(stage)
    }

    fn deploy(&mut self, app: &App, number: usize) -> Result<(), mc_runtime::DeployError> {
        let wanted = &app.deployments[number];
        let unit = self.program.unit(wanted.unit).unwrap();
        let init = unit.functions.iter().find(|function| {
            function.kind == mc_compiler::tree::FunctionKind::Callable(EntryKind::Init)
        });
        let mut arguments = Vec::new();
        for (value, param) in wanted.args.iter().zip(init.map(|init| init.param_locals()).unwrap_or_default()) {
            value.encode(param.ty, &mut arguments);
        }
        let slots: Vec<Address> = wanted.slots.iter().map(|at| self.names[*at as usize].1).collect();
        let deployment = Deployment {
            package: self.packages[wanted.unit.0 as usize].clone(),
            slots: slots.clone(),
            deployer: deployer(),
            nonce: 0,
            ordinal: u32::try_from(number).unwrap(),
            time: DEPLOYED_AT,
            arguments: arguments.clone(),
        };
        let expected = Address::of_container(CHAIN, deployer(), 0, deployment.ordinal);
        let instance = Instance { unit: wanted.unit, slots };
        let interpreted = self.machine.deploy(expected, instance, deployer(), DEPLOYED_AT, &arguments);
        let address = self.world.deploy(&deployment)?;
        assert_eq!(address, expected, "the runtime deploys to another address");
        assert!(interpreted.is_ok(), "the runtime deploys what the interpreter refuses: {interpreted:?}");
        self.names.push((wanted.name.clone(), address));
        Ok(())
    }

    /// Where the deployment of this name lives.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn address(&self, name: &str) -> Address {
        self.names.iter().find(|(known, _)| known == name).map(|(_, address)| *address).unwrap()
    }

    /// The interpreter's state under the runtime's keys.
    #[must_use]
    pub fn expected_state(&self) -> BTreeMap<CellKey, (&Cell, Value)> {
        self.machine.state().iter().map(|(cell, value)| (cell.key(), (cell, *value))).collect()
    }

    /// Holds the runtime's state against the interpreter's, cell by cell.
    ///
    /// # Panics
    /// With every cell that differs.
    #[track_caller]
    pub fn compare_state(&self, when: &str) {
        let mut expected = self.expected_state();
        let mut report = Vec::new();
        for (key, found) in self.world.state().iter() {
            match expected.remove(&key) {
                Some((_, value)) if value == found => {}
                Some((cell, value)) => report.push(format!("{cell:?}: expected {value:?}, found {found:?}")),
                None => report.push(format!("a cell {key:?} that the interpreter leaves at its default: {found:?}")),
            }
        }
        report.extend(expected.values().map(|(cell, value)| format!("{cell:?}: expected {value:?}, found its default")));
        assert!(report.is_empty(), "the states differ {when}:\n{}", report.join("\n"));
    }

    /// Runs the transactions of a block on the interpreter, and keeps what they wrote.
    pub fn interpret(&mut self, block: &Block) -> Vec<Executed> {
        let run = |tx: &Transaction| self.machine.run(&call_of(tx, block.time));
        block.transactions.iter().map(run).collect()
    }
}

/// A transaction as the interpreter wants it.
#[must_use]
pub fn call_of(tx: &Transaction, now: u64) -> Call<'_> {
    let to = tx.to.unwrap_or_default();
    Call { from: tx.from, to, entry: &tx.data.entry, arguments: &tx.data.arguments, now }
}

/// What of a receipt the interpreter knows, too.
#[must_use]
pub fn verdict_of(receipt: &Receipt) -> crate::interpreter::Verdict {
    crate::interpreter::Verdict {
        result: receipt.result,
        point: receipt.point,
        failure: receipt.failure.clone(),
        output: receipt.output.clone(),
        events: receipt.events.clone(),
    }
}
