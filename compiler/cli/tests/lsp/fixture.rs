//! A fixture: files, and requests in them.

/// Files and requests.
pub struct Fixture {
    /// `(name, text)` of every file.
    pub files: Vec<(String, String)>,
    /// The requests, in the order of the text.
    pub requests: Vec<Request>,
}

/// A request.
pub struct Request {
    /// The file it is about.
    pub file: String,
    /// The byte that it points at.
    pub offset: usize,
    /// What is asked.
    pub what: String,
    /// What stands behind that.
    pub argument: String,
    /// True if it is about the whole file.
    pub whole: bool,
}

impl Fixture {
    /// Reads a fixture; its first file is `main.mc` unless it says otherwise.
    pub fn read(text: &str) -> Self {
        let mut fixture = Self { files: Vec::new(), requests: Vec::new() };
        let (mut name, mut file) = ("main.mc".to_owned(), String::new());
        let mut line_start = 0;
        for line in text.split_inclusive('\n') {
            if let Some(next) = line.strip_prefix("// file: ") {
                if !file.is_empty() {
                    fixture.files.push((name, std::mem::take(&mut file)));
                }
                (name, line_start) = (next.trim().to_owned(), 0);
                continue;
            }
            if let Some(request) = whole(line, &name).or_else(|| pointing(line, &name, &file, line_start)) {
                fixture.requests.push(request);
            } else {
                line_start = file.len();
            }
            file.push_str(line);
        }
        fixture.files.push((name, file));
        fixture
    }

    /// The text of a file.
    pub fn text(&self, name: &str) -> &str {
        &self.files.iter().find(|(known, _)| known == name).unwrap().1
    }
}

/// `//= symbols`
fn whole(line: &str, file: &str) -> Option<Request> {
    let asked = line.trim().strip_prefix("//=")?.trim();
    let (what, argument) = asked.split_once(' ').unwrap_or((asked, ""));
    let (what, argument) = (what.to_owned(), argument.to_owned());
    Some(Request { file: file.to_owned(), offset: 0, what, argument, whole: true })
}

/// `//    ^ hover`, about the letter of the line before.
fn pointing(line: &str, file: &str, text: &str, line_start: usize) -> Option<Request> {
    let behind = line.trim_start().strip_prefix("//")?;
    let asked = behind.trim_start().strip_prefix('^')?;
    let column = line.chars().take_while(|letter| *letter != '^').count();
    let above = &text[line_start..];
    let offset = above.char_indices().nth(column).map_or(above.len(), |(at, _)| at);
    let offset = line_start + offset.min(above.find('\n').unwrap_or(above.len()));
    let asked = asked.trim();
    let (what, argument) = asked.split_once(' ').unwrap_or((asked, ""));
    let (what, argument) = (what.to_owned(), argument.to_owned());
    Some(Request { file: file.to_owned(), offset, what, argument, whole: false })
}
