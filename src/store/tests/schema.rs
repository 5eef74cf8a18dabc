//! Several installations and an application in one database.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::*;

/// Creates an empty database. Returns its URL and an administrator's connection to it.
async fn database() -> (String, PgConnection) {
    let url = postgres::new_database().await;
    let connection = PgConnection::connect(&url).await.expect("connected");
    (url, connection)
}

async fn installation(url: &str, schema: &str) -> Fixture {
    let store = Store::open_postgres(url, schema, ConnectionCounts::default())
        .await
        .expect("opened");
    Fixture::filled(store, tempfile::tempdir().expect("a folder")).await
}

async fn run(connection: &mut PgConnection, statements: &str) {
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(connection)
        .await
        .expect("done");
}

async fn tables(connection: &mut PgConnection, schema: &str) -> Vec<String> {
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY tablename";
    let tables = sqlx::query_scalar(tables).bind(schema);
    tables.fetch_all(connection).await.expect("read")
}

const TABLES: [&str; 10] = [
    "_sqlx_migrations",
    "accounts",
    "attempts",
    "audit_events",
    "known_networks",
    "one_time_tokens",
    "session_devices",
    "sessions",
    "signing_keys",
    "statistics",
];

#[tokio::test]
async fn installations_and_application_share_a_database() {
    let (url, mut admin) = database().await;
    let application = "
        CREATE TABLE public._sqlx_migrations (version bigint PRIMARY KEY, checksum bytea);
        INSERT INTO public._sqlx_migrations VALUES (9999, 'x');
        CREATE TABLE public.accounts (n int)";
    run(&mut admin, application).await;
    // The name of the second schema is a keyword.
    let one = installation(&url, "one").await;
    let two = installation(&url, "user").await;
    for schema in ["one", "user"] {
        assert_eq!(tables(&mut admin, schema).await, TABLES, "{schema}");
    }
    let ours = ["_sqlx_migrations", "accounts"];
    assert_eq!(tables(&mut admin, "public").await, ours);

    let claimed = ClaimedState {
        session: one.session,
        key_hash: vec![7; 32],
        generation: 0,
        handed_at: at(2)..at(3),
        next: 1,
        now: at(50),
    };
    let rotated = one.store.rotate_from_claims(claimed).await;
    assert!(rotated.expect("done").is_some());
    let used = [(one.session, 1, at(51))];
    assert_eq!(one.store.confirm(&used).await.expect("done"), []);
    let ended = one.store.end_session(
        one.session,
        None,
        EndReason::Revoked,
        at(60),
        Actor::Operator,
    );
    assert_eq!(ended.await.expect("ended"), Some(true));
    let unknown = two.store.session(one.session).await;
    assert!(unknown.expect("read").is_none());
    assert_eq!(two.store.ended_since(at(0)).await.expect("read"), []);
    assert_eq!(two.store.accounts().await.expect("read").len(), 1);
    assert_eq!(two.record().await.generation, 0);

    let again = Store::open_postgres(&url, "one", ConnectionCounts::default())
        .await
        .expect("opened");
    assert_eq!(again.accounts().await.expect("read").len(), 1);
}

#[tokio::test]
async fn end_in_another_schema_does_not_notify() {
    let (url, mut admin) = database().await;
    let one = installation(&url, "one").await;
    let two = installation(&url, "two").await;
    let mut notifications = one.store.notifications();
    let mut notified = tokio::spawn(async move { notifications.next().await });
    let limit = Duration::from_secs(30);
    let listens = async {
        while !super::notify::listens(&one).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(limit, listens).await.expect("listens");

    let ended = two.store.end_session(
        two.session,
        None,
        EndReason::Revoked,
        at(9),
        Actor::Operator,
    );
    assert_eq!(ended.await.expect("ended"), Some(true));
    // Notifications arrive in the order of their commits.
    run(&mut admin, "NOTIFY portcullis_ended, 'three'").await;
    let notified_early = tokio::time::timeout(Duration::from_millis(300), &mut notified).await;
    assert!(notified_early.is_err(), "the session is in another schema");
    let ended = one.store.end_session(
        one.session,
        None,
        EndReason::Revoked,
        at(9),
        Actor::Operator,
    );
    assert_eq!(ended.await.expect("ended"), Some(true));
    let notified = tokio::time::timeout(limit, notified).await;
    notified.expect("notified").expect("no panic");
}

/// Creates a user without privileges. Returns its name and the URL with that user. The name
/// is unique, because all databases of a server share their users.
async fn limited_user(admin: &mut PgConnection, url: &str) -> (String, String) {
    let user = format!("limited_{}", uuid::Uuid::now_v7().simple());
    run(admin, &format!("CREATE USER {user}")).await;
    let mut limited = url::Url::parse(url).expect("a URL");
    limited.set_username(&user).expect("a name");
    (user, limited.into())
}

#[tokio::test]
async fn user_without_privileges_gets_the_missing_grants() {
    let (url, mut admin) = database().await;
    let (user, limited) = limited_user(&mut admin, &url).await;
    let opened = Store::open_postgres(&limited, "one", ConnectionCounts::default()).await;
    let error = opened.expect_err("it may create no schema").to_string();
    assert!(error.contains("schema one"), "{error}");
    run(&mut admin, "CREATE SCHEMA one").await;
    let opened = Store::open_postgres(&limited, "one", ConnectionCounts::default()).await;
    let error = opened.expect_err("it may not use the schema").to_string();
    let (_, remedy) = error.split_once("run: ").expect("a remedy");
    assert!(remedy.ends_with(&user), "{remedy}");

    run(&mut admin, remedy).await;
    let store = Store::open_postgres(&limited, "one", ConnectionCounts::default()).await;
    let store = store.expect("the remedy helps");
    store.close().await;
    run(
        &mut admin,
        &format!("DROP OWNED BY {user}; DROP USER {user}"),
    )
    .await;
}

#[tokio::test]
async fn concurrent_starts_create_one_schema() {
    let (url, _) = database().await;
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = url.clone();
        starts.spawn(async move {
            Store::open_postgres(&url, "one", ConnectionCounts::default())
                .await
                .map(drop)
        });
    }
    for start in starts.join_all().await {
        start.expect("every start succeeds");
    }
}

#[tokio::test]
async fn invalid_schema_name_is_rejected_first() {
    let opened = Store::open_postgres(
        "postgres://127.0.0.1:1/x",
        "a b",
        ConnectionCounts::default(),
    )
    .await;
    let error = opened.expect_err("the name is not valid");
    assert!(matches!(error, StoreError::SchemaName(_)), "{error}");
}
