//! An installation whose clock the benchmark moves, so that a million refreshes, each
//! past the replay window, need no waiting.

use std::time::Duration;

use portcullis::testing::TestClock;
use testkit::{
    installation::Installation,
    place::{Kind, Place},
};

/// The time at which the clock begins, in microseconds since the epoch.
pub(crate) const START: i64 = TestClock::START.as_micros();

/// A time longer than the replay window.
pub(crate) const PAST_THE_WINDOW: Duration = Duration::from_secs(31);

/// How far the clock advances at each reading; a refresh reads it twice. It is large
/// enough that even the fastest caller finds its hundred sessions past the window when it
/// returns to them. It is small enough that the signing key, which no background task
/// rotates here, does not expire before a million refreshes are done.
pub(crate) const CLOCK_STEP: Duration = Duration::from_millis(150);

/// Creates an installation.
pub(crate) async fn new(kind: Kind) -> Installation {
    Installation::at(place(kind).await).await
}

/// Creates an empty database, in the target folder, which is on a disk.
pub(crate) async fn place(kind: Kind) -> Place {
    Place::below(env!("CARGO_TARGET_TMPDIR"), kind).await
}
