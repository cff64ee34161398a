//! Places in the state: `pools[k].a`, `self.owner`, `voted`, and what must hold for them to be there.

use super::body::Body;
use crate::error;
use crate::tree::{
    Cells, Comparison, Expr, ExprKind, Fail, Place, State, StateId, StateKind, Stmt, StmtKind,
};
use mc_container::error::SystemError;
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::ast::{self, Ident};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// A place that is being named, from left to right.
#[derive(Clone)]
pub(crate) struct Cursor {
    pub(crate) name: String,
    pub(crate) kind: StateKind,
    pub(crate) declared: Span,
    pub(crate) immutable: bool,
    /// What the version before left there.
    pub(crate) old: bool,
    /// The types of all keys.
    pub(crate) key_types: Vec<Type>,
    pub(crate) keys: Vec<Expr>,
    pub(crate) cells: Cells,
    pub(crate) ty: Type,
    /// What must hold, or the call aborts.
    pub(crate) guards: Vec<(Expr, SystemError)>,
    /// The `const` field that it is, or is a part of.
    pub(crate) constant: Option<String>,
    pub(crate) span: Span,
}

impl Cursor {
    fn new(state: &State, span: Span) -> Self {
        Self {
            name: state.name.clone(),
            kind: state.kind,
            declared: state.span,
            immutable: state.immutable,
            old: false,
            key_types: state.keys.clone(),
            keys: Vec::new(),
            cells: state.cells.clone(),
            ty: state.value.clone(),
            guards: Vec::new(),
            constant: None,
            span,
        }
    }

    /// The keys that are still to come.
    pub(crate) fn missing(&self) -> usize {
        self.key_types.len().saturating_sub(self.keys.len())
    }

    pub(crate) fn place(&self) -> Place {
        Place { cells: self.cells.clone(), keys: self.keys.clone(), span: self.span }
    }

    /// What the cells hold, as something to look at.
    pub(crate) fn look(&self) -> Expr {
        Expr { kind: ExprKind::Load(self.place()), ty: self.ty.seen(), span: self.span }
    }

    /// Whether the key of a map is there.
    pub(crate) fn presence(&self) -> Option<Expr> {
        let Cells::Option(present, _) = &self.cells else { return None };
        let place = Place { cells: Cells::Scalar(*present), keys: self.keys.clone(), span: self.span };
        Some(Expr { kind: ExprKind::Load(place), ty: Type::Scalar(Scalar::Bool), span: self.span })
    }

    /// The statements that abort where the place is not there.
    pub(crate) fn check(&self, out: &mut Vec<Stmt>) {
        for (condition, error) in &self.guards {
            let kind = StmtKind::Require(condition.clone(), Fail::System(*error));
            out.push(Stmt { kind, span: self.span });
        }
    }
}

