//! The counts of a run. They are printed, and they show that everything that can happen
//! has happened, so that a run without events does not count as a success.

use std::fmt;

use portcullis::rotation::Decision;

/// The counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    rotated: u64,
    kept: u64,
    replayed: u64,
    healed: u64,
    reused: u64,
    /// Refreshes that tabs sent.
    pub(crate) refreshes: u64,
    /// New tokens of another tab that a tab adopted.
    pub(crate) adopted: u64,
    pub(crate) locks_stuck: u64,
    pub(crate) thefts: u64,
    detected: u64,
    /// The largest number of turns after a theft until it was detected.
    max_turns: u32,
    pub(crate) signed_out: u64,
    /// Rejections because a lifetime had expired.
    pub(crate) expired: u64,
    pub(crate) crashes: u64,
    pub(crate) power_losses: u64,
}

impl Tally {
    pub(crate) fn judges(&mut self, decision: Decision) {
        let count = match decision {
            Decision::Rotate { .. } => &mut self.rotated,
            Decision::Keep => &mut self.kept,
            Decision::Replay => &mut self.replayed,
            Decision::Heal => &mut self.healed,
            Decision::Reuse => &mut self.reused,
        };
        *count += 1;
    }

    /// Counts a detected theft, after `turns` turns without luck.
    pub(crate) fn detects_theft(&mut self, turns: u32) {
        self.detected += 1;
        self.max_turns = self.max_turns.max(turns);
    }

    /// Returns the name of a kind of event that has not happened.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let counts = [
            (self.rotated, "rotate"),
            (self.kept, "keep"),
            (self.replayed, "replay"),
            (self.healed, "heal"),
            (self.adopted, "new tokens of another tab that were adopted"),
            (self.locks_stuck, "a lock that is not released"),
            (self.detected, "a detected theft"),
            (self.signed_out, "a sign-out"),
            (self.expired, "an expired lifetime"),
            (self.crashes, "a crash"),
            (self.power_losses, "a power loss"),
        ];
        let missing = counts.into_iter().find(|(count, _)| *count == 0);
        missing.map(|(_, name)| name)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rotated,
            kept,
            replayed,
            healed,
            refreshes,
            adopted,
            thefts,
            detected,
            max_turns,
            signed_out,
            expired,
            crashes,
            power_losses,
            ..
        } = self;
        write!(
            f,
            "{rotated} rotated, {kept} kept, {replayed} replayed, {healed} healed; \
             {refreshes} sent by tabs, {adopted} adopted from another; \
             {thefts} thefts, {detected} detected, after at most {max_turns} turns without luck; \
             {signed_out} sign-outs, {expired} rejected as expired; \
             {crashes} crashes, {power_losses} power losses"
        )
    }
}
