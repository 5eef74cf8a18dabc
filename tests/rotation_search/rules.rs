//! The rules under search: the real decision, how it is carried out, and what
//! of both a test may change for the worse.

use std::time::Duration;

use portcullis::{
    clock::Timestamp,
    rotation::{Decision, Presented, Record, Windows, judge},
};

/// `rotation::judge`, or a changed one.
pub(crate) type Judge = fn(&Record, Presented, Timestamp, Windows) -> Decision;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) judge: Judge,
    /// W, in ticks.
    pub(crate) window: u8,
    /// L, in ticks.
    pub(crate) lost: u8,
    /// What is carried out in another way than the protocol says.
    pub(crate) changes: &'static [Change],
}

/// A change to how decisions are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// *Renew* hands out the refresh token too.
    RenewSetsRefresh,
    /// *Replay* leaves `handed_at` as it is.
    ReplayKeepsHandedAt,
    /// *Rotate* leaves `confirmed_at` as it is.
    RotationKeepsConfirmedAt,
    /// A generation counts as used when it is handed out, before the browser
    /// has it: as where the server that renews for a page load uses the token.
    ConfirmedAtHandOut,
    /// Every use moves `confirmed_at`: a window that slides.
    ConfirmedAtEveryUse,
    /// A write does not ask whether what it was judged by holds still.
    WritesAreUnconditional,
    /// *Rotate* asks for the generation alone.
    RotationIgnoresHandedAt,
    /// *Heal* hands out the refresh token too.
    HealSetsRefresh,
    /// A power loss may take a *replay* back like a rotation.
    ReplayIsRelaxed,
    /// The same for a rotation upon a parent, after its successor was lost.
    LateRetryIsRelaxed,
}

impl Rules {
    /// The protocol, with the shortest L, which promises least to the browser and
    /// least to the thief.
    pub(crate) const fn real(window: u8) -> Self {
        Self {
            judge,
            window,
            lost: window,
            changes: &[],
        }
    }

    /// With another L.
    pub(crate) const fn lost_after(self, lost: u8) -> Self {
        Self { lost, ..self }
    }

    pub(crate) const fn judged_by(self, judge: Judge) -> Self {
        Self { judge, ..self }
    }

    pub(crate) const fn changed(self, changes: &'static [Change]) -> Self {
        Self { changes, ..self }
    }

    pub(crate) fn has(&self, change: Change) -> bool {
        self.changes.contains(&change)
    }
}

/// A window that runs from the rotation, whether the successor arrived or not.
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

/// What was handed out is handed out again however late, as long as it was not
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
pub(crate) fn never_renew(
    record: &Record,
    presented: Presented,
    now: Timestamp,
    windows: Windows,
) -> Decision {
    match judge(record, presented, now, windows) {
        Decision::Renew => Decision::Rotate {
            next: presented.generation + 1,
        },
        decision => decision,
    }
}

/// A moment exactly W ago is no longer in the window.
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

/// What we signed and do not remember is a forgery or a reuse.
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

/// What we signed and do not remember is superseded at once.
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

/// The parent's predecessor is accepted like the parent.
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

/// The parent is accepted for good.
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
