//! Typed tree to IR: one flat body for each function that a transaction can call, over scalars alone.
//!
//! A composite value is lowered to its leaves ([`value`]). Whoever lowers an expression gets leaves that are
//! still to be evaluated: each exactly once, and before anything else happens. [`order`] keeps the order of
//! evaluation where several expressions meet.

mod value;
mod steady;
mod order;
mod place;
mod list;
mod call;
mod expr;
mod stmt;
mod compose;

use crate::ir::{
    self, Action, Body, Buffer, BufferId, Expr, Home, Input, Label, OriginId, Site, SiteId, Stmt, forward,
    prune,
};
use crate::tree::{Function, FunctionKind, LocalId, Program, Unit};
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use value::{Leaf, ListSpot, Spot, leaves};

/// The greatest number of operations of a body, called functions included.
const NODES_MAX: u32 = 20_000;

/// Lowers every callable function of `unit`, in order.
///
/// Functions that grow too large are reported and left out.
pub fn lower(program: &Program, unit: &Unit, diagnostics: &mut Vec<Diagnostic>) -> Vec<Body> {
    let mut bodies = Vec::new();
    for function in &unit.functions {
        if let FunctionKind::Callable(_) = function.kind {
            if let Some(report) = compose::too_many_steps(program, unit, function) {
                diagnostics.push(report);
                continue;
            }
            match Lowerer::new(program, unit, function).entry(function) {
                Ok(body) => bodies.push(body),
                Err(TooLarge) => diagnostics.push(too_large(function)),
            }
        }
    }
    bodies
}

fn too_large(function: &Function) -> Diagnostic {
    Diagnostic::error("E0603", function.span, format!("`{}` is too large", function.name))
        .label(format!("more than {NODES_MAX} operations with everything it calls"))
        .help("every call is compiled in its place: call shared functions fewer times, or split the entry")
}

struct TooLarge;

type Lowered<T> = Result<T, TooLarge>;

/// Where the locals of the function being copied stand, and where its `return` leads.
#[derive(Clone, Debug, Default)]
struct Frame {
    types: Vec<Type>,
    locals: Vec<Vec<Spot>>,
    /// For each local, whether it never changes once it has a value.
    steady: Vec<bool>,
    /// The block that holds the copy, and where its result goes; `None` in the entry itself.
    inlined: Option<(Label, Vec<Spot>)>,
    /// For each loop around, inside of this function: the labels of `break` and `continue`.
    loops: Vec<(Label, Label)>,
}

struct Lowerer<'p> {
    program: &'p Program,
    unit: &'p Unit,
    body: Body,
    nodes: u32,
    frame: Frame,
    /// For each buffer, whether its elements may change while someone looks at them.
    changing: Vec<bool>,
    /// The indexes of the source's loops around, those around the calls included.
    indexes: Vec<(LocalId, Scalar)>,
    /// The calls that lead from the entry to what is being lowered.
    calls: Vec<Span>,
    /// How many places have been met that make fresh ids.
    fresh_sites: u16,
    /// The statement that is being lowered.
    origin: OriginId,
}

impl<'p> Lowerer<'p> {
    fn new(program: &'p Program, unit: &'p Unit, function: &Function) -> Self {
        let body = Body {
            name: function.name.clone(),
            kind: function.kind,
            locals: Vec::new(),
            inputs: Vec::new(),
            buffers: Vec::new(),
            scratch_limbs: 0,
            result: function.result.clone().unwrap_or_else(Type::unit),
            sites: Vec::new(),
            origins: vec![Site { span: function.span, calls: Vec::new() }],
            loops: 0,
            labels: 0,
            steps: Vec::new(),
            par: Vec::new(),
            stmts: Vec::new(),
        };
        Self {
            program,
            unit,
            body,
            nodes: 0,
            frame: Frame::default(),
            changing: Vec::new(),
            indexes: Vec::new(),
            calls: Vec::new(),
            fresh_sites: 0,
            origin: OriginId::default(),
        }
    }

    fn entry(mut self, function: &Function) -> Lowered<Body> {
        self.frame.steady = steady::steady(function);
        self.frame.types = function.locals.iter().map(|local| local.ty.clone()).collect();
        let mut stmts = Vec::new();
        let (mut number, mut limbs) = (0, 0);
        for (local, steady) in function.param_locals().iter().zip(self.frame.steady.clone()) {
            let spots = self.inputs(&local.ty, (&mut number, &mut limbs));
            let spots = if steady { spots } else { self.own_copies(spots, &mut stmts)? };
            self.frame.locals.push(spots);
        }
        for local in function.locals.get(function.params as usize..).unwrap_or_default() {
            let spots = self.spots(&local.ty);
            self.frame.locals.push(spots);
        }
        self.stmts(&function.body, &mut stmts)?;
        self.body.stmts = stmts;
        forward::forward(&mut self.body);
        prune::prune(&mut self.body);
        Ok(self.body)
    }

