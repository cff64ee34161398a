//! Bytes to lines and columns, as the editor counts them, and back.

use gen_lsp_types::{Position, PositionEncodingKind, Range};
use line_index::{LineIndex, TextSize, WideEncoding, WideLineCol};
use mc_syntax::source::Span;

/// What a column counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, which every editor knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// The best of those that an editor offers.
    #[must_use]
    pub fn of(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    /// Its name in the protocol.
    #[must_use]
    pub fn name(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }
}

/// The lines of one text.
#[derive(Clone, Debug)]
pub struct Lines {
    index: LineIndex,
    encoding: Encoding,
}

impl Lines {
    /// The lines of `text`.
    #[must_use]
    pub fn new(text: &str, encoding: Encoding) -> Self {
        Self { index: LineIndex::new(text), encoding }
    }

    /// The line and column of a byte.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        let offset = TextSize::from(offset).min(self.index.len());
        let at = self.index.try_line_col(offset).unwrap_or(line_index::LineCol { line: 0, col: 0 });
        let wide = match self.encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16 => self.index.to_wide(WideEncoding::Utf16, at),
        };
        Position { line: at.line, character: wide.map_or(at.col, |wide| wide.col) }
    }

    /// The lines and columns of a span.
    #[must_use]
    pub fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    /// The byte of `text` at a line and column; the end of the line, or of the text, where there is no such.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position) -> u32 {
        let Some(line) = self.index.line(position.line) else { return u32::from(self.index.len()) };
        let (start, end) = (u32::from(line.start()), u32::from(line.end()));
        let inside = text.get(start as usize..end as usize).unwrap_or_default();
        let length = u32::try_from(inside.trim_end_matches(['\r', '\n']).len()).unwrap_or(0);
        let wide = WideLineCol { line: position.line, col: position.character };
        let column = match self.encoding {
            Encoding::Utf8 => position.character,
            Encoding::Utf16 => {
                self.index.to_utf8(WideEncoding::Utf16, wide).map_or(length, |column| column.col)
            }
        };
        let mut offset = start + column.min(length);
        while !text.is_char_boundary(offset as usize) {
            offset -= 1;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "/// 接收者 🎉 ok\r\nlet a;\n";

    #[test]
    fn every_byte_comes_back() {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(TEXT, encoding);
            for (offset, letter) in TEXT.char_indices().filter(|(_, letter)| !['\r', '\n'].contains(letter)) {
                let position = lines.position(u32::try_from(offset).unwrap());
                assert_eq!(lines.offset(TEXT, position) as usize, offset, "{letter} in {encoding:?}");
            }
        }
    }

    #[test]
    fn columns_count_what_was_agreed() {
        let ok = u32::try_from(TEXT.find("ok").unwrap()).unwrap();
        assert_eq!(Lines::new(TEXT, Encoding::Utf16).position(ok).character, 11);
        assert_eq!(Lines::new(TEXT, Encoding::Utf8).position(ok).character, 19);
    }

    #[test]
    fn what_lies_outside_is_the_end() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        assert_eq!(lines.offset(TEXT, Position { line: 0, character: 99 }), 21);
        assert_eq!(lines.offset(TEXT, Position { line: 9, character: 9 }) as usize, TEXT.len());
    }
}
