//! The tree as nodes within nodes, for whoever asks what stands at a place.

use super::{
    App, Arg, Block, Clause, Compose, Else, Expr, ExprArm, ExprKind, Fail, Field, File, Function, Import,
    InterfaceMember, InterfaceMemberKind, Item, ItemKind, Member, MemberKind, Param, Pattern, PatternKind,
    Signature, StepCall, Stmt, StmtArm, StmtKind, Type, TypeArg, TypeKind,
};
use crate::source::Span;

/// A piece of the tree that has a place and a meaning of its own.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "each variant is named as the piece it holds")]
pub enum Node<'t> {
    Import(&'t Import),
    Item(&'t Item),
    Member(&'t Member),
    InterfaceMember(&'t InterfaceMember),
    Block(&'t Block),
    Stmt(&'t Stmt),
    StmtArm(&'t StmtArm),
    Step(&'t StepCall),
    Fail(&'t Fail),
    Expr(&'t Expr),
    ExprArm(&'t ExprArm),
    Pattern(&'t Pattern),
    Type(&'t Type),
}

type Visit<'v, 't> = &'v mut dyn FnMut(Node<'t>);

impl File {
    /// Calls `visit` on what stands at the top level.
    pub fn nodes<'t>(&'t self, visit: Visit<'_, 't>) {
        self.imports.iter().for_each(|import| visit(Node::Import(import)));
        self.items.iter().for_each(|item| visit(Node::Item(item)));
    }

    /// Calls `visit` on every node of the file, each before those within it.
    pub fn walk<'t>(&'t self, visit: Visit<'_, 't>) {
        self.nodes(&mut |node| node.walk(visit));
    }

    /// The nodes around the byte `offset`, from the widest to the narrowest; a node reaches from its first byte to
    /// the one behind its last.
    #[must_use]
    pub fn around(&self, offset: u32) -> Vec<Node<'_>> {
        let mut way: Vec<Node<'_>> = Vec::new();
        loop {
            let mut inner = None;
            let mut look = |node| {
                let span = Node::span(node);
                // The last one, so that what begins here comes before what ends here.
                if span.start <= offset && offset <= span.end {
                    inner = Some(node);
                }
            };
            match way.last() {
                None => self.nodes(&mut look),
                Some(node) => node.children(&mut look),
            }
            match inner {
                Some(node) => way.push(node),
                None => return way,
            }
        }
    }
}

impl<'t> Node<'t> {
    /// Its place.
    #[must_use]
    pub fn span(self) -> Span {
        match self {
            Self::Import(it) => it.span,
            Self::Item(it) => it.span,
            Self::Member(it) => it.span,
            Self::InterfaceMember(it) => it.span,
            Self::Block(it) => it.span,
            Self::Stmt(it) => it.span,
            Self::StmtArm(it) => it.pattern.span.to(it.body.span),
            Self::Step(it) => it.span,
            Self::Fail(it) => it.span,
            Self::Expr(it) => it.span,
            Self::ExprArm(it) => it.pattern.span.to(it.value.span),
            Self::Pattern(it) => it.span,
            Self::Type(it) => it.span,
        }
    }

    /// Calls `visit` on this node and every node within it.
    pub fn walk(self, visit: Visit<'_, 't>) {
        visit(self);
        self.children(&mut |node| node.walk(visit));
    }

    /// Calls `visit` on the nodes directly within this one, in the order of the text.
    pub fn children(self, visit: Visit<'_, 't>) {
        match self {
            Self::Import(_) => {}
            Self::Item(it) => item(it, visit),
            Self::Member(it) => member(it, visit),
            Self::InterfaceMember(it) => interface_member(it, visit),
            Self::Block(it) => it.stmts.iter().for_each(|stmt| visit(Node::Stmt(stmt))),
            Self::Stmt(it) => statement(&it.kind, visit),
            Self::StmtArm(it) => {
                visit(Node::Pattern(&it.pattern));
                visit(Node::Block(&it.body));
            }
            Self::Step(it) => args(&it.args, visit),
            Self::Fail(it) => args(&it.args, visit),
            Self::Expr(it) => expression(&it.kind, visit),
            Self::ExprArm(it) => {
                visit(Node::Pattern(&it.pattern));
                visit(Node::Expr(&it.value));
            }
            Self::Pattern(it) => match &it.kind {
                PatternKind::Variant(_, parts) | PatternKind::Tuple(parts) => {
                    parts.iter().for_each(|part| visit(Node::Pattern(part)));
                }
                PatternKind::Some(inner) => visit(Node::Pattern(inner)),
                _ => {}
            },
            Self::Type(it) => match &it.kind {
                TypeKind::Named { args, .. } => type_args(args, visit),
                TypeKind::Option(content) => visit(Node::Type(content)),
                TypeKind::Tuple(parts) => parts.iter().for_each(|part| visit(Node::Type(part))),
            },
        }
    }
}

fn item<'t>(item: &'t Item, visit: Visit<'_, 't>) {
    match &item.kind {
        ItemKind::Contract(it) => {
            it.implements.iter().for_each(|ty| visit(Node::Type(ty)));
            it.members.iter().for_each(|member| visit(Node::Member(member)));
        }
        ItemKind::Interface(it) => it.members.iter().for_each(|member| visit(Node::InterfaceMember(member))),
        ItemKind::Compose(Compose { signature: head, body }) => {
            signature(head, visit);
            visit(Node::Block(body));
        }
        ItemKind::Function(it) => function(it, visit),
        ItemKind::App(App { body, .. }) => visit(Node::Block(body)),
        ItemKind::Test(it) => {
            params(&it.params, visit);
            visit(Node::Block(&it.body));
        }
        ItemKind::Struct(it) => fields(&it.fields, visit),
        ItemKind::Enum(it) => it.variants.iter().for_each(|variant| params(&variant.params, visit)),
        ItemKind::Const(it) => {
            visit(Node::Type(&it.ty));
            visit(Node::Expr(&it.value));
        }
        ItemKind::Error(it) => params(&it.params, visit),
        ItemKind::Event(it) => it.params.iter().for_each(|param| visit(Node::Type(&param.ty))),
        ItemKind::Recovered => {}
    }
}

fn member<'t>(member: &'t Member, visit: Visit<'_, 't>) {
    match &member.kind {
        MemberKind::State(it) | MemberKind::Immutable(it) => {
            visit(Node::Type(&it.ty));
            it.init.iter().for_each(|init| visit(Node::Expr(init)));
        }
        MemberKind::Asset(it) => fields(it.unique.as_deref().unwrap_or_default(), visit),
        MemberKind::Role(it) => it.init.iter().for_each(|init| visit(Node::Expr(init))),
        MemberKind::Init(it) => {
            params(&it.params, visit);
            visit(Node::Block(&it.body));
        }
        MemberKind::Entry(it) | MemberKind::View(it) | MemberKind::Function(it) => function(it, visit),
        MemberKind::Invariant(it) => visit(Node::Expr(&it.condition)),
        MemberKind::Migrate(it) => visit(Node::Block(&it.body)),
        MemberKind::Struct(it) => fields(&it.fields, visit),
        MemberKind::Enum(it) => it.variants.iter().for_each(|variant| params(&variant.params, visit)),
        MemberKind::Const(it) => {
            visit(Node::Type(&it.ty));
            visit(Node::Expr(&it.value));
        }
        MemberKind::Error(it) => params(&it.params, visit),
        MemberKind::Event(it) => it.params.iter().for_each(|param| visit(Node::Type(&param.ty))),
        MemberKind::Test(it) => {
            params(&it.params, visit);
            visit(Node::Block(&it.body));
        }
        MemberKind::Version(..) | MemberKind::Recovered => {}
    }
}

fn interface_member<'t>(member: &'t InterfaceMember, visit: Visit<'_, 't>) {
    match &member.kind {
        InterfaceMemberKind::Entry(it) | InterfaceMemberKind::View(it) => signature(it, visit),
        InterfaceMemberKind::Error(it) => params(&it.params, visit),
        InterfaceMemberKind::Event(it) => it.params.iter().for_each(|param| visit(Node::Type(&param.ty))),
        InterfaceMemberKind::Struct(it) => fields(&it.fields, visit),
        InterfaceMemberKind::Asset(_) | InterfaceMemberKind::Recovered => {}
    }
}

fn function<'t>(function: &'t Function, visit: Visit<'_, 't>) {
    signature(&function.signature, visit);
    visit(Node::Block(&function.body));
}

fn signature<'t>(signature: &'t Signature, visit: Visit<'_, 't>) {
    params(&signature.params, visit);
    signature.result.iter().for_each(|ty| visit(Node::Type(ty)));
    for clause in &signature.clauses {
        match clause {
            Clause::By(who, _) | Clause::Via(who, _) => who.iter().for_each(|who| visit(Node::Expr(who))),
            Clause::Ensures(condition, _) => visit(Node::Expr(condition)),
            Clause::Uses(slots, _) => slots.iter().for_each(|slot| visit(Node::Type(&slot.ty))),
            Clause::Spends(spends, _) => spends.iter().for_each(|spend| visit(Node::Expr(&spend.bound))),
        }
    }
}

fn params<'t>(params: &'t [Param], visit: Visit<'_, 't>) {
    for param in params {
        visit(Node::Type(&param.ty));
        param.bound.iter().for_each(|bound| visit(Node::Expr(bound)));
    }
}

fn fields<'t>(fields: &'t [Field], visit: Visit<'_, 't>) {
    fields.iter().for_each(|field| visit(Node::Type(&field.ty)));
}

fn args<'t>(args: &'t [Arg], visit: Visit<'_, 't>) {
    args.iter().for_each(|arg| visit(Node::Expr(&arg.value)));
}

