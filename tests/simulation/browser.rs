//! A browser: one cookie jar, and tabs that each run a real keeper.

use std::time::Duration;

use portcullis::keeper::{
    Effect, Event as Happened, Keeper, Outcome, Reading, RefreshResult, Ticket,
};

use testkit::rng::Rng;

use crate::{
    network::{Kind, Sender, Token},
    tabs::Shared,
    world::{Event, Ms, World},
};

/// When a refresh is given up.
pub(crate) const TIME_OUT: Ms = 10_000;
/// The most tabs of one browser.
pub(crate) const TABS: usize = 4;

#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) access: Option<Token>,
    pub(crate) refresh: Option<Token>,
    pub(crate) tabs: [Option<Tab>; TABS],
    /// What its tabs have in common, where it has such a thing.
    pub(crate) shared: Shared,
    pub(crate) asleep_since: Option<Ms>,
    /// Whether sleep stops its monotonic clock, and for how long it has.
    stops: bool,
    slept: Ms,
    /// How far the user has set the wall clock ahead.
    pub(crate) wall: Ms,
    /// How often its pages were loaded anew by a keeper, since somebody signed in.
    pub(crate) reloads: usize,
    /// Not before then does anybody sign in again.
    pub(crate) may_sign_in: Ms,
}

#[derive(Debug, Default)]
pub(crate) struct Tab {
    pub(crate) keeper: Keeper,
    /// Tells this page from those before it in the same tab.
    pub(crate) page: u64,
    /// The timer that is set.
    pub(crate) timer: Option<u64>,
    pub(crate) fetch: Option<(u64, Ticket)>,
    /// The session that the page shows.
    pub(crate) session: usize,
    /// Calls that wait for a refresh.
    pub(crate) waiting: u32,
    /// How many grants there had been when calls were repeated last.
    pub(crate) repeated: u64,
}

impl Browser {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            access: None,
            refresh: None,
            tabs: [const { None }; TABS],
            shared: Shared::new(rng),
            asleep_since: None,
            stops: rng.happens(500),
            slept: 0,
            wall: 1_000_000_000,
            reloads: 0,
            may_sign_in: 0,
        }
    }

    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep_since.is_some()
    }

    pub(crate) fn reading(&self, now: Ms) -> Reading {
        let awake = self.asleep_since.unwrap_or(now) - self.slept;
        Reading {
            monotonic: Duration::from_millis(if self.stops { awake } else { now }),
            wall: Duration::from_millis(now + self.wall),
        }
    }
}

impl World {
    /// Tells a tab's keeper what happened, and carries out what it asks for.
    pub(crate) fn tell(&mut self, browser: usize, tab: usize, happened: Happened) {
        let reading = self.browsers[browser].reading(self.now);
        let chance = self.rng.chance();
        let Some(open) = &mut self.browsers[browser].tabs[tab] else {
            return;
        };
        let is_restored = happened == Happened::Restored;
        let effects = open.keeper.step(happened, reading, chance);
        let is_left = effects.contains(&Effect::Reload);
        for effect in effects {
            self.carry_out(browser, tab, effect);
        }
        let Some(open) = &self.browsers[browser].tabs[tab] else {
            return;
        };
        let has_stopped = open.keeper.expires_in(reading).is_some() && open.timer.is_none();
        let is_stuck = open.waiting > 0 && !open.keeper.is_refreshing();
        if has_stopped {
            self.blame(browser, "KEEPER: signed in, and no timer");
        } else if is_stuck {
            self.blame(browser, "KEEPER: a call waits for nothing");
        }
        if is_left {
            let reloads = &mut self.browsers[browser].reloads;
            *reloads += usize::from(!is_restored);
            if *reloads > 4 * TABS {
                self.blame(browser, "KEEPER: pages are loaded anew and anew");
            }
            self.opens(browser, tab);
        }
    }

