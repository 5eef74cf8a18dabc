//! A histogram of durations.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use super::Family;

/// The upper bounds of the buckets: in microseconds, and as they are written, in seconds. The
/// last bucket, of all longer durations, has none.
const BOUNDS: [(u64, &str); 16] = [
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
];

/// Counts durations by their length, from 100 microseconds to 10 seconds. To count one costs
/// two additions.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum_micros: AtomicU64,
}

impl Histogram {
    /// Counts a duration.
    pub fn observe(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|(bound, _)| micros <= *bound);
        self.buckets[bucket.unwrap_or(BOUNDS.len())].fetch_add(1, Relaxed);
        self.sum_micros.fetch_add(micros, Relaxed);
    }

    /// Adds the histogram to a metric of the kind [`Histogram`](super::Kind::Histogram).
    pub fn write(&self, family: &mut Family<'_>, labels: &[(&str, &str)]) {
        let bounds = BOUNDS.iter().map(|(_, text)| *text).chain(["+Inf"]);
        let mut count = 0;
        for (bucket, bound) in self.buckets.iter().zip(bounds) {
            count += bucket.load(Relaxed);
            let labels = [labels, &[("le", bound)]].concat();
            family.sample_of("_bucket", &labels, count);
        }
        let micros = self.sum_micros.load(Relaxed);
        let sum = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        family.sample_of("_sum", labels, sum);
        family.sample_of("_count", labels, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Exposition, Kind};

    #[test]
    fn bucket_counts_all_that_is_not_longer() {
        let histogram = Histogram::default();
        for micros in [0, 100, 101, 1_000_000, 11_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let mut metrics = Exposition::default();
        histogram.write(
            &mut metrics.family("a", Kind::Histogram, "b"),
            &[("c", "d")],
        );
        let text = metrics.into_text();
        for line in [
            "a_bucket{c=\"d\",le=\"0.0001\"} 2\n",
            "a_bucket{c=\"d\",le=\"0.00025\"} 3\n",
            "a_bucket{c=\"d\",le=\"0.5\"} 3\n",
            "a_bucket{c=\"d\",le=\"1\"} 4\n",
            "a_bucket{c=\"d\",le=\"10\"} 4\n",
            "a_bucket{c=\"d\",le=\"+Inf\"} 5\n",
            "a_sum{c=\"d\"} 12.000201\n",
            "a_count{c=\"d\"} 5\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }
}