fn type_args<'t>(args: &'t [TypeArg], visit: Visit<'_, 't>) {
    for arg in args {
        if let TypeArg::Type(ty) = arg {
            visit(Node::Type(ty));
        }
    }
}

fn failure<'t>(otherwise: Option<&'t Else>, visit: Visit<'_, 't>) {
    otherwise.into_iter().for_each(|otherwise| visit(Node::Fail(&otherwise.fail)));
}

fn statement<'t>(stmt: &'t StmtKind, visit: Visit<'_, 't>) {
    match stmt {
        StmtKind::Let { pattern, ty, value, with, otherwise, .. } => {
            visit(Node::Pattern(pattern));
            ty.iter().for_each(|ty| visit(Node::Type(ty)));
            [Some(value), with.as_ref()].into_iter().flatten().for_each(|it| visit(Node::Expr(it)));
            failure(otherwise.as_ref(), visit);
        }
        StmtKind::Assign { target, value, otherwise, .. } => {
            [target, value].into_iter().for_each(|it| visit(Node::Expr(it)));
            failure(otherwise.as_ref(), visit);
        }
        StmtKind::Expr { value, with, otherwise } => {
            [Some(value), with.as_ref()].into_iter().flatten().for_each(|it| visit(Node::Expr(it)));
            failure(otherwise.as_ref(), visit);
        }
        StmtKind::Require(condition, fail) => {
            visit(Node::Expr(condition));
            visit(Node::Fail(fail));
        }
        StmtKind::Abort(fail) => visit(Node::Fail(fail)),
        StmtKind::Emit(_, given) => args(given, visit),
        StmtKind::Assert(it) | StmtKind::Burn(it) | StmtKind::Advance(it) => visit(Node::Expr(it)),
        StmtKind::Grant(role, to) => [role, to].into_iter().for_each(|it| visit(Node::Expr(it))),
        StmtKind::Return(value, otherwise) => {
            value.iter().for_each(|value| visit(Node::Expr(value)));
            failure(otherwise.as_ref(), visit);
        }
        StmtKind::Step(pattern, call, otherwise) => {
            pattern.iter().for_each(|pattern| visit(Node::Pattern(pattern)));
            visit(Node::Step(call));
            failure(otherwise.as_ref(), visit);
        }
        _ => compound(stmt, visit),
    }
}

