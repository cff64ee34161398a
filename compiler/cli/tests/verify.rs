//! `mcc sign` and `mcc verify`: a package is who signed it and what its source says, or it is found out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{example, mcc, project};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const PACKAGE: &str = "here/build/Token.mcpkg";

/// A project whose packages are built.
fn built() -> TempDir {
    let directory = project("token");
    mcc(directory.path(), &["build", "here", "-q"]).expect(0);
    directory
}

/// What a new key file and its public part say.
fn new_key(directory: &Path, name: &str) -> (String, String, String) {
    let made = mcc(directory, &["sign", "--new-key", name, "--json"]).expect(0).json();
    let text = |field: &str| made[0][field].as_str().unwrap().to_owned();
    (fs::read_to_string(directory.join(name)).unwrap(), text("key"), text("address"))
}

#[test]
fn a_new_key_is_secret_and_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let (secret, public, address) = new_key(here, "one.key");
    assert!(secret.len() == 65 && secret.trim().chars().all(|digit| digit.is_ascii_hexdigit()), "{secret}");
    assert_eq!((public.len(), address.len()), (64, 42));
    let again = mcc(here, &["sign", "--new-key", "one.key"]).expect(2);
    assert!(again.stderr.contains("`one.key` exists"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(here.join("one.key")).unwrap(), secret);
    let (other_secret, other_public, _) = new_key(here, "two.key");
    assert!(secret != other_secret && public != other_public);
    let shown = mcc(here, &["sign", "--new-key", "three.key"]).expect(0);
    let third = fs::read_to_string(here.join("three.key")).unwrap();
    assert!(!shown.stdout.contains(third.trim()) && !shown.stderr.contains(third.trim()));
}

