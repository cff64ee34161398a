//! What a contract stores: states, immutables, roles, and the cells that assets bring with them.

use super::constant_value;
use super::unit::Declarer;
use crate::check::cells::{Layer, ledger_name, supply_name};
use crate::check::types::StateType;
use crate::error;
use crate::tree::{Asset, COIN, Cells, State, StateId, StateKind, Variable};
use mc_container::access::VariableId;
use mc_container::manifest::Holding;
use mc_container::ty::{StructType, Type};
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, AssetDef, RoleDef, StateDef};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

impl<'a> Declarer<'_, 'a> {
    pub(super) fn state(&mut self, definition: &'a StateDef, doc: &str, immutable: bool) {
        let name = &definition.name;
        self.diagnostics.extend(error::shadows(name));
        let Some(ty) = self.reader().state(&definition.ty) else {
            self.scope.silence(&name.name);
            return;
        };
        if immutable && !ty.keys.is_empty() {
            self.diagnostics.push(
                Diagnostic::error("E0202", definition.ty.span, "an immutable holds one value")
                    .label("not a map or a set")
                    .help("declare it as `state`"),
            );
        }
        if !self.fits(&ty, definition, immutable) {
            self.scope.silence(&name.name);
            return;
        }
        let kind = ty.kind(definition.init.is_some());
        let value = if kind == StateKind::Partial { Type::Option(Box::new(ty.value)) } else { ty.value };
        let defaults = self.initial(definition, (&ty.keys, &value), immutable);
        self.lay(
            (&name.name, name.span, doc),
            (ty.keys, value, kind),
            defaults,
            (definition.init.is_some(), immutable),
        );
    }

    /// Some values have nowhere to be, or no way to be absent.
    fn fits(&mut self, ty: &StateType, definition: &StateDef, immutable: bool) -> bool {
        let span = definition.ty.span;
        let refused = match &ty.value {
            value if value.is_linear() && immutable => {
                ("an asset moves, so nothing immutable holds one", "declare it as `state`".to_owned())
            }
            Type::Struct(it) if it.asset.is_some() && ty.keys.is_empty() => {
                ("a unique asset may be absent", format!("write `{}?`", it.name))
            }
            Type::Option(_) if !ty.keys.is_empty() && definition.init.is_none() => {
                ("a map's absent keys are `none` already", "leave the `?` out".to_owned())
            }
            _ => return true,
        };
        self.diagnostics
            .push(Diagnostic::error("E0202", span, refused.0).label("cannot be stored so").help(refused.1));
        false
    }

    /// The scalars that the cells start with.
    fn initial(
        &mut self,
        definition: &'a StateDef,
        (keys, value): (&[Type], &Type),
        immutable: bool,
    ) -> Vec<Value> {
        let Some(init) = &definition.init else {
            self.needs_no_value(definition, (keys, value), immutable);
            return Vec::new();
        };
        if keys.is_empty() && !is_constant(init) {
            let state = StateId(u32::try_from(self.unit.states.len()).unwrap_or(u32::MAX));
            self.initials.push((state, init));
            return Vec::new();
        }
        constant_value(init, value, &self.scope, self.diagnostics).unwrap_or_default()
    }

    /// Collections and assets start empty, options as `none`; numbers and truths must say how.
    fn needs_no_value(&mut self, definition: &StateDef, (keys, value): (&[Type], &Type), immutable: bool) {
        let needs = |ty: &Type| match ty {
            Type::Scalar(scalar) => scalar.is_number() || *scalar == Scalar::Bool,
            Type::Enum(_) | Type::Struct(_) | Type::Tuple(_) => true,
            _ => false,
        };
        if immutable || !keys.is_empty() || !needs(value) {
            return;
        }
        let name = &definition.name.name;
        let example = match value {
            Type::Scalar(Scalar::Bool) => "false".to_owned(),
            Type::Scalar(_) => "0".to_owned(),
            Type::Enum(it) => {
                format!(
                    "{}.{}",
                    it.name,
                    it.variants.first().map_or("First", |variant| variant.name.as_str())
                )
            }
            other => format!("{other}(…)"),
        };
        let report =
            Diagnostic::error("E0202", definition.name.span, format!("`{name}` has no initial value"))
                .label(format!("`{value}` starts with a value"))
                .help(format!("write `state {name}: {value} = {example};`"));
        let end = Span { start: definition.ty.span.end, ..definition.ty.span };
        self.diagnostics.push(match value {
            Type::Scalar(_) => report.edit(end, format!(" = {example}")),
            _ => report,
        });
    }

    pub(super) fn role(&mut self, definition: &'a RoleDef, doc: &str) {
        let name = &definition.name;
        if let Some(init) = &definition.init {
            let state = StateId(u32::try_from(self.unit.states.len()).unwrap_or(u32::MAX));
            self.initials.push((state, init));
        }
        let keys = vec![Type::Scalar(Scalar::Address)];
        let ty = (keys, Type::Scalar(Scalar::Bool), StateKind::Role);
        self.lay((&name.name, name.span, doc), ty, Vec::new(), (true, false));
    }

    /// An asset, and the cell that holds how much of it there is.
    pub(super) fn asset(&mut self, definition: &AssetDef) {
        let name = &definition.name;
        let unique = match &definition.unique {
            None => None,
            Some(_) => {
                let kind = ast::TypeKind::Named {
                    path: ast::Path { segments: vec![name.clone()], span: name.span },
                    args: Vec::new(),
                };
                match self.reader().read(&ast::Type { kind, span: name.span }) {
                    Some(Type::Struct(it)) => Some(it),
                    _ => {
                        self.scope.silence(&name.name);
                        return;
                    }
                }
            }
        };
        self.carries_data(unique.as_ref(), name.span);
        let supply = VariableId(u16::try_from(self.unit.variables.len()).unwrap_or(u16::MAX));
        let ty = (Vec::new(), Type::Scalar(Scalar::U128), StateKind::Single);
        self.lay((&supply_name(&name.name), name.span, ""), ty, Vec::new(), (true, false));
        if let Some(variable) = self.unit.variables.last_mut() {
            variable.holding = Holding::Supply(name.name.clone());
        }
        self.unit.assets.push(Asset { name: name.name.clone(), span: name.span, unique, supply });
    }

    fn carries_data(&mut self, unique: Option<&StructType>, span: Span) {
        if unique.is_some_and(|it| it.fields.iter().any(|field| field.ty.is_linear() || field.ty.has_list()))
        {
            self.diagnostics.push(
                Diagnostic::error("E0202", span, "a unique asset carries plain data")
                    .label("holds an asset or a list")
                    .help("keep the other in a map, keyed by what tells the unique one apart"),
            );
        }
    }

    /// The accounts' native asset, where `pay` puts it; taken away again where nothing pays.
    pub(super) fn ledger(&mut self) {
        let keys = vec![Type::Scalar(Scalar::Address)];
        let ty = (keys, Type::Asset(COIN.to_owned()), StateKind::Total);
        self.lay((&ledger_name(), self.unit.span, ""), ty, Vec::new(), (true, false));
        if let Some(variable) = self.unit.variables.last_mut() {
            variable.holding = Holding::Coin;
        }
    }

    fn lay(
        &mut self,
        (name, span, doc): (&str, Span, &str),
        (keys, value, kind): (Vec<Type>, Type, StateKind),
        defaults: Vec<Value>,
        (initialised, immutable): (bool, bool),
    ) {
        let scalars: Vec<Scalar> = keys.iter().flat_map(Type::scalars).collect();
        let defaults = defaults.into_iter();
        let variables: &mut Vec<Variable> = &mut self.unit.variables;
        let cells: Cells =
            Layer { variables, span, defaults, initialised, immutable }.add(name, &scalars, &value);
        let shown = shown(&keys, &value, kind);
        self.unit.states.push(State {
            name: name.to_owned(),
            span,
            doc: doc.to_owned(),
            shown,
            keys,
            value,
            cells,
            kind,
            initialised,
            immutable,
        });
    }
}

