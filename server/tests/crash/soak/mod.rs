//! The soak test: traffic of many kinds and faults of many kinds, for minutes, with lifetimes
//! so short that they have the refreshes of hours. `cargo xtask soak` runs it and shows its
//! figures.
//!
//! | module | holds |
//! |---|---|
//! | `visitors` | users who sign in and out |
//! | `rude` | clients that send or read slowly, or leave |
//! | `health` | how long `/healthz` takes meanwhile |
//! | `faults` | what goes wrong, and what each fault does |
//! | `memory` | the memory of a process |

mod faults;
mod health;
mod memory;
mod rude;
mod visitors;

use std::{
    env,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use testkit::rng::Rng;

use self::{faults::Faults, health::Health, rude::Rude, visitors::Visitors};
use crate::{
    crowd::{Crowd, Tally},
    disk::SmallDisk,
    installation::{Installation, Program},
    killed_programs::seeded_rng,
    postgres,
    proxy::Proxy,
};

/// The replay window in seconds on `SQLite`. An access token is valid for four times as long.
const WINDOW: u64 = 3;

/// The same on `PostgreSQL`. A browser waits for a third of it, and after an outage the first
/// requests wait for connections that are silent.
const WINDOW_ON_POSTGRES: u64 = 6;

/// By how much more the memory of a process may grow after the first third of the time in
/// which it is not restarted, in KiB. A build with debug assertions holds a few MiB in its
/// allocator's caches.
const MAX_GROWTH: u64 = 24 * 1024;

#[test]
#[ignore = "takes minutes: `cargo xtask soak` runs it"]
fn soak_on_sqlite() {
    let disk = SmallDisk::mount(48);
    let installation = settings(Installation::on_sqlite().with_window(WINDOW));
    let installation = match &disk {
        Some(disk) => installation.with("DATA_DIR", &disk.folder().display().to_string()),
        None => installation,
    };
    let programs = vec![installation.start()];
    let faults = Faults::on_sqlite(disk.as_ref());
    soak("SQLite", &installation, programs, faults);
}

/// Two processes, of which one has a clock that is ahead.
#[test]
#[ignore = "takes minutes: `cargo xtask soak` runs it"]
fn soak_on_postgres() {
    let server = postgres::take();
    let url = server.new_database();
    let proxy = Proxy::to(server.socket());
    let installation = Installation::on_postgres(&proxy.url_of(&url));
    let installation = settings(installation.with_window(WINDOW_ON_POSTGRES));
    let ahead = faults::clock_ahead();
    let ahead: Vec<_> = ahead
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let programs = vec![installation.start(), installation.start_with(&ahead)];
    let faults = Faults::on_postgres(&server, &url, &proxy);
    soak("PostgreSQL", &installation, programs, faults);
}

fn settings(installation: Installation) -> Installation {
    installation
        // Ended sessions are purged, so the database does not grow.
        .with("RETENTION", "60s")
        .with("AUDIT_RETENTION", "60s")
        .with("MAX_SESSIONS", "1000")
}

fn soak(
    name: &str,
    installation: &Installation,
    mut programs: Vec<Program>,
    mut faults: Faults<'_>,
) {
    let minutes: u64 = match env::var("PORTCULLIS_SOAK_MINUTES") {
        Ok(minutes) => minutes
            .parse()
            .expect("PORTCULLIS_SOAK_MINUTES is a number"),
        Err(_) => 5,
    };
    let whole = Duration::from_secs(60 * minutes);
    let mut rng = seeded_rng(name);
    let addresses: Vec<SocketAddr> = programs.iter().map(|program| program.address).collect();
    let stopped = AtomicBool::new(false);
    let crowd = Crowd::start(installation, &addresses, &mut rng);
    let visitors = Visitors::register(installation, &addresses);
    let (rude, health) = (Rude::default(), Health::default());
    let begun = Instant::now();
    let report = thread::scope(|scope| {
        // The threads end also if an assertion fails.
        let _stop = StopOnDrop(&stopped);
        for visitor in visitors.all() {
            scope.spawn(|| visitor.come_and_go(&stopped));
        }
        for &address in &addresses {
            let (rude, health, stopped) = (&rude, &health, &stopped);
            let rng = Rng::new(rng.between(0, u64::MAX - 1));
            scope.spawn(move || rude.bother(address, rng, stopped));
            scope.spawn(move || health.watch(address, stopped));
        }
        let soak = Soak {
            crowd: &crowd,
            programs: &mut programs,
            faults: &mut faults,
            rng: &mut rng,
        };
        soak.run(begun, whole)
    });
    crowd.assert_all_work();
    visitors.assert_no_violation();
    let lifetimes = whole.as_secs() / (4 * installation.window().as_secs());
    println!(
        "\n{name}: {minutes} minutes, {lifetimes} access lifetimes (with the default of 25 minutes: \
         {} hours)",
        lifetimes * 25 / 60
    );
    print(&report, &crowd, &visitors, &rude, &health, &faults);
}

struct StopOnDrop<'s>(&'s AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// The memory of each process in KiB.
struct Report {
    early: Vec<u64>,
    late: Vec<u64>,
}

struct Soak<'s, 'f> {
    crowd: &'s Crowd,
    programs: &'s mut [Program],
    faults: &'s mut Faults<'f>,
    rng: &'s mut Rng,
}

impl Soak<'_, '_> {
    /// Causes faults until the time has passed. In the first two thirds no process is restarted,
    /// so that its memory can be compared.
    fn run(mut self, begun: Instant, whole: Duration) -> Report {
        self.disturb_until(begun + whole * 2 / 9, false);
        let early = self.memory();
        self.disturb_until(begun + whole * 2 / 3, false);
        let late = self.memory();
        for (early, late) in early.iter().zip(&late) {
            assert!(
                *late < early + MAX_GROWTH,
                "the memory of a process grew from {early} to {late} KiB"
            );
        }
        self.disturb_until(begun + whole, true);
        Report { early, late }
    }

    fn disturb_until(&mut self, end: Instant, with_kills: bool) {
        while Instant::now() < end {
            let pause = Duration::from_millis(self.rng.between(500, 4_000));
            thread::sleep(pause.min(end.saturating_duration_since(Instant::now())));
            self.crowd.assert_no_violation();
            self.faults.cause_one(self.programs, with_kills, self.rng);
            self.crowd.assert_all_work();
        }
    }

    fn memory(&self) -> Vec<u64> {
        let ids = self.programs.iter().map(Program::id);
        ids.map(memory::of).collect()
    }
}

fn print(
    report: &Report,
    crowd: &Crowd,
    visitors: &Visitors,
    rude: &Rude,
    health: &Health,
    faults: &Faults<'_>,
) {
    let Tally {
        done,
        lost,
        busy,
        expired,
    } = crowd.tally();
    let [done, lost, busy, expired] = [done, lost, busy, expired].map(|count| count.load(Relaxed));
    assert!(done > 0 && lost + busy > 0, "the faults had an effect");
    println!(
        "  honest browsers   {} of them, none signed out; requests: {done} done, {busy} told to \
         try again, {lost} without an answer, {expired} answered that the access token has expired",
        Crowd::size()
    );
    println!("  visitors          {}", visitors.figures());
    println!("  rude clients      {}", rude.figures());
    println!("  faults            {}", faults.figures());
    println!("  /healthz          {}", health.figures());
    let megabytes = |list: &[u64]| {
        let list: Vec<String> = list
            .iter()
            .map(|kib| format!("{} MiB", kib / 1024))
            .collect();
        list.join(", ")
    };
    println!(
        "  memory            {} after the first third of the time without restarts, {} at its end",
        megabytes(&report.early),
        megabytes(&report.late)
    );
}
