//! Random values and random calls: whatever is random is decided by one stream of numbers.
//!
//! A stream that makes something fail is made smaller, number by number, and read again: so everything that is drawn
//! shrinks, with what it depends on, and nothing needs a way of its own to become smaller. A zero means the simplest
//! value there is.

pub mod choices;
pub mod shrink;
pub mod number;
pub mod value;
pub mod bounds;
pub mod written;
