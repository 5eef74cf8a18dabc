//! A thief: copies a jar once, and then refreshes in its own time and uses at
//! once what it got.

use portcullis::wire::Code;

use crate::{
    network::{Answer, Content, Kind, Sender, Token},
    world::{Event, Ms, World},
};

#[derive(Debug)]
pub(crate) struct Thief {
    access: Option<Token>,
    refresh: Token,
    /// One before, which some thieves present again.
    older: Option<Token>,
    /// How often it refreshes.
    every: Ms,
    refreshed: Ms,
    /// Uses nothing of what it got until it is about to refresh again.
    is_patient: bool,
}

impl World {
    pub(crate) fn steals(&mut self, session: usize) {
        let browser = self.watch.browser_of(session);
        let jar = &self.browsers[browser];
        let (access, refresh) = (jar.access, jar.refresh);
        let Some(refresh) = refresh.filter(|token| token.session == session) else {
            return;
        };
        if self.watch.is_over(session) {
            return;
        }
        let access_lifetime = self.plan.policy.access_lifetime().as_secs() * 1_000;
        // Or it would stay within L of the browser by its rhythm alone.
        let jitter = self.plan.policy.access_lifetime() / 20;
        let is_patient = jitter > self.plan.policy.windows().lost && self.rng.happens(300);
        // A patient one refreshes before the browser does, and as often.
        let (every, refreshed) = if is_patient {
            (access_lifetime / 40 * 31, 0)
        } else {
            let every = self.rng.between(access_lifetime / 3, access_lifetime);
            (every, self.now)
        };
        let thief = Thief {
            access,
            refresh,
            older: None,
            every,
            refreshed,
            is_patient,
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
        let next = self.rng.between(1_000, thief.every / 40);
        if self.now > thief.refreshed + thief.every {
            thief.refreshed = self.now;
            let is_bold = !thief.is_patient && self.rng.happens(20);
            let presented = thief.older.filter(|_| is_bold).unwrap_or(thief.refresh);
            self.send(sender, Kind::Refresh(0), None, Some(presented));
        } else if !thief.is_patient || self.now > thief.refreshed + thief.every / 20 * 19 {
            let access = thief.access;
            self.send(sender, Kind::Call { seen: None }, access, None);
        }
        self.after(next, Event::ThiefActs(session));
    }

    pub(crate) fn thief_receives(&mut self, answer: &Answer) {
        let Sender::Thief { session } = answer.to else {
            return;
        };
        let Some(thief) = self.thieves.get_mut(&session) else {
            return;
        };
        match (answer.kind, answer.content) {
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
                if !thief.is_patient {
                    self.send(answer.to, Kind::Call { seen: None }, Some(access), None);
                }
            }
            (Kind::Refresh(_), Content::Refused(code)) if code != Code::Busy => {
                self.thieves.remove(&session);
            }
            _ => {}
        }
    }
}
