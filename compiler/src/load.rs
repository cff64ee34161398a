//! From the root files to every file they import, parsed.

use crate::error;
use mc_syntax::ast;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::parser::{self, Parsed};
use mc_syntax::source::{FileId, SourceSet, Span};
use std::time::{Duration, Instant};

/// Where sources come from.
pub trait Loader {
    /// The text of the file at `path`.
    ///
    /// # Errors
    /// Why it cannot be read, in lower case and without a period.
    fn load(&self, path: &str) -> Result<String, String>;

    /// Reads the text of a file; a loader that has read it before may know what comes of it.
    fn parse(&self, file: FileId, text: &str) -> Parsed {
        parser::parse(file, text)
    }

    /// What `import { .. } from "std/token";` can name, as `std/token`; [`Loader::load`] gives each as `std/token.mc`.
    fn library(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// What the paths of the standard library start with.
const LIBRARY: &str = "std/";

/// Every file of a compilation.
#[derive(Default)]
pub struct Loaded {
    /// The texts.
    pub sources: SourceSet,
    /// The trees, by file number.
    pub files: Vec<ast::File>,
    /// How long parsing took.
    pub parsing: Duration,
}

/// Reads and parses the `roots` and what they import, each file once.
///
/// # Errors
/// The first root that cannot be read, with the reason. An import that cannot be read is a diagnostic.
pub fn load(
    roots: &[String],
    loader: &dyn Loader,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Loaded, (String, String)> {
    let mut loaded = Loaded::default();
    for root in roots {
        let text = loader.load(root).map_err(|why| (root.clone(), why))?;
        loaded.add((root, &text), loader, diagnostics);
    }
    let mut next = 0;
    while let Some(file) = loaded.files.get(next) {
        let imports: Vec<(String, Span)> =
            file.imports.iter().map(|import| (import.from.clone(), import.from_span)).collect();
        let importer = FileId(u16::try_from(next).unwrap_or(u16::MAX));
        for (from, span) in imports {
            loaded.import(importer, &from, span, loader, diagnostics);
        }
        next += 1;
    }
    Ok(loaded)
}

impl Loaded {
    /// BLAKE3 over the texts, in the order of their paths: what the containers were compiled from.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut texts: Vec<&str> = self.sources.iter().map(|(_, file)| file.text.as_str()).collect();
        texts.sort_unstable();
        let mut hasher = blake3::Hasher::new_derive_key("mcc 2026 sources");
        for text in texts {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    fn add(&mut self, (path, text): (&str, &str), loader: &dyn Loader, diagnostics: &mut Vec<Diagnostic>) {
        if self.sources.find(path).is_some() {
            return;
        }
        let start = Instant::now();
        let parsed = loader.parse(self.sources.add(path, text), text);
        self.parsing += start.elapsed();
        self.files.push(parsed.file);
        diagnostics.extend(parsed.diagnostics);
    }

    fn import(
        &mut self,
        importer: FileId,
        from: &str,
        span: Span,
        loader: &dyn Loader,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some(path) = self.resolve_path(importer, from) else {
            diagnostics.push(error::import_not_relative(from, span));
            return;
        };
        if self.sources.find(&path).is_some() {
            return;
        }
        match loader.load(&path) {
            Ok(text) => self.add((&path, &text), loader, diagnostics),
            Err(_) if from.starts_with(LIBRARY) => {
                diagnostics.push(error::import_not_in_library(from, span, &loader.library()));
            }
            Err(why) => diagnostics.push(error::import_not_readable(from, &path, &why, span)),
        }
    }

    /// The path an import names, seen from the importing file.
    #[must_use]
    pub fn resolve_path(&self, importer: FileId, from: &str) -> Option<String> {
        path_of(&self.sources.get(importer)?.path, from)
    }
}

/// The path an import names, seen from the file at `base`: `std/token` is `std/token.mc` from everywhere.
/// `None` unless it starts with `std/`, `./` or `../`.
#[must_use]
pub fn path_of(base: &str, from: &str) -> Option<String> {
    if from.starts_with(LIBRARY) {
        return Some(format!("{from}.mc"));
    }
    if !from.starts_with("./") && !from.starts_with("../") {
        return None;
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in from.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && !last.is_empty()) => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}
