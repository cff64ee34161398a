//! What no manifest may say: names that come twice, values beyond all bounds, assets without a supply.
//!
//! What holds afterwards: every list of a manifest and every type in it is bounded, so whoever works with it
//! works a bounded time; and the cells that hold an asset are of the one form that the runtime counts.

use super::{MANIFEST_BYTES_MAX, MEMBERS_MAX, NAME_BYTES_MAX, RANGES_MAX, Refusal};
use crate::address::COIN_VARIABLE;
use crate::arithmetic::Operation;
use crate::compute::Computation;
use crate::frame::{FRAME_BYTES_MAX, LIMB};
use crate::manifest::{AssetKind, COIN, ContainerKind, EntryKind, Holding, Manifest, Variable};
use crate::ty::{EnumType, StructType, TEXT_MAX, Type};
use crate::value::{Scalar, Value};

fn refuse(holds: bool, why: &str) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::Manifest(why.to_owned())) }
}

/// Checks everything that does not need the module.
pub(super) fn verify(manifest: &Manifest) -> Result<(), Refusal> {
    let bytes = borsh::object_length(manifest);
    refuse(bytes.is_ok_and(|bytes| bytes <= MANIFEST_BYTES_MAX), "it is too large")?;
    types(manifest).try_for_each(verify_type)?;
    verify_members(manifest)?;
    refuse(names(manifest).all(is_name), "a name that cannot be shown")?;
    refuse(
        manifest.entries.iter().all(|entry| is_identifier(&entry.name)),
        "an entry without a proper name",
    )?;
    for entry in &manifest.entries {
        let composes = entry.kind == EntryKind::Compose;
        refuse(composes == (manifest.kind == ContainerKind::Composition), "an entry of the wrong kind")?;
    }
    for variable in &manifest.variables {
        refuse(variable.default.is_canonical(variable.value), "a default is not a value of its type")?;
        refuse(!variable.immutable || variable.keys.is_empty(), "an immutable map")?;
        refuse(holds_well(manifest, variable), "a variable cannot hold what it says")?;
    }
    manifest.computations.iter().try_for_each(verify_computation)?;
    verify_assets(manifest)?;
    let composes = manifest.kind == ContainerKind::Composition;
    refuse(!composes || manifest.variables.is_empty(), "a composition with state")?;
    refuse(composes || manifest.slots.is_empty(), "a contract with slots")
}

fn verify_members(manifest: &Manifest) -> Result<(), Refusal> {
    let slot_entries = |entries: &[_]| entries.len() <= MEMBERS_MAX;
    refuse(is_unique(manifest.entries.iter().map(|it| it.name.as_str())), "an entry's name comes twice")?;
    refuse(is_unique(manifest.variables.iter().map(|it| it.name.as_str())), "a variable's name comes twice")?;
    refuse(is_unique(manifest.assets.iter().map(|it| it.name.as_str())), "an asset's name comes twice")?;
    refuse(is_unique(manifest.slots.iter().map(|it| it.name.as_str())), "a slot's name comes twice")?;
    refuse(manifest.entries.len() <= MEMBERS_MAX, "too many entries")?;
    refuse(manifest.variables.len() <= VARIABLES_MAX, "too many variables")?;
    refuse(manifest.errors.len() <= MEMBERS_MAX, "too many errors")?;
    refuse(manifest.events.len() <= MEMBERS_MAX, "too many events")?;
    refuse(manifest.slots.len() <= MEMBERS_MAX, "too many slots")?;
    refuse(manifest.slots.iter().all(|slot| slot_entries(&slot.entries)), "too many entries of a slot")?;
    refuse(manifest.assets.len() <= MEMBERS_MAX, "too many assets")?;
    refuse(manifest.computations.len() <= VARIABLES_MAX, "too many computations")
}

/// The greatest number of variables, and of computations.
const VARIABLES_MAX: usize = 2_000;

fn is_unique<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let mut names: Vec<&str> = names.collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    names.len() == count
}

/// Every name in a manifest but those in its types.
fn names(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let params = manifest.entries.iter().flat_map(|entry| &entry.params);
    let payload = manifest.errors.iter().flat_map(|error| &error.params);
    let fields = manifest.events.iter().flat_map(|event| &event.fields).map(|field| &field.name);
    let steps = manifest.slots.iter().flat_map(|slot| &slot.entries).map(|entry| &entry.name);
    let names = [&manifest.name, &manifest.compiler].into_iter();
    let names = names.chain(manifest.variables.iter().map(|variable| &variable.name));
    let names = names.chain(params.chain(payload).map(|param| &param.name)).chain(fields).chain(steps);
    let names = names.chain(manifest.errors.iter().map(|error| &error.name));
    let names = names.chain(manifest.events.iter().map(|event| &event.name));
    let names = names.chain(manifest.slots.iter().flat_map(|slot| [&slot.name, &slot.contract]));
    names.chain(manifest.assets.iter().map(|asset| &asset.name)).map(String::as_str)
}

