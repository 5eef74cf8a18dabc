//! Two things measured in turn, round by round: whatever else the machine does
//! meets both, and the ratio of a round holds where neither number does.

use std::time::Duration;

use super::{
    load::{Caller, Load, Round},
    report::{micros, say},
};

/// What two loads did in the same rounds.
pub struct Comparison {
    ours: Vec<Round>,
    bare: Vec<Round>,
}

/// A ratio: in the middle of all rounds, in the lowest and in the highest.
#[derive(Clone, Copy)]
pub struct Ratio {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

/// Lets both work in turn. The first round of each is a warm-up and does not count.
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
    /// Our rate as a part of the bare one.
    pub fn rates(&self) -> Ratio {
        self.ratio(|ours, bare| ours.rate / bare.rate)
    }

    /// The bare processor time as a part of ours, where it can be told. Of a part
    /// of a second it is not exact.
    fn processors(&self) -> Option<Ratio> {
        let pairs = self.ours.iter().zip(&self.bare);
        let ratios = pairs.map(|(ours, bare)| {
            let (ours, bare) = (ours.cpu?.as_secs_f64(), bare.cpu?.as_secs_f64());
            Some(bare / ours)
        });
        ratios.collect::<Option<Vec<f64>>>().map(Ratio::of)
    }

    /// Our latency as a multiple of the other, in the middle of all calls.
    pub fn latencies(&self) -> Ratio {
        self.ratio(|ours, bare| ours.median.as_secs_f64() / bare.median.as_secs_f64())
    }

    /// Prints what a piece of bare work costs as a part of what ours does.
    pub fn print_processors(&self) {
        if let Some(ratio) = self.processors() {
            say(format!(
                "   the bare processor time is {ratio} of ours, the database's own left out where it \
                 is a server"
            ));
        }
    }

    fn ratio(&self, of: impl Fn(&Round, &Round) -> f64) -> Ratio {
        let pairs = self.ours.iter().zip(&self.bare);
        Ratio::of(pairs.map(|(ours, bare)| of(ours, bare)).collect())
    }

    /// Prints what each did, in the middle of all rounds.
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
    /// Of the ratios of all rounds, of which there is one at least.
    pub fn of(mut ratios: Vec<f64>) -> Self {
        ratios.sort_unstable_by(f64::total_cmp);
        Self {
            median: ratios[ratios.len() / 2],
            least: ratios[0],
            most: ratios[ratios.len() - 1],
        }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            median,
            least,
            most,
        } = self;
        write!(f, "{median:.2} ({least:.2} to {most:.2})")
    }
}

/// The one in the middle.
pub fn median(values: Vec<f64>) -> f64 {
    Ratio::of(values).median
}
