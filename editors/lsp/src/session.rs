//! What the server knows: the open texts, the programs they are of, and the last answer of the compiler for each.

use crate::analysis::{Before, Snapshot};
use crate::diagnostics;
use crate::documents::{Document, Documents};
use crate::host::Host;
use crate::inlay;
use crate::json::with;
use crate::place::Place;
use crate::positions::Encoding;
use crate::symbols;
use crate::unopened::Unopened;
use crate::workspace::{Roots, Workspace};
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, TextDocumentPositionParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A program: a project, or a file on its own.
#[derive(Default)]
struct Program {
    snapshot: Option<Snapshot>,
    before: Before,
    /// What it was compiled from has changed.
    stale: bool,
    /// The files that the editor has findings of.
    told: BTreeSet<String>,
    /// These findings are those of the snapshot.
    is_told: bool,
}

/// The state of the server.
pub struct Session<'h> {
    /// The tool around the server.
    pub host: &'h dyn Host,
    /// The open texts.
    pub documents: Documents,
    /// The files.
    pub workspace: Workspace,
    /// What columns count.
    pub encoding: Encoding,
    /// Which hints are shown.
    pub hints: inlay::Wanted,
    programs: BTreeMap<String, Program>,
    /// Snapshots that nobody needs: giving them back takes its time, so it waits for what is to be told.
    spent: Vec<Snapshot>,
    unopened: Unopened,
}

