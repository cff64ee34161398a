//! What stands behind an interface takes no more of the caller than the interface says (`E0507`, 01b).

use super::debit::Behinds;
use super::sum::Sum;
use super::{Taken, sum_of};
use crate::Container;
use crate::access::Orders;
use crate::tree::{App, AssetSource, Behind, Deployment, Function, Program, Slot, Unit};
use mc_container::access::{Op, StepCall, Term};
use mc_container::ty::Type;
use mc_syntax::diagnostic::Diagnostic;
use std::collections::BTreeMap;

/// Compares what every deployment behind a slot of an interface may take with what the interface says.
pub(super) fn check(program: &Program, containers: &[Container], diagnostics: &mut Vec<Diagnostic>) {
    for app in &program.apps {
        for deployment in &app.deployments {
            let Some(unit) = program.unit(deployment.unit) else { continue };
            for (slot, number) in unit.slots.iter().zip(&deployment.slots) {
                let wired = Wired { program, containers, app, unit, deployment, slot, number: *number };
                diagnostics.extend(wired.check());
            }
        }
    }
}

/// A slot of a deployment, and the number of the deployment that is bound to it.
struct Wired<'p> {
    program: &'p Program,
    containers: &'p [Container],
    app: &'p App,
    unit: &'p Unit,
    deployment: &'p Deployment,
    slot: &'p Slot,
    number: u32,
}

impl Wired<'_> {
    fn check(&self) -> Option<Diagnostic> {
        let Behind::Interface(_) = self.slot.behind else { return None };
        let interface = self.program.behind(self.slot)?;
        let bound = self.app.deployments.get(self.number as usize)?;
        let found = self.program.unit(bound.unit)?;
        interface.functions.iter().find_map(|asked| {
            let (_, own) = found.function_named(&asked.name)?;
            let more = self.taken(bound, own).into_iter().find(|(asset, most)| {
                let source = found.own_asset(asset, self.number, &bound.generics);
                !self.promises((interface, asked), (&source, most.as_ref()))
            });
            let (asset, _) = more?;
            Some(self.misfit((interface, asked), (found, own), &asset))
        })
    }

    /// Which asset the interface means by a name.
    fn source(&self, interface: &Unit, asset: &str) -> Option<AssetSource> {
        self.unit.asset_behind(&self.slot.outside(interface, asset), &self.deployment.slots)
    }

    /// True if the interface says that a call of an entry may take so much.
    fn promises(
        &self,
        (interface, asked): (&Unit, &Function),
        (source, taken): (&AssetSource, Option<&Sum>),
    ) -> bool {
        let is_it = |asset: &str| self.source(interface, asset).as_ref() == Some(source);
        if let Some(spend) = asked.spend_terms().iter().find(|spend| is_it(&spend.asset)) {
            let promised = Sum::of(&spend.most);
            // What cannot be compared, the runtime counts.
            let more = taken.zip(promised).and_then(|(taken, promised)| taken.less(&promised));
            return more.is_none_or(|more| !more.is_positive());
        }
        // What an entry gives, it has taken from somebody: how much of it from the caller, the runtime counts.
        let gives = |ty: &Type| match ty {
            Type::Asset(name) => is_it(name),
            Type::Struct(it) => it.asset.as_deref().is_some_and(is_it),
            _ => false,
        };
        asked.result.as_ref().is_some_and(|result| result.any(&gives))
    }

    /// What a call of an entry with these parameters may take, each asset by the contract's own name.
    fn taken(&self, bound: &Deployment, own: &Function) -> Taken {
        let scalars: usize = own.param_locals().iter().map(|local| local.ty.scalar_count()).sum();
        let param = |number: usize| Some(Term::leaf(Op::Param(u16::try_from(number).ok()?)));
        let call = StepCall {
            slot: 0,
            entry: own.name.clone(),
            args: (0..scalars).map(param).collect(),
            certain: true,
            when: None,
        };
        // Called as it stands, a contract names its assets itself.
        let slots = [Slot {
            name: String::new(),
            span: bound.span,
            behind: Behind::Unit(bound.unit),
            generics: Vec::new(),
            implied: true,
        }];
        let bounds = BTreeMap::new();
        let behinds =
            Behinds { program: self.program, containers: self.containers, slots: &slots, bounds: &bounds };
        let debits = behinds.debits(0, &call, &Orders::default());
        sum_of(debits.into_iter().map(|debit| (debit.asset, debit.most)))
    }

    fn misfit(
        &self,
        (interface, asked): (&Unit, &Function),
        (found, own): (&Unit, &Function),
        asset: &str,
    ) -> Diagnostic {
        let (slot, needed, entry) = (&self.slot.name, &interface.name, &own.name);
        let what =
            format!("slot `{slot}` needs `{needed}`: `{}.{entry}` may take more `{asset}`", found.name);
        Diagnostic::error("E0507", self.deployment.span, what)
            .label(format!("binds `{}` to `{slot}`", self.bound_name()))
            .also(own.span, "takes it from whoever calls")
            .also(asked.span, "does not say that it takes as much")
            .help(format!("say so in the interface, behind the entry: `spends {asset} <= limit`"))
    }

    fn bound_name(&self) -> &str {
        let bound = self.app.deployments.get(self.number as usize);
        bound.map_or("?", |bound| bound.name.as_str())
    }
}
