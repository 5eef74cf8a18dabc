//! A browser: one cookie jar, and tabs that each run a real keeper.

use std::time::Duration;

use portcullis::keeper::{
    At, Effect, Event as KeeperEvent, Keeper, Outcome, Reading, RefreshResult, Ticket,
};

use testkit::rng::Rng;

use crate::{
    network::{Kind, Sender, Token},
    tabs::Shared,
    world::{Event, Ms, World},
};

/// The timeout of a refresh.
pub(crate) const REFRESH_TIMEOUT: Ms = 10_000;
/// The largest number of tabs of a browser.
pub(crate) const MAX_TABS: usize = 4;

/// A browser.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) access: Option<Token>,
    pub(crate) refresh: Option<Token>,
    pub(crate) tabs: [Option<Tab>; MAX_TABS],
    /// The lock and the channel of its tabs, if the browser has them.
    pub(crate) shared: Shared,
    pub(crate) asleep_since: Option<Ms>,
    /// Whether the monotonic clock stops while the machine sleeps.
    sleep_stops_clock: bool,
    /// How long the machine has slept.
    slept: Ms,
    /// The difference of the wall clock to the time of the simulation.
    pub(crate) wall_offset: Ms,
    /// How often keepers have reloaded the pages since the last sign-in, or the last time at
    /// which none did for a minute.
    pub(crate) reloads: usize,
    /// The time of the last of these reloads.
    reloaded_at: Ms,
    /// The earliest time of the next sign-in.
    pub(crate) sign_in_allowed_at: Ms,
}

/// A tab with a page.
#[derive(Debug, Default)]
pub(crate) struct Tab {
    pub(crate) keeper: Keeper,
    /// Distinguishes this page from earlier pages in the same tab.
    pub(crate) page: u64,
    /// The number of the timer that is set.
    pub(crate) timer: Option<u64>,
    /// The number and the ticket of the refresh under way.
    pub(crate) fetch: Option<(u64, Ticket)>,
    /// The session that the page shows.
    pub(crate) session: usize,
    /// The number of calls that wait for a refresh.
    pub(crate) waiting_calls: u32,
    /// The number of grants when calls were last retried.
    pub(crate) grants_at_retry: u64,
    /// Whether the user has entered something into the page.
    pub(crate) has_input: bool,
}

impl Browser {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            access: None,
            refresh: None,
            tabs: [const { None }; MAX_TABS],
            shared: Shared::new(rng),
            asleep_since: None,
            sleep_stops_clock: rng.happens(500),
            slept: 0,
            wall_offset: 1_000_000_000,
            reloads: 0,
            reloaded_at: 0,
            sign_in_allowed_at: 0,
        }
    }

    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep_since.is_some()
    }

    pub(crate) fn reading(&self, now: Ms) -> Reading {
        let awake = self.asleep_since.unwrap_or(now) - self.slept;
        Reading {
            monotonic: Duration::from_millis(if self.sleep_stops_clock { awake } else { now }),
            wall: Duration::from_millis(now + self.wall_offset),
        }
    }
}

impl World {
    /// Passes an event to a tab's keeper, and carries out the effects.
    pub(crate) fn deliver(&mut self, browser: usize, tab: usize, event: KeeperEvent) {
        let reading = self.browsers[browser].reading(self.now);
        let chance = self.rng.chance();
        let Some(open) = &mut self.browsers[browser].tabs[tab] else {
            return;
        };
        let is_restored = event == KeeperEvent::Restored;
        let (now, has_input) = (reading, open.has_input);
        let shows_account = open.keeper.expires_in(now).is_some();
        let at = At {
            now,
            chance,
            has_input,
        };
        let effects = open.keeper.step(event, at);
        let is_reloaded = effects.contains(&Effect::Reload) || effects.contains(&Effect::Continue);
        for effect in effects {
            self.carry_out(browser, tab, effect);
        }
        let Some(open) = &self.browsers[browser].tabs[tab] else {
            return;
        };
        let has_no_timer = open.keeper.expires_in(reading).is_some() && open.timer.is_none();
        let is_stuck = open.waiting_calls > 0 && !open.keeper.is_refreshing();
        if has_no_timer {
            self.fail(browser, "KEEPER: signed in without a timer");
        } else if is_reloaded && has_input && !shows_account {
            self.fail(
                browser,
                "KEEPER: a page without an account loses what was entered",
            );
        } else if is_stuck {
            self.fail(browser, "KEEPER: a call waits without a refresh");
        }
        if is_reloaded {
            self.counts_reload(browser, is_restored);
            self.opens(browser, tab);
        }
    }