    /// Where the leaves of a parameter are; `number` and `limbs` say what comes before it.
    fn inputs(&mut self, ty: &Type, (number, limbs): (&mut usize, &mut u32)) -> Vec<Spot> {
        let mut spots = Vec::new();
        for leaf in leaves(ty) {
            let scalar = if let Leaf::Scalar(scalar) = leaf { scalar } else { Scalar::U32 };
            let local = self.new_local(scalar);
            let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
            self.body.inputs.push(Input { local, number: short(*number), limbs: *limbs });
            *number += 1;
            *limbs = limbs.saturating_add(limbs_of(scalar));
            spots.push(match leaf {
                Leaf::Scalar(scalar) => Spot::Scalar(local, scalar),
                Leaf::List(element, max) => {
                    let home = Home::Argument { first: short(*number), limbs: *limbs };
                    let scalars = element.len().saturating_mul(max as usize);
                    let buffer = self.add_buffer(Buffer { element: element.clone(), max, home }, false);
                    *number = number.saturating_add(scalars);
                    let stride = self.body.buffer(buffer).map_or(0, Buffer::stride);
                    *limbs = limbs.saturating_add(stride.saturating_mul(max));
                    Spot::List(ListSpot { length: local, buffer: Some(buffer), element, max })
                }
            });
        }
        spots
    }

    /// Counts one more operation.
    fn count(&mut self) -> Lowered<()> {
        self.nodes += 1;
        if self.nodes > NODES_MAX { Err(TooLarge) } else { Ok(()) }
    }

    fn push(&mut self, does: Action, out: &mut Vec<Stmt>) -> Lowered<()> {
        self.count()?;
        out.push(self.stmt_of(does));
        Ok(())
    }

    /// A statement of what is being lowered.
    fn stmt_of(&self, does: Action) -> Stmt {
        Stmt { does, origin: self.origin }
    }

    /// A new origin at a place of the source.
    pub(super) fn origin(&mut self, span: Span) -> OriginId {
        let origin = OriginId(u32::try_from(self.body.origins.len()).unwrap_or(u32::MAX));
        self.body.origins.push(Site { span, calls: self.calls.clone() });
        origin
    }

    fn label(&mut self) -> Label {
        self.body.labels += 1;
        Label(self.body.labels - 1)
    }

    fn site(&mut self, span: Span) -> SiteId {
        let site = SiteId(u32::try_from(self.body.sites.len()).unwrap_or(u32::MAX));
        self.body.sites.push(Site { span, calls: self.calls.clone() });
        site
    }

    fn new_local(&mut self, ty: Scalar) -> LocalId {
        let local = LocalId(u32::try_from(self.body.locals.len()).unwrap_or(u32::MAX));
        self.body.locals.push(ty);
        local
    }

    /// New locals for the leaves of a value of type `ty`.
    fn spots(&mut self, ty: &Type) -> Vec<Spot> {
        leaves(ty).into_iter().map(|leaf| self.spot(leaf)).collect()
    }

    fn spot(&mut self, leaf: Leaf) -> Spot {
        match leaf {
            Leaf::Scalar(scalar) => Spot::Scalar(self.new_local(scalar), scalar),
            Leaf::List(element, max) => {
                let length = self.new_local(Scalar::U32);
                Spot::List(ListSpot { length, buffer: None, element, max })
            }
        }
    }

    /// New memory for a list; `changing` if its elements may change while someone looks at them.
    fn new_buffer(&mut self, element: &[Scalar], max: u32, changing: bool) -> BufferId {
        let home = Home::Scratch(self.body.scratch_limbs);
        let buffer = Buffer { element: element.to_vec(), max, home };
        let limbs = buffer.stride().saturating_mul(max);
        self.body.scratch_limbs = self.body.scratch_limbs.saturating_add(limbs);
        self.add_buffer(buffer, changing)
    }

    fn add_buffer(&mut self, buffer: Buffer, changing: bool) -> BufferId {
        let id = BufferId(u32::try_from(self.body.buffers.len()).unwrap_or(u32::MAX));
        self.body.buffers.push(buffer);
        self.changing.push(changing);
        id
    }

    fn is_changing(&self, buffer: BufferId) -> bool {
        self.changing.get(buffer.0 as usize).copied().unwrap_or(true)
    }

    /// A new local with the value of `expr`.
    fn temporary(&mut self, expr: Expr, out: &mut Vec<Stmt>) -> Lowered<Expr> {
        let ty = expr.ty;
        let local = self.new_local(ty);
        self.push(Action::Set(local, expr), out)?;
        Ok(Expr::local(local, ty))
    }
}

fn limbs_of(scalar: Scalar) -> u32 {
    u32::try_from(scalar.limbs()).unwrap_or(u32::MAX)
}

/// A number for an index into a list.
fn index_constant(number: usize) -> Expr {
    let value = mc_container::value::Value::from_u64(number as u64);
    Expr::constant(value, Scalar::U32)
}

/// True if `ir` is a constant, a local, or what the call knows about where it runs.
fn is_atom(expr: &Expr) -> bool {
    use ir::ExprKind as K;
    matches!(expr.kind, K::Const(_) | K::Local(_) | K::Known(_))
}
