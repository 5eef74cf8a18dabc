//! An installation whose clock the benchmark moves: so a million refreshes, each in
//! due time, need no waiting.

use std::time::Duration;

use portcullis::testing::TestClock;
use testkit::{
    installation::Installation,
    place::{Kind, Place},
};

/// When it begins, in microseconds since the epoch.
pub(crate) const BEGINNING: i64 = TestClock::BEGINNING.as_micros();

/// Longer than the replay window.
pub(crate) const PAST_THE_WINDOW: Duration = Duration::from_secs(31);

/// How far the clock goes on whenever it is read, twice in a refresh: so far that even
/// a caller that overtakes all others finds its hundred sessions past the window
/// when it comes to them again, and not so far that the signing key, which nobody
/// follows here, is over before a million refreshes are.
pub(crate) const STEP: Duration = Duration::from_millis(150);

/// Creates an installation.
pub(crate) async fn new(kind: Kind) -> Installation {
    Installation::at(place(kind).await).await
}

/// Creates an empty database, on the disk of the clone.
pub(crate) async fn place(kind: Kind) -> Place {
    Place::below(env!("CARGO_TARGET_TMPDIR"), kind).await
}
