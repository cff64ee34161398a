//! The tour: every program compiles, and every command prints what its chapter shows.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::mcc;
use mcc::tour::{CHAPTERS, Chapter, chapters};
use std::fmt::Write;
use std::path::Path;
use tempfile::TempDir;

/// A directory with the files of a chapter.
fn stage(chapter: &Chapter) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for block in chapter.blocks() {
        if let Some(file) = block.file {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &block.text).unwrap();
        }
    }
    directory
}

/// The commands of a transcript, each with what it prints now.
fn transcript(here: &Path, text: &str) -> String {
    let mut now = String::new();
    for command in text.lines().filter_map(|line| line.strip_prefix("$ mcc ")) {
        let ran = mcc(here, &command.split_whitespace().collect::<Vec<&str>>());
        assert!(ran.code < 2, "`mcc {command}`: {}{}", ran.stdout, ran.stderr);
        let gap = if now.is_empty() { "" } else { "\n" };
        writeln!(now, "{gap}$ mcc {command}\n{}{}", ran.stdout, ran.stderr.trim_end()).unwrap();
        now.truncate(now.trim_end().len());
        now.push('\n');
    }
    now
}

/// `INSTA_UPDATE=always`, as in `cargo bless`, writes what the commands print into the chapters.
#[test]
fn every_command_prints_what_its_chapter_shows() {
    let bless = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    let mut wrong = String::new();
    for (chapter, (name, text)) in chapters().iter().zip(CHAPTERS) {
        let directory = stage(chapter);
        let mut text = (*text).to_owned();
        for block in chapter.blocks().filter(|block| block.language == "console") {
            let now = transcript(directory.path(), &block.text);
            if now != block.text {
                write!(wrong, "\n{name} shows:\n{}\nand now it is:\n{now}", block.text).unwrap();
                text =
                    text.replace(&format!("```console\n{}```", block.text), &format!("```console\n{now}```"));
            }
        }
        if bless {
            std::fs::write(format!("{}/tour/{name}.md", env!("CARGO_MANIFEST_DIR")), text).unwrap();
        }
    }
    assert!(bless || wrong.is_empty(), "`cargo bless` accepts it:\n{wrong}");
}

#[test]
fn every_program_compiles_unless_it_is_meant_to_fail() {
    for chapter in chapters() {
        let directory = stage(&chapter);
        let programs: Vec<_> = chapter.blocks().filter(|block| block.language == "mc").collect();
        assert!(!programs.is_empty(), "chapter {} has no program", chapter.number);
        for block in programs {
            let file = block.file.unwrap();
            let ran = mcc(directory.path(), &["check", file]);
            assert_eq!(ran.code, i32::from(block.fails), "{}: {file}\n{}", chapter.number, ran.stdout);
            let formatted = mcc(directory.path(), &["fmt", "--check", file]);
            assert_eq!(
                formatted.code,
                0,
                "{}: {file} is not in the one style\n{}",
                chapter.number,
                mcc(directory.path(), &["fmt", "--diff", file]).stdout
            );
        }
        let shown = chapter.blocks().filter(|block| block.language == "console").count();
        assert!(shown > 0, "chapter {} shows no command", chapter.number);
    }
}

#[test]
fn every_file_of_the_folder_is_a_chapter() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tour");
    let names = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, CHAPTERS.iter().map(|(name, _)| format!("{name}.md")).collect::<Vec<_>>());
}

#[test]
fn chapters_fit_a_terminal() {
    let here = tempfile::tempdir().unwrap();
    let list = mcc(here.path(), &["tour"]).expect(0);
    assert_eq!(list.stdout.lines().count(), CHAPTERS.len());
    let all = mcc(here.path(), &["tour", "--all"]).expect(0);
    for line in list.stdout.lines().chain(all.stdout.lines()) {
        assert!(line.chars().count() <= 80, "wider than 80: {line}");
        assert!(!line.contains('\u{1b}') && line == line.trim_end(), "{line:?}");
    }
    for chapter in chapters() {
        let one = mcc(here.path(), &["tour", &chapter.number.to_string()]).expect(0);
        assert!(one.stdout.starts_with(&format!("{}. {}\n\n", chapter.number, chapter.title)));
        assert!(all.stdout.contains(&one.stdout));
    }
}

#[test]
fn machines_get_the_parts_and_a_wrong_number_is_trouble() {
    let here = tempfile::tempdir().unwrap();
    let json = mcc(here.path(), &["tour", "--json"]).expect(0).json();
    assert_eq!(json.len(), CHAPTERS.len());
    assert_eq!(json[2]["number"], 3);
    let ran = mcc(here.path(), &["tour", "13"]).expect(2);
    assert!(ran.stderr.contains("no chapter `13`") && ran.stderr.contains("from 1 to 12"), "{}", ran.stderr);
}
