//! A text that does not know yet where its lines break.
//!
//! Wadler's pretty printer with one change: a line break is remembered, not written, until text follows it. So
//! no line ends in a blank, breaks never add up, and a comment can still go to the line before.

/// The greatest width of a line.
pub(super) const WIDTH: usize = 110;
/// The width of a level.
pub(super) const INDENT: usize = 4;

/// A document.
#[derive(Clone, Debug)]
pub(super) enum Doc<'a> {
    /// Words that stay together.
    Text(&'a str),
    /// A blank, but not at the start of a line.
    Space,
    /// A blank, or a break where its group is broken.
    Line,
    /// Nothing, or a break where its group is broken.
    SoftLine,
    /// A break; the group around it is broken.
    Hard,
    /// The next break leaves a line empty.
    Blank,
    /// A comma where its group is broken.
    BrokenComma,
    /// A comment between two tokens of one line; true if the next token follows without a blank.
    Inline(String, bool),
    /// A comment before a closing bracket: one between two tokens, or at the end of its line where its group is
    /// broken.
    Closing(String, bool),
    /// A comment at the end of the line of what stands before it, whatever was broken since.
    Trailing(String),
    /// A comment that starts a line and ends one.
    Own(String),
    /// One after the other.
    Concat(Vec<Doc<'a>>),
    /// One level deeper.
    Nest(Box<Doc<'a>>),
    /// On one line if that fits.
    Group(Box<Doc<'a>>),
}

/// One after the other.
pub(super) fn concat<'a>(parts: impl Into<Vec<Doc<'a>>>) -> Doc<'a> {
    Doc::Concat(parts.into())
}

/// One level deeper.
pub(super) fn nest<'a>(parts: impl Into<Vec<Doc<'a>>>) -> Doc<'a> {
    Doc::Nest(Box::new(concat(parts)))
}

/// On one line if that fits.
pub(super) fn group<'a>(parts: impl Into<Vec<Doc<'a>>>) -> Doc<'a> {
    Doc::Group(Box::new(concat(parts)))
}

/// A break, one level deeper, where what follows it does not fit.
pub(super) fn fill<'a>(line: Doc<'a>) -> Doc<'a> {
    nest([group([line])])
}

/// Nothing.
pub(super) fn nothing<'a>() -> Doc<'a> {
    Doc::Concat(Vec::new())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Flat,
    Broken,
}

type Job<'d, 'a> = (usize, Mode, &'d Doc<'a>);

/// Lays a document out.
pub(super) fn layout(doc: &Doc<'_>) -> String {
    let mut page = Page::default();
    let mut jobs = vec![(0, Mode::Broken, doc)];
    while let Some((indent, mode, doc)) = jobs.pop() {
        match doc {
            Doc::Concat(parts) => jobs.extend(parts.iter().rev().map(|part| (indent, mode, part))),
            Doc::Nest(inner) => jobs.push((indent + INDENT, mode, inner)),
            Doc::Group(inner) => {
                let flat = mode == Mode::Flat || fits(page.left(), (indent, Mode::Flat, inner), &jobs);
                jobs.push((indent, if flat { Mode::Flat } else { Mode::Broken }, inner));
            }
            Doc::Hard => page.line_break(indent),
            Doc::Line | Doc::SoftLine if mode == Mode::Broken => page.line_break(indent),
            Doc::Line | Doc::Space => page.space(),
            Doc::SoftLine => {}
            Doc::BrokenComma if mode == Mode::Broken => page.text(","),
            Doc::BrokenComma => {}
            Doc::Blank => page.blank = true,
            Doc::Text(text) => page.text(text),
            Doc::Closing(comment, tight) if mode == Mode::Flat => page.inline(comment, *tight),
            Doc::Inline(comment, tight) => page.inline(comment, *tight),
            Doc::Closing(comment, _) | Doc::Trailing(comment) => page.trailing(comment, indent),
            Doc::Own(comment) => page.own(comment, indent),
        }
    }
    page.finish()
}

