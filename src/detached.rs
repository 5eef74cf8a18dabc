//! Work that runs to completion even if its caller is dropped.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

use crate::{
    request_context,
    store::{StoreError, with_timeout},
};

/// How long a process that stops waits for the work that runs. As long as the timeout for the
/// database work of one request.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The work of one process that does not depend on its callers.
#[derive(Clone, Debug)]
pub(crate) struct Detached {
    /// Each running work holds a receiver.
    running: watch::Sender<()>,
}

impl Default for Detached {
    fn default() -> Self {
        Self {
            running: watch::Sender::new(()),
        }
    }
}

impl Detached {
    /// Runs `work` to completion even if the caller is dropped, but cancels it after the
    /// timeout for the database work of one request.
    pub(crate) async fn run<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let running = self.running.subscribe();
        // Boxed: the future has some kilobytes, which would be copied at each step.
        let work = Box::pin(work);
        let done = request_context::spawn(async move {
            let done = with_timeout(work).await;
            drop(running);
            done
        });
        let done = done.await;
        done.unwrap_or_else(|_| Err(StoreError::Timeout.into()))
    }

    /// Waits for the work that runs, for some seconds at most. Otherwise the end of the process
    /// would cancel a sign-out whose client has disconnected.
    pub(crate) async fn finish(&self) {
        if !self.finish_within(SHUTDOWN_TIMEOUT).await {
            tracing::warn!("the database did not respond in time; work of requests was aborted");
        }
    }

    /// Returns whether all work has ended in time.
    async fn finish_within(&self, limit: Duration) -> bool {
        timeout(limit, self.running.closed()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, poll};
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_of_a_dropped_caller_is_awaited() {
        let detached = Detached::default();
        let (release, released) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let work = async {
            let _ = released.await;
            let _ = done.send(());
            Ok::<_, StoreError>(())
        };
        let mut caller = Box::pin(detached.run(work));
        assert!(poll!(&mut caller).is_pending());
        drop(caller);

        let mut finish = Box::pin(detached.finish_within(Duration::from_secs(30)));
        assert!(poll!(&mut finish).is_pending(), "the work runs");
        release.send(()).expect("the work waits");
        assert!(finish.await);
        assert_eq!(is_done.now_or_never(), Some(Ok(())));
    }

    #[tokio::test]
    async fn work_that_does_not_end_delays_the_stop_for_a_limited_time() {
        let detached = Detached::default();
        assert!(detached.finish_within(Duration::ZERO).await, "no work runs");
        let running = detached.running.subscribe();
        assert!(!detached.finish_within(Duration::from_millis(1)).await);
        drop(running);
        assert!(detached.finish_within(Duration::ZERO).await);
    }
}
