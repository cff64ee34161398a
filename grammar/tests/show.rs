#![allow(warnings)]
use mc_syntax::parser::parse; use mc_syntax::source::*;
#[test] fn perf() {
    let mut all = String::new();
    let mut paths: Vec<_> = std::fs::read_dir("../tests/cases/parse").unwrap().map(|e| e.unwrap().path()).collect(); paths.sort();
    let mut broken = String::new();
    for p in paths { let t = std::fs::read_to_string(&p).unwrap(); let n = p.file_name().unwrap().to_str().unwrap().to_owned();
        if n.starts_with("sample") { all += &t.replace("import", "// import"); } else if !n.contains("deep") && !n.contains("comment") { broken += &t; } }
    for (name, text) in [("valid x50", all.repeat(50)), ("broken x20", broken.repeat(20)), ("mixed", format!("{}{}{}", all.repeat(100), broken, all.repeat(100))), ("if braces", format!("fn f() {{ (if {}", "{}".repeat(300_000))), ("marks", "contract A { entry f() { x = ; } }\n".repeat(20_000)),
      ("strays", "fn f() } { ) ( ] [ ".repeat(20_000)), ("deep ok", format!("fn f() {{ {} }}", format!("return {}1{};", "(".repeat(240), ")".repeat(240)).repeat(500)))] {
        let t = std::time::Instant::now(); let p = parse(FileId(0), &text);
        println!("{name}: {} bytes, {} findings, {:?}", text.len(), p.diagnostics.len(), t.elapsed());
    }
}




#[test]
#[ignore]
fn show() {
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut paths: Vec<_> =
        std::fs::read_dir("../tests/cases/parse").unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("broken_") || !name.contains(&only) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut set = SourceSet::default();
        let id = set.add(name.clone(), text.clone());
        let parsed = parse(id, &text);
        let mut want = vec![];
        for (i, line) in text.lines().enumerate() {
            if let Some((_, rest)) = line.split_once("//~") {
                let up = rest.chars().take_while(|c| *c == '^').count();
                for code in rest.trim_start_matches('^').split_whitespace() {
                    want.push((i + 1 - up, code.to_owned()));
                }
            }
        }
        let got: Vec<_> = parsed
            .diagnostics
            .iter()
            .map(|d| (set.line_column(d.primary.span).0, d.code.to_owned()))
            .collect();
        println!("== {name} {}", if got == want { "ok" } else { "DIFFERS" });
        if got != want {
            println!("  want {want:?}");
        }
        for d in &parsed.diagnostics {
            let (l, c) = set.line_column(d.primary.span);
            println!(
                "  {l}:{c} {} {} [{}] ({}) {:?}",
                d.code,
                d.message,
                set.text(d.primary.span),
                d.primary.label_text(),
                d.edits.iter().map(|e| (set.line_column(e.span), e.replacement.as_str())).collect::<Vec<_>>()
            );
            println!("        help: {}", d.help.as_deref().unwrap_or("NONE"));
        }
    }
}
trait L {
    fn label_text(&self) -> &str;
}
impl L for mc_syntax::diagnostic::Label {
    fn label_text(&self) -> &str {
        &self.message
    }
}
