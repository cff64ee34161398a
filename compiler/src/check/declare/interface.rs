//! Interfaces: what slots are written against, as units whose functions have no bodies.

use super::unit::{Declarer, Place};
use super::{BodySource, EMPTY, error_signature, event_signature};
use crate::check::types::Types;
use crate::error;
use crate::tree::{Asset, FunctionKind};
use mc_container::access::VariableId;
use mc_container::manifest::EntryKind;
use mc_syntax::ast::{Interface, InterfaceMember, InterfaceMemberKind, Signature};
use mc_syntax::source::Span;
use std::collections::BTreeMap;

impl<'a> Declarer<'_, 'a> {
    pub(super) fn interface(&mut self, interface: &'a Interface) {
        self.unit.name.clone_from(&interface.name.name);
        self.unit.span = interface.name.span;
        self.scope.types = Types { interface: Some(interface), ..self.scope.types };
        self.generics(&interface.generics);
        self.names_of_interface(interface);
        for member in &interface.members {
            self.promise(member);
        }
        for member in &interface.members {
            match &member.kind {
                InterfaceMemberKind::Entry(it) => self.signature(it, EntryKind::Entry, &member.doc),
                InterfaceMemberKind::View(it) => self.signature(it, EntryKind::View, &member.doc),
                _ => {}
            }
        }
    }

    /// One name space for everything an interface declares.
    fn names_of_interface(&mut self, interface: &Interface) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for name in interface.members.iter().filter_map(|member| member.kind.name()) {
            if let Some(span) = first.insert(&name.name, name.span) {
                self.diagnostics.push(error::twice(&name.name, name.span, span));
                first.insert(&name.name, span);
            }
        }
    }

    /// What is neither an entry nor a view.
    fn promise(&mut self, member: &InterfaceMember) {
        match &member.kind {
            InterfaceMemberKind::Asset(name) => {
                // No interface is deployed, so nothing looks for the supply.
                let (name, span, supply) = (name.name.clone(), name.span, VariableId::default());
                self.unit.assets.push(Asset { name, span, unique: None, supply });
            }
            InterfaceMemberKind::Error(it) => match error_signature(it, &self.scope, self.diagnostics) {
                Some(signature) => self.unit.errors.push(signature),
                None => self.scope.silence(&it.name.name),
            },
            InterfaceMemberKind::Event(it) => match event_signature(it, &self.scope, self.diagnostics) {
                Some(signature) => self.unit.events.push(signature),
                None => self.scope.silence(&it.name.name),
            },
            InterfaceMemberKind::Struct(it) if it.generics.is_empty() => self.definition(&it.name),
            _ => {}
        }
    }

    fn signature(&mut self, signature: &'a Signature, kind: EntryKind, doc: &str) {
        self.clauses(signature, Place::Interface);
        let source = BodySource {
            params: &signature.params,
            clauses: &signature.clauses,
            block: &EMPTY,
            free: None,
            initials: Vec::new(),
        };
        let header = (signature.name.name.as_str(), signature.name.span, doc);
        let kind = FunctionKind::Callable(kind);
        self.function(header, kind, (&signature.params, signature.result.as_ref()), source);
    }
}
