//! The layers of this program. [`crate::layers`] puts them in order.

pub(crate) mod canonical;
pub(crate) mod deadline;
pub(crate) mod panic;
pub(crate) mod redirects;
pub(crate) mod trace;
