//! `mcc block gen`: a block file from a project's workload.

use super::shape::{note_unused, workload};
use crate::args::BlockGen;
use crate::blockfile::{self, CHAIN};
use crate::compile;
use crate::directory::Directory;
use crate::failure::{Complaint, Failure, reason};
use crate::output::{Format, Output};
use crate::project::{Project, shown};
use crate::text::plural;
use crate::workload::generate::generate as drafts_of;

/// Generates, checks that every line can run, and writes.
pub(super) fn generate(args: &BlockGen, output: &mut Output) -> Result<(), Failure> {
    let project = Project::at_or_around(&args.project)?;
    let built = compile::build(&project, Format::Human, output)?;
    let app = built.app_of(&project, args.app.as_deref())?;
    let workload = workload(&project, &args.generate)?;
    note_unused(&workload, &args.generate, output);
    if let Some(cells) = workload.cells.first() {
        let place = format!("{}:{}", workload.path, cells.line);
        return Err(Complaint::new("a block file cannot set cells before its first block")
            .help("`mcc run` and `mcc bench` can, with the workload itself")
            .at(place)
            .into());
    }
    let directory = Directory::new(app, &built.compiled, CHAIN);
    let mut drafts = drafts_of(&workload, &directory, args.generate.sharing.seed).map_err(Failure::Unable)?;
    if args.pinned {
        drafts.iter_mut().for_each(|draft| draft.pin(&directory));
    }
    let blocks = blockfile::resolve(&drafts, &directory, &workload.path).map_err(Failure::Unable)?;
    let bytes = if args.binary { blockfile::encode(&blocks) } else { blockfile::write(&drafts).into_bytes() };
    match &args.out {
        None => output.result_bytes(&bytes),
        Some(path) => {
            std::fs::write(path, &bytes).map_err(|error| {
                Failure::unable(format!("cannot write `{}`: {}", shown(path), reason(&error)))
            })?;
            let sizes: Vec<String> =
                blocks.iter().map(|block| plural(block.transactions.len(), "transaction")).collect();
            let blocks = plural(blocks.len(), "block");
            output.status(&format!("wrote {} ({blocks}: {})\n", shown(path), sizes.join(", ")));
        }
    }
    Ok(())
}
