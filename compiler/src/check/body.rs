//! One body: its locals, its blocks, and what may stand in it.

use super::clause::Asks;
use super::declare::BodySource;
use super::scope::{Context, Scope};
use super::test::TestScope;
use crate::error;
use crate::trail::Trail;
use crate::tree::{Expr, ExprKind, Function, FunctionKind, Local, LocalId, Stmt, StmtKind, Unit};
use mc_container::access::VariableId;
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::ast::Ident;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::BTreeSet;

/// Checks the body of `function`; true if it pays someone.
pub(crate) fn check(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    function: &mut Function,
    source: &BodySource<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let header = Header {
        kind: function.kind,
        direct: function.direct,
        result: function.result.as_ref(),
        name: &function.name,
    };
    let scope = source.free.as_deref().unwrap_or(scope);
    let mut body = Body::new(Some(context), Some(unit), scope, Some(header), diagnostics);
    body.free = source.free.is_some();
    for (param, local) in source.params.iter().zip(&function.locals) {
        body.bind_param(&param.name, &local.ty, param.mutable);
    }
    let mut stmts = body.before(source);
    stmts.extend(body.block(source.block));
    body.leave(0);
    let ends = super::stmt::ends(&stmts);
    // A statement with a mistake in it is missing here, and may have been the `return`.
    if function.result.is_some() && !ends && !body.has_mistakes() {
        let name = &function.name;
        let report = Diagnostic::error("E0210", function.span, format!("`{name}` may end without a result"))
            .label("not every path returns")
            .help("end every path with `return` or `abort`");
        body.report(match super::stmt::open_end(&stmts) {
            Some((span, how)) => report.also(span, how),
            None => report,
        });
    }
    let sound = !body.has_mistakes();
    let pays = body.pays;
    function.locals = body.locals;
    function.body = stmts;
    if sound {
        super::linear::check(function, diagnostics);
    }
    pays
}

/// What the signature of the body says.
#[derive(Clone, Copy)]
pub(crate) struct Header<'h> {
    pub(crate) kind: FunctionKind,
    pub(crate) direct: bool,
    pub(crate) result: Option<&'h Type>,
    pub(crate) name: &'h str,
}

/// The name of what a function gives, in its `ensures`.
pub(crate) const RESULT: &str = "result";

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// What a call, a deployment or a test runs.
    Code,
    /// The condition of an invariant.
    Invariant,
    /// The condition of an `ensures` of an entry or a `fn`.
    Ensures,
    /// The body of a migration.
    Migration,
}

impl Purpose {
    /// A condition on the state, which no call computes: what is not there reads as zero in it.
    pub(crate) fn is_law(self) -> bool {
        matches!(self, Self::Invariant | Self::Ensures)
    }
}

/// How a local came to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// By a `let` of its own.
    Let,
    /// As a parameter.
    Parameter,
    /// As the index of a loop.
    Index,
    /// As a part of a pattern.
    Part,
    /// As what the function gives, to its `ensures`.
    Result,
}

/// What has been done with a local.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    Nothing,
    Changed,
    Read,
}

struct Binding {
    name: String,
    local: LocalId,
    mutable: bool,
    broken: bool,
    bound: Bound,
    span: Span,
    used: Use,
}

/// The state of checking one body, or one constant (then without a unit).
pub(crate) struct Body<'b> {
    pub(crate) context: Option<&'b Context<'b>>,
    pub(crate) unit: Option<&'b Unit>,
    pub(crate) scope: &'b Scope<'b>,
    pub(crate) header: Option<Header<'b>>,
    pub(crate) purpose: Purpose,
    /// The body of a free function, which has no state.
    pub(crate) free: bool,
    /// The condition of an `ensures`, and what it asks.
    pub(crate) asks: Option<Asks>,
    /// The body of a test.
    pub(crate) test: Option<TestScope>,
    pub(crate) locals: Vec<Local>,
    pub(crate) loops: u32,
    /// A mistake has been met that was reported elsewhere.
    pub(crate) silent: bool,
    /// A statement could not be read: it may have been the `let` of a name that nothing else declares.
    pub(crate) lost: bool,
    /// What is looked up now has been found wrong.
    pub(crate) overlooks: bool,
    /// Somebody is paid.
    pub(crate) pays: bool,
    /// What is read of the state of the version before.
    pub(crate) olds: BTreeSet<String>,
    /// The amounts that were taken out as a whole, so that what held them may go.
    pub(crate) emptied: BTreeSet<VariableId>,
    diagnostics: &'b mut Vec<Diagnostic>,
    /// How many there were before this body.
    said_before: usize,
    /// Visible bindings, innermost last.
    bindings: Vec<Binding>,
}

