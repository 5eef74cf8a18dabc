//! The statements and the schemas of signing keys.

use super::*;
use crate::keys::lifecycle::KeyLife;

on_both! { Fixture:
    key_with_taken_number_is_not_added;
    concurrent_successors_add_one_key;
    verifies_until_is_never_lowered;
    expired_key_is_retired_unless_it_is_the_last;
    replacement_revokes_all_earlier_keys;
}

pub(super) fn key(number: i64, kid: &str) -> SealedKey {
    SealedKey {
        kid: kid.into(),
        sealed: vec![1],
        life: KeyLife {
            number,
            created_at: at(10),
            signs_from: at(20),
            verifies_until: at(100),
            revoked_at: None,
        },
    }
}

async fn read(store: &Store) -> Vec<SealedKey> {
    let mut keys = store.signing_keys().await.expect("read");
    keys.sort_unstable_by_key(|key| key.life.number);
    keys
}

/// Returns a field of each key's life, in the order of the key numbers.
async fn lives<T>(store: &Store, field: impl Fn(KeyLife) -> T) -> Vec<T> {
    let keys = read(store).await.into_iter();
    keys.map(|key| field(key.life)).collect()
}

async fn add_two_keys(store: &Store) {
    for number in 1..=2 {
        let key = key(number, &number.to_string());
        assert!(
            store
                .add_signing_key(&key, Actor::System)
                .await
                .expect("done")
        );
    }
}

async fn key_with_taken_number_is_not_added(fixture: Fixture) {
    let store = &fixture.store;
    assert_eq!(read(store).await, []);
    assert!(
        store
            .add_signing_key(&key(1, "a"), Actor::System)
            .await
            .expect("done")
    );
    assert!(
        !store
            .add_signing_key(&key(1, "b"), Actor::System)
            .await
            .expect("done")
    );
    assert!(
        !store
            .replace_signing_keys(&key(1, "c"), Actor::Operator)
            .await
            .expect("done")
    );
    assert_eq!(read(store).await, [key(1, "a")]);
}

async fn concurrent_successors_add_one_key(fixture: Fixture) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let store = fixture.store.clone();
        tasks.spawn(async move {
            let key = key(1, &n.to_string());
            match n % 2 {
                0 => store.add_signing_key(&key, Actor::System).await,
                _ => store.replace_signing_keys(&key, Actor::Operator).await,
            }
        });
    }
    let added = tasks.join_all().await.into_iter();
    let added = added.filter(|added| *added.as_ref().expect("done"));
    assert_eq!(added.count(), 1);
    assert_eq!(read(&fixture.store).await.len(), 1);
}

async fn verifies_until_is_never_lowered(fixture: Fixture) {
    let store = &fixture.store;
    add_two_keys(store).await;
    for (until, kept) in [(150, 150), (120, 150), (200, 200)] {
        store.extend_signing_key(1, at(until)).await.expect("done");
        let verifies_until = lives(store, |life| life.verifies_until).await;
        assert_eq!(verifies_until, [at(kept), at(100)]);
    }
    let lowered = fixture.try_run("UPDATE signing_keys SET verifies_until = verifies_until - 1");
    let error = lowered.await.expect_err("a trigger rejects it");
    assert!(error.to_string().contains("promised"), "{error}");
}

async fn expired_key_is_retired_unless_it_is_the_last(fixture: Fixture) {
    let store = &fixture.store;
    add_two_keys(store).await;
    let retire = async |number, cutoff| {
        store
            .retire_signing_key(number, at(cutoff), at(1))
            .await
            .expect("done");
        read(store).await.len()
    };
    assert_eq!(retire(1, 99).await, 2, "not yet");
    // Extended after another process found it expired.
    store.extend_signing_key(1, at(150)).await.expect("done");
    assert_eq!(retire(1, 149).await, 2);
    assert_eq!(retire(1, 150).await, 1);
    assert_eq!(
        retire(2, 1_000).await,
        1,
        "otherwise its number would be used again"
    );
}

async fn replacement_revokes_all_earlier_keys(fixture: Fixture) {
    let store = &fixture.store;
    assert!(
        store
            .add_signing_key(&key(1, "a"), Actor::System)
            .await
            .expect("done")
    );
    assert!(
        store
            .add_signing_key(&key(2, "b"), Actor::System)
            .await
            .expect("done")
    );
    assert!(
        store
            .replace_signing_keys(&key(3, "c"), Actor::Operator)
            .await
            .expect("done")
    );
    let revoked = lives(store, |life| life.revoked_at).await;
    assert_eq!(revoked, [Some(at(20)), Some(at(20)), None]);

    let mut later = key(4, "d");
    later.life.signs_from = at(50);
    assert!(
        store
            .replace_signing_keys(&later, Actor::Operator)
            .await
            .expect("done")
    );
    let revoked = lives(store, |life| life.revoked_at).await;
    let expected = [Some(at(20)), Some(at(20)), Some(at(50)), None];
    assert_eq!(revoked, expected, "an earlier revocation stays");
}

/// Migrates an installation from before the rotation of keys, with its single key, and checks
/// the key.
macro_rules! assert_migration_keeps_key {
    ($connection:ident, $folder:literal) => {{
        let schemas = [
            include_str!(concat!(
                "../../../migrations/",
                $folder,
                "/0001_accounts_and_sessions.sql"
            )),
            "INSERT INTO signing_keys (kid, sealed, created_at) VALUES ('a', 'x', 10000000)",
            include_str!(concat!(
                "../../../migrations/",
                $folder,
                "/0003_lives_of_signing_keys.sql"
            )),
        ];
        for schema in schemas {
            // PostgreSQL reads 'x' as bytes; SQLite needs x'78' for the same bytes.
            let schema = match $folder {
                "sqlite" => schema.replace("'x'", "x'78'"),
                _ => schema.to_owned(),
            };
            sqlx::raw_sql(sqlx::AssertSqlSafe(schema))
                .execute(&mut $connection)
                .await
                .expect("done");
        }
        let keys: Vec<SealedKey> = sqlx::query_as("SELECT * FROM signing_keys")
            .fetch_all(&mut $connection)
            .await
            .expect("read");
        let life = KeyLife {
            number: 1,
            created_at: at(10),
            signs_from: at(10),
            verifies_until: at(10),
            revoked_at: None,
        };
        let kept = SealedKey {
            kid: "a".into(),
            sealed: b"x".to_vec(),
            life,
        };
        assert_eq!(keys, [kept]);
    }};
}

#[tokio::test]
async fn migration_on_sqlite_keeps_the_first_key() {
    use sqlx::Connection;
    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:")
        .await
        .expect("opened");
    assert_migration_keeps_key!(connection, "sqlite");
}

#[tokio::test]
async fn migration_on_postgres_keeps_the_first_key() {
    use sqlx::Connection;
    let url = postgres::new_database().await;
    let mut connection = sqlx::PgConnection::connect(&url).await.expect("opened");
    assert_migration_keeps_key!(connection, "postgres");
}
