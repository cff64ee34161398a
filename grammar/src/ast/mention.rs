//! Which names a piece of the tree uses, as opposed to those that it declares.

use super::{
    Arg, Block, Clause, Else, Expr, ExprKind, Fail, Field, Ident, InterfaceMemberKind, Item, ItemKind,
    Member, MemberKind, Param, Path, Pattern, PatternKind, Signature, Stmt, StmtKind, Type, TypeArg,
    TypeKind,
};

/// How a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mention {
    /// For what it means.
    Used,
    /// As what a method changes: `keeper.add(who);`.
    Changed,
}

/// Hands every name that is used to a visitor, in the order of the text.
struct Visit<'v, 't>(&'v mut dyn FnMut(&'t Ident, Mention));

impl Item {
    /// Calls `visit` on every name that this declaration uses.
    pub fn mentions<'t>(&'t self, visit: &mut dyn FnMut(&'t Ident, Mention)) {
        Visit(visit).item(&self.kind);
    }
}

impl Member {
    /// Calls `visit` on every name that this member uses.
    pub fn mentions<'t>(&'t self, visit: &mut dyn FnMut(&'t Ident, Mention)) {
        Visit(visit).member(&self.kind);
    }
}

impl<'t> Visit<'_, 't> {
    fn name(&mut self, name: &'t Ident) {
        (self.0)(name, Mention::Used);
    }

    fn item(&mut self, item: &'t ItemKind) {
        match item {
            ItemKind::Contract(it) => {
                it.implements.iter().for_each(|ty| self.ty(ty));
                it.members.iter().for_each(|member| self.member(&member.kind));
            }
            ItemKind::Interface(it) => it.members.iter().for_each(|member| match &member.kind {
                InterfaceMemberKind::Entry(it) | InterfaceMemberKind::View(it) => self.signature(it),
                InterfaceMemberKind::Error(it) => self.params(&it.params),
                InterfaceMemberKind::Event(it) => it.params.iter().for_each(|param| self.ty(&param.ty)),
                InterfaceMemberKind::Struct(it) => self.fields(&it.fields),
                InterfaceMemberKind::Asset(_) | InterfaceMemberKind::Recovered => {}
            }),
            ItemKind::Compose(it) => {
                self.signature(&it.signature);
                self.block(&it.body);
            }
            ItemKind::Struct(it) => self.fields(&it.fields),
            ItemKind::Enum(it) => it.variants.iter().for_each(|variant| self.params(&variant.params)),
            ItemKind::Const(it) => {
                self.ty(&it.ty);
                self.expr(&it.value);
            }
            ItemKind::Error(it) => self.params(&it.params),
            ItemKind::Event(it) => it.params.iter().for_each(|param| self.ty(&param.ty)),
            ItemKind::Test(it) => {
                self.params(&it.params);
                self.block(&it.body);
            }
            ItemKind::Function(it) => {
                self.signature(&it.signature);
                self.block(&it.body);
            }
            ItemKind::App(it) => self.block(&it.body),
            ItemKind::Recovered => {}
        }
    }

    fn member(&mut self, member: &'t MemberKind) {
        match member {
            MemberKind::State(it) | MemberKind::Immutable(it) => {
                self.ty(&it.ty);
                self.exprs(&it.init);
            }
            MemberKind::Asset(it) => it.unique.iter().for_each(|fields| self.fields(fields)),
            MemberKind::Role(it) => self.exprs(&it.init),
            MemberKind::Init(it) => {
                self.params(&it.params);
                self.block(&it.body);
            }
            MemberKind::Entry(it) | MemberKind::View(it) | MemberKind::Function(it) => {
                self.signature(&it.signature);
                self.block(&it.body);
            }
            MemberKind::Invariant(it) => self.expr(&it.condition),
            MemberKind::Migrate(it) => self.block(&it.body),
            MemberKind::Struct(it) => self.fields(&it.fields),
            MemberKind::Enum(it) => it.variants.iter().for_each(|variant| self.params(&variant.params)),
            MemberKind::Const(it) => {
                self.ty(&it.ty);
                self.expr(&it.value);
            }
            MemberKind::Error(it) => self.params(&it.params),
            MemberKind::Event(it) => it.params.iter().for_each(|param| self.ty(&param.ty)),
            MemberKind::Test(it) => {
                self.params(&it.params);
                self.block(&it.body);
            }
            MemberKind::Version(..) | MemberKind::Recovered => {}
        }
    }

    fn signature(&mut self, signature: &'t Signature) {
        self.params(&signature.params);
        signature.result.iter().for_each(|ty| self.ty(ty));
        for clause in &signature.clauses {
            match clause {
                Clause::By(who, _) | Clause::Via(who, _) => self.exprs(who),
                Clause::Ensures(condition, _) => self.expr(condition),
                Clause::Uses(slots, _) => slots.iter().for_each(|slot| self.ty(&slot.ty)),
                Clause::Spends(spends, _) => spends.iter().for_each(|spend| {
                    self.path(&spend.asset);
                    self.expr(&spend.bound);
                }),
            }
        }
    }

    fn params(&mut self, params: &'t [Param]) {
        for param in params {
            self.ty(&param.ty);
            self.exprs(&param.bound);
        }
    }

    fn fields(&mut self, fields: &'t [Field]) {
        fields.iter().for_each(|field| self.ty(&field.ty));
    }

    fn path(&mut self, path: &'t Path) {
        path.segments.iter().for_each(|name| self.name(name));
    }

    fn ty(&mut self, ty: &'t Type) {
        match &ty.kind {
            TypeKind::Named { path, args } => {
                self.path(path);
                self.type_args(args);
            }
            TypeKind::Option(inner) => self.ty(inner),
            TypeKind::Tuple(parts) => parts.iter().for_each(|part| self.ty(part)),
        }
    }

    fn type_args(&mut self, args: &'t [TypeArg]) {
        for arg in args {
            if let TypeArg::Type(ty) = arg {
                self.ty(ty);
            }
        }
    }

    fn block(&mut self, block: &'t Block) {
        block.stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &'t Stmt) {
        match &stmt.kind {
            StmtKind::Let { pattern, ty, value, with, otherwise, .. } => {
                self.pattern(pattern);
                ty.iter().for_each(|ty| self.ty(ty));
                self.expr(value);
                self.exprs(with);
                self.otherwise(otherwise.as_ref());
            }
            StmtKind::Assign { target, value, otherwise, .. } => {
                self.expr(target);
                self.expr(value);
                self.otherwise(otherwise.as_ref());
            }
            StmtKind::Expr { value, with, otherwise } => {
                self.effect(value);
                self.exprs(with);
                self.otherwise(otherwise.as_ref());
            }
            StmtKind::Require(condition, fail) => {
                self.expr(condition);
                self.fail(fail);
            }
            StmtKind::Abort(fail) => self.fail(fail),
            StmtKind::Emit(path, args) => {
                self.path(path);
                self.args(args);
            }
            StmtKind::Assert(value) | StmtKind::Burn(value) | StmtKind::Advance(value) => self.expr(value),
            StmtKind::Grant(role, who) => {
                self.expr(role);
                self.expr(who);
            }
            StmtKind::Return(value, otherwise) => {
                self.exprs(value);
                self.otherwise(otherwise.as_ref());
            }
            StmtKind::Step(pattern, call, otherwise) => {
                pattern.iter().for_each(|pattern| self.pattern(pattern));
                self.path(&call.path);
                self.args(&call.args);
                self.otherwise(otherwise.as_ref());
            }
            _ => self.nested(&stmt.kind),
        }
    }

    /// A statement with blocks of its own.
    fn nested(&mut self, kind: &'t StmtKind) {
        match kind {
            StmtKind::If(condition, then, otherwise) => {
                self.expr(condition);
                self.block(then);
                otherwise.iter().for_each(|block| self.block(block));
            }
            StmtKind::For { pattern, from, to, max, body } => {
                self.pattern(pattern);
                self.expr(from);
                self.exprs(to);
                self.exprs(max);
                self.block(body);
            }
            StmtKind::Match(value, arms) => {
                self.expr(value);
                for arm in arms {
                    self.pattern(&arm.pattern);
                    self.block(&arm.body);
                }
            }
            StmtKind::Par(block) | StmtKind::Expect(_, block) => self.block(block),
            StmtKind::Try(block, _, catch) => {
                self.block(block);
                self.block(catch);
            }
            StmtKind::As(who, block) => {
                self.expr(who);
                self.block(block);
            }
            StmtKind::ExpectAbort(path, block) => {
                path.iter().for_each(|path| self.path(path));
                self.block(block);
            }
            _ => {}
        }
    }

    /// A call for its effects: what its method changes is not used for what it means.
    fn effect(&mut self, value: &'t Expr) {
        if let ExprKind::Call(callee, args) = &value.kind
            && let ExprKind::Field(of, _) = &callee.kind
            && let Some(name) = member_of_self(of)
        {
            (self.0)(name, Mention::Changed);
            self.args(args);
            return;
        }
        self.expr(value);
    }

    /// What a pattern names may be a variant, and then is used.
    fn pattern(&mut self, pattern: &'t Pattern) {
        match &pattern.kind {
            PatternKind::Path(path) if path.segments.len() > 1 => self.path(path),
            PatternKind::Variant(path, parts) => {
                self.path(path);
                parts.iter().for_each(|part| self.pattern(part));
            }
            PatternKind::Tuple(parts) => parts.iter().for_each(|part| self.pattern(part)),
            PatternKind::Some(inner) => self.pattern(inner),
            _ => {}
        }
    }

    fn otherwise(&mut self, otherwise: Option<&'t Else>) {
        otherwise.into_iter().for_each(|otherwise| self.fail(&otherwise.fail));
    }

    fn fail(&mut self, fail: &'t Fail) {
        self.path(&fail.path);
        self.args(&fail.args);
    }

    fn args(&mut self, args: &'t [Arg]) {
        args.iter().for_each(|arg| self.expr(&arg.value));
    }

    fn exprs(&mut self, exprs: impl IntoIterator<Item = &'t Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::Field(of, name) => {
                if of.kind == ExprKind::SelfValue {
                    self.name(name);
                }
                self.expr(of);
            }
            ExprKind::OptionalField(inner, _)
            | ExprKind::Some(inner)
            | ExprKind::Unary(_, inner)
            | ExprKind::Cast(inner, _)
            | ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Call(callee, args) => {
                self.expr(callee);
                self.args(args);
            }
            ExprKind::Index(left, right) | ExprKind::Binary(left, _, _, right) => {
                self.exprs([left.as_ref(), right.as_ref()]);
            }
            ExprKind::Tuple(parts) | ExprKind::List(parts) => self.exprs(parts),
            ExprKind::If(condition, then, otherwise) => {
                self.exprs([condition.as_ref(), then.as_ref(), otherwise.as_ref()]);
            }
            ExprKind::Match(value, arms) => {
                self.expr(value);
                for arm in arms {
                    self.pattern(&arm.pattern);
                    self.expr(&arm.value);
                }
            }
            ExprKind::Forall(_, of, condition) | ExprKind::Exists(_, of, condition) => {
                self.exprs([of.as_ref(), condition.as_ref()]);
            }
            ExprKind::Mint(path, args) => {
                self.path(path);
                self.args(args);
            }
            ExprKind::Deploy(deployed, args) => {
                self.path(&deployed.path);
                self.type_args(&deployed.args);
                self.args(args);
            }
            ExprKind::Int(_)
            | ExprKind::Duration(..)
            | ExprKind::Hex(_)
            | ExprKind::Str(_)
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::Caller
            | ExprKind::SelfValue
            | ExprKind::Now
            | ExprKind::Via
            | ExprKind::Recovered => {}
        }
    }
}

/// `name` or `self.name`.
fn member_of_self(expr: &Expr) -> Option<&Ident> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Field(of, name) if of.kind == ExprKind::SelfValue => Some(name),
        _ => None,
    }
}
