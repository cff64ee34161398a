//! The little Markdown that pages and chapters are written in: a title, paragraphs, points with `-` and fenced
//! blocks.

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Sentences, in one line.
    Paragraph(String),
    /// A point of a list, in one line.
    Point(String),
    /// A fenced block: what stands behind its first fence, and its lines.
    Fenced(&'t str, String),
}

/// The title of a text, and what stands below it.
#[must_use]
pub fn read(text: &str) -> (&str, Vec<Piece<'_>>) {
    let (title, body) = text.split_once('\n').unwrap_or((text, ""));
    (title.trim_start_matches("# "), pieces(body))
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut goes_on = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(head) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```");
            pieces.push(Piece::Fenced(head, inside.map(|line| line.to_owned() + "\n").collect()));
            goes_on = false;
        } else if let Some(point) = line.strip_prefix("- ") {
            pieces.push(Piece::Point(point.to_owned()));
            goes_on = true;
        } else if line.trim().is_empty() {
            goes_on = false;
        } else if goes_on && let Some(Piece::Paragraph(last) | Piece::Point(last)) = pieces.last_mut() {
            last.push(' ');
            last.push_str(line.trim());
        } else {
            pieces.push(Piece::Paragraph(line.trim().to_owned()));
            goes_on = true;
        }
    }
    pieces
}
