//! How long anybody waits for the database.

use std::time::Duration;

use tokio::time::timeout;

use super::StoreError;

/// Where a network loses everything without a word, nothing but this ends what is
/// under way; a connection that is held by it is closed then, and another one made.
/// Shorter than a browser waits, longer than a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Gives up what takes longer than anybody waits.
///
/// # Errors
/// [`StoreError::Late`]: it may have been done or not.
pub(crate) fn patiently<T, E: From<StoreError>>(
    work: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    within(PATIENCE, work)
}

/// Gives up what takes longer than that.
pub(super) async fn within<T, E: From<StoreError>>(
    time: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match timeout(time, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(StoreError::Late.into()),
    }
}
