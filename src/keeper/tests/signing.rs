//! Signing in and out, on this page and elsewhere.

use super::*;

fn over(session: &str) -> Message {
    Message::Over {
        session: session.into(),
        code: Code::SessionEnded,
    }
}

#[test]
fn sign_out_during_a_refresh_brings_nothing_back() {
    let (mut page, ticket) = Page::sending();
    let effects = page.does(Event::SignedOut, DUE);
    assert_eq!(effects[0], Effect::Abort);
    assert!(effects.contains(&Effect::Tell(over("s1"))));
    let late = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE + 1);
    assert_eq!(late, []);
    assert!(!page.is_signed_in());

    page.does(Event::SignedIn(of("ada", "s2")), DUE + 2);
    let refused = RefreshResult::Refused(Code::SessionEnded);
    assert_eq!(page.ends_with(ticket, refused, DUE + 3), []);
    assert!(page.is_signed_in(), "an old refusal ended a new session");
}

#[test]
fn sign_out_in_one_tab_signs_out_all() {
    let mut page = Page::loaded();
    let effects = page.hears(over("s1"), 10);
    assert!(effects.contains(&Effect::End(Code::SessionEnded)));
    assert!(!page.is_signed_in());
    assert_eq!(page.does(Event::Woke, DUE), [Effect::Sleep]);
}

#[test]
fn sign_out_in_one_tab_aborts_the_refresh_of_another() {
    let (mut page, ticket) = Page::sending();
    let effects = page.hears(over("s1"), DUE);
    assert_eq!(effects[0], Effect::Abort);
    let late = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE + 1);
    assert_eq!(late, []);
}

#[test]
fn a_renewal_that_is_heard_of_after_the_sign_out_brings_nothing_back() {
    let mut page = Page::loaded();
    page.does(Event::SignedOut, 10);
    let effects = page.hears(Message::Renewed(told(grant(1), 10)), 11);
    assert_eq!(effects, [Effect::Tell(over("s1"))]);
    assert!(!page.is_signed_in());
}

#[test]
fn the_end_of_another_session_ends_nothing() {
    let mut page = Page::loaded();
    assert_eq!(page.hears(over("s0"), 10), []);
    assert!(page.is_signed_in());
}

#[test]
fn another_account_signing_in_elsewhere_reloads() {
    let mut page = Page::loaded();
    let effects = page.hears(Message::SignedIn(told(of("bob", "s2"), 10)), 10);
    assert!(effects.contains(&Effect::Reload));
    assert_eq!(page.does(Event::Woke, DUE), [Effect::Sleep]);
}

#[test]
fn another_account_that_was_not_heard_of_is_found_by_the_refresh() {
    let (mut page, ticket) = Page::sending();
    let bob = of("bob", "s2");
    let effects = page.ends_with(ticket, RefreshResult::Renewed(bob.clone()), DUE);
    assert!(effects.contains(&Effect::Reload));
    let message = Message::SignedIn(told(bob, DUE));
    assert!(effects.contains(&Effect::Tell(message)));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Show(_))));
}

#[test]
fn the_same_account_signing_in_elsewhere_is_taken_over() {
    let (mut page, ticket) = Page::sending();
    let anew = of("ada", "s2");
    let effects = page.hears(Message::SignedIn(told(anew.clone(), DUE)), DUE);
    assert_eq!(effects[0], Effect::Abort, "its answer would be the old one");
    assert!(effects.contains(&Effect::Show(anew)));
    let old = page.ends_with(ticket, RefreshResult::Refused(Code::SessionEnded), DUE);
    assert_eq!(old, []);
    assert_eq!(page.hears(over("s1"), DUE + 1), []);
    assert!(page.is_signed_in());
}

#[test]
fn a_page_that_ended_comes_back_when_somebody_signs_in_elsewhere() {
    let mut page = Page::loaded();
    page.hears(over("s1"), 10);
    let effects = page.hears(Message::SignedIn(told(of("ada", "s2"), 20)), 20);
    assert!(effects.contains(&Effect::Reload));
}

#[test]
fn a_page_on_which_nobody_signed_in_is_left_alone() {
    let mut page = Page(Keeper::default());
    let message = Message::SignedIn(told(grant(0), 10));
    assert_eq!(page.hears(message, 10), []);
}

#[test]
fn signing_in_gives_up_the_refresh_of_the_former_session() {
    let (mut page, _) = Page::sending();
    let effects = page.does(Event::SignedIn(of("ada", "s2")), DUE);
    assert_eq!(
        effects[..3],
        [
            Effect::Abort,
            Effect::Unlock,
            Effect::Settle(Outcome::Repeat)
        ]
    );
    assert!(matches!(said(&effects), Some(Message::SignedIn(_))));
}

#[test]
fn restored_from_the_back_forward_cache_shows_nothing_private() {
    let mut page = Page::loaded();
    let effects = page.does(Event::Restored, 10);
    assert!(effects.contains(&Effect::Reload));
    let mut nobody = Page(Keeper::default());
    assert_eq!(nobody.does(Event::Restored, 10), []);
}
