//! Measuring two loads in alternating rounds: other work on the machine affects both, so
//! the ratio within a round is reliable where neither number is.

use std::time::Duration;

use super::{
    load::{Caller, Load, Round},
    report::{micros, say},
};

/// The results of two loads in the same rounds.
pub struct Comparison {
    ours: Vec<Round>,
    bare: Vec<Round>,
}

/// A ratio over all rounds: the median, the lowest and the highest.
#[derive(Clone, Copy)]
pub struct Ratio {
    pub median: f64,
    pub lowest: f64,
    pub highest: f64,
}

/// Runs both loads in alternating rounds. The first round of each is a warm-up and is not
/// measured.
pub async fn in_turn<O: Caller, B: Caller>(
    ours: &mut Load<O>,
    bare: &mut Load<B>,
    rounds: usize,
    length: Duration,
) -> Comparison {
    let mut comparison = Comparison {
        ours: Vec::new(),
        bare: Vec::new(),
    };
    bare.round(length / 2).await;
    ours.round(length / 2).await;
    for _ in 0..rounds {
        comparison.bare.push(bare.round(length).await);
        comparison.ours.push(ours.round(length).await);
    }
    comparison
}

impl Comparison {
    /// Returns our rate as a fraction of the bare rate.
    pub fn rates(&self) -> Ratio {
        self.ratio(|ours, bare| ours.rate / bare.rate)
    }

    /// Returns the bare processor time as a fraction of ours; `None` if the system does not
    /// report it. It is not exact for fractions of a second.
    fn processors(&self) -> Option<Ratio> {
        let pairs = self.ours.iter().zip(&self.bare);
        let ratios = pairs.map(|(ours, bare)| {
            let (ours, bare) = (ours.cpu?.as_secs_f64(), bare.cpu?.as_secs_f64());
            Some(bare / ours)
        });
        ratios.collect::<Option<Vec<f64>>>().map(Ratio::of)
    }

    /// Returns our median latency as a multiple of the bare one.
    pub fn latencies(&self) -> Ratio {
        self.ratio(|ours, bare| ours.median.as_secs_f64() / bare.median.as_secs_f64())
    }

    /// Prints the processor time of the bare work as a fraction of ours.
    pub fn print_processors(&self) {
        if let Some(ratio) = self.processors() {
            say(format!(
                "   the bare processor time is {ratio} of ours, without that of a database server"
            ));
        }
    }

    fn ratio(&self, of: impl Fn(&Round, &Round) -> f64) -> Ratio {
        let pairs = self.ours.iter().zip(&self.bare);
        Ratio::of(pairs.map(|(ours, bare)| of(ours, bare)).collect())
    }

    /// Prints the medians of both loads over all rounds.
    pub fn print(&self, names: [&str; 2]) {
        for (name, rounds) in [(names[1], &self.bare), (names[0], &self.ours)] {
            let rate = median(rounds.iter().map(|round| round.rate).collect());
            let time = |of: fn(&Round) -> Duration| {
                let times = rounds.iter().map(|round| of(round).as_secs_f64());
                micros(median(times.collect()))
            };
            let cpu: Option<Vec<f64>> = rounds
                .iter()
                .map(|round| round.cpu.map(|cpu| cpu.as_secs_f64()))
                .collect();
            let cpu = cpu.map_or_else(String::new, |cpu| {
                format!("   processor {}", micros(median(cpu)))
            });
            say(format!(
                "   {name:42} {rate:>9.0} /s   p50 {}   p99 {}{cpu}",
                time(|round| round.median),
                time(|round| round.p99),
            ));
        }
    }
}

impl Ratio {
    /// Summarises the ratios of all rounds, of which there must be at least one.
    pub fn of(mut ratios: Vec<f64>) -> Self {
        ratios.sort_unstable_by(f64::total_cmp);
        Self {
            median: ratios[ratios.len() / 2],
            lowest: ratios[0],
            highest: ratios[ratios.len() - 1],
        }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            median,
            lowest,
            highest,
        } = self;
        write!(f, "{median:.2} ({lowest:.2} to {highest:.2})")
    }
}

/// Returns the median.
pub fn median(values: Vec<f64>) -> f64 {
    Ratio::of(values).median
}
