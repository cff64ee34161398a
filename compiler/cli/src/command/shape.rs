//! The workload that flags ask for: a project's own, in another shape.

use crate::args::{Generate, Sharing};
use crate::failure::{Complaint, Failure};
use crate::output::Output;
use crate::project::{Project, WORKLOAD, read_text, shown};
use crate::workload::{Workload, parse};

/// The project's workload, with the shape that the flags ask for.
pub(super) fn workload(project: &Project, flags: &Generate) -> Result<Workload, Failure> {
    let path = shown(&project.file(WORKLOAD));
    let text = read_text(&path).map_err(|why| {
        Complaint::new(format!("cannot read `{path}`: {why}"))
            .help("a workload says what to send; `mcc block gen --help` describes it")
    })?;
    shaped(parse::parse(&path, &text)?, flags)
}

/// A workload with the shape that the flags ask for.
pub(super) fn shaped(mut workload: Workload, flags: &Generate) -> Result<Workload, Failure> {
    let shape = &mut workload.shape;
    shape.transactions = flags.txs.unwrap_or(shape.transactions);
    shape.correlation = flags.sharing.correlation.unwrap_or(shape.correlation);
    shape.vars = flags.sharing.vars.unwrap_or(shape.vars);
    shape.group = flags.sharing.group.unwrap_or(shape.group);
    shape.check()?;
    for param in &flags.param {
        let split =
            param.split_once('=').and_then(|(name, value)| Some((name.trim(), value.trim().parse().ok()?)));
        let Some((name, value)) = split else {
            return Err(Complaint::new(format!("`--param {param}` is not NAME=NUMBER")).into());
        };
        let Some(known) = workload.params.get_mut(name) else {
            let names = workload.params.keys().map(String::as_str);
            return Err(Complaint::new(format!("`{}` has no param `{name}`", workload.path))
                .nearest(name, names)
                .into());
        };
        *known = value;
    }
    workload.check_weights()?;
    Ok(workload)
}

/// Says so where a flag changes nothing.
pub(super) fn note_unused(workload: &Workload, flags: &Generate, output: &mut Output) {
    let Sharing { correlation, group, .. } = flags.sharing;
    let given = [("--correlation", correlation.is_some()), ("--group", group.is_some())];
    for (flag, given) in given {
        if given && !workload.shares() {
            let path = &workload.path;
            output.warning(&format!("{flag} changes nothing: no value in {path} is \"shared\""));
        }
    }
}
