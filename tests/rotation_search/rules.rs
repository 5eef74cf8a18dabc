//! The rules under search: the real decision, how it is carried out, and what
//! of both a test may change for the worse.

use std::time::Duration;

use portcullis::{
    clock::Timestamp,
    rotation::{Decision, Record, judge},
};

/// `rotation::judge`, or a changed one.
pub(crate) type Judge = fn(&Record, u32, Timestamp, Duration) -> Decision;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) judge: Judge,
    /// W, in ticks.
    pub(crate) window: u8,
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
    /// *Heal* hands out the access token alone.
    HealKeepsRefresh,
    /// A power loss never takes a *replay* back, nor what was written before.
    ReplayIsDurable,
}

impl Rules {
    /// The protocol.
    pub(crate) const fn real(window: u8) -> Self {
        Self {
            judge,
            window,
            changes: &[],
        }
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
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    let in_window = now.since(record.handed_at) <= window;
    match judge(record, presented, now, window) {
        Decision::Replay if !in_window => Decision::Reuse,
        decision => decision,
    }
}

/// Every retry of the predecessor gets a successor of its own.
pub(crate) fn fresh_successor(
    record: &Record,
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    match judge(record, presented, now, window) {
        Decision::Replay => Decision::Rotate {
            next: record.generation + 1,
        },
        decision => decision,
    }
}

/// The current token is superseded whenever it is presented.
pub(crate) fn never_renew(
    record: &Record,
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    match judge(record, presented, now, window) {
        Decision::Renew => Decision::Rotate {
            next: presented + 1,
        },
        decision => decision,
    }
}

/// A moment exactly W ago is no longer in the window.
pub(crate) fn open_window(
    record: &Record,
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    let just_short = window.saturating_sub(Duration::from_micros(1));
    judge(record, presented, now, just_short)
}

/// What we signed and do not remember is a forgery or a reuse.
pub(crate) fn no_heal(
    record: &Record,
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    match judge(record, presented, now, window) {
        Decision::Heal { .. } => Decision::Reuse,
        decision => decision,
    }
}

/// What we signed and do not remember is superseded at once.
pub(crate) fn heal_rotates(
    record: &Record,
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    match judge(record, presented, now, window) {
        Decision::Heal { .. } => Decision::Heal {
            next: presented + 1,
        },
        decision => decision,
    }
}

/// What we signed and do not remember becomes the current generation as it is.
pub(crate) fn heal_adopts(
    record: &Record,
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    match judge(record, presented, now, window) {
        Decision::Heal { .. } => Decision::Heal { next: presented },
        decision => decision,
    }
}

/// The predecessor's predecessor is accepted like the predecessor.
pub(crate) fn accept_grandparents(
    record: &Record,
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    let is_grandparent = presented.checked_add(2) == Some(record.generation);
    judge(record, presented + u32::from(is_grandparent), now, window)
}

/// The predecessor is accepted for good.
pub(crate) fn replay_for_ever(
    record: &Record,
    presented: u32,
    now: Timestamp,
    window: Duration,
) -> Decision {
    let unconfirmed = Record {
        confirmed_at: None,
        ..*record
    };
    judge(&unconfirmed, presented, now, window)
}
