//! Turns `mc.lalrpop` into the tables that `src/parser` drives; nothing is written into the source tree.

use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=mc.lalrpop");
    lalrpop::Configuration::new().set_out_dir(env::var("OUT_DIR")?).process_file("mc.lalrpop")
}
