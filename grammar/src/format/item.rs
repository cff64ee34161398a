//! Files, declarations and members.

use super::doc::{Doc, concat, fill, group, layout, nest, nothing};
use super::lists::Style;
use super::printer::Printer;
use crate::ast::{
    AssetDef, Attribute, Block, Clause, ConstDef, Contract, EventParam, Expr, Field, File, Import,
    ImportName, Init, Interface, InterfaceMember, InterfaceMemberKind, Item, ItemKind, Member, MemberKind,
    Param, RoleDef, Signature, Slot, Spend, StateDef, StructDef, TestDef, Variant,
};

impl<'a> Printer<'a> {
    /// The whole file, unless the tree and the words differ.
    pub(super) fn file(mut self, file: &File) -> Option<String> {
        let mut docs = Vec::new();
        for import in &file.imports {
            docs.extend([Doc::Hard, self.comments_of_line(docs.is_empty()), self.import(import)]);
        }
        for item in &file.items {
            docs.extend([Doc::Hard, self.comments_of_line(docs.is_empty()), self.item(item)]);
        }
        docs.extend([Doc::Hard, self.comments_of_line(false)]);
        self.is_done().then(|| layout(&concat(docs)))
    }

    fn import(&mut self, import: &Import) -> Doc<'a> {
        let head = [self.word("import"), Doc::Space];
        let names = self.list(("{", "}"), &import.names, Style::Padded, Self::import_name);
        let from = [Doc::Space, self.word("from"), Doc::Space, self.any(), self.word(";")];
        concat([concat(head), names, concat(from)])
    }

    fn import_name(&mut self, name: &ImportName) -> Doc<'a> {
        let original = self.any();
        if name.alias.is_none() {
            return original;
        }
        concat([original, Doc::Space, self.word("as"), Doc::Space, self.any()])
    }

    /// The attributes, on a line of their own.
    fn attributes(&mut self, attributes: &[Attribute]) -> Doc<'a> {
        let mut docs = Vec::new();
        for attribute in attributes {
            let name = [self.word("@"), self.any()];
            docs.extend([concat(name), self.parens_if_written(&attribute.args, Self::expr), Doc::Space]);
        }
        if !attributes.is_empty() {
            docs.push(Doc::Hard);
        }
        concat(docs)
    }

    fn item(&mut self, item: &Item) -> Doc<'a> {
        use ItemKind as Kind;
        let attributes = self.attributes(&item.attributes);
        let declared = match &item.kind {
            Kind::Contract(contract) => self.contract(contract),
            Kind::Interface(interface) => self.interface(interface),
            Kind::Compose(compose) => self.function(&compose.signature, &compose.body, &Doc::Hard),
            Kind::Struct(it) => self.structure(it),
            Kind::Enum(it) => self.enumeration(&it.variants),
            Kind::Const(it) => self.constant(it),
            Kind::Error(it) => self.error(&it.params),
            Kind::Event(it) => self.event(&it.params),
            Kind::Test(it) => self.test(it),
            Kind::Function(it) => self.function(&it.signature, &it.body, &Doc::Line),
            Kind::App(app) => {
                let head = vec![self.word("app"), Doc::Space, self.any(), Doc::Space];
                self.body(head, &app.body)
            }
            Kind::Recovered => self.lost(),
        };
        concat([attributes, declared])
    }

    fn contract(&mut self, contract: &Contract) -> Doc<'a> {
        let mut head = vec![self.word("contract"), Doc::Space, self.any()];
        head.push(self.angles(&contract.generics, Self::generic));
        if !contract.implements.is_empty() {
            let list = [self.word("implements"), Doc::Space, self.bare_list(&contract.implements, Self::ty)];
            head.extend([fill(Doc::Line), concat(list)]);
        }
        head.push(Doc::Space);
        concat([concat(head), self.members(&contract.members, Self::member)])
    }

    fn interface(&mut self, interface: &Interface) -> Doc<'a> {
        let head = [self.word("interface"), Doc::Space, self.any()];
        let generics = self.angles(&interface.generics, Self::generic);
        let members = self.members(&interface.members, Self::interface_member);
        concat([concat(head), generics, Doc::Space, members])
    }

    /// One a line; a single one stays on the line of its braces if it was written there.
    fn members<T>(&mut self, members: &[T], print: fn(&mut Self, &T) -> Doc<'a>) -> Doc<'a> {
        let one_line = members.len() <= 1 && self.closes_on_its_line();
        let edge = if one_line { Doc::Line } else { Doc::Hard };
        group([self.braces(members, &edge, print)])
    }

    fn member(&mut self, member: &Member) -> Doc<'a> {
        use MemberKind as Kind;
        let attributes = self.attributes(&member.attributes);
        let declared = match &member.kind {
            Kind::State(state) | Kind::Immutable(state) => self.state(state),
            Kind::Asset(asset) => self.asset(asset),
            Kind::Role(role) => self.role(role),
            Kind::Init(init) => self.init(init),
            Kind::Entry(it) | Kind::View(it) | Kind::Function(it) => {
                self.function(&it.signature, &it.body, &Doc::Line)
            }
            Kind::Invariant(it) => {
                let head = [self.word("invariant"), Doc::Space, self.any(), self.word(":")];
                concat([concat(head), self.value(&it.condition), self.word(";")])
            }
            Kind::Migrate(it) => {
                let from = [self.word("migrate"), Doc::Space, self.word("from"), Doc::Space, self.any()];
                self.body(vec![concat(from), Doc::Space], &it.body)
            }
            Kind::Version(..) => concat([self.any(), Doc::Space, self.any(), self.word(";")]),
            Kind::Struct(it) => self.structure(it),
            Kind::Enum(it) => self.enumeration(&it.variants),
            Kind::Const(it) => self.constant(it),
            Kind::Error(it) => self.error(&it.params),
            Kind::Event(it) => self.event(&it.params),
            Kind::Test(it) => self.test(it),
            Kind::Recovered => self.lost(),
        };
        concat([attributes, declared])
    }

    fn interface_member(&mut self, member: &InterfaceMember) -> Doc<'a> {
        use InterfaceMemberKind as Kind;
        match &member.kind {
            Kind::Asset(_) => concat([self.word("asset"), Doc::Space, self.any(), self.word(";")]),
            Kind::Entry(it) | Kind::View(it) => {
                let keyword = self.any();
                group([keyword, Doc::Space, self.signature(it, &Doc::Line), self.word(";")])
            }
            Kind::Error(it) => self.error(&it.params),
            Kind::Event(it) => self.event(&it.params),
            Kind::Struct(it) => self.structure(it),
            Kind::Recovered => self.lost(),
        }
    }

    // ------------------------------------------------------------------------------------------ Variables

    /// `name: T`
    fn typed(&mut self, ty: &crate::ast::Type) -> Doc<'a> {
        concat([self.any(), self.word(":"), Doc::Space, self.ty(ty)])
    }

    /// ` = e;`
    fn initial(&mut self, value: Option<&Expr>) -> Doc<'a> {
        match value {
            Some(value) => concat([Doc::Space, self.word("="), self.value(value), self.word(";")]),
            None => self.word(";"),
        }
    }

    fn state(&mut self, state: &StateDef) -> Doc<'a> {
        concat([self.any(), Doc::Space, self.typed(&state.ty), self.initial(state.init.as_ref())])
    }

    fn constant(&mut self, constant: &ConstDef) -> Doc<'a> {
        concat([self.any(), Doc::Space, self.typed(&constant.ty), self.initial(Some(&constant.value))])
    }

    fn role(&mut self, role: &RoleDef) -> Doc<'a> {
        concat([self.any(), Doc::Space, self.any(), self.initial(role.init.as_ref())])
    }

    fn asset(&mut self, asset: &AssetDef) -> Doc<'a> {
        let head = concat([self.any(), Doc::Space, self.any()]);
        match &asset.unique {
            None => concat([head, self.word(";")]),
            Some(fields) => concat([head, Doc::Space, self.word("unique"), Doc::Space, self.fields(fields)]),
        }
    }

    // ---------------------------------------------------------------------------------------------- Types

    fn structure(&mut self, it: &StructDef) -> Doc<'a> {
        let head = [self.word("struct"), Doc::Space, self.any()];
        let generics = self.angles(&it.generics, Self::generic);
        concat([concat(head), generics, Doc::Space, self.fields(&it.fields)])
    }

    fn fields(&mut self, fields: &[Field]) -> Doc<'a> {
        self.list(("{", "}"), fields, Style::Rows, Self::field_of_struct)
    }

    fn field_of_struct(&mut self, field: &Field) -> Doc<'a> {
        let constant = self.word_if(field.constant, "const");
        concat([constant, if field.constant { Doc::Space } else { nothing() }, self.typed(&field.ty)])
    }

    fn enumeration(&mut self, variants: &[Variant]) -> Doc<'a> {
        let head = [self.word("enum"), Doc::Space, self.any(), Doc::Space];
        concat([concat(head), self.list(("{", "}"), variants, Style::Rows, Self::variant)])
    }

    fn variant(&mut self, variant: &Variant) -> Doc<'a> {
        concat([self.any(), self.parens_if_written(&variant.params, Self::param)])
    }

    fn error(&mut self, params: &[Param]) -> Doc<'a> {
        let head = [self.word("error"), Doc::Space, self.any()];
        concat([concat(head), self.parens_if_written(params, Self::param), self.word(";")])
    }

    fn event(&mut self, params: &[EventParam]) -> Doc<'a> {
        let head = [self.word("event"), Doc::Space, self.any()];
        concat([concat(head), self.parens_if_written(params, Self::event_param), self.word(";")])
    }

    fn event_param(&mut self, param: &EventParam) -> Doc<'a> {
        let typed = self.typed(&param.ty);
        let space = if param.indexed { Doc::Space } else { nothing() };
        concat([typed, space, self.word_if(param.indexed, "indexed")])
    }

    // ------------------------------------------------------------------------------------------ Functions

    fn param(&mut self, param: &Param) -> Doc<'a> {
        let mutable = self.word_if(param.mutable, "mut");
        let space = if param.mutable { Doc::Space } else { nothing() };
        let typed = self.typed(&param.ty);
        let bound = match &param.bound {
            None => nothing(),
            Some(bound) => concat([fill(Doc::Line), self.word("where"), Doc::Space, self.expr(bound)]),
        };
        concat([mutable, space, typed, bound])
    }

    /// `entry f(params) -> T clauses { body }`; `line` stands before each clause.
    fn function(&mut self, signature: &Signature, body: &Block, line: &Doc<'a>) -> Doc<'a> {
        let keyword = self.any();
        let head = vec![keyword, Doc::Space, self.signature(signature, line)];
        let open = if signature.clauses.is_empty() { Doc::Space } else { line.clone() };
        self.body([head, vec![open]].concat(), body)
    }

    /// `head { body }`: on one line, or with a break wherever the head may break and in the body.
    fn body(&mut self, head: Vec<Doc<'a>>, body: &Block) -> Doc<'a> {
        let one_line = self.may_be_one_line(body);
        group([group(head), self.block(body, one_line)])
    }

    fn signature(&mut self, signature: &Signature, line: &Doc<'a>) -> Doc<'a> {
        let mut docs = vec![self.any(), self.parens(&signature.params, Self::param)];
        if let Some(result) = &signature.result {
            docs.extend([Doc::Space, self.word("->"), Doc::Space, self.ty(result)]);
        }
        for clause in &signature.clauses {
            docs.push(nest([line.clone(), self.comments(), self.clause(clause)]));
        }
        concat(docs)
    }

    fn clause(&mut self, clause: &Clause) -> Doc<'a> {
        let word = concat([self.any(), Doc::Space]);
        let rest = match clause {
            Clause::By(who, _) | Clause::Via(who, _) => self.bare_list(who, Self::expr),
            Clause::Ensures(condition, _) => self.expr(condition),
            Clause::Uses(slots, _) => self.bare_list(slots, Self::slot),
            Clause::Spends(spends, _) => self.bare_list(spends, Self::spend),
        };
        concat([word, rest])
    }

    fn slot(&mut self, slot: &Slot) -> Doc<'a> {
        self.typed(&slot.ty)
    }

    fn spend(&mut self, spend: &Spend) -> Doc<'a> {
        let asset = self.path(&spend.asset);
        concat([asset, Doc::Space, self.word("<="), Doc::Space, self.expr(&spend.bound)])
    }

    fn init(&mut self, init: &Init) -> Doc<'a> {
        let head = vec![self.word("init"), self.parens(&init.params, Self::param), Doc::Space];
        self.body(head, &init.body)
    }

    fn test(&mut self, test: &TestDef) -> Doc<'a> {
        let mut head = vec![self.word("test"), Doc::Space, self.any(), Doc::Space];
        if self.peek() == "(" {
            head.extend([self.parens(&test.params, Self::param), Doc::Space]);
        }
        self.body(head, &test.body)
    }
}
