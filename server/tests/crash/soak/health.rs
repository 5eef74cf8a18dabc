//! How long `/healthz` takes during the traffic and the faults.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use crate::http::{Connection, request};

const TIMEOUT: Duration = Duration::from_secs(5);

/// How long the responses took, and how many requests got none.
#[derive(Default)]
pub(super) struct Health {
    took: Mutex<Vec<Duration>>,
    unanswered: AtomicU64,
}

impl Health {
    /// Asks ten times a second, each time on a new connection, as load balancers do.
    pub(super) fn watch(&self, address: SocketAddr, stopped: &AtomicBool) {
        let request = request("GET", "/healthz", &[("connection", "close")], "");
        while !stopped.load(Relaxed) {
            match Connection::to(address).send(&request, TIMEOUT) {
                Ok(response) => {
                    let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
                    took.push(response.took);
                }
                Err(_) => {
                    self.unanswered.fetch_add(1, Relaxed);
                }
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    pub(super) fn figures(&self) -> String {
        let mut took = self.took.lock().unwrap_or_else(PoisonError::into_inner);
        took.sort();
        let at = |percent: usize| took[(took.len() - 1) * percent / 100];
        format!(
            "{} answers: median {:.1?}, 99 % {:.1?}, longest {:.1?}; {} without an answer, while \
             a process was frozen or restarted",
            took.len(),
            at(50),
            at(99),
            at(100),
            self.unanswered.load(Relaxed)
        )
    }
}
