//! `mcc sign`: a publisher's key, and a publisher's signature in a package.

use crate::args::Sign;
use crate::failure::{Complaint, Failure, reason};
use crate::keys;
use crate::output::Output;
use crate::project::shown;
use crate::text::{hex, tame};
use mc_container::address::Address;
use mc_container::package::Package;
use mc_container::publisher::{self, Publisher, SigningKey};
use serde_json::json;
use std::fs;
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;

/// Makes a key, or signs with one.
pub(super) fn run(args: &Sign, output: &mut Output) -> Result<(), Failure> {
    if let Some(path) = &args.new_key {
        let key = keys::create(path)?;
        made(path, &key, args.shown.is_json(), output);
        return Ok(());
    }
    let (Some(path), Some(key_path)) = (&args.package, &args.key) else {
        return Err(Complaint::new("no package to sign").help("`mcc sign PKG --key FILE`").into());
    };
    let key = keys::read(key_path)?;
    if keys::is_public(key_path) {
        output.warning(&format!("others may read `{0}`; `chmod 600 {0}`", shown(key_path)));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let package = Package::decode(&bytes)
        .map_err(|refusal| Complaint::new(tame(&refusal.to_string())).at(shown(path)))?
        .signed(&key);
    replace(path, &package.encode())?;
    if let Some(publisher) = package.publisher() {
        say(path, &package.manifest().name, publisher, args.shown.is_json(), output);
    }
    Ok(())
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::unable(format!("cannot read `{}`: {}", shown(path), reason(error)))
}

/// Says whose key it is; the key itself stands in its file only.
fn made(path: &Path, key: &SigningKey, json: bool, output: &mut Output) {
    let public = publisher::public(key);
    let address = Address::of_key(public);
    if json {
        output.json(&json!({
            "$schema": "urn:mcc:key:1", "file": shown(path), "key": hex(&public),
            "address": address.to_string(),
        }));
    } else {
        output.result(&format!("address  {address}\nkey      {}\n", hex(&public)));
        output.status(&format!("wrote `{}`: who has it signs in your name\n", shown(path)));
    }
}

fn say(path: &Path, name: &str, publisher: &Publisher, json: bool, output: &mut Output) {
    let address = publisher.address();
    if json {
        output.json(&json!({
            "$schema": "urn:mcc:sign:1", "file": shown(path), "name": name,
            "publisher": { "address": address.to_string(), "key": hex(&publisher.key()) },
        }));
    } else {
        output.result(&format!("{}: `{name}` signed by {address}\n", shown(path)));
    }
}

/// Replaces a file in one step, so that there is always a whole package; a link stays a link.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = fs::canonicalize(path).and_then(|target| {
        let mut file = NamedTempFile::new_in(target.parent().unwrap_or(Path::new(".")))?;
        file.write_all(bytes)?;
        file.as_file().set_permissions(fs::metadata(&target)?.permissions())?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|failed| failed.error)
    });
    let failed = |error| Failure::unable(format!("cannot write `{}`: {}", shown(path), reason(&error)));
    written.map(|_| ()).map_err(failed)
}
