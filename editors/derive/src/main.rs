//! `cargo derive`: writes the derived files of `editors` anew.

use std::path::Path;

fn main() -> Result<(), mc_derive::Error> {
    mc_derive::files::write(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
}
