//! The size of the database before and after a million refreshes of a thousand sessions.

use std::{fs, time::Instant};

use tokio::task::JoinSet;

use testkit::{
    EMAIL,
    bench::{
        load::Caller,
        report::{Promises, bytes, heading, note, say},
    },
    installation::Installation,
    place::{Direct, Kind},
};

use crate::{
    installation::{self, CLOCK_STEP},
    refresher::Refresher,
};

const SESSIONS: usize = 1_000;
const CALLERS: usize = 8;

/// The maximum size of `SQLite`'s log: 1000 pages of 4 KiB, after which it is written
/// back, and as much again for writes during that time.
const MAX_LOG_SIZE: u64 = 2 * 1_000 * 4_096;

/// How often each session is refreshed before the first measurement: `SQLite` stores a
/// number in as many bytes as it needs, and generations from 128 to 32 767 need two.
const WARM_UP_REFRESHES: usize = 200;

/// How much `PostgreSQL`'s tables may grow, for writes under way: a page for each
/// connection, and the two maps of the table.
const MAX_GROWTH: u64 = 32 * 8_192;

pub(crate) async fn run(kind: Kind, is_quick: bool, promises: &Promises) {
    let (warm_up, refreshes) = if is_quick {
        (WARM_UP_REFRESHES / 20, 10_000)
    } else {
        (WARM_UP_REFRESHES, 1_000_000)
    };
    heading(format!(
        "the size on {kind} after {refreshes} refreshes of {SESSIONS} sessions"
    ));
    let installation = installation::new(kind).await;
    let account = installation.account(EMAIL).await;
    let tokens = installation.begin(&account, SESSIONS).await;
    installation.clock.step(CLOCK_STEP);
    let mut callers = Refresher::rotating(&installation, CALLERS, &tokens);
    let direct = installation.place.direct().await;
    // After this, the database has every page that a refresh needs.
    callers = refresh(callers, warm_up * SESSIONS).await;
    let before = Size::of(&installation, &direct).await;

    let start = Instant::now();
    let (mut log, mut done) = (0, 0);
    while done < refreshes {
        callers = refresh(callers, refreshes / 100).await;
        done += refreshes / 100;
        log = log.max(log_size(&installation));
        if done % (refreshes / 5) == 0 {
            let rate = done / usize::try_from(start.elapsed().as_secs() + 1).expect("32 bits");
            let size = Size::of(&installation, &direct).await.sessions;
            note(format!(
                "{done} refreshes, {rate} a second, {}",
                bytes(size)
            ));
        }
    }
    let after = Size::of(&installation, &direct).await;
    report(kind, &before, &after, log, promises);
    if kind == Kind::Postgres {
        let share = "SELECT 100 * n_tup_hot_upd / greatest(n_tup_upd, 1)
                     FROM pg_stat_user_tables WHERE relname = 'sessions'";
        let share = direct.number(share).await;
        say(format!(
            "   {share} % of all updates stayed in their page and touched no index"
        ));
    }
    direct.close().await;
    installation.place.remove().await;
}

async fn refresh(callers: Vec<Refresher>, refreshes: usize) -> Vec<Refresher> {
    let each = refreshes / callers.len();
    let mut tasks = JoinSet::new();
    for mut caller in callers {
        tasks.spawn(async move {
            for _ in 0..each {
                caller.call().await;
            }
            caller
        });
    }
    tasks.join_all().await
}

/// The size of the database on the disk, without the log.
struct Size {
    whole: u64,
    sessions: u64,
    rows: i64,
}

impl Size {
    async fn of(installation: &Installation, direct: &Direct) -> Self {
        let rows = direct.number("SELECT count(*) FROM sessions").await;
        let (whole, sessions) = match direct {
            Direct::Sqlite(_) => {
                direct.run("PRAGMA wal_checkpoint(PASSIVE)").await;
                let file = fs::metadata(installation.place.file());
                let size = file.expect("the file").len();
                (size, size)
            }
            Direct::Postgres(_) => {
                let size = async |query| u64::try_from(direct.number(query).await);
                let whole = size("SELECT pg_database_size(current_database())").await;
                let sessions = size("SELECT pg_total_relation_size('sessions')").await;
                (whole.expect("a size"), sessions.expect("a size"))
            }
        };
        Self {
            whole,
            sessions,
            rows,
        }
    }
}

/// Returns the size of `SQLite`'s log. The log of `PostgreSQL` belongs to the whole server
/// and has its own bound.
fn log_size(installation: &Installation) -> u64 {
    let log = installation.place.folder.path().join("db-wal");
    fs::metadata(log).map_or(0, |file| file.len())
}

fn report(kind: Kind, before: &Size, after: &Size, log: u64, promises: &Promises) {
    promises.check(
        before.rows == after.rows,
        format!("{} rows before, {} after", before.rows, after.rows),
    );
    match kind {
        Kind::Sqlite => {
            promises.check(
                after.whole == before.whole,
                format!(
                    "the file: {} before, {} after",
                    bytes(before.whole),
                    bytes(after.whole)
                ),
            );
            promises.check(
                log <= MAX_LOG_SIZE,
                format!(
                    "the log: {} at most, {} allowed",
                    bytes(log),
                    bytes(MAX_LOG_SIZE)
                ),
            );
        }
        Kind::Postgres => {
            promises.check(
                after.sessions <= before.sessions + MAX_GROWTH,
                format!(
                    "the sessions with their indexes: {} before, {} after",
                    bytes(before.sessions),
                    bytes(after.sessions)
                ),
            );
            say(format!(
                "   the whole database: {} before, {} after",
                bytes(before.whole),
                bytes(after.whole)
            ));
        }
    }
}
