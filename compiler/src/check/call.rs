//! Calls, errors, events and steps: everything with arguments, by name or by position.

use super::body::Body;
use super::builtin;
use crate::error;
use crate::resolve::Names;
use crate::tree::{ErrorId, EventId, Expr, ExprKind, Fail, Function, FunctionId, FunctionKind, Step, Unit};
use mc_container::manifest::EntryKind;
use mc_container::ty::{Field, Type};
use mc_syntax::ast::{self, Arg, Ident, Path, StepCall};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// A parameter, whoever declares it.
pub(crate) struct Parameter<'p> {
    pub(crate) name: &'p str,
    pub(crate) ty: Type,
}

pub(crate) fn parameters(function: &Function) -> Vec<Parameter<'_>> {
    function
        .param_locals()
        .iter()
        .map(|local| Parameter { name: &local.name, ty: local.ty.clone() })
        .collect()
}

pub(crate) fn of_fields(fields: &[Field]) -> Vec<Parameter<'_>> {
    fields.iter().map(|field| Parameter { name: &field.name, ty: field.ty.clone() }).collect()
}

/// `name(a: u64, b: bool)`
fn signature(name: &str, params: &[Parameter<'_>]) -> String {
    let params: Vec<String> = params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
    format!("{name}({})", params.join(", "))
}

/// The argument for each parameter, in the order of the parameters.
pub(crate) fn arrange<'a>(
    callee: &str,
    args: &'a [Arg],
    params: &[Parameter<'_>],
    span: Span,
) -> Result<Vec<&'a ast::Expr>, Box<Diagnostic>> {
    let misfit = |span: Span, message: String, label: &str| {
        let misfit = Diagnostic::error("E0207", span, message).label(label);
        Box::new(misfit.help(format!("the signature is `{}`", signature(callee, params))))
    };
    let mut first: Vec<Option<Span>> = Vec::new();
    let mut slots: Vec<Option<&ast::Expr>> = params.iter().map(|_| None).collect();
    for (position, arg) in args.iter().enumerate() {
        let at = match &arg.name {
            Some(name) => params.iter().position(|param| param.name == name.name).ok_or_else(|| {
                let known = params.iter().map(|param| param.name);
                let report = misfit(
                    name.span,
                    format!("`{callee}` has no parameter `{}`", name.name),
                    "no such parameter",
                );
                match error::nearest(&name.name, known) {
                    Some(near) => Box::new(report.edit(name.span, near)),
                    None => report,
                }
            })?,
            None => position,
        };
        first.resize(params.len().max(at + 1), None);
        let earlier = first.get(at).copied().flatten();
        match slots.get_mut(at) {
            Some(slot @ None) => {
                *slot = Some(&arg.value);
                first.iter_mut().skip(at).take(1).for_each(|it| *it = Some(arg.value.span));
            }
            Some(_) => {
                let name = params.get(at).map_or("?", |param| param.name);
                let report = misfit(arg.value.span, format!("`{name}` is given twice"), "given again");
                return Err(match earlier {
                    Some(earlier) => Box::new(report.also(earlier, "first given here")),
                    None => report,
                });
            }
            None => {
                let message = format!("`{callee}` takes {}, found {}", count(params.len()), args.len());
                return Err(misfit(arg.value.span, message, "one too many"));
            }
        }
    }
    let missing: Vec<&str> =
        params.iter().zip(&slots).filter(|(_, slot)| slot.is_none()).map(|(param, _)| param.name).collect();
    if missing.is_empty() {
        return Ok(slots.into_iter().flatten().collect());
    }
    let message = format!("`{callee}` takes {}, found {}", count(params.len()), args.len());
    Err(misfit(span, message, &format!("`{}` is missing", missing.join("`, `"))))
}

/// Writes down which parameters of what is declared at `owner` arguments name.
pub(crate) fn name_parts(names: &Names, args: &[Arg], owner: Span) {
    for name in args.iter().filter_map(|arg| arg.name.as_ref()) {
        names.trail.part(name.span, owner, &name.name);
    }
}

