//! The log: one line of text for each event, on standard error.
//!
//! An event is formatted where it happens (`line`) and written by a thread of its own
//! (`writer`). Inside a request its line also has the method and the path (`request`).

mod escaped;
mod line;
pub(crate) mod request;
mod writer;

use std::io::{self, IsTerminal};

use tracing_subscriber::layer::SubscriberExt;

use crate::settings::Log;
use line::Lines;
pub use writer::RunningLog;

/// Starts the log. If the process has one already, that one goes on.
///
/// # Errors
/// If the system starts no thread for it.
pub fn start(settings: &Log) -> io::Result<RunningLog> {
    let (buffer, running) = writer::start(io::stderr())?;
    let lines = Lines::new(buffer, io::stderr().is_terminal());
    let log = tracing_subscriber::registry()
        .with(settings.filter())
        .with(lines);
    let _ = tracing::subscriber::set_global_default(log);
    Ok(running)
}
