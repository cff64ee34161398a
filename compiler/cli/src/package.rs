//! Packages as files.

use mc_container::verify::PACKAGE_BYTES_MAX;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a package; of what is too large to be one, no more than that shows.
///
/// # Errors
/// If the file cannot be read.
pub fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(PACKAGE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