    /// Fails if the pages of a browser make each other reload for ever. A page that was loaded
    /// while the server did not know the session reloads once more.
    fn counts_reload(&mut self, browser: usize, is_restored: bool) {
        let Browser {
            reloads,
            reloaded_at,
            ..
        } = &mut self.browsers[browser];
        if self.now - *reloaded_at > 60_000 {
            *reloads = 0;
        }
        *reloaded_at = self.now;
        *reloads += usize::from(!is_restored);
        if *reloads > 4 * MAX_TABS {
            self.fail(browser, "KEEPER: pages reload again and again");
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
                    self.fail(browser, "KEEPER: two refreshes at once");
                }
                self.watch.tally.refreshes += 1;
                self.fetches(browser, tab, Kind::Refresh(number));
            }
            Effect::SetTimer(after) => {
                open.timer = Some(number);
                let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX / 4) + 1 + late;
                let set = number;
                self.after(after, Event::Timer { browser, tab, set });
            }
            Effect::ClearTimer => open.timer = None,
            Effect::Abort => open.fetch = None,
            Effect::ResumeCalls(outcome) => {
                open.grants_at_retry = open.keeper.grants();
                let waiting = std::mem::take(&mut open.waiting_calls);
                for _ in (0..waiting).filter(|_| outcome == Outcome::Repeat) {
                    self.fetches(browser, tab, Kind::Call { seen: None });
                }
            }
            Effect::Lock(ticket) => self.requests_lock(browser, tab, ticket),
            Effect::Unlock => self.releases_lock(browser, tab),
            Effect::Broadcast(message) => self.broadcasts(browser, tab, &message),
            Effect::Show(grant) => open.session = grant.session.parse().unwrap_or(open.session),
            Effect::End(code) => {
                let session = open.session;
                self.watch.shows_end(session, code);
            }
            Effect::Reload | Effect::Continue | Effect::Trouble(_) => {}
        }
    }

    /// Sends a request with the tokens in the jar.
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
            self.deliver(browser, tab, KeeperEvent::Woke);
        }
    }

    /// Lets a fetch time out, some time after the machine woke up.
    pub(crate) fn fetch_times_out(&mut self, browser: usize, tab: usize, fetch: u64) {
        if !self.browsers[browser].is_asleep() {
            self.fetched(browser, tab, fetch, RefreshResult::NoResponse);
        }
    }

    /// Passes the end of a refresh to the keeper, unless the refresh was cancelled before or
    /// its tab is closed.
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
            self.deliver(browser, tab, KeeperEvent::RefreshEnded(ticket, result));
        }
    }

    /// Wakes the machine up: all tabs check their deadlines, and fetches that were under way
    /// during the sleep fail.
    pub(crate) fn wakes(&mut self, browser: usize) {
        let machine = &mut self.browsers[browser];
        if let Some(since) = machine.asleep_since.take() {
            machine.slept += self.now - since;
        }
        for tab in 0..MAX_TABS {
            self.deliver(browser, tab, KeeperEvent::Woke);
            let open = self.browsers[browser].tabs[tab].as_ref();
            if let Some((fetch, _)) = open.and_then(|open| open.fetch) {
                let after = self.rng.between(0, 2_000);
                self.after(
                    after,
                    Event::FetchTimesOut {
                        browser,
                        tab,
                        fetch,
                    },
                );
            }
        }
    }

    fn fail(&mut self, browser: usize, promise: &str) {
        let session = self.browsers[browser]
            .refresh
            .map_or(0, |token| token.session);
        self.watch.fail(session, promise);
    }
}
