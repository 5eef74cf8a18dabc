//! What happens to a page that shows no account when a user signs in elsewhere. What the user
//! has entered into it is never lost.

use super::*;

fn signed_in_elsewhere() -> [Event; 2] {
    let timed = || timed(grant_of("ada", "s2"), 20);
    [Message::SignedIn(timed()), Message::Refreshed(timed())].map(Event::MessageReceived)
}

/// Returns pages that show no account, each with how it came to that.
fn signed_out_pages() -> [(&'static str, Page); 3] {
    let mut left = Page::loaded();
    left.step(Event::SignedOut, 10);
    let mut ended = Page::loaded();
    let (session, code) = ("s1".into(), Code::SessionRevoked);
    ended.receive(Message::Ended { session, code }, 10);
    [
        ("loaded without a session", Page(Keeper::default())),
        ("signed out on the page", left),
        ("ended elsewhere", ended),
    ]
}

#[test]
fn signed_out_page_continues_once_after_sign_in_elsewhere() {
    for event in signed_in_elsewhere() {
        for (name, mut page) in signed_out_pages() {
            let effects = page.step(event.clone(), 20);
            assert!(effects.contains(&Effect::Continue), "{name}: {effects:?}");
            assert!(!page.is_signed_in());
            // It is being replaced.
            for event in signed_in_elsewhere().into_iter().chain([Event::Restored]) {
                assert_eq!(page.step(event, 21), [], "{name}");
            }
        }
    }
}

#[test]
fn signed_out_page_from_the_cache_reloads() {
    for (name, mut page) in signed_out_pages() {
        let effects = page.step(Event::Restored, 20);
        assert!(effects.contains(&Effect::Reload), "{name}: {effects:?}");
    }
}

#[test]
fn signed_out_page_keeps_what_was_entered() {
    for event in signed_in_elsewhere().into_iter().chain([Event::Restored]) {
        for (name, mut page) in signed_out_pages() {
            let effects = page.step_with_input(event.clone(), 20);
            assert_eq!(effects, [], "{name}, {event:?}");
        }
    }
}

/// A page with an account must not stay visible: it belongs to another account now, or its
/// session may have ended.
#[test]
fn page_with_an_account_reloads_even_with_input() {
    let bob = Message::SignedIn(timed(grant_of("bob", "s2"), 20));
    for event in [Event::MessageReceived(bob), Event::Restored] {
        let effects = Page::loaded().step_with_input(event.clone(), 20);
        assert!(effects.contains(&Effect::Reload), "{event:?}");
    }
}
