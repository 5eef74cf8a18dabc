//! The watchdog of the revocation view.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use super::RevocationView;

/// How often the watchdog runs.
const WATCH_INTERVAL: Duration = Duration::from_millis(250);

/// Ends all streams when the view becomes stale, and notices if the process was frozen. A
/// task of its own: the feed may be waiting for the database.
#[derive(Clone)]
pub(crate) struct Watchdog {
    pub(crate) view: Arc<RevocationView>,
}

impl Watchdog {
    /// Runs the background task, one for all streams.
    pub(crate) async fn run(&self) -> Infallible {
        let mut ticks = interval(WATCH_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.view.watchdog_ran();
        }
    }
}
