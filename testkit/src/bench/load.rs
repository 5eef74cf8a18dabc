//! Callers that work at the same time, and what they got done.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::cpu;

/// One of several callers, each with something of its own to call with.
pub trait Caller: Send + 'static {
    /// Does one piece of work. Panics where it fails: the speed of failures says
    /// nothing.
    fn call(&mut self) -> impl Future<Output = ()> + Send;

    /// Waits until there is a piece of work. It counts to no piece's time.
    fn wait(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Callers, and the process that works for them.
pub struct Load<C> {
    callers: Vec<C>,
    process: u32,
}

/// What callers got done in one round.
pub struct Round {
    /// Pieces of work a second, of all callers together.
    pub rate: f64,
    pub median: Duration,
    pub p99: Duration,
    /// What one piece cost the process that works, where it can be told.
    pub cpu: Option<Duration>,
}

impl<C: Caller> Load<C> {
    /// Callers of this very process.
    pub fn here(callers: Vec<C>) -> Self {
        Self::of(std::process::id(), callers)
    }

    /// Callers of another process.
    pub fn of(process: u32, callers: Vec<C>) -> Self {
        Self { callers, process }
    }

    /// Lets all callers call, one piece of work after the other, for `length`.
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
        let took = start.elapsed();
        let used = cpu::used_by(self.process).zip(used_before);
        latencies.sort_unstable();
        let count = u32::try_from(latencies.len()).expect("below four thousand million");
        Round {
            rate: f64::from(count) / took.as_secs_f64(),
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
