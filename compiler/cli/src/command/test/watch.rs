//! `--watch`: the tests again, whenever a source changes.

use super::once;
use crate::args::Test as Args;
use crate::failure::Failure;
use crate::output::Output;
use crate::project::{Project, paths_among};
use notify::{Event, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Editors write a file in several steps: so long must nothing happen.
const QUIET: Duration = Duration::from_millis(150);

/// Runs the tests now and after every change, until the process is ended.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let project = Project::of_paths(&paths_among(&args.items)?.0)?;
    let unable = |error: notify::Error| Failure::unable(format!("cannot watch the sources: {error}"));
    let (sender, changes) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // Whoever does not listen any more has ended.
        let _ = sender.send(event);
    })
    .map_err(unable)?;
    for directory in directories(&project) {
        watcher.watch(&directory, RecursiveMode::NonRecursive).map_err(unable)?;
    }
    loop {
        output.clear();
        match once(args, output) {
            Ok(()) | Err(Failure::Findings) => {}
            Err(Failure::Unable(complaints)) => output.complain(&complaints),
        }
        output.status("waiting for a change\n");
        if !changed(&changes) || output.is_closed() {
            return Ok(());
        }
    }
}

/// The directories of the sources.
fn directories(project: &Project) -> BTreeSet<PathBuf> {
    let parent = |root: &String| match Path::new(root).parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    project.roots.iter().map(parent).collect()
}

/// Waits until a source has changed and nothing happens any more; false where nobody watches.
fn changed(changes: &Receiver<notify::Result<Event>>) -> bool {
    loop {
        match changes.recv() {
            Ok(Ok(event)) if is_of_sources(&event) => break,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    while changes.recv_timeout(QUIET).is_ok() {}
    true
}

fn is_of_sources(event: &Event) -> bool {
    let is_source = |path: &PathBuf| path.extension().is_some_and(|it| it == "mc" || it == "toml");
    !event.kind.is_access() && event.paths.iter().any(is_source)
}
