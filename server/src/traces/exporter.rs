//! The queue of spans, and the task that sends them. A collector that is slow or gone delays no
//! request: if the queue is full, spans are dropped and counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::{Instant, timeout_at},
};

use super::{
    collector,
    span::{self, Span},
};
use crate::settings::CollectorEndpoint;

/// How many spans wait at most: about 1 MB, or 3 MB if all paths are as long as they may be.
const MAX_WAITING: usize = 2048;

/// How many spans are sent at once.
const MAX_BATCH: usize = 512;

/// How long a span waits for others.
const BATCH_PAUSE: Duration = Duration::from_secs(1);

/// How many spans were sent, and how many were dropped.
#[derive(Debug, Default)]
pub(crate) struct SpanCounts {
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl SpanCounts {
    /// Returns how many spans the collector has accepted.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    /// Returns how many spans were dropped, because the queue was full or the collector failed.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
}

/// The end of the queue for requests.
#[derive(Clone)]
pub(super) struct Queue {
    spans: Sender<Span>,
    counts: Arc<SpanCounts>,
}

impl Queue {
    /// Adds a span, without waiting.
    pub(super) fn push(&self, span: Span) {
        if self.spans.try_send(span).is_err() {
            self.counts.dropped.fetch_add(1, Relaxed);
        }
    }
}

/// Sends what is in the queue.
pub(crate) struct Exporter {
    spans: Receiver<Span>,
    counts: Arc<SpanCounts>,
    endpoint: CollectorEndpoint,
    service: String,
    /// Whether the collector has failed the last time.
    is_failing: bool,
}

/// Creates a queue and its exporter.
pub(super) fn open(
    endpoint: CollectorEndpoint,
    service: &str,
    counts: Arc<SpanCounts>,
) -> (Queue, Exporter) {
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    let queue = Queue {
        spans: sender,
        counts: Arc::clone(&counts),
    };
    let exporter = Exporter {
        spans: receiver,
        counts,
        endpoint,
        service: service.to_owned(),
        is_failing: false,
    };
    (queue, exporter)
}

impl Exporter {
    /// Sends spans until the queue is closed and empty.
    pub(crate) async fn run(mut self) {
        let mut batch = Vec::new();
        while self.fill(&mut batch).await {
            self.send(&batch).await;
            batch.clear();
        }
    }

    #[cfg(test)]
    pub(super) fn next(&mut self) -> Result<Span, mpsc::error::TryRecvError> {
        self.spans.try_recv()
    }

    /// Waits for the next batch. Returns whether there is one.
    async fn fill(&mut self, batch: &mut Vec<Span>) -> bool {
        if self.spans.recv_many(batch, MAX_BATCH).await == 0 {
            return false;
        }
        let until = Instant::now() + BATCH_PAUSE;
        while batch.len() < MAX_BATCH {
            let more = self.spans.recv_many(batch, MAX_BATCH - batch.len());
            // The queue was closed, or the time has passed.
            if matches!(timeout_at(until, more).await, Ok(0) | Err(_)) {
                break;
            }
        }
        true
    }

    async fn send(&mut self, batch: &[Span]) {
        let json = span::request(&self.service, batch);
        let count = u64::try_from(batch.len()).unwrap_or_default();
        match collector::send(&self.endpoint, &json).await {
            Ok(()) => {
                self.counts.sent.fetch_add(count, Relaxed);
                if self.is_failing {
                    tracing::info!(target: "portcullis::traces", "the collector accepts spans again");
                }
                self.is_failing = false;
            }
            Err(error) => {
                self.counts.dropped.fetch_add(count, Relaxed);
                if !self.is_failing {
                    tracing::warn!(target: "portcullis::traces", %error, "spans could not be sent to the collector and are dropped; this is logged once until it works again");
                }
                self.is_failing = true;
            }
        }
    }
}
