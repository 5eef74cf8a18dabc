//! A line of text.
//!
//! ```text
//! 2026-11-28T21:52:13.123456Z  INFO portcullis::http: response status=200 latency_us=45 method="GET" path="/" request_id="019ac9c6-…"
//! ```

use std::fmt::{Debug, Write};

use jiff::Timestamp;
use tracing::{
    Event, Level,
    field::{Field, Visit},
};

use super::{
    escaped::{Escaped, Style},
    line::write_time,
    request::{REQUEST_ID, current_fields},
};

/// Writes an event.
pub(super) fn write(line: &mut String, event: &Event<'_>, time: Timestamp, is_coloured: bool) {
    write_time(line, time);
    let metadata = event.metadata();
    line.push_str(level(*metadata.level(), is_coloured));
    line.push_str(metadata.target());
    line.push(':');
    let mut fields = Fields {
        line,
        has_id: false,
    };
    event.record(&mut fields);
    current_fields(fields.has_id, |name, value| {
        line.push(' ');
        line.push_str(name);
        line.push_str("=\"");
        Escaped::new(line, Style::Quoted).write(value);
        line.push('"');
    });
}

/// Writes fields as ` name=value`. A text is quoted; the message is not, and has no name.
struct Fields<'l> {
    line: &'l mut String,
    /// Whether one of them is the id of the request.
    has_id: bool,
}

impl Fields<'_> {
    fn name(&mut self, field: &Field) -> &mut String {
        self.has_id |= field.name() == REQUEST_ID;
        self.line.push(' ');
        if field.name() != "message" {
            self.line.push_str(field.name());
            self.line.push('=');
        }
        self.line
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        let line = self.name(field);
        line.push('"');
        Escaped::new(line, Style::Quoted).write(text);
        line.push('"');
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        // Digits need no escaping, and writing to a String cannot fail.
        let _ = write!(self.name(field), "{value}");
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Fails only if `value` fails to format itself.
        let _ = write!(Escaped::new(self.name(field), Style::Plain), "{value:?}");
    }
}

fn level(level: Level, is_coloured: bool) -> &'static str {
    match (level, is_coloured) {
        (Level::ERROR, false) => " ERROR ",
        (Level::WARN, false) => "  WARN ",
        (Level::INFO, false) => "  INFO ",
        (Level::DEBUG, false) => " DEBUG ",
        (Level::TRACE, false) => " TRACE ",
        (Level::ERROR, true) => " \u{1b}[31mERROR\u{1b}[0m ",
        (Level::WARN, true) => "  \u{1b}[33mWARN\u{1b}[0m ",
        (Level::INFO, true) => "  \u{1b}[32mINFO\u{1b}[0m ",
        (Level::DEBUG, true) => " \u{1b}[34mDEBUG\u{1b}[0m ",
        (Level::TRACE, true) => " \u{1b}[35mTRACE\u{1b}[0m ",
    }
}
