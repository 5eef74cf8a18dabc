//! How long anything waits for the database. A request of the program as a whole is
//! given up after eight seconds (`server/src/middleware/deadline.rs`).

use std::time::Duration;

use tokio::time::timeout;

use crate::store::StoreError;

/// The timeout of everything that is asked of the database for one request. Where a
/// network loses everything without a word, nothing but this ends a call; its
/// connection is closed then, and another one made. Shorter than a browser waits,
/// longer than [`ACQUIRE_TIMEOUT`].
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// The timeout of waiting for a connection of the pool.
pub(in crate::store) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// The timeout of the question whether an idle connection is still there. Where a
/// network lost it without a word, nothing else would end it, and it would keep its
/// place. Half of [`ACQUIRE_TIMEOUT`], so that another can be made instead.
pub(in crate::store) const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// The time after which an idle connection is asked before it is used.
pub(in crate::store) const PING_AFTER: Duration = Duration::from_secs(1);

/// How long a statement waits for another process's write (`SQLite`).
pub(in crate::store) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// The timeouts that the server itself keeps (`PostgreSQL`): a process that froze in
/// the middle of a transaction, or was cut off from it, must not hold its locks
/// against all others. As long as [`DATABASE_TIMEOUT`].
pub(in crate::store) const SERVER_TIMEOUTS: [(&str, &str); 2] = [
    ("statement_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "5s"),
];

/// How long a rotation may wait for its batch, and then take (`PostgreSQL`). Together
/// as long as [`DATABASE_TIMEOUT`]: a rotation for which no caller waits any more is
/// not written.
pub(in crate::store) const MAX_QUEUE_TIME: Duration = Duration::from_secs(2);
/// See [`MAX_QUEUE_TIME`].
pub(in crate::store) const BATCH_TIMEOUT: Duration = Duration::from_secs(3);

/// Gives up a call that takes longer than [`DATABASE_TIMEOUT`].
///
/// # Errors
/// [`StoreError::Late`]: it may have been done or not.
pub(crate) fn with_timeout<T, E: From<StoreError>>(
    work: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    within(DATABASE_TIMEOUT, work)
}

/// Gives up a call that takes longer than `time`.
pub(in crate::store) async fn within<T, E: From<StoreError>>(
    time: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match timeout(time, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(StoreError::Late.into()),
    }
}
