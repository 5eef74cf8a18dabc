//! The background tasks of a process. Each is supervised: a task that panics is
//! restarted.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use super::Portcullis;

/// The pause before a task that panicked is restarted.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// The handles of the background tasks, which stop when this is dropped.
#[derive(Default)]
pub(super) struct Tasks(Mutex<Vec<AbortHandle>>);

impl Tasks {
    pub(super) fn are_running(&self) -> bool {
        let handles = self.handles();
        !handles.is_empty() && handles.iter().all(|handle| !handle.is_finished())
    }

    pub(super) fn stop(&self) {
        for handle in self.handles().drain(..) {
            handle.abort();
        }
    }

    fn handles(&self) -> std::sync::MutexGuard<'_, Vec<AbortHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Portcullis {
    /// Starts the background tasks, unless they are running.
    /// [`Builder::open`](super::Builder::open) calls this. The tasks read the revocation
    /// feed, write confirmations, rotate the signing keys, and purge. Without them, access
    /// tokens are rejected after ten seconds.
    pub fn start_tasks(&self) {
        if self.0.tasks.are_running() {
            return;
        }
        // The runtime on which they ran may have stopped.
        self.0.tasks.stop();
        let mut handles = self.0.tasks.handles();
        let services = &self.0;
        // A task that held the services would keep them from being dropped.
        let feed = services.feed.clone();
        let watchdog = services.watchdog.clone();
        let confirmations = services.confirmations.clone();
        let keys = Arc::clone(&services.signing_keys);
        let purge = services.purge.clone();
        handles.extend([
            spawn("revocation feed", RESTART_PAUSE, move || {
                let feed = feed.clone();
                async move { Box::pin(feed.run()).await }
            }),
            spawn("revocation watchdog", RESTART_PAUSE, move || {
                let watchdog = watchdog.clone();
                async move { watchdog.run().await }
            }),
            spawn("confirmations", RESTART_PAUSE, move || {
                let confirmations = confirmations.clone();
                async move { confirmations.run().await }
            }),
            spawn("signing keys", RESTART_PAUSE, move || {
                let keys = Arc::clone(&keys);
                async move { keys.run().await }
            }),
            spawn("purge", RESTART_PAUSE, move || {
                let purge = purge.clone();
                async move { purge.run().await }
            }),
        ]);
    }
}

/// Runs a task until it is aborted. Restarts it after a pause if it panics.
fn spawn<F>(
    name: &'static str,
    pause: Duration,
    task: impl Fn() -> F + Send + 'static,
) -> AbortHandle
where
    F: Future<Output = Infallible> + Send + 'static,
{
    let supervised = async move {
        // Aborts the task when the supervisor is aborted.
        let mut running = JoinSet::new();
        loop {
            running.spawn(task());
            // The task never returns, so it only ends by a panic.
            running.join_next().await;
            tracing::error!(task = name, "a background task panicked; restarting it");
            sleep(pause).await;
        }
    };
    tokio::spawn(supervised).abort_handle()
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn task_that_panics_is_restarted() {
        let (starts, runs) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counted, reached) = (Arc::clone(&starts), Arc::clone(&runs));
        let handle = spawn("test", Duration::from_millis(1), move || {
            let (counted, reached) = (Arc::clone(&counted), Arc::clone(&reached));
            async move {
                assert!(counted.fetch_add(1, Ordering::SeqCst) >= 2, "panics twice");
                reached.notify_one();
                pending().await
            }
        });
        runs.notified().await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        handle.abort();
    }
}
