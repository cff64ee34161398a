//! What tests begin with: deployments that say what slots are bound to, what generic parameters stand for and what an
//! `init` takes.

use super::target::Placed;
use crate::testbed::START;
use mc_compiler::interpret::worth::Known;
use mc_compiler::interpret::{ACTOR, Around};
use mc_compiler::tree::{Deploy, Expr, ExprKind, Grant, Part, Program, StmtKind, Test, TestStmt, UnitId};
use mc_container::address::Address;
use mc_container::value::Value;
use mc_syntax::source::Span;

/// The deployments that a test begins with.
#[derive(Default)]
pub struct Fixture<'p> {
    /// What is deployed, in order.
    pub deployments: Vec<Placed<'p>>,
    /// For each, what each parameter of its `init` gets.
    pub args: Vec<Vec<Vec<Value>>>,
    /// The rights that are given.
    pub grants: Vec<Grant>,
    /// The statements that say so.
    pub written: Vec<Span>,
}

impl<'p> Fixture<'p> {
    /// What this test begins with, up to the first statement that does anything else.
    #[must_use]
    pub fn of(program: &'p Program, test: &'p Test) -> Self {
        let mut fixture = Self::default();
        for stmt in &test.body {
            let read = match &stmt.kind {
                StmtKind::Test(TestStmt::Deploy(deploy)) => fixture.deploy(program, test, deploy),
                StmtKind::Test(TestStmt::Grant(deployment, role, to)) => {
                    fixture.grants.push(Grant { deployment: *deployment, role: *role, to: *to });
                    Some(())
                }
                _ => None,
            };
            if read.is_none() {
                break;
            }
            // An app is one statement, and many deployments.
            if fixture.written.last() != Some(&stmt.span) {
                fixture.written.push(stmt.span);
            }
        }
        fixture
    }

    fn deploy(&mut self, program: &'p Program, test: &'p Test, deploy: &'p Deploy) -> Option<()> {
        let (id, unit) = (deploy.unit, program.unit(deploy.unit)?);
        let around =
            Around { caller: Address::of_account(ACTOR), now: START, height: 1, ..Around::default() };
        let library = test.library.and_then(|library| program.libraries.get(library as usize));
        let known = Known { program, unit: library, locals: &test.locals, values: &[], around };
        let args = deploy.args.iter().map(|arg| if has_local(arg) { None } else { known.worth(arg) });
        let args: Vec<Vec<Value>> = args.collect::<Option<_>>()?;
        self.deployments.push(Placed {
            name: deploy.name.clone(),
            id,
            unit,
            args: Some(args.concat()),
            examples: Vec::new(),
            slots: deploy.slots.clone(),
            generics: deploy.generics.clone(),
        });
        self.args.push(args);
        Some(())
    }

    /// What the `init` of this gets, wherever it is deployed.
    pub fn args_of(&self, unit: UnitId) -> impl Iterator<Item = &Vec<Vec<Value>>> {
        let all = self.deployments.iter().zip(&self.args);
        all.filter(move |(placed, _)| placed.id == unit).map(|(_, args)| args)
    }

    /// True if it deploys this.
    #[must_use]
    pub fn deploys(&self, unit: UnitId) -> bool {
        self.deployments.iter().any(|placed| placed.id == unit)
    }
}

/// True for what only the test knows while it runs.
fn has_local(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, ExprKind::Local(_));
    expr.parts(&mut |part| found |= matches!(part, Part::Expr(part) if has_local(part)));
    found
}
