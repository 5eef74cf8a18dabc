//! Writing the audit trail: what a row contains, and that an event is logged after its commit.

use std::{
    cell::RefCell,
    fmt::{self, Write},
    net::IpAddr,
    sync::Once,
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::{keys::key, *};
use crate::{
    attempts::{AttemptKey, Charge, Limit},
    audit::{AuditEntry, AuditEvent},
    request_context::RequestContext,
    request_id::RequestId,
};

on_both! { Fixture:
    row_says_who_did_what_in_which_request;
    keys_are_recorded_with_who_changed_them;
    failed_attempts_are_stored_up_to_a_limit;
    deleted_account_leaves_no_address;
    event_is_logged_after_its_commit;
}

/// Returns the events that were recorded after the account and the session of the fixture,
/// oldest first.
async fn recorded(fixture: &Fixture) -> Vec<EventRow> {
    let all = EventFilter::default();
    let page = fixture.store.events(&all, PagePosition::First, 100).await;
    let mut rows = page.expect("read").rows;
    rows.retain(|row| row.at > at(2));
    rows.reverse();
    rows
}

fn request() -> RequestContext {
    RequestContext {
        id: RequestId::new(at(1)),
        address: Some(IpAddr::from([192, 0, 2, 1])),
        observer: None,
    }
}

async fn row_says_who_did_what_in_which_request(fixture: Fixture) {
    let (store, request) = (&fixture.store, request());
    let ended = fixture.end(EndReason::SignedOut, Actor::Owner);
    request.clone().scope(ended).await;
    let name = AccountName::Email(KEY);
    let changed = store.set_account_active(name, false, at(10), Actor::Operator);
    changed.await.expect("changed");

    let rows = recorded(&fixture).await;
    let [signed_out, deactivated] = &rows[..] else {
        panic!("{rows:?}");
    };
    assert_eq!(signed_out.event, "session_ended");
    assert_eq!(signed_out.account_id, Some(fixture.account));
    assert_eq!(signed_out.session_id, Some(fixture.session));
    assert_eq!(signed_out.actor.as_deref(), Some("owner"));
    assert_eq!(signed_out.request_id, Some(request.id.to_string()));
    assert_eq!(signed_out.address.as_deref(), Some("192.0.2.1"));
    assert_eq!(deactivated.event, "user_deactivated");
    assert_eq!(deactivated.actor.as_deref(), Some("operator"));
    assert_eq!(
        (&deactivated.request_id, &deactivated.address),
        (&None, &None)
    );
}

async fn keys_are_recorded_with_who_changed_them(fixture: Fixture) {
    let store = &fixture.store;
    let added = store.add_signing_key(&key(1, "a"), Actor::System).await;
    assert!(added.expect("added"));
    let taken = store.add_signing_key(&key(1, "b"), Actor::System).await;
    assert!(!taken.expect("not added"));
    let second = key(2, "c");
    let replaced = store.replace_signing_keys(&second, Actor::Operator);
    assert!(replaced.await.expect("replaced"));
    let retired = store.retire_signing_key(1, at(200), at(201));
    retired.await.expect("retired");
    // The last key stays.
    let retired = store.retire_signing_key(2, at(200), at(201));
    retired.await.expect("done");

    let rows = recorded(&fixture).await;
    let rows = rows.iter().map(|row| {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        (row.event.clone(), text(&row.key_id), text(&row.actor))
    });
    let expected = [
        ("crypt_key_created", "a", "system"),
        ("crypt_key_created", "c", "operator"),
        ("crypt_key_revoked", "a", "operator"),
        ("crypt_key_retired", "a", "system"),
    ]
    .map(|(event, key, actor)| (event.to_owned(), key.to_owned(), actor.to_owned()));
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}

/// A stranger cannot fill the database with failed sign-ins.
async fn failed_attempts_are_stored_up_to_a_limit(fixture: Fixture) {
    let limit = Limit::new(3, std::time::Duration::from_secs(60)).expect("a limit");
    let key = AttemptKey::from_bytes([7; 16]);
    let charges = [Charge { key, limit }];
    for n in 0..10 {
        let entry = AuditEntry::new(AuditEvent::SignInFailed).of(fixture.account);
        let stored = fixture.store.record_limited(entry, &charges, at(5));
        let stored = stored.await;
        if n < 3 {
            stored.expect("stored");
        } else {
            let rejected = matches!(stored, Err(StoreError::TooManyAttempts(_)));
            assert!(rejected, "{stored:?}");
        }
    }
    let rows = recorded(&fixture).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows.iter().all(|row| row.event == "authn_login_fail"));
    let own = fixture.store.recent_events(fixture.account, 20).await;
    let own = own.expect("read");
    assert!(own.iter().all(|row| row.event != "authn_login_fail"));
}

