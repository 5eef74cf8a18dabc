//! Wake-ups: `PostgreSQL` tells at once that a session has ended somewhere.
//!
//! A hint and no more. What ended is read from the table, which every process
//! looks at several times a second anyway; a wake-up that is missed costs that.

use std::{future::pending, time::Duration};

use sqlx::{PgPool, postgres::PgListener};
use tokio::time::sleep;

use super::{Store, pools::Pools};

/// The channel that the schema's trigger notifies.
const CHANNEL: &str = "portcullis_ended";

/// How soon it is listened again where that failed.
const RETRY: Duration = Duration::from_secs(1);

/// The wake-ups of one process.
pub(crate) struct WakeUps {
    store: Store,
    listener: Option<PgListener>,
}

impl Store {
    /// Wake-ups from now on.
    pub(crate) fn wake_ups(&self) -> WakeUps {
        WakeUps {
            store: self.clone(),
            listener: None,
        }
    }
}

impl WakeUps {
    /// Waits for the next one; for ever where the database gives none. While it is
    /// away, it is asked again and again.
    pub(crate) async fn next(&mut self) {
        let Pools::Postgres { listening, .. } = &self.store.pools else {
            return pending().await;
        };
        loop {
            if self.listener.is_none() {
                self.listener = listen(listening).await.ok();
            }
            if let Some(listener) = &mut self.listener
                && listener.recv().await.is_ok()
            {
                return;
            }
            self.listener = None;
            sleep(RETRY).await;
        }
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}
