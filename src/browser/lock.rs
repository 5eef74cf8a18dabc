//! The lock that all tabs share, by the Web Locks API where there is one.
//!
//! It saves refreshes and decides nothing: without it each tab refreshes for
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
/// For how long signing in or out waits for a refresh in another tab, and is
/// waited for: as long as a refresh may take with the usual settings.
pub(super) const TIMEOUT_MS: u32 = 10_000;

// web-sys has this only behind a flag of the compiler.
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

/// A lock that is held or waited for; dropping it gives it back.
pub(super) struct Lock {
    /// Ends the promise for as long as which the browser holds the lock.
    release: Function,
    /// Withdraws the request while it waits.
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

/// What is told whether the lock is held. Boxed, or asking for the lock would be
/// compiled for each caller.
type Done = Box<dyn FnOnce(bool)>;

/// Asks for the lock; `done` is told, once, whether it is held. None where there
/// is no such thing, and then `done` is not called.
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
            tell(&done, true);
            held.clone()
        })
    };
    let request = locks
        .unchecked_ref::<LockManager>()
        .request(NAME, &options, granted.as_ref().unchecked_ref())
        .ok()?;
    spawn_local(async move {
        // Also where it was withdrawn, and then nobody listens to it.
        if JsFuture::from(request).await.is_err() {
            tell(&done, false);
        }
    });
    Some(Lock {
        release: release?,
        abort,
        _granted: granted,
    })
}

/// Tells the first outcome, and no second one.
fn tell(done: &Cell<Option<Done>>, is_held: bool) {
    if let Some(done) = done.take() {
        done(is_held);
    }
}

/// Waits for the lock, but not for ever.
pub(super) async fn wait() -> Option<Lock> {
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(Cell::new(Some(sender)));
    let go_on = move || {
        if let Some(sender) = sender.take() {
            // Whoever waited may be gone.
            let _ = sender.send(());
        }
    };
    let _give_up = Timeout::new(TIMEOUT_MS, go_on.clone());
    let lock = request(Box::new(move |_| go_on()))?;
    let _ = receiver.await;
    Some(lock)
}
