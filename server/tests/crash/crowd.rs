//! Many honest browsers at once, which never stop.

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
/// Requests that one browser has under way at once.
const LANES: u64 = 3;

/// What came of the crowd's requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) done: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) busy: AtomicU64,
    pub(crate) expired: AtomicU64,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    broken: Mutex<Option<String>>,
    tally: Tally,
}

pub(crate) struct Crowd {
    browsers: Vec<Arc<Browser>>,
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    lanes: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// Signs everybody in, and lets them go.
    pub(crate) fn gather(
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
        let mut lanes = Vec::new();
        for browser in &browsers {
            for _ in 0..LANES {
                let (browser, shared) = (Arc::clone(browser), Arc::clone(&shared));
                let mut rng = Rng::new(rng.between(0, u64::MAX - 1));
                let connections = connections(addresses);
                lanes.push(thread::spawn(move || {
                    lane(&browser, connections, &mut rng, &shared);
                }));
            }
        }
        Self {
            browsers,
            addresses: addresses.to_vec(),
            shared,
            lanes,
        }
    }

    /// Shows that every browser holds a session that works, at every address.
    #[track_caller]
    pub(crate) fn all_work(&self) {
        self.nothing_is_broken();
        for connection in &mut connections(&self.addresses) {
            for browser in &self.browsers {
                browser.works(connection);
            }
        }
        self.nothing_is_broken();
    }

    #[track_caller]
    pub(crate) fn nothing_is_broken(&self) {
        let broken = self.shared.broken.lock();
        let broken = broken.unwrap_or_else(PoisonError::into_inner);
        assert!(
            broken.is_none(),
            "{}",
            broken.as_deref().unwrap_or_default()
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
        self.shared.is_over.store(true, Ordering::Relaxed);
        for lane in self.lanes.drain(..) {
            // One that panicked has been told about on its own.
            let _ = lane.join();
        }
    }
}

fn connections(addresses: &[SocketAddr]) -> Vec<Connection> {
    addresses.iter().copied().map(Connection::to).collect()
}

fn lane(browser: &Browser, mut connections: Vec<Connection>, rng: &mut Rng, shared: &Shared) {
    while !shared.is_over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(rng.between(1, 200)));
        let at = rng.index(connections.len());
        match request(browser, &mut connections[at], rng) {
            Ok(outcome) => shared.tally.count(outcome),
            Err(broken) => {
                let mut first = shared.broken.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(broken);
                return;
            }
        }
    }
}

fn request(
    browser: &Browser,
    connection: &mut Connection,
    rng: &mut Rng,
) -> Result<Outcome, String> {
    match rng.between(0, 9) {
        0..5 => browser.refresh(connection),
        5..8 => browser.session(connection),
        8 => browser.load(connection),
        // Back after so long that the access cookie is gone.
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
