//! Invalid settings, and a router that is protected twice.

use std::{panic, time::Duration};

use axum::Router;
use portcullis::{OpenError, Portcullis, http::ProtectedRouter};
use testkit::postgres;

use super::{Application, ORIGIN, settings};

/// A change that makes valid settings invalid, and a part of the error message.
type Mistake = (fn(portcullis::Builder) -> portcullis::Builder, &'static str);

#[tokio::test]
async fn invalid_setting_is_named_in_the_error() {
    let mistakes: [Mistake; 16] = [
        (|b| b.sqlite("other.db"), "two databases are set"),
        (|b| b.postgres("postgres://db/x"), "two databases are set"),
        (|b| b.postgres_schema("x"), "`.postgres_schema(…)` needs"),
        (
            |b| b.postgres_connections(9),
            "`.postgres_connections(…)` needs",
        ),
        (
            |b| b.sign_in_page("/account/login"),
            "the sign-in page /account/login",
        ),
        (|b| b.sign_in_page("login"), "`login`"),
        (|b| b.protected(["//account"]), "`//account`"),
        (
            |b| b.cookie_names("session", "Session"),
            "both cookies have the name",
        ),
        (
            |b| b.cookie_names("__Host-a", "b"),
            "`__Host-a` cannot be the name",
        ),
        (
            |b| b.connect_src("wss://a.example; script-src *"),
            "`wss://a.example; script-src *`",
        ),
        (
            |b| b.connect_src("'unsafe-inline'"),
            "`'unsafe-inline'` is not a source",
        ),
        (
            |b| b.own_content_security_policy().img_src("https://a.example"),
            "`https://a.example` has no effect",
        ),
        (|b| b.accept_cross_site("/account/paid"), "`/account/paid`"),
        (|b| b.accept_cross_site("/paid?a=b"), "`/paid?a=b`"),
        (
            |b| b.accept_cross_site("/api/accounts/auth/logout/"),
            "`/api/accounts/auth/logout/` cannot accept",
        ),
        (
            |b| b.access_lifetime(Duration::from_secs(3)),
            "access_lifetime must be whole seconds",
        ),
    ];
    for (at, (mistake, part)) in mistakes.into_iter().enumerate() {
        let (folder, builder) = settings();
        let opened = mistake(builder).open().await;
        let message = opened.expect_err("a mistake").to_string();
        assert!(message.contains(part), "{at}: {message}");
        let left = std::fs::read_dir(folder.path())
            .expect("the folder")
            .count();
        assert_eq!(left, 0, "{at}: nothing is opened");
    }
    settings().1.open().await.expect("valid without a mistake");
}

#[tokio::test]
async fn no_database_is_an_error() {
    let opened = Portcullis::builder(ORIGIN).open().await;
    assert!(matches!(opened, Err(OpenError::NoDatabase)), "{opened:?}");
}

#[tokio::test]
async fn postgres_without_a_secret_is_an_error() {
    let url = postgres::new_database().await;
    let builder = Portcullis::builder(ORIGIN).postgres(url);
    let opened = builder.clone().open().await;
    assert!(matches!(opened, Err(OpenError::NoSecretFile)), "{opened:?}");
    let opened = builder.postgres_connections(5).open().await;
    assert!(
        matches!(opened, Err(OpenError::TooFewConnections(5))),
        "{opened:?}"
    );
}

#[tokio::test]
async fn invalid_origin_is_an_error() {
    for origin in [
        "app.example.org",
        "https://app.example.org/app",
        "http://app.example.org",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let builder = Portcullis::builder(origin).sqlite(folder.path().join("app.db"));
        let opened = builder.open().await;
        assert!(matches!(opened, Err(OpenError::Origin(_))), "{opened:?}");
    }
}

#[tokio::test]
async fn database_without_its_secret_is_not_opened() {
    let (folder, builder) = settings();
    builder
        .clone()
        .open()
        .await
        .expect("opened")
        .shutdown()
        .await;
    std::fs::remove_file(folder.path().join("app.secret")).expect("removed");
    let opened = builder.open().await;
    assert!(
        matches!(opened, Err(OpenError::SecretFileMissing { .. })),
        "{opened:?}"
    );
}

#[tokio::test]
async fn router_protected_twice_panics_with_both_places() {
    let Application {
        auth,
        folder: _folder,
    } = Application::open().await;
    let first = line!() + 1;
    let _app: ProtectedRouter = auth.protect(Router::new());
    let second = line!() + 1;
    let protect = || drop(auth.clone().protect(Router::new()));
    let panic = panic::catch_unwind(panic::AssertUnwindSafe(protect)).expect_err("rejected");
    let message = panic.downcast::<String>().expect("a message");
    for line in [first, second] {
        assert!(
            message.contains(&format!("opening.rs:{line}:")),
            "{message}"
        );
    }
}
