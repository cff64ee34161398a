//! The committed parser, compiled and loaded.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tree_sitter::{Language, Parser, Tree};
use tree_sitter_loader::{CompileConfig, Loader};

/// The folder `editors`.
pub fn editors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The grammar as editors load it: `parser.c` through the C compiler of this machine.
pub fn language() -> Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    let load = || {
        let source = editors().join("tree-sitter/src");
        let folder = tempfile::tempdir().unwrap().keep();
        let library = folder.join(format!("mc{}", std::env::consts::DLL_SUFFIX));
        let config = CompileConfig::new(&source, None, Some(library));
        let language = Loader::with_parser_lib_path(folder).load_language_at_path(config);
        language.unwrap_or_else(|error| panic!("`parser.c` cannot be compiled: {error}"))
    };
    LANGUAGE.get_or_init(load).clone()
}

/// A parser of that language.
pub fn parser() -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&language()).unwrap();
    parser
}

/// The tree of a text.
pub fn tree(parser: &mut Parser, text: &str) -> Tree {
    parser.parse(text, None).unwrap()
}
