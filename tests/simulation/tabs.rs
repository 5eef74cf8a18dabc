//! What the tabs of one browser have in common: the lock and the channel, which
//! may be missing, late, or lost.

use std::collections::VecDeque;

use portcullis::keeper::{Event as Happened, Message, Ticket};

use testkit::rng::Rng;

use crate::{
    browser::TABS,
    world::{Event, Ms, World},
};

/// How late a lock or a message may be: a tab that is frozen.
const FROZEN: Ms = 600_000;

/// The lock, and whether there is a channel.
#[derive(Debug)]
pub(crate) struct Shared {
    has_locks: bool,
    has_channel: bool,
    holder: Option<usize>,
    waiting: VecDeque<(usize, Ticket)>,
    /// Until then a frozen tab holds the lock.
    stuck_until: Ms,
}

impl Shared {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self {
            has_locks: rng.happens(700),
            has_channel: rng.happens(800),
            holder: None,
            waiting: VecDeque::new(),
            stuck_until: 0,
        }
    }
}

impl World {
    pub(crate) fn asks_for_lock(&mut self, browser: usize, tab: usize, ticket: Ticket) {
        if !self.browsers[browser].shared.has_locks {
            // At once, in the midst of what the keeper asked for.
            return self.tell(browser, tab, Happened::LockUnavailable(ticket));
        }
        if self.rng.happens(5) {
            self.watch.tally.locks_stuck += 1;
            self.browsers[browser].shared.stuck_until = self.now + self.rng.between(1, FROZEN);
        }
        let shared = &mut self.browsers[browser].shared;
        shared.waiting.push_back((tab, ticket));
        self.passes_lock_on(browser);
    }

    /// It is held no longer, or no longer waited for.
    pub(crate) fn gives_lock_back(&mut self, browser: usize, tab: usize) {
        let shared = &mut self.browsers[browser].shared;
        shared.waiting.retain(|(waits, _)| *waits != tab);
        shared.holder = shared.holder.filter(|holder| *holder != tab);
        self.passes_lock_on(browser);
    }

    fn passes_lock_on(&mut self, browser: usize) {
        let shared = &mut self.browsers[browser].shared;
        if shared.holder.is_some() {
            return;
        }
        if let Some((tab, ticket)) = shared.waiting.pop_front() {
            shared.holder = Some(tab);
            let stuck = shared.stuck_until.saturating_sub(self.now);
            let after = self.rng.between(1, 20).max(stuck);
            self.answers(browser, tab, after, Happened::LockGranted(ticket));
        }
    }

    fn answers(&mut self, browser: usize, tab: usize, after: Ms, happened: Happened) {
        let Some(open) = &self.browsers[browser].tabs[tab] else {
            return;
        };
        let page = open.page;
        self.after(
            after,
            Event::Lock {
                browser,
                tab,
                page,
                happened,
            },
        );
    }

    /// What happened to a page that may have been left meanwhile.
    pub(crate) fn tell_page(&mut self, browser: usize, tab: usize, page: u64, happened: Happened) {
        let open = &self.browsers[browser].tabs[tab];
        if open.as_ref().is_some_and(|open| open.page == page) {
            self.tell(browser, tab, happened);
        }
    }

    /// Tells all other tabs, as text.
    pub(crate) fn tells(&mut self, browser: usize, tab: usize, message: &Message) {
        if !self.browsers[browser].shared.has_channel {
            return;
        }
        let Some(message) = Message::parse(&message.to_text()) else {
            panic!("tabs do not understand each other: {message:?}");
        };
        for other in (0..TABS).filter(|other| *other != tab) {
            let Some(open) = &self.browsers[browser].tabs[other] else {
                continue;
            };
            let page = open.page;
            let after = match self.rng.between(0, 999) {
                0..20 => continue,
                20..30 => self.rng.between(1, FROZEN),
                _ => self.rng.between(1, 50),
            };
            self.after(
                after,
                Event::Hears {
                    browser,
                    tab: other,
                    page,
                    message: Box::new(message.clone()),
                },
            );
        }
    }

    /// A machine that sleeps hears later.
    pub(crate) fn hears_tab(&mut self, browser: usize, tab: usize, page: u64, message: Message) {
        if self.browsers[browser].is_asleep() {
            let message = Box::new(message);
            return self.after(
                60_000,
                Event::Hears {
                    browser,
                    tab,
                    page,
                    message,
                },
            );
        }
        let grants = |world: &Self| {
            let open = world.browsers[browser].tabs[tab].as_ref();
            open.map_or(0, |open| open.keeper.grants())
        };
        let before = grants(self);
        self.tell_page(browser, tab, page, Happened::Heard(message));
        self.watch.tally.heard += u64::from(grants(self) > before);
    }
}
