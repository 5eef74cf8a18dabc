//! Wake-ups: `PostgreSQL` tells at once that a session has ended somewhere.
//!
//! A hint and no more. What ended is read from the table, which every process
//! looks at several times a second anyway; a wake-up that is missed costs that.

use std::future::pending;

use sqlx::postgres::PgListener;

use super::{Store, pools::Pools};

/// The channel that the schema's trigger notifies.
const CHANNEL: &str = "portcullis_ended";

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
    /// Waits for the next one; for ever where the database gives none, or is
    /// away. Being dropped half-way loses nothing that is not found again.
    pub(crate) async fn next(&mut self) {
        if self.listener.is_none() {
            self.listener = self.listen().await;
        }
        let Some(listener) = &mut self.listener else {
            return pending().await;
        };
        if listener.recv().await.is_err() {
            self.listener = None;
            pending::<()>().await;
        }
    }

    async fn listen(&self) -> Option<PgListener> {
        let Pools::Postgres { listening, .. } = &self.store.pools else {
            return None;
        };
        let mut listener = PgListener::connect_with(listening).await.ok()?;
        listener.listen(CHANNEL).await.ok()?;
        Some(listener)
    }
}