#[cfg(unix)]
#[test]
fn a_key_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = built();
    let here = directory.path();
    new_key(here, "mine.key");
    let mode = || fs::metadata(here.join("mine.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    let quiet = mcc(here, &["sign", PACKAGE, "--key", "mine.key"]).expect(0);
    assert_eq!(quiet.stderr, "");
    fs::set_permissions(here.join("mine.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let warned = mcc(here, &["sign", PACKAGE, "--key", "mine.key"]).expect(0);
    assert!(warned.stderr.contains("chmod 600 mine.key"), "{}", warned.stderr);
}

#[test]
fn a_signature_names_its_publisher() {
    let directory = built();
    let here = directory.path();
    let unsigned = mcc(here, &["verify", PACKAGE]).expect(0).stdout;
    assert!(unsigned.contains("contract Token\n") && unsigned.contains("nobody has signed it"), "{unsigned}");
    let (_, key, address) = new_key(here, "mine.key");
    let (_, other, _) = new_key(here, "other.key");
    mcc(here, &["verify", PACKAGE, "--publisher", &key]).expect(1);
    let signed = mcc(here, &["sign", PACKAGE, "--key", "mine.key"]).expect(0).stdout;
    assert_eq!(signed, format!("{PACKAGE}: `Token` signed by {address}\n"));
    let shown = mcc(here, &["verify", PACKAGE]).expect(0).stdout;
    assert!(shown.contains(&address) && shown.contains(&key), "{shown}");
    for who in [&key, &address, &key.to_uppercase(), &format!("0x{key}"), &address[2..].to_owned()] {
        mcc(here, &["verify", PACKAGE, "--publisher", who]).expect(0);
    }
    let another = mcc(here, &["verify", PACKAGE, "--publisher", &other]).expect(1).stdout;
    assert!(another.contains("who is another"), "{another}");
    mcc(here, &["verify", PACKAGE, "--publisher", "mallory"]).expect(2);
    // The last one to sign is the publisher.
    mcc(here, &["sign", PACKAGE, "--key", "other.key"]).expect(0);
    mcc(here, &["verify", PACKAGE, "--publisher", &other]).expect(0);
    mcc(here, &["verify", PACKAGE, "--publisher", &key]).expect(1);
}

#[test]
fn a_damaged_package_is_found_out() {
    let directory = built();
    let here = directory.path();
    new_key(here, "mine.key");
    mcc(here, &["sign", PACKAGE, "--key", "mine.key"]).expect(0);
    let bytes = fs::read(here.join(PACKAGE)).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(here.join("bad.mcpkg"), bytes).unwrap();
        let json = mcc(here, &["verify", "bad.mcpkg", "--json"]).expect(1).json();
        assert_eq!(mcc(here, &["sign", "bad.mcpkg", "--key", "mine.key"]).expect(2).stdout, "");
        json[0]["refused"].as_str().unwrap().to_owned()
    };
    let mut forged = bytes.clone();
    *forged.last_mut().unwrap() ^= 1;
    assert!(refused(&forged).contains("signature"));
    assert!(refused(&bytes[..bytes.len() - 1]).contains("damaged"));
    assert!(refused(b"").contains("damaged"));
    assert!(refused(&vec![0; 10_000_000]).contains("damaged"));
    // The import `mc.emit` under a name that clears the screen of whoever looks at the package.
    let mut rude = fs::read(here.join("here/build/Token.mcpkg")).unwrap();
    let at = rude.windows(6).position(|it| it == b"\x02mc\x04em").unwrap();
    rude[at + 1..at + 3].copy_from_slice(b"\x1bc");
    fs::write(here.join("rude.mcpkg"), &rude).unwrap();
    let shown = mcc(here, &["verify", "rude.mcpkg", "--color", "always"]).expect(1).stdout;
    assert!(shown.contains("an import of `\u{fffd}c.emit`") && !shown.contains('\u{1b}'), "{shown}");
    mcc(here, &["verify", "nowhere.mcpkg"]).expect(2);
    fs::write(here.join("no.key"), "secret").unwrap();
    let no_key = mcc(here, &["sign", PACKAGE, "--key", "no.key"]).expect(2).stderr;
    assert!(no_key.contains("holds no key") && !no_key.contains("secret"), "{no_key}");
    mcc(here, &["sign", PACKAGE]).expect(2);
    mcc(here, &["sign"]).expect(2);
}

#[test]
fn a_package_is_what_its_source_gives() {
    let directory = built();
    let here = directory.path();
    new_key(here, "mine.key");
    mcc(here, &["sign", PACKAGE, "--key", "mine.key"]).expect(0);
    let same = mcc(here, &["verify", PACKAGE, "--source", "here"]).expect(0).stdout;
    assert!(same.contains("here gives the same bytes"), "{same}");
    let source = here.join("here/src/token.mc");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, format!("{text}\n// Nothing but a remark.\n")).unwrap();
    let hash = mcc(here, &["verify", PACKAGE, "--source", "here"]).expect(1).stdout;
    assert!(hash.contains("the sources have the hash") && !hash.contains("the module is another"), "{hash}");
    fs::write(&source, text.replacen("balances[to] +=", "balances[caller] +=", 1)).unwrap();
    let json = mcc(here, &["verify", PACKAGE, "--source", "here", "--json"]).expect(1).json();
    let shown = mcc(here, &["verify", PACKAGE, "--source", "here"]).expect(1).stdout;
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let differences = json[0]["source"]["differences"].to_string();
    for part in ["the sources have the hash", "the access formulas of `", "the module is another from byte"] {
        assert!(differences.contains(part), "{part}: {differences}");
    }
    fs::write(&source, "contract Other { state n: u64 = 0; entry set(to: u64) { n = to; } }").unwrap();
    let none = mcc(here, &["verify", PACKAGE, "--source", "here/src/token.mc"]).expect(1).stdout;
    assert!(none.contains("it declares no `Token`"), "{none}");
}

#[test]
fn another_compiler_is_named() {
    let directory = built();
    let here = directory.path();
    // The version stands in the manifest as text; another of the same length is another package.
    let bytes = fs::read(here.join(PACKAGE)).unwrap();
    let version = concat!("mcc ", env!("CARGO_PKG_VERSION"));
    let at = bytes.windows(version.len()).position(|it| it == version.as_bytes()).unwrap();
    let mut older = bytes.clone();
    older[at + version.len() - 1] = b'x';
    fs::write(here.join("older.mcpkg"), &older).unwrap();
    let found = mcc(here, &["verify", "older.mcpkg", "--source", "here"]).expect(1).stdout;
    assert!(found.contains("the compiler is mcc") && !found.contains("module is another"), "{found}");
}

#[test]
fn the_same_source_gives_the_same_bytes_anywhere() {
    let (one, other) = (example("shop"), example("shop"));
    let deeper = other.path().join("a/b/c");
    fs::create_dir_all(&deeper).unwrap();
    fs::rename(other.path().join("here"), deeper.join("elsewhere")).unwrap();
    mcc(one.path(), &["build", "here", "-q"]).expect(0);
    mcc(other.path(), &["build", deeper.join("elsewhere").to_str().unwrap(), "-q"]).expect(0);
    let mut names = Vec::new();
    for entry in fs::read_dir(one.path().join("here/build")).unwrap() {
        let name = entry.unwrap().file_name();
        let left = fs::read(one.path().join("here/build").join(&name)).unwrap();
        let right = fs::read(deeper.join("elsewhere/build").join(&name)).unwrap();
        assert!(left == right, "{} differs", name.display());
        names.push(name);
    }
    assert!(names.len() >= 5, "{names:?}");
}
