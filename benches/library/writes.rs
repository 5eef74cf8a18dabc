//! How often a refresh writes, in commits, as counted by the database itself.

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
    heading(format!("the commits of refreshes on {kind}"));
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
        let issued = sessions.refresh(token).await.expect("rotated");
        access.push(issued.access.expose().to_owned());
        second.push(issued.refresh.expect("rotated").0.expose().to_owned());
    }
    let rotated = commits.since(before).await;
    promises.check(
        rotated <= SESSIONS,
        format!("{SESSIONS} rotations: {rotated} commits, at most one each"),
    );

    // Other work of a server, such as vacuuming, can only add to the count: the lowest of
    // three counts is that of the refreshes.
    let mut kept = u64::MAX;
    for _ in 0..3 {
        let before = commits.count().await;
        for token in second.iter().cycle().take(1_000) {
            let issued = sessions.refresh(token).await.expect("refreshed");
            assert!(issued.refresh.is_none(), "within the window");
        }
        kept = kept.min(commits.since(before).await);
    }
    promises.check(
        kept == 0,
        format!("1000 refreshes within the window: {kept} commits, none allowed"),
    );

    // A replay at the time of the rotation would change nothing.
    installation.clock.advance(Duration::from_secs(1));
    let before = commits.count().await;
    for token in &first {
        let issued = sessions.refresh(token).await.expect("replayed");
        assert!(issued.refresh.is_some(), "issued again");
    }
    let replayed = commits.since(before).await;
    promises.check(
        replayed <= SESSIONS,
        format!("{SESSIONS} replays of a lost response: {replayed} commits, at most one each"),
    );

    let before = commits.count().await;
    for token in &access {
        sessions.authenticate(token).expect("valid");
    }
    let authenticated = commits.since(before).await;
    installation.portcullis.flush().await;
    let confirmed = commits.since(before).await;
    promises.check(
        authenticated == 0 && confirmed <= 1,
        format!(
            "{SESSIONS} first uses of an access token: {authenticated} commits during the \
             requests, {confirmed} for all of them together"
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
        format!("{SESSIONS} detected reuses: {reused} commits, at most one each"),
    );
    installation.place.remove().await;
}

/// The number of transactions that wrote something.
enum Commits {
    /// The shared-memory file of the database. The number is in its header, bytes 8 to 11
    /// (<https://sqlite.org/walformat.html>, section 2.1).
    Sqlite(PathBuf),
    /// Connections to the server, which assigns a transaction id only to a transaction
    /// that writes.
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
