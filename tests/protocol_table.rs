//! `rotation::judge` decides as the decision table of docs/protocol.md says.

use std::time::Duration;

use portcullis::{
    clock::Timestamp,
    rotation::{Decision, Presented, Record, Windows, judge},
};

const W: i64 = 30;
const L: i64 = 60;

/// A state of a session and the presented generation.
struct Case {
    record: Record,
    presented: u32,
    /// Seconds since the current generation was issued.
    issued_ago: i64,
    /// Seconds since the current generation was confirmed.
    confirmed_ago: Option<i64>,
}

impl Case {
    fn is_current(&self) -> bool {
        self.presented == self.record.generation
    }

    fn is_parent(&self) -> bool {
        Some(self.presented) == self.record.parent
    }
}

/// The first two columns of the table, word for word, and the condition as code.
/// The first row whose condition holds decides.
type Row = (&'static str, &'static str, fn(&Case) -> bool);

const ROWS: [Row; 6] = [
    (
        "`g = generation`, issued more than W ago",
        "rotate",
        |case| case.is_current() && case.issued_ago > W,
    ),
    ("`g = generation`, issued at most W ago", "keep", |case| {
        case.is_current() && case.issued_ago <= W
    }),
    (
        "`g = parent`; either not confirmed and issued at most L ago, or confirmed at most W ago",
        "replay",
        |case| {
            case.is_parent()
                && match case.confirmed_ago {
                    None => case.issued_ago <= L,
                    Some(ago) => ago <= W,
                }
        },
    ),
    (
        "`g = parent`, not confirmed, issued more than L ago",
        "rotate",
        |case| case.is_parent() && case.confirmed_ago.is_none() && case.issued_ago > L,
    ),
    ("`g > generation`", "heal", |case| {
        case.presented > case.record.generation
    }),
    ("anything else", "reuse", |_| true),
];

#[test]
fn document_has_the_rows_of_this_test() {
    let document = include_str!("../docs/protocol.md");
    let table = document
        .lines()
        .skip_while(|line| !line.starts_with("| presented | decision |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let rows: Vec<(String, String)> = table
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells[1].to_owned(), cells[2].replace('*', ""))
        })
        .collect();
    let expected = ROWS.map(|(presented, decision, _)| (presented.to_owned(), decision.to_owned()));
    assert_eq!(rows, expected);
}

/// Every combination of generations up to 4 and of times around both windows.
fn cases() -> Vec<Case> {
    let now = 10_000;
    let times = [0, 1, W - 1, W, W + 1, L - 1, L, L + 1, 5_000];
    let mut cases = Vec::new();
    for generation in 0..=4_u32 {
        for parent in (0..generation)
            .map(Some)
            .chain((generation == 0).then_some(None))
        {
            for issued_ago in times {
                for confirmed_ago in times.into_iter().map(Some).chain([None]) {
                    let record = Record {
                        generation,
                        parent,
                        handed_at: Timestamp::from_seconds(now - issued_ago),
                        confirmed_at: confirmed_ago.map(|ago| Timestamp::from_seconds(now - ago)),
                    };
                    cases.extend((0..=6).map(|presented| Case {
                        record,
                        presented,
                        issued_ago,
                        confirmed_ago,
                    }));
                }
            }
        }
    }
    cases
}

#[test]
fn judge_decides_as_the_table_says() {
    let windows = Windows {
        replay: Duration::from_secs(30),
        lost: Duration::from_secs(60),
    };
    let mut used = [0; ROWS.len()];
    for case in cases() {
        let presented = Presented {
            generation: case.presented,
            parent: case.presented.checked_sub(1),
        };
        let now = Timestamp::from_seconds(10_000);
        let name = match judge(&case.record, presented, now, windows) {
            Decision::Rotate { next } => {
                assert_eq!(next, case.record.generation + 1);
                "rotate"
            }
            Decision::Keep => "keep",
            Decision::Replay => "replay",
            Decision::Heal => "heal",
            Decision::Reuse => "reuse",
        };
        let row = ROWS.iter().position(|(_, _, holds)| holds(&case));
        let row = row.expect("the last row always holds");
        used[row] += 1;
        let Case {
            record, presented, ..
        } = case;
        assert_eq!(name, ROWS[row].1, "{presented} presented to {record:?}");
    }
    assert!(used.iter().all(|count| *count > 0), "{used:?}");
}
