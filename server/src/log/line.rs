//! The lines, one for each event.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use tracing::{Event, Subscriber};
use tracing_subscriber::{Layer, layer::Context};

use super::{json, text, writer::Buffer};

/// Most lines are shorter.
const USUAL_BYTES: usize = 256;

/// The format of the lines. Both have the same fields: time in UTC, level, target, message, the
/// fields of the event, and the method, the path and the id of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Text, with colours for a terminal.
    Text { is_coloured: bool },
    /// An object of JSON.
    Json,
}

/// Writes each event as a line.
#[derive(Debug)]
pub(super) struct Lines {
    buffer: Arc<Buffer>,
    format: Format,
}

impl Lines {
    /// Writes the lines to `buffer`.
    pub(super) fn new(buffer: Arc<Buffer>, format: Format) -> Self {
        Self { buffer, format }
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = String::with_capacity(USUAL_BYTES);
        match self.format {
            Format::Text { is_coloured } => text::write(&mut line, event, now(), is_coloured),
            Format::Json => json::write(&mut line, event, now()),
        }
        line.push('\n');
        self.buffer.push(line.as_bytes());
    }
}

/// Returns the current time; before 1970 it is the epoch.
fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let microseconds = since_epoch.unwrap_or_default().as_micros();
    let microseconds = i64::try_from(microseconds).unwrap_or_default();
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}

/// Writes a time in UTC, with microseconds (RFC 3339).
pub(super) fn write_time(line: &mut String, time: Timestamp) {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    // Writing to a String cannot fail.
    let _ = PRINTER.print_timestamp(&time, line);
}

#[cfg(test)]
pub(super) mod tests {
    use axum::{body::Body, extract::Request};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::log::request::RequestLine;

    /// Returns what is logged meanwhile.
    pub(in crate::log) fn logged(format: Format, log: impl FnOnce()) -> String {
        let buffer = Arc::new(Buffer::default());
        let lines = Lines::new(Arc::clone(&buffer), format);
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, log);
        let mut text = Vec::new();
        buffer.close();
        buffer.take(&mut text);
        String::from_utf8(text).expect("UTF-8")
    }

    /// Returns the lines that are logged meanwhile, each without its time.
    fn lines(is_coloured: bool, log: impl FnOnce()) -> Vec<String> {
        let lines = logged(Format::Text { is_coloured }, log);
        let without_time = |line: &str| line["2026-11-28T21:52:13.123456Z ".len()..].to_owned();
        lines.lines().map(without_time).collect()
    }

    #[test]
    fn line_has_level_target_message_and_fields() {
        let log = || {
            tracing::warn!(target: "a::target", count = 3, name = "a \"name\"", is = true, "a {}", "message");
            tracing::error!(target: "a::target", error = %std::fmt::Error, other = ?Some("x"));
        };
        assert_eq!(
            lines(false, log),
            [
                r#" WARN a::target: a message count=3 name="a \"name\"" is=true"#,
                "ERROR a::target: error=an error occurred when formatting an argument other=Some(\"x\")",
            ]
        );
    }

    #[test]
    fn level_is_coloured_for_a_terminal() {
        let logged = lines(true, || tracing::info!(target: "a", "b"));
        assert_eq!(logged, [" \u{1b}[32mINFO\u{1b}[0m a: b"]);
    }

    #[test]
    fn value_forges_no_line() {
        let log = || {
            tracing::info!(target: "a", message = "b\nINFO forged", path = "c\nd", error = %"e\u{1b}f");
        };
        assert_eq!(
            lines(false, log),
            [" INFO a: \"b\\nINFO forged\" path=\"c\\nd\" error=e\\u{1b}f"]
        );
    }

    #[test]
    fn line_in_a_request_has_its_method_and_path_without_the_query() {
        let request = Request::post("/a\"b?secret")
            .body(Body::empty())
            .unwrap_or_default();
        let log = || {
            let event = RequestLine::of(&request).scope(async { tracing::info!(target: "a", "b") });
            futures::executor::block_on(event);
        };
        assert_eq!(
            lines(false, log),
            [r#" INFO a: b method="POST" path="/a\"b""#]
        );
    }

    #[test]
    fn time_has_microseconds() {
        let mut line = String::new();
        write_time(&mut line, Timestamp::UNIX_EPOCH);
        assert_eq!(line, "1970-01-01T00:00:00.000000Z");
    }
}
