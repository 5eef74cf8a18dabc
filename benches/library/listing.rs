//! Whether the pages of the administration depend on the number of accounts.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header::AUTHORIZATION},
};
use portcullis::{
    Portcullis,
    http::ProtectedRouter,
    wire::{AccountPage, paths},
};
use testkit::{
    EMAIL,
    bench::{
        compare,
        load::{Caller, Load},
        report::{Promises, heading, note},
    },
    installation::register_account,
    place::Kind,
};
use tower::ServiceExt as _;

use crate::{
    installation,
    scale::{PASSWORD_HASH, id, numbers, settling_statements},
};

const FEW_ACCOUNTS: u64 = 10_000;
const MANY_ACCOUNTS: u64 = 1_000_000;

/// The number of accounts that one statement inserts.
const INSERTED_AT_ONCE: u64 = 10_000;

/// The maximum latency with many accounts, as a multiple of the latency with few.
const MAX_LATENCY_RATIO: f64 = 1.5;

const ORIGIN: &str = "http://127.0.0.1:3000";

/// The lists that are measured: what they are called, and their query.
const LISTS: [(&str, &str); 3] = [
    ("newest first, page after page", "order=newest"),
    ("by e-mail address, page after page", "order=email"),
    ("a search, page after page", "search=person-4"),
];

pub(crate) async fn run(kind: Kind, is_quick: bool, promises: &Promises) {
    let many = if is_quick {
        MANY_ACCOUNTS / 20
    } else {
        MANY_ACCOUNTS
    };
    heading(format!(
        "a page of accounts on {kind}, with {FEW_ACCOUNTS} accounts and with {many}"
    ));
    let few = Filled::new(kind, FEW_ACCOUNTS).await;
    note(format!("inserting {many} accounts"));
    let many = Filled::new(kind, many).await;
    let length = Duration::from_millis(if is_quick { 200 } else { 1_000 });
    for (name, query) in LISTS {
        let [mut with_many, mut with_few] =
            [&many, &few].map(|filled| Load::here(vec![filled.reader(query)]));
        let comparison = compare::in_turn(&mut with_many, &mut with_few, 9, length).await;
        comparison.print(["with many accounts", "with few"]);
        let ratio = comparison.latencies();
        promises.check(
            ratio.median <= MAX_LATENCY_RATIO,
            format!("{name}: {ratio} times the latency with few, {MAX_LATENCY_RATIO} allowed"),
        );
    }
    few.place.remove().await;
    many.place.remove().await;
}

/// An installation with many accounts, and an administrator.
struct Filled {
    place: testkit::place::Place,
    router: ProtectedRouter,
    access_token: String,
    _portcullis: Portcullis,
}

impl Filled {
    async fn new(kind: Kind, accounts: u64) -> Self {
        let place = installation::place(kind).await;
        let portcullis = place.builder(ORIGIN).open().await.expect("opened");
        let administrator = register_account(&portcullis, EMAIL).await;
        let direct = place.direct().await;
        let yes = match kind {
            Kind::Sqlite => "1",
            Kind::Postgres => "true",
        };
        direct
            .run(&format!("UPDATE accounts SET is_admin = {yes}"))
            .await;
        for from in (0..accounts).step_by(usize::try_from(INSERTED_AT_ONCE).expect("a size")) {
            direct.run(&insert(kind, from, accounts)).await;
        }
        for statement in settling_statements(kind) {
            // There is one session.
            if !statement.contains("sessions") {
                direct.run(statement).await;
            }
        }
        direct.close().await;
        let begun = portcullis.sessions().begin(&administrator, &[]).await;
        let access_token = begun.expect("begun").access.expose().to_owned();
        Self {
            router: portcullis.protect(portcullis.routes()),
            access_token,
            place,
            _portcullis: portcullis,
        }
    }

    fn reader(&self, query: &'static str) -> Reader {
        Reader {
            router: self.router.clone(),
            access_token: self.access_token.clone(),
            query,
            after: None,
        }
    }
}

/// Inserts accounts that were created one after the other within a day.
fn insert(kind: Kind, from: u64, of: u64) -> String {
    let accounts = numbers(kind, from, (from + INSERTED_AT_ONCE).min(of) - 1);
    let account = id(kind, "i", of);
    let (yes, no) = match kind {
        Kind::Sqlite => ("1", "0"),
        Kind::Postgres => ("true", "false"),
    };
    format!(
        "INSERT INTO accounts
             (id, email, email_key, name, password_hash, is_active, is_admin, created_at)
         SELECT {account}, 'person-' || i || '@example.org', 'person-' || i || '@example.org',
                'Person ' || i, '{PASSWORD_HASH}', {yes}, {no}, {start} + i
         FROM {accounts} AS n",
        start = installation::START,
    )
}

/// An administrator who reads one page after the other, and starts again after the last.
struct Reader {
    router: ProtectedRouter,
    access_token: String,
    query: &'static str,
    after: Option<String>,
}

impl Caller for Reader {
    async fn call(&mut self) {
        let after = self.after.as_deref().unwrap_or_default();
        let path = format!("{}?{}&after={after}", paths::ADMIN_ACCOUNTS, self.query);
        let request = Request::get(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.access_token))
            .body(Body::empty())
            .expect("a request");
        let Ok(response) = self.router.clone().oneshot(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let body = to_bytes(response.into_body(), usize::MAX).await;
        let page: AccountPage =
            serde_json::from_slice(&body.expect("a body")).expect("a page of accounts");
        assert!(!page.accounts.is_empty(), "a page has accounts");
        self.after = page.next;
    }
}