/// Statements with blocks in them.
fn compound<'t>(stmt: &'t StmtKind, visit: Visit<'_, 't>) {
    match stmt {
        StmtKind::If(condition, then, otherwise) => {
            visit(Node::Expr(condition));
            visit(Node::Block(then));
            otherwise.iter().for_each(|block| visit(Node::Block(block)));
        }
        StmtKind::For { pattern, from, to, max, body } => {
            visit(Node::Pattern(pattern));
            let bounds = [Some(from), to.as_ref(), max.as_ref()];
            bounds.into_iter().flatten().for_each(|it| visit(Node::Expr(it)));
            visit(Node::Block(body));
        }
        StmtKind::Match(value, arms) => {
            visit(Node::Expr(value));
            arms.iter().for_each(|arm| visit(Node::StmtArm(arm)));
        }
        StmtKind::Try(body, _, catch) => [body, catch].into_iter().for_each(|it| visit(Node::Block(it))),
        StmtKind::As(who, body) => {
            visit(Node::Expr(who));
            visit(Node::Block(body));
        }
        StmtKind::Par(body) | StmtKind::ExpectAbort(_, body) | StmtKind::Expect(_, body) => {
            visit(Node::Block(body));
        }
        _ => {}
    }
}

fn expression<'t>(expr: &'t ExprKind, visit: Visit<'_, 't>) {
    match expr {
        ExprKind::Some(it)
        | ExprKind::Field(it, _)
        | ExprKind::OptionalField(it, _)
        | ExprKind::Unary(_, it)
        | ExprKind::Cast(it, _)
        | ExprKind::Paren(it) => visit(Node::Expr(it)),
        ExprKind::Call(callee, given) => {
            visit(Node::Expr(callee));
            args(given, visit);
        }
        ExprKind::Index(one, other)
        | ExprKind::Binary(one, _, _, other)
        | ExprKind::Forall(_, one, other)
        | ExprKind::Exists(_, one, other) => [one, other].into_iter().for_each(|it| visit(Node::Expr(it))),
        ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.iter().for_each(|it| visit(Node::Expr(it))),
        ExprKind::If(condition, then, otherwise) => {
            [condition, then, otherwise].into_iter().for_each(|it| visit(Node::Expr(it)));
        }
        ExprKind::Match(value, arms) => {
            visit(Node::Expr(value));
            arms.iter().for_each(|arm| visit(Node::ExprArm(arm)));
        }
        ExprKind::Mint(_, given) => args(given, visit),
        ExprKind::Deploy(deployed, given) => {
            type_args(&deployed.args, visit);
            args(given, visit);
        }
        ExprKind::Int(_)
        | ExprKind::Duration(..)
        | ExprKind::Hex(_)
        | ExprKind::Str(_)
        | ExprKind::Bool(_)
        | ExprKind::None
        | ExprKind::Name(_)
        | ExprKind::Caller
        | ExprKind::SelfValue
        | ExprKind::Now
        | ExprKind::Via
        | ExprKind::Recovered => {}
    }
}
