//! The rules of a search: the real decision, how it is carried out, and the weakened
//! variants of both.

use std::time::Duration;

use portcullis::{
    clock::Timestamp,
    rotation::{Decision, Presented, Record, Windows, judge},
};

/// The type of `rotation::judge` and of its weakened variants.
pub(crate) type Judge = fn(&Record, Presented, Timestamp, Windows) -> Decision;

/// The rules of a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) judge: Judge,
    /// W, in ticks.
    pub(crate) window: u8,
    /// L, in ticks.
    pub(crate) lost: u8,
    /// The deviations from the protocol in carrying decisions out.
    pub(crate) changes: &'static [Change],
}

/// A deviation from the protocol in carrying decisions out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// *Keep* issues the refresh token too.
    KeepSetsRefresh,
    /// *Replay* does not change `handed_at`.
    ReplayKeepsHandedAt,
    /// *Rotate* does not change `confirmed_at`.
    RotationKeepsConfirmedAt,
    /// A generation counts as used when it is issued, before the browser has it: as if
    /// the server used the token when it refreshes for a page load.
    ConfirmedWhenIssued,
    /// Every use sets `confirmed_at`: a sliding window.
    ConfirmedAtEveryUse,
    /// A write has no condition.
    WritesAreUnconditional,
    /// The condition of *rotate* is the generation alone.
    RotationIgnoresHandedAt,
    /// *Heal* issues the refresh token too.
    HealSetsRefresh,
    /// A power loss may revert a *replay*, as it may revert a rotation.
    ReplayIsRelaxed,
    /// A power loss may revert a rotation from the parent whose successor was lost.
    LateRetryIsRelaxed,
}

impl Rules {
    /// Returns the rules of the protocol, with the shortest L. It favours the browser
    /// least, and the thief least.
    pub(crate) const fn real(window: u8) -> Self {
        Self {
            judge,
            window,
            lost: window,
            changes: &[],
        }
    }

    /// Returns these rules with another L.
    pub(crate) const fn lost_after(self, lost: u8) -> Self {
        Self { lost, ..self }
    }

    /// Returns these rules with another decision.
    pub(crate) const fn judged_by(self, judge: Judge) -> Self {
        Self { judge, ..self }
    }

    /// Returns these rules with `changes`.
    pub(crate) const fn changed(self, changes: &'static [Change]) -> Self {
        Self { changes, ..self }
    }

    pub(crate) fn has(&self, change: Change) -> bool {
        self.changes.contains(&change)
    }
}

/// The window starts at the rotation, whether the successor arrived or not.
pub(crate) fn window_from_rotation(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    let is_parent = record.parent == Some(presented.generation);
    let in_window = now.since(record.handed_at) <= windows.replay;
    if is_parent && !in_window {
        return Decision::Reuse;
    }
    judge(record, presented, now, windows)
}

/// Every retry of the parent gets a successor of its own.
pub(crate) fn fresh_successor(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    match judge(record, presented, now, windows) {
        Decision::Replay => Decision::Rotate {
            next: record.generation + 1,
        },
        decision => decision,
    }
}

/// The current generation is issued again regardless of the delay, as long as it was not
/// used.
pub(crate) fn never_lost(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    let lost = Duration::MAX;
    judge(record, presented, now, Windows { lost, ..windows })
}

/// The current token is superseded whenever it is presented.
pub(crate) fn never_keep(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    match judge(record, presented, now, windows) {
        Decision::Keep => Decision::Rotate {
            next: presented.generation + 1,
        },
        decision => decision,
    }
}

/// A time exactly W ago is no longer within the window.
pub(crate) fn open_window(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    let short = |window: Duration| window.saturating_sub(Duration::from_micros(1));
    let Windows { replay, lost } = windows;
    let windows = Windows {
        replay: short(replay),
        lost: short(lost),
    };
    judge(record, presented, now, windows)
}

/// A generation that is newer than the row's counts as reuse.
pub(crate) fn no_heal(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    match judge(record, presented, now, windows) {
        Decision::Heal => Decision::Reuse,
        decision => decision,
    }
}

/// A generation that is newer than the row's is superseded at once.
pub(crate) fn heal_rotates(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    match judge(record, presented, now, windows) {
        Decision::Heal => Decision::Rotate {
            next: presented.generation + 1,
        },
        decision => decision,
    }
}

/// The grandparent is accepted like the parent.
pub(crate) fn accept_grandparents(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    let is_grandparent = presented.generation.checked_add(1) == record.parent;
    let generation = presented.generation + u32::from(is_grandparent);
    let presented = Presented {
        generation,
        ..presented
    };
    judge(record, presented, now, windows)
}

/// The parent is accepted for ever.
pub(crate) fn replay_for_ever(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    let unconfirmed = Record {
        confirmed_at: None,
        ..*record
    };
    judge(&unconfirmed, presented, now, windows)
}
