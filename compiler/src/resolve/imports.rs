//! Names that another file declares: which import is missing.

use super::name_of;
use crate::load::{Loaded, Loader};
use mc_syntax::ast::{File, Item, ItemKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, SourceSet, Span};

/// What a name may be unknown as, and still be declared by another file.
const KINDS: [&str; 8] =
    ["type", "contract", "interface", "function", "error", "event", "name", "contract or composition"];

/// Says of unknown names that a file declares which was read, or one of the standard library, what to import.
pub fn offer(loaded: &Loaded, loader: &dyn Loader, diagnostics: &mut [Diagnostic]) {
    let unknown = |diagnostic: &Diagnostic| diagnostic.code == "E0101";
    if !diagnostics.iter().any(unknown) {
        return;
    }
    let library = Library::read(loaded, loader);
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| unknown(diagnostic)) {
        if let Some(offered) = offered(loaded, &library, diagnostic) {
            *diagnostic = offered;
        }
    }
}

/// The files of the standard library that were not imported.
struct Library(Vec<(String, File)>);

impl Library {
    fn read(loaded: &Loaded, loader: &dyn Loader) -> Self {
        let unread = |name: &&str| loaded.sources.find(&format!("{name}.mc")).is_none();
        let read = |name: &str| {
            let text = loader.load(&format!("{name}.mc")).ok()?;
            Some((name.to_owned(), loader.parse(FileId::default(), &text).file))
        };
        Self(loader.library().into_iter().filter(unread).filter_map(read).collect())
    }
}

fn offered(loaded: &Loaded, library: &Library, unknown: &Diagnostic) -> Option<Diagnostic> {
    let span = unknown.primary.span;
    let text = &loaded.sources.get(span.file)?.text;
    let name = text.get(span.start as usize..span.end as usize)?;
    if !KINDS.iter().any(|kind| unknown.message == format!("no {kind} `{name}`")) {
        return None;
    }
    let declares = |file: &File| file.items.iter().any(|item| is_named(item, name));
    let read = (0..).map(FileId).zip(&loaded.files).filter(|(id, _)| *id != span.file);
    let near = read.filter(|(_, file)| declares(file)).find_map(|(id, _)| path(&loaded.sources, span.file, id));
    let from = near.or_else(|| {
        let found = library.0.iter().find(|(_, file)| declares(file));
        found.map(|(name, _)| name.clone())
    })?;
    let here = loaded.files.get(usize::from(span.file.0))?;
    let (at, insertion) = insertion(here, text, name, &from, span);
    let report = Diagnostic::error("E0102", span, format!("`{name}` is declared in `{from}`"))
        .label("not imported")
        .help(format!("write `import {{ {name} }} from \"{from}\";` at the top"))
        .edit(at, insertion);
    Some(Diagnostic { secondary: unknown.secondary.clone(), ..report })
}

/// Tests and apps have names that nobody imports.
fn is_named(item: &Item, name: &str) -> bool {
    !matches!(item.kind, ItemKind::App(_)) && name_of(&item.kind).is_some_and(|known| known.name == name)
}

/// What an import in the file `from` writes to name the file `to`.
#[must_use]
pub fn path(sources: &SourceSet, from: FileId, to: FileId) -> Option<String> {
    let (from, to) = (&sources.get(from)?.path, &sources.get(to)?.path);
    if to.starts_with("std/") {
        return to.strip_suffix(".mc").map(str::to_owned);
    }
    let folders = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<String>>();
    let (from, to) = (folders(from), folders(to));
    let depth = from.len().saturating_sub(1);
    let common = from.iter().take(depth).zip(&to).take_while(|(one, other)| one == other).count();
    let up = "../".repeat(depth - common);
    let down = to.get(common..)?.join("/");
    Some(if up.is_empty() { format!("./{down}") } else { format!("{up}{down}") })
}

/// Where the import of `name` goes in the file of `span`, and what is put in there: a name more, or a line.
#[must_use]
pub fn insertion(file: &File, text: &str, name: &str, from: &str, span: Span) -> (Span, String) {
    let at = |offset: u32| Span { start: offset, end: offset, ..span };
    let known = file.imports.iter().find(|import| import.from == from);
    if let Some(last) = known.and_then(|import| import.names.last()) {
        return (at(last.alias.as_ref().unwrap_or(&last.name).span.end), format!(", {name}"));
    }
    let line = format!("import {{ {name} }} from \"{from}\";");
    match file.imports.last() {
        Some(last) => (at(last.span.end), format!("\n{line}")),
        None => (at(after_header(text)), format!("{line}\n\n")),
    }
}

/// The offset behind the comments that a file opens with and the empty line below them.
fn after_header(text: &str) -> u32 {
    let mut offset = 0;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let is_comment = line.starts_with("//") && !line.starts_with("/// ");
        if !is_comment && !line.trim().is_empty() {
            break;
        }
        offset += line.len();
        if line.trim().is_empty() {
            end = offset;
        }
    }
    u32::try_from(end).unwrap_or(0)
}
