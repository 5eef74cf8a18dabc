//! Feeds the keeper what happens on this page, and carries out what it asks.

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures::channel::oneshot;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use super::{listeners, refresh};
use crate::{
    keeper::{Effect, Event, Keeper, Outcome, Reading, RefreshResult, Ticket},
    wire::{Code, Snapshot, Timing},
};

/// What happened to the session without the page's doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The tokens were renewed.
    Renewed(Snapshot),
    /// The session is over, for this reason.
    Ended(Code),
}

/// Where the keeper stands, for who shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Until the access token ends.
    pub expires_in: Duration,
    /// Until the next refresh is due.
    pub refresh_in: Duration,
    /// How many refreshes this page has done.
    pub refreshes: u64,
    /// Whether one is under way.
    pub refreshing: bool,
}

struct Driver {
    keeper: Keeper,
    timer: Option<Timeout>,
    waiting: Vec<oneshot::Sender<Outcome>>,
    /// How long a refresh may take; the server says it with each snapshot.
    patience: Duration,
    /// Gives up the refresh under way.
    abort: Option<AbortController>,
    on_change: Rc<dyn Fn(Change)>,
}

thread_local! {
    /// A page has one session, as it has one cookie jar.
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// Starts keeping the session. `initial` is what the page was rendered with;
/// `on_change` is told what happens later. Call it once, after hydration;
/// natively it does nothing.
pub fn start(initial: Option<&Snapshot>, on_change: impl Fn(Change) + 'static) {
    if !cfg!(target_arch = "wasm32") {
        return;
    }
    let driver = Driver {
        keeper: Keeper::default(),
        timer: None,
        waiting: Vec::new(),
        patience: Duration::ZERO,
        abort: None,
        on_change: Rc::new(on_change),
    };
    let is_first = DRIVER.with_borrow_mut(|slot| slot.replace(driver).is_none());
    if is_first {
        listeners::wake_on_return(|| {
            dispatch(Event::Woke);
        });
    }
    if let Some(snapshot) = initial {
        note_patience(snapshot);
        // Its seconds count from the render; the page began to load before that.
        let timing = snapshot.timing();
        let expires_in = timing.expires_in.saturating_sub(reading().monotonic);
        dispatch(Event::SignedIn(Timing {
            expires_in,
            ..timing
        }));
    }
}

/// Tells the keeper that somebody signed in on this page.
pub fn signed_in(snapshot: &Snapshot) {
    note_patience(snapshot);
    dispatch(Event::SignedIn(snapshot.timing()));
}

/// Tells the keeper that somebody signed out on this page.
pub fn signed_out() {
    dispatch(Event::SignedOut);
}

/// Where the keeper stands; `None` where nobody is signed in.
pub fn status() -> Option<Status> {
    with_keeper(|keeper| {
        let now = reading();
        Some(Status {
            expires_in: keeper.expires_in(now)?,
            refresh_in: keeper.refresh_in(now)?,
            refreshes: keeper.refreshes(),
            refreshing: keeper.is_refreshing(),
        })
    })?
}

/// How many refreshes this page has done; a call notes it when it is sent.
pub(super) fn refreshes() -> u64 {
    with_keeper(Keeper::refreshes).unwrap_or_default()
}

/// Waits for the refresh that a 401 calls for. All who wait share one, and it
/// goes on when they are dropped.
pub(super) async fn unauthorized(seen: u64) -> Outcome {
    let (sender, receiver) = oneshot::channel();
    if with_driver(|driver| driver.waiting.push(sender)).is_none() {
        return Outcome::GiveUp;
    }
    dispatch(Event::Unauthorized { seen });
    receiver.await.unwrap_or(Outcome::GiveUp)
}

fn with_driver<T>(act: impl FnOnce(&mut Driver) -> T) -> Option<T> {
    DRIVER.with_borrow_mut(|slot| slot.as_mut().map(act))
}

fn with_keeper<T>(ask: impl FnOnce(&Keeper) -> T) -> Option<T> {
    DRIVER.with_borrow(|slot| slot.as_ref().map(|driver| ask(&driver.keeper)))
}

/// Hands an event to the keeper and carries out its effects. No borrow is held
/// while they run: what they call may come back here.
fn dispatch(event: Event) -> Vec<Effect> {
    let effects = DRIVER.with_borrow_mut(|slot| {
        let keeper = slot.as_mut().map(|driver| &mut driver.keeper)?;
        Some(keeper.step(event, reading(), js_sys::Math::random()))
    });
    let effects = effects.unwrap_or_default();
    for effect in &effects {
        carry_out(*effect);
    }
    effects
}

fn carry_out(effect: Effect) {
    match effect {
        Effect::Refresh(ticket) => start_refresh(ticket),
        Effect::Abort => {
            if let Some(abort) = with_driver(|driver| driver.abort.take()).flatten() {
                abort.abort();
            }
        }
        Effect::Wake(after) => set_timer(Some(after)),
        Effect::Sleep => set_timer(None),
        Effect::Settle(outcome) => {
            let waiting = with_driver(|driver| std::mem::take(&mut driver.waiting));
            for waits in waiting.unwrap_or_default() {
                // Whoever was dropped meanwhile needs no answer.
                let _ = waits.send(outcome);
            }
        }
        Effect::End(code) => tell(Change::Ended(code)),
    }
}

/// Detached: whoever wanted the refresh may be dropped.
fn start_refresh(ticket: Ticket) {
    let abort = AbortController::new().ok();
    let patience = with_driver(|driver| {
        driver.abort.clone_from(&abort);
        driver.patience
    });
    spawn_local(run_refresh(ticket, abort, patience.unwrap_or_default()));
}

async fn run_refresh(ticket: Ticket, abort: Option<AbortController>, patience: Duration) {
    let (result, snapshot) = match refresh::send(abort, patience).await {
        Ok(snapshot) => (RefreshResult::Renewed(snapshot.timing()), Some(snapshot)),
        Err(result) => (result, None),
    };
    let effects = dispatch(Event::RefreshEnded(ticket, result));
    // An answer that came too late (signed out meanwhile) settles nothing, and
    // is not shown either.
    let is_taken = effects.contains(&Effect::Settle(Outcome::Repeat));
    if let Some(snapshot) = snapshot.filter(|_| is_taken) {
        note_patience(&snapshot);
        tell(Change::Renewed(snapshot));
    }
}

fn set_timer(after: Option<Duration>) {
    // A day at most: a browser's timer overflows after 24.8, and the deadline
    // is looked at again whenever it fires.
    let timer = after.map(|after| {
        let millis = after.min(Duration::from_secs(86_400)).as_millis();
        Timeout::new(u32::try_from(millis).unwrap_or(u32::MAX), || {
            dispatch(Event::Woke);
        })
    });
    with_driver(|driver| driver.timer = timer);
}

fn note_patience(snapshot: &Snapshot) {
    with_driver(|driver| driver.patience = Duration::from_millis(snapshot.refresh_patience_ms));
}

fn tell(change: Change) {
    let on_change =
        DRIVER.with_borrow(|slot| slot.as_ref().map(|driver| Rc::clone(&driver.on_change)));
    if let Some(on_change) = on_change {
        on_change(change);
    }
}

fn reading() -> Reading {
    let monotonic = web_sys::window().and_then(|window| window.performance());
    let monotonic = monotonic.map_or(0.0, |performance| performance.now());
    Reading {
        monotonic: millis(monotonic),
        wall: millis(js_sys::Date::now()),
    }
}

/// A duration of that many milliseconds; zero for what is none.
fn millis(millis: f64) -> Duration {
    Duration::try_from_secs_f64(millis / 1_000.0).unwrap_or_default()
}