/// True if `first` and what follows it up to the next break need at most `left` columns.
fn fits(left: usize, first: Job<'_, '_>, rest: &[Job<'_, '_>]) -> bool {
    let mut left = left;
    let mut rest = rest.iter().rev();
    let mut jobs = vec![first];
    loop {
        let inside = !jobs.is_empty();
        let Some((indent, mode, doc)) = jobs.pop().or_else(|| rest.next().copied()) else { return true };
        // What follows is in broken mode, with all that is in it: any break in it is an end.
        let flat = mode == Mode::Flat;
        let width = match doc {
            Doc::Concat(parts) => {
                jobs.extend(parts.iter().rev().map(|part| (indent, mode, part)));
                0
            }
            Doc::Nest(inner) | Doc::Group(inner) => {
                jobs.push((indent, mode, inner));
                0
            }
            Doc::Hard | Doc::Trailing(_) | Doc::Own(_) => return !(inside && flat),
            Doc::Line | Doc::SoftLine if !flat => return true,
            Doc::Closing(..) if !flat => return true,
            Doc::Inline(comment, _) | Doc::Closing(comment, _) if comment.contains('\n') => {
                return !(inside && flat);
            }
            Doc::Line | Doc::Space => 1,
            Doc::BrokenComma => usize::from(!flat),
            Doc::SoftLine | Doc::Blank => 0,
            Doc::Text(text) => columns(text),
            Doc::Inline(comment, tight) | Doc::Closing(comment, tight) => {
                columns(comment) + 1 + usize::from(!tight)
            }
        };
        match left.checked_sub(width) {
            Some(now) => left = now,
            None => return false,
        }
    }
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The text so far.
#[derive(Default)]
struct Page {
    text: String,
    /// Columns of the last line of `text`.
    column: usize,
    /// A break that is still to be written, with the indentation behind it.
    pending: Option<usize>,
    /// That break leaves a line empty.
    blank: bool,
    /// The last line ends in a `//` comment.
    commented: bool,
}

impl Page {
    /// The columns that are left on the line where text would go now.
    fn left(&self) -> usize {
        WIDTH.saturating_sub(self.pending.unwrap_or(self.column))
    }

    fn line_break(&mut self, indent: usize) {
        if !self.text.is_empty() {
            self.pending = Some(indent);
        }
    }

    fn space(&mut self) {
        if self.pending.is_none() && !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.push(" ");
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(indent) = self.pending.take() {
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.push_str(if self.blank { "\n\n" } else { "\n" });
            self.text.push_str(&" ".repeat(indent));
            self.column = indent;
            self.commented = false;
        }
        self.blank = false;
        self.push(text);
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => columns(last),
            None => self.column + columns(text),
        };
    }

    fn inline(&mut self, comment: &str, tight: bool) {
        if self.pending.is_none() && !self.text.ends_with(['(', '[']) {
            self.space();
        }
        self.text(comment);
        if !tight {
            self.space();
        }
    }

    fn trailing(&mut self, comment: &str, indent: usize) {
        if self.commented || self.text.is_empty() {
            return self.own(comment, indent);
        }
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.push(" ");
        self.push(comment);
        self.commented = comment.starts_with("//");
        self.pending = self.pending.or(Some(indent));
    }

    fn own(&mut self, comment: &str, indent: usize) {
        self.pending = if self.text.is_empty() { None } else { self.pending.or(Some(indent)) };
        self.text(comment);
        self.commented = true;
        self.pending = Some(indent);
    }

    fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end_matches([' ', '\n']).len());
        self.text.push('\n');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &[&'static str]) -> Doc<'static> {
        let mut inner = vec![Doc::SoftLine];
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                inner.extend([Doc::Text(","), Doc::Line]);
            }
            inner.push(Doc::Text(word));
        }
        inner.push(Doc::BrokenComma);
        group([Doc::Text("("), nest(inner), Doc::SoftLine, Doc::Text(")")])
    }

    #[test]
    fn a_group_is_on_one_line_or_broken() {
        assert_eq!(layout(&list(&["a", "b"])), "(a, b)\n");
        let wide = "x".repeat(60).leak();
        assert_eq!(layout(&list(&[wide, wide])), format!("(\n    {wide},\n    {wide},\n)\n"));
    }

    #[test]
    fn breaks_do_not_add_up_and_comments_stay_on_their_line() {
        let doc = concat([
            Doc::Text("a"),
            Doc::Hard,
            Doc::Blank,
            Doc::Hard,
            Doc::Trailing("// b".to_owned()),
            Doc::Own("// c".to_owned()),
            Doc::Text("d"),
            Doc::Space,
            Doc::Hard,
        ]);
        assert_eq!(layout(&doc), "a // b\n\n// c\nd\n");
    }
}
