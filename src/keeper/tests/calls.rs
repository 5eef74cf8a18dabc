//! What a call that returned a 401 is to do.

use super::*;

#[test]
fn staggered_401s_share_one_refresh() {
    let mut page = Page::loaded();
    let ticket = lock(&page.step(Event::Unauthorized { seen: 0 }, 10)).expect("a refresh");
    for now in 10..15 {
        assert_eq!(page.step(Event::Unauthorized { seen: 0 }, now), []);
    }
    // Another tab held the lock for five seconds, and does not reply.
    page.step(Event::LockGranted(ticket), 15);
    assert_eq!(page.step(Event::Unauthorized { seen: 0 }, 15), []);
    assert_eq!(refresh(&page.step(Event::Woke, 16)), Some(ticket));
    page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), 16);
    let straggler = page.step(Event::Unauthorized { seen: 0 }, 17);
    assert_eq!(straggler, [Effect::ResumeCalls(Outcome::Repeat)]);
    let fresh = page.step(Event::Unauthorized { seen: 1 }, 18);
    assert!(lock(&fresh).is_some(), "{fresh:?}");
}

#[test]
fn older_call_is_repeated_after_another_tabs_refresh() {
    let mut page = Page::loaded();
    page.receive(Message::Refreshed(timed(grant(1), 600)), 600);
    let effects = page.step(Event::Unauthorized { seen: 0 }, 601);
    assert_eq!(effects, [Effect::ResumeCalls(Outcome::Repeat)]);
}

#[test]
fn signed_out_page_starts_no_refresh() {
    let mut page = Page(Keeper::default());
    let effects = page.step(Event::Unauthorized { seen: 0 }, 0);
    assert_eq!(effects, [Effect::ResumeCalls(Outcome::KeepResponse)]);
    assert_eq!(page.step(Event::Woke, 0), [Effect::ClearTimer]);
}

#[test]
fn waiting_call_resumes_after_a_freeze() {
    for is_asking in [false, true] {
        let mut page = Page::loaded();
        let ticket = lock(&page.step(Event::Unauthorized { seen: 0 }, 10)).expect("a refresh");
        if is_asking {
            page.step(Event::LockGranted(ticket), 11);
        }
        page.step(Event::Frozen, 11);
        let ticket = page.start_refresh(20).expect("the refresh is still wanted");
        let effects = page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), 21);
        assert!(effects.contains(&Effect::ResumeCalls(Outcome::Repeat)));
    }
}

/// Returns a page whose refresh has succeeded.
fn refreshed() -> Page {
    let (mut page, ticket) = Page::sending();
    page.finish_refresh(ticket, RefreshResult::Refreshed(grant(1)), DUE);
    page
}

#[test]
fn repeated_401_stops_refreshes_for_calls() {
    let mut page = refreshed();
    let code = Code::TokenExpired;
    page.step(Event::StillUnauthorized { seen: 1, code }, DUE + 1);
    for now in [DUE + 1, DUE + 30] {
        let effects = page.step(Event::Unauthorized { seen: 1 }, now);
        assert_eq!(effects, [Effect::ResumeCalls(Outcome::KeepResponse)]);
    }
    assert!(page.is_signed_in());
    let later = page.step(Event::Unauthorized { seen: 1 }, DUE + 31);
    assert!(lock(&later).is_some(), "{later:?}");
}

#[test]
fn missing_cookie_after_refresh_is_cookies_blocked() {
    let mut page = refreshed();
    let code = Code::NotSignedIn;
    let older = page.step(Event::StillUnauthorized { seen: 0, code }, DUE + 1);
    assert_eq!(older, [], "sent before the new cookies arrived");
    let effects = page.step(Event::StillUnauthorized { seen: 1, code }, DUE + 1);
    assert!(effects.contains(&Effect::End(Code::CookiesBlocked)));
    assert_eq!(page.step(Event::Woke, DUE + 3600), [Effect::ClearTimer]);
}

#[test]
fn cookies_blocked_at_sign_in_stop_after_one_refresh() {
    let mut page = Page::signed_in();
    let ticket = lock(&page.step(Event::Unauthorized { seen: 1 }, 1)).expect("a refresh");
    page.step(Event::LockGranted(ticket), 1);
    let rejected = RefreshResult::Rejected(Code::NotSignedIn);
    let effects = page.finish_refresh(ticket, rejected, 2);
    assert!(effects.contains(&Effect::End(Code::CookiesBlocked)));
    let again = page.step(Event::Unauthorized { seen: 1 }, 3);
    assert_eq!(again, [Effect::ResumeCalls(Outcome::KeepResponse)]);
}

/// Only refreshes for calls are paused; the scheduled refresh is not.
#[test]
fn unhelpful_refresh_delays_no_scheduled_refresh() {
    let mut page = refreshed();
    let before = page.0.refresh_in(at(DUE + DUE - 1));
    let code = Code::TokenExpired;
    page.step(Event::StillUnauthorized { seen: 1, code }, DUE + DUE - 1);
    assert_eq!(page.0.refresh_in(at(DUE + DUE - 1)), before);
}

/// Sends a refresh without a cookie and returns the effects of the response.
fn refresh_without_cookie(page: &mut Page, sent: u64) -> Vec<Effect> {
    let ticket = page.start_refresh(sent).expect("a refresh");
    let rejected = RefreshResult::Rejected(Code::NotSignedIn);
    page.finish_refresh(ticket, rejected, sent + 1)
}

#[test]
fn cookies_that_worked_once_are_not_blocked() {
    let mut page = Page::signed_in();
    page.step(Event::Accepted { seen: 1 }, 1);
    let effects = refresh_without_cookie(&mut page, DUE);
    assert!(effects.contains(&Effect::End(Code::SessionEnded)));

    let mut page = Page::signed_in();
    page.step(Event::Accepted { seen: 0 }, 1);
    let effects = refresh_without_cookie(&mut page, DUE);
    let blocked = Effect::End(Code::CookiesBlocked);
    assert!(effects.contains(&blocked), "sent before signing in");
}

/// A cookie expires with its token: at the end of the session, or after a week of sleep, both
/// are gone.
#[test]
fn missing_cookie_after_expiry_is_token_expired() {
    for mut page in [Page::loaded(), Page::signed_in()] {
        let effects = refresh_without_cookie(&mut page, 8 * 86_400);
        assert!(effects.contains(&Effect::End(Code::TokenExpired)));
    }
    let mut page = refreshed();
    let (seen, code) = (1, Code::NotSignedIn);
    let after = DUE + 26 * MINUTE;
    page.step(Event::StillUnauthorized { seen, code }, after);
    assert!(page.is_signed_in(), "asleep between the two requests");
}

#[test]
fn every_end_has_a_reason() {
    for code in Code::ALL.iter().filter(|code| code.is_about_session()) {
        for mut page in [Page::loaded(), Page::signed_in()] {
            let ticket = page.start_refresh(DUE).expect("a refresh");
            let effects = page.finish_refresh(ticket, RefreshResult::Rejected(*code), DUE);
            let end = effects.iter().find_map(|effect| match effect {
                Effect::End(code) => Some(*code),
                _ => None,
            });
            assert!(end.is_some_and(Code::is_reason), "{code:?}: {end:?}");
        }
    }
}
