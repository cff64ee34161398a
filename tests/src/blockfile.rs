//! Block files: transactions as JSON lines, with names for accounts, deployments and arguments.
//!
//! ```text
//! {"time": 100, "threads": 4}
//! {"from": "alice", "call": "token.transfer", "args": {"to": "bob", "amount": 3}}
//! ```
//!
//! A line with `time` starts a block. `set` on a line of its own gives a cell a value before the block.
