//! Pages that missed a sign-in or a sign-out, because it was not broadcast or because they were
//! loaded before it.

use super::*;

fn refreshed(account: &str, session: &str) -> Message {
    Message::Refreshed(timed(grant_of(account, session), 10))
}

fn ended(session: &str) -> Message {
    Message::Ended {
        session: session.into(),
        code: Code::SessionEnded,
    }
}

/// Returns a page that was loaded at 0 with that session.
fn page_of(account: &str, session: &str) -> Page {
    let mut page = Page(Keeper::default());
    page.step(Event::Loaded(grant_of(account, session)), 0);
    page
}

#[test]
fn page_that_loaded_during_sign_out_is_corrected() {
    let mut here = page_of("ada", "s1");
    here.step(Event::SignedOut, 5);
    let mut elsewhere = page_of("ada", "s1");
    elsewhere.receive(ended("s1"), 5);
    for mut knows in [here, elsewhere] {
        let mut late = Page(Keeper::default());
        let effects = late.step(Event::Loaded(grant_of("ada", "s1")), 10);
        let reply = knows.receive(broadcast(&effects).expect("a broadcast").clone(), 10);
        assert_eq!(reply, [Effect::Broadcast(ended("s1"))]);
        let effects = late.receive(ended("s1"), 10);
        assert!(effects.contains(&Effect::End(Code::SessionEnded)));

        let asks = Message::Ask {
            session: "s1".into(),
        };
        assert_eq!(knows.receive(asks, 11), [Effect::Broadcast(ended("s1"))]);
    }
}

#[test]
fn only_the_ended_session_is_reported_as_ended() {
    let mut page = page_of("ada", "s2");
    page.step(Event::SignedOut, 5);
    assert_eq!(page.receive(refreshed("ada", "s1"), 10), []);
}

/// A form that is sent without JavaScript broadcasts nothing; the page that it leads to does.
#[test]
fn unannounced_sign_in_of_same_account_is_adopted() {
    let mut page = page_of("ada", "s1");
    let effects = page.receive(refreshed("ada", "s2"), 10);
    assert!(effects.contains(&Effect::Show(grant_of("ada", "s2"))));
    let effects = page.receive(ended("s2"), 11);
    assert!(effects.contains(&Effect::End(Code::SessionEnded)));
}

#[test]
fn unannounced_sign_in_of_other_account_reloads() {
    let effects = page_of("ada", "s1").receive(refreshed("bob", "s2"), 10);
    assert!(effects.contains(&Effect::Reload));
}

#[test]
fn ended_page_continues_only_for_a_later_session() {
    for (session, continues) in [("s1", false), ("s3", true)] {
        let mut page = page_of("ada", "s2");
        page.receive(ended("s2"), 5);
        let effects = page.receive(refreshed("ada", session), 10);
        assert_eq!(effects.contains(&Effect::Continue), continues, "{session}");
    }
}

#[test]
fn stale_page_is_corrected_once() {
    for account in ["ada", "bob"] {
        let mut page = page_of("ada", "s2");
        let effects = page.receive(refreshed(account, "s1"), 10);
        let own = Message::Refreshed(timed(grant_of("ada", "s2"), 0));
        assert_eq!(effects, [Effect::Broadcast(own)], "{account}");
        let again = page.receive(refreshed(account, "s1"), 11);
        assert_eq!(again, [], "{account}");
        let asks = Message::Ask {
            session: "s0".into(),
        };
        assert!(
            broadcast(&page.receive(asks, 12)).is_some(),
            "another stale page"
        );
    }
}

/// Pages of two sessions receive each other's messages in any order. The cookies may belong to
/// either session, also to the one with the lower id: a wrong server clock can create the ids
/// in the wrong order.
#[test]
fn pages_do_not_reload_forever() {
    for (cookies, others) in [("s1", "s2"), ("s2", "s1")] {
        for account in ["ada", "bob"] {
            let jar = || grant_of("ada", cookies);
            let mut pages: Vec<Page> = Vec::new();
            let mut sent = Vec::new();
            let is_message = |effect: Effect| match effect {
                Effect::Broadcast(message) => Some(message),
                _ => None,
            };
            for n in 0..6 {
                let grant = if n % 2 == 0 {
                    jar()
                } else {
                    grant_of(account, others)
                };
                let mut page = Page(Keeper::default());
                let effects = page.step(Event::Loaded(grant), 0);
                pages.push(page);
                sent.extend(effects.into_iter().filter_map(is_message).map(|m| (n, m)));
            }
            let mut reloads = 0;
            while let Some((from, message)) = sent.pop() {
                for to in (0..pages.len()).filter(|to| *to != from) {
                    let mut effects = pages[to].receive(message.clone(), 1);
                    if effects.contains(&Effect::Reload) {
                        reloads += 1;
                        assert!(reloads < 100, "the pages reload forever");
                        pages[to] = Page(Keeper::default());
                        effects.extend(pages[to].step(Event::Loaded(jar()), 1));
                    }
                    let replies = effects.into_iter().filter_map(is_message);
                    sent.extend(replies.map(|message| (to, message)));
                }
            }
            if cookies > others {
                let own = |page: &Page| page.0.has_session(cookies);
                assert!(pages.iter().all(own), "a page still shows the old session");
            }
        }
    }
}
