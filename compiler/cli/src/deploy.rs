//! From an app to a world in which its containers stand.

use crate::directory::{DEPLOYER, DEPLOYMENT_NONCE, Directory};
use crate::failure::{Complaint, Failure};
use mc_compiler::Compiled;
use mc_compiler::tree::{App, AssetSource, Grant};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::error::{FIRST_USER_ERROR, SystemError};
use mc_container::manifest::{EntryKind, Manifest};
use mc_runtime::{AssetId, DeployError, Deployment, World};
use std::sync::Arc;

/// Deploys every container of `app` on a new chain, in order.
///
/// # Errors
/// The first container that cannot be deployed, with the reason.
pub fn deploy(
    app: &App,
    compiled: &Compiled,
    directory: &Directory<'_>,
    time: u64,
) -> Result<World, Failure> {
    deploy_in(World::new(directory.chain), app, compiled, time)
}

/// The same in a world that is there.
///
/// # Errors
/// The first container that cannot be deployed, with the reason.
pub fn deploy_in(mut world: World, app: &App, compiled: &Compiled, time: u64) -> Result<World, Failure> {
    let mut addresses: Vec<Address> = Vec::new();
    for (ordinal, deployment) in (0..).zip(&app.deployments) {
        let Some(container) = compiled.containers.iter().find(|it| it.unit == deployment.unit) else {
            continue;
        };
        let manifest = container.package.manifest();
        let init = manifest.entries.iter().find(|entry| entry.kind == EntryKind::Init);
        let mut arguments = Vec::new();
        for (values, param) in deployment.args.iter().zip(init.map_or(&[][..], |init| &init.params)) {
            codec::encode(&param.ty, values, &mut arguments);
        }
        let asset = |source: &AssetSource| match source {
            AssetSource::Coin => Some(AssetId::Coin),
            AssetSource::Of(number, name) => {
                addresses.get(*number as usize).map(|address| AssetId::Of(*address, name.clone()))
            }
        };
        let generics = deployment.generics.iter().filter_map(asset).collect();
        let slots =
            deployment.slots.iter().filter_map(|slot| addresses.get(*slot as usize).copied()).collect();
        let address = world.deploy(&Deployment {
            package: Arc::new(container.package.clone()),
            slots,
            generics,
            deployer: Address::of_account(DEPLOYER),
            nonce: DEPLOYMENT_NONCE,
            ordinal,
            time,
            arguments,
        });
        addresses.push(address.map_err(|error| cannot(&deployment.name, manifest, &error))?);
    }
    for Grant { deployment, role, to } in &app.grants {
        let address = |number: u32| addresses.get(number as usize).copied();
        if let (Some(container), Some(to)) = (address(*deployment), address(*to)) {
            let manifest = world.container(container).map(|container| container.package().clone());
            let role = manifest.as_ref().and_then(|package| package.manifest().variable(*role));
            let granted = role.is_some_and(|role| world.grant(container, &role.name, to));
            debug_assert!(granted, "the checker lets grants of roles pass only");
        }
    }
    Ok(world)
}

fn cannot(name: &str, manifest: &Manifest, error: &DeployError) -> Failure {
    let why = match error {
        DeployError::Init(receipt) => {
            let code = receipt.failure.as_ref().map_or(receipt.result, |failure| failure.code);
            format!("its `init` failed with `{}`", error_name(Some(manifest), code))
        }
        other => other.to_string(),
    };
    Complaint::new(format!("cannot deploy `{name}`: {why}")).into()
}

/// The name of a failure's code, in the container that failed.
#[must_use]
pub fn error_name(manifest: Option<&Manifest>, code: u8) -> String {
    if let Some(error) = SystemError::by_code(code) {
        return error.name().to_owned();
    }
    let number = code.checked_sub(FIRST_USER_ERROR).map(usize::from);
    let own = manifest.zip(number).and_then(|(manifest, number)| manifest.errors.get(number));
    own.map_or_else(|| format!("code {code}"), |error| error.name.clone())
}
