//! Applies the edits of diagnostics, again and again, until there are none left.
//!
//! The edits of a diagnostic apply all or not at all. Those that would touch what another one changes wait for
//! the next round, which sees the program as it then is.

use crate::compile;
use crate::failure::{Complaint, Failure, reason};
use crate::project::{Disk, Project, library_names, read_text};
use crate::render::machine::Place;
use mc_compiler::Output as Compilation;
use mc_compiler::load::Loader;
use mc_syntax::diagnostic::{Diagnostic, Edit};
use mc_syntax::source::SourceSet;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// More rounds are not tried: each makes at least one edit, and a program needs a few.
const ROUNDS_MAX: usize = 32;
/// Edits that do not make the diagnostics of their kind fewer are tried this often.
const TRIES_MAX: usize = 3;

/// What came of mending.
pub struct Outcome {
    /// What was mended, in order.
    pub mends: Vec<Mend>,
    /// The files whose text changed, by path.
    pub files: BTreeMap<String, Texts>,
    /// The program as it is now.
    pub compilation: Compilation,
}

/// A diagnostic whose edits were applied.
#[derive(Clone, Debug)]
pub struct Mend {
    /// Where, in the text that its round began with.
    pub place: Place,
    /// Its code.
    pub code: &'static str,
    /// Its message.
    pub message: String,
}

/// A file before and after.
#[derive(Clone, Debug)]
pub struct Texts {
    /// As it was read.
    pub before: String,
    /// As it is to be.
    pub after: String,
}

/// Mends a project in memory.
///
/// # Errors
/// If a source cannot be read.
pub fn mend(project: &Project) -> Result<Outcome, Failure> {
    let mut overlay = Overlay(BTreeMap::new());
    let mut mends: Vec<Mend> = Vec::new();
    let mut patience = Patience::default();
    let mut compilation = compile::analyse_with(project, &overlay)?;
    for _ in 0..ROUNDS_MAX {
        patience.look(&compilation);
        let chosen = choose(&compilation, &patience);
        if chosen.is_empty() {
            break;
        }
        patience.try_out(&chosen, &compilation);
        mends.extend(chosen.iter().map(|it| Mend::of(it, &compilation.sources)));
        overlay.apply(&chosen, &compilation.sources);
        compilation = compile::analyse_with(project, &overlay)?;
    }
    overlay.0.retain(|_, texts| texts.before != texts.after);
    Ok(Outcome { mends, files: overlay.0, compilation })
}

/// What was tried in vain: an edit that does not take its diagnostic away would be made again for ever. A few
/// times it may seem so, because a mend brings to light what was hidden by the mistake.
#[derive(Default)]
struct Patience {
    /// How many diagnostics there were of each kind that the last round tried to mend.
    tried: BTreeMap<Key, usize>,
    /// How often trying did not make them fewer.
    in_vain: BTreeMap<Key, usize>,
}

impl Patience {
    /// Looks at what came of the last round.
    fn look(&mut self, compilation: &Compilation) {
        let counts = counts(compilation);
        for (key, before) in std::mem::take(&mut self.tried) {
            if counts.get(&key).is_some_and(|now| *now >= before) {
                *self.in_vain.entry(key).or_default() += 1;
            }
        }
    }

    fn try_out(&mut self, chosen: &[&Diagnostic], compilation: &Compilation) {
        let counts = counts(compilation);
        let keys = chosen.iter().map(|it| key(it, &compilation.sources));
        self.tried = keys.filter_map(|key| counts.get(&key).map(|count| (key.clone(), *count))).collect();
    }

    fn is_over(&self, key: &Key) -> bool {
        self.in_vain.get(key).is_some_and(|tries| *tries >= TRIES_MAX)
    }
}

