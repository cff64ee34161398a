//! The stage: one program, compiled, deployed both to the interpreter and to the runtime.

use crate::interpreter::{Call, Cell, Executed, Instance, Machine};
use crate::render;
use mc_compiler::interpret::Event;
use mc_compiler::load::Loader;
use mc_compiler::trail::Trail;
use mc_compiler::tree::{App, AssetSource, Function, FunctionKind, Program, Unit};
use mc_compiler::{Compiled, Output, Rules};
use mc_container::address::{Address, CellKey};
use mc_container::codec;
use mc_container::manifest::EntryKind;
use mc_container::package::Package;
use mc_container::value::{Scalar, Value};
use mc_runtime::{AssetId, Block, Deployment, Receipt, Transaction, World};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::SourceSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The chain of every test.
pub const CHAIN: &str = "test";
/// `now` while the app is deployed.
pub const DEPLOYED_AT: u64 = 1_000;
/// How much of the native asset every account starts with.
pub const FUNDS: u64 = 1_000;
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
    let names = mc_compiler::resolve::resolve(&loaded, Trail::default(), &mut diagnostics);
    let program = mc_compiler::check::check(&loaded, &names, &mut diagnostics);
    (loaded.sources, program, diagnostics)
}

/// Compiles a text that stands alone.
///
/// # Panics
/// If the loader fails, which it cannot.
#[must_use]
pub fn compile(text: &str) -> Output {
    compile_under(text, Rules::default())
}

/// Compiles a text that stands alone, under other rules.
///
/// # Panics
/// If the loader fails, which it cannot.
#[must_use]
pub fn compile_under(text: &str, rules: Rules) -> Output {
    let files = Files(BTreeMap::from([(MAIN.to_owned(), text.to_owned())]));
    mc_compiler::compile_under(&[MAIN.to_owned()], &files, rules).unwrap()
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
    /// How much of the native asset accounts were given.
    pub funded: u64,
}

/// The `init` of a unit.
fn init_of(unit: &Unit) -> Option<&Function> {
    unit.functions.iter().find(|function| function.kind == FunctionKind::Callable(EntryKind::Init))
}

