//! Every ```` ```mc ```` block in the documentation compiles, so that what newcomers copy works.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use mc_compiler::load::Loader;

struct Block(String);

impl Loader for Block {
    fn load(&self, _: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }
}

/// The blocks of a Markdown text, each with the line it starts on.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line) {
            (None, "```mc") => open = Some((number + 1, String::new())),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some((_, block)), line) => {
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

#[test]
fn every_block_compiles() {
    let mut count = 0;
    for file in ["README.md", "grammar/README.md"] {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../").to_owned() + file;
        for (line, block) in blocks(&std::fs::read_to_string(path).unwrap()) {
            let output = mc_compiler::compile(&["block.mc".to_owned()], &Block(block)).unwrap();
            let said: Vec<String> = output
                .diagnostics
                .iter()
                .map(|said| {
                    format!(
                        "line {}: {}",
                        line + output.sources.line_column(said.primary.span).0,
                        said.message
                    )
                })
                .collect();
            assert!(output.compiled.is_some(), "{file}: {said:#?}");
            count += 1;
        }
    }
    assert!(count >= 4, "the documentation has lost its examples");
}
