//! Passes the events of this page to the keeper, and carries out its effects.

use std::{cell::RefCell, time::Duration};

use futures::channel::oneshot;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use super::{
    change::{Change, report},
    channel::Channel,
    input, listeners,
    lock::{self, Lock},
    page::{self, reading},
    refresh,
};
use crate::{
    keeper::{At, Effect, Event, Grant, Keeper, Outcome, Reading, RefreshResult, Ticket},
    wire::{Code, Snapshot},
};

/// The state of the session keeper, for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The time until the access token expires.
    pub expires_in: Duration,
    /// The time until the next refresh is due.
    pub refresh_in: Duration,
    /// Whether a refresh is under way.
    pub refreshing: bool,
}

struct Driver {
    keeper: Keeper,
    timer: Option<Timeout>,
    waiting_calls: Vec<oneshot::Sender<Outcome>>,
    lock: Option<Lock>,
    /// Cancels the refresh under way.
    abort: Option<AbortController>,
    channel: Option<Channel>,
    /// The last known snapshot, and the time from which its durations count.
    snapshot: Option<(Snapshot, Reading)>,
    /// The snapshot in the response to a refresh, until the keeper has handled the response.
    fresh: Option<Snapshot>,
}

thread_local! {
    /// A page has one session, as it has one cookie jar.
    static DRIVER: &'static RefCell<Option<Driver>> = Box::leak(Box::default());
}

/// Starts the session keeper. `initial` is the session that the server rendered the page with.
/// Only the first call has an effect; natively no call has.
///
/// The keeper needs no view: it refreshes the tokens even if the view fails.
pub fn start(initial: Option<&Snapshot>) {
    if !cfg!(target_arch = "wasm32") || with_driver(|_| ()).is_some() {
        return;
    }
    slot().replace(Some(Driver {
        keeper: Keeper::default(),
        timer: None,
        waiting_calls: Vec::new(),
        lock: None,
        abort: None,
        channel: Channel::join(|message| dispatch(Event::MessageReceived(message))),
        snapshot: None,
        fresh: None,
    }));
    listeners::listen(dispatch);
    if let Some(snapshot) = initial {
        // The durations count from the render, and the page began to load before that.
        let mut snapshot = snapshot.clone();
        let since = reading().monotonic.as_secs();
        snapshot.expires_in = snapshot.expires_in.saturating_sub(since);
        let grant = Grant::from(&snapshot);
        with_driver(|driver| driver.snapshot = Some((snapshot, reading())));
        dispatch(Event::Loaded(grant));
    }
    if !page::is_online() {
        dispatch(Event::Network { is_online: false });
    }
}

/// Notifies the keeper that a user signed in on this page. If the browser reports that it keeps no
/// cookies, the keeper is not notified, and the listener is called with [`Change::Ended`] and
/// [`Code::CookiesBlocked`].
pub fn signed_in(snapshot: &Snapshot) {
    if !page::keeps_cookies() {
        return report(Change::Ended(Code::CookiesBlocked));
    }
    with_driver(|driver| driver.snapshot = Some((snapshot.clone(), reading())));
    dispatch(Event::SignedIn(snapshot.into()));
}

/// Notifies the keeper that the user signed out on this page.
pub fn signed_out() {
    dispatch(Event::SignedOut);
}

/// Returns the state of the keeper; `None` if no user is signed in.
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

/// Returns how many times this page has received new tokens. A call records it when it is sent.
pub(super) fn grants() -> u64 {
    with_driver(|driver| driver.keeper.grants()).unwrap_or_default()
}

/// Returns whether the current tokens came from a refresh of this page.
pub(super) fn is_own() -> bool {
    with_driver(|driver| driver.keeper.is_own()).unwrap_or_default()
}

/// Waits for the refresh after a 401. All waiting calls share one refresh, which continues when
/// they are dropped.
pub(super) async fn unauthorized(seen: u64) -> Outcome {
    let (sender, receiver) = oneshot::channel();
    if with_driver(|driver| driver.waiting_calls.push(sender)).is_none() {
        return Outcome::KeepResponse;
    }
    dispatch(Event::Unauthorized { seen });
    receiver.await.unwrap_or(Outcome::KeepResponse)
}

/// Passes an event to the keeper and carries out its effects. No borrow is held while they run,
/// because they may call this function again.
pub(super) fn dispatch(event: Event) {
    let effects = with_driver(|driver| {
        let at = At {
            now: reading(),
            chance: js_sys::Math::random(),
            has_input: input::is_present(),
        };
        driver.keeper.step(event, at)
    });
    let effects = effects.unwrap_or_default();
    // The listener is called last: if it panics, as in a view that could not be hydrated, the
    // timer is still set and the lock is still released.
    for is_last in [false, true] {
        for effect in &effects {
            if is_for_listener(effect) == is_last {
                carry_out(effect);
            }
        }
    }
}

