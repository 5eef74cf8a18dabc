//! The timeouts of the database. A whole HTTP request times out after eight seconds
//! (`server/src/middleware/deadline.rs`).

use std::time::Duration;

use tokio::time::timeout;

use crate::store::StoreError;

/// The timeout of all work with the database for one request. If the network drops
/// packets silently, only this timeout ends a call; then its connection is closed, and
/// the pool opens another one. It is shorter than a browser waits, and longer than
/// [`ACQUIRE_TIMEOUT`].
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// The timeout of waiting for a connection of a pool.
pub(in crate::store) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// The timeout of a ping on an idle connection. If the network has lost the connection
/// silently, only this timeout ends the ping, and until then the connection keeps its
/// place in the pool. Half of [`ACQUIRE_TIMEOUT`], so that there is time to open another.
pub(in crate::store) const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// A connection that was idle for longer than this is pinged before it is used.
pub(in crate::store) const PING_AFTER: Duration = Duration::from_secs(1);

/// How long a statement waits for another process's write (`SQLite`).
pub(in crate::store) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// The timeouts that the server enforces (`PostgreSQL`). A process that freezes or is
/// disconnected in the middle of a transaction must not keep its locks. As long as
/// [`DATABASE_TIMEOUT`].
pub(in crate::store) const SERVER_TIMEOUTS: [(&str, &str); 2] = [
    ("statement_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "5s"),
];

/// How long a rotation may wait in the queue (`PostgreSQL`). A rotation whose caller no
/// longer waits is not written, so this and [`BATCH_TIMEOUT`] add up to
/// [`DATABASE_TIMEOUT`].
pub(in crate::store) const MAX_QUEUE_TIME: Duration = Duration::from_secs(2);
/// The timeout of writing a batch of rotations (`PostgreSQL`).
pub(in crate::store) const BATCH_TIMEOUT: Duration = Duration::from_secs(3);

/// Runs `work`, and cancels it after [`DATABASE_TIMEOUT`].
///
/// # Errors
/// [`StoreError::Timeout`] if it was cancelled. Its writes may or may not have been
/// committed.
pub(crate) fn with_timeout<T, E: From<StoreError>>(
    work: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    within(DATABASE_TIMEOUT, work)
}

/// Runs `work`, and cancels it after `time`.
pub(in crate::store) async fn within<T, E: From<StoreError>>(
    time: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match timeout(time, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(StoreError::Timeout.into()),
    }
}
