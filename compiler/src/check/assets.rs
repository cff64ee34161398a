//! Assets: how value comes into being, moves, is measured, and goes.

use super::body::Body;
use super::call::Parameter;
use super::cells::ledger_name;
use super::cursor::Cursor;
use super::expr::{BOOL, made};
use super::value::block;
use crate::error;
use crate::tree::{COIN, Cells, Comparison, Expr, ExprKind, Fail, Place, Stmt, StmtKind, assets_within};
use mc_container::access::VariableId;
use mc_container::arithmetic::Operation;
use mc_container::error::SystemError;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Arg, Path};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

impl Body<'_> {
    /// The place of an amount that something is taken from.
    fn holding(&mut self, of: &ast::Expr, method: &str, span: Span) -> Option<(Cursor, String)> {
        if self.root(of).is_none() {
            let value = self.expr(of, None)?;
            self.report(if matches!(value.ty, Type::Seen(_)) {
                Diagnostic::error("E0306", span, "cannot take from a read-only view")
                    .label("this only looks at the state")
                    .help("take from the state itself, as in `pools[k].a.take(n)`")
            } else if value.ty.is_linear() {
                Diagnostic::error("E0208", span, format!("`.{method}` is for cells"))
                    .label("this value is in hand already")
                    .help("put it into a cell with `+=`, and take a part of that")
            } else {
                error::mismatch("an asset", &value.ty.to_string(), of.span)
            });
            return None;
        }
        let cursor = self.cursor(of)?;
        let mut cursor = self.complete(cursor)?;
        let Type::Asset(asset) = cursor.ty.clone() else {
            self.report(error::mismatch("an asset", &cursor.ty.seen().to_string(), of.span));
            return None;
        };
        cursor.span = span;
        self.check_writable(&cursor);
        Some((cursor, asset))
    }

    /// `cell.take(n)`
    pub(crate) fn take(&mut self, of: &ast::Expr, args: &[Arg], span: Span) -> Option<Expr> {
        let (cursor, asset) = self.holding(of, "take", span)?;
        let mut stmts = Vec::new();
        let cursor = self.pin(cursor, &mut stmts);
        let params = [Parameter { name: "amount", ty: Scalar::U128.into() }];
        let amount = self.arguments("take", args, &params, span)?.pop()?;
        let amount = self.keep(amount, &mut stmts);
        cursor.check(&mut stmts);
        let update = StmtKind::Update(cursor.place(), Operation::Subtract, amount.clone(), None);
        stmts.push(Stmt { kind: update, span });
        Some(block(stmts, made(ExprKind::Held(Box::new(amount)), Type::Asset(asset), span)))
    }

    /// `cell.take_all()`
    pub(crate) fn take_all(&mut self, of: &ast::Expr, args: &[Arg], span: Span) -> Option<Expr> {
        let (cursor, asset) = self.holding(of, "take_all", span)?;
        self.arguments("take_all", args, &[], span)?;
        let mut stmts = Vec::new();
        let cursor = self.pin(cursor, &mut stmts);
        cursor.check(&mut stmts);
        let amount = self.keep(amount_of(cursor.look(), span), &mut stmts);
        if let Cells::Scalar(variable) = cursor.cells {
            self.emptied.insert(variable);
        }
        stmts.push(Stmt { kind: StmtKind::Store(cursor.place(), nothing(&asset, span)), span });
        Some(block(stmts, made(ExprKind::Held(Box::new(amount)), Type::Asset(asset), span)))
    }

    /// `mint Gold(n)`, `mint Deed(fields)`
    pub(crate) fn mint(&mut self, path: &Path, args: &[Arg], span: Span) -> Option<Expr> {
        path.single().into_iter().for_each(|name| self.scope.types.mention(name));
        let (asset, unique, supply) = self.own_asset(path, "mint")?;
        let mut stmts = Vec::new();
        if let Some(ty) = unique {
            let Type::Struct(it) = &ty else { return None };
            self.name_fields(args, &ty);
            let fields = self.arguments(&it.name, args, &super::call::of_fields(&it.fields), span)?;
            let deed = self.keep(made(ExprKind::Record(fields), ty.clone(), span), &mut stmts);
            stmts.push(moves(supply, Operation::Add, one(span), span));
            return Some(block(stmts, deed));
        }
        let params = [Parameter { name: "amount", ty: Scalar::U128.into() }];
        let amount = self.arguments(&asset, args, &params, span)?.pop()?;
        let amount = self.keep(amount, &mut stmts);
        stmts.push(moves(supply, Operation::Add, amount.clone(), span));
        Some(block(stmts, made(ExprKind::Held(Box::new(amount)), Type::Asset(asset), span)))
    }

    /// `burn e;`
    pub(crate) fn burn(&mut self, value: &ast::Expr, span: Span, out: &mut Vec<Stmt>) -> Option<()> {
        let value = self.expr(value, None)?;
        let name = match &value.ty {
            Type::Asset(name) => name.clone(),
            Type::Struct(it) if it.asset.is_some() => it.name.clone(),
            Type::Seen(_) => {
                self.fit(value.clone(), &unseen(&value.ty));
                return None;
            }
            other => {
                self.report(error::mismatch("an asset", &other.to_string(), value.span));
                return None;
            }
        };
        let Some(asset) = self.unit.and_then(|unit| unit.assets.iter().find(|asset| asset.name == name))
        else {
            self.not_ours(&name, "burn", span);
            return None;
        };
        let (supply, unique) = (asset.supply, asset.unique.is_some());
        if unique {
            let kept = self.keep(value, out);
            if let ExprKind::Local(local) = kept.kind {
                out.push(Stmt { kind: StmtKind::Spent(local), span });
            }
            out.push(moves(supply, Operation::Subtract, one(span), span));
        } else {
            out.push(moves(supply, Operation::Subtract, value, span));
        }
        Some(())
    }

    /// An asset that this contract declares: its name, the type of a unique one, and its supply.
    fn own_asset(&mut self, path: &Path, what: &str) -> Option<(String, Option<Type>, VariableId)> {
        let name = path.text();
        if path.single().is_some() && self.is_silenced(&name) {
            return None;
        }
        let found = self.unit.and_then(|unit| unit.assets.iter().find(|asset| asset.name == name));
        if let Some(asset) = found.filter(|_| !self.free) {
            return Some((name, asset.unique.clone().map(Type::Struct), asset.supply));
        }
        let known = self.unit.into_iter().flat_map(|unit| &unit.assets).map(|asset| asset.name.as_str());
        if name == COIN || path.single().is_none() || self.scope.types.is_type(&name) {
            self.not_ours(&name, what, path.span);
        } else {
            let unknown = error::unknown("asset", &name, path.span, known);
            self.report_unknown(unknown);
        }
        None
    }

    fn not_ours(&mut self, asset: &str, what: &str, span: Span) {
        let by = match asset {
            COIN => "the system".to_owned(),
            _ => "the contract that declares it".to_owned(),
        };
        self.report(
            Diagnostic::error("E0305", span, format!("only {by} may {what} `{asset}`"))
                .label(format!("this contract does not declare `{asset}`"))
                .help("an asset is conserved everywhere but in the contract that declares it"),
        );
    }

    /// `empty(A)`: nothing of it, which still has to go somewhere.
    pub(crate) fn empty_asset(&mut self, args: &[Arg], span: Span) -> Option<Expr> {
        let asset = self.named_asset(args, "empty", span)?;
        let zero = made(ExprKind::Const(vec![Value::ZERO]), Scalar::U128, span);
        Some(made(ExprKind::Held(Box::new(zero)), Type::Asset(asset), span))
    }

    /// `supply(A)`
    pub(crate) fn supply(&mut self, args: &[Arg], span: Span) -> Option<Expr> {
        let [arg] = args else {
            self.report(Diagnostic::error("E0207", span, "`supply` takes an asset").label("of what?"));
            return None;
        };
        let name = asset_path(&arg.value);
        let single = name.as_ref().and_then(Path::single);
        single.into_iter().for_each(|name| self.scope.types.mention(name));
        let found = name.as_ref().and_then(|path| {
            let unit = self.unit.filter(|_| !self.free)?;
            unit.assets.iter().find(|asset| asset.name == path.text())
        });
        let Some(asset) = found else {
            self.report(
                Diagnostic::error("E0305", arg.value.span, "`supply` knows the contract's own assets")
                    .label("not declared by this contract")
                    .help("ask the contract that declares it, with a `view`"),
            );
            return None;
        };
        Some(made(ExprKind::Load(place_of(asset.supply, span)), Scalar::U128, span))
    }

    fn named_asset(&mut self, args: &[Arg], function: &str, span: Span) -> Option<String> {
        let path = match args {
            [arg] => asset_path(&arg.value),
            _ => None,
        };
        let Some(path) = path else {
            self.report(
                Diagnostic::error("E0207", span, format!("`{function}` takes the name of an asset"))
                    .label("of what?")
                    .help(format!("write `{function}(coin)`")),
            );
            return None;
        };
        let kind = ast::TypeKind::Named { path: path.clone(), args: Vec::new() };
        match self.read_type(&ast::Type { kind, span: path.span })? {
            Type::Asset(name) => Some(name),
            other => {
                self.report(error::mismatch("a fungible asset", &other.to_string(), path.span));
                None
            }
        }
    }

    /// `pay(to, coins);`
    pub(crate) fn pay(&mut self, args: &[Arg], span: Span, out: &mut Vec<Stmt>) -> Option<()> {
        let params = [
            Parameter { name: "to", ty: Scalar::Address.into() },
            Parameter { name: "amount", ty: Type::Asset(COIN.to_owned()) },
        ];
        let mut args = self.arguments("pay", args, &params, span)?.into_iter();
        let (to, amount) = (args.next()?, args.next()?);
        let Some((_, ledger)) = self.state_named(&ledger_name()) else {
            self.report(
                Diagnostic::error("E0208", span, "`pay` cannot stand here")
                    .label("only a contract pays")
                    .help("pay in an entry, or hand the `coin` to one as an argument"),
            );
            return None;
        };
        let place = Place { cells: ledger.cells.clone(), keys: vec![to], span };
        self.pays = true;
        out.push(Stmt { kind: StmtKind::Update(place, Operation::Add, amount, None), span });
        Some(())
    }

    /// `x.expect_empty();`
    pub(crate) fn expect_empty(
        &mut self,
        of: &ast::Expr,
        args: &[Arg],
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        self.arguments("expect_empty", args, &[], span)?;
        let value = self.expr(of, None)?;
        if !matches!(value.ty, Type::Asset(_)) {
            self.report(error::mismatch("an amount of an asset", &value.ty.to_string(), of.span));
            return None;
        }
        let kept = self.keep(value, out);
        out.push(is_nothing(amount_of(kept.clone(), span), span));
        if let ExprKind::Local(local) = kept.kind {
            out.push(Stmt { kind: StmtKind::Spent(local), span });
        }
        Some(())
    }

    /// What a map's value holds must be gone before the value goes: every amount was taken out before, in this
    /// body and with the same words, and execution checks it again.
    pub(crate) fn proved_empty(&mut self, cursor: &Cursor, span: Span, out: &mut Vec<Stmt>) {
        let (Type::Option(content), Cells::Option(_, cells)) = (&cursor.ty, &cursor.cells) else { return };
        if matches!(content.as_ref(), Type::Struct(it) if it.asset.is_some()) {
            self.may_drop(&cursor.name, &[], span);
            return;
        }
        let held = assets_within(content, cells);
        let left = held.iter().filter(|(.., variable)| !self.emptied.contains(variable));
        let left: Vec<String> = left.map(|(path, ..)| path.clone()).collect();
        if !left.is_empty() {
            self.may_drop(&cursor.name, &left, span);
        }
        for (_, asset, variable) in held {
            let place = Place { cells: Cells::Scalar(variable), keys: cursor.keys.clone(), span };
            let left = made(ExprKind::Load(place), Type::Seen(asset), span);
            out.push(is_nothing(amount_of(left, span), span));
        }
    }

    fn may_drop(&mut self, name: &str, paths: &[String], span: Span) {
        let (what, help) = match paths.first() {
            Some(path) => (
                format!("removing from `{name}` may drop its `{}`", paths.join("` and `")),
                format!("take it out first: `let rest = {name}[…].{path}.take_all();`"),
            ),
            None => (
                format!("removing from `{name}` drops an asset"),
                format!("bind what comes out: `let it = {name}.remove(…);`"),
            ),
        };
        self.report(Diagnostic::error("E0307", span, what).label("value would be lost").help(help));
    }

    /// What is set once is not set again.
    pub(crate) fn check_writable(&mut self, cursor: &Cursor) {
        if cursor.immutable && !self.initialises() {
            let report = Diagnostic::error("E0208", cursor.span, format!("`{}` is immutable", cursor.name))
                .label("assigned outside of `init`")
                .also(cursor.declared, "declared here")
                .help("set it in `init`, or declare it as `state`");
            self.report(report);
        }
        if cursor.old {
            let message = format!("`old.{}` is what the version before left", cursor.name);
            let report = Diagnostic::error("E0208", cursor.span, message)
                .label("only read")
                .help(format!("assign to `{}`, the state of this version", cursor.name));
            self.report(report);
        }
        if let Some(field) = &cursor.constant {
            let report = Diagnostic::error("E0208", cursor.span, format!("`{field}` is a `const` field"))
                .label("written once, when the value is made")
                .also(cursor.declared, "held by this state")
                .help("leave `const` out where the field is declared, if it changes");
            self.report(report);
        }
    }
}

