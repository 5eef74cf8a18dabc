//! What the schemas and the statements promise of signing keys.

use super::*;
use crate::keys::lifecycle::KeyLife;

on_both! { Fixture:
    of_keys_with_one_number_the_first_is_kept;
    of_a_hundred_successors_one_is_made;
    a_promise_is_only_ever_raised;
    a_key_goes_when_its_promise_is_over_and_the_last_one_never;
    replacing_revokes_all_keys_before_at_one_moment;
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

/// One moment of each key's life, in the order of their numbers.
async fn moments<T>(store: &Store, moment: impl Fn(KeyLife) -> T) -> Vec<T> {
    let keys = read(store).await.into_iter();
    keys.map(|key| moment(key.life)).collect()
}

async fn of_keys_with_one_number_the_first_is_kept(fixture: Fixture) {
    let store = &fixture.store;
    assert_eq!(read(store).await, []);
    assert!(store.add_signing_key(&key(1, "a")).await.expect("done"));
    assert!(!store.add_signing_key(&key(1, "b")).await.expect("done"));
    assert!(
        !store
            .replace_signing_keys(&key(1, "c"))
            .await
            .expect("done")
    );
    assert_eq!(read(store).await, [key(1, "a")]);
}

async fn of_a_hundred_successors_one_is_made(fixture: Fixture) {
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let store = fixture.store.clone();
        tasks.spawn(async move {
            let key = key(1, &n.to_string());
            match n % 2 {
                0 => store.add_signing_key(&key).await,
                _ => store.replace_signing_keys(&key).await,
            }
        });
    }
    let made = tasks.join_all().await;
    let made = made
        .into_iter()
        .filter(|made| *made.as_ref().expect("done"));
    assert_eq!(made.count(), 1);
    assert_eq!(read(&fixture.store).await.len(), 1);
}

async fn a_promise_is_only_ever_raised(fixture: Fixture) {
    let store = &fixture.store;
    for number in 1..=2 {
        let kid = number.to_string();
        assert!(
            store
                .add_signing_key(&key(number, &kid))
                .await
                .expect("done")
        );
    }
    for (until, kept) in [(150, 150), (120, 150), (200, 200)] {
        store.promise_signing_key(1, at(until)).await.expect("done");
        let promised = moments(store, |life| life.verifies_until).await;
        assert_eq!(promised, [at(kept), at(100)]);
    }
    let lowered = fixture.try_run("UPDATE signing_keys SET verifies_until = verifies_until - 1");
    let error = lowered.await.expect_err("the schema holds it by itself");
    assert!(error.to_string().contains("promised"), "{error}");
}

async fn a_key_goes_when_its_promise_is_over_and_the_last_one_never(fixture: Fixture) {
    let store = &fixture.store;
    for number in 1..=2 {
        let kid = number.to_string();
        assert!(
            store
                .add_signing_key(&key(number, &kid))
                .await
                .expect("done")
        );
    }
    let retire = async |number, dead_since| {
        store
            .retire_signing_key(number, at(dead_since))
            .await
            .expect("done");
        read(store).await.len()
    };
    assert_eq!(retire(1, 99).await, 2, "not yet");
    // Promised for longer after it was judged.
    store.promise_signing_key(1, at(150)).await.expect("done");
    assert_eq!(retire(1, 149).await, 2);
    assert_eq!(retire(1, 150).await, 1);
    assert_eq!(
        retire(2, 1_000).await,
        1,
        "or its number would be given again"
    );
}

async fn replacing_revokes_all_keys_before_at_one_moment(fixture: Fixture) {
    let store = &fixture.store;
    assert!(store.add_signing_key(&key(1, "a")).await.expect("done"));
    assert!(store.add_signing_key(&key(2, "b")).await.expect("done"));
    assert!(
        store
            .replace_signing_keys(&key(3, "c"))
            .await
            .expect("done")
    );
    let revoked = moments(store, |life| life.revoked_at).await;
    assert_eq!(revoked, [Some(at(20)), Some(at(20)), None]);

    let mut later = key(4, "d");
    later.life.signs_from = at(50);
    assert!(store.replace_signing_keys(&later).await.expect("done"));
    let revoked = moments(store, |life| life.revoked_at).await;
    let expected = [Some(at(20)), Some(at(20)), Some(at(50)), None];
    assert_eq!(revoked, expected, "none is later than it was");
}

/// What the migration makes of the key of an installation that had one and no
/// rotation.
macro_rules! migrated {
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
            // `x'78'` is how SQLite writes the bytes that PostgreSQL reads in 'x'.
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
async fn the_first_key_goes_on_in_sqlite() {
    use sqlx::Connection;
    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:")
        .await
        .expect("opened");
    migrated!(connection, "sqlite");
}

#[tokio::test]
async fn the_first_key_goes_on_in_postgres() {
    use sqlx::Connection;
    let url = postgres::new_database().await;
    let mut connection = sqlx::PgConnection::connect(&url).await.expect("opened");
    migrated!(connection, "postgres");
}