/// May a name be shown to people, in a terminal as well?
fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control)
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Every type in a manifest but those of its computations.
fn types(manifest: &Manifest) -> impl Iterator<Item = &Type> {
    let params = manifest.entries.iter().flat_map(|entry| &entry.params).map(|param| &param.ty);
    let results = manifest.entries.iter().map(|entry| &entry.result);
    let errors = manifest.errors.iter().flat_map(|error| &error.params).map(|param| &param.ty);
    let events = manifest.events.iter().flat_map(|event| &event.fields).map(|field| &field.ty);
    let steps = manifest.slots.iter().flat_map(|slot| &slot.entries);
    let steps = steps.flat_map(|entry| entry.params.iter().chain([&entry.result]));
    params.chain(results).chain(errors).chain(events).chain(steps)
}

/// The type of what a computation takes the digest of.
fn hashed(computation: &Computation) -> Option<&Type> {
    match computation {
        Computation::Blake3(ty) | Computation::Sha256(ty) | Computation::VerifySignature(ty) => Some(ty),
        _ => None,
    }
}

fn verify_type(ty: &Type) -> Result<(), Refusal> {
    refuse(ty.limbs() <= (FRAME_BYTES_MAX / LIMB) as usize, "a value fits into no frame")?;
    let broken = ty.any(&|part| match part {
        Type::String(max) | Type::Bytes(max) => *max > TEXT_MAX,
        Type::List(element, _) => element.limbs() == 0,
        Type::Enum(it) => it.variants.is_empty() || it.variants.len() > 256 || !are_names(enum_names(it)),
        Type::Tuple(parts) => parts.len() > MEMBERS_MAX,
        Type::Struct(it) => it.fields.len() > MEMBERS_MAX || !are_names(struct_names(it)),
        Type::Asset(name) | Type::Seen(name) => !is_name(name),
        Type::Scalar(_) | Type::Option(_) => false,
    });
    refuse(!broken, "a type that no value can have")
}

fn are_names<'n>(mut names: impl Iterator<Item = &'n String>) -> bool {
    names.all(|name| is_name(name))
}

fn struct_names(it: &StructType) -> impl Iterator<Item = &String> {
    it.fields.iter().map(|field| &field.name).chain([&it.name]).chain(&it.asset)
}

fn enum_names(it: &EnumType) -> impl Iterator<Item = &String> {
    let fields = it.variants.iter().flat_map(|variant| &variant.fields).map(|field| &field.name);
    it.variants.iter().map(|variant| &variant.name).chain([&it.name]).chain(fields)
}

/// May a variable hold what it says it holds?
fn holds_well(manifest: &Manifest, variable: &Variable) -> bool {
    let kind = |name: &str| manifest.assets.iter().find(|asset| asset.name == name).map(|asset| asset.kind);
    let starts_empty = variable.default == Value::ZERO && !variable.immutable;
    let holds = |value: Scalar| variable.value == value && starts_empty;
    let is_ledger = variable.name == COIN_VARIABLE;
    match &variable.holding {
        Holding::Nothing => !is_ledger,
        Holding::Amount(name) => {
            let fungible = matches!(kind(name), Some(AssetKind::Fungible | AssetKind::Parameter));
            (name == COIN || fungible) && holds(Scalar::U128) && !is_ledger
        }
        Holding::Unique(name) => kind(name) == Some(AssetKind::Unique) && holds(Scalar::Bool) && !is_ledger,
        Holding::Supply(name) => {
            let own = matches!(kind(name), Some(AssetKind::Fungible | AssetKind::Unique));
            own && holds(Scalar::U128) && variable.keys.is_empty() && !is_ledger
        }
        Holding::Coin => is_ledger && holds(Scalar::U128) && variable.keys == [Scalar::Address],
    }
}

/// Each own asset has one supply, and a contract takes and gives only assets it knows.
fn verify_assets(manifest: &Manifest) -> Result<(), Refusal> {
    for asset in &manifest.assets {
        let supply = Holding::Supply(asset.name.clone());
        let supplies = manifest.variables.iter().filter(|variable| variable.holding == supply).count();
        let needed = usize::from(asset.kind != AssetKind::Parameter);
        refuse(
            manifest.kind == ContainerKind::Composition || supplies == needed,
            "not one supply of an asset",
        )?;
        refuse(asset.name != COIN, "an own asset with the name of the native one")?;
    }
    let knows = |name: &str, unique: bool| {
        let asset = manifest.assets.iter().find(|asset| asset.name == name);
        (name == COIN && !unique) || asset.is_some_and(|asset| (asset.kind == AssetKind::Unique) == unique)
    };
    let foreign = |ty: &Type| {
        ty.any(&|part| match part {
            Type::Asset(name) => !knows(name, false),
            Type::Struct(it) => it.asset.as_deref().is_some_and(|name| !knows(name, true)),
            _ => false,
        })
    };
    let contract = manifest.kind == ContainerKind::Contract;
    refuse(!contract || !types(manifest).any(foreign), "an asset that the contract does not know")
}

