//! How long anybody waits for the database.

use std::time::Duration;

use tokio::time::timeout;

use crate::store::StoreError;

/// Where a network loses everything without a word, nothing but this ends what is
/// under way; a connection that is held by it is closed then, and another one made.
/// Shorter than a browser waits, longer than a connection is waited for.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// Gives up what takes longer than anybody waits.
///
/// # Errors
/// [`StoreError::Late`]: it may have been done or not.
pub(crate) fn with_timeout<T, E: From<StoreError>>(
    work: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    within(DATABASE_TIMEOUT, work)
}

/// Gives up what takes longer than that.
pub(in crate::store) async fn within<T, E: From<StoreError>>(
    time: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match timeout(time, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(StoreError::Late.into()),
    }
}
