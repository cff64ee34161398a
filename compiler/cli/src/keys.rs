//! Keys of publishers: files with the 32 bytes of an Ed25519 seed, as hexadecimal digits.

use crate::failure::{Complaint, Failure, reason};
use crate::project::{read_text, shown};
use crate::text::hex;
use mc_container::publisher::{Publisher, SigningKey};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Makes a key and writes it to a new file, which only its owner may read.
///
/// # Errors
/// If there is such a file, or it cannot be written.
pub fn create(path: &Path) -> Result<SigningKey, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::unable(format!("the system gives no random numbers: {error}")))?;
    let mut file = new_file(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Complaint::new(format!("`{}` exists", shown(path)))
            .help("keys are never overwritten; choose another name")
            .into(),
        _ => unwritten(path, &error),
    })?;
    writeln!(file, "{}", hex(&seed)).map_err(|error| unwritten(path, &error))?;
    Ok(SigningKey::from(seed))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::unable(format!("cannot write `{}`: {}", shown(path), reason(error)))
}

#[cfg(unix)]
fn new_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Reads a key.
///
/// # Errors
/// If the file is not there, or holds no key. What it holds is not shown.
pub fn read(path: &Path) -> Result<SigningKey, Failure> {
    let text = read_text(&shown(path))
        .map_err(|why| Failure::unable(format!("cannot read the key `{}`: {why}", shown(path))))?;
    let seed = bytes_of(text.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    seed.map(SigningKey::from).ok_or_else(|| {
        Complaint::new(format!("`{}` holds no key", shown(path)))
            .help("a key is 64 hexadecimal digits; `mcc sign --new-key FILE` makes one")
            .into()
    })
}

/// True if others than its owner may read a file.
#[cfg(unix)]
#[must_use]
pub fn is_public(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

/// True if others than its owner may read a file, as far as that can be told.
#[cfg(not(unix))]
#[must_use]
pub fn is_public(_: &Path) -> bool {
    false
}

/// Somebody who may have signed a package, by public key or by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity(Vec<u8>);

impl Identity {
    /// Reads the digits of a key (64) or of an address (40), with or without `0x`.
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(text: &str) -> Result<Self, Complaint> {
        let bytes = bytes_of(text.strip_prefix("0x").unwrap_or(text));
        let bytes = bytes.filter(|bytes| bytes.len() == 32 || bytes.len() == 20);
        bytes.map(Self).ok_or_else(|| {
            Complaint::new(format!("`{text}` is neither a key nor an address"))
                .help("write the 64 digits of a public key, or the 40 of an address")
        })
    }

    /// True if the publisher is the one that is meant.
    #[must_use]
    pub fn is(&self, publisher: &Publisher) -> bool {
        self.0 == publisher.key() || self.0 == publisher.address().0
    }
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    });
    pairs.collect()
}
