//! Tests of the statements and the schemas. Most tests run on both databases; each test has a
//! database of its own.

use testkit::{on_both, postgres};

use super::*;
use crate::{
    audit::Actor,
    clock::Timestamp,
    ids::{AccountId, SessionId},
    keys::SealedKey,
    sessions::Device,
    store::{
        accounts::AccountChange,
        connection::backend::{Backend, Durability::Full},
    },
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// The times by which every session of a fixture is live that expires after a time.
fn live_at(seconds: i64) -> LiveTimes {
    LiveTimes {
        now: at(seconds),
        issued_after: at(0),
        began_after: at(0),
    }
}

struct Fixture {
    store: Store,
    account: AccountId,
    session: SessionId,
    /// The folder with the files of `SQLite`.
    folder: tempfile::TempDir,
}

/// Returns the query plan of a statement with arguments: `explain!(fixture, statement, |query|
/// query.bind(1))`.
macro_rules! explain {
    ($fixture:expr, $statement:expr, |$query:ident| $bound:expr) => {{
        let explain = $fixture.store.backend.pick("EXPLAIN QUERY PLAN", "EXPLAIN");
        let explain = sqlx::AssertSqlSafe(format!("{explain} {}", $statement));
        let lines: Vec<String> = match &$fixture.store.backend {
            Backend::Sqlite { readers, .. } => {
                let mut connection = readers.acquire().await.expect("a connection");
                let $query = sqlx::query_as(explain);
                let rows = $bound.fetch_all(&mut *connection).await;
                let rows: Vec<(i64, i64, i64, String)> = rows.expect("explained");
                rows.into_iter().map(|row| row.3).collect()
            }
            Backend::Postgres { full, .. } => {
                let mut connection = full.acquire().await.expect("a connection");
                let $query = sqlx::query_scalar(explain);
                $bound.fetch_all(&mut *connection).await.expect("explained")
            }
        };
        lines.join("\n")
    }};
}

mod account_page;
mod administrators;
mod attempts;
mod audit;
mod confirmations;
mod connection_counts;
mod connections;
mod delete;
mod devices;
mod encryption;
mod end;
mod events;
mod external;
mod feed;
mod growth;
mod invitations;
mod keys;
mod notify;
mod password;
mod pool;
mod pooler;
mod purge;
mod register;
mod revoke_all;
mod rotation;
mod rotation_batcher;
mod schema;
mod session_limit;
mod sessions;
mod sqlite;
mod statistics;
mod upgrade;
mod versions;

const KEY: &str = "ada@example.org";

/// The hash of the password of each account.
fn hash() -> PasswordHash {
    "a hash".to_owned().into()
}

fn new_account(id: AccountId, email_key: &str) -> NewAccount<'_> {
    NewAccount {
        id,
        email: email_key,
        email_key,
        name: "Ada",
        password_hash: hash(),
        is_active: true,
        is_admin: false,
        created_at: at(1),
        actor: Actor::Owner,
    }
}

fn new_session(account: AccountId) -> NewSession {
    NewSession {
        id: SessionId::new(at(2)),
        account,
        password_hash: Some(hash()),
        key_hash: vec![7; 32],
        now: at(2),
        expires_at: at(1_000),
        device: Device::default(),
        max_sessions: 100_000,
    }
}

impl Fixture {
    async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open_sqlite(&folder.path().join("db"))
            .await
            .expect("opened");
        Self::filled(store, folder).await
    }

    async fn on_postgres() -> Self {
        let url = postgres::new_database().await;
        let store = Store::open_postgres(&url, DEFAULT_SCHEMA, ConnectionCounts::default())
            .await
            .expect("opened");
        Self::filled(store, tempfile::tempdir().expect("a folder")).await
    }

    /// Creates one account with one session.
    async fn filled(store: Store, folder: tempfile::TempDir) -> Self {
        let account = AccountId::new(at(1));
        store
            .insert_account(&new_account(account, KEY))
            .await
            .expect("inserted");
        let new = new_session(account);
        let begun = store.begin_session(&new, &[], false).await;
        assert!(begun.expect("begun").is_some());
        Self {
            store,
            account,
            session: new.id,
            folder,
        }
    }

    /// Begins another session of the account.
    async fn begin_another(&self) -> SessionId {
        let new = new_session(self.account);
        let begun = self.store.begin_session(&new, &[], false).await;
        assert!(begun.expect("begun").is_some());
        new.id
    }

    /// Ends the first session at 9 s.
    async fn end(&self, reason: EndReason, actor: Actor) {
        let (store, session) = (&self.store, self.session);
        let ended = store.end_session(session, None, reason, at(9), actor);
        assert_eq!(ended.await.expect("ended"), Some(true));
    }

    async fn count(&self, table: &'static str) -> i64 {
        let query = match table {
            "sessions" => "SELECT count(*) FROM sessions",
            _ => "SELECT count(*) FROM audit_events",
        };
        let count = async {
            with_connection!(self.store.backend.read(), async |connection| {
                Ok(sqlx::query_scalar(query).fetch_one(connection).await?)
            })
        };
        count.await.expect("counted")
    }

    async fn run(&self, statement: &'static str) {
        self.try_run(statement).await.expect("done");
    }

    async fn try_run(&self, statement: &'static str) -> Result<(), StoreError> {
        with_connection!(self.store.backend.begin(Full), async |connection| {
            sqlx::query(statement).execute(connection).await?;
            Ok(())
        })
    }
}
