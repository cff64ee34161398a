//! What the flags of a command name to be run: the workload of a project, or a block file.

use super::shape::{note_unused, workload};
use crate::args::Subject;
use crate::blockfile::{self, CHAIN, Draft};
use crate::compile::Built;
use crate::course::Course;
use crate::directory::Directory;
use crate::failure::{Complaint, Failure, reason};
use crate::output::Output;
use crate::project::{MANIFEST, Project, shown};
use crate::workload::{Workload, parse};
use mc_compiler::tree::App;
use mc_runtime::Block;
use std::path::Path;

/// What is to be run.
pub(super) struct Input {
    /// The project whose app it runs on.
    pub(super) project: Project,
    source: Source,
}

enum Source {
    /// The project's workload.
    Workload(Box<Workload>),
    /// A block file as JSON lines.
    Lines { path: String, drafts: Vec<Draft> },
    /// A block file in binary form.
    Binary(Vec<Block>),
}

impl Source {
    /// A block file in either form.
    fn of_blocks(bytes: Vec<u8>, path: String) -> Result<Self, Failure> {
        if blockfile::is_binary(&bytes) {
            return Ok(Self::Binary(blockfile::decode(&bytes, &path)?));
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            Complaint::new(format!("`{path}` is no block file: neither UTF-8 text nor the binary form"))
        })?;
        let drafts = blockfile::parse(&text, &path).map_err(Failure::Unable)?;
        Ok(Self::Lines { path, drafts })
    }

    /// What a file says of the state before a call: a workload, or a block file.
    fn of_state(path: &Path) -> Result<Self, Failure> {
        let name = shown(path);
        let bytes = std::fs::read(path)
            .map_err(|error| Failure::unable(format!("cannot read `{name}`: {}", reason(&error))))?;
        match path.extension().is_some_and(|extension| extension == "toml") {
            true => Ok(Self::Workload(Box::new(parse::parse(&name, &String::from_utf8_lossy(&bytes))?))),
            false => Self::of_blocks(bytes, name),
        }
    }
}

/// What leads to the state that a file describes: what a workload sets and sets up, without what it sends, or all
/// blocks of a block file.
pub(super) fn state(path: &Path, directory: &Directory<'_>) -> Result<Course, Failure> {
    match Source::of_state(path)? {
        Source::Workload(workload) => Ok(Course::of_workload(*workload, directory, 0)?.without_last()),
        Source::Lines { path, drafts } => Course::of_drafts(drafts, directory, &path),
        Source::Binary(blocks) => Ok(Course::of_blocks(blocks)),
    }
}

impl Input {
    /// Reads what the flags name.
    pub(super) fn read(subject: &Subject) -> Result<Self, Failure> {
        if subject.path.is_dir() {
            let project = Project::at_or_around(&subject.path)?;
            let workload = workload(&project, &subject.generate)?;
            return Ok(Self { project, source: Source::Workload(Box::new(workload)) });
        }
        let path = shown(&subject.path);
        if path.ends_with(".mc") {
            return Err(Complaint::new(format!("`{path}` is a source, not a block file"))
                .help("run a project's directory, or a block that `mcc block gen` wrote")
                .into());
        }
        let bytes = std::fs::read(&subject.path)
            .map_err(|error| Failure::unable(format!("cannot read `{path}`: {}", reason(&error))))?;
        let project = match &subject.project {
            Some(directory) => Project::in_directory(directory)?,
            None => project_of(&subject.path)?,
        };
        Ok(Self { project, source: Source::of_blocks(bytes, path)? })
    }

    /// The app that is meant: the one that the flags name, or the block file, or the project.
    pub(super) fn app<'b>(&self, subject: &Subject, built: &'b Built) -> Result<&'b App, Complaint> {
        match &self.source {
            Source::Lines { path, drafts } => {
                let draft = drafts.first();
                let place = format!("{path}:{}", draft.map_or(1, |draft| draft.line));
                let named = draft.map(|draft| draft.app.as_str());
                built.app(subject.app.as_deref().or(named)).map_err(|complaint| complaint.at(place))
            }
            _ => built.app_of(&self.project, subject.app.as_deref()),
        }
    }

    /// The chain that the blocks are for.
    pub(super) fn chain(&self) -> String {
        let named = match &self.source {
            Source::Workload(_) => None,
            Source::Lines { drafts, .. } => drafts.first().map(|draft| draft.chain.clone()),
            Source::Binary(blocks) => blocks.first().map(|block| block.chain.clone()),
        };
        named.unwrap_or_else(|| CHAIN.to_owned())
    }

    /// What is to happen, with the names of the app resolved.
    pub(super) fn course(
        self,
        subject: &Subject,
        directory: &Directory<'_>,
        output: &mut Output,
    ) -> Result<Course, Failure> {
        match self.source {
            Source::Workload(workload) => {
                note_unused(&workload, &subject.generate, output);
                Course::of_workload(*workload, directory, subject.generate.sharing.seed)
            }
            Source::Lines { path, drafts } => Course::of_drafts(drafts, directory, &path),
            Source::Binary(blocks) => Ok(Course::of_blocks(blocks)),
        }
    }
}

/// The project that a block file belongs to: around the file, or around the working directory.
fn project_of(file: &Path) -> Result<Project, Failure> {
    let beside = file.parent().filter(|parent| parent != &Path::new("")).unwrap_or(Path::new("."));
    if beside.join(MANIFEST).is_file() {
        return Project::in_directory(beside);
    }
    Project::around(Path::new(".")).map_err(|failure| match failure {
        Failure::Unable(complaints) => Failure::Unable(
            complaints
                .into_iter()
                .map(|complaint| match complaint.place.is_empty() {
                    true => {
                        complaint.help("a block file runs on an app: name its project with `--project DIR`")
                    }
                    false => complaint,
                })
                .collect(),
        ),
        other => other,
    })
}
