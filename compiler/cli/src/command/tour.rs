//! `mcc tour`: the chapters of the tour, for reading in a terminal.

use crate::args::Tour as Args;
use crate::failure::{Complaint, Failure};
use crate::output::{Output, bold, dim};
use crate::text::{flowed, words};
use crate::tour::{Block, Chapter, Part, chapters};

/// Shows the list, a chapter, or all of them.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let all = chapters();
    let chosen: Vec<&Chapter> = match &args.chapter {
        None if args.all || args.shown.is_json() => all.iter().collect(),
        None => {
            list(&all, output);
            return Ok(());
        }
        Some(wanted) => vec![find(&all, wanted)?],
    };
    for (number, chapter) in chosen.iter().enumerate() {
        if args.shown.is_json() {
            output.json(chapter);
            continue;
        }
        let gap = if number == 0 { "" } else { "\n\n" };
        output.result(&format!("{gap}{}", shown(chapter)));
    }
    if let (Some(_), [chapter]) = (&args.chapter, chosen.as_slice()) {
        let next = chapter.number + 1;
        let then = if next > all.len() { "mcc new NAME".to_owned() } else { format!("mcc tour {next}") };
        output.status(&format!("\nnext: `{then}`\n"));
    }
    Ok(())
}

fn list(chapters: &[Chapter], output: &mut Output) {
    for chapter in chapters {
        output.result(&format!("{:>2}  {}\n", chapter.number, chapter.title));
    }
    output.status("\n`mcc tour 1` shows the first chapter, `mcc tour --all` every one\n");
}

fn find<'c>(chapters: &'c [Chapter], wanted: &str) -> Result<&'c Chapter, Complaint> {
    let number = wanted.parse::<usize>().ok();
    chapters.iter().find(|chapter| Some(chapter.number) == number).ok_or_else(|| {
        Complaint::new(format!("no chapter `{wanted}`"))
            .help(format!("they are numbered from 1 to {}; `mcc tour` lists them", chapters.len()))
    })
}

/// A chapter for reading.
fn shown(chapter: &Chapter) -> String {
    let mut text = format!("{}\n", bold(&format!("{}. {}", chapter.number, chapter.title)));
    let mut in_list = false;
    for part in &chapter.parts {
        let is_point = matches!(part, Part::Point(_));
        if !(in_list && is_point) {
            text.push('\n');
        }
        in_list = is_point;
        text.push_str(&match part {
            Part::Paragraph(sentences) => flowed("", &words(sentences), " "),
            Part::Point(sentences) => flowed("- ", &words(sentences), " "),
            Part::Block(block) if block.language == "console" => transcript(block),
            Part::Block(block) => file(block),
        });
    }
    text
}

/// Commands and what they print: as wide as they are.
fn transcript(block: &Block) -> String {
    // A line of a diff may be a single blank.
    let shown = |line: &str| if line.starts_with("$ ") { bold(line) } else { line.trim_end().to_owned() };
    block.text.lines().map(|line| shown(line) + "\n").collect()
}

fn file(block: &Block) -> String {
    let name = block.file.map(|name| format!("  {}\n\n", dim(&format!("{name}:")))).unwrap_or_default();
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    name + &block.text.lines().map(line).collect::<String>()
}