    fn carry_out(&mut self, browser: usize, tab: usize, effect: Effect) {
        let number = self.number();
        // Timers of hidden tabs are late.
        let late = if self.rng.happens(200) {
            self.rng.between(0, 60_000)
        } else {
            0
        };
        let Some(open) = &mut self.browsers[browser].tabs[tab] else {
            return;
        };
        match effect {
            Effect::Refresh(ticket) => {
                let before = open.fetch.replace((number, ticket));
                if before.is_some() {
                    self.blame(browser, "KEEPER: two refreshes at once");
                }
                self.watch.tally.refreshes += 1;
                self.fetches(browser, tab, Kind::Refresh(number));
            }
            Effect::Wake(after) => {
                open.timer = Some(number);
                let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX / 4) + 1 + late;
                let set = number;
                self.after(after, Event::Timer { browser, tab, set });
            }
            Effect::Sleep => open.timer = None,
            Effect::Abort => open.fetch = None,
            Effect::Settle(outcome) => {
                open.repeated = open.keeper.grants();
                let waiting = std::mem::take(&mut open.waiting);
                for _ in (0..waiting).filter(|_| outcome == Outcome::Repeat) {
                    self.fetches(browser, tab, Kind::Call { seen: None });
                }
            }
            Effect::Lock(ticket) => self.asks_for_lock(browser, tab, ticket),
            Effect::Unlock => self.gives_lock_back(browser, tab),
            Effect::Tell(message) => self.tells(browser, tab, &message),
            Effect::Show(grant) => open.session = grant.session.parse().unwrap_or(open.session),
            Effect::End(code) => {
                let session = open.session;
                self.watch.told_of_end(session, code);
            }
            Effect::Reload | Effect::Trouble(_) => {}
        }
    }

    /// Sends a request with what the jar holds.
    pub(crate) fn fetches(&mut self, browser: usize, tab: usize, kind: Kind) {
        let Browser {
            access, refresh, ..
        } = self.browsers[browser];
        self.send(Sender::Tab { browser, tab }, kind, access, refresh);
    }

    pub(crate) fn timer(&mut self, browser: usize, tab: usize, set: u64) {
        if self.browsers[browser].is_asleep() {
            return;
        }
        let open = self.browsers[browser].tabs[tab].as_mut();
        if let Some(open) = open.filter(|open| open.timer == Some(set)) {
            open.timer = None;
            self.tell(browser, tab, Happened::Woke);
        }
    }

    /// A fetch that slept too fails some time after waking.
    pub(crate) fn gives_up(&mut self, browser: usize, tab: usize, fetch: u64) {
        if !self.browsers[browser].is_asleep() {
            self.fetched(browser, tab, fetch, RefreshResult::Unanswered);
        }
    }

    /// A refresh ended; one that was given up before, or belongs to a tab that
    /// is closed, is nobody's.
    pub(crate) fn fetched(
        &mut self,
        browser: usize,
        tab: usize,
        fetch: u64,
        result: RefreshResult,
    ) {
        let open = self.browsers[browser].tabs[tab].as_mut();
        let ended = open.and_then(|open| open.fetch.take_if(|(number, _)| *number == fetch));
        if let Some((_, ticket)) = ended {
            self.tell(browser, tab, Happened::RefreshEnded(ticket, result));
        }
    }

    /// All tabs look at their deadlines, and fetches fail that slept too.
    pub(crate) fn wakes(&mut self, browser: usize) {
        let machine = &mut self.browsers[browser];
        if let Some(since) = machine.asleep_since.take() {
            machine.slept += self.now - since;
        }
        for tab in 0..TABS {
            self.tell(browser, tab, Happened::Woke);
            let open = self.browsers[browser].tabs[tab].as_ref();
            if let Some((fetch, _)) = open.and_then(|open| open.fetch) {
                let after = self.rng.between(0, 2_000);
                self.after(
                    after,
                    Event::GivesUp {
                        browser,
                        tab,
                        fetch,
                    },
                );
            }
        }
    }

    fn blame(&mut self, browser: usize, promise: &str) {
        let session = self.browsers[browser]
            .refresh
            .map_or(0, |token| token.session);
        self.watch.fail(session, promise);
    }
}
