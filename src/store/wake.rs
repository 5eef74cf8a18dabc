//! Wake-ups: `PostgreSQL` tells at once that a session has ended somewhere.
//!
//! A hint and no more. What ended is read from the table, which every process
//! looks at several times a second anyway; a wake-up that is missed costs that.

use std::{fmt, future::pending, time::Duration};

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::time::sleep;

use super::{Store, pools::Pools};

/// The channel that the schema's trigger notifies.
const CHANNEL: &str = "portcullis_ended";

/// How soon it is listened again where that failed.
const RETRY: Duration = Duration::from_secs(1);

/// How a connection that listens is made. Not to be shown: it holds a password.
#[derive(Clone)]
pub(super) struct Listening(Box<PgConnectOptions>);

impl Listening {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self(Box::new(options))
    }

    async fn listen(&self) -> Result<PgListener, sqlx::Error> {
        // A pool of its own: the last connection may not come back from a network
        // that loses everything.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with((*self.0).clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(listener)
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listening")
    }
}

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
                self.listener = listening.listen().await.ok();
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
