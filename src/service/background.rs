//! The background tasks of a process. Each is supervised: a task that panics is
//! restarted.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
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
pub(super) struct Tasks {
    handles: Mutex<Vec<AbortHandle>>,
    restarts: Arc<AtomicU64>,
}

impl Tasks {
    pub(super) fn are_running(&self) -> bool {
        let handles = self.handles();
        !handles.is_empty() && handles.iter().all(|handle| !handle.is_finished())
    }

    /// Returns how often a task has panicked and was restarted.
    pub(super) fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        for handle in self.handles().drain(..) {
            handle.abort();
        }
    }

    fn handles(&self) -> std::sync::MutexGuard<'_, Vec<AbortHandle>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Portcullis {
    /// Returns whether the background tasks are running. If they are not, only a restart of
    /// the process helps.
    pub(crate) fn has_tasks(&self) -> bool {
        self.0.tasks.are_running()
    }

    /// Returns how often a background task of this process has panicked and was restarted.
    pub fn task_restarts(&self) -> u64 {
        self.0.tasks.restarts()
    }

    /// Starts the background tasks, unless they are running.
    /// [`Builder::open`](super::Builder::open) calls this. The tasks read the revocation
    /// feed, write confirmations and statistics, rotate the signing keys, and purge. Without
    /// them, access tokens are rejected after ten seconds.
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
        let statistics = services.statistics.clone();
        let supervise = |name| Supervisor {
            name,
            pause: RESTART_PAUSE,
            restarts: Arc::clone(&services.tasks.restarts),
        };
        handles.extend([
            supervise("revocation feed").run(move || {
                let feed = feed.clone();
                async move { Box::pin(feed.run()).await }
            }),
            supervise("revocation watchdog").run(move || {
                let watchdog = watchdog.clone();
                async move { watchdog.run().await }
            }),
            supervise("confirmations").run(move || {
                let confirmations = confirmations.clone();
                async move { confirmations.run().await }
            }),
            supervise("signing keys").run(move || {
                let keys = Arc::clone(&keys);
                async move { keys.run().await }
            }),
            supervise("purge").run(move || {
                let purge = purge.clone();
                async move { purge.run().await }
            }),
            supervise("statistics").run(move || {
                let statistics = statistics.clone();
                async move { statistics.run().await }
            }),
        ]);
    }
}

/// The supervisor of one background task.
struct Supervisor {
    name: &'static str,
    pause: Duration,
    /// Counts the restarts of all tasks.
    restarts: Arc<AtomicU64>,
}

impl Supervisor {
    /// Runs a task until it is aborted. If it panics, logs and counts that, and restarts it
    /// after a pause, however often. While a task cannot run, the process fails closed: without
    /// the revocation feed and without the signing keys no token is accepted after some
    /// seconds. If the supervisor itself is gone, `/healthz` reports that the process needs a
    /// restart.
    fn run<F>(self, task: impl Fn() -> F + Send + 'static) -> AbortHandle
    where
        F: Future<Output = Infallible> + Send + 'static,
    {
        let supervised = async move {
            // Aborts the task when the supervisor is aborted.
            let mut running = JoinSet::new();
            loop {
                running.spawn(task());
                // The task never returns, so it only ends by a panic.
                let panicked = running.join_next().await;
                let restarts = self.restarts.fetch_add(1, Ordering::Relaxed) + 1;
                let panic = panicked.map(|Err(error)| error.to_string());
                tracing::error!(
                    task = self.name,
                    panic,
                    restarts,
                    "a background task panicked; restarting it"
                );
                sleep(self.pause).await;
            }
        };
        tokio::spawn(supervised).abort_handle()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::atomic::AtomicUsize};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn task_that_panics_is_restarted() {
        let (starts, runs) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (counted, reached) = (Arc::clone(&starts), Arc::clone(&runs));
        let restarts = Arc::default();
        let supervisor = Supervisor {
            name: "test",
            pause: Duration::from_millis(1),
            restarts: Arc::clone(&restarts),
        };
        let handle = supervisor.run(move || {
            let (counted, reached) = (Arc::clone(&counted), Arc::clone(&reached));
            async move {
                assert!(counted.fetch_add(1, Ordering::SeqCst) >= 2, "panics twice");
                reached.notify_one();
                pending().await
            }
        });
        runs.notified().await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
        assert_eq!(restarts.load(Ordering::SeqCst), 2);
        handle.abort();
    }
}
