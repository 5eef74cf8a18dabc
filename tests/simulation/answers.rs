//! Responses that arrive at a browser: they first set its cookies, and then reach the tab
//! that sent the request.

use std::time::Duration;

use portcullis::{
    keeper::{Event as KeeperEvent, Grant, RefreshResult},
    wire::{Code, Timing},
};

use crate::{
    browser::REFRESH_TIMEOUT,
    network::{Content, Kind, Response, SKEW, Sender, Token},
    world::World,
};

impl World {
    pub(crate) fn receives(&mut self, response: Response) {
        let Sender::Tab { browser, tab } = response.to else {
            return self.thief_receives(&response);
        };
        if self.browsers[browser].is_asleep() && self.rng.happens(700) {
            return;
        }
        if !self.is_late(browser, tab, response.kind) || self.rng.happens(500) {
            self.sets_cookies(browser, &response);
        }
        match response.kind {
            Kind::Refresh(fetch) => {
                if let Content::Rejected(code) = response.content
                    && code != Code::Busy
                {
                    self.checks_rejection(&response);
                }
                self.fetched(browser, tab, fetch, result(&response.content));
            }
            Kind::Call { seen } => self.called(browser, tab, seen, &response),
            Kind::Page | Kind::SignIn => self.loads(browser, tab, &response),
            Kind::SignOut => {
                if matches!(response.content, Content::Cleared) {
                    self.browsers[browser].sign_in_allowed_at = self.now + 3 * REFRESH_TIMEOUT;
                    self.deliver(browser, tab, KeeperEvent::SignedOut);
                }
            }
        }
    }

    /// Returns whether the response to a refresh arrives after its timeout. Its cookies may
    /// or may not be set then.
    fn is_late(&self, browser: usize, tab: usize, kind: Kind) -> bool {
        let Kind::Refresh(fetch) = kind else {
            return false;
        };
        let open = self.browsers[browser].tabs[tab].as_ref();
        let fetch_under_way = open.and_then(|open| open.fetch);
        fetch_under_way.is_none_or(|(number, _)| number != fetch)
    }

    fn sets_cookies(&mut self, browser: usize, response: &Response) {
        let jar = &mut self.browsers[browser];
        match response.content {
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
                    self.watch.cleared(refresh.session);
                }
            }
            _ => {}
        }
    }

    /// Reports a rejection to the watch: the rejection of a live session that was not
    /// stolen breaks a promise.
    fn checks_rejection(&mut self, response: &Response) {
        if let Some(token) = response.presented {
            let has_expired = self.clock(SKEW) >= token.expires_at;
            self.watch.rejected(token.session, has_expired);
        }
    }

    /// Handles the response to a call. A 401 requires a refresh. A second 401, for the
    /// retried call, would show an error to a user who is signed in.
    fn called(&mut self, browser: usize, tab: usize, seen: Option<u64>, response: &Response) {
        let Some(open) = &mut self.browsers[browser].tabs[tab] else {
            return;
        };
        let Content::Rejected(code) = response.content else {
            let seen = seen.unwrap_or(open.grants_at_retry);
            return self.deliver(browser, tab, KeeperEvent::Accepted { seen });
        };
        // Retried with the tokens that another tab announced: one refresh is still to be
        // made.
        let needs_refresh = seen.is_none() && !open.keeper.is_own();
        let seen = seen.or(needs_refresh.then_some(open.grants_at_retry));
        let Some(seen) = seen.filter(|_| code.is_about_session()) else {
            let seen = open.grants_at_retry;
            self.deliver(browser, tab, KeeperEvent::StillUnauthorized { seen, code });
            return self.checks_rejection(response);
        };
        open.waiting_calls += 1;
        self.deliver(browser, tab, KeeperEvent::Unauthorized { seen });
        if self.rng.happens(20) {
            self.deliver(browser, tab, KeeperEvent::Frozen);
        }
    }

    /// Handles the response to a page load or a sign-in: the page is signed in or not.
    fn loads(&mut self, browser: usize, tab: usize, response: &Response) {
        let grant = match response.content {
            Content::Tokens { access, timing, .. } | Content::Page { access, timing } => {
                grant(access, timing)
            }
            Content::Rejected(code) if code.is_about_session() => {
                return self.checks_rejection(response);
            }
            _ => return,
        };
        let open = self.browsers[browser].tabs[tab].as_mut();
        if let Some(open) = open {
            open.session = grant.session.parse().unwrap_or(open.session);
        }
        // The other case is a form that was submitted without scripts: a page load.
        let is_notified = response.kind == Kind::SignIn && self.rng.happens(700);
        self.deliver(
            browser,
            tab,
            if is_notified {
                KeeperEvent::SignedIn(grant)
            } else {
                KeeperEvent::Loaded(grant)
            },
        );
    }
}

/// Returns the grant that a page receives for its tokens. Some browsers are used with two
/// accounts. The ids of sessions are in the order in which the sessions began.
fn grant(access: Token, timing: Timing) -> Grant {
    let is_guest = access.session.is_multiple_of(4);
    Grant {
        account: if is_guest { "bob" } else { "ada" }.into(),
        session: format!("{:08}", access.session).into(),
        rotations: access.generation,
        timing,
    }
}

/// Returns the result of a refresh for the keeper.
fn result(content: &Content) -> RefreshResult {
    match *content {
        Content::Tokens { access, timing, .. } => RefreshResult::Refreshed(grant(access, timing)),
        Content::Rejected(code) if code.is_about_session() => RefreshResult::Rejected(code),
        _ => RefreshResult::Deferred {
            retry_after: Some(Duration::from_secs(1)),
        },
    }
}
