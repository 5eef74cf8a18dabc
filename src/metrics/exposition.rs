//! The text format of Prometheus, version 0.0.4.

use std::fmt::{Display, Write};

/// The media type of the text format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number that only grows. Its name ends in `_total`.
    Counter,
    /// A number that grows and falls.
    Gauge,
    /// Counts by size: see [`Histogram`](super::Histogram).
    Histogram,
}

/// Metrics in the text format.
///
/// ```
/// use portcullis::metrics::{Exposition, Kind};
///
/// let mut metrics = Exposition::default();
/// metrics
///     .family("app_jobs_total", Kind::Counter, "Jobs, by outcome.")
///     .sample(&[("outcome", "done")], 3);
/// let text = metrics.into_text();
/// assert!(text.ends_with("\napp_jobs_total{outcome=\"done\"} 3\n"), "{text}");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Exposition {
    text: String,
}

/// A metric, whose samples have the same name and different labels.
#[derive(Debug)]
pub struct Family<'e> {
    text: &'e mut String,
    name: &'static str,
}

impl Exposition {
    /// Begins a metric. Its name must occur once.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Family {
            text: &mut self.text,
            name,
        }
    }

    /// Returns the text.
    pub fn into_text(self) -> String {
        self.text
    }
}

impl Family<'_> {
    /// Adds a sample: a value with its labels. The name of a label has ASCII letters, digits
    /// and `_`.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.sample_of("", labels, value)
    }

    /// Adds a sample whose name ends in `suffix`.
    pub(super) fn sample_of(
        &mut self,
        suffix: &str,
        labels: &[(&str, &str)],
        value: impl Display,
    ) -> &mut Self {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        for (n, (label, text)) in labels.iter().enumerate() {
            self.text.push(if n == 0 { '{' } else { ',' });
            let _ = write!(self.text, "{label}=\"");
            for char in text.chars() {
                match char {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    other => self.text.push(other),
                }
            }
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_labels_and_help_are_escaped() {
        let mut metrics = Exposition::default();
        let mut family = metrics.family("a", Kind::Gauge, "One\nline \\ more.");
        family.sample(&[("b", "c\"d\\e\nf"), ("g", "")], 0.5);
        family.sample(&[], 2);
        let expected = "# HELP a One\\nline \\\\ more.\n# TYPE a gauge\n\
                        a{b=\"c\\\"d\\\\e\\nf\",g=\"\"} 0.5\na 2\n";
        assert_eq!(metrics.into_text(), expected);
    }
}
