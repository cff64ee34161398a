//! The tokens of a text, each with the comments before it.

use crate::lexer;
use std::collections::VecDeque;

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// Its text, without blanks at the ends of its lines.
    pub(super) text: String,
    /// It stands on another line than what is before it.
    pub(super) starts_line: bool,
    /// An empty line stands before it.
    pub(super) after_blank: bool,
}

impl Comment {
    /// True for one that goes to the end of its line.
    pub(super) fn ends_line(&self) -> bool {
        self.text.starts_with("//")
    }

    fn is_doc(&self) -> bool {
        self.text.starts_with("///") && !self.text.starts_with("////")
    }
}

/// A token; the last one is empty and stands for the end of the text.
#[derive(Clone, Debug)]
pub(super) struct Word<'a> {
    /// As it is written.
    pub(super) text: &'a str,
    /// Its first byte.
    pub(super) start: usize,
    /// What stands between it and the token before.
    pub(super) comments: Vec<Comment>,
    /// It stands on another line than what is before it.
    pub(super) starts_line: bool,
    /// An empty line stands before it.
    pub(super) after_blank: bool,
}

/// Every token of a text.
pub(super) fn words(text: &str) -> VecDeque<Word<'_>> {
    let lexed = lexer::lex(text);
    let places = lexed.tokens.iter().map(|(start, token, end)| (*start, token.text(), *end));
    let mut comments = lexer::comments(text).into_iter().peekable();
    let mut before = 0;
    let mut words = Vec::new();
    for (start, word, end) in places.chain([(text.len(), "", text.len())]) {
        let mut own = Vec::new();
        while let Some((from, to)) = comments.next_if(|(from, _)| *from < start) {
            let breaks = breaks(text, before, from);
            let comment = tidy(text.get(from..to).unwrap_or_default());
            own.push(Comment { text: comment, starts_line: breaks > 0, after_blank: breaks > 1 });
            before = to;
        }
        let breaks = breaks(text, before, start);
        words.push(Word {
            text: word,
            start,
            comments: own,
            starts_line: breaks > 0,
            after_blank: breaks > 1,
        });
        before = end;
    }
    settle(&mut words);
    words.into()
}

fn breaks(text: &str, from: usize, to: usize) -> usize {
    text.get(from..to).unwrap_or_default().matches('\n').count()
}

/// A comment without blanks at the ends of its lines.
pub(super) fn tidy(comment: &str) -> String {
    let lines: Vec<&str> = comment.split('\n').map(str::trim_end).collect();
    lines.join("\n")
}

/// Puts comments around a line break before a `,` or `;` behind it, where no doc comment comes or goes by that.
fn settle(words: &mut [Word<'_>]) {
    for at in 1..words.len() {
        let Some((left, [next, ..])) = words.split_at_mut_checked(at) else { return };
        let Some(word) = left.last_mut() else { return };
        let breaks = word.starts_line || word.comments.iter().any(|it| it.starts_line);
        let moves = matches!(word.text, "," | ";")
            && breaks
            && !word.comments.iter().any(|it| it.is_doc() && it.starts_line)
            && !next.comments.first().is_some_and(|first| first.is_doc() && !first.starts_line);
        if moves {
            next.prepend(std::mem::take(&mut word.comments));
        }
    }
}

impl Word<'_> {
    /// Puts comments before those it has.
    pub(super) fn prepend(&mut self, comments: Vec<Comment>) {
        let ends_line = comments.last().is_some_and(Comment::ends_line);
        if let Some(first) = self.comments.first_mut() {
            first.starts_line |= ends_line;
        }
        self.comments.splice(0..0, comments);
    }
}