fn count(arguments: usize) -> String {
    match arguments {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        n => format!("{n} arguments"),
    }
}

impl Body<'_> {
    pub(crate) fn arguments(
        &mut self,
        callee: &str,
        args: &[Arg],
        params: &[Parameter<'_>],
        span: Span,
    ) -> Option<Vec<Expr>> {
        match arrange(callee, args, params, span) {
            Ok(arranged) => {
                let typed: Vec<Option<Expr>> = arranged
                    .into_iter()
                    .zip(params)
                    .map(|(arg, param)| self.expect(arg, &param.ty))
                    .collect();
                typed.into_iter().collect()
            }
            Err(misfit) => {
                self.report(*misfit);
                self.overlook(args);
                None
            }
        }
    }

    /// Looks up what stands in arguments that belong to nothing, without a word about their own mistakes.
    fn overlook(&mut self, args: &[Arg]) {
        if self.trail().is_kept() {
            let said = self.sink().len();
            args.iter().for_each(|arg| drop(self.expr(&arg.value, None)));
            self.sink().truncate(said);
        }
    }

    /// Writes down which parameters of what is declared at `owner` arguments name.
    pub(crate) fn name_parts(&self, args: &[Arg], owner: Span) {
        name_parts(self.scope.types.names, args, owner);
    }

    /// Writes down which fields of a type arguments name.
    pub(crate) fn name_fields(&self, args: &[Arg], ty: &Type) {
        for name in args.iter().filter_map(|arg| arg.name.as_ref()) {
            self.trail().field(name.span, ty, &name.name);
        }
    }

    /// A call of a function of this contract, or of a free one.
    pub(crate) fn call(
        &mut self,
        callee: &ast::Expr,
        args: &[Arg],
        span: Span,
    ) -> Option<(FunctionId, Vec<Expr>)> {
        let name = match &callee.kind {
            ast::ExprKind::Name(name) => name,
            ast::ExprKind::Field(of, name) if matches!(of.kind, ast::ExprKind::SelfValue) => name,
            ast::ExprKind::Field(of, name) => {
                self.report_no_method(of, name, span);
                return None;
            }
            _ => {
                self.report(
                    Diagnostic::error("E0208", callee.span, "this cannot be called").label("no function"),
                );
                return None;
            }
        };
        if self.is_silenced(&name.name) {
            return None;
        }
        let unit = self.unit?;
        let id = self.scope.functions.get(&name.name).copied();
        let Some((id, function)) = id.and_then(|id| Some((id, unit.function(id)?))) else {
            self.report_no_function(name);
            self.overlook(args);
            return None;
        };
        self.trail().means(name.span, function.span);
        self.name_parts(args, function.span);
        if matches!(
            function.kind,
            FunctionKind::Callable(EntryKind::Init | EntryKind::Entry | EntryKind::Compose)
        ) {
            self.report(
                Diagnostic::error(
                    "E0208",
                    name.span,
                    format!("`{}` cannot be called from inside", name.name),
                )
                .label("called by transactions only")
                .also(function.span, "declared here")
                .help("move what both need into a `fn`"),
            );
            return None;
        }
        let args = self.arguments(&name.name, args, &parameters(function), span)?;
        Some((id, args))
    }

    fn report_no_method(&mut self, of: &ast::Expr, name: &Ident, span: Span) {
        let silenced = matches!(&of.kind, ast::ExprKind::Name(slot) if self.is_silenced(&slot.name));
        if silenced {
            return;
        }
        if let ast::ExprKind::Name(slot) = &of.kind
            && self.is_slot(of)
        {
            let (slot, entry) = (&slot.name, &name.name);
            self.report(
                Diagnostic::error("E0508", span, format!("`{}` must be called with `step`", name.name))
                    .label("a call into another container")
                    .help(format!(
                        "write `step {slot}.{entry}(…);`, and `step x = {slot}.{entry}(…);` for its result"
                    )),
            );
            return;
        }
        let known = builtin::METHODS;
        self.report_unknown(error::unknown("method", &name.name, name.span, known));
    }

    /// True for the name of a slot of this composition.
    pub(crate) fn is_slot(&self, of: &ast::Expr) -> bool {
        let ast::ExprKind::Name(slot) = &of.kind else { return false };
        self.local(&slot.name).is_none()
            && self.unit.is_some_and(|unit| unit.slots.iter().any(|known| known.name == slot.name))
    }

    fn report_no_function(&mut self, name: &Ident) {
        let own = self.scope.functions.keys().map(String::as_str);
        let known: Vec<&str> = own.chain(builtin::FUNCTIONS).collect();
        let called = &name.name;
        let unit = self.unit;
        let help = match () {
            () if unit.is_some_and(|it| it.events.iter().any(|event| event.name == *called)) => {
                format!("`{called}` is an event: write `emit {called}(…);`")
            }
            () if unit.is_some_and(|it| it.errors.iter().any(|error| error.name == *called)) => {
                format!(
                    "`{called}` is an error: write `abort {called}(…);`, or `require … else {called}(…);`"
                )
            }
            () if self.state_named(called).is_some() => {
                format!("`{called}` is a state: write `{called}[key]`")
            }
            () => {
                self.report_unknown(error::unknown("function", called, name.span, known));
                return;
            }
        };
        let report = Diagnostic::error("E0101", name.span, format!("no function `{called}`"));
        self.report_unknown(report.label("not a function").help(help));
    }

    pub(crate) fn call_expr(
        &mut self,
        callee: &ast::Expr,
        args: &[Arg],
        wanted: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        match &callee.kind {
            ast::ExprKind::Name(name) if !self.scope.functions.contains_key(&name.name) => {
                if let Some(composed) = self.composed(name, args, span) {
                    return composed;
                }
                if self.scope.types.is_type(&name.name) && self.local(&name.name).is_none() {
                    let ty = self.type_named(name)?;
                    return self.construct(&ty, args, span);
                }
                if let Some(value) = self.builtin(name, args, wanted, span) {
                    return value;
                }
                if let Some(value) = self.specification(name, args, wanted, span) {
                    return value;
                }
            }
            ast::ExprKind::Field(of, name) if self.is_slot(of) => {
                if let Some(asked) = self.question(of, name, args, span) {
                    return asked;
                }
            }
            ast::ExprKind::Field(of, name) => {
                if let Some(variant) = self.variant(of, name, Some(args), span) {
                    return variant;
                }
                if let Some(outer) = self.outer_expr(of, name, args, span) {
                    return outer;
                }
                if let Some(value) = self.method(of, name, args, span) {
                    return value;
                }
            }
            _ => {}
        }
        let (id, args) = self.call(callee, args, span)?;
        let function = self.unit?.function(id)?;
        let Some(ty) = function.result.clone() else {
            if !self.is_silenced(&function.name) {
                self.no_value(&function.name, span, Some(function.span));
            }
            return None;
        };
        Some(Expr { kind: ExprKind::Call(id, args), ty, span })
    }

    /// Says that a call is used as a value and gives none.
    pub(crate) fn no_value(&mut self, name: &str, span: Span, declared: Option<Span>) {
        let report =
            Diagnostic::error("E0201", span, format!("`{name}` gives no value")).label("used as a value");
        self.report(match declared {
            Some(declared) => report.also(declared, "has no `->`"),
            None => report,
        });
    }

    pub(crate) fn fail(&mut self, fail: &ast::Fail) -> Option<Fail> {
        let name = self.single(&fail.path, "error")?;
        self.scope.types.mention(name);
        let unit = self.unit?;
        let Some(at) = unit.errors.iter().position(|error| error.name == name.name) else {
            let known = unit.errors.iter().map(|error| error.name.as_str());
            self.report_unknown(error::unknown("error", &name.name, name.span, known));
            return None;
        };
        let error = unit.errors.get(at)?;
        self.name_parts(&fail.args, error.span);
        let args = self.arguments(&name.name, &fail.args, &of_fields(&error.fields), fail.span)?;
        Some(Fail::Error(ErrorId(u32::try_from(at).ok()?), args))
    }

    pub(crate) fn event(&mut self, path: &Path, args: &[Arg], span: Span) -> Option<(EventId, Vec<Expr>)> {
        let name = self.single(path, "event")?;
        self.scope.types.mention(name);
        let unit = self.unit?;
        let Some(at) = unit.events.iter().position(|event| event.name == name.name) else {
            let known = unit.events.iter().map(|event| event.name.as_str());
            self.report_unknown(error::unknown("event", &name.name, name.span, known));
            return None;
        };
        let event = unit.events.get(at)?;
        self.name_parts(args, event.span);
        let args = self.arguments(&name.name, args, &of_fields(&event.fields), span)?;
        Some((EventId(u32::try_from(at).ok()?), args))
    }

    pub(crate) fn single<'p>(&mut self, path: &'p Path, kind: &str) -> Option<&'p Ident> {
        match path.single() {
            Some(name) => (!self.is_silenced(&name.name)).then_some(name),
            None => {
                self.report(error::not_compiled(&format!("an {kind} of another contract"), path.span));
                None
            }
        }
    }

    /// `slot.entry(args)`; the result's type is the entry's.
    pub(crate) fn step(&mut self, call: &StepCall) -> Option<(Step, Option<Type>)> {
        if !self.composes() {
            self.report(
                Diagnostic::error("E0508", call.span, "`step` outside of a composition")
                    .label("micro-contracts never call each other")
                    .help("chain them in a `compose`, which passes the result of one to the next"),
            );
            return None;
        }
        let (number, entry) = self.step_target(call)?;
        let context = self.context?;
        let bound = self.unit?.slots.get(number)?;
        let contract = context.program.behind(bound)?;
        if context.scope_behind(bound.behind).is_some_and(|scope| scope.silenced.contains(&entry.name)) {
            self.silent = true;
            return None;
        }
        let (function, called) = self.entry_of(contract, &entry)?;
        if called.direct {
            self.report(
                Diagnostic::error("E0506", call.span, format!("`{}` is `@direct`", entry.name))
                    .label("cannot be a step")
                    .also(called.span, "declared here")
                    .help("only a transaction of the user's own may call it, so that no composition grants rights in the user's name"),
            );
            return None;
        }
        let rename = |asset: &str| bound.outside(contract, asset);
        let mut params = parameters(called);
        params.iter_mut().for_each(|param| param.ty = param.ty.rename_assets(&rename));
        let result = called.result.as_ref().map(|ty| ty.rename_assets(&rename));
        self.name_parts(&call.args, called.span);
        let args = self.arguments(&call.path.text(), &call.args, &params, call.span)?;
        let slot = u16::try_from(number).ok()?;
        Some((Step { slot, function, args, bind: None, otherwise: None }, result))
    }

    /// The entry or view of a contract that has this name.
    pub(crate) fn entry_of<'u>(
        &mut self,
        contract: &'u Unit,
        entry: &Ident,
    ) -> Option<(FunctionId, &'u Function)> {
        let callable = |function: &Function| {
            matches!(
                function.kind,
                FunctionKind::Callable(EntryKind::Entry | EntryKind::View | EntryKind::Compose)
            )
        };
        let found = contract.function_named(&entry.name).filter(|(_, function)| callable(function));
        if found.is_none() {
            let known = contract.functions.iter().filter(|f| callable(f)).map(|f| f.name.as_str());
            let kind = format!("entry of `{}` named", contract.name);
            let unknown = error::unknown(&kind, &entry.name, entry.span, known);
            self.report_unknown(unknown.also(contract.span, "the contract"));
        }
        found.iter().for_each(|(_, function)| self.trail().means(entry.span, function.span));
        found
    }
}