impl Body<'_> {
    /// The state that `expr` starts from, if it does.
    pub(crate) fn root<'e>(&self, expr: &'e ast::Expr) -> Option<&'e Ident> {
        use ast::ExprKind as E;
        match &expr.kind {
            E::Name(name) => {
                (self.local(&name.name).is_none() && self.state_named(&name.name).is_some()).then_some(name)
            }
            E::Field(of, name) if matches!(of.kind, E::SelfValue) => {
                self.state_named(&name.name).is_some().then_some(name)
            }
            E::Field(of, name) if self.is_old(of) => Some(name),
            E::Field(inner, _) | E::Index(inner, _) | E::Paren(inner) => self.root(inner),
            _ => None,
        }
    }

    pub(crate) fn state_named(&self, name: &str) -> Option<(StateId, &State)> {
        let unit = self.unit.filter(|_| !self.free && self.test.is_none())?;
        (0..).map(StateId).zip(&unit.states).find(|(_, state)| state.name == name)
    }

    /// The place that `expr` names, which starts from a state.
    pub(crate) fn cursor(&mut self, expr: &ast::Expr) -> Option<Cursor> {
        let cursor = self.place_named(expr)?;
        self.trail().place(expr.span, &cursor.ty, (cursor.kind, cursor.missing()));
        Some(cursor)
    }

    fn place_named(&mut self, expr: &ast::Expr) -> Option<Cursor> {
        use ast::ExprKind as E;
        match &expr.kind {
            E::Name(name) => self.state_cursor(name, expr.span),
            E::Field(of, name) if matches!(of.kind, E::SelfValue) => self.state_cursor(name, expr.span),
            E::Field(of, name) if self.is_old(of) => self.old_cursor(name, expr.span),
            E::Paren(inner) => self.cursor(inner),
            E::Index(inner, key) => {
                let cursor = self.cursor(inner)?;
                self.index(cursor, key, expr.span)
            }
            E::Field(inner, name) => {
                let cursor = self.cursor(inner)?;
                self.member(cursor, name, expr.span)
            }
            _ => None,
        }
    }

    fn state_cursor(&mut self, name: &Ident, span: Span) -> Option<Cursor> {
        if self.is_silenced(&name.name) {
            return None;
        }
        match self.state_named(&name.name) {
            Some((_, state)) => {
                self.trail().means(name.span, state.span);
                Some(Cursor::new(state, span))
            }
            None => {
                let states: Vec<String> = self.state_names();
                let unknown =
                    error::unknown("state", &name.name, name.span, states.iter().map(String::as_str));
                self.report_unknown(unknown);
                None
            }
        }
    }

    /// `old.name`: a state that this version has, too, has its type. What only the version before declares is not
    /// known here.
    fn old_cursor(&mut self, name: &Ident, span: Span) -> Option<Cursor> {
        self.olds.insert(name.name.clone());
        let known = self.state_named(&name.name).map(|(_, state)| Cursor::new(state, span));
        known.iter().for_each(|cursor| self.trail().means(name.span, cursor.declared));
        self.silent |= known.is_none();
        known.map(|cursor| Cursor { old: true, ..cursor })
    }

    pub(crate) fn state_names(&self) -> Vec<String> {
        self.unit.into_iter().flat_map(|unit| &unit.states).map(|state| state.name.clone()).collect()
    }

    fn index(&mut self, mut cursor: Cursor, key: &ast::Expr, span: Span) -> Option<Cursor> {
        cursor.span = span;
        if let Some(ty) = cursor.key_types.get(cursor.keys.len()).cloned() {
            let before = self.sink().len();
            let Some(key) = self.expect(key, &ty) else {
                self.declared_with(before, cursor.declared, &ty);
                return None;
            };
            cursor.keys.push(key);
            return Some(cursor);
        }
        let Cells::List { length, element, .. } = cursor.cells.clone() else {
            self.wrong_keys(&cursor, cursor.keys.len() + 1);
            return None;
        };
        let Type::List(ty, _) = cursor.ty.clone() else { return None };
        let index = self.expect(key, &Type::Scalar(Scalar::U32))?;
        let mut stmts = Vec::new();
        // The index is read twice: for the check, and as a key.
        let index = if is_fixed(&index) { index } else { self.keep(index, &mut stmts) };
        let length = Place { cells: Cells::Scalar(length), keys: cursor.keys.clone(), span };
        let length = Expr { kind: ExprKind::Load(length), ty: Type::Scalar(Scalar::U32), span };
        let compare = ExprKind::Compare(Comparison::Less, Box::new(index.clone()), Box::new(length));
        let inside = Expr { kind: compare, ty: Type::Scalar(Scalar::Bool), span };
        let inside = if stmts.is_empty() {
            inside
        } else {
            Expr { kind: ExprKind::Block(stmts, Box::new(inside)), ty: Type::Scalar(Scalar::Bool), span }
        };
        cursor.guards.push((inside, SystemError::IndexOutOfRange));
        cursor.keys.push(index);
        (cursor.cells, cursor.ty) = (*element, *ty);
        Some(cursor)
    }

    /// Points at the state whose key has another type, where that is the mistake.
    fn declared_with(&mut self, before: usize, declared: Span, ty: &Type) {
        if let [report] = self.sink().get_mut(before..).unwrap_or_default()
            && report.code == "E0201"
        {
            *report = report.clone().also(declared, format!("its key is `{ty}`"));
        }
    }

    /// Says how many keys a state has.
    pub(crate) fn wrong_keys(&mut self, cursor: &Cursor, given: usize) {
        let (name, count) = (&cursor.name, cursor.key_types.len());
        let what = match count {
            0 => format!("`{name}` is no map"),
            1 => format!("`{name}` needs one key"),
            _ => format!("`{name}` needs {count} keys"),
        };
        let help = if count == 0 {
            "leave the brackets out".to_owned()
        } else {
            let types: Vec<String> = cursor.key_types.iter().map(|ty| format!("`{ty}`")).collect();
            match types.as_slice() {
                [ty] => format!("write `{name}[key]` with a key of type {ty}"),
                _ => {
                    let brackets: String = (1..=types.len()).map(|number| format!("[key{number}]")).collect();
                    format!("write `{name}{brackets}` with keys of the types {}", types.join(", "))
                }
            }
        };
        self.report(
            Diagnostic::error("E0208", cursor.span, what)
                .label(match given {
                    0 => "no key given".to_owned(),
                    1 => "1 key given".to_owned(),
                    n => format!("{n} keys given"),
                })
                .also(cursor.declared, "declared here")
                .help(help),
        );
    }

    /// The place with all its keys.
    pub(crate) fn complete(&mut self, cursor: Cursor) -> Option<Cursor> {
        if cursor.missing() == 0 && !matches!(cursor.kind, StateKind::Set | StateKind::Role) {
            return Some(cursor);
        }
        if matches!(cursor.kind, StateKind::Set | StateKind::Role) {
            let name = &cursor.name;
            self.report(
                Diagnostic::error("E0208", cursor.span, format!("`{name}` is a set, not a value"))
                    .label("used as a value")
                    .also(cursor.declared, "declared here")
                    .help(format!("ask with `x in {name}`, change with `.add(x)` and `.remove(x)`")),
            );
        } else {
            self.wrong_keys(&cursor, cursor.keys.len());
        }
        None
    }

    fn member(&mut self, cursor: Cursor, name: &Ident, span: Span) -> Option<Cursor> {
        let cursor = self.complete_for_member(cursor)?;
        let mut cursor = self.unwrap_key(cursor, name)?;
        let Type::Struct(it) = cursor.ty.clone() else {
            self.no_field(&cursor.ty.seen(), name);
            return None;
        };
        let Some(at) = it.fields.iter().position(|field| field.name == name.name) else {
            self.no_field(&cursor.ty.seen(), name);
            return None;
        };
        self.trail().field(name.span, &cursor.ty, &name.name);
        let (Cells::Record(cells), Some(field)) = (&cursor.cells, it.fields.get(at)) else { return None };
        if field.constant || it.asset.is_some() {
            cursor.constant = Some(field.name.clone());
        }
        (cursor.cells, cursor.ty, cursor.span) = (cells.get(at)?.clone(), field.ty.clone(), span);
        Some(cursor)
    }

    fn complete_for_member(&mut self, cursor: Cursor) -> Option<Cursor> {
        if cursor.missing() == 0 {
            return Some(cursor);
        }
        self.wrong_keys(&cursor, cursor.keys.len());
        None
    }

    /// A field of what may be absent: the key of a map must be there; any other option must be handled.
    fn unwrap_key(&mut self, mut cursor: Cursor, name: &Ident) -> Option<Cursor> {
        let Type::Option(content) = cursor.ty.clone() else { return Some(cursor) };
        let (Cells::Option(_, cells), Some(present)) = (cursor.cells.clone(), cursor.presence()) else {
            return None;
        };
        if cursor.kind != StateKind::Partial || !cursor.guards.is_empty() {
            self.handle_none(&cursor.ty.seen(), cursor.span, Some(name));
            return None;
        }
        cursor.guards.push((present, SystemError::Missing));
        (cursor.cells, cursor.ty) = (*cells, *content);
        Some(cursor)
    }

    /// Says that an option is not its content.
    pub(crate) fn handle_none(&mut self, ty: &Type, span: Span, field: Option<&Ident>) {
        let mut report = Diagnostic::error("E0202", span, format!("this is `{ty}`, which may be `none`"))
            .label("`none` is not handled");
        report = match field {
            Some(field) => report
                .help(
                    "write `?.` for an option of the field, or bind it first: `let x = … else SomeError();`",
                )
                .edit(Span { start: span.end, end: field.span.start, ..span }, "?."),
            None => report.help("write `… ?? default`, `match`, or `let x = … else SomeError();`"),
        };
        self.report(report);
    }

    /// Keys that are read several times are evaluated once.
    pub(crate) fn pin(&mut self, mut cursor: Cursor, out: &mut Vec<Stmt>) -> Cursor {
        let mut pinned = Vec::new();
        for key in std::mem::take(&mut cursor.keys) {
            pinned.push(if is_fixed(&key) { key } else { self.keep(key, out) });
        }
        let replace = |expr: &mut Expr| {
            if let ExprKind::Load(place) = &mut expr.kind {
                place.keys = pinned.get(..place.keys.len()).unwrap_or_default().to_vec();
            }
        };
        for (condition, _) in &mut cursor.guards {
            guard_loads(condition, &replace);
        }
        cursor.keys = pinned;
        cursor
    }

    /// What the place holds, as something to look at; aborts where it is not there.
    pub(crate) fn load(&mut self, cursor: Cursor) -> Option<Expr> {
        let cursor = self.complete(cursor)?;
        if cursor.guards.is_empty() || self.purpose.is_law() {
            return Some(cursor.look());
        }
        let mut stmts = Vec::new();
        let cursor = self.pin(cursor, &mut stmts);
        cursor.check(&mut stmts);
        let look = cursor.look();
        let (ty, span) = (look.ty.clone(), look.span);
        Some(Expr { kind: ExprKind::Block(stmts, Box::new(look)), ty, span })
    }
}

/// The loads that a guard makes, which stand directly in it.
fn guard_loads(condition: &mut Expr, change: &dyn Fn(&mut Expr)) {
    match &mut condition.kind {
        ExprKind::Load(_) => change(condition),
        ExprKind::Compare(_, _, right) => change(right),
        ExprKind::Block(_, inside) => guard_loads(inside, change),
        _ => {}
    }
}

/// True for what has the same value however often it is read, and no effect.
pub(crate) fn is_fixed(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Context(_))
}
