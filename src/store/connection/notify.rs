//! Wake-ups: `PostgreSQL` tells at once that a session has ended somewhere.
//!
//! A hint and no more. What ended is read from the table, which every process
//! looks at several times a second anyway; a wake-up that is missed costs that.

use std::{fmt, future::pending, time::Duration};

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::time::sleep;

use super::{backend::Backend, schema::Schema};
use crate::store::Store;

/// The channel that the trigger of every schema notifies, with the schema's name.
const CHANNEL: &str = "portcullis_ended";

/// How soon it is listened again where that failed.
const RETRY: Duration = Duration::from_secs(1);

/// How a connection that listens is made. Not to be shown: it holds a password.
#[derive(Clone)]
pub(in crate::store) struct ListenOptions {
    options: Box<PgConnectOptions>,
    schema: Schema,
}

impl ListenOptions {
    pub(in crate::store) fn new(options: PgConnectOptions, schema: Schema) -> Self {
        Self {
            options: Box::new(options),
            schema,
        }
    }

    async fn listen(&self) -> Result<PgListener, sqlx::Error> {
        // A pool of its own: the last connection may not come back from a network
        // that loses everything.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with((*self.options).clone());
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

/// The wake-ups of one process.
pub(crate) struct Notifications {
    store: Store,
    listener: Option<PgListener>,
}

impl Store {
    /// Wake-ups from now on.
    pub(crate) fn notifications(&self) -> Notifications {
        Notifications {
            store: self.clone(),
            listener: None,
        }
    }
}

impl Notifications {
    /// Waits for the next one; for ever where the database gives none. While it is
    /// away, it is asked again and again.
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
                // Another installation may be in another schema of the database.
                if notification.payload() == listen_options.schema.as_str() {
                    return;
                }
                continue;
            }
            self.listener = None;
            sleep(RETRY).await;
        }
    }
}
