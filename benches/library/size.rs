//! What a million refreshes of a thousand sessions leave behind.

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
    installation::{self, STEP},
    refresher::Refresher,
};

const SESSIONS: usize = 1_000;
const CALLERS: usize = 8;

/// What `SQLite` lets the log grow to before it is written back (1000 pages of
/// 4 KiB), and as much again for what is under way while it is.
const LOG: u64 = 2 * 1_000 * 4_096;

/// How often each session is refreshed before it is measured: `SQLite` stores a number
/// in as many bytes as it needs, and generations from 128 to 32 767 need two.
const BEFORE: usize = 200;

/// What `PostgreSQL` may need on top for what is under way: a page for each
/// connection, and the two maps of the table.
const SLACK: u64 = 32 * 8_192;

pub(crate) async fn run(kind: Kind, is_quick: bool, promises: &Promises) {
    let (before, refreshes) = if is_quick {
        (BEFORE / 20, 10_000)
    } else {
        (BEFORE, 1_000_000)
    };
    heading(format!(
        "the size on {kind} after {refreshes} refreshes of {SESSIONS} sessions"
    ));
    let installation = installation::new(kind).await;
    let account = installation.account(EMAIL).await;
    let tokens = installation.begin(&account, SESSIONS).await;
    installation.clock.step(STEP);
    let mut callers = Refresher::rotating(&installation, CALLERS, &tokens);
    let direct = installation.place.direct().await;
    // From here on every page that a refresh needs is there.
    callers = refresh(callers, before * SESSIONS).await;
    let before = Size::of(&installation, &direct).await;

    let start = Instant::now();
    let (mut log, mut done) = (0, 0);
    while done < refreshes {
        callers = refresh(callers, refreshes / 100).await;
        done += refreshes / 100;
        log = log.max(log_size(&installation));
        if done % (refreshes / 5) == 0 {
            let rate = done / usize::try_from(start.elapsed().as_secs() + 1).expect("small");
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

/// What the database takes on the disk, without the log.
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

/// Of `SQLite`: the log of `PostgreSQL` belongs to the whole server and has its own bound.
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
                log <= LOG,
                format!("the log: {} at most, {} allowed", bytes(log), bytes(LOG)),
            );
        }
        Kind::Postgres => {
            promises.check(
                after.sessions <= before.sessions + SLACK,
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
