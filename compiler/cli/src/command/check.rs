//! `mcc check`: the findings, and nothing else.

use crate::args::Check;
use crate::compile;
use crate::failure::Failure;
use crate::output::Output;
use crate::project::Project;
use crate::render;
use crate::text::plural;
use crate::upgrade;
use mc_syntax::diagnostic::Diagnostic;

/// Reports every diagnostic on stdout; an error among them is exit code 1.
pub(super) fn run(args: &Check, output: &mut Output) -> Result<(), Failure> {
    let project = Project::of_paths(&args.paths)?;
    let mut compilation = compile::analyse(&project)?;
    if let Some(compiled) = &compilation.compiled {
        compilation.diagnostics.extend(upgrade::findings(compiled, &args.upgrades)?);
    }
    let diagnostics = &compilation.diagnostics;
    output.result(&render::render(diagnostics, &compilation.sources, args.shown.format()));
    let files = plural(compilation.sources.iter().count(), "file");
    let found = match diagnostics.as_slice() {
        [] => "nothing to report".to_owned(),
        some => render::summary(some),
    };
    output.status(&format!("checked {files}: {found}\n{}", render::advice(diagnostics, args.shown.format())));
    if diagnostics.iter().any(Diagnostic::is_error) { Err(Failure::Findings) } else { Ok(()) }
}
