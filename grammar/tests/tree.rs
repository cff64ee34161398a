//! What the tree says: how operators group, what literals mean, where nodes stand, which comments they carry.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use mc_syntax::ast::{
    Clause, Expr, ExprKind, File, ItemKind, Member, MemberKind, PatternKind, Stmt, StmtKind,
};
use mc_syntax::parser::parse;
use mc_syntax::source::{FileId, Span};

#[track_caller]
fn file(text: &str) -> File {
    let parsed = parse(FileId(0), text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    parsed.file
}

#[track_caller]
fn stmts(body: &str) -> Vec<Stmt> {
    match file(&format!("fn f() {{ {body} }}")).items.remove(0).kind {
        ItemKind::Function(function) => function.body.stmts,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn expr(text: &str) -> Expr {
    match stmts(&format!("burn {text};")).remove(0).kind {
        StmtKind::Burn(value) => value,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn members(text: &str) -> Vec<Member> {
    match file(&format!("contract C {{ {text} }}")).items.remove(0).kind {
        ItemKind::Contract(contract) => contract.members,
        other => panic!("{other:?}"),
    }
}

/// The expression with brackets round every operator.
fn grouped(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Int(digits) => digits.clone(),
        ExprKind::Name(name) => name.name.clone(),
        ExprKind::Unary(op, operand) => format!("[{op:?} {}]", grouped(operand)),
        ExprKind::Binary(left, op, _, right) => format!("[{} {op:?} {}]", grouped(left), grouped(right)),
        ExprKind::Cast(value, ty) => format!("[{} as {}]", grouped(value), ty.name),
        ExprKind::Field(base, name) => format!("{}.{}", grouped(base), name.name),
        ExprKind::OptionalField(base, name) => format!("{}?.{}", grouped(base), name.name),
        ExprKind::Index(base, key) => format!("{}<{}>", grouped(base), grouped(key)),
        ExprKind::Call(callee, args) => {
            let args: Vec<String> = args.iter().map(|arg| grouped(&arg.value)).collect();
            format!("{}({})", grouped(callee), args.join(", "))
        }
        ExprKind::If(condition, then, otherwise) => {
            format!("[if {} {} {}]", grouped(condition), grouped(then), grouped(otherwise))
        }
        ExprKind::Forall(name, all, body) => {
            format!("[all {} {} {}]", name.name, grouped(all), grouped(body))
        }
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn check_groups(text: &str, expected: &str) {
    assert_eq!(grouped(&expr(text)), expected, "{text}");
}

#[test]
fn operators_group_as_they_bind() {
    check_groups("a + b * c - d", "[[a Add [b Multiply c]] Subtract d]");
    check_groups("a - b - c", "[[a Subtract b] Subtract c]");
    check_groups("a / b * c % d", "[[[a Divide b] Multiply c] Remainder d]");
    check_groups("a || b && c || d", "[[a Or [b And c]] Or d]");
    check_groups("a == b && c < d + 1", "[[a Equal b] And [c Less [d Add 1]]]");
    check_groups("a | b ^ c & d + e", "[a BitOr [b BitXor [c BitAnd [d Add e]]]]");
    check_groups("a ?? b ?? c || d", "[a Coalesce [b Coalesce [c Or d]]]");
    check_groups("!a && -b + c == d", "[[Not a] And [[[Negate b] Add c] Equal d]]");
    check_groups("-a as u64 * b", "[[[Negate a] as u64] Multiply b]");
    check_groups("!a in b", "[[Not a] In b]");
    check_groups("a.b[c](d)?.e", "a.b<c>(d)?.e");
    check_groups("if a { b } else if c { d } else { e + f }", "[if a b [if c d [e Add f]]]");
    check_groups("forall k in m: k > a || b", "[all k m [[k Greater a] Or b]]");
}

#[test]
fn literals_are_resolved() {
    assert_eq!(expr("1_000").kind, ExprKind::Int("1000".to_owned()));
    assert_eq!(expr("0xFF_0a").kind, ExprKind::Hex("ff0a".to_owned()));
    assert_eq!(expr(r#""a\n\"\\ é""#).kind, ExprKind::Str("a\n\"\\ é".to_owned()));
    assert_eq!(expr("()").kind, ExprKind::Tuple(Vec::new()));
    assert!(matches!(expr("(a)").kind, ExprKind::Paren(_)));
    assert!(matches!(expr("7 days").kind, ExprKind::Duration(..)));
    assert!(matches!(expr("days").kind, ExprKind::Name(_)));
}

#[test]
fn soft_keywords_and_keywords_behind_dots_are_names() {
    check_groups("from.version + a.entry.state", "[from.version Add a.entry.state]");
    assert_eq!(members("state max: u64 = 0; version 2; state version: u8 = 1;").len(), 3);
}

#[test]
fn statements_have_their_shape() {
    let stmts = stmts(
        "step (a, b) = slot.entry(1) else E; step slot.f(); for i in 0..n max 8 { } for x in all { } \
         try { } catch { } t.pay() with coin(1) else E(); expect abort E { } expect parallel { } \
         grant s.to to t; let x = t.buy() with coin(1) else E();",
    );
    let [pair, plain, range, all, attempt, paid, abort, parallel, grant, bound] = stmts.as_slice() else {
        panic!("{stmts:#?}")
    };
    assert!(matches!(&pair.kind, StmtKind::Step(Some(pattern), _, Some(_))
        if matches!(&pattern.kind, PatternKind::Tuple(parts) if parts.len() == 2)));
    assert!(matches!(&plain.kind, StmtKind::Step(None, call, None) if call.path.text() == "slot.f"));
    assert!(matches!(&range.kind, StmtKind::For { to: Some(_), max: Some(_), .. }));
    assert!(matches!(&all.kind, StmtKind::For { to: None, max: None, .. }));
    assert!(matches!(&attempt.kind, StmtKind::Try(_, None, _)));
    assert!(matches!(&paid.kind, StmtKind::Expr { with: Some(_), otherwise: Some(_), .. }));
    assert!(matches!(&abort.kind, StmtKind::ExpectAbort(Some(_), _)));
    assert!(matches!(&parallel.kind, StmtKind::Expect(name, _) if name.name == "parallel"));
    assert!(matches!(&grant.kind, StmtKind::Grant(..)));
    assert!(matches!(&bound.kind, StmtKind::Let { with: Some(_), otherwise: Some(_), .. }));
}

#[test]
fn every_clause_may_follow_every_signature() {
    let member =
        members("entry f() -> A by a, b via c ensures d uses s: T<U> spends s.A <= 1 + 2, B <= n { }")
            .remove(0);
    let MemberKind::Entry(entry) = member.kind else { panic!("{member:?}") };
    let [
        Clause::By(who, _),
        Clause::Via(..),
        Clause::Ensures(..),
        Clause::Uses(..),
        Clause::Spends(spends, _),
    ] = entry.signature.clauses.as_slice()
    else {
        panic!("{:?}", entry.signature.clauses)
    };
    assert_eq!((who.len(), spends.len()), (2, 2));
}

#[test]
fn nodes_stand_where_they_were_written() {
    let text = "/// Doc.\n@a @b(1)\nfn f(n: u64) -> u64 { return n + 1; }\n";
    let item = file(text).items.remove(0);
    let written = |span: Span| &text[span.start as usize..span.end as usize];
    assert_eq!(written(item.span), text[9..].trim_end());
    assert_eq!(written(item.attributes[1].span), "@b(1)");
    let ItemKind::Function(function) = item.kind else { panic!() };
    assert_eq!(written(function.signature.span), "f(n: u64) -> u64");
    assert_eq!(written(function.body.stmts[0].span), "return n + 1;");
    let StmtKind::Return(Some(value), None) = &function.body.stmts[0].kind else { panic!() };
    assert_eq!(written(value.span), "n + 1");
}

#[test]
fn doc_comments_reach_what_they_stand_before() {
    let text = "/// A contract.\n///\n/// Of two lines.\n// not this\n@x contract C {\n  /// A state.\n  \
                state s: u8 = 0; /// not this\n  state t: u8 = 0;\n}\n\
                interface I {\n  /// An entry.\n  entry f();\n}\n";
    let file = file(text);
    assert_eq!(file.items[0].doc, "A contract.\n\nOf two lines.");
    let ItemKind::Contract(contract) = &file.items[0].kind else { panic!() };
    assert_eq!((contract.members[0].doc.as_str(), contract.members[1].doc.as_str()), ("A state.", ""));
    let ItemKind::Interface(interface) = &file.items[1].kind else { panic!() };
    assert_eq!(interface.members[0].doc, "An entry.");
}

#[test]
fn what_is_broken_is_one_recovered_node() {
    let text = "contract C { state a: ; state b: u8 = 0; entry f() { x = ; y = 1; } }";
    let ItemKind::Contract(contract) = parse(FileId(0), text).file.items.remove(0).kind else { panic!() };
    let [lost, state, entry] = contract.members.as_slice() else { panic!("{:?}", contract.members) };
    assert_eq!(lost.kind, MemberKind::Recovered);
    assert!(matches!(state.kind, MemberKind::State(_)));
    let MemberKind::Entry(entry) = &entry.kind else { panic!("{entry:?}") };
    assert_eq!(entry.body.stmts[0].kind, StmtKind::Recovered);
    assert_eq!(entry.body.stmts.len(), 2);
}
