//! What answers do to a browser: to its cookies first, and then to the tab that
//! asked.

use std::time::Duration;

use portcullis::{
    keeper::{Event as Happened, Grant, RefreshResult},
    wire::{Code, Timing},
};

use crate::{
    browser::TIME_OUT,
    network::{Answer, Content, Kind, SKEW, Sender, Token},
    world::World,
};

impl World {
    pub(crate) fn receives(&mut self, answer: Answer) {
        let Sender::Tab { browser, tab } = answer.to else {
            return self.thief_receives(&answer);
        };
        if self.browsers[browser].is_asleep() && self.rng.happens(700) {
            return;
        }
        if !self.is_late(browser, tab, answer.kind) || self.rng.happens(500) {
            self.sets_cookies(browser, &answer);
        }
        match answer.kind {
            Kind::Refresh(fetch) => {
                if let Content::Refused(code) = answer.content
                    && code != Code::Busy
                {
                    self.is_refused(&answer);
                }
                self.fetched(browser, tab, fetch, result(&answer.content));
            }
            Kind::Call { seen } => self.called(browser, tab, seen, &answer),
            Kind::Page | Kind::SignIn => self.loads(browser, tab, &answer),
            Kind::SignOut => {
                if matches!(answer.content, Content::Cleared) {
                    self.browsers[browser].may_sign_in = self.now + 3 * TIME_OUT;
                    self.tell(browser, tab, Happened::SignedOut);
                }
            }
        }
    }

    /// Whether the answer to a refresh comes after it was given up: then the
    /// cookies may be set or not.
    fn is_late(&self, browser: usize, tab: usize, kind: Kind) -> bool {
        let Kind::Refresh(fetch) = kind else {
            return false;
        };
        let open = self.browsers[browser].tabs[tab].as_ref();
        let waits = open.and_then(|open| open.fetch);
        waits.is_none_or(|(number, _)| number != fetch)
    }

    fn sets_cookies(&mut self, browser: usize, answer: &Answer) {
        let jar = &mut self.browsers[browser];
        match answer.content {
            Content::Tokens {
                access, refresh, ..
            } => {
                jar.access = Some(access);
                if let Some(refresh) = refresh {
                    jar.refresh = Some(refresh);
                    self.watch.receives(refresh.session, refresh.generation);
                }
            }
            Content::Cleared => {
                jar.access = None;
                if let Some(refresh) = jar.refresh.take() {
                    self.watch.taken(refresh.session);
                }
            }
            _ => {}
        }
    }

    /// A refusal of a live session that nobody stole breaks the promise.
    fn is_refused(&mut self, answer: &Answer) {
        if let Some(token) = answer.presented {
            let has_run_out = self.clock(SKEW) >= token.expires_at;
            self.watch.refused(token.session, has_run_out);
        }
    }

    /// A 401 calls for a refresh; met again by the repeated call, it would show
    /// an error to a person who is signed in.
    fn called(&mut self, browser: usize, tab: usize, seen: Option<u64>, answer: &Answer) {
        let Some(open) = &mut self.browsers[browser].tabs[tab] else {
            return;
        };
        let Content::Refused(code) = answer.content else {
            let seen = seen.unwrap_or(open.repeated);
            return self.tell(browser, tab, Happened::Accepted { seen });
        };
        // Repeated with what another tab told: one refresh is owed.
        let is_owed = seen.is_none() && !open.keeper.is_own();
        let seen = seen.or(is_owed.then_some(open.repeated));
        let Some(seen) = seen.filter(|_| code.is_about_session()) else {
            let seen = open.repeated;
            self.tell(browser, tab, Happened::StillUnauthorized { seen, code });
            return self.is_refused(answer);
        };
        open.waiting += 1;
        self.tell(browser, tab, Happened::Unauthorized { seen });
        if self.rng.happens(20) {
            self.tell(browser, tab, Happened::Frozen);
        }
    }

    /// A page is there, signed in or not. The tab was made for it.
    fn loads(&mut self, browser: usize, tab: usize, answer: &Answer) {
        let grant = match answer.content {
            Content::Tokens { access, timing, .. } | Content::Page { access, timing } => {
                grant(access, timing)
            }
            Content::Refused(code) if code.is_about_session() => return self.is_refused(answer),
            _ => return,
        };
        let open = self.browsers[browser].tabs[tab].as_mut();
        if let Some(open) = open {
            open.session = grant.session.parse().unwrap_or(open.session);
        }
        // A form that was sent without scripts leads to a page load.
        let is_told = answer.kind == Kind::SignIn && self.rng.happens(700);
        self.tell(
            browser,
            tab,
            if is_told {
                Happened::SignedIn(grant)
            } else {
                Happened::Loaded(grant)
            },
        );
    }
}

/// What a page learns of its tokens. Some browsers are used by two people. The
/// ids of sessions are in the order in which they began.
fn grant(access: Token, timing: Timing) -> Grant {
    let is_guest = access.session.is_multiple_of(4);
    Grant {
        account: if is_guest { "bob" } else { "ada" }.into(),
        session: format!("{:08}", access.session).into(),
        renewals: access.generation,
        timing,
    }
}

/// What the keeper learns of the answer to a refresh.
fn result(content: &Content) -> RefreshResult {
    match *content {
        Content::Tokens { access, timing, .. } => RefreshResult::Renewed(grant(access, timing)),
        Content::Refused(code) if code.is_about_session() => RefreshResult::Refused(code),
        _ => RefreshResult::Deferred {
            retry_after: Some(Duration::from_secs(1)),
        },
    }
}
