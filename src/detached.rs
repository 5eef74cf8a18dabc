//! Work that runs to completion even if its caller is dropped.

use crate::{
    request_context,
    store::{StoreError, with_timeout},
};

/// Runs `work` to completion even if the caller is dropped, but cancels it after the
/// timeout for the database work of one request.
pub(crate) async fn detached<T, E>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    // Boxed: the future has some kilobytes, which would be copied at each step.
    let work = Box::pin(work);
    let done = request_context::spawn(with_timeout(work)).await;
    done.unwrap_or_else(|_| Err(StoreError::Timeout.into()))
}
