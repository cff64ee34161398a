//! What a workload's state holds before the first block: cells that are set at once, rather than by a call each.

use super::generate::{Generator, Turn, account};
use super::{Each, Fill, Workload};
use crate::directory::{Deployed, Directory};
use crate::failure::Complaint;
use mc_container::manifest::{Manifest, Variable};
use mc_container::value::{Scalar, Value};
use mc_runtime::World;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Sets the cells that a workload names.
///
/// Nothing checks that a contract could have come to such a state: an asset whose balances are set needs its
/// `supply(…)` set, too.
///
/// # Errors
/// If a name or a value does not fit the app.
pub fn fill(
    world: &mut World,
    directory: &Directory<'_>,
    workload: &Workload,
    seed: u64,
) -> Result<(), Complaint> {
    for cells in &workload.cells {
        let place = |complaint: Complaint| complaint.at(format_args!("{}:{}", workload.path, cells.line));
        let (container, variable) = variable(cells, directory).map_err(place)?;
        let values = values(cells, variable, directory, workload, seed).map_err(place)?;
        if !world.put_all(container.address, &variable.name, &values) {
            return Err(place(Complaint::new(format!("`{}` cannot be set", cells.of))));
        }
    }
    Ok(())
}

/// The variable that is meant, which has as many keys as there are.
fn variable<'d>(cells: &Fill, directory: &Directory<'d>) -> Result<(Deployed<'d>, &'d Variable), Complaint> {
    let (name, wanted) = cells
        .of
        .split_once('.')
        .ok_or_else(|| Complaint::new(format!("`{}` is no `deployment.variable`", cells.of)))?;
    let container = directory.container(name).ok_or_else(|| {
        let known = directory.containers.iter().map(|container| container.name);
        Complaint::new(format!("`{}` deploys no `{name}`", directory.app)).nearest(name, known)
    })?;
    let Manifest { variables, .. } = container.manifest;
    let variable = variables.iter().find(|variable| variable.name == wanted).ok_or_else(|| {
        let known = variables.iter().map(|variable| variable.name.as_str());
        Complaint::new(format!("`{name}` has no variable `{wanted}`")).nearest(wanted, known)
    })?;
    if variable.keys.len() != cells.keys.len() {
        let (needed, given) = (variable.keys.len(), cells.keys.len());
        return Err(Complaint::new(format!("`{}` has {needed} keys, and `keys` has {given}", cells.of)));
    }
    Ok((container, variable))
}

/// Each cell's keys and value.
fn values(
    cells: &Fill,
    variable: &Variable,
    directory: &Directory<'_>,
    workload: &Workload,
    seed: u64,
) -> Result<Vec<(Vec<Value>, Value)>, Complaint> {
    let mut generator = Generator::new(workload, directory, seed)?;
    let cell = |turn: u64| {
        let each = match &cells.each {
            Each::Account => Json::from(account(turn)),
            _ => Json::from(turn),
        };
        let row = if let Each::Row(name) = &cells.each { Some((name.as_str(), turn)) } else { None };
        let turn = Turn { each: Some(&each), row, group: turn };
        let (known, mut rows) = (BTreeMap::new(), BTreeMap::new());
        let mut value = |source, ty: Scalar| {
            let json = generator.value(source, ty, &turn, &known, &mut rows)?;
            directory.value(&json, ty)
        };
        let keys = cells.keys.iter().zip(&variable.keys).map(|(source, ty)| value(source, *ty));
        let keys = keys.collect::<Result<Vec<Value>, Complaint>>()?;
        Ok((keys, value(&cells.value, variable.value)?))
    };
    (0..workload.times(&cells.each)).map(cell).collect()
}
