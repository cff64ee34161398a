//! Members of what is answered.

use serde_json::Value as Json;

/// An object with one member more.
#[must_use]
pub fn with(mut object: Json, name: &str, value: Json) -> Json {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
    object
}
