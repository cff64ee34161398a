//! `mcc editors`: puts what an editor needs where it looks for it.

use crate::args::{EditorPlace, EditorsList, InstallEditor};
use crate::editors::place::{Change, Place};
use crate::editors::{EDITORS, Editor, steps};
use crate::failure::{Complaint, Failure};
use crate::output::{Output, dim};
use crate::project::shown;
use crate::text::{flowed, words};
use serde_json::json;
use std::path::PathBuf;

/// Lists the editors.
pub(super) fn list(args: &EditorsList, output: &mut Output) {
    for editor in EDITORS {
        let home = editor.home().map(|home| shown(&home));
        if args.shown.is_json() {
            output.json(&json!({ "$schema": "urn:mcc:editor:1", "name": editor.name, "about": editor.about, "directory": home }));
        } else {
            output.result(&flowed(&format!("{:<8}", editor.name), &words(editor.about), " "));
            output.result(&home.map(|home| format!("{:8}{home}\n", "")).unwrap_or_default());
        }
    }
    output.status("\n`mcc editors install NAME` puts it in place\n");
}

/// A file with what becomes of it.
type Planned = (&'static str, &'static str, Change);

/// Puts the files of an editor in place.
pub(super) fn install(args: &InstallEditor, output: &mut Output) -> Result<(), Failure> {
    let (editor, folder) = target(&args.place)?;
    let mut place = Place::open(&folder)?;
    let files = beside_others(editor, &place);
    let planned = planned(&files, &place, args.force)?;
    let mut done: Vec<(String, Change)> =
        planned.iter().map(|(path, _, change)| ((*path).to_owned(), *change)).collect();
    let mut lacks = shared_as_well(editor, &files, &folder);
    if !args.place.dry_run {
        for (path, text, _) in &planned {
            place.write(path, text.as_bytes())?;
        }
        if let Some(step) = editor.step {
            let made = steps::take(step, &folder, &files, args.place.dir.is_none());
            lacks.extend(made.lacks);
            for path in made.files {
                let change = place.adopt(&path);
                if !done.iter().any(|(known, _)| *known == path) {
                    done.push((path, change));
                }
            }
        }
        place.close()?;
    }
    tell(&args.place, &folder, &done, output);
    for lack in &lacks {
        output.warning(lack);
    }
    if !args.place.dry_run {
        output.status(&format!("{}: {}\n", editor.name, editor.next));
    }
    Ok(())
}

/// Takes away what was put in place, but for what has been changed since.
pub(super) fn uninstall(args: &EditorPlace, output: &mut Output) -> Result<(), Failure> {
    let (_, folder) = target(args)?;
    let done = Place::open(&folder)?.clear(args.dry_run)?;
    if done.is_empty() {
        return Err(Failure::unable(format!("nothing of ours is in `{}`", shown(&folder))));
    }
    tell(args, &folder, &done, output);
    Ok(())
}

/// The editor that is meant, and its folder.
fn target(args: &EditorPlace) -> Result<(&'static Editor, PathBuf), Failure> {
    let editor = Editor::of(&args.editor).ok_or_else(|| {
        let names = EDITORS.iter().map(|editor| editor.name);
        Complaint::new(format!("nothing is there for an editor `{}`", args.editor))
            .nearest(&args.editor, names)
    })?;
    let home = args.dir.clone().or_else(|| editor.home());
    let folder =
        home.ok_or_else(|| Complaint::new("nobody says where your files are").help("say it with `--dir`"))?;
    Ok((editor, folder))
}

/// The files, with the shared one under its other name where somebody else's is there.
fn beside_others(editor: &Editor, place: &Place) -> Vec<(&'static str, &'static str)> {
    let named = |(path, text): &(&'static str, &'static str)| match editor.shared {
        Some((shared, beside)) if shared == *path && place.plan(path, text.as_bytes()).is_none() => {
            (beside, *text)
        }
        _ => (*path, *text),
    };
    editor.files.iter().map(named).collect()
}

/// What is left to do where the shared file is somebody else's.
fn shared_as_well(editor: &Editor, files: &[(&str, &str)], folder: &std::path::Path) -> Vec<String> {
    let (shared, beside) = editor.shared.unwrap_or_default();
    let is_beside = files.iter().any(|(path, _)| *path == beside);
    let lacks = format!(
        "`{shared}` is yours, and stays; add to it:\n  cd {} && cat {beside} >> {shared}",
        shown(folder)
    );
    if is_beside { vec![lacks] } else { Vec::new() }
}

/// What becomes of each file; refused as a whole if one is not ours.
fn planned(
    files: &[(&'static str, &'static str)],
    place: &Place,
    force: bool,
) -> Result<Vec<Planned>, Failure> {
    let mut planned = Vec::new();
    let mut foreign = Vec::new();
    for (path, text) in files {
        match place.plan(path, text.as_bytes()) {
            Some(change) => planned.push((*path, *text, change)),
            None if force => planned.push((*path, *text, Change::Updated)),
            None => foreign.push(
                Complaint::new(format!("`{path}` is there, and not as mcc wrote it"))
                    .help("`--force` overwrites it; nothing was written"),
            ),
        }
    }
    if foreign.is_empty() { Ok(planned) } else { Err(Failure::Unable(foreign)) }
}

/// Says what was done, or would be.
fn tell(args: &EditorPlace, folder: &std::path::Path, done: &[(String, Change)], output: &mut Output) {
    if args.shown.is_json() {
        let files = done.iter().map(|(path, change)| json!({ "path": path, "change": change }));
        output.json(&json!({
            "$schema": "urn:mcc:editors:1", "editor": args.editor, "directory": shown(folder),
            "dry_run": args.dry_run, "files": files.collect::<Vec<_>>(),
        }));
        return;
    }
    let place = shown(folder);
    for (path, change) in done {
        let change = format!("{change:?}").to_lowercase();
        output.result(&format!("{} {place}/{path}\n", dim(&format!("{change:<9}"))));
    }
}
