//! What happened in a run, for the reader, and so that a run in which nothing
//! happened does not pass for one that went well.

use std::fmt;

use portcullis::rotation::Decision;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    rotated: u64,
    renewed: u64,
    replayed: u64,
    healed: u64,
    reused: u64,
    /// Refreshes that tabs sent, and renewals that they took from another.
    pub(crate) refreshes: u64,
    pub(crate) heard: u64,
    pub(crate) locks_stuck: u64,
    pub(crate) thefts: u64,
    found: u64,
    /// The most turns that both parties had after a theft that was found.
    longest: u32,
    pub(crate) signed_out: u64,
    /// Refusals because a lifetime was over.
    pub(crate) ran_out: u64,
    pub(crate) crashes: u64,
    pub(crate) power_losses: u64,
}

impl Tally {
    pub(crate) fn judges(&mut self, decision: Decision) {
        let count = match decision {
            Decision::Rotate { .. } => &mut self.rotated,
            Decision::Renew => &mut self.renewed,
            Decision::Replay => &mut self.replayed,
            Decision::Heal => &mut self.healed,
            Decision::Reuse => &mut self.reused,
        };
        *count += 1;
    }

    /// A theft is found, after so many turns without luck.
    pub(crate) fn finds(&mut self, turns: u32) {
        self.found += 1;
        self.longest = self.longest.max(turns);
    }

    /// What of all that can happen did not.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let counts = [
            (self.rotated, "rotate"),
            (self.renewed, "renew"),
            (self.replayed, "replay"),
            (self.healed, "heal"),
            (self.heard, "a renewal that another tab told of"),
            (self.locks_stuck, "a lock that nobody gives back"),
            (self.found, "a theft that is found"),
            (self.signed_out, "a sign-out"),
            (self.ran_out, "a lifetime's end"),
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
            renewed,
            replayed,
            healed,
            refreshes,
            heard,
            thefts,
            found,
            longest,
            signed_out,
            ran_out,
            crashes,
            power_losses,
            ..
        } = self;
        write!(
            f,
            "{rotated} rotated, {renewed} renewed, {replayed} replayed, {healed} healed; \
             {refreshes} sent by tabs, {heard} taken from another; \
             {thefts} thefts, {found} found, after at most {longest} turns without luck; \
             {signed_out} sign-outs, {ran_out} refused for age; \
             {crashes} crashes, {power_losses} power losses"
        )
    }
}
