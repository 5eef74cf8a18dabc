//! A line of JSON: an object with the fields of the line, whatever their values are.
//!
//! ```json
//! {"time":"2026-11-28T21:52:13.123456Z","level":"INFO","target":"portcullis::http","message":"response","status":200,"latency_us":45,"method":"GET","path":"/","request_id":"019ac9c6-…"}
//! ```

use std::fmt::{Debug, Display, Write};

use jiff::Timestamp;
use tracing::{
    Event,
    field::{Field, Visit},
};

use super::{
    escaped::{Escaped, Style},
    line::write_time,
    request::{REQUEST_ID, current_fields},
};

/// The names that the line itself uses. A field of an event with one of them gets a prefix, so
/// that no name occurs twice.
const RESERVED: [&str; 5] = ["time", "level", "target", "method", "path"];

/// Writes an event.
pub(super) fn write(line: &mut String, event: &Event<'_>, time: Timestamp) {
    let metadata = event.metadata();
    line.push_str("{\"time\":\"");
    write_time(line, time);
    line.push('"');
    write_field(line, "level", metadata.level());
    write_field(line, "target", &metadata.target());
    let mut fields = Fields {
        line,
        has_id: false,
    };
    event.record(&mut fields);
    current_fields(fields.has_id, |name, value| write_field(line, name, &value));
    line.push('}');
}

/// Writes a field whose value is a string.
fn write_field(line: &mut String, name: &str, value: &dyn Display) {
    write_name(line, name);
    line.push('"');
    // Fails only if `value` fails to format itself.
    let _ = write!(Escaped::new(line, Style::Json), "{value}");
    line.push('"');
}

fn write_name(line: &mut String, name: &str) {
    line.push_str(",\"");
    Escaped::new(line, Style::Json).write(name);
    line.push_str("\":");
}

/// Writes the fields of an event. Numbers and booleans stay what they are.
struct Fields<'l> {
    line: &'l mut String,
    /// Whether one of them is the id of the request.
    has_id: bool,
}

impl Fields<'_> {
    fn string(&mut self, field: &Field, value: &dyn Display) {
        self.has_id |= field.name() == REQUEST_ID;
        match field.name() {
            name if RESERVED.contains(&name) => {
                write_field(self.line, &format!("fields.{name}"), value);
            }
            name => write_field(self.line, name, value),
        }
    }

    /// Writes a value that is valid JSON as it is.
    fn literal(&mut self, field: &Field, value: &dyn Display) {
        if RESERVED.contains(&field.name()) {
            return self.string(field, value);
        }
        self.has_id |= field.name() == REQUEST_ID;
        write_name(self.line, field.name());
        let _ = write!(self.line, "{value}");
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, text: &str) {
        self.string(field, &text);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.literal(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.literal(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.literal(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has neither an infinity nor a value that is not a number.
        if value.is_finite() {
            self.literal(field, &value);
        } else {
            self.string(field, &value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.string(field, &format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};
    use proptest::{prelude::*, test_runner::TestRunner};
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::log::{
        line::{Format, tests::logged},
        request::RequestLine,
    };

    /// Returns the only line that is logged meanwhile, as an object without its time.
    fn object(log: impl FnOnce()) -> Map<String, Value> {
        let line = logged(Format::Json, log);
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        let mut object: Map<String, Value> = serde_json::from_str(&line).expect(&line);
        let time = object.remove("time").expect("a time");
        let time = time.as_str().expect("a string");
        assert!(time.ends_with('Z'), "{time}");
        let _: Timestamp = time.parse().expect("RFC 3339");
        object
    }

    #[test]
    fn fields_keep_their_types() {
        let log = || {
            tracing::warn!(target: "a::target", n = -3, of = 3_u64, is = true, x = 0.5, not = f64::NAN, name = "b", other = ?Some("c"), "a {}", "message");
        };
        let expected = json!({
            "level": "WARN", "target": "a::target", "message": "a message", "n": -3, "of": 3,
            "is": true, "x": 0.5, "not": "NaN", "name": "b", "other": "Some(\"c\")",
        });
        assert_eq!(Value::Object(object(log)), expected);
    }

    #[test]
    fn field_cannot_replace_one_of_the_line() {
        let log = || {
            tracing::info!(target: "a", level = "b", time = 1, request_id = "c", "d");
        };
        let expected = json!({
            "level": "INFO", "target": "a", "message": "d", "fields.level": "b",
            "fields.time": "1", "request_id": "c",
        });
        assert_eq!(Value::Object(object(log)), expected);
    }

    #[test]
    fn line_in_a_request_has_its_method_and_path() {
        let request = Request::post("/a\"b?secret")
            .body(Body::empty())
            .unwrap_or_default();
        let logged = object(|| {
            let event = RequestLine::of(&request).scope(async { tracing::info!(target: "a", "b") });
            futures::executor::block_on(event);
        });
        assert_eq!(logged["method"], "POST");
        assert_eq!(logged["path"], "/a\"b");
    }

    /// Whatever the values are, the line is an object, and a value that is not too long is
    /// what was logged.
    #[test]
    fn every_value_is_valid_json() {
        let hostile =
            "(\\PC|[\"\\\\{}\\[\\],:\u{0}-\u{1f}\u{7f}-\u{9f}\u{2028}\u{202e}\u{e0001}]){0,60}";
        let values = (hostile, hostile, hostile, any::<f64>());
        let run = TestRunner::default().run(&values, |(message, text, value, number)| {
            let logged = object(|| {
                tracing::info!(target: "a", text, debug = ?value, display = %value, number, "{message}");
            });
            prop_assert_eq!(&logged["message"], &message);
            prop_assert_eq!(&logged["text"], &text);
            prop_assert_eq!(&logged["debug"], &format!("{value:?}"));
            prop_assert_eq!(&logged["display"], &value);
            Ok(())
        });
        run.expect("valid");
    }
}
