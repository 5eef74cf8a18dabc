//! Notifications: `PostgreSQL` notifies every process at once when a session ends.
//!
//! A notification only makes a process read the ended sessions sooner. It reads them from
//! the table several times a second anyway, so a missed notification costs only that
//! delay.

use std::{fmt, future::pending, time::Duration};

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::sleep;

use super::{backend::Backend, schema::Schema, source::PostgresSource};
use crate::store::Store;

/// The channel that the trigger of every schema notifies, with the schema's name.
const CHANNEL: &str = "portcullis_ended";

/// The pause before the next attempt to listen, after one failed.
const LISTEN_RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The options of a connection that listens. `Debug` prints its type alone, because it
/// holds a password.
#[derive(Clone)]
pub(in crate::store) struct ListenOptions {
    source: PostgresSource,
    schema: Schema,
}

impl ListenOptions {
    pub(in crate::store) fn new(source: PostgresSource, schema: Schema) -> Self {
        Self { source, schema }
    }

    async fn listen(&self) -> Result<PgListener, sqlx::Error> {
        // A new pool each time: on a network that drops packets silently, the previous
        // connection may never be returned.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(self.source.options().clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(listener)
    }
}

impl fmt::Debug for ListenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ListenOptions")
    }
}

/// The notifications that one process receives.
pub(crate) struct Notifications {
    store: Store,
    listener: Option<PgListener>,
}

impl Store {
    /// Returns the notifications from now on.
    pub(crate) fn notifications(&self) -> Notifications {
        Notifications {
            store: self.clone(),
            listener: None,
        }
    }
}

impl Notifications {
    /// Waits for the next notification; on `SQLite`, which sends none, for ever. Connects
    /// again for as long as the database is unreachable.
    pub(crate) async fn next(&mut self) {
        let Backend::Postgres { listen_options, .. } = &self.store.backend else {
            return pending().await;
        };
        loop {
            if self.listener.is_none() {
                self.listener = listen_options.listen().await.ok();
            }
            if let Some(listener) = &mut self.listener
                && let Ok(notification) = listener.recv().await
            {
                // Another installation in the same database notifies the same channel.
                if notification.payload() == listen_options.schema.as_str() {
                    return;
                }
                continue;
            }
            self.listener = None;
            sleep(LISTEN_RETRY_PAUSE).await;
        }
    }
}
