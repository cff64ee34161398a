//! Documentation from sources: what there is and what it touches, as data and as a static site.
//!
//! [`model`] is the data, which `--format json` prints; [`gather`] makes it from a compilation, [`links`]
//! knows what a name leads to, [`markup`] turns code and comments into HTML, and [`site`] the data into pages.

pub mod model;
pub mod links;
pub mod gather;
pub mod markup;
pub mod site;
