//! Samples parse; broken files are refused where they say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]

use mc_syntax::parser::parse;
use mc_syntax::source::FileId;

#[test]
fn samples_parse() {
    for entry in std::fs::read_dir("../tests/cases/parse").unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("sample_") {
            let text = std::fs::read_to_string(&path).unwrap();
            let parsed = parse(FileId(0), &text);
            assert!(parsed.diagnostics.is_empty(), "{path:?} {:?}", parsed.diagnostics);
            assert!(!parsed.file.items.is_empty());
        }
    }
}
