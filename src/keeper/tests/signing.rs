//! Signing in and out, on this page and elsewhere.

use super::*;

fn ended(session: &str) -> Message {
    Message::Ended {
        session: session.into(),
        code: Code::SessionEnded,
    }
}

#[test]
fn sign_out_during_a_refresh_ignores_the_response() {
    let (mut page, ticket) = Page::sending();
    let effects = page.step(Event::SignedOut, DUE);
    assert_eq!(effects[0], Effect::Abort);
    assert!(effects.contains(&Effect::Broadcast(ended("s1"))));
    let late = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE + 1);
    assert_eq!(late, []);
    assert!(!page.is_signed_in());

    page.step(Event::SignedIn(grant_of("ada", "s2")), DUE + 2);
    let rejected = RefreshResult::Rejected(Code::SessionEnded);
    assert_eq!(page.finish_refresh(ticket, rejected, DUE + 3), []);
    assert!(page.is_signed_in(), "an old rejection ended a new session");
}

#[test]
fn sign_out_in_one_tab_signs_out_all() {
    let mut page = Page::loaded();
    let effects = page.receive(ended("s1"), 10);
    assert!(effects.contains(&Effect::End(Code::SessionEnded)));
    assert!(!page.is_signed_in());
    assert_eq!(page.step(Event::Woke, DUE), [Effect::ClearTimer]);
}

#[test]
fn sign_out_in_one_tab_aborts_the_refresh_of_another() {
    let (mut page, ticket) = Page::sending();
    let effects = page.receive(ended("s1"), DUE);
    assert_eq!(effects[0], Effect::Abort);
    let late = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE + 1);
    assert_eq!(late, []);
}

#[test]
fn refresh_message_after_sign_out_is_corrected() {
    let mut page = Page::loaded();
    page.step(Event::SignedOut, 10);
    let effects = page.receive(Message::Refreshed(timed(grant(1), 10)), 11);
    assert_eq!(effects, [Effect::Broadcast(ended("s1"))]);
    assert!(!page.is_signed_in());
}

#[test]
fn end_of_another_session_is_ignored() {
    let mut page = Page::loaded();
    assert_eq!(page.receive(ended("s0"), 10), []);
    assert!(page.is_signed_in());
}

#[test]
fn another_account_signing_in_elsewhere_reloads() {
    let mut page = Page::loaded();
    let effects = page.receive(Message::SignedIn(timed(grant_of("bob", "s2"), 10)), 10);
    assert!(effects.contains(&Effect::Reload));
    assert_eq!(page.step(Event::Woke, DUE), [Effect::ClearTimer]);
}

#[test]
fn refresh_that_returns_another_account_reloads() {
    let (mut page, ticket) = Page::sending();
    let bob = grant_of("bob", "s2");
    let effects = page.finish_refresh(ticket, RefreshResult::Refreshed(bob.clone()), DUE);
    assert!(effects.contains(&Effect::Reload));
    let message = Message::SignedIn(timed(bob, DUE));
    assert!(effects.contains(&Effect::Broadcast(message)));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Show(_))));
}

#[test]
fn same_account_signing_in_elsewhere_is_adopted() {
    let (mut page, ticket) = Page::sending();
    let newer = grant_of("ada", "s2");
    let effects = page.receive(Message::SignedIn(timed(newer.clone(), DUE)), DUE);
    assert_eq!(
        effects[0],
        Effect::Abort,
        "its response would be of the old session"
    );
    assert!(effects.contains(&Effect::Show(newer)));
    let old = page.finish_refresh(ticket, RefreshResult::Rejected(Code::SessionEnded), DUE);
    assert_eq!(old, []);
    assert_eq!(page.receive(ended("s1"), DUE + 1), []);
    assert!(page.is_signed_in());
}

#[test]
fn sign_in_aborts_refresh_of_the_previous_session() {
    let (mut page, _) = Page::sending();
    let effects = page.step(Event::SignedIn(grant_of("ada", "s2")), DUE);
    assert_eq!(
        effects[..3],
        [
            Effect::Abort,
            Effect::Unlock,
            Effect::ResumeCalls(Outcome::Repeat)
        ]
    );
    assert!(matches!(broadcast(&effects), Some(Message::SignedIn(_))));
}

#[test]
fn restored_page_reloads_if_signed_in() {
    let mut page = Page::loaded();
    let effects = page.step(Event::Restored, 10);
    assert!(effects.contains(&Effect::Reload));
}
