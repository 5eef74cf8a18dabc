//! Opening an installation of an older version.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, sqlite::SqliteConnectOptions};

use super::*;
use crate::store::connection::backend::{POSTGRES, SQLITE};

/// The last schema version without external accounts.
const OLD_VERSION: i64 = 4;

/// One account (id 1) with one session (id 2) and one event, in the old schema.
const OLD_DATA: &str = "
    INSERT INTO accounts (id, email, email_key, name, password_hash, is_active, is_admin,
                          created_at, last_login_at)
    VALUES (ID1, 'Ada@example.org', 'ada@example.org', 'Ada', 'a hash', TRUE, TRUE, 1, 7);
    INSERT INTO sessions (id, account_id, key_hash, generation, parent, handed_at, confirmed_at,
                          created_at, expires_at)
    VALUES (ID2, ID1, HASH, 5, 4, 2, 3, 1, 1000);
    INSERT INTO audit_events (at, event, account_id, session_id)
    VALUES (1, 'authn_login_success', ID1, ID2);";

fn old_data(id: impl Fn(u8) -> String, hash: &str) -> AssertSqlSafe<String> {
    let data = OLD_DATA.replace("ID1", &id(1)).replace("ID2", &id(2));
    AssertSqlSafe(data.replace("HASH", hash))
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u8) -> T {
    let uuid = format!("00000000-0000-0000-0000-0000000000{n:02}");
    uuid.parse().expect("an id")
}

#[tokio::test]
async fn older_sqlite_installation_keeps_all_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("db");
    let options = SqliteConnectOptions::new().filename(&path);
    let options = options.create_if_missing(true).foreign_keys(true);
    let mut old = options.connect().await.expect("opened");
    let migrated = SQLITE.run_direct(Some(OLD_VERSION), &mut old, false).await;
    migrated.expect("the older schema");
    let data = old_data(|n| format!("x'{n:032}'"), "zeroblob(32)");
    let filled = sqlx::raw_sql(data).execute(&mut old).await;
    filled.expect("filled");
    old.close().await.expect("closed");

    let store = Store::open_sqlite(&path).await.expect("upgraded");
    assert_keeps_all_rows(Fixture {
        store,
        account: id(1),
        session: id(2),
        folder,
    })
    .await;
}

#[tokio::test]
async fn older_postgres_installation_keeps_all_rows() {
    let url = postgres::new_database().await;
    let mut old = PgConnection::connect(&url).await.expect("connected");
    let migrated = POSTGRES
        .run_direct(Some(OLD_VERSION), &mut old, false)
        .await;
    migrated.expect("the older schema");
    let id_of = |n| format!("'{}'", id::<AccountId>(n));
    let data = old_data(id_of, "decode(repeat('00', 32), 'hex')");
    let filled = sqlx::raw_sql(data).execute(&mut old).await;
    filled.expect("filled");
    old.close().await.expect("closed");

    let opened = Store::open_postgres(&url, DEFAULT_SCHEMA, ConnectionCounts::default()).await;
    let error = opened.expect_err("the installation is in public");
    let is_older = matches!(error, StoreError::OlderInPublic { .. });
    assert!(is_older, "{error}");
    let store = Store::open_postgres(&url, "public", ConnectionCounts::default()).await;
    let store = store.expect("upgraded");
    assert_keeps_all_rows(Fixture {
        store,
        account: id(1),
        session: id(2),
        folder: tempfile::tempdir().expect("a folder"),
    })
    .await;
}

async fn assert_keeps_all_rows(fixture: Fixture) {
    let store = &fixture.store;
    let found = store.account_by_email(KEY).await.expect("read");
    let (account, password_hash) = found.expect("the account");
    assert_eq!(
        (account.id, password_hash.as_str()),
        (fixture.account, "a hash")
    );
    assert_eq!(
        (&*account.email, &*account.name),
        ("Ada@example.org", "Ada")
    );
    assert!(account.is_active && account.is_admin && account.external_id.is_none());
    let at_micros = |micros| Some(Timestamp::from_micros(micros));
    assert_eq!(Some(account.created_at), at_micros(1));
    assert_eq!(account.last_login_at, at_micros(7));

    let session = store.session(fixture.session).await.expect("read");
    let record = session.expect("the session").record();
    assert_eq!((record.generation, record.parent), (5, Some(4)));
    assert_eq!(record.confirmed_at, at_micros(3));
    assert_eq!(fixture.count("audit_events").await, 1);

    let orphan = NewSession {
        now: at(0),
        ..new_session(id(9))
    };
    let orphaned = fixture.insert_unchecked(&orphan).await;
    assert!(orphaned.is_err(), "sessions refer to accounts");
    fixture.run("DELETE FROM accounts").await;
    assert_eq!(fixture.count("sessions").await, 0, "deleted too");
    assert_eq!(fixture.count("audit_events").await, 1);
}

impl Fixture {
    /// Inserts a session without checking its account.
    async fn insert_unchecked(&self, new: &NewSession) -> Result<(), StoreError> {
        with_connection!(self.store.backend.begin(Full), async |connection| {
            sqlx::query(
                "INSERT INTO sessions
                     (id, account_id, key_hash, generation, handed_at, created_at, expires_at)
                 VALUES ($1, $2, $3, 0, $4, $4, $5)",
            )
            .bind(new.id)
            .bind(new.account)
            .bind(&new.key_hash)
            .bind(new.now)
            .bind(new.expires_at)
            .execute(connection)
            .await?;
            Ok(())
        })
    }
}
