//! What people do: open and close tabs, work, let the machine sleep, set its
//! clock, sign out and in again.

use portcullis::keeper::Event as Happened;

use crate::{
    browser::{Browser, TABS, Tab},
    network::Kind,
    world::{Event, Ms, World},
};

impl World {
    /// A person does one thing, and the next some time later.
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
        let tab = self.rng.index(TABS);
        let Some(open) = &self.browsers[browser].tabs[tab] else {
            return self.opens(browser, tab);
        };
        let reading = self.browsers[browser].reading(self.now);
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
            92..100 => self.leaves(browser),
            100..110 => self.goes_and_comes(browser, tab),
            _ => self.fetches(browser, tab, Kind::Call { seen }),
        }
    }

    /// A new page, in place of the one that may be there.
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
        self.gives_lock_back(browser, tab);
        self.browsers[browser].tabs[tab] = None;
    }

    /// What pages are told by their browser, whether it is so or not.
    fn goes_and_comes(&mut self, browser: usize, tab: usize) {
        let happened = match self.rng.between(0, 9) {
            0..3 => Happened::Network { is_online: false },
            3..6 => Happened::Network { is_online: true },
            6..9 => Happened::Frozen,
            _ => Happened::Restored,
        };
        self.tell(browser, tab, happened);
    }

    /// On a page that shows nobody signed in: in a while it is tried again,
    /// where the jar is empty or its session over by signing in. A person takes
    /// longer for that than an answer to what was sent before.
    fn signs_in(&mut self, browser: usize, tab: usize) {
        let Browser {
            refresh,
            may_sign_in,
            ..
        } = self.browsers[browser];
        let has_session = refresh.is_some_and(|token| {
            !self.watch.is_over(token.session) && self.clock(0) < token.expires_at
        });
        if has_session {
            self.opens(browser, tab);
        } else if self.now >= may_sign_in {
            self.browsers[browser].may_sign_in = self.now + 40_000;
            self.browsers[browser].reloads = 0;
            self.fetches(browser, tab, Kind::SignIn);
        }
    }

    /// For minutes mostly, for days at times.
    fn sleeps(&mut self, browser: usize) {
        let longest: Ms = if self.rng.happens(50) { 60 } else { 2 };
        let sleep = self.rng.between(1_000, longest * 3_600_000);
        self.browsers[browser].asleep_since = Some(self.now);
        self.after(sleep, Event::Wakes(browser));
    }

    /// Closes everything, and comes back in a while: to one page.
    fn leaves(&mut self, browser: usize) {
        for tab in 0..TABS {
            self.closes(browser, tab);
        }
        self.sleeps(browser);
    }

    /// By up to a week, in either direction.
    fn sets_clock(&mut self, browser: usize) {
        let (now, week) = (1_000_000_000, 7 * 86_400_000);
        self.browsers[browser].wall = self.rng.between(now - week, now + week);
    }
}