fn is_for_listener(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Show(_) | Effect::End(_) | Effect::Trouble(_)
    )
}

fn with_driver<T>(act: impl FnOnce(&mut Driver) -> T) -> Option<T> {
    slot().borrow_mut().as_mut().map(act)
}

/// Not generic: the code around a thread-local would be compiled for each closure.
fn slot() -> &'static RefCell<Option<Driver>> {
    DRIVER.with(|slot| *slot)
}

fn carry_out(effect: &Effect) {
    match effect {
        Effect::Lock(ticket) => request_lock(*ticket),
        Effect::Unlock => drop(with_driver(|driver| driver.lock.take())),
        Effect::Refresh(ticket) => start_refresh(*ticket),
        Effect::Abort => {
            if let Some(abort) = with_driver(|driver| driver.abort.take()).flatten() {
                abort.abort();
            }
        }
        Effect::SetTimer(after) => set_timer(Some(*after)),
        Effect::ClearTimer => set_timer(None),
        Effect::Broadcast(message) => {
            with_driver(|driver| driver.channel.as_ref().map(|channel| channel.send(message)));
        }
        Effect::ResumeCalls(outcome) => {
            let calls = with_driver(|driver| std::mem::take(&mut driver.waiting_calls));
            for call in calls.unwrap_or_default() {
                // Fails only if the call has been dropped.
                let _ = call.send(*outcome);
            }
        }
        Effect::Show(grant) => {
            if let Some(snapshot) = with_driver(|driver| driver.snapshot_to_show(grant)).flatten() {
                report(Change::Refreshed(snapshot));
            }
        }
        Effect::End(code) => report(Change::Ended(*code)),
        Effect::Trouble(trouble) => report(Change::Trouble(*trouble)),
        Effect::Reload => page::reload(),
        Effect::Continue => page::go_on(),
    }
}

impl Driver {
    /// Returns the snapshot to show for a grant: the one in the response to the refresh, or the
    /// last one updated with the grant of another tab.
    fn snapshot_to_show(&mut self, grant: &Grant) -> Option<Snapshot> {
        let now = reading();
        let fresh = self.fresh.take();
        let fresh = fresh.filter(|fresh| *fresh.session.id == *grant.session);
        let shown = fresh.or_else(|| self.updated_snapshot(grant, now))?;
        self.snapshot = Some((shown.clone(), now));
        Some(shown)
    }

    fn updated_snapshot(&self, grant: &Grant, now: Reading) -> Option<Snapshot> {
        let (mut snapshot, at) = self.snapshot.clone()?;
        let passed = now.since(at).as_secs();
        snapshot.session.ends_in = snapshot.session.ends_in.saturating_sub(passed);
        snapshot.session.id = grant.session.to_string();
        snapshot.session.rotations = grant.rotations;
        snapshot.expires_in = grant.timing.expires_in.as_secs();
        Some(snapshot)
    }
}

fn request_lock(ticket: Ticket) {
    let done = move |is_held| {
        dispatch(if is_held {
            Event::LockGranted(ticket)
        } else {
            Event::LockUnavailable(ticket)
        });
    };
    match lock::request(Box::new(done)) {
        Some(lock) => {
            with_driver(|driver| driver.lock = Some(lock));
        }
        None => dispatch(Event::LockUnavailable(ticket)),
    }
}

/// Sends the refresh in a detached task, because the call that waits for it may be dropped.
fn start_refresh(ticket: Ticket) {
    let Ok(abort) = AbortController::new() else {
        return dispatch(Event::RefreshEnded(ticket, RefreshResult::NoResponse));
    };
    let signal = abort.signal();
    with_driver(|driver| driver.abort = Some(abort));
    spawn_local(async move {
        let result = match refresh::send(&signal).await {
            Ok(snapshot) => {
                let grant = Grant::from(&snapshot);
                with_driver(|driver| driver.fresh = Some(snapshot));
                RefreshResult::Refreshed(grant)
            }
            Err(result) => result,
        };
        dispatch(Event::RefreshEnded(ticket, result));
        // A snapshot that was not shown, as after a sign-out in the meantime, is discarded.
        with_driver(|driver| driver.fresh = None);
    });
}

fn set_timer(after: Option<Duration>) {
    // At most one day, because a browser's timer overflows after 24.8 days. The deadline is
    // checked again whenever the timer fires.
    let timer = after.map(|after| {
        let millis = after.min(Duration::from_secs(86_400)).as_millis();
        Timeout::new(u32::try_from(millis).unwrap_or(u32::MAX), || {
            dispatch(Event::Woke);
        })
    });
    with_driver(|driver| driver.timer = timer);
}
