//! What the charts show: their series of figures, and how figures are written.

use portcullis::wire::PeriodStatistics;

/// A figure of each period.
pub(super) struct Series {
    pub(super) name: &'static str,
    pub(super) of: fn(&PeriodStatistics) -> Option<u64>,
}

/// A chart of one series, or of several that add up.
pub(super) struct ChartKind {
    pub(super) title: &'static str,
    pub(super) series: &'static [Series],
    /// Whether the last figure is shown, and not the sum of all.
    pub(super) is_level: bool,
}

/// All charts, and the columns of the table.
pub(super) const CHARTS: [ChartKind; 5] = [
    ChartKind {
        title: "Live sessions",
        series: &[Series {
            name: "Live sessions",
            of: |period| period.live_sessions,
        }],
        is_level: true,
    },
    ChartKind {
        title: "Sign-ins",
        series: &[Series {
            name: "Sign-ins",
            of: |period| Some(period.sign_ins),
        }],
        is_level: false,
    },
    ChartKind {
        title: "Failed sign-ins",
        series: &[Series {
            name: "Failed sign-ins",
            of: |period| Some(period.failed_sign_ins),
        }],
        is_level: false,
    },
    ChartKind {
        title: "Token reuse",
        series: &[Series {
            name: "Token reuse",
            of: |period| Some(period.token_reuse),
        }],
        is_level: false,
    },
    ChartKind {
        title: "Refreshes",
        series: &[
            Series {
                name: "Rotated",
                of: |period| Some(period.rotated),
            },
            Series {
                name: "Repeated",
                of: |period| Some(period.repeated),
            },
            Series {
                name: "Rejected",
                of: |period| Some(period.rejected),
            },
            Series {
                name: "Not decided",
                of: |period| Some(period.failed),
            },
        ],
        is_level: false,
    },
];

impl ChartKind {
    /// Returns the figures of each series.
    pub(super) fn figures(&self, periods: &[PeriodStatistics]) -> Vec<Vec<u64>> {
        let series = self.series.iter().map(|series| {
            let figures = periods.iter().map(series.of);
            figures.map(Option::unwrap_or_default).collect()
        });
        series.collect()
    }

    /// Returns the figure for all periods: the sum, or the last figure that is known; `None`
    /// if none is.
    pub(super) fn total(&self, periods: &[PeriodStatistics]) -> Option<u64> {
        let of = |period: &PeriodStatistics| {
            let figures = self.series.iter().filter_map(|series| (series.of)(period));
            figures.reduce(u64::saturating_add)
        };
        let mut figures = periods.iter().filter_map(of);
        if self.is_level {
            figures.next_back()
        } else {
            figures.reduce(u64::saturating_add)
        }
    }
}

/// Returns a figure with a comma between thousands.
pub(super) fn number(figure: u64) -> String {
    let digits = figure.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(all(test, feature = "ssr"))]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn period(
        live: Option<u64>,
        rotated: u64,
        rejected: u64,
    ) -> PeriodStatistics {
        let mut period = PeriodStatistics::default();
        period.live_sessions = live;
        period.rotated = rotated;
        period.rejected = rejected;
        period
    }

    #[test]
    fn total_is_the_sum_or_the_last_known_figure() {
        let [live, .., refreshes] = &CHARTS;
        let periods = [
            period(Some(7), 1, 0),
            period(Some(5), 2, 4),
            period(None, 3, 0),
        ];
        assert_eq!(live.total(&periods), Some(5));
        assert_eq!(live.total(&periods[2..]), None);
        assert_eq!(refreshes.total(&periods), Some(10));
        let figures = refreshes.figures(&periods);
        assert_eq!(figures, [[1, 2, 3], [0, 0, 0], [0, 4, 0], [0, 0, 0]]);
    }

    #[test]
    fn thousands_are_separated() {
        for (figure, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (123_456, "123,456"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(number(figure), text);
        }
    }
}
