//! Packages taken apart and put together again, with other access formulas.
