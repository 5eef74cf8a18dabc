//! How often a refresh writes: counted in commits, by the database's own count.

use std::{fs, path::PathBuf, time::Duration};

use portcullis::sessions::SessionError;

use testkit::{
    EMAIL,
    bench::report::{Promises, heading},
    installation::Installation,
    place::{Direct, Kind},
};

use crate::installation::{self, PAST_THE_WINDOW};

const SESSIONS: u64 = 100;

pub(crate) async fn run(kind: Kind, promises: &Promises) {
    heading(format!("what refreshes write on {kind}, in commits"));
    let installation = installation::new(kind).await;
    let account = installation.account(EMAIL).await;
    let sessions = installation.portcullis.sessions();
    let first = installation.begin(&account, 100).await;
    let commits = Commits::of(&installation).await;

    installation.clock.advance(PAST_THE_WINDOW);
    let mut second = Vec::new();
    let mut access = Vec::new();
    let before = commits.count().await;
    for token in &first {
        let grant = sessions.refresh(token).await.expect("rotated");
        access.push(grant.access.expose().to_owned());
        second.push(grant.refresh.expect("rotated").0.expose().to_owned());
    }
    let rotated = commits.since(before).await;
    promises.check(
        rotated <= SESSIONS,
        format!("{SESSIONS} rotations: {rotated} commits, at most one each"),
    );

    // Other work of a server, such as vacuuming, can only add to a count: the
    // least of three is what the refreshes wrote.
    let mut renewed = u64::MAX;
    for _ in 0..3 {
        let before = commits.count().await;
        for token in second.iter().cycle().take(1_000) {
            let grant = sessions.refresh(token).await.expect("renewed");
            assert!(grant.refresh.is_none(), "within the window");
        }
        renewed = renewed.min(commits.since(before).await);
    }
    promises.check(
        renewed == 0,
        format!("1000 refreshes within the window: {renewed} commits, none allowed"),
    );

    // Later than the rotation, or there is nothing to be changed.
    installation.clock.advance(Duration::from_secs(1));
    let before = commits.count().await;
    for token in &first {
        let grant = sessions.refresh(token).await.expect("replayed");
        assert!(grant.refresh.is_some(), "handed out again");
    }
    let replayed = commits.since(before).await;
    promises.check(
        replayed <= SESSIONS,
        format!("{SESSIONS} replays of a lost answer: {replayed} commits, at most one each"),
    );

    let before = commits.count().await;
    for token in &access {
        sessions.authenticate(token).expect("it counts");
    }
    let authenticated = commits.since(before).await;
    installation.portcullis.flush().await;
    let confirmed = commits.since(before).await;
    promises.check(
        authenticated == 0 && confirmed <= 1,
        format!(
            "{SESSIONS} first uses of an access token: {authenticated} commits on the way, \
             {confirmed} for all of them together"
        ),
    );

    installation.clock.advance(PAST_THE_WINDOW);
    let before = commits.count().await;
    for token in &first {
        let reused = sessions.refresh(token).await;
        assert!(matches!(reused, Err(SessionError::Reuse)), "{reused:?}");
    }
    let reused = commits.since(before).await;
    promises.check(
        reused <= SESSIONS,
        format!("{SESSIONS} reuses found: {reused} commits, at most one each"),
    );
    installation.place.remove().await;
}

/// The number of transactions that wrote something.
enum Commits {
    /// The file that the processes on a database share. The number is in the
    /// header, bytes 8 to 11 (<https://sqlite.org/walformat.html>, section 2.1).
    Sqlite(PathBuf),
    /// Only a transaction that writes is given a number.
    Postgres(Direct),
}

impl Commits {
    async fn of(installation: &Installation) -> Self {
        if installation.place.url.is_some() {
            return Self::Postgres(installation.place.direct().await);
        }
        Self::Sqlite(installation.place.folder.path().join("db-shm"))
    }

    async fn count(&self) -> u64 {
        match self {
            Self::Sqlite(file) => {
                let header = fs::read(file).expect("the index of the log");
                let number = header[8..12].try_into().expect("four bytes");
                u64::from(u32::from_ne_bytes(number))
            }
            Self::Postgres(direct) => {
                let next = "SELECT txid_snapshot_xmax(txid_current_snapshot())";
                u64::try_from(direct.number(next).await).expect("positive")
            }
        }
    }

    async fn since(&self, before: u64) -> u64 {
        self.count().await - before
    }
}
