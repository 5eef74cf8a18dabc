//! The format of a line.

use std::{
    fmt::{Debug, Write},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

use super::{escaped::Escaped, request::RequestLine, writer::Buffer};

/// Most lines are shorter.
const USUAL_BYTES: usize = 256;

/// Formats each event as a line: time in UTC, level, target, message, the fields of the event,
/// and the method and path of its request.
///
/// ```text
/// 2026-11-28T21:52:13.123456Z  INFO portcullis::http: response status=200 latency_us=45 method="GET" path="/"
/// ```
#[derive(Debug)]
pub(super) struct Lines {
    buffer: Arc<Buffer>,
    is_coloured: bool,
}

impl Lines {
    /// Writes the lines to `buffer`. `is_coloured` is for a terminal.
    pub(super) fn new(buffer: Arc<Buffer>, is_coloured: bool) -> Self {
        Self {
            buffer,
            is_coloured,
        }
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = String::with_capacity(USUAL_BYTES);
        write_time(&mut line, now());
        let metadata = event.metadata();
        line.push_str(level(*metadata.level(), self.is_coloured));
        line.push_str(metadata.target());
        line.push(':');
        event.record(&mut Fields(&mut line));
        RequestLine::write_current(&mut line);
        line.push('\n');
        self.buffer.push(line.as_bytes());
    }
}

/// Writes fields as ` name=value`. A text is quoted; the message is not, and has no name.
struct Fields<'l>(&'l mut String);

impl Fields<'_> {
    fn value(&mut self, field: &Field) -> Escaped<'_> {
        self.0.push(' ');
        if field.name() != "message" {
            self.0.push_str(field.name());
            self.0.push('=');
        }
        Escaped::new(self.0)
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        self.value(field).quoted(text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Fails only if `value` fails to format itself.
        let _ = write!(self.value(field), "{value:?}");
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

/// Returns the current time; before 1970 it is the epoch.
fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let microseconds = since_epoch.unwrap_or_default().as_micros();
    let microseconds = i64::try_from(microseconds).unwrap_or_default();
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}

/// Writes a time in UTC, with microseconds (RFC 3339).
fn write_time(line: &mut String, time: Timestamp) {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    // Writing to a String cannot fail.
    let _ = PRINTER.print_timestamp(&time, line);
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Returns the lines that are logged meanwhile, each without its time.
    fn lines(is_coloured: bool, log: impl FnOnce()) -> Vec<String> {
        let buffer = Arc::new(Buffer::default());
        let lines = Lines::new(Arc::clone(&buffer), is_coloured);
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, log);
        let mut text = Vec::new();
        buffer.close();
        buffer.take(&mut text);
        let text = String::from_utf8(text).expect("UTF-8");
        let without_time = |line: &str| line["2026-11-28T21:52:13.123456Z ".len()..].to_owned();
        text.lines().map(without_time).collect()
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
