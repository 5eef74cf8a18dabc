//! Feeds the keeper what happens on this page, and carries out what it asks.

use std::{cell::RefCell, time::Duration};

use futures::channel::oneshot;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use super::{
    change::{Change, report},
    channel::Channel,
    listeners,
    lock::{self, Lock},
    page::{self, reading},
    refresh,
};
use crate::{
    keeper::{Effect, Event, Grant, Keeper, Outcome, Reading, RefreshResult, Ticket},
    wire::{Code, Snapshot},
};

/// Where the keeper stands, for who shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Until the access token ends.
    pub expires_in: Duration,
    /// Until the next refresh is due.
    pub refresh_in: Duration,
    /// Whether one is under way.
    pub refreshing: bool,
}

struct Driver {
    keeper: Keeper,
    timer: Option<Timeout>,
    waiting: Vec<oneshot::Sender<Outcome>>,
    lock: Option<Lock>,
    /// Gives up the refresh under way.
    abort: Option<AbortController>,
    channel: Option<Channel>,
    /// The last that is known of who is signed in, and when that was.
    snapshot: Option<(Snapshot, Reading)>,
    /// What came with a refresh, until the keeper has judged it.
    fresh: Option<Snapshot>,
}

thread_local! {
    /// A page has one session, as it has one cookie jar.
    static DRIVER: &'static RefCell<Option<Driver>> = Box::leak(Box::default());
}

/// Starts the session keeper. `initial` is the session that the server rendered
/// the page with. Only the first call does something; natively none does.
///
/// It needs no view: the tokens are refreshed whatever happens to the page.
pub fn start(initial: Option<&Snapshot>) {
    if !cfg!(target_arch = "wasm32") || with_driver(|_| ()).is_some() {
        return;
    }
    slot().replace(Some(Driver {
        keeper: Keeper::default(),
        timer: None,
        waiting: Vec::new(),
        lock: None,
        abort: None,
        channel: Channel::join(|message| tell(Event::Heard(message))),
        snapshot: None,
        fresh: None,
    }));
    listeners::listen(tell);
    if let Some(snapshot) = initial {
        // Its seconds count from the render; the page began to load before that.
        let mut snapshot = snapshot.clone();
        let since = reading().monotonic.as_secs();
        snapshot.expires_in = snapshot.expires_in.saturating_sub(since);
        let grant = Grant::from(&snapshot);
        with_driver(|driver| driver.snapshot = Some((snapshot, reading())));
        tell(Event::Loaded(grant));
    }
    if !page::is_online() {
        tell(Event::Network { is_online: false });
    }
}

/// Tells the keeper that somebody signed in on this page. Where the browser
/// says that it keeps no cookies, that is the end of it.
pub fn signed_in(snapshot: &Snapshot) {
    if !page::keeps_cookies() {
        return report(Change::Ended(Code::CookiesBlocked));
    }
    with_driver(|driver| driver.snapshot = Some((snapshot.clone(), reading())));
    tell(Event::SignedIn(snapshot.into()));
}

/// Tells the keeper that somebody signed out on this page.
pub fn signed_out() {
    tell(Event::SignedOut);
}

/// Where the keeper stands; `None` where nobody is signed in.
pub fn status() -> Option<Status> {
    with_driver(|driver| {
        let (keeper, now) = (&driver.keeper, reading());
        Some(Status {
            expires_in: keeper.expires_in(now)?,
            refresh_in: keeper.refresh_in(now)?,
            refreshing: keeper.is_refreshing(),
        })
    })?
}

/// How often this page has learned of new tokens; a call notes it when it is sent.
pub(super) fn grants() -> u64 {
    with_driver(|driver| driver.keeper.grants()).unwrap_or_default()
}

/// Whether the last tokens came by a refresh of this page.
pub(super) fn is_own() -> bool {
    with_driver(|driver| driver.keeper.is_own()).unwrap_or_default()
}

/// Waits for the refresh that a 401 calls for. All who wait share one, and it
/// goes on when they are dropped.
pub(super) async fn unauthorized(seen: u64) -> Outcome {
    let (sender, receiver) = oneshot::channel();
    if with_driver(|driver| driver.waiting.push(sender)).is_none() {
        return Outcome::GiveUp;
    }
    tell(Event::Unauthorized { seen });
    receiver.await.unwrap_or(Outcome::GiveUp)
}

/// Hands an event to the keeper and carries out its effects. No borrow is held
/// while they run: what they call may come back here.
pub(super) fn tell(event: Event) {
    let effects =
        with_driver(|driver| driver.keeper.step(event, reading(), js_sys::Math::random()));
    // The listener is called last: where it panics, as in a view that could not
    // be hydrated, the timer is set and the lock is released all the same.
    let (seen, own): (Vec<_>, Vec<_>) = effects.unwrap_or_default().into_iter().partition(is_seen);
    for effect in own.into_iter().chain(seen) {
        carry_out(effect);
    }
}

