//! Concurrent callers, and what they achieve in a round.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::cpu;

/// One of several concurrent callers, each with sessions of its own.
pub trait Caller: Send + 'static {
    /// Makes one call. Panics if it fails: the speed of failures is meaningless.
    fn call(&mut self) -> impl Future<Output = ()> + Send;

    /// Waits until the next call is due. This time is not measured.
    fn wait(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Callers, and the process that handles their calls.
pub struct Load<C> {
    callers: Vec<C>,
    process: u32,
}

/// The results of one round.
pub struct Round {
    /// Calls per second, of all callers together.
    pub rate: f64,
    /// The median latency.
    pub median: Duration,
    /// The 99th percentile of the latency.
    pub p99: Duration,
    /// The processor time of one call in the handling process, if the system reports it.
    pub cpu: Option<Duration>,
}

impl<C: Caller> Load<C> {
    /// Creates a load whose calls this process handles.
    pub fn here(callers: Vec<C>) -> Self {
        Self::of(std::process::id(), callers)
    }

    /// Creates a load whose calls the process with the id `process` handles.
    pub fn of(process: u32, callers: Vec<C>) -> Self {
        Self { callers, process }
    }

    /// Lets all callers make one call after the other, for `length`.
    pub async fn round(&mut self, length: Duration) -> Round {
        let used_before = cpu::used_by(self.process);
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for caller in self.callers.drain(..) {
            tasks.spawn(call_until(caller, start + length));
        }
        let mut latencies = Vec::new();
        for (caller, own) in tasks.join_all().await {
            self.callers.push(caller);
            latencies.extend(own);
        }
        let elapsed = start.elapsed();
        let used = cpu::used_by(self.process).zip(used_before);
        latencies.sort_unstable();
        let count = u32::try_from(latencies.len()).expect("32 bits");
        Round {
            rate: f64::from(count) / elapsed.as_secs_f64(),
            median: latencies[latencies.len() / 2],
            p99: latencies[latencies.len() * 99 / 100],
            cpu: used.map(|(after, before)| after.saturating_sub(before) / count),
        }
    }
}

async fn call_until<C: Caller>(mut caller: C, end: Instant) -> (C, Vec<Duration>) {
    let mut latencies = Vec::new();
    loop {
        caller.wait().await;
        let start = Instant::now();
        caller.call().await;
        let now = Instant::now();
        latencies.push(now - start);
        if now >= end {
            return (caller, latencies);
        }
    }
}