/// Something to tell the editor: a method and its parameters.
pub type Told = (&'static str, Json);

impl<'h> Session<'h> {
    /// A session in which nothing is open.
    #[must_use]
    pub fn new(host: &'h dyn Host, workspace: Workspace, encoding: Encoding) -> Self {
        Self {
            host,
            documents: Documents::default(),
            workspace,
            encoding,
            hints: inlay::Wanted { types: true, cells: true },
            programs: BTreeMap::new(),
            spent: Vec::new(),
            unopened: Unopened::default(),
        }
    }

    // ------------------------------------------------------------------------------ What the editor does

    /// Takes in what the editor tells.
    ///
    /// # Errors
    /// If it is not what the protocol says.
    pub fn notice(&mut self, method: &str, params: Json) -> Result<(), String> {
        match method {
            "textDocument/didOpen" => self.opened(read(params)?),
            "textDocument/didChange" => self.changed(read(params)?),
            "textDocument/didClose" => self.closed(&read(params)?),
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.outside(),
            "workspace/didChangeWorkspaceFolders" => self.folders(&read(params)?),
            "workspace/didChangeConfiguration" => self.configure(&params),
            _ => {}
        }
        Ok(())
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let path = self.workspace.path(&item.uri.0);
        let document = Document { uri: item.uri.0, version: item.version, text: item.text };
        self.documents.open(&path, document);
        self.workspace.forget();
        self.touch(&path);
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let path = self.workspace.path(&params.text_document.text_document_identifier.uri.0);
        let version = params.text_document.version;
        self.documents.change(&path, version, params.content_changes, self.encoding);
        self.touch(&path);
    }

    fn closed(&mut self, params: &DidCloseTextDocumentParams) {
        let path = self.workspace.path(&params.text_document.uri.0);
        self.documents.close(&path);
        self.touch(&path);
        // Whoever has no open file left is told so.
        self.programs.values_mut().for_each(|program| program.is_told = false);
    }

    /// Files have changed that are not open.
    fn outside(&mut self) {
        self.workspace.forget();
        self.programs.values_mut().for_each(|program| program.stale = true);
    }

    fn folders(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        let path = |uri: &str| PathBuf::from(self.workspace.path(uri));
        let removed: Vec<PathBuf> = params.event.removed.iter().map(|folder| path(&folder.uri.0)).collect();
        let added: Vec<PathBuf> = params.event.added.iter().map(|folder| path(&folder.uri.0)).collect();
        self.workspace.folders.retain(|folder| !removed.contains(folder));
        self.workspace.folders.extend(added);
        self.outside();
    }

    /// `{ "mcc": { "inlayHints": { "types": false } } }`
    pub fn configure(&mut self, params: &Json) {
        let settings = params.get("settings").unwrap_or(params);
        let settings = settings.get("mcc").unwrap_or(settings);
        let hint = |name: &str| settings.get("inlayHints").and_then(|hints| hints.get(name)?.as_bool());
        self.hints.types = hint("types").unwrap_or(self.hints.types);
        self.hints.cells = hint("cells").unwrap_or(self.hints.cells);
    }

    /// What the file at `path` is a part of has to be compiled again.
    fn touch(&mut self, path: &str) {
        let roots = self.workspace.roots(path, self.host);
        let is_open = self.documents.get(path).is_some();
        for (name, program) in &mut self.programs {
            let reads = program.snapshot.as_ref().is_some_and(|snapshot| snapshot.file(path).is_some());
            program.stale |= reads || *name == roots.name;
        }
        if is_open {
            self.programs.entry(roots.name).or_default().stale = true;
        }
    }

    // ------------------------------------------------------------------------------ What the compiler says

    /// The program that a file is a part of, as the texts are now.
    pub fn snapshot(&mut self, path: &str) -> Option<&Snapshot> {
        let roots = self.workspace.roots(path, self.host);
        let name = roots.name.clone();
        let program = self.programs.entry(name.clone()).or_default();
        program.stale |= program.snapshot.as_ref().is_none_or(|snapshot| snapshot.roots != roots);
        self.refresh(&name, roots, &|| true);
        self.programs.get(&name)?.snapshot.as_ref()
    }

    /// Every program, as the texts are now.
    pub fn snapshots(&mut self) -> impl Iterator<Item = &Snapshot> {
        let names: Vec<String> = self.programs.keys().cloned().collect();
        for name in names {
            let roots = self.roots_of(&name);
            self.refresh(&name, roots, &|| true);
        }
        self.programs.values().filter_map(|program| program.snapshot.as_ref())
    }

    /// What is declared in any program and any folder, by a part of its name.
    pub fn named(&mut self, wanted: &str) -> Json {
        let mut found = symbols::of_programs(self.snapshots(), wanted);
        self.unopened.refresh(&self.workspace.folders, self.workspace.shelf(), self.encoding);
        for (path, source) in self.unopened.iter() {
            if !self.knows(&path) {
                found.extend(symbols::of_source(source, &self.workspace.uri(&path), wanted));
            }
        }
        symbols::told(found)
    }

    /// True if a program has the file at a path.
    fn knows(&self, path: &str) -> bool {
        let mut snapshots = self.programs.values().filter_map(|program| program.snapshot.as_ref());
        snapshots.any(|snapshot| snapshot.file(path).is_some())
    }

    /// Compiles what imports a file and is not open; what nobody looks at is forgotten with the next work.
    fn summon(&mut self, path: &str) {
        self.unopened.refresh(&self.workspace.folders, self.workspace.shelf(), self.encoding);
        for importer in self.unopened.importers(path) {
            if !self.knows(&importer) {
                let roots = self.workspace.roots(&importer, self.host);
                let name = roots.name.clone();
                self.programs.entry(name.clone()).or_default().stale = true;
                self.refresh(&name, roots, &|| true);
            }
        }
    }

    fn roots_of(&mut self, name: &str) -> Roots {
        let known = self.programs.get(name).and_then(|program| program.snapshot.as_ref());
        let of_documents = self.documents.iter().map(|(path, _)| path.to_owned());
        let mut paths: Vec<String> = known.into_iter().flat_map(|known| known.roots.paths.clone()).collect();
        paths.extend(of_documents);
        let all = paths.iter().map(|path| self.workspace.roots(path, self.host));
        let mut of_name = all.collect::<Vec<_>>().into_iter().filter(|roots| roots.name == name);
        of_name.next().unwrap_or(Roots { name: name.to_owned(), paths: Vec::new(), app: None })
    }

    /// Compiles a program whose texts have changed; true unless that was broken off.
    fn refresh(&mut self, name: &str, roots: Roots, goes_on: &dyn Fn() -> bool) -> bool {
        let Some(program) = self.programs.get_mut(name).filter(|program| program.stale) else { return true };
        let world = (&self.documents, self.host);
        let shown = (&self.workspace, self.encoding);
        match Snapshot::compile(roots, world, &mut program.before, shown, goes_on) {
            Some(snapshot) => {
                self.spent.extend(program.snapshot.replace(snapshot));
                (program.stale, program.is_told) = (false, false);
                true
            }
            None => false,
        }
    }

    /// A program whose findings the editor has not been told as they are now.
    fn untold(&self) -> Option<String> {
        let mut programs = self.programs.iter().filter(|(_, program)| program.stale || !program.is_told);
        programs.next().map(|(name, _)| name.clone())
    }

    /// Gives back what is no longer needed, once everything is said.
    pub fn clear(&mut self) {
        self.spent.clear();
    }

    /// True if there is something to be told.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.untold().is_some()
    }

    /// Compiles one program that has to be, and gives its findings; nothing if that was broken off.
    pub fn work(&mut self, goes_on: &dyn Fn() -> bool) -> Vec<Told> {
        let Some(name) = self.untold() else { return Vec::new() };
        let open: Vec<String> = self.documents.iter().map(|(path, _)| path.to_owned()).collect();
        if !open.iter().any(|path| self.workspace.roots(path, self.host).name == name) {
            // Nobody looks at it any more.
            let program = self.programs.remove(&name);
            let told = program.into_iter().flat_map(|program| program.told);
            return told.map(|path| self.nothing(&path)).collect();
        }
        let roots = self.roots_of(&name);
        if self.refresh(&name, roots, goes_on) { self.findings(&name) } else { Vec::new() }
    }

    /// That there is nothing to say of a file.
    fn nothing(&self, path: &str) -> Told {
        let open = self.documents.get(path);
        let uri = open.map_or_else(|| self.workspace.uri(path), |document| document.uri.clone());
        ("textDocument/publishDiagnostics", json!({ "uri": uri, "diagnostics": [] }))
    }

    fn findings(&mut self, name: &str) -> Vec<Told> {
        let Some(program) = self.programs.get_mut(name) else { return Vec::new() };
        let Some(snapshot) = &program.snapshot else { return Vec::new() };
        let mut told = Vec::new();
        let mut now = BTreeSet::new();
        for (file, source) in snapshot.output.sources.iter() {
            let findings = diagnostics::of_file(snapshot, &self.workspace, file);
            let open = self.documents.get(&source.path);
            if findings.is_empty() && open.is_none() && !program.told.contains(&source.path) {
                continue;
            }
            now.insert(source.path.clone());
            let uri = open.map_or_else(|| self.workspace.uri(&source.path), |document| document.uri.clone());
            let mut params = json!({ "uri": uri, "diagnostics": findings });
            if let Some(document) = open {
                params = with(params, "version", json!(document.version));
            }
            told.push(("textDocument/publishDiagnostics", params));
        }
        let gone = std::mem::replace(&mut program.told, now.clone());
        program.is_told = true;
        // What is no longer a part of the program has no findings of it.
        told.extend(gone.difference(&now).map(|path| self.nothing(path)));
        told
    }

    // ------------------------------------------------------------------------------ Where requests point

    /// Calls `ask` with the place that a request points at.
    ///
    /// # Errors
    /// If the request points nowhere, or what `ask` says.
    pub fn at<T>(
        &mut self,
        params: &Json,
        ask: impl FnOnce(&Place<'_>) -> Result<T, String>,
    ) -> Result<T, String> {
        let at: TextDocumentPositionParams = read(params.clone())?;
        let path = self.workspace.path(&at.text_document.uri.0);
        self.snapshot(&path);
        let name = self.workspace.roots(&path, self.host).name;
        let snapshot = self.programs.get(&name).and_then(|program| program.snapshot.as_ref());
        let snapshot = snapshot.ok_or("there is no such file")?;
        let file = snapshot.file(&path).ok_or("there is no such file")?;
        let offset = snapshot.offset(file, at.position);
        let (documents, workspace) = (&self.documents, &self.workspace);
        ask(&Place { snapshot, host: self.host, documents, workspace, file, offset })
    }

    /// Calls `ask` with the place that a request points at, and with the one where that is declared in every other
    /// program that has it.
    ///
    /// # Errors
    /// If the request points nowhere, or what `ask` says.
    pub fn everywhere<T>(
        &mut self,
        params: &Json,
        ask: impl Fn(&Place<'_>) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let (first, target, own) =
            self.at(params, |place| Ok((ask(place)?, place.declared(), place.snapshot.roots.name.clone())))?;
        let mut answers = vec![first];
        let Some((path, offset)) = target else { return Ok(answers) };
        self.summon(&path);
        drop(self.snapshots());
        let others = self.programs.iter().filter(|(name, _)| **name != own);
        for snapshot in others.filter_map(|(_, program)| program.snapshot.as_ref()) {
            if let Some(file) = snapshot.file(&path) {
                let (documents, workspace) = (&self.documents, &self.workspace);
                let host = self.host;
                answers.push(ask(&Place { snapshot, host, documents, workspace, file, offset })?);
            }
        }
        Ok(answers)
    }
}

/// The parameters of a message.
///
/// # Errors
/// If they are not what the protocol says.
pub fn read<T: DeserializeOwned>(params: Json) -> Result<T, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}
