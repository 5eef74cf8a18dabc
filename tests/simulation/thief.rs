//! A thief: it copies a jar once, and then refreshes at its own times. It uses the new tokens
//! at once, or only before its next refresh.

use portcullis::wire::Code;

use crate::{
    network::{Content, Kind, Response, Sender, Token},
    world::{Event, Ms, World},
};

/// A thief.
#[derive(Debug)]
pub(crate) struct Thief {
    access: Option<Token>,
    refresh: Token,
    /// The previous refresh token, which some thieves present again.
    older: Option<Token>,
    /// The time between two refreshes.
    interval: Ms,
    refreshed_at: Ms,
    /// Whether the thief uses new tokens only shortly before its next refresh.
    waits_before_use: bool,
}

impl World {
    pub(crate) fn steals(&mut self, session: usize) {
        let browser = self.watch.browser_of(session);
        let jar = &self.browsers[browser];
        let (access, refresh) = (jar.access, jar.refresh);
        let Some(refresh) = refresh.filter(|token| token.session == session) else {
            return;
        };
        if self.watch.has_ended(session) {
            return;
        }
        let access_lifetime = self.plan.policy.access_lifetime().as_secs() * 1_000;
        // With a smaller jitter, a waiting thief would stay within L of the browser by its
        // rhythm alone.
        let jitter = self.plan.policy.access_lifetime() / 20;
        let waits_before_use = jitter > self.plan.policy.windows().lost && self.rng.happens(300);
        // A waiting thief refreshes before the browser does, and as often.
        let (interval, refreshed_at) = if waits_before_use {
            (access_lifetime / 40 * 31, 0)
        } else {
            let interval = self.rng.between(access_lifetime / 3, access_lifetime);
            (interval, self.now)
        };
        let thief = Thief {
            access,
            refresh,
            older: None,
            interval,
            refreshed_at,
            waits_before_use,
        };
        self.thieves.insert(session, thief);
        self.watch.stolen(session, refresh.generation);
        self.after(1, Event::ThiefActs(session));
    }

    pub(crate) fn thief_acts(&mut self, session: usize) {
        let Some(thief) = self.thieves.get_mut(&session) else {
            return;
        };
        let sender = Sender::Thief { session };
        let next = self.rng.between(1_000, thief.interval / 40);
        if self.now > thief.refreshed_at + thief.interval {
            thief.refreshed_at = self.now;
            let presents_older = !thief.waits_before_use && self.rng.happens(20);
            let presented = thief
                .older
                .filter(|_| presents_older)
                .unwrap_or(thief.refresh);
            self.send(sender, Kind::Refresh(0), None, Some(presented));
        } else if !thief.waits_before_use
            || self.now > thief.refreshed_at + thief.interval / 20 * 19
        {
            let access = thief.access;
            self.send(sender, Kind::Call { seen: None }, access, None);
        }
        self.after(next, Event::ThiefActs(session));
    }

    pub(crate) fn thief_receives(&mut self, response: &Response) {
        let Sender::Thief { session } = response.to else {
            return;
        };
        let Some(thief) = self.thieves.get_mut(&session) else {
            return;
        };
        match (response.kind, response.content) {
            (
                _,
                Content::Tokens {
                    access, refresh, ..
                },
            ) => {
                thief.access = Some(access);
                if let Some(refresh) = refresh {
                    thief.older = Some(std::mem::replace(&mut thief.refresh, refresh));
                }
                if !thief.waits_before_use {
                    self.send(response.to, Kind::Call { seen: None }, Some(access), None);
                }
            }
            (Kind::Refresh(_), Content::Rejected(code)) if code != Code::Busy => {
                self.thieves.remove(&session);
            }
            _ => {}
        }
    }
}
