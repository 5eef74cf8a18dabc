//! Pages that know less than others: of a sign-in or a sign-out that nobody told
//! them, or from before one.

use super::*;

fn renewed(account: &str, session: &str) -> Message {
    Message::Renewed(told(of(account, session), 10))
}

fn over(session: &str) -> Message {
    Message::Over {
        session: session.into(),
        code: Code::SessionEnded,
    }
}

/// A page that came at 0 with that session.
fn page_of(account: &str, session: &str) -> Page {
    let mut page = Page(Keeper::default());
    page.does(Event::Loaded(of(account, session)), 0);
    page
}

#[test]
fn a_page_that_was_loading_during_the_sign_out_is_told() {
    let mut here = page_of("ada", "s1");
    here.does(Event::SignedOut, 5);
    let mut elsewhere = page_of("ada", "s1");
    elsewhere.hears(over("s1"), 5);
    for mut knows in [here, elsewhere] {
        let mut late = Page(Keeper::default());
        let effects = late.does(Event::Loaded(of("ada", "s1")), 10);
        let answer = knows.hears(said(&effects).expect("it says so").clone(), 10);
        assert_eq!(answer, [Effect::Tell(over("s1"))]);
        let effects = late.hears(over("s1"), 10);
        assert!(effects.contains(&Effect::End(Code::SessionEnded)));

        let asks = Message::Ask {
            session: "s1".into(),
        };
        assert_eq!(knows.hears(asks, 11), [Effect::Tell(over("s1"))]);
    }
}

#[test]
fn another_session_than_the_one_that_ended_is_not_called_over() {
    let mut page = page_of("ada", "s2");
    page.does(Event::SignedOut, 5);
    for session in ["s1", "s3"] {
        assert_eq!(page.hears(renewed("ada", session), 10), [], "{session}");
    }
}

/// A form without scripts tells nobody; the page that it leads to does.
#[test]
fn the_same_account_signed_in_anew_without_a_word_is_taken_over() {
    let mut page = page_of("ada", "s1");
    let effects = page.hears(renewed("ada", "s2"), 10);
    assert!(effects.contains(&Effect::Show(of("ada", "s2"))));
    let effects = page.hears(over("s2"), 11);
    assert!(effects.contains(&Effect::End(Code::SessionEnded)));
}

#[test]
fn another_account_signed_in_without_a_word_reloads() {
    let effects = page_of("ada", "s1").hears(renewed("bob", "s2"), 10);
    assert!(effects.contains(&Effect::Reload));
}

#[test]
fn a_page_that_ended_comes_back_for_a_later_session_alone() {
    for (session, comes_back) in [("s1", false), ("s3", true)] {
        let mut page = page_of("ada", "s2");
        page.hears(over("s2"), 5);
        let effects = page.hears(renewed("ada", session), 10);
        assert_eq!(effects.contains(&Effect::Reload), comes_back, "{session}");
    }
}

#[test]
fn a_stale_page_is_told_once_and_changes_nothing() {
    for account in ["ada", "bob"] {
        let mut page = page_of("ada", "s2");
        let effects = page.hears(renewed(account, "s1"), 10);
        let own = Message::Renewed(told(of("ada", "s2"), 0));
        assert_eq!(effects, [Effect::Tell(own)], "{account}");
        let again = page.hears(renewed(account, "s1"), 11);
        assert_eq!(again, [], "{account}");
        let asks = Message::Ask {
            session: "s0".into(),
        };
        assert!(said(&page.hears(asks, 12)).is_some(), "another stale one");
    }
}

/// Pages of two sessions, in whatever order they hear each other, whichever of
/// the sessions the cookies are of: also where a server's clock made the ids of
/// the two in the wrong order.
#[test]
fn nothing_reloads_for_ever() {
    for (cookies, others) in [("s1", "s2"), ("s2", "s1")] {
        for account in ["ada", "bob"] {
            let jar = || of("ada", cookies);
            let mut pages: Vec<Page> = Vec::new();
            let mut said = Vec::new();
            let is_message = |effect: Effect| match effect {
                Effect::Tell(message) => Some(message),
                _ => None,
            };
            for n in 0..6 {
                let grant = if n % 2 == 0 {
                    jar()
                } else {
                    of(account, others)
                };
                let mut page = Page(Keeper::default());
                let effects = page.does(Event::Loaded(grant), 0);
                pages.push(page);
                said.extend(effects.into_iter().filter_map(is_message).map(|m| (n, m)));
            }
            let mut reloads = 0;
            while let Some((from, message)) = said.pop() {
                for to in (0..pages.len()).filter(|to| *to != from) {
                    let mut effects = pages[to].hears(message.clone(), 1);
                    if effects.contains(&Effect::Reload) {
                        reloads += 1;
                        assert!(reloads < 100, "for ever");
                        pages[to] = Page(Keeper::default());
                        effects.extend(pages[to].does(Event::Loaded(jar()), 1));
                    }
                    let tells = effects.into_iter().filter_map(is_message);
                    said.extend(tells.map(|message| (to, message)));
                }
            }
            if cookies > others {
                let own = |page: &Page| page.0.is_of(cookies);
                assert!(pages.iter().all(own), "a page stayed behind");
            }
        }
    }
}
