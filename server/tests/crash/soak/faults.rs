//! What goes wrong during the soak test.

use std::{collections::BTreeMap, path::Path, sync::RwLockWriteGuard, thread, time::Duration};

use testkit::rng::Rng;

use crate::{
    disk::SmallDisk,
    installation::Program,
    postgres::{Crash, Server},
    proxy::{Mode, Proxy},
};

/// Where Debian's package `libfaketime` has its library.
const FAKE_TIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    FrozenProgram,
    KilledProgram,
    FullDisk,
    CrashedDatabase,
    CutDatabase,
    SilentDatabase,
}

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Self::FrozenProgram => "a process is frozen",
            Self::KilledProgram => "a process is killed",
            Self::FullDisk => "the disk is full",
            Self::CrashedDatabase => "the database crashes",
            Self::CutDatabase => "the connections to the database are cut",
            Self::SilentDatabase => "the connections to the database are silent",
        }
    }
}

/// The faults that are possible, and how often each has happened.
pub(super) struct Faults<'f> {
    possible: Vec<Fault>,
    disk: Option<&'f SmallDisk>,
    database: Option<Database<'f>>,
    counts: BTreeMap<Fault, u64>,
}

struct Database<'f> {
    server: &'f Server<RwLockWriteGuard<'static, ()>>,
    url: &'f str,
    proxy: &'f Proxy,
}

impl<'f> Faults<'f> {
    pub(super) fn on_sqlite(disk: Option<&'f SmallDisk>) -> Self {
        let mut possible = vec![Fault::FrozenProgram];
        possible.extend(disk.map(|_| Fault::FullDisk));
        Self {
            possible,
            disk,
            database: None,
            counts: BTreeMap::new(),
        }
    }

    pub(super) fn on_postgres(
        server: &'f Server<RwLockWriteGuard<'static, ()>>,
        url: &'f str,
        proxy: &'f Proxy,
    ) -> Self {
        Self {
            possible: vec![
                Fault::FrozenProgram,
                Fault::CrashedDatabase,
                Fault::CutDatabase,
                Fault::SilentDatabase,
            ],
            disk: None,
            database: Some(Database { server, url, proxy }),
            counts: BTreeMap::new(),
        }
    }

    /// Causes a fault, and ends it. Half of the faults are kills, if these are allowed.
    pub(super) fn cause_one(&mut self, programs: &mut [Program], with_kills: bool, rng: &mut Rng) {
        let fault = if with_kills && rng.happens(500) {
            Fault::KilledProgram
        } else {
            self.possible[rng.index(self.possible.len())]
        };
        let program = &mut programs[rng.index(programs.len())];
        println!("  · {}", fault.name());
        let mut pause = |longest| thread::sleep(Duration::from_millis(rng.between(50, longest)));
        match (fault, self.disk, &self.database) {
            (Fault::FrozenProgram, ..) => {
                program.signal("-STOP");
                pause(4_000);
                program.signal("-CONT");
            }
            (Fault::KilledProgram, ..) => {
                program.kill();
                pause(1_000);
                program.start();
            }
            (Fault::FullDisk, Some(disk), _) => {
                disk.fill();
                pause(3_000);
                disk.empty();
            }
            (Fault::CrashedDatabase, _, Some(database)) => {
                let how = if rng.happens(500) {
                    Crash::Stop
                } else {
                    Crash::Process
                };
                database.server.crash(how, database.url);
            }
            (Fault::CutDatabase, _, Some(database)) => {
                database.proxy.set(Mode::Cut);
                pause(2_000);
                database.proxy.set(Mode::Open);
            }
            (Fault::SilentDatabase, _, Some(database)) => {
                database.proxy.set(Mode::Silent);
                pause(5_000);
                database.proxy.set(Mode::Open);
            }
            (Fault::FullDisk, None, _) | (_, _, None) => unreachable!("not possible here"),
        }
        *self.counts.entry(fault).or_default() += 1;
    }

    pub(super) fn figures(&self) -> String {
        let counts = self.counts.iter();
        let counts: Vec<String> = counts
            .map(|(fault, count)| format!("{count} times {}", fault.name()))
            .collect();
        counts.join(", ")
    }
}

/// Returns the environment of a process whose clock is ahead by a quarter of the replay window.
/// The protocol allows a third: docs/protocol.md, the second assumption of HONEST.
pub(super) fn clock_ahead() -> Vec<(&'static str, String)> {
    if !Path::new(FAKE_TIME).is_file() {
        println!("clocks that differ are not tested: {FAKE_TIME} (package libfaketime) is absent");
        return Vec::new();
    }
    vec![
        ("LD_PRELOAD", FAKE_TIME.to_owned()),
        ("FAKETIME", "+1.5s".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}
