//! The world: everything that is simulated, virtual time, and the queue of future events.

use std::{collections::BTreeMap, time::Duration};

use portcullis::{
    clock::Timestamp,
    keeper::{Event as KeeperEvent, Message},
    policy::Policy,
    rotation::{Decision, Presented, Record, Windows},
};

use testkit::rng::Rng;

use crate::{
    browser::Browser,
    network::{Request, Response},
    refresh::JudgedRefresh,
    server::Process,
    store::Store,
    thief::Thief,
    watch::{Broken, Watch},
};

/// Milliseconds since the world began.
pub(crate) type Ms = u64;

/// The servers' time when the world began.
const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The parameters of a simulation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) policy: Policy,
    pub(crate) judge: fn(&Record, Presented, Timestamp, Windows) -> Decision,
    pub(crate) browsers: usize,
    pub(crate) processes: usize,
    /// The number of stolen sessions per thousand.
    pub(crate) stolen_per_mille: u64,
    /// Whether a refresh for a page load counts as a use of the access token.
    pub(crate) page_load_confirms: bool,
}

/// An event in the queue.
#[derive(Debug)]
pub(crate) enum Event {
    /// A user does something with a browser.
    Acts(usize),
    /// A tab's timer fires; only the last timer that was set counts.
    Timer {
        browser: usize,
        tab: usize,
        set: u64,
    },
    /// A fetch times out.
    FetchTimesOut {
        browser: usize,
        tab: usize,
        fetch: u64,
    },
    /// The lock that a page requested is granted, or is unavailable.
    Lock {
        browser: usize,
        tab: usize,
        page: u64,
        event: KeeperEvent,
    },
    /// A message of another tab arrives at a tab.
    TabMessage {
        browser: usize,
        tab: usize,
        page: u64,
        message: Box<Message>,
    },
    /// A machine wakes up.
    Wakes(usize),
    /// A request arrives at a process.
    Request(Box<Request>),
    /// A judged refresh is written.
    Judged(Box<JudgedRefresh>),
    /// A response arrives at its sender.
    Response(Box<Response>),
    /// A process writes its pending uses.
    Flush(usize),
    /// A process learns of a session that another process ended.
    Learns {
        process: usize,
        session: usize,
    },
    /// A process starts again.
    Starts(usize),
    /// A process or the database fails.
    Failure,
    /// A thief copies the jar of a session.
    Theft(usize),
    /// A thief refreshes or uses its access token.
    ThiefActs(usize),
    Purge,
}

/// The state of a simulation.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) now: Ms,
    pub(crate) rng: Rng,
    queue: BTreeMap<(Ms, u64), Event>,
    last_number: u64,
    pub(crate) browsers: Vec<Browser>,
    pub(crate) processes: Vec<Process>,
    pub(crate) store: Store,
    /// The thieves, by session.
    pub(crate) thieves: BTreeMap<usize, Thief>,
    pub(crate) watch: Watch,
}

impl World {
    pub(crate) fn new(plan: Plan, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let browsers = (0..plan.browsers).map(|_| Browser::new(&mut rng));
        let browsers: Vec<_> = browsers.collect();
        let processes = (0..plan.processes)
            .map(|_| Process::new(&mut rng))
            .collect();
        let mut world = Self {
            plan,
            now: 0,
            rng,
            queue: BTreeMap::new(),
            last_number: 0,
            browsers,
            processes,
            store: Store::default(),
            thieves: BTreeMap::new(),
            watch: Watch::new(&plan),
        };
        for browser in 0..plan.browsers {
            let after = world.rng.between(0, 60_000);
            world.after(after, Event::Acts(browser));
        }
        world.after(60_000, Event::Failure);
        world.after(3_600_000, Event::Purge);
        world
    }

    /// Runs `steps` events.
    ///
    /// # Errors
    /// The first broken promise, with the last events of its session.
    pub(crate) fn run(&mut self, steps: u64) -> Result<(), Broken> {
        for step in 0..steps {
            let ((at, _), event) = self.queue.pop_first().expect("the queue is never empty");
            self.now = at;
            (self.watch.now, self.watch.step) = (at, step);
            self.handle(event);
            if let Some(broken) = self.watch.broken.take() {
                return Err(broken);
            }
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Acts(browser) => self.acts(browser),
            Event::Timer { browser, tab, set } => self.timer(browser, tab, set),
            Event::FetchTimesOut {
                browser,
                tab,
                fetch,
            } => self.fetch_times_out(browser, tab, fetch),
            Event::Lock {
                browser,
                tab,
                page,
                event,
            } => self.deliver_to_page(browser, tab, page, event),
            Event::TabMessage {
                browser,
                tab,
                page,
                message,
            } => self.receives_message(browser, tab, page, *message),
            Event::Wakes(browser) => self.wakes(browser),
            Event::Request(request) => self.arrives(*request),
            Event::Judged(refresh) => self.writes_decision(&refresh),
            Event::Response(response) => self.receives(*response),
            Event::Flush(process) => self.flushes(process),
            Event::Learns { process, session } => self.processes[process].learns(session),
            Event::Starts(process) => self.starts(process),
            Event::Failure => self.injects_failure(),
            Event::Theft(session) => self.steals(session),
            Event::ThiefActs(session) => self.thief_acts(session),
            Event::Purge => self.purges(),
        }
    }

    pub(crate) fn after(&mut self, after: Ms, event: Event) {
        let number = self.number();
        self.queue.insert((self.now + after, number), event);
    }

    /// Returns a unique number.
    pub(crate) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Returns the time of a server's clock that is `ahead` milliseconds ahead.
    pub(crate) fn clock(&self, ahead: Ms) -> Timestamp {
        START + Duration::from_millis(self.now + ahead)
    }
}