async fn deleted_account_leaves_no_address(fixture: Fixture) {
    let store = &fixture.store;
    let ended = fixture.end(EndReason::SignedOut, Actor::Owner);
    request().scope(ended).await;
    let deleted = store.delete_account(AccountName::Email(KEY), at(10), Actor::Operator);
    deleted.await.expect("deleted");
    let rows = recorded(&fixture).await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().all(|row| row.address.is_none()), "{rows:?}");
}

/// An event of a transaction whose commit fails is neither stored nor logged.
async fn event_is_logged_after_its_commit(fixture: Fixture) {
    KeepLogged::install();
    logged();
    let revoke = async || {
        let revoked = fixture.store.revoke_some_sessions(at(9), Actor::Operator);
        revoked.await
    };
    fail_commits(&fixture).await;
    assert!(revoke().await.is_err(), "the commit fails");
    assert_eq!(logged(), [""; 0]);
    assert_eq!(recorded(&fixture).await, []);

    fixture.run("DELETE FROM fail_commits").await;
    assert_eq!(revoke().await.expect("revoked"), [fixture.session]);
    let expected = format!(
        "event=\"authn_token_revoked\" account={} session={} actor=operator ",
        fixture.account, fixture.session
    );
    assert_eq!(logged(), [expected]);
    assert_eq!(recorded(&fixture).await.len(), 1);
}

/// Makes the commit of each transaction fail that records an event, until the row of
/// `fail_commits` is deleted: it then violates a foreign key that is checked at the commit.
async fn fail_commits(fixture: &Fixture) {
    fixture
        .run("CREATE TABLE present (id bigint PRIMARY KEY)")
        .await;
    fixture.run("CREATE TABLE fail_commits (id bigint)").await;
    fixture
        .run(
            "CREATE TABLE absent (id bigint REFERENCES present (id) DEFERRABLE INITIALLY DEFERRED)",
        )
        .await;
    fixture.run("INSERT INTO fail_commits VALUES (1)").await;
    let is_sqlite = matches!(fixture.store.backend, Backend::Sqlite { .. });
    if is_sqlite {
        fixture
            .run(
                "CREATE TRIGGER fail_commits AFTER INSERT ON audit_events BEGIN
                     INSERT INTO absent SELECT id FROM fail_commits;
                 END",
            )
            .await;
        return;
    }
    fixture
        .run(
            "CREATE FUNCTION fail_commits() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO absent SELECT id FROM fail_commits; RETURN NULL; END $$",
        )
        .await;
    fixture
        .run(
            "CREATE TRIGGER fail_commits AFTER INSERT ON audit_events
             FOR EACH ROW EXECUTE FUNCTION fail_commits()",
        )
        .await;
}

thread_local! {
    static LOGGED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Returns the audit events that were logged by this thread, which runs this test alone.
fn logged() -> Vec<String> {
    LOGGED.take()
}

/// Keeps the audit events that are logged, for the thread that logs them. It is the subscriber of
/// all threads: with one for a single thread, another thread may disable an event for all.
struct KeepLogged;

impl KeepLogged {
    fn install() {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            let set = tracing::subscriber::set_global_default(Self);
            set.expect("there is no other");
            tracing::callsite::rebuild_interest_cache();
        });
    }
}

impl Subscriber for KeepLogged {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "portcullis::audit"
    }

    fn event(&self, event: &Event<'_>) {
        struct Fields(String);
        impl Visit for Fields {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                let _ = write!(self.0, "{}={value:?} ", field.name());
            }
        }
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        LOGGED.with_borrow_mut(|logged| logged.push(fields.0));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}
