//! Users who sign in, use their session, and sign out: an ended session stays ended.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use portcullis::wire::{SIGNED_IN_HEADER, paths};

use crate::{
    browser::{Browser, Outcome},
    http::Connection,
    installation::Installation,
    wait,
};

const VISITORS: usize = 3;

/// A process that cannot read which sessions have ended accepts their access tokens for ten
/// seconds at most. Three more for a busy machine.
const MAX_DELAY: Duration = Duration::from_secs(13);

pub(super) struct Visitors(Vec<Visitor>);

pub(super) struct Visitor {
    browser: Browser,
    addresses: Vec<SocketAddr>,
    visits: AtomicU64,
    /// How long access tokens were accepted after the sign-out.
    delays: Mutex<Vec<Duration>>,
    violation: Mutex<Option<String>>,
}

impl Visitors {
    pub(super) fn register(installation: &Installation, addresses: &[SocketAddr]) -> Self {
        let visitor = |n| Visitor {
            browser: Browser::register(
                addresses[0],
                &format!("visitor{n}@example.org"),
                installation.timeout(),
            ),
            addresses: addresses.to_vec(),
            visits: AtomicU64::new(0),
            delays: Mutex::default(),
            violation: Mutex::default(),
        };
        Self((0..VISITORS).map(visitor).collect())
    }

    pub(super) fn all(&self) -> &[Visitor] {
        &self.0
    }

    #[track_caller]
    pub(super) fn assert_no_violation(&self) {
        for visitor in &self.0 {
            let violation = visitor
                .violation
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            assert_eq!(*violation, None);
        }
    }

    pub(super) fn figures(&self) -> String {
        let visits: u64 = self
            .0
            .iter()
            .map(|visitor| visitor.visits.load(Relaxed))
            .sum();
        let mut delays = Vec::new();
        for visitor in &self.0 {
            let own = visitor
                .delays
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            delays.extend_from_slice(&own);
        }
        delays.sort();
        let at = |percent: usize| delays[(delays.len() - 1) * percent / 100];
        format!(
            "{visits} visits from the sign-in to the sign-out; every process rejected the access \
             token afterwards: median {:.1?}, 90 % {:.1?}, longest {:.1?}",
            at(50),
            at(90),
            at(100)
        )
    }
}

impl Visitor {
    /// Visits until it is stopped, or until something happens that must not.
    pub(super) fn come_and_go(&self, stopped: &AtomicBool) {
        let mut connections: Vec<_> = self.addresses.iter().copied().map(Connection::to).collect();
        for n in 0.. {
            if stopped.load(Relaxed) {
                return;
            }
            let first = n % connections.len();
            connections.rotate_left(first);
            if let Err(violation) = self.visit(&mut connections, stopped) {
                let mut first = self
                    .violation
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(violation);
                return;
            }
        }
    }

    /// Signs out on one process and in again on the next.
    fn visit(&self, connections: &mut [Connection], stopped: &AtomicBool) -> Result<(), String> {
        let last = connections.len() - 1;
        if !self.repeat(stopped, || self.browser.session(&mut connections[0]))? {
            return Ok(());
        }
        let stolen =
            self.browser
                .build_request("GET", paths::SESSION, "application/json", "empty", "");
        if !self.repeat(stopped, || self.browser.sign_out(&mut connections[last]))? {
            return Ok(());
        }
        let since = Instant::now();
        for connection in &mut *connections {
            while is_accepted(connection, &stolen) {
                if since.elapsed() > MAX_DELAY {
                    return Err(format!("accepted {MAX_DELAY:?} after the sign-out"));
                }
                thread::sleep(Duration::from_millis(5));
            }
        }
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        delays.push(since.elapsed());
        drop(delays);
        self.repeat(stopped, || self.browser.sign_in(&mut connections[0]))?;
        self.visits.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Repeats a request until it is done. Returns false if the test ends before that.
    fn repeat(
        &self,
        stopped: &AtomicBool,
        mut request: impl FnMut() -> Result<Outcome, String>,
    ) -> Result<bool, String> {
        while !stopped.load(Relaxed) {
            match request()? {
                Outcome::Done => return Ok(true),
                Outcome::Expired => {
                    let mut connection = Connection::to(self.addresses[0]);
                    self.browser.refresh(&mut connection)?;
                }
                Outcome::Busy | Outcome::Lost => thread::sleep(Duration::from_millis(50)),
            }
        }
        Ok(false)
    }
}

/// Returns whether a process accepts the access token of a request. It does not if it cannot
/// respond.
fn is_accepted(connection: &mut Connection, request: &str) -> bool {
    let response = connection.send(request, wait::TIMEOUT);
    response.is_ok_and(|response| response.header(SIGNED_IN_HEADER) == "true")
}
