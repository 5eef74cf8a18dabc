//! A strict parser of the text format of Prometheus, version 0.0.4, for tests.

use std::collections::{BTreeMap, BTreeSet};

/// The labels of a sample.
pub(crate) type Labels = BTreeMap<String, String>;

/// The metrics of a scrape.
#[derive(Debug, Default)]
pub(crate) struct Scrape {
    pub(crate) families: BTreeMap<String, Family>,
}

/// A metric.
#[derive(Debug)]
pub(crate) struct Family {
    kind: String,
    /// By their name and labels.
    samples: BTreeMap<(String, Labels), f64>,
}

impl Scrape {
    /// Parses a scrape.
    ///
    /// # Panics
    /// If it violates the format or the conventions for names.
    pub(crate) fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line ends");
        let mut scrape = Self::default();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let help = line.strip_prefix("# HELP ").expect(line);
            let (name, help) = help.split_once(' ').expect(line);
            assert!(!help.is_empty() && is_name(name), "{line}");
            let line = lines.next().expect("a TYPE after HELP");
            let kind = line.strip_prefix(&format!("# TYPE {name} ")).expect(line);
            let mut family = Family {
                kind: kind.to_owned(),
                samples: BTreeMap::new(),
            };
            while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
                let (sample, value) = sample(line);
                let before = family.samples.insert(sample, value);
                assert_eq!(before, None, "twice: {line}");
            }
            family.check(name);
            let before = scrape.families.insert(name.to_owned(), family);
            assert!(before.is_none(), "{name} occurs twice");
        }
        scrape
    }

    /// Returns the value of the sample with these labels, such as `route=page status=2xx`.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, labels: &str) -> f64 {
        let pairs = labels.split_whitespace();
        let pairs = pairs.filter_map(|pair| pair.split_once('='));
        let of: Labels = pairs
            .map(|(label, text)| (label.to_owned(), text.to_owned()))
            .collect();
        let found = self
            .families
            .values()
            .find_map(|family| family.samples.get(&(name.to_owned(), of.clone())));
        *found.unwrap_or_else(|| panic!("no {name} {labels}"))
    }

    /// Returns the value as a string.
    #[track_caller]
    pub(crate) fn shown(&self, name: &str, labels: &str) -> String {
        self.value(name, labels).to_string()
    }

    /// Returns the sum of the samples with this name.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let samples = self.families.values().flat_map(|family| &family.samples);
        let of_name = samples.filter(|((sample, _), _)| sample == name);
        of_name.map(|(_, value)| value).sum()
    }

    /// Returns whether there is a sample with this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut families = self.families.values();
        families.any(|family| family.samples.keys().any(|(sample, _)| sample == name))
    }
}

impl Family {
    fn check(&self, name: &str) {
        assert!(!self.samples.is_empty(), "{name} has samples");
        match &*self.kind {
            "counter" => assert!(name.ends_with("_total"), "{name}"),
            "gauge" => assert!(!name.ends_with("_total"), "{name}"),
            "histogram" => return self.check_histogram(name),
            other => panic!("{name} is a {other}"),
        }
        for ((sample, _), value) in &self.samples {
            assert_eq!(sample, name);
            assert!(*value >= 0.0, "{name} {value}");
        }
    }

    /// The buckets are cumulative, in the order of their bounds, and the last one has all.
    fn check_histogram(&self, name: &str) {
        let mut series: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
        let mut others = BTreeSet::new();
        for ((sample, labels), value) in &self.samples {
            let mut labels = labels.clone();
            match sample.strip_prefix(name).expect(sample) {
                "_bucket" => {
                    let bound = number(&labels.remove("le").expect("le"));
                    series.entry(labels).or_default().push((bound, *value));
                }
                other => assert!(others.insert((other.to_owned(), labels)), "{sample}"),
            }
        }
        assert_eq!(others.len(), 2 * series.len(), "{name}");
        for (labels, mut buckets) in series {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(
                buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1),
                "{name}"
            );
            let last = buckets.last().expect("a bucket");
            assert!(last.0.is_infinite(), "{name} has +Inf");
            let count = (format!("{name}_count"), labels.clone());
            assert_eq!(self.samples.get(&count), Some(&last.1), "{name} {labels:?}");
            let sum = (format!("{name}_sum"), labels);
            assert!(self.samples.contains_key(&sum), "{name}");
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(is_valid) && name.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn number(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        text => {
            let is_plain = |byte: u8| byte.is_ascii_digit() || b".e+-".contains(&byte);
            assert!(text.bytes().all(is_plain), "{text}");
            text.parse().expect(text)
        }
    }
}

fn sample(line: &str) -> ((String, Labels), f64) {
    let (series, value) = line.rsplit_once(' ').expect(line);
    let (name, labels) = match series.split_once('{') {
        None => (series, Labels::new()),
        Some((name, rest)) => (name, self::labels(rest.strip_suffix('}').expect(line))),
    };
    assert!(is_name(name), "{line}");
    ((name.to_owned(), labels), number(value))
}

/// Parses `name="value",…`. No value of these metrics needs an escape.
fn labels(text: &str) -> Labels {
    let mut labels = Labels::new();
    for label in text.split(',') {
        let (name, value) = label.split_once('=').expect(label);
        let value = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        let value = value.expect(label);
        assert!(is_name(name) && !value.contains(['"', '\\']), "{label}");
        let before = labels.insert(name.to_owned(), value.to_owned());
        assert_eq!(before, None, "{label} occurs twice");
    }
    labels
}
