//! The lock that all tabs share, by the Web Locks API if the browser has it.
//!
//! It saves refreshes and decides nothing about the session: without it each tab refreshes for
//! itself, and the server makes that harmless.

use std::{cell::Cell, rc::Rc};

use futures::channel::oneshot;
use gloo_timers::callback::Timeout;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

/// The name of the lock.
const NAME: &str = "portcullis-refresh";
/// The longest time that signing in or out waits for the lock, and the longest time that it then
/// holds the lock while it waits for its response: as long as a refresh may take with the default
/// settings.
pub(super) const SIGNING_TIMEOUT_MS: u32 = 10_000;

// web-sys has this only behind a compiler flag.
#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &Function,
    ) -> Result<Promise, JsValue>;
}

/// A lock that is held or requested; dropping it releases it.
pub(super) struct Lock {
    /// Resolves the promise; the browser holds the lock until it is resolved.
    release: Function,
    /// Withdraws the request if the lock has not been granted.
    abort: AbortController,
    _granted: Closure<dyn FnMut() -> Promise>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Neither throws: a promise may be resolved twice, a signal aborted twice.
        let _ = self.release.call0(&JsValue::UNDEFINED);
        self.abort.abort();
    }
}

/// The callback that receives whether the lock is held. Boxed, so that [`request`] is not compiled
/// for each caller.
type Done = Box<dyn FnOnce(bool)>;

/// Requests the lock, and calls `done` once with whether it is held. Returns `None`, without
/// calling `done`, if the browser has no locks.
pub(super) fn request(done: Done) -> Option<Lock> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    if locks.is_undefined() {
        return None;
    }
    let abort = AbortController::new().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"signal".into(), &abort.signal()).ok()?;
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let done = Rc::new(Cell::new(Some(done)));
    let granted = {
        let done = Rc::clone(&done);
        Closure::<dyn FnMut() -> Promise>::new(move || {
            report(&done, true);
            held.clone()
        })
    };
    let request = locks
        .unchecked_ref::<LockManager>()
        .request(NAME, &options, granted.as_ref().unchecked_ref())
        .ok()?;
    spawn_local(async move {
        // The promise is also rejected when the request was withdrawn; the report is then ignored.
        if JsFuture::from(request).await.is_err() {
            report(&done, false);
        }
    });
    Some(Lock {
        release: release?,
        abort,
        _granted: granted,
    })
}

/// Calls `done` on the first call only.
fn report(done: &Cell<Option<Done>>, is_held: bool) {
    if let Some(done) = done.take() {
        done(is_held);
    }
}

/// Requests the lock and waits until it is held or unavailable, at most for
/// [`SIGNING_TIMEOUT_MS`]. Returns `None` if the browser has no locks.
pub(super) async fn acquire() -> Option<Lock> {
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(Cell::new(Some(sender)));
    let stop_waiting = move || {
        if let Some(sender) = sender.take() {
            // Fails only if the caller was dropped.
            let _ = sender.send(());
        }
    };
    let _timeout = Timeout::new(SIGNING_TIMEOUT_MS, stop_waiting.clone());
    let lock = request(Box::new(move |_| stop_waiting()))?;
    let _ = receiver.await;
    Some(lock)
}
