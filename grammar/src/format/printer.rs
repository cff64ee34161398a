//! Takes the words of the text in their order and says where the comments between them go.

use super::doc::{Doc, concat, nothing};
use super::words::{Comment, Word, words};
use std::collections::VecDeque;

/// The words that are still to be printed.
pub(super) struct Printer<'a> {
    source: &'a str,
    words: VecDeque<Word<'a>>,
    /// A word was expected and another one stood there.
    astray: bool,
    /// Nothing was printed yet.
    fresh: bool,
}

impl<'a> Printer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, words: words(source), astray: false, fresh: true }
    }

    /// True if everything was printed, as expected.
    pub(super) fn is_done(&self) -> bool {
        !self.astray && self.words.len() == 1 && self.next_comments().is_empty()
    }

    /// Somewhere the tree and the words differ.
    pub(super) fn lost(&mut self) -> Doc<'a> {
        self.astray = true;
        nothing()
    }

    // ------------------------------------------------------------------------------------- Looking ahead

    /// The next word.
    pub(super) fn peek(&self) -> &'a str {
        self.peek_at(0)
    }

    /// The word after `ahead` others.
    pub(super) fn peek_at(&self, ahead: usize) -> &'a str {
        self.words.get(ahead).map_or("", |word| word.text)
    }

    /// The first byte of the next word.
    pub(super) fn start(&self) -> usize {
        self.words.front().map_or(0, |word| word.start)
    }

    fn next_comments(&self) -> &[Comment] {
        self.words.front().map_or(&[], |word| &word.comments)
    }

    /// True if a comment stands before the next word.
    pub(super) fn has_comments(&self) -> bool {
        !self.next_comments().is_empty()
    }

    /// True if the text has an empty line before the next word and its comments.
    pub(super) fn after_blank(&self) -> bool {
        let own = self.next_comments().iter().find(|comment| comment.starts_line);
        match own {
            Some(comment) => comment.after_blank,
            None => self.words.front().is_some_and(|word| word.after_blank && !ends_block(word.text)),
        }
    }

    /// True if the bracket that comes next is closed on the line it stands on.
    pub(super) fn closes_on_its_line(&self) -> bool {
        let mut depth = 0_usize;
        for word in &self.words {
            match word.text {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return self.is_one_line(self.start(), word.start);
            }
        }
        false
    }

    /// True if the bracket that comes next ends its line.
    pub(super) fn breaks_after_next(&self) -> bool {
        self.words.get(1).is_some_and(|word| !self.is_one_line(self.start(), word.start))
    }

    /// True if this part of the text has no line break.
    pub(super) fn is_one_line(&self, from: usize, to: usize) -> bool {
        self.source.get(from..to).is_some_and(|text| !text.contains('\n'))
    }

    // -------------------------------------------------------------------------------------------- Taking

    /// The next word, which must be this one, with the comments before it.
    pub(super) fn word(&mut self, expected: &str) -> Doc<'a> {
        if self.peek() != expected {
            self.astray = true;
        }
        self.any()
    }

    /// The next word, if it is this one.
    pub(super) fn word_if(&mut self, wanted: bool, expected: &str) -> Doc<'a> {
        if wanted { self.word(expected) } else { nothing() }
    }

    /// The next word, whatever it is, with the comments before it.
    pub(super) fn any(&mut self) -> Doc<'a> {
        let comments = self.comments();
        self.fresh = false;
        match self.words.pop_front() {
            Some(word) => concat([comments, Doc::Text(word.text)]),
            None => self.lost(),
        }
    }

    /// Leaves out a comma before a closing bracket; its comments go to the bracket.
    pub(super) fn skip_comma(&mut self) {
        if self.peek() != "," {
            return;
        }
        let Some(comma) = self.words.pop_front() else { return };
        let Some(next) = self.words.front_mut() else { return };
        next.prepend(comma.comments);
    }

    // ------------------------------------------------------------------------------------------ Comments

    /// The comments before the next word.
    pub(super) fn comments(&mut self) -> Doc<'a> {
        concat(self.take_comments(false))
    }

    /// The comments before the next word, which closes a group; empty lines between them are kept in a block
    /// of lines, and before all of them unless they are the first in it.
    pub(super) fn comments_of_end(&mut self, lines: bool, first: bool) -> Doc<'a> {
        let blank = if lines && !first && self.after_blank() { Doc::Blank } else { nothing() };
        let mut docs = self.take_comments(lines);
        for doc in &mut docs {
            if let Doc::Inline(comment, tight) = doc {
                *doc = Doc::Closing(std::mem::take(comment), *tight);
            }
        }
        concat([blank, concat(docs)])
    }

    /// The comments before the next word, which starts a line; empty lines between them are kept, and one
    /// before all of them where this is not the first line of its block.
    pub(super) fn comments_of_line(&mut self, first: bool) -> Doc<'a> {
        let blank = if self.after_blank() && !first { Doc::Blank } else { nothing() };
        concat([blank, concat(self.take_comments(true))])
    }

    fn take_comments(&mut self, blanks: bool) -> Vec<Doc<'a>> {
        let mut docs = Vec::new();
        let Some(word) = self.words.front_mut() else { return docs };
        let comments = std::mem::take(&mut word.comments);
        if comments.is_empty() {
            return docs;
        }
        let (breaks, tight) = (word.starts_line || word.text.is_empty(), is_tight(word.text));
        let at_end = blanks && ends_block(word.text);
        let blank = word.after_blank && !at_end;
        let mut started = false;
        let mut rows = rows(comments, self.fresh).into_iter().peekable();
        while let Some(row) = rows.next() {
            let ends = breaks
                || rows.peek().is_some()
                || (at_end && !row.trails)
                || row.comments.last().is_some_and(Comment::ends_line);
            if blanks && row.after_blank && started {
                docs.push(Doc::Blank);
            }
            started |= !row.trails;
            row.print(ends, tight, &mut docs);
        }
        if blanks && blank && started {
            docs.push(Doc::Blank);
        }
        docs
    }
}

/// True if a word stands right behind what is before it.
fn is_tight(word: &str) -> bool {
    matches!(word, "," | ";" | ":" | "." | "?." | ")" | "]" | "?" | "(" | "[" | "..")
}

/// True if no empty line is kept before this word.
fn ends_block(word: &str) -> bool {
    matches!(word, "}" | "")
}

/// Comments that stand on one line.
struct Row {
    comments: Vec<Comment>,
    /// They are behind a word on its line.
    trails: bool,
    after_blank: bool,
}

fn rows(comments: Vec<Comment>, fresh: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for comment in comments {
        let (starts, after_blank) = (comment.starts_line, comment.after_blank);
        match rows.last_mut() {
            Some(row) if !starts => row.comments.push(comment),
            before => {
                let trails = before.is_none() && !starts && !fresh;
                rows.push(Row { comments: vec![comment], trails, after_blank });
            }
        }
    }
    rows
}

impl Row {
    /// The row, where nothing else follows on its line if it `ends` the line.
    fn print(self, ends: bool, tight: bool, docs: &mut Vec<Doc<'_>>) {
        let count = self.comments.len();
        if ends && !self.trails {
            let texts: Vec<String> = self.comments.into_iter().map(|comment| comment.text).collect();
            docs.push(Doc::Own(texts.join(" ")));
            return;
        }
        for (at, comment) in self.comments.into_iter().enumerate() {
            docs.push(match ends {
                true => Doc::Trailing(comment.text),
                false => Doc::Inline(comment.text, tight && at + 1 == count),
            });
        }
    }
}