/// What tells a diagnostic from others in another text of the same file.
type Key = (String, &'static str, String);

fn key(diagnostic: &Diagnostic, sources: &SourceSet) -> Key {
    let path = sources.get(diagnostic.primary.span.file).map_or("", |file| file.path.as_str());
    (path.to_owned(), diagnostic.code, diagnostic.message.clone())
}

fn counts(compilation: &Compilation) -> BTreeMap<Key, usize> {
    let mut counts = BTreeMap::new();
    for diagnostic in &compilation.diagnostics {
        *counts.entry(key(diagnostic, &compilation.sources)).or_default() += 1;
    }
    counts
}

/// The diagnostics whose edits can be made together, in their order.
fn choose<'c>(compilation: &'c Compilation, patience: &Patience) -> Vec<&'c Diagnostic> {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut chosen = Vec::new();
    for diagnostic in compilation.diagnostics.iter().filter(|it| !it.edits.is_empty()) {
        let free = |edit: &Edit| !taken.iter().any(|other| meet(edit, other));
        let fits = diagnostic.edits.iter().all(|edit| free(edit) && lies_in(edit, &compilation.sources));
        let goes_on = !patience.is_over(&key(diagnostic, &compilation.sources));
        if fits && goes_on && stand_apart(&diagnostic.edits) {
            taken.extend(&diagnostic.edits);
            chosen.push(diagnostic);
        }
    }
    chosen
}

/// True if no two of the edits meet.
fn stand_apart(edits: &[Edit]) -> bool {
    (1..).zip(edits).all(|(next, edit)| !edits.iter().skip(next).any(|other| meet(edit, other)))
}

/// True if the order of two edits would matter.
fn meet(one: &Edit, other: &Edit) -> bool {
    let (a, b) = (one.span, other.span);
    a.file == b.file && (a.start == b.start || (a.start < b.end && b.start < a.end))
}

fn lies_in(edit: &Edit, sources: &SourceSet) -> bool {
    let text = sources.get(edit.span.file).map(|file| file.text.as_str());
    text.is_some_and(|text| text.get(edit.span.start as usize..edit.span.end as usize).is_some())
}

impl Mend {
    fn of(diagnostic: &Diagnostic, sources: &SourceSet) -> Self {
        let place = Place::of(diagnostic.primary.span, sources);
        Self { place, code: diagnostic.code, message: diagnostic.message.clone() }
    }
}

/// The text with the edits made; they must not meet, and must lie in it.
#[must_use]
pub fn edited<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| edit.span.start);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done..edit.span.start as usize).unwrap_or_default());
        result.push_str(&edit.replacement);
        done = edit.span.end as usize;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}

/// The files on disk, but for those that were changed in memory.
struct Overlay(BTreeMap<String, Texts>);

impl Loader for Overlay {
    fn load(&self, path: &str) -> Result<String, String> {
        self.0.get(path).map_or_else(|| Disk.load(path), |texts| Ok(texts.after.clone()))
    }

    fn library(&self) -> Vec<&str> {
        library_names()
    }
}

impl Overlay {
    fn apply(&mut self, chosen: &[&Diagnostic], sources: &SourceSet) {
        for (id, file) in sources.iter() {
            let edits = chosen.iter().flat_map(|it| &it.edits).filter(|edit| edit.span.file == id);
            let after = edited(&file.text, edits);
            if after != file.text {
                let fresh = || Texts { before: file.text.clone(), after: String::new() };
                self.0.entry(file.path.clone()).or_insert_with(fresh).after = after;
            }
        }
    }
}

/// Writes the files. Each is replaced as a whole, and none before all the new ones are on the disk.
///
/// # Errors
/// If one cannot be written, or has changed since it was read.
pub fn write(files: &BTreeMap<String, Texts>) -> Result<(), Complaint> {
    let staged = files.iter().map(|(path, texts)| stage(path, texts)).collect::<Result<Vec<_>, _>>()?;
    for (file, target) in staged {
        file.persist(&target).map_err(|failed| cannot_write(&target.to_string_lossy(), &failed.error))?;
    }
    Ok(())
}

/// The new text in a file beside the old one.
fn stage(path: &str, texts: &Texts) -> Result<(NamedTempFile, PathBuf), Complaint> {
    if read_text(path).as_ref() != Ok(&texts.before) {
        return Err(Complaint::new("it has changed since it was read, so nothing is written").at(path));
    }
    let failed = |error: std::io::Error| cannot_write(path, &error);
    // A link stays a link: what it leads to is replaced.
    let target = fs::canonicalize(path).map_err(failed)?;
    let metadata = fs::metadata(&target).map_err(failed)?;
    if metadata.permissions().readonly() {
        return Err(Complaint::new("it is read-only, so nothing is written").at(path));
    }
    let directory = target.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(texts.after.as_bytes()).map_err(failed)?;
    file.as_file().set_permissions(metadata.permissions()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    Ok((file, target))
}

fn cannot_write(path: &str, error: &std::io::Error) -> Complaint {
    Complaint::new(format!("cannot write it: {}", reason(error))).at(path)
}
