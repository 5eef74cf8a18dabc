//! Hostile input for every parser of input from outside: it neither panics, nor takes time that
//! grows faster than the input, nor breaks what the target asserts.
//!
//! | module | holds |
//! |---|---|
//! | `targets` | the list of all targets; what each parses, and what holds for every input |
//! | `mutation` | how an input is changed |
//! | `search` | what a target is given, and when that is a finding |
//!
//! `tests/short.rs` gives each target the same inputs every time, for a second or two.
//! `cargo xtask fuzz` searches for longer, from another seed each time. The search does not
//! measure which code an input reaches: that needs a compiler that is not stable, and a second
//! build of every dependency. Instead, each target has seeds that are valid, and words that its
//! parser knows.

mod mutation;
pub mod search;
pub mod targets;
