//! The lock and the channel of a browser's tabs. Both may be missing; a lock or a message
//! may be late, and a message may be lost.

use std::collections::VecDeque;

use portcullis::keeper::{Event as KeeperEvent, Message, Ticket};

use testkit::rng::Rng;

use crate::{
    browser::MAX_TABS,
    world::{Event, Ms, World},
};

/// The longest delay of a lock or a message, as caused by a frozen tab.
const MAX_FREEZE: Ms = 600_000;

/// The lock and the channel of a browser's tabs.
#[derive(Debug)]
pub(crate) struct Shared {
    has_locks: bool,
    has_channel: bool,
    holder: Option<usize>,
    waiting: VecDeque<(usize, Ticket)>,
    /// The time until which a frozen tab holds the lock.
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
    pub(crate) fn requests_lock(&mut self, browser: usize, tab: usize, ticket: Ticket) {
        if !self.browsers[browser].shared.has_locks {
            // At once, while the keeper's other effects are still being carried out.
            return self.deliver(browser, tab, KeeperEvent::LockUnavailable(ticket));
        }
        if self.rng.happens(5) {
            self.watch.tally.locks_stuck += 1;
            self.browsers[browser].shared.stuck_until = self.now + self.rng.between(1, MAX_FREEZE);
        }
        let shared = &mut self.browsers[browser].shared;
        shared.waiting.push_back((tab, ticket));
        self.grants_lock(browser);
    }

    /// Releases the lock, or withdraws the request for it.
    pub(crate) fn releases_lock(&mut self, browser: usize, tab: usize) {
        let shared = &mut self.browsers[browser].shared;
        shared.waiting.retain(|(waiting, _)| *waiting != tab);
        shared.holder = shared.holder.filter(|holder| *holder != tab);
        self.grants_lock(browser);
    }

    fn grants_lock(&mut self, browser: usize) {
        let shared = &mut self.browsers[browser].shared;
        if shared.holder.is_some() {
            return;
        }
        if let Some((tab, ticket)) = shared.waiting.pop_front() {
            shared.holder = Some(tab);
            let stuck = shared.stuck_until.saturating_sub(self.now);
            let after = self.rng.between(1, 20).max(stuck);
            self.schedules_lock_event(browser, tab, after, KeeperEvent::LockGranted(ticket));
        }
    }

    fn schedules_lock_event(&mut self, browser: usize, tab: usize, after: Ms, event: KeeperEvent) {
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
                event,
            },
        );
    }

    /// Passes an event to a page, unless the tab has another page by now.
    pub(crate) fn deliver_to_page(
        &mut self,
        browser: usize,
        tab: usize,
        page: u64,
        event: KeeperEvent,
    ) {
        let open = &self.browsers[browser].tabs[tab];
        if open.as_ref().is_some_and(|open| open.page == page) {
            self.deliver(browser, tab, event);
        }
    }

    /// Sends a message to all other tabs, as a string.
    pub(crate) fn broadcasts(&mut self, browser: usize, tab: usize, message: &Message) {
        if !self.browsers[browser].shared.has_channel {
            return;
        }
        let Some(message) = Message::parse(&message.to_line()) else {
            panic!("a message cannot be parsed: {message:?}");
        };
        for other in (0..MAX_TABS).filter(|other| *other != tab) {
            let Some(open) = &self.browsers[browser].tabs[other] else {
                continue;
            };
            let page = open.page;
            let after = match self.rng.between(0, 999) {
                0..20 => continue,
                20..30 => self.rng.between(1, MAX_FREEZE),
                _ => self.rng.between(1, 50),
            };
            self.after(
                after,
                Event::TabMessage {
                    browser,
                    tab: other,
                    page,
                    message: Box::new(message.clone()),
                },
            );
        }
    }

    /// Passes a message to a tab; later, if the machine sleeps.
    pub(crate) fn receives_message(
        &mut self,
        browser: usize,
        tab: usize,
        page: u64,
        message: Message,
    ) {
        if self.browsers[browser].is_asleep() {
            let message = Box::new(message);
            return self.after(
                60_000,
                Event::TabMessage {
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
        self.deliver_to_page(browser, tab, page, KeeperEvent::MessageReceived(message));
        self.watch.tally.adopted += u64::from(grants(self) > before);
    }
}
