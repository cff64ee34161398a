//! A quick look.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests")]
struct Files;
impl mc_compiler::load::Loader for Files {
    fn load(&self, p: &str) -> Result<String, String> {
        std::fs::read_to_string(p).map_err(|e| e.to_string())
    }
}
#[test]
fn smoke() {
    let out = mc_compiler::compile(&[std::env::var("F").unwrap()], &Files).unwrap();
    for d in &out.diagnostics {
        let (l, c) = out.sources.line_column(d.primary.span);
        println!("{}:{}: {} {} | {} | {:?}", l, c, d.code, d.message, d.primary.message, d.help);
    }
    if let Some(c) = out.compiled {
        for k in &c.containers {
            println!("{} {} bytes\n{}", k.package.manifest().name, k.package.module().len(), k.ir);
            for (e, a) in k.package.manifest().entries.iter().zip(k.package.access()) {
                println!("{}:", e.name);
                for x in &a.accesses {
                    println!("   {x:?}");
                }
                for x in &a.steps {
                    println!("   {x:?}");
                }
            }
        }
    }
}
