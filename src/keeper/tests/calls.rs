//! What a call that met a 401 is told.

use super::*;

#[test]
fn staggered_401s_share_one_refresh() {
    let mut page = Page::loaded();
    let ticket = lock(&page.does(Event::Unauthorized { seen: 0 }, 10)).expect("a refresh");
    for now in 10..15 {
        assert_eq!(page.does(Event::Unauthorized { seen: 0 }, now), []);
    }
    // It was another tab's for five seconds; that one has nothing to say.
    page.does(Event::LockGranted(ticket), 15);
    assert_eq!(page.does(Event::Unauthorized { seen: 0 }, 15), []);
    assert_eq!(refresh(&page.does(Event::Woke, 16)), Some(ticket));
    page.ends_with(ticket, RefreshResult::Renewed(grant(1)), 16);
    let straggler = page.does(Event::Unauthorized { seen: 0 }, 17);
    assert_eq!(straggler, [Effect::Settle(Outcome::Repeat)]);
    let fresh = page.does(Event::Unauthorized { seen: 1 }, 18);
    assert!(lock(&fresh).is_some(), "{fresh:?}");
}

#[test]
fn a_call_from_before_another_tabs_renewal_is_repeated_without_a_refresh() {
    let mut page = Page::loaded();
    page.hears(Message::Renewed(told(grant(1), 600)), 600);
    let effects = page.does(Event::Unauthorized { seen: 0 }, 601);
    assert_eq!(effects, [Effect::Settle(Outcome::Repeat)]);
}

#[test]
fn signed_out_means_no_refresh() {
    let mut page = Page(Keeper::default());
    let effects = page.does(Event::Unauthorized { seen: 0 }, 0);
    assert_eq!(effects, [Effect::Settle(Outcome::GiveUp)]);
    assert_eq!(page.does(Event::Woke, 0), [Effect::Sleep]);
}

#[test]
fn a_call_that_waits_while_the_page_is_frozen_is_not_left_waiting() {
    for is_asking in [false, true] {
        let mut page = Page::loaded();
        let ticket = lock(&page.does(Event::Unauthorized { seen: 0 }, 10)).expect("a refresh");
        if is_asking {
            page.does(Event::LockGranted(ticket), 11);
        }
        page.does(Event::Frozen, 11);
        let ticket = page.refreshes(20).expect("it is still wanted");
        let effects = page.ends_with(ticket, RefreshResult::Renewed(grant(1)), 21);
        assert!(effects.contains(&Effect::Settle(Outcome::Repeat)));
    }
}

/// A page whose refresh succeeded, on behalf of a call.
fn renewed() -> Page {
    let (mut page, ticket) = Page::sending();
    page.ends_with(ticket, RefreshResult::Renewed(grant(1)), DUE);
    page
}

#[test]
fn a_401_after_a_successful_refresh_stops() {
    let mut page = renewed();
    let code = Code::TokenExpired;
    page.does(Event::StillUnauthorized { seen: 1, code }, DUE + 1);
    for now in [DUE + 1, DUE + 30] {
        let effects = page.does(Event::Unauthorized { seen: 1 }, now);
        assert_eq!(effects, [Effect::Settle(Outcome::GiveUp)]);
    }
    assert!(page.is_signed_in());
    let later = page.does(Event::Unauthorized { seen: 1 }, DUE + 31);
    assert!(lock(&later).is_some(), "{later:?}");
}

#[test]
fn cookies_that_do_not_stick_after_a_refresh_are_blocked() {
    let mut page = renewed();
    let code = Code::NotSignedIn;
    let older = page.does(Event::StillUnauthorized { seen: 0, code }, DUE + 1);
    assert_eq!(older, [], "sent before the cookies came");
    let effects = page.does(Event::StillUnauthorized { seen: 1, code }, DUE + 1);
    assert!(effects.contains(&Effect::End(Code::CookiesBlocked)));
    assert_eq!(page.does(Event::Woke, DUE + 3600), [Effect::Sleep]);
}

#[test]
fn cookies_blocked_at_sign_in_stop_after_one_refresh() {
    let mut page = Page::signed_in();
    let ticket = lock(&page.does(Event::Unauthorized { seen: 1 }, 1)).expect("a refresh");
    page.does(Event::LockGranted(ticket), 1);
    let refused = RefreshResult::Refused(Code::NotSignedIn);
    let effects = page.ends_with(ticket, refused, 2);
    assert!(effects.contains(&Effect::End(Code::CookiesBlocked)));
    let again = page.does(Event::Unauthorized { seen: 1 }, 3);
    assert_eq!(again, [Effect::Settle(Outcome::GiveUp)]);
}

/// Those of a call alone: a renewal comes in its time.
#[test]
fn a_refresh_that_helped_no_call_delays_no_renewal() {
    let mut page = renewed();
    let before = page.0.refresh_in(at(DUE + DUE - 1));
    let code = Code::TokenExpired;
    page.does(Event::StillUnauthorized { seen: 1, code }, DUE + DUE - 1);
    assert_eq!(page.0.refresh_in(at(DUE + DUE - 1)), before);
}

/// What ends the session of a page whose refresh goes without a cookie.
fn without_a_cookie(page: &mut Page, sent: u64) -> Vec<Effect> {
    let ticket = page.refreshes(sent).expect("a refresh");
    let refused = RefreshResult::Refused(Code::NotSignedIn);
    page.ends_with(ticket, refused, sent + 1)
}

#[test]
fn cookies_that_have_worked_once_are_not_called_blocked() {
    let mut page = Page::signed_in();
    page.does(Event::Accepted { seen: 1 }, 1);
    let effects = without_a_cookie(&mut page, DUE);
    assert!(effects.contains(&Effect::End(Code::SessionEnded)));

    let mut page = Page::signed_in();
    page.does(Event::Accepted { seen: 0 }, 1);
    let effects = without_a_cookie(&mut page, DUE);
    let blocked = Effect::End(Code::CookiesBlocked);
    assert!(effects.contains(&blocked), "sent before signing in");
}

/// A cookie lives as long as its token: with the session, or after a week of
/// sleep, both are gone.
#[test]
fn cookies_whose_time_is_over_have_run_out() {
    for mut page in [Page::loaded(), Page::signed_in()] {
        let effects = without_a_cookie(&mut page, 8 * 86_400);
        assert!(effects.contains(&Effect::End(Code::TokenExpired)));
    }
    let mut page = renewed();
    let (seen, code) = (1, Code::NotSignedIn);
    let after = DUE + 26 * MINUTE;
    page.does(Event::StillUnauthorized { seen, code }, after);
    assert!(page.is_signed_in(), "asleep between the two sendings");
}

#[test]
fn every_end_is_told_with_a_reason() {
    for code in Code::ALL.iter().filter(|code| code.is_about_session()) {
        for mut page in [Page::loaded(), Page::signed_in()] {
            let ticket = page.refreshes(DUE).expect("a refresh");
            let effects = page.ends_with(ticket, RefreshResult::Refused(*code), DUE);
            let end = effects.iter().find_map(|effect| match effect {
                Effect::End(code) => Some(*code),
                _ => None,
            });
            assert!(end.is_some_and(Code::is_reason), "{code:?}: {end:?}");
        }
    }
}