/// The type of a state as people write it.
fn shown(keys: &[Type], value: &Type, kind: StateKind) -> String {
    let innermost = match (kind, value, keys.last()) {
        (StateKind::Role, ..) => return "role".to_owned(),
        (StateKind::Set, _, Some(element)) => format!("set<{element}>"),
        (StateKind::Partial, Type::Option(content), _) => content.to_string(),
        _ => value.to_string(),
    };
    let maps = if kind == StateKind::Set { keys.len().saturating_sub(1) } else { keys.len() };
    keys.iter().take(maps).rev().fold(innermost, |inner, key| format!("map<{key}, {inner}>"))
}

/// True if nothing in the expression is known to a deployment only.
fn is_constant(expr: &ast::Expr) -> bool {
    use ast::ExprKind as E;
    match &expr.kind {
        E::Caller | E::SelfValue | E::Now | E::Via => false,
        E::Paren(inner) | E::Some(inner) | E::Unary(_, inner) | E::Cast(inner, _) | E::Field(inner, _) => {
            is_constant(inner)
        }
        E::Binary(left, _, _, right) => is_constant(left) && is_constant(right),
        E::Tuple(parts) | E::List(parts) => parts.iter().all(is_constant),
        E::Call(_, args) => args.iter().all(|arg| is_constant(&arg.value)),
        _ => true,
    }
}
