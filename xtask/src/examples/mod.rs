//! The examples: how many lines they take, and the Leptos one, built, weighed and
//! driven in Chromium.

mod leptos;
mod lines;
mod lock;
mod size;
mod template;

pub(crate) use leptos::{build, drive};
pub(crate) use lines::check as lines;
pub(crate) use size::check as size;
pub(crate) use template::check as template;