/// The packages of a program by unit number.
#[must_use]
pub fn packages_of(compiled: &Compiled) -> Vec<Arc<Package>> {
    compiled.containers.iter().map(|container| Arc::new(container.package.clone())).collect()
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
        Self::try_new(compiled).unwrap_or_else(|why| panic!("{why}"))
    }

    /// Deploys the first app of a program.
    ///
    /// # Errors
    /// Why it cannot be deployed, or how the runtime and the interpreter disagree about it.
    pub fn try_new(compiled: &'p Compiled) -> Result<Self, String> {
        Self::with_packages(&compiled.program, packages_of(compiled))
    }

    /// Deploys the first app of a program with packages that may differ from the compiler's.
    ///
    /// # Errors
    /// Why it cannot be deployed, or how the runtime and the interpreter disagree about it.
    pub fn with_packages(program: &'p Program, packages: Vec<Arc<Package>>) -> Result<Self, String> {
        let app = program.apps.first().ok_or("no app")?;
        let (machine, world) = (Machine::new(program), World::new(CHAIN));
        let mut stage = Self { program, machine, world, packages, names: Vec::new(), funded: 0 };
        for number in 0..app.deployments.len() {
            let deployment = stage.deployment(app, number);
            let address = Address::of_container(CHAIN, deployer(), 0, deployment.ordinal);
            let wanted = &app.deployments[number];
            let instance = Instance { unit: wanted.unit, slots: deployment.slots.clone() };
            let entry = program.unit(wanted.unit).and_then(init_of).map_or("", |init| init.name.as_str());
            let arguments = deployment.arguments.clone();
            let tx_id = Transaction::call(deployer(), deployment.nonce, address, entry, arguments).id();
            let by = (deployer(), DEPLOYED_AT);
            let interpreted = stage.machine.deploy(address, instance, by, &deployment.arguments, tx_id);
            let deployed = stage.world.deploy(&deployment).map_err(|error| format!("deployment: {error}"))?;
            interpreted.map_err(|failure| format!("the interpreter refuses a deployment: {failure:?}"))?;
            if deployed != address {
                return Err("the runtime deploys to another address".to_owned());
            }
            stage.names.push((wanted.name.clone(), address));
        }
        for grant in &app.grants {
            let (role, to) = (&app.deployments[grant.deployment as usize], grant.to as usize);
            let variable = &program.unit(role.unit).unwrap().variable(grant.role).unwrap().name;
            stage.grant(stage.names[grant.deployment as usize].1, variable, stage.names[to].1)?;
        }
        stage.difference().map_or(Ok(stage), Err)
    }

    /// Puts `to` into a role of a deployment.
    fn grant(&mut self, container: Address, role: &str, to: Address) -> Result<(), String> {
        let cell = Cell { container, variable: role.to_owned(), keys: vec![to.0.to_vec()] };
        self.machine.put(cell, Value::from_u64(1));
        self.world.grant(container, role, to).then_some(()).ok_or_else(|| format!("no role `{role}`"))
    }

    /// Gives each of these accounts the same amount of the native asset.
    pub fn fund_accounts(&mut self, accounts: &[&str]) {
        for account in accounts {
            self.fund(Address::of_account(account), FUNDS);
        }
    }

    /// Gives an account more of the native asset.
    ///
    /// # Panics
    /// If that is more than there can be.
    pub fn fund(&mut self, account: Address, amount: u64) {
        self.funded += amount;
        let cell = Cell::coin_of(account);
        let after = self.machine.get(&cell).number(Scalar::U128) + ethnum::I256::from(amount);
        self.machine.put(cell, Value::from_number(after, Scalar::U128).unwrap());
        assert!(self.world.fund(account, u128::from(amount)));
    }

    /// What the app deploys at this place.
    ///
    /// # Panics
    /// If a slot is bound to a later deployment.
    #[must_use]
    pub fn deployment(&self, app: &App, number: usize) -> Deployment {
        let wanted = &app.deployments[number];
        let unit = self.program.unit(wanted.unit).unwrap();
        let init = init_of(unit);
        let mut arguments = Vec::new();
        for (value, param) in wanted.args.iter().zip(init.map(Function::param_locals).unwrap_or_default()) {
            codec::encode(&param.ty, value, &mut arguments);
        }
        Deployment {
            package: self.packages[wanted.unit.0 as usize].clone(),
            slots: wanted.slots.iter().map(|at| self.names[*at as usize].1).collect(),
            generics: wanted.generics.iter().map(|source| self.asset(source)).collect(),
            deployer: deployer(),
            nonce: 0,
            ordinal: u32::try_from(number).unwrap(),
            time: DEPLOYED_AT,
            arguments,
        }
    }

    fn asset(&self, source: &AssetSource) -> AssetId {
        match source {
            AssetSource::Coin => AssetId::Coin,
            AssetSource::Of(at, asset) => AssetId::Of(self.names[*at as usize].1, asset.clone()),
        }
    }

    /// What a container of the app means by the name of an asset; its own where it is not generic over it.
    ///
    /// # Panics
    /// If the app deploys no such container.
    #[must_use]
    pub fn asset_of(&self, container: Address, name: &str) -> AssetId {
        let number = self.names.iter().position(|(_, address)| *address == container).unwrap();
        let deployment = &self.program.apps[0].deployments[number];
        let unit = self.program.unit(deployment.unit).unwrap();
        self.asset(&unit.own_asset(name, u32::try_from(number).unwrap(), &deployment.generics))
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

    /// How the runtime's state differs from the interpreter's, cell by cell.
    #[must_use]
    pub fn difference(&self) -> Option<String> {
        let mut expected = self.expected_state();
        let mut report = Vec::new();
        for (key, found) in self.world.state().iter() {
            match expected.remove(&key) {
                Some((_, value)) if value == found => {}
                Some((cell, value)) => report.push(format!("{cell:?}: expected {value:?}, found {found:?}")),
                None => {
                    report
                        .push(format!("{key:?}: the interpreter leaves it at its default, found {found:?}"));
                }
            }
        }
        let absent =
            |(cell, value): &(&Cell, Value)| format!("{cell:?}: expected {value:?}, found its default");
        report.extend(expected.values().map(absent));
        (!report.is_empty()).then(|| format!("the states differ:\n{}", report.join("\n")))
    }

    /// Runs the transactions of a block on the interpreter, and keeps what they wrote.
    pub fn interpret(&mut self, block: &Block) -> Vec<Executed> {
        let run = |tx: &Transaction| self.machine.run(&call_of(tx, block));
        block.transactions.iter().map(run).collect()
    }
}

/// A transaction as the interpreter wants it.
#[must_use]
pub fn call_of<'t>(tx: &'t Transaction, block: &Block) -> Call<'t> {
    Call {
        from: tx.from,
        to: tx.to.unwrap_or_default(),
        entry: &tx.data.entry,
        arguments: &tx.data.arguments,
        value: tx.value,
        now: block.time,
        height: block.height,
        tx_id: tx.id(),
    }
}

/// What of a receipt the interpreter knows, too.
#[must_use]
pub fn verdict_of(receipt: &Receipt) -> crate::interpreter::Verdict {
    crate::interpreter::Verdict {
        result: receipt.result,
        point: receipt.point,
        failure: receipt.failure.clone(),
        output: receipt.output.clone(),
        events: receipt.events.iter().map(event).collect(),
    }
}

fn event(event: &mc_runtime::Event) -> Event {
    Event { container: event.container, event: event.event, data: event.data.clone() }
}
