//! `mcc explain`: what a code means, or every code there is.

use crate::args::Explain;
use crate::explain::{self, PAGES, Page, Part};
use crate::failure::{Complaint, Failure};
use crate::output::{Format, Output, bold, dim};
use crate::text::{flowed, words};

/// Prints the page of a code, or the table of all codes.
pub(super) fn run(args: &Explain, output: &mut Output) -> Result<(), Failure> {
    let format = args.shown.format();
    let Some(wanted) = &args.code else {
        table(format, output);
        return Ok(());
    };
    let page = find(wanted)?;
    match format {
        Format::Json => output.json(&page.for_machines()),
        Format::Short => output.result(&format!("{}: {}\n", page.code, page.title)),
        Format::Human | Format::Sarif | Format::Github => output.result(&shown(&page)),
    }
    Ok(())
}

/// The page of a code, in capitals or not.
fn find(wanted: &str) -> Result<Page, Complaint> {
    let code = wanted.to_uppercase();
    Page::of(&code).ok_or_else(|| {
        let complaint = Complaint::new(format!("no code `{wanted}`"));
        let complaint = complaint.nearest(&code, PAGES.iter().map(|(code, _)| *code));
        if complaint.help.is_some() { complaint } else { complaint.help("`mcc explain` lists every code") }
    })
}

fn table(format: Format, output: &mut Output) {
    let mut family = "";
    for (code, meaning) in explain::codes() {
        match format {
            Format::Json => {
                if let Some(page) = Page::of(code) {
                    output.json(&page.for_machines());
                }
            }
            Format::Short => output.result(&format!("{code}: {meaning}\n")),
            Format::Human | Format::Sarif | Format::Github => {
                let gap = if family.is_empty() { "" } else { "\n" };
                if family != explain::family(code) {
                    family = explain::family(code);
                    output.result(&format!("{gap}{}\n", bold(family)));
                }
                output.result(&flowed(&format!("  {code}  "), &words(meaning), " "));
            }
        }
    }
    output.status("\n`mcc explain CODE` says why, with an example\n");
}

/// A page for reading.
fn shown(page: &Page) -> String {
    let mut text = format!("{}\n", bold(&format!("{}: {}", page.code, page.title)));
    let mut in_list = false;
    for part in &page.parts {
        let is_point = matches!(part, Part::Point(_));
        if !(in_list && is_point) {
            text.push('\n');
        }
        in_list = is_point;
        match part {
            Part::Paragraph(sentences) => text.push_str(&flowed("", &words(sentences), " ")),
            Part::Point(sentences) => text.push_str(&flowed("- ", &words(sentences), " ")),
            Part::Failing(code) => text.push_str(&block(&format!("this gets {}:", page.code), code)),
            Part::Mended(code) => text.push_str(&block("this compiles:", code)),
            Part::Sample(code) => text.push_str(&indented(code)),
        }
    }
    text
}

fn block(label: &str, code: &str) -> String {
    format!("  {}\n\n{}", dim(label), indented(code))
}

fn indented(code: &str) -> String {
    code.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}
