//! From a project to its containers, with every diagnostic reported on the way.

use crate::failure::{Complaint, Failure};
use crate::output::{Format, Output};
use crate::project::{Disk, Project, library_names, library_text};
use crate::render;
use mc_compiler::load::Loader;
use mc_compiler::tree::App;
use mc_compiler::{Compiled, Output as Compilation, Timings};
use mc_syntax::ast;
use mc_syntax::source::SourceSet;

/// Everything that was compiled.
pub struct Built {
    /// The sources.
    pub sources: SourceSet,
    /// Their syntax trees.
    pub files: Vec<ast::File>,
    /// The program and its containers.
    pub compiled: Compiled,
    /// How long each phase took.
    pub timings: Timings,
}

/// Compiles, and gives the diagnostics as they are.
///
/// # Errors
/// If a root cannot be read.
pub fn analyse(project: &Project) -> Result<Compilation, Failure> {
    analyse_with(project, &Disk)
}

/// Compiles with sources from somewhere else.
///
/// # Errors
/// If a root cannot be read.
pub fn analyse_with(project: &Project, loader: &dyn Loader) -> Result<Compilation, Failure> {
    mc_compiler::compile(&project.roots, loader)
        .map_err(|(path, why)| Complaint::new(format!("cannot read `{path}`: {why}")).into())
}

/// A text in the place of a file, so that its imports mean what they would mean there.
pub struct Overlay<'o> {
    /// The file's path.
    pub path: &'o str,
    /// The text.
    pub text: &'o str,
}

impl Loader for Overlay<'_> {
    fn load(&self, path: &str) -> Result<String, String> {
        if path == self.path { Ok(self.text.to_owned()) } else { Disk.load(path) }
    }

    fn library(&self) -> Vec<&str> {
        library_names()
    }
}

/// Compiles, and reports the diagnostics on the side.
///
/// # Errors
/// [`Failure::Findings`] if one of them is an error.
pub fn build(project: &Project, format: Format, output: &mut Output) -> Result<Built, Failure> {
    let compilation = analyse(project)?;
    let text = match compilation.diagnostics.as_slice() {
        [] => String::new(),
        some => render::render(some, &compilation.sources, format),
    };
    let summary = render::summary(&compilation.diagnostics);
    let Compilation { sources, files, timings, .. } = compilation;
    match compilation.compiled {
        Some(compiled) => {
            output.status(&text);
            Ok(Built { sources, files, compiled, timings })
        }
        None => {
            output.aside(&text);
            output.status(&format!("{summary}\n{}", render::advice(&compilation.diagnostics, format)));
            Err(Failure::Findings)
        }
    }
}

/// Compiles a project that is embedded.
///
/// # Errors
/// If it has mistakes, which would be ours.
pub fn embedded(project: &mc_stdlib::Project) -> Result<Built, Failure> {
    let paths = project.files.iter().map(|file| file.path).filter(|path| path.ends_with(".mc"));
    let roots: Vec<String> = paths.map(ToOwned::to_owned).collect();
    let broken = |why: String| Failure::unable(format!("the embedded project `{}`: {why}", project.name));
    let compilation = mc_compiler::compile(&roots, &Embedded(project)).map_err(|(_, why)| broken(why))?;
    let text = render::render(&compilation.diagnostics, &compilation.sources, Format::Short);
    let compiled = compilation.compiled.ok_or_else(|| broken(text))?;
    let Compilation { sources, files, timings, .. } = compilation;
    Ok(Built { sources, files, compiled, timings })
}

/// Reads the sources of an embedded project.
struct Embedded<'p>(&'p mc_stdlib::Project);

impl Loader for Embedded<'_> {
    fn load(&self, path: &str) -> Result<String, String> {
        let own = self.0.text(path).map(ToOwned::to_owned);
        own.or_else(|| library_text(path)).ok_or_else(|| "there is no such file".to_owned())
    }

    fn library(&self) -> Vec<&str> {
        library_names()
    }
}

impl Built {
    /// The app that is meant: the one with this name, or the only one.
    ///
    /// # Errors
    /// If there is none, or none is named and there are several.
    pub fn app(&self, wanted: Option<&str>) -> Result<&App, Complaint> {
        app(&self.compiled, wanted)
    }

    /// The app of a project that is meant: the one with this name, else the one that its manifest names, else the only one
    /// of its own files, else the only one in reach.
    ///
    /// # Errors
    /// If there is none, or it is not clear which.
    pub fn app_of(&self, project: &Project, wanted: Option<&str>) -> Result<&App, Complaint> {
        let wanted = wanted.or(project.app.as_deref());
        let is_own = |app: &&App| {
            let file = self.sources.get(app.span.file);
            file.is_some_and(|file| project.roots.contains(&file.path))
        };
        let mut own = self.compiled.program.apps.iter().filter(is_own);
        match (wanted, own.next(), own.next()) {
            (None, Some(app), None) => Ok(app),
            _ => self.app(wanted),
        }
    }
}

/// The app that is meant: the one with this name, or the only one.
///
/// # Errors
/// If there is none, or none is named and there are several.
pub fn app<'c>(compiled: &'c Compiled, wanted: Option<&str>) -> Result<&'c App, Complaint> {
    let apps = &compiled.program.apps;
    let names = || apps.iter().map(|app| app.name.as_str());
    match (wanted, apps.as_slice()) {
        (Some(wanted), _) => apps
            .iter()
            .find(|app| app.name == wanted)
            .ok_or_else(|| Complaint::new(format!("no app `{wanted}`")).nearest(wanted, names())),
        (None, [app]) => Ok(app),
        (None, []) => Err(Complaint::new("there is no app, so nothing is deployed")
            .help("write `app Name { let thing = deploy Contract(); }`")),
        (None, _) => {
            let names: Vec<&str> = names().collect();
            Err(Complaint::new("there are several apps")
                .help(format!("choose with `--app`, or `app = \"…\"` in mcc.toml: {}", names.join(", "))))
        }
    }
}