/// Checks a computation, its type included.
pub(super) fn verify_computation(computation: &Computation) -> Result<(), Refusal> {
    let number = |ty: &Scalar| ty.is_number() || *ty == Scalar::U256;
    let integer = |ty: &Scalar| ty.is_integer() || *ty == Scalar::U256;
    let holds = match computation {
        Computation::Arithmetic(_, ty) | Computation::Less(ty) => number(ty),
        Computation::Cast(from, to) => number(from) && number(to),
        Computation::MulDiv(ty) | Computation::SquareRoot(ty) => integer(ty),
        Computation::Bits(_, ty) | Computation::Shift(_, ty) => integer(ty),
        Computation::Wrapping(operation, ty) => {
            !matches!(operation, Operation::Divide | Operation::Remainder) && integer(ty)
        }
        Computation::Blake3(_) | Computation::Sha256(_) | Computation::VerifySignature(_) => true,
        Computation::Fresh { depth, .. } => usize::from(*depth) <= RANGES_MAX,
    };
    refuse(holds, "a computation with numbers of a type that has none")?;
    hashed(computation).map_or(Ok(()), verify_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Asset;

    fn manifest(variables: Vec<Variable>, assets: &[(&str, AssetKind)]) -> Manifest {
        let asset = |(name, kind): &(&str, AssetKind)| Asset { name: (*name).to_owned(), kind: *kind };
        Manifest {
            name: "Token".to_owned(),
            kind: ContainerKind::Contract,
            version: 1,
            language: 1,
            compiler: String::new(),
            source_hash: [0; 32],
            variables,
            entries: Vec::new(),
            errors: Vec::new(),
            events: Vec::new(),
            slots: Vec::new(),
            assets: assets.iter().map(asset).collect(),
            computations: Vec::new(),
        }
    }

    fn variable(name: &str, keys: &[Scalar], value: Scalar, holding: Holding) -> Variable {
        let (name, keys) = (name.to_owned(), keys.to_vec());
        Variable { name, keys, value, default: Value::ZERO, immutable: false, holding }
    }

    #[test]
    fn an_asset_has_one_supply_and_cells_of_one_form() {
        use Scalar::{Address, Bool, U64, U128};
        let (own, unique) = (("Unit", AssetKind::Fungible), ("Deed", AssetKind::Unique));
        let amount = |value| variable("held", &[Address], value, Holding::Amount("Unit".to_owned()));
        let supply = |name| variable(name, &[], U128, Holding::Supply("Unit".to_owned()));
        let fine = |variables, assets: &[_]| verify(&manifest(variables, assets)).is_ok();
        assert!(fine(vec![amount(U128), supply("s")], &[own]));
        assert!(!fine(vec![amount(U64), supply("s")], &[own]));
        assert!(!fine(vec![amount(U128)], &[own]));
        assert!(!fine(vec![supply("s"), supply("t")], &[own]));
        assert!(!fine(vec![amount(U128), supply("s")], &[]));
        assert!(fine(vec![amount(U128)], &[("Unit", AssetKind::Parameter)]));
        assert!(!fine(vec![supply("s")], &[("Unit", AssetKind::Parameter)]));
        let deeds = |value| variable("deeds", &[U64], value, Holding::Unique("Deed".to_owned()));
        let supply = || variable("s", &[], U128, Holding::Supply("Deed".to_owned()));
        assert!(fine(vec![deeds(Bool), supply()], &[unique]));
        assert!(!fine(vec![deeds(U128), supply()], &[unique]));
    }

    #[test]
    fn the_ledger_goes_by_one_name_only() {
        use Scalar::{Address, Id, U64, U128};
        let fine = |name, keys: &[Scalar], value, holding| {
            verify(&manifest(vec![variable(name, keys, value, holding)], &[])).is_ok()
        };
        assert!(fine(COIN_VARIABLE, &[Address], U128, Holding::Coin));
        assert!(!fine(COIN_VARIABLE, &[Address], U128, Holding::Nothing));
        assert!(!fine(COIN_VARIABLE, &[Address], U128, Holding::Amount(COIN.to_owned())));
        assert!(!fine("coins", &[Address], U128, Holding::Coin));
        assert!(!fine(COIN_VARIABLE, &[Id], U128, Holding::Coin));
        assert!(!fine(COIN_VARIABLE, &[Address], U64, Holding::Coin));
        assert!(fine("pot", &[], U128, Holding::Amount(COIN.to_owned())));
    }

    #[test]
    fn types_are_bounded_before_anyone_lists_them() {
        let list = |element, max| Type::List(Box::new(element), max);
        let fine = |ty: Type| {
            let mut manifest = manifest(Vec::new(), &[]);
            manifest.computations = vec![Computation::Blake3(ty)];
            verify(&manifest).is_ok()
        };
        assert!(fine(list(Scalar::U8.into(), 8_000)));
        assert!(!fine(list(Scalar::U8.into(), u32::MAX)));
        assert!(!fine(Type::Option(Box::new(list(Scalar::U8.into(), u32::MAX)))));
        assert!(!fine(list(Type::unit(), u32::MAX)));
        assert!(!fine(Type::String(u32::MAX)));
    }
}
