//! The examples: their number of lines, and the build, the size and the Chromium tests of the
//! Leptos one.

mod leptos;
mod lines;
mod lock;
mod size;
mod template;

pub(crate) use leptos::{build, drive};
pub(crate) use lines::check as lines;
pub(crate) use size::check as size;
pub(crate) use template::check as template;
