//! The metrics of the database.

use std::sync::atomic::Ordering::Relaxed;

use super::{
    Store,
    connection::{backend::Backend, pool::PoolMetrics},
};
use crate::metrics::{Exposition, Kind};

impl Store {
    /// Writes the metrics of the pools of connections.
    pub(crate) fn write_metrics(&self, metrics: &mut Exposition) {
        let pools = pools(&self.backend);
        let help = "Connections to the database, by their pool.";
        let name = "portcullis_database_connections";
        let mut connections = metrics.family(name, Kind::Gauge, help);
        for (name, pool) in &pools {
            connections.sample(&[("pool", *name), ("state", "idle")], pool.idle);
            connections.sample(&[("pool", *name), ("state", "in_use")], pool.in_use);
        }
        let help = "Callers that wait for a connection to the database.";
        let mut waiting = metrics.family("portcullis_database_waiting", Kind::Gauge, help);
        for (name, pool) in &pools {
            waiting.sample(&[("pool", *name)], pool.waiting);
        }
        let help = "Failures of the database: callers that got no connection (unavailable), and \
                    connections that were closed after a failed or cancelled statement (closed).";
        let name = "portcullis_database_failures_total";
        let mut failures = metrics.family(name, Kind::Counter, help);
        for (name, pool) in &pools {
            let (unavailable, closed) = (&pool.usage.unavailable, &pool.usage.closed);
            let labels = |kind| [("pool", *name), ("kind", kind)];
            failures.sample(&labels("unavailable"), unavailable.load(Relaxed));
            failures.sample(&labels("closed"), closed.load(Relaxed));
        }
        let help = "Time for which a connection was held, by its pool.";
        let name = "portcullis_database_held_seconds";
        let mut held = metrics.family(name, Kind::Histogram, help);
        for (name, pool) in &pools {
            pool.usage.held.write(&mut held, &[("pool", *name)]);
        }
    }
}

/// Returns how each pool is used, with the name of the pool.
fn pools(backend: &Backend) -> Vec<(&'static str, PoolMetrics<'_>)> {
    match backend {
        Backend::Sqlite {
            readers,
            writer,
            feed,
        } => vec![
            ("readers", readers.metrics()),
            ("writer", writer.pool().metrics()),
            ("feed", feed.metrics()),
        ],
        Backend::Postgres {
            full,
            relaxed,
            feed,
            batcher,
            ..
        } => vec![
            ("full", full.metrics()),
            ("relaxed", relaxed.metrics()),
            ("rotations", batcher.pool().metrics()),
            ("feed", feed.metrics()),
        ],
    }
}
