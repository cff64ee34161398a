//! A program as it is in the editor: everything that the compiler knows of it, for one state of the open texts.

use crate::documents::Documents;
use crate::host::{Effects, Host};
use crate::index::Index;
use crate::positions::{Encoding, Lines};
use crate::workspace::{Roots, Workspace};
use gen_lsp_types::{Location, Position, Range, Uri};
use mc_compiler::load::Loader;
use mc_compiler::reuse::Reuse;
use mc_compiler::trail::Trail;
use mc_compiler::{Checked, Output};
use mc_syntax::ast::File;
use mc_syntax::parser::{self, Parsed};
use mc_syntax::source::{FileId, Span};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

/// What was not needed in so many compilations is forgotten.
const ROUNDS_KEPT: u64 = 8;

/// A file, and the digest of its text.
type TextOf = (FileId, [u8; 32]);
/// The round in which a text was last needed, and its tree if it was needed twice.
type Kept = (u64, Option<Parsed>);

/// What was parsed before, by file and text: whoever types changes one file of many.
#[derive(Debug, Default)]
pub struct Parses {
    known: RefCell<BTreeMap<TextOf, Kept>>,
    round: u64,
}

impl Parses {
    /// Begins another compilation, and forgets what the last one did not need.
    fn next(&mut self) {
        let round = self.round;
        self.known.get_mut().retain(|_, (used, _)| *used + ROUNDS_KEPT >= round);
        self.round += 1;
    }

    fn parse(&self, file: FileId, text: &str) -> Parsed {
        let mut known = self.known.borrow_mut();
        // What is seen once may be another with the next key: it is kept when it is seen again.
        let key = (file, blake3::hash(text.as_bytes()).into());
        let seen = known.contains_key(&key);
        let (used, kept) = known.entry(key).or_default();
        *used = self.round;
        if let Some(parsed) = kept {
            return parsed.clone();
        }
        let parsed = parser::parse(file, text);
        *kept = seen.then(|| parsed.clone());
        parsed
    }
}

/// What one compilation of a program leaves to the next.
#[derive(Debug, Default)]
pub struct Before {
    parses: Parses,
    containers: Reuse,
}

/// The files as the editor sees them: open texts before files on the disk.
pub struct Overlay<'o> {
    /// The open texts.
    pub documents: &'o Documents,
    /// A text in the place of another, for what is tried out.
    pub instead: BTreeMap<String, String>,
    /// Where all other files come from.
    pub host: &'o dyn Host,
    /// What was parsed before.
    pub parses: Option<&'o Parses>,
}

impl<'o> Overlay<'o> {
    /// The files as the editor sees them.
    #[must_use]
    pub fn new(documents: &'o Documents, host: &'o dyn Host) -> Self {
        Self { documents, instead: BTreeMap::new(), host, parses: None }
    }
}

impl Loader for Overlay<'_> {
    fn load(&self, path: &str) -> Result<String, String> {
        let open = self.documents.get(path).map(|document| &document.text);
        match self.instead.get(path).or(open) {
            Some(text) => Ok(text.clone()),
            None => self.host.load(path),
        }
    }

    fn parse(&self, file: FileId, text: &str) -> Parsed {
        self.parses.map_or_else(|| parser::parse(file, text), |parses| parses.parse(file, text))
    }

    fn library(&self) -> Vec<&str> {
        self.host.library()
    }
}

/// A program, compiled.
pub struct Snapshot {
    /// What it was compiled from.
    pub roots: Roots,
    /// What the compiler says of it.
    pub output: Output,
    /// What is declared, and which names mean it.
    pub index: Index,
    lines: Vec<Lines>,
    uris: Vec<String>,
    effects: OnceCell<Vec<Effects>>,
}

/// Checks a program, with notes; a root that cannot be read is left out.
#[must_use]
pub fn check(roots: &Roots, overlay: &Overlay<'_>) -> Option<Checked> {
    let mut paths = roots.paths.clone();
    loop {
        match mc_compiler::check(&paths, overlay, Trail::kept()) {
            Ok(checked) => return Some(checked),
            Err((path, _)) => paths.retain(|known| *known != path),
        }
    }
}

impl Snapshot {
    /// Compiles a program; `goes_on` is asked between the phases, and `None` comes of a no.
    #[must_use]
    pub fn compile(
        roots: Roots,
        (documents, host): (&Documents, &dyn Host),
        before: &mut Before,
        (workspace, encoding): (&Workspace, Encoding),
        goes_on: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let Before { parses, containers } = before;
        parses.next();
        let overlay = Overlay { parses: Some(parses), ..Overlay::new(documents, host) };
        let checked = check(&roots, &overlay)?;
        if !goes_on() {
            return None;
        }
        Some(Self::new(roots, checked.finish_again(&overlay, containers), workspace, encoding))
    }

    /// What the compiler says, ready to be asked.
    #[must_use]
    pub fn new(roots: Roots, output: Output, workspace: &Workspace, encoding: Encoding) -> Self {
        let index = Index::new(&output.files, &output.notes);
        let files = || output.sources.iter().map(|(_, file)| file);
        let lines = files().map(|file| Lines::new(&file.text, encoding)).collect();
        let uris = files().map(|file| workspace.uri(&file.path)).collect();
        Self { roots, index, lines, uris, output, effects: OnceCell::new() }
    }

    /// The number of the file at a path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<FileId> {
        self.output.sources.find(path)
    }

    /// The tree of a file.
    #[must_use]
    pub fn tree(&self, file: FileId) -> Option<&File> {
        self.output.files.get(usize::from(file.0))
    }

    /// The path of a file.
    #[must_use]
    pub fn path(&self, file: FileId) -> &str {
        self.output.sources.get(file).map_or("", |file| &file.path)
    }

    /// The whole text of a file.
    #[must_use]
    pub fn source(&self, file: FileId) -> &str {
        self.output.sources.get(file).map_or("", |file| &file.text)
    }

    /// The text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.output.sources.text(span)
    }

    /// What the editor calls a file.
    #[must_use]
    pub fn uri(&self, file: FileId) -> &str {
        self.uris.get(usize::from(file.0)).map_or("", String::as_str)
    }

    /// The lines and columns of a span.
    #[must_use]
    pub fn range(&self, span: Span) -> Range {
        self.lines.get(usize::from(span.file.0)).map_or(Range::default(), |lines| lines.range(span))
    }

    /// The place of a span.
    #[must_use]
    pub fn location(&self, span: Span) -> Location {
        Location { uri: Uri(self.uri(span.file).to_owned()), range: self.range(span) }
    }

    /// The byte at a line and column.
    #[must_use]
    pub fn offset(&self, file: FileId, position: Position) -> u32 {
        let lines = self.lines.get(usize::from(file.0));
        lines.map_or(0, |lines| lines.offset(self.source(file), position))
    }

    /// The bytes of a range.
    #[must_use]
    pub fn span(&self, file: FileId, range: Range) -> Span {
        Span { file, start: self.offset(file, range.start), end: self.offset(file, range.end) }
    }

    /// What every call touches; nothing while the program has errors.
    pub fn effects(&self, host: &dyn Host) -> &[Effects] {
        self.effects.get_or_init(|| host.effects(&self.output))
    }
}
