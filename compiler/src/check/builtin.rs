//! The functions and methods of the language.

use super::body::Body;
use super::call::{Parameter, arrange};
use super::cursor::Cursor;
use super::expr::{BOOL, made};
use super::value::{block, none};
use crate::error;
use crate::tree::{
    Cells, Comparison, Expr, ExprKind, Fail, FunctionKind, LocalId, Place, StateKind, Stmt, StmtKind,
};
use mc_container::arithmetic::Operation;
use mc_container::compute::Computation;
use mc_container::error::SystemError;
use mc_container::integer::ShiftDirection;
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Arg, Ident};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// The functions of the language.
pub const FUNCTIONS: [&str; 17] = [
    "min",
    "max",
    "abs",
    "sqrt",
    "mul_div",
    "wrapping_add",
    "wrapping_sub",
    "wrapping_mul",
    "shl",
    "shr",
    "blake3",
    "sha256",
    "verify_signature",
    "fresh_id",
    "empty",
    "supply",
    "pay",
];

/// The methods of the language.
pub const METHODS: [&str; 8] =
    ["take", "take_all", "insert", "remove", "add", "push", "pop", "expect_empty"];

impl Body<'_> {
    /// A call of a function of the language as a value; `None` where there is none of this name.
    pub(crate) fn builtin(
        &mut self,
        name: &Ident,
        args: &[Arg],
        wanted: Option<&Type>,
        span: Span,
    ) -> Option<Option<Expr>> {
        let computed = match name.name.as_str() {
            "min" | "max" => return Some(self.extreme(name, args, wanted, span)),
            "abs" => return Some(self.magnitude(args, wanted, span)),
            "empty" => return Some(self.empty_asset(args, span)),
            "supply" => return Some(self.supply(args, span)),
            "fresh_id" => return Some(self.fresh(args, span)),
            "blake3" | "sha256" => return Some(self.digest(name, args, span)),
            "verify_signature" => return Some(self.signature_check(args, span)),
            "pay" => {
                self.no_value("pay", span, None);
                return Some(None);
            }
            "sqrt" => self.computed(args, (&["value"], wanted, span), Computation::SquareRoot),
            "mul_div" => self.computed(args, (&["a", "b", "c"], wanted, span), Computation::MulDiv),
            "wrapping_add" => self.wrapping(args, (wanted, span), Operation::Add),
            "wrapping_sub" => self.wrapping(args, (wanted, span), Operation::Subtract),
            "wrapping_mul" => self.wrapping(args, (wanted, span), Operation::Multiply),
            "shl" => self.shift(args, (wanted, span), ShiftDirection::Left),
            "shr" => self.shift(args, (wanted, span), ShiftDirection::Right),
            _ => return None,
        };
        Some(computed)
    }

    /// Arguments of one integer type, which one of them or the surroundings tell.
    fn integers(
        &mut self,
        args: &[Arg],
        (names, wanted, span): (&[&str], Option<&Type>, Span),
    ) -> Option<(Vec<Expr>, Scalar)> {
        let params: Vec<Parameter<'_>> =
            names.iter().map(|name| Parameter { name, ty: Type::Scalar(Scalar::U64) }).collect();
        let arranged = match arrange("this function", args, &params, span) {
            Ok(arranged) => arranged,
            Err(_) => {
                let takes = match names.len() {
                    1 => "this function takes one integer".to_owned(),
                    n => format!("this function takes {n} integers of one type"),
                };
                self.report(Diagnostic::error("E0207", span, takes).label(format!("{} given", args.len())));
                return None;
            }
        };
        let wanted = wanted.filter(|ty| ty.scalar().is_some_and(Scalar::is_integer));
        // What is no literal tells the type; the widest counts.
        let mut typed: Vec<Option<Expr>> = Vec::new();
        for arg in &arranged {
            let literal = super::expr::is_literal(arg);
            typed.push(if literal { None } else { Some(self.expr(arg, wanted)?) });
        }
        let widest = typed.iter().flatten().max_by_key(|expr| expr.ty.scalar().map_or(0, Scalar::width));
        let ty = widest.map(|expr| expr.ty.clone()).or_else(|| wanted.cloned());
        let ty = ty.unwrap_or(Type::Scalar(Scalar::U64));
        let mut values = Vec::new();
        for (arg, typed) in arranged.iter().zip(typed) {
            values.push(match typed {
                Some(typed) => self.fit(typed, &ty)?,
                None => self.expect(arg, &ty)?,
            });
        }
        match ty.scalar().filter(|ty| ty.is_integer()) {
            Some(scalar) => Some((values, scalar)),
            None => {
                self.report(error::mismatch("an integer", &ty.to_string(), span));
                None
            }
        }
    }

    fn computed(
        &mut self,
        args: &[Arg],
        shape: (&[&str], Option<&Type>, Span),
        computation: impl Fn(Scalar) -> Computation,
    ) -> Option<Expr> {
        let (args, ty) = self.integers(args, shape)?;
        Some(made(ExprKind::Compute(computation(ty), args, None), ty, shape.2))
    }

    fn wrapping(
        &mut self,
        args: &[Arg],
        (wanted, span): (Option<&Type>, Span),
        operation: Operation,
    ) -> Option<Expr> {
        self.computed(args, (&["a", "b"], wanted, span), |ty| Computation::Wrapping(operation, ty))
    }

    fn shift(
        &mut self,
        args: &[Arg],
        (wanted, span): (Option<&Type>, Span),
        direction: ShiftDirection,
    ) -> Option<Expr> {
        let (value, bits) = match args {
            [value, bits] => (value, bits),
            _ => {
                self.report(
                    Diagnostic::error("E0207", span, "a shift takes a value and a number of bits")
                        .label(format!("{} given", args.len()))
                        .help("write `shl(value, 8)`; the number of bits is a `u32`"),
                );
                return None;
            }
        };
        let (mut operands, ty) = self.integers(std::slice::from_ref(value), (&["value"], wanted, span))?;
        operands.push(self.expect(&bits.value, &Type::Scalar(Scalar::U32))?);
        Some(made(ExprKind::Compute(Computation::Shift(direction, ty), operands, None), ty, span))
    }

    /// `min(a, b)`, `max(a, b)`
    fn extreme(&mut self, name: &Ident, args: &[Arg], wanted: Option<&Type>, span: Span) -> Option<Expr> {
        let [a, b] = args else {
            self.report(
                Diagnostic::error("E0207", span, format!("`{}` takes two values", name.name))
                    .label(format!("{} given", args.len())),
            );
            return None;
        };
        let (a, b) = self.operands(&a.value, &b.value, wanted)?;
        let ty = a.ty.clone();
        let b = self.fit(b, &ty)?;
        if !ty.scalar().is_some_and(Scalar::is_number) {
            self.report(error::mismatch("a number", &ty.to_string(), a.span));
            return None;
        }
        let mut stmts = Vec::new();
        let (a, b) = (self.keep(a, &mut stmts), self.keep(b, &mut stmts));
        let comparison = if name.name == "min" { Comparison::Less } else { Comparison::Greater };
        let first = made(ExprKind::Compare(comparison, Box::new(a.clone()), Box::new(b.clone())), BOOL, span);
        Some(block(stmts, made(ExprKind::If(Box::new(first), Box::new(a), Box::new(b)), ty, span)))
    }

    fn magnitude(&mut self, args: &[Arg], wanted: Option<&Type>, span: Span) -> Option<Expr> {
        let (mut values, ty) = self.integers(args, (&["value"], wanted, span))?;
        let value = values.pop()?;
        if !ty.is_signed() {
            self.report(
                Diagnostic::error("E0209", span, format!("`{ty}` has no negative values"))
                    .label("is its own magnitude"),
            );
            return None;
        }
        let mut stmts = Vec::new();
        let value = self.keep(value, &mut stmts);
        let zero = || Box::new(made(ExprKind::Const(vec![Value::ZERO]), ty, span));
        let negative = ExprKind::Compare(Comparison::Less, Box::new(value.clone()), zero());
        let turned = ExprKind::Arithmetic(Operation::Subtract, zero(), Box::new(value.clone()), None);
        let (negative, turned) = (made(negative, BOOL, span), made(turned, ty, span));
        Some(block(
            stmts,
            made(ExprKind::If(Box::new(negative), Box::new(turned), Box::new(value)), ty, span),
        ))
    }

    fn fresh(&mut self, args: &[Arg], span: Span) -> Option<Expr> {
        self.arguments("fresh_id", args, &[], span)?;
        self.outside_of_transactions(span)?;
        if !self.has_transaction() {
            self.report(
                Diagnostic::error("E0212", span, "this is not constant").label("only a transaction has it"),
            );
            return None;
        }
        let computation = Computation::Fresh { site: 0, depth: 0 };
        Some(made(ExprKind::Compute(computation, Vec::new(), None), Scalar::Id, span))
    }

    fn digest(&mut self, name: &Ident, args: &[Arg], span: Span) -> Option<Expr> {
        let [arg] = args else {
            self.report(
                Diagnostic::error("E0207", span, format!("`{}` takes one value", name.name))
                    .label(format!("{} given", args.len()))
                    .help("put several values into a tuple: `blake3((a, b))`"),
            );
            return None;
        };
        let value = self.expr(&arg.value, None)?;
        self.plain(&value)?;
        let computation = match name.name.as_str() {
            "blake3" => Computation::Blake3(value.ty.clone()),
            _ => Computation::Sha256(value.ty.clone()),
        };
        Some(made(ExprKind::Compute(computation, vec![value], None), Scalar::Hash, span))
    }

    fn plain(&mut self, value: &Expr) -> Option<()> {
        if value.ty.is_linear() || value.ty.has_list() {
            self.report(
                Diagnostic::error("E0201", value.span, format!("`{}` cannot be hashed", value.ty))
                    .label("not plain data of a fixed size"),
            );
            return None;
        }
        Some(())
    }

    fn signature_check(&mut self, args: &[Arg], span: Span) -> Option<Expr> {
        let [key, message, signature] = args else {
            self.report(
                Diagnostic::error("E0207", span, "`verify_signature` takes a key, a message and a signature")
                    .label(format!("{} given", args.len()))
                    .help("write `verify_signature(key, message, signature)` with a `bytes<32>`, any value and a `bytes<64>`"),
            );
            return None;
        };
        let key = self.expect(&key.value, &Type::Bytes(32));
        let message = self.expr(&message.value, None)?;
        self.plain(&message)?;
        let signature = self.expect(&signature.value, &Type::Bytes(64))?;
        let computation = Computation::VerifySignature(message.ty.clone());
        Some(made(ExprKind::Compute(computation, vec![key?, message, signature], None), BOOL, span))
    }

    /// A method as a value; `None` where there is no such method.
    pub(crate) fn method(
        &mut self,
        of: &ast::Expr,
        name: &Ident,
        args: &[Arg],
        span: Span,
    ) -> Option<Option<Expr>> {
        if !METHODS.contains(&name.name.as_str()) {
            return None;
        }
        Some(match name.name.as_str() {
            "take" => self.take(of, args, span),
            "take_all" => self.take_all(of, args, span),
            "remove" => self.remove(of, args, span),
            "pop" => self.pop(of, args, span),
            other => {
                self.no_value(other, span, None);
                None
            }
        })
    }

    /// A method for its effects; `None` where there is no such method.
    pub(crate) fn method_stmt(
        &mut self,
        of: &ast::Expr,
        name: &Ident,
        args: &[Arg],
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<Option<()>> {
        Some(match name.name.as_str() {
            "insert" => self.insert(of, args, span, out),
            "remove" => self.forget(of, args, span, out),
            "add" => self.set_member(of, args, (true, span), out),
            "push" => self.push(of, args, span, out),
            "expect_empty" => self.expect_empty(of, args, span, out),
            "take" | "take_all" | "pop" => {
                // An asset must not be dropped; an element may be.
                let value = self.method(of, name, args, span)??;
                self.discard(value, out);
                Some(())
            }
            _ => return None,
        })
    }

    /// Evaluates for the effects; a linear value stays unused, which the check of assets reports.
    pub(crate) fn discard(&mut self, value: Expr, out: &mut Vec<Stmt>) {
        self.keep(value, out);
    }

    /// The map, set or role that a method is called on, with its last key.
    fn keyed(&mut self, of: &ast::Expr, key: Option<&Arg>, method: &str, span: Span) -> Option<Cursor> {
        if self.root(of).is_none() {
            let unknown = self.expr(of, None)?;
            self.report(
                Diagnostic::error("E0208", of.span, format!("`{}` has no method `{method}`", unknown.ty))
                    .label("not a map or a set of the state"),
            );
            return None;
        }
        let mut cursor = self.cursor(of)?;
        if cursor.missing() != 1 {
            let what = if cursor.missing() == 0 {
                format!("`.{method}` is for a map or a set, and this is a `{}`", cursor.ty.seen())
            } else {
                format!("`{}` needs {} keys before `.{method}`", cursor.name, cursor.missing() - 1)
            };
            self.report(
                Diagnostic::error("E0208", span, what)
                    .label("cannot be done here")
                    .also(cursor.declared, "declared here"),
            );
            return None;
        }
        let Some(key) = key else {
            self.report(
                Diagnostic::error("E0207", span, format!("`.{method}` takes a key")).label("no key given"),
            );
            return None;
        };
        let ty = cursor.key_types.last()?.clone();
        cursor.keys.push(self.expect(&key.value, &ty)?);
        cursor.span = span;
        self.check_writable(&cursor);
        Some(cursor)
    }

    fn count_args(&mut self, args: &[Arg], count: usize, method: &str, span: Span) -> Option<()> {
        if args.len() == count {
            return Some(());
        }
        self.report(
            Diagnostic::error(
                "E0207",
                span,
                format!("`.{method}` takes {count} arguments, found {}", args.len()),
            )
            .label("wrong number of arguments"),
        );
        None
    }

    /// `map.insert(key, value)` and `option.insert(value)`
    fn insert(&mut self, of: &ast::Expr, args: &[Arg], span: Span, out: &mut Vec<Stmt>) -> Option<()> {
        if let [value] = args {
            let cursor = self.optional(of, (args, 2), "insert", span)?;
            return self.put_in(cursor, &value.value, span, out);
        }
        self.count_args(args, 2, "insert", span)?;
        let cursor = self.keyed(of, args.first(), "insert", span)?;
        let (StateKind::Partial, Type::Option(_)) = (cursor.kind, &cursor.ty) else {
            let help = match cursor.kind {
                StateKind::Set | StateKind::Role => "write `.add(x)`",
                _ => "assign: `m[key] = value;`",
            };
            self.report(
                Diagnostic::error("E0208", span, format!("`{}` has no absent keys", cursor.name))
                    .label("`insert` puts a value where there is none")
                    .also(cursor.declared, "declared here")
                    .help(help),
            );
            return None;
        };
        self.put_in(cursor, &args.get(1)?.value, span, out)
    }

    /// Puts a value where there is none.
    fn put_in(&mut self, cursor: Cursor, value: &ast::Expr, span: Span, out: &mut Vec<Stmt>) -> Option<()> {
        let Type::Option(content) = cursor.ty.clone() else { return None };
        let cursor = self.pin(cursor, out);
        let value = self.expect(value, &content)?;
        let value = self.keep(value, out);
        cursor.check(out);
        let absent = made(ExprKind::Not(Box::new(cursor.presence()?)), BOOL, span);
        out.push(Stmt { kind: StmtKind::Require(absent, Fail::System(SystemError::Exists)), span });
        let there = made(ExprKind::Variant(1, vec![value]), cursor.ty.clone(), span);
        out.push(Stmt { kind: StmtKind::Store(cursor.place(), there), span });
        Some(())
    }

    /// The place of an option that a method is called on without a key.
    fn optional(
        &mut self,
        of: &ast::Expr,
        (args, with_key): (&[Arg], usize),
        method: &str,
        span: Span,
    ) -> Option<Cursor> {
        if self.root(of).is_some() {
            let cursor = self.cursor(of)?;
            if cursor.missing() == 0 && matches!(cursor.ty, Type::Option(_)) {
                self.check_writable(&cursor);
                return Some(Cursor { span, ..cursor });
            }
        }
        self.count_args(args, with_key, method, span)?;
        None
    }

    /// `map.remove(key);`, `option.remove();` and `set.remove(x);`: what is not there stays so.
    fn forget(&mut self, of: &ast::Expr, args: &[Arg], span: Span, out: &mut Vec<Stmt>) -> Option<()> {
        if args.is_empty() {
            let cursor = self.optional(of, (args, 1), "remove", span)?;
            return self.put_out(cursor, span, out);
        }
        self.count_args(args, 1, "remove", span)?;
        if self.root(of).is_some() && self.cursor_kind(of).is_some_and(|kind| kind != StateKind::Partial) {
            return self.set_member(of, args, (false, span), out);
        }
        let cursor = self.keyed(of, args.first(), "remove", span)?;
        self.put_out(cursor, span, out)
    }

    fn put_out(&mut self, cursor: Cursor, span: Span, out: &mut Vec<Stmt>) -> Option<()> {
        let cursor = self.pin(cursor, out);
        cursor.check(out);
        self.proved_empty(&cursor, span, out);
        out.push(Stmt { kind: StmtKind::Store(cursor.place(), none(&cursor.ty, span)), span });
        Some(())
    }

    fn cursor_kind(&self, of: &ast::Expr) -> Option<StateKind> {
        let name = self.root(of)?;
        self.state_named(&name.name).map(|(_, state)| state.kind)
    }

    /// `let v = map.remove(key);` and `let v = option.remove();`: what is not there aborts.
    fn remove(&mut self, of: &ast::Expr, args: &[Arg], span: Span) -> Option<Expr> {
        let cursor = if args.is_empty() {
            self.optional(of, (args, 1), "remove", span)?
        } else {
            self.count_args(args, 1, "remove", span)?;
            self.keyed(of, args.first(), "remove", span)?
        };
        let Type::Option(content) = cursor.ty.clone() else {
            self.no_value("remove", span, None);
            return None;
        };
        let mut stmts = Vec::new();
        let cursor = self.pin(cursor, &mut stmts);
        cursor.check(&mut stmts);
        let there = made(ExprKind::Load(cursor.place()), cursor.ty.clone(), span);
        let taken = self.keep(there, &mut stmts);
        let present = made(ExprKind::Tag(Box::new(taken.clone())), BOOL, span);
        stmts.push(Stmt { kind: StmtKind::Store(cursor.place(), none(&cursor.ty, span)), span });
        stmts.push(Stmt { kind: StmtKind::Require(present, Fail::System(SystemError::Missing)), span });
        Some(block(stmts, made(ExprKind::Payload(Box::new(taken), 1, 0), *content, span)))
    }

    /// `set.add(x);`, `set.remove(x);`, and the same for a role.
    fn set_member(
        &mut self,
        of: &ast::Expr,
        args: &[Arg],
        (member, span): (bool, Span),
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let method = if member { "add" } else { "remove" };
        self.count_args(args, 1, method, span)?;
        let cursor = self.keyed(of, args.first(), method, span)?;
        if !matches!(cursor.kind, StateKind::Set | StateKind::Role) {
            self.report(
                Diagnostic::error("E0208", span, format!("`{}` is no set", cursor.name))
                    .label(format!("`.{method}` is for sets and roles"))
                    .also(cursor.declared, "declared here"),
            );
            return None;
        }
        if cursor.kind == StateKind::Role {
            self.changes_a_role(&cursor.name, cursor.declared, span);
        }
        let value = made(ExprKind::Const(vec![Value::from_u64(u64::from(member))]), BOOL, span);
        out.push(Stmt { kind: StmtKind::Store(cursor.place(), value), span });
        Some(())
    }

    /// Rights change only where the user's own transaction asks for it.
    fn changes_a_role(&mut self, name: &str, declared: Span, span: Span) {
        let Some(header) = self.header else { return };
        let allowed = match header.kind {
            FunctionKind::Callable(EntryKind::Init) | FunctionKind::Internal => true,
            FunctionKind::Callable(_) => header.direct,
        };
        if !allowed {
            self.report(
                Diagnostic::error("E0703", span, format!("`{}` changes the role `{name}` and may be a step", header.name))
                    .label("grants or takes rights")
                    .also(declared, "the role")
                    .help("write `@direct` before the entry: a composition must not change rights in the name of its caller"),
            );
        }
    }

    /// `list.push(x);`
    fn push(&mut self, of: &ast::Expr, args: &[Arg], span: Span, out: &mut Vec<Stmt>) -> Option<()> {
        self.count_args(args, 1, "push", span)?;
        let value = &args.first()?.value;
        if self.root(of).is_none() {
            let (local, element) = self.local_list(of)?;
            let value = self.expect(value, &element)?;
            out.push(Stmt { kind: StmtKind::Push(local, value), span });
            return Some(());
        }
        let (cursor, length, element, max) = self.state_list(of, span, out)?;
        let value = self.expect(value, &element.1)?;
        let value = self.keep(value, out);
        let count = self.keep(length_of(&cursor, length, span), out);
        let limit = Box::new(made(ExprKind::Const(vec![Value::from_u64(u64::from(max))]), Scalar::U32, span));
        let room = made(ExprKind::Compare(Comparison::Less, Box::new(count.clone()), limit), BOOL, span);
        out.push(Stmt { kind: StmtKind::Require(room, Fail::System(SystemError::ListFull)), span });
        let mut keys = cursor.keys.clone();
        keys.push(count.clone());
        out.push(Stmt { kind: StmtKind::Store(Place { cells: element.0, keys, span }, value), span });
        self.set_length(&cursor, length, (count, Operation::Add), out);
        Some(())
    }

    /// `list.pop()`: the last element, which is gone then.
    fn pop(&mut self, of: &ast::Expr, args: &[Arg], span: Span) -> Option<Expr> {
        self.count_args(args, 0, "pop", span)?;
        if self.root(of).is_none() {
            return self.pop_local(of, span);
        }
        let mut stmts = Vec::new();
        let (cursor, length, (cells, ty), _) = self.state_list(of, span, &mut stmts)?;
        let count = self.keep(length_of(&cursor, length, span), &mut stmts);
        let zero = Box::new(made(ExprKind::Const(vec![Value::ZERO]), Scalar::U32, span));
        let some = made(ExprKind::Compare(Comparison::Greater, Box::new(count.clone()), zero), BOOL, span);
        stmts.push(Stmt { kind: StmtKind::Require(some, Fail::System(SystemError::IndexOutOfRange)), span });
        self.set_length(&cursor, length, (count.clone(), Operation::Subtract), &mut stmts);
        let one = Box::new(made(ExprKind::Const(vec![Value::from_u64(1)]), Scalar::U32, span));
        let last = ExprKind::Arithmetic(Operation::Subtract, Box::new(count), one, None);
        let last = self.keep(made(last, Scalar::U32, span), &mut stmts);
        let mut keys = cursor.keys.clone();
        keys.push(last);
        let place = Place { cells, keys, span };
        let element = self.keep(made(ExprKind::Load(place.clone()), ty.clone(), span), &mut stmts);
        stmts.push(Stmt { kind: StmtKind::Store(place, none(&ty, span)), span });
        Some(block(stmts, element))
    }

    fn pop_local(&mut self, of: &ast::Expr, span: Span) -> Option<Expr> {
        let (list, element) = self.local_list(of)?;
        if let ast::ExprKind::Name(name) = &of.kind {
            self.read_local(&name.name);
        }
        let list_ty = self.locals.get(list.0 as usize)?.ty.clone();
        let (mut stmts, of) = (Vec::new(), Box::new(made(ExprKind::Local(list), list_ty, span)));
        let count = made(ExprKind::Length(of.clone()), Scalar::U32, span);
        let number = |n: u64| Box::new(made(ExprKind::Const(vec![Value::from_u64(n)]), Scalar::U32, span));
        let some = ExprKind::Compare(Comparison::Greater, Box::new(count.clone()), number(0));
        let last = ExprKind::Arithmetic(Operation::Subtract, Box::new(count), number(1), None);
        let last = Box::new(made(last, Scalar::U32, span));
        // An empty list has no first element either: that is what fails.
        let last = ExprKind::If(Box::new(made(some, BOOL, span)), last, number(0));
        let last = self.keep(made(last, Scalar::U32, span), &mut stmts);
        let value = ExprKind::Element(of, Box::new(last), None);
        let value = self.keep(made(value, element, span), &mut stmts);
        stmts.push(Stmt { kind: StmtKind::Shorten(list), span });
        Some(block(stmts, value))
    }

    fn set_length(
        &mut self,
        cursor: &Cursor,
        length: mc_container::access::VariableId,
        (count, operation): (Expr, Operation),
        out: &mut Vec<Stmt>,
    ) {
        let span = cursor.span;
        let one = Box::new(made(ExprKind::Const(vec![Value::from_u64(1)]), Scalar::U32, span));
        let next = made(ExprKind::Arithmetic(operation, Box::new(count), one, None), Scalar::U32, span);
        let place = Place { cells: Cells::Scalar(length), keys: cursor.keys.clone(), span };
        out.push(Stmt { kind: StmtKind::Store(place, next), span });
    }

    /// A list in the state: where it is, its length, its elements and its greatest length.
    #[allow(clippy::type_complexity, reason = "four parts that are taken apart at once")]
    fn state_list(
        &mut self,
        of: &ast::Expr,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Option<(Cursor, mc_container::access::VariableId, (Cells, Type), u32)> {
        let cursor = self.cursor(of)?;
        let cursor = self.complete(cursor)?;
        let (Cells::List { length, element, max }, Type::List(ty, _)) =
            (cursor.cells.clone(), cursor.ty.clone())
        else {
            self.not_a_list(&cursor.ty.seen(), of.span);
            return None;
        };
        self.check_writable(&cursor);
        let mut cursor = self.pin(cursor, out);
        cursor.check(out);
        cursor.span = span;
        Some((cursor, length, (*element, *ty), max))
    }

    fn local_list(&mut self, of: &ast::Expr) -> Option<(LocalId, Type)> {
        if let ast::ExprKind::Name(name) = &of.kind
            && let Some((local, ty, mutable)) = self.local(&name.name)
        {
            let Type::List(element, _) = ty else {
                self.not_a_list(&ty, of.span);
                return None;
            };
            self.check_mutable(name, mutable);
            return Some((local, *element));
        }
        let value = self.expr(of, None)?;
        self.not_a_list(&value.ty, of.span);
        None
    }

    fn not_a_list(&mut self, ty: &Type, span: Span) {
        self.report(error::mismatch("a list", &ty.to_string(), span));
    }
}

fn length_of(cursor: &Cursor, length: mc_container::access::VariableId, span: Span) -> Expr {
    let place = Place { cells: Cells::Scalar(length), keys: cursor.keys.clone(), span };
    made(ExprKind::Load(place), Scalar::U32, span)
}