fn is_seen(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Show(_) | Effect::End(_) | Effect::Trouble(_)
    )
}

fn with_driver<T>(act: impl FnOnce(&mut Driver) -> T) -> Option<T> {
    slot().borrow_mut().as_mut().map(act)
}

/// Not generic: the code around a thread-local would be there for each closure.
fn slot() -> &'static RefCell<Option<Driver>> {
    DRIVER.with(|slot| *slot)
}

fn carry_out(effect: Effect) {
    match effect {
        Effect::Lock(ticket) => ask_for_lock(ticket),
        Effect::Unlock => drop(with_driver(|driver| driver.lock.take())),
        Effect::Refresh(ticket) => start_refresh(ticket),
        Effect::Abort => {
            if let Some(abort) = with_driver(|driver| driver.abort.take()).flatten() {
                abort.abort();
            }
        }
        Effect::Wake(after) => set_timer(Some(after)),
        Effect::Sleep => set_timer(None),
        Effect::Tell(message) => {
            with_driver(|driver| {
                driver
                    .channel
                    .as_ref()
                    .map(|channel| channel.tell(&message))
            });
        }
        Effect::Settle(outcome) => {
            let waiting = with_driver(|driver| std::mem::take(&mut driver.waiting));
            for waits in waiting.unwrap_or_default() {
                // Whoever was dropped meanwhile needs no answer.
                let _ = waits.send(outcome);
            }
        }
        Effect::Show(grant) => {
            if let Some(snapshot) = with_driver(|driver| driver.shown(&grant)).flatten() {
                report(Change::Refreshed(snapshot));
            }
        }
        Effect::End(code) => report(Change::Ended(code)),
        Effect::Trouble(trouble) => report(Change::Trouble(trouble)),
        Effect::Reload => page::reload(),
    }
}

impl Driver {
    /// What the page is to show of a grant: the snapshot that came with it, or
    /// the last one with what another tab told.
    fn shown(&mut self, grant: &Grant) -> Option<Snapshot> {
        let now = reading();
        let fresh = self.fresh.take();
        let fresh = fresh.filter(|fresh| *fresh.session.id == *grant.session);
        let shown = fresh.or_else(|| self.with_what_was_told(grant, now))?;
        self.snapshot = Some((shown.clone(), now));
        Some(shown)
    }

    fn with_what_was_told(&self, grant: &Grant, now: Reading) -> Option<Snapshot> {
        let (mut snapshot, at) = self.snapshot.clone()?;
        let passed = now.since(at).as_secs();
        snapshot.session.ends_in = snapshot.session.ends_in.saturating_sub(passed);
        snapshot.session.id = grant.session.to_string();
        snapshot.session.renewals = grant.renewals;
        snapshot.expires_in = grant.timing.expires_in.as_secs();
        Some(snapshot)
    }
}

fn ask_for_lock(ticket: Ticket) {
    let done = move |is_held| {
        tell(if is_held {
            Event::LockGranted(ticket)
        } else {
            Event::LockUnavailable(ticket)
        });
    };
    match lock::request(Box::new(done)) {
        Some(lock) => {
            with_driver(|driver| driver.lock = Some(lock));
        }
        None => tell(Event::LockUnavailable(ticket)),
    }
}

/// Detached: whoever wanted the refresh may be dropped.
fn start_refresh(ticket: Ticket) {
    let Ok(abort) = AbortController::new() else {
        return tell(Event::RefreshEnded(ticket, RefreshResult::Unanswered));
    };
    let signal = abort.signal();
    with_driver(|driver| driver.abort = Some(abort));
    spawn_local(async move {
        let result = match refresh::send(&signal).await {
            Ok(snapshot) => {
                let grant = Grant::from(&snapshot);
                with_driver(|driver| driver.fresh = Some(snapshot));
                RefreshResult::Renewed(grant)
            }
            Err(result) => result,
        };
        tell(Event::RefreshEnded(ticket, result));
        // Where it came too late, signed out meanwhile, nothing has shown it.
        with_driver(|driver| driver.fresh = None);
    });
}

fn set_timer(after: Option<Duration>) {
    // A day at most: a browser's timer overflows after 24.8, and the deadline
    // is looked at again whenever it fires.
    let timer = after.map(|after| {
        let millis = after.min(Duration::from_secs(86_400)).as_millis();
        Timeout::new(u32::try_from(millis).unwrap_or(u32::MAX), || {
            tell(Event::Woke);
        })
    });
    with_driver(|driver| driver.timer = timer);
}
