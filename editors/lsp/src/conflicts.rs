//! `mc/conflicts`: which calls of a program can conflict, as `mcc conflicts --format json` prints it.

use crate::analysis::Snapshot;
use crate::host::Host;
use serde_json::Value as Json;

/// The matrix of a program.
///
/// # Errors
/// Why there is none.
pub fn answer(snapshot: &Snapshot, host: &dyn Host, app: Option<&str>) -> Result<Json, String> {
    if snapshot.output.compiled.is_none() {
        return Err("the program has mistakes, so nobody knows what its calls touch".to_owned());
    }
    host.conflicts(&snapshot.output, app.or(snapshot.roots.app.as_deref()))
}