impl<'b> Body<'b> {
    pub(crate) fn new(
        context: Option<&'b Context<'b>>,
        unit: Option<&'b Unit>,
        scope: &'b Scope<'b>,
        header: Option<Header<'b>>,
        diagnostics: &'b mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            context,
            unit,
            scope,
            header,
            purpose: Purpose::Code,
            free: false,
            asks: None,
            test: None,
            locals: Vec::new(),
            loops: 0,
            silent: false,
            lost: scope.lost,
            overlooks: false,
            pays: false,
            olds: BTreeSet::new(),
            emptied: BTreeSet::new(),
            said_before: diagnostics.len(),
            diagnostics,
            bindings: Vec::new(),
        }
    }

    /// True if a mistake in this body has been met, so that what it consists of may be incomplete.
    pub(crate) fn has_mistakes(&self) -> bool {
        self.silent || self.diagnostics.iter().skip(self.said_before).any(Diagnostic::is_error)
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports a name that nothing declares, unless what declares it could not be read.
    pub(crate) fn report_unknown(&mut self, unknown: Diagnostic) {
        if self.lost {
            self.silent = true;
        } else {
            self.diagnostics.push(unknown);
        }
    }

    /// Where other parts of the checker report mistakes of this body.
    pub(crate) fn sink(&mut self) -> &mut Vec<Diagnostic> {
        self.diagnostics
    }

    fn is_callable(&self, kind: EntryKind) -> bool {
        self.header.is_some_and(|header| header.kind == FunctionKind::Callable(kind))
    }

    /// True in the body of a composition.
    pub(crate) fn composes(&self) -> bool {
        self.is_callable(EntryKind::Compose)
    }

    /// True in the body of an `init`.
    pub(crate) fn initialises(&self) -> bool {
        self.is_callable(EntryKind::Init)
    }

    /// True where there is a transaction: not in a constant and not in a test.
    pub(crate) fn has_transaction(&self) -> bool {
        self.unit.is_some() && self.test.is_none()
    }

    /// True for a name whose declaration has been reported already: to use it is not another mistake.
    pub(crate) fn is_silenced(&mut self, name: &str) -> bool {
        let binding = self.bindings.iter().rev().find(|binding| binding.name == name);
        let silenced = binding.map_or(self.scope.silenced.contains(name), |binding| binding.broken);
        self.silent |= silenced;
        silenced
    }

    /// Where what is looked up is written down.
    pub(crate) fn trail(&self) -> &'b Trail {
        &self.scope.types.names.trail
    }

    /// Writes down what a name means here.
    pub(crate) fn mention(&self, name: &Ident) {
        let local = self.bindings.iter().rev().find(|binding| binding.name == name.name);
        if local.is_some_and(|local| local.bound == Bound::Result) {
            return;
        }
        let slots = self.unit.into_iter().flat_map(|unit| &unit.slots);
        let slot = || slots.filter(|slot| !slot.implied).find(|slot| slot.name == name.name);
        let declared = local.map(|binding| binding.span).or_else(|| self.instance_named(&name.name));
        match declared.or_else(|| slot().map(|slot| slot.span)) {
            Some(declared) => self.trail().means(name.span, declared),
            None => self.scope.types.mention(name),
        }
    }

    /// A local whose value has been reported.
    pub(crate) fn bind_broken(&mut self, name: &Ident) {
        let local = self.new_local("", name.span, Type::Scalar(Scalar::Bool));
        self.trail().broken(name.span);
        self.silent = true;
        let binding = Binding {
            name: name.name.clone(),
            local,
            mutable: true,
            broken: true,
            bound: Bound::Let,
            span: name.span,
            used: Use::Read,
        };
        self.bindings.push(binding);
    }

    /// What the transaction's context is reached by is no name for anything else.
    fn check_shadows(&mut self, name: &Ident) {
        let shadows = error::shadows(name);
        self.diagnostics.extend(shadows);
    }

    /// A parameter; it may have the name of a state, as in `self.owner = owner`.
    pub(crate) fn bind_param(&mut self, name: &Ident, ty: &Type, mutable: bool) {
        self.check_shadows(name);
        if let Some(first) = self.bindings.iter().find(|binding| binding.name == name.name) {
            let first = first.span;
            self.report(error::twice(&name.name, name.span, first));
        }
        let local = self.new_local(&name.name, name.span, ty.clone());
        let broken = self.scope.silenced.contains(&name.name);
        let (name, span, bound) = (name.name.clone(), name.span, Bound::Parameter);
        self.bindings.push(Binding { name, local, mutable, broken, bound, span, used: Use::Nothing });
    }

    /// What the function gives, as `result`; a parameter may have that name.
    pub(crate) fn bind_result(&mut self, ty: &Type) -> LocalId {
        let name = RESULT.to_owned();
        let (span, bound) = (Span::default(), Bound::Result);
        let local = self.temporary(ty, span);
        let (mutable, broken, used) = (false, false, Use::Nothing);
        self.bindings.insert(0, Binding { name, local, mutable, broken, bound, span, used });
        local
    }

    /// A new local under this name, visible until the block ends. A local may hide an earlier local, but not
    /// what the contract declares: a line must not change its meaning because of a `let` far above it.
    pub(crate) fn bind(&mut self, name: &Ident, ty: Type, mutable: bool) -> LocalId {
        self.check_shadows(name);
        let states = self.unit.filter(|_| !self.free).into_iter().flat_map(|unit| &unit.states);
        let declared = states.into_iter().find(|state| state.name == name.name).map(|state| state.span);
        if let Some(span) = declared {
            self.report(error::twice(&name.name, name.span, span).help(format!(
                "`{0}` is a state of this contract: rename the local, as `self.{0}` stays the state",
                name.name
            )));
        }
        let local = self.new_local(&name.name, name.span, ty);
        self.bindings.push(Binding {
            name: name.name.clone(),
            local,
            mutable,
            broken: false,
            bound: Bound::Let,
            span: name.span,
            used: Use::Nothing,
        });
        local
    }

    /// Says of the name that was bound last how it was.
    pub(crate) fn bound_as(&mut self, bound: Bound) {
        self.bindings.iter_mut().last().into_iter().for_each(|binding| binding.bound = bound);
    }

    /// How the local of this name was bound.
    pub(crate) fn how_bound(&self, name: &str) -> Option<Bound> {
        self.bindings.iter().rev().find(|binding| binding.name == name).map(|binding| binding.bound)
    }

    fn new_local(&mut self, name: &str, span: Span, ty: Type) -> LocalId {
        let local = LocalId(u32::try_from(self.locals.len()).unwrap_or(u32::MAX));
        if !name.is_empty() {
            self.trail().local(span, &ty);
        }
        self.locals.push(Local { name: name.to_owned(), span, ty });
        local
    }

    /// A new local that no name reaches.
    pub(crate) fn temporary(&mut self, ty: &Type, span: Span) -> LocalId {
        self.new_local("", span, ty.clone())
    }

    /// Keeps the value of `value` in a new local, set by a statement of `out`; gives a way to read it again.
    pub(crate) fn keep(&mut self, value: Expr, out: &mut Vec<Stmt>) -> Expr {
        let (ty, span) = (value.ty.clone(), value.span);
        let local = self.temporary(&ty, span);
        out.push(Stmt { kind: StmtKind::Set(local, value), span });
        Expr { kind: ExprKind::Local(local), ty, span }
    }

    /// The local that `name` means here, its type, and whether it may change (else where it was bound).
    pub(crate) fn local(&self, name: &str) -> Option<(LocalId, Type, Result<(), Span>)> {
        let binding = self.bindings.iter().rev().find(|binding| binding.name == name)?;
        let ty = self.locals.get(binding.local.0 as usize)?.ty.clone();
        Some((binding.local, ty, if binding.mutable { Ok(()) } else { Err(binding.span) }))
    }

    /// The same, for its value.
    pub(crate) fn read_local(&mut self, name: &str) -> Option<(LocalId, Type)> {
        let binding = self.bindings.iter_mut().rev().find(|binding| binding.name == name)?;
        binding.used = Use::Read;
        let ty = self.locals.get(binding.local.0 as usize)?.ty.clone();
        Some((binding.local, ty))
    }

    /// Notes that a local gets another value.
    pub(crate) fn change_local(&mut self, name: &str) {
        let binding = self.bindings.iter_mut().rev().find(|binding| binding.name == name);
        binding.into_iter().for_each(|binding| binding.used = binding.used.max(Use::Changed));
    }

    /// How many bindings are visible: what [`Self::leave`] takes back.
    pub(crate) fn enter(&self) -> usize {
        self.bindings.len()
    }

    pub(crate) fn leave(&mut self, bindings: usize) {
        let gone = self.bindings.split_off(bindings.min(self.bindings.len()));
        for binding in gone.iter().filter(|binding| binding.used != Use::Read && !binding.broken) {
            self.warn_unused((&binding.name, binding.span), binding.bound, binding.used);
        }
    }

    /// Every name that a value may have here.
    pub(crate) fn value_names(&self) -> Vec<String> {
        let locals = self.bindings.iter().map(|binding| binding.name.clone());
        let constants = self.scope.constants.keys().cloned();
        let states = self.unit.filter(|_| !self.free).into_iter().flat_map(|unit| &unit.states);
        locals.chain(constants).chain(states.map(|state| state.name.clone())).collect()
    }
}