/// The path that an argument names, for what takes an asset.
fn asset_path(arg: &ast::Expr) -> Option<Path> {
    match &arg.kind {
        ast::ExprKind::Name(name) => Some(Path { segments: vec![name.clone()], span: arg.span }),
        ast::ExprKind::Field(of, name) => match &of.kind {
            ast::ExprKind::Name(of) => {
                Some(Path { segments: vec![of.clone(), name.clone()], span: arg.span })
            }
            _ => None,
        },
        _ => None,
    }
}

fn unseen(ty: &Type) -> Type {
    match ty {
        Type::Seen(name) => Type::Asset(name.clone()),
        other => other.clone(),
    }
}

fn place_of(variable: VariableId, span: Span) -> Place {
    Place { cells: Cells::Scalar(variable), keys: Vec::new(), span }
}

/// The supply moves by an amount.
fn moves(supply: VariableId, operation: Operation, amount: Expr, span: Span) -> Stmt {
    Stmt { kind: StmtKind::Update(place_of(supply, span), operation, amount, None), span }
}

fn one(span: Span) -> Expr {
    made(ExprKind::Const(vec![Value::from_u64(1)]), Scalar::U128, span)
}

/// Nothing of an asset, as a value to store.
fn nothing(asset: &str, span: Span) -> Expr {
    made(ExprKind::Const(vec![Value::ZERO]), Type::Asset(asset.to_owned()), span)
}

/// How much it is.
pub(crate) fn amount_of(value: Expr, span: Span) -> Expr {
    made(ExprKind::Amount(Box::new(value)), Scalar::U128, span)
}

/// Aborts unless the amount is zero.
fn is_nothing(amount: Expr, span: Span) -> Stmt {
    let zero = Box::new(made(ExprKind::Const(vec![Value::ZERO]), Scalar::U128, span));
    let empty = made(ExprKind::Compare(Comparison::Equal, Box::new(amount), zero), BOOL, span);
    Stmt { kind: StmtKind::Require(empty, Fail::System(SystemError::NotEmpty)), span }
}
