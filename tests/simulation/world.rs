//! The world: everything there is, virtual time, and the queue of what is to
//! happen.

use std::{collections::BTreeMap, time::Duration};

use portcullis::{
    clock::Timestamp,
    keeper::{Event as Happened, Message},
    policy::Policy,
    rotation::{Decision, Presented, Record, Windows},
};

use testkit::rng::Rng;

use crate::{
    browser::Browser,
    network::{Answer, Request},
    refresh::Job,
    server::Process,
    store::Store,
    thief::Thief,
    watch::{Broken, Watch},
};

/// Milliseconds since the world began.
pub(crate) type Ms = u64;

/// What the servers' clocks said when the world began.
const BEGINNING: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) policy: Policy,
    pub(crate) judge: fn(&Record, Presented, Timestamp, Windows) -> Decision,
    pub(crate) browsers: usize,
    pub(crate) processes: usize,
    /// Of a thousand sessions, so many are stolen.
    pub(crate) stolen: u64,
    /// Whether the server that resumes a page load counts that as a use.
    pub(crate) page_load_confirms: bool,
}

/// What happens at some moment.
#[derive(Debug)]
pub(crate) enum Event {
    /// A person does something with a browser.
    Acts(usize),
    /// A tab's timer fires; only the last one that was set counts.
    Timer {
        browser: usize,
        tab: usize,
        set: u64,
    },
    /// A fetch is given up.
    GivesUp {
        browser: usize,
        tab: usize,
        fetch: u64,
    },
    /// The lock that a page asked for is its own, or will not be.
    Lock {
        browser: usize,
        tab: usize,
        page: u64,
        happened: Happened,
    },
    /// What one tab told arrives at another.
    Hears {
        browser: usize,
        tab: usize,
        page: u64,
        message: Box<Message>,
    },
    /// A machine wakes up.
    Wakes(usize),
    Request(Box<Request>),
    /// A refresh that was judged is written.
    Job(Box<Job>),
    Answer(Box<Answer>),
    /// A process writes the uses that it remembers.
    Flush(usize),
    /// A process hears of a session that another one ended.
    Learns {
        process: usize,
        session: usize,
    },
    /// A process is up again.
    Starts(usize),
    /// Something fails.
    Trouble,
    Steals(usize),
    ThiefActs(usize),
    Purge,
}

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) now: Ms,
    pub(crate) rng: Rng,
    queue: BTreeMap<(Ms, u64), Event>,
    numbers: u64,
    pub(crate) browsers: Vec<Browser>,
    pub(crate) processes: Vec<Process>,
    pub(crate) store: Store,
    /// By session.
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
            numbers: 0,
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
        world.after(60_000, Event::Trouble);
        world.after(3_600_000, Event::Purge);
        world
    }

    /// Lets so many events happen.
    ///
    /// # Errors
    /// The first promise that is broken, with the last events of its session.
    pub(crate) fn run(&mut self, steps: u64) -> Result<(), Broken> {
        for step in 0..steps {
            let ((at, _), event) = self.queue.pop_first().expect("somebody always acts again");
            self.now = at;
            (self.watch.now, self.watch.step) = (at, step);
            self.happens(event);
            if let Some(broken) = self.watch.broken.take() {
                return Err(broken);
            }
        }
        Ok(())
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Acts(browser) => self.acts(browser),
            Event::Timer { browser, tab, set } => self.timer(browser, tab, set),
            Event::GivesUp {
                browser,
                tab,
                fetch,
            } => self.gives_up(browser, tab, fetch),
            Event::Lock {
                browser,
                tab,
                page,
                happened,
            } => self.tell_page(browser, tab, page, happened),
            Event::Hears {
                browser,
                tab,
                page,
                message,
            } => self.hears_tab(browser, tab, page, *message),
            Event::Wakes(browser) => self.wakes(browser),
            Event::Request(request) => self.arrives(*request),
            Event::Job(job) => self.carries_out(&job),
            Event::Answer(answer) => self.receives(*answer),
            Event::Flush(process) => self.flushes(process),
            Event::Learns { process, session } => self.processes[process].learns(session),
            Event::Starts(process) => self.starts(process),
            Event::Trouble => self.trouble(),
            Event::Steals(session) => self.steals(session),
            Event::ThiefActs(session) => self.thief_acts(session),
            Event::Purge => self.purges(),
        }
    }

    pub(crate) fn after(&mut self, after: Ms, event: Event) {
        let number = self.number();
        self.queue.insert((self.now + after, number), event);
    }

    /// A number that nothing else has.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// What a server's clock says that is so many milliseconds ahead.
    pub(crate) fn clock(&self, ahead: Ms) -> Timestamp {
        BEGINNING + Duration::from_millis(self.now + ahead)
    }
}
