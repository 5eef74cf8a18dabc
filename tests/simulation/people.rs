//! The actions of users: they open and close tabs, work, let the machine sleep, set its
//! clock, sign out and in again.

use portcullis::keeper::Event as KeeperEvent;

use crate::{
    browser::{Browser, MAX_TABS, Tab},
    network::Kind,
    world::{Event, Ms, World},
};

impl World {
    /// A user takes one action, and the next some time later.
    pub(crate) fn acts(&mut self, browser: usize) {
        let next = match self.rng.between(0, 9) {
            0..4 => self.rng.between(100, 5_000),
            4..8 => self.rng.between(5_000, 120_000),
            _ => self.rng.between(60_000, 600_000),
        };
        self.after(next, Event::Acts(browser));
        if self.browsers[browser].is_asleep() {
            return;
        }
        let reading = self.browsers[browser].reading(self.now);
        let (tab, has_input) = (self.rng.index(MAX_TABS), self.rng.happens(300));
        let Some(open) = &mut self.browsers[browser].tabs[tab] else {
            return self.opens(browser, tab);
        };
        open.has_input = has_input;
        if open.keeper.expires_in(reading).is_none() {
            return self.signs_in(browser, tab);
        }
        let seen = Some(open.keeper.grants());
        match self.rng.between(0, 999) {
            0..20 => self.opens(browser, tab),
            20..60 => self.closes(browser, tab),
            60..80 => self.sleeps(browser),
            80..90 => self.sets_clock(browser),
            90..92 => self.fetches(browser, tab, Kind::SignOut),
            92..100 => self.closes_all(browser),
            100..110 => self.sends_page_event(browser, tab),
            _ => self.fetches(browser, tab, Kind::Call { seen }),
        }
    }

    /// Opens a new page, in place of the previous page in the tab.
    pub(crate) fn opens(&mut self, browser: usize, tab: usize) {
        self.closes(browser, tab);
        let page = self.number();
        self.browsers[browser].tabs[tab] = Some(Tab {
            page,
            ..Tab::default()
        });
        self.fetches(browser, tab, Kind::Page);
    }

    fn closes(&mut self, browser: usize, tab: usize) {
        self.releases_lock(browser, tab);
        self.browsers[browser].tabs[tab] = None;
    }

    /// Sends a page an event of its browser, whether the event is true or not.
    fn sends_page_event(&mut self, browser: usize, tab: usize) {
        let event = match self.rng.between(0, 9) {
            0..3 => KeeperEvent::Network { is_online: false },
            3..6 => KeeperEvent::Network { is_online: true },
            6..9 => KeeperEvent::Frozen,
            _ => KeeperEvent::Restored,
        };
        self.deliver(browser, tab, event);
    }

    /// Acts on a page that is signed out: reloads it, or signs in if the jar is empty or
    /// its session has ended or expired. A sign-in takes a user longer than the response to
    /// an earlier request takes to arrive.
    fn signs_in(&mut self, browser: usize, tab: usize) {
        let Browser {
            refresh,
            sign_in_allowed_at,
            ..
        } = self.browsers[browser];
        let has_session = refresh.is_some_and(|token| {
            !self.watch.has_ended(token.session) && self.clock(0) < token.expires_at
        });
        if has_session {
            self.opens(browser, tab);
        } else if self.now >= sign_in_allowed_at {
            self.browsers[browser].sign_in_allowed_at = self.now + 40_000;
            self.browsers[browser].reloads = 0;
            self.fetches(browser, tab, Kind::SignIn);
        }
    }

    /// Lets the machine sleep, mostly for minutes, sometimes for days.
    fn sleeps(&mut self, browser: usize) {
        let max_hours: Ms = if self.rng.happens(50) { 60 } else { 2 };
        let sleep = self.rng.between(1_000, max_hours * 3_600_000);
        self.browsers[browser].asleep_since = Some(self.now);
        self.after(sleep, Event::Wakes(browser));
    }

    /// Closes all tabs and lets the machine sleep. Afterwards the user opens one page.
    fn closes_all(&mut self, browser: usize) {
        for tab in 0..MAX_TABS {
            self.closes(browser, tab);
        }
        self.sleeps(browser);
    }

    /// Sets the wall clock by up to a week, in either direction.
    fn sets_clock(&mut self, browser: usize) {
        let (now, week) = (1_000_000_000, 7 * 86_400_000);
        self.browsers[browser].wall_offset = self.rng.between(now - week, now + week);
    }
}
