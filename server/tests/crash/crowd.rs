//! Many honest browsers that send requests all the time.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use testkit::rng::Rng;

use crate::{
    browser::{Browser, Outcome},
    http::Connection,
    installation::Installation,
    jar::ACCESS,
};

const BROWSERS: u64 = 8;
/// The number of concurrent requests of one browser.
const REQUESTS_PER_BROWSER: u64 = 3;

/// The outcomes of the crowd's requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) done: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) busy: AtomicU64,
    pub(crate) expired: AtomicU64,
}

#[derive(Default)]
struct Shared {
    is_stopped: AtomicBool,
    violation: Mutex<Option<String>>,
    tally: Tally,
}

pub(crate) struct Crowd {
    browsers: Vec<Arc<Browser>>,
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// Registers all browsers and starts their requests.
    pub(crate) fn start(
        installation: &Installation,
        addresses: &[SocketAddr],
        rng: &mut Rng,
    ) -> Self {
        let timeout = installation.timeout();
        let browsers: Vec<_> = (0..BROWSERS)
            .map(|n| {
                let email = format!("browser{n}@example.org");
                Arc::new(Browser::register(addresses[0], &email, timeout))
            })
            .collect();
        let shared = Arc::<Shared>::default();
        let mut threads = Vec::new();
        for browser in &browsers {
            for _ in 0..REQUESTS_PER_BROWSER {
                let (browser, shared) = (Arc::clone(browser), Arc::clone(&shared));
                let mut rng = Rng::new(rng.between(0, u64::MAX - 1));
                let connections = connections(addresses);
                threads.push(thread::spawn(move || {
                    send_requests(&browser, connections, &mut rng, &shared);
                }));
            }
        }
        Self {
            browsers,
            addresses: addresses.to_vec(),
            shared,
            threads,
        }
    }

    /// Asserts that the session of every browser works at every address.
    #[track_caller]
    pub(crate) fn assert_all_work(&self) {
        self.assert_no_violation();
        for connection in &mut connections(&self.addresses) {
            for browser in &self.browsers {
                browser.assert_works(connection);
            }
        }
        self.assert_no_violation();
    }

    #[track_caller]
    pub(crate) fn assert_no_violation(&self) {
        let violation = self.shared.violation.lock();
        let violation = violation.unwrap_or_else(PoisonError::into_inner);
        assert!(
            violation.is_none(),
            "{}",
            violation.as_deref().unwrap_or_default()
        );
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.shared.tally
    }

    pub(crate) fn size() -> i64 {
        i64::try_from(BROWSERS).expect("a few")
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic of the thread has been reported already.
            let _ = thread.join();
        }
    }
}

fn connections(addresses: &[SocketAddr]) -> Vec<Connection> {
    addresses.iter().copied().map(Connection::to).collect()
}

fn send_requests(
    browser: &Browser,
    mut connections: Vec<Connection>,
    rng: &mut Rng,
    shared: &Shared,
) {
    while !shared.is_stopped.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(rng.between(1, 200)));
        let index = rng.index(connections.len());
        match send_request(browser, &mut connections[index], rng) {
            Ok(outcome) => shared.tally.count(outcome),
            Err(violation) => {
                let first = shared.violation.lock();
                first
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(violation);
                return;
            }
        }
    }
}

fn send_request(
    browser: &Browser,
    connection: &mut Connection,
    rng: &mut Rng,
) -> Result<Outcome, String> {
    match rng.between(0, 9) {
        0..5 => browser.refresh(connection),
        5..8 => browser.session(connection),
        8 => browser.load(connection),
        // The browser returns after so long that the access cookie has expired.
        _ => {
            browser.jar().remove(ACCESS);
            browser.load(connection)
        }
    }
}

impl Tally {
    fn count(&self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Done => &self.done,
            Outcome::Busy => &self.busy,
            Outcome::Lost => &self.lost,
            Outcome::Expired => &self.expired,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}
