//! What an editor calls a file, and where it lies: `file:///a%20b.mc` and `/a b.mc`.

use std::path::{Path, PathBuf};

const SCHEME: &str = "file://";

/// The file that a uri names; `None` for what is no file.
#[must_use]
pub fn to_file(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix(SCHEME)?;
    let path = decoded(rest.get(rest.find('/')?..)?)?;
    // `/C:/a.mc` is `C:/a.mc`.
    let drive = path.get(1..).filter(|rest| rest.get(1..2) == Some(":"));
    Some(PathBuf::from(drive.unwrap_or(&path)))
}

/// The uri of a file with an absolute path.
#[must_use]
pub fn of_file(path: &Path) -> Option<String> {
    if !path.is_absolute() {
        return None;
    }
    let path = path.to_string_lossy().replace('\\', "/");
    let root = if path.starts_with('/') { "" } else { "/" };
    Some(format!("{SCHEME}{root}{}", encoded(&path)))
}

/// True for what stands in a path as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte)
}

fn encoded(path: &str) -> String {
    let letter = |byte: u8| {
        if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    path.bytes().map(letter).collect()
}

fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|it| u8::try_from(it).ok());
            bytes.push(digit(rest.next())? * 16 + digit(rest.next())?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_back() {
        for path in ["/a.mc", "/a b/接收者 🎉#?%.mc", "/x/../y.mc"] {
            let uri = of_file(Path::new(path)).unwrap();
            assert!(uri.is_ascii(), "{uri}");
            assert_eq!(to_file(&uri), Some(PathBuf::from(path)), "{uri}");
        }
    }

    #[test]
    fn editors_write_paths_in_many_ways() {
        let file = |uri| to_file(uri).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(file("file:///c%3A/a.mc").as_deref(), Some("c:/a.mc"));
        assert_eq!(file("file://localhost/a.mc").as_deref(), Some("/a.mc"));
        assert_eq!(file("file:///a%2"), None);
        assert_eq!(file("untitled:Untitled-1"), None);
    }
}
