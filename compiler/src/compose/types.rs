//! Which file declares a type, so that the composition can import it.

use super::Request;
use crate::load::path_of;
use crate::tree::Unit;
use mc_container::ty::Type;
use mc_syntax::ast::{self, Item, ItemKind, MemberKind};

/// The structs and enums that the source of a type names.
pub(super) fn names(ty: &Type) -> Vec<&str> {
    match ty {
        Type::Struct(it) => vec![&it.name],
        Type::Enum(it) => vec![&it.name],
        Type::Tuple(parts) => parts.iter().flat_map(names).collect(),
        Type::Option(content) | Type::List(content, _) => names(content),
        _ => Vec::new(),
    }
}

/// True for what no source can write: a value that is only looked at.
pub(super) fn is_nameless(ty: &Type) -> bool {
    ty.any(&|part| matches!(part, Type::Seen(_)))
}

/// The path of the file that declares a type a contract uses; `None` where no other file can name it.
pub(super) fn declared_in<'r>(request: &Request<'r>, unit: &Unit, name: &str) -> Option<&'r str> {
    let sources = request.sources;
    let own = sources.get(unit.span.file)?;
    let file = request.files.get(usize::from(unit.span.file.0))?;
    let contract = file.items.iter().find_map(|item| match &item.kind {
        ItemKind::Contract(contract) if contract.name.span == unit.span => Some(contract),
        _ => None,
    })?;
    if contract.members.iter().any(|member| is_type_of_contract(member, name)) {
        return None;
    }
    if file.items.iter().any(|item| is_type(item, name)) {
        return Some(&own.path);
    }
    let is_named = |import: &&ast::Import| import.names.iter().any(|it| it.name.name == name);
    let path = path_of(&own.path, &file.imports.iter().find(is_named)?.from)?;
    let (id, there) = sources.iter().find(|(_, file)| file.path == path)?;
    let items = &request.files.get(usize::from(id.0))?.items;
    items.iter().any(|item| is_type(item, name)).then_some(there.path.as_str())
}

/// True for a type of this name that every file can write.
fn is_type(item: &Item, name: &str) -> bool {
    match &item.kind {
        ItemKind::Struct(it) => it.name.name == name && it.generics.is_empty(),
        ItemKind::Enum(it) => it.name.name == name,
        _ => false,
    }
}

fn is_type_of_contract(member: &ast::Member, name: &str) -> bool {
    match &member.kind {
        MemberKind::Struct(it) => it.name.name == name,
        MemberKind::Enum(it) => it.name.name == name,
        MemberKind::Asset(it) => it.name.name == name,
        _ => false,
    }
}
