//! The log: one line for each event, on standard error.
//!
//! An event is formatted where it happens (`line`, as `text` or as `json`) and written by a
//! thread of its own (`writer`). Inside a request its line also has the method, the path and the
//! id of the request (`request`).

pub(crate) mod escaped;
mod json;
mod line;
pub(crate) mod request;
mod text;
mod writer;

use std::io::{self, IsTerminal};

use tracing_subscriber::layer::SubscriberExt;

use crate::settings::Log;
use line::{Format, Lines};
pub use writer::RunningLog;

/// Starts the log. If the process has one already, that one goes on.
///
/// # Errors
/// If the system starts no thread for it.
pub fn start(settings: &Log) -> io::Result<RunningLog> {
    let (buffer, running) = writer::start(io::stderr())?;
    let format = if settings.is_json() {
        Format::Json
    } else {
        Format::Text {
            is_coloured: io::stderr().is_terminal(),
        }
    };
    let lines = Lines::new(buffer, format);
    let log = tracing_subscriber::registry()
        .with(settings.filter())
        .with(lines);
    let _ = tracing::subscriber::set_global_default(log);
    Ok(running)
}
