//! The channel on which a tab notifies the others that the list has changed. A browser
//! without `BroadcastChannel` shows the change when the user returns to the window.

use std::cell::RefCell;

use leptos::{
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
    web_sys::BroadcastChannel,
};

const NAME: &str = "portcullis-devices";

thread_local! {
    /// The channel of the page, while it is open.
    static CHANNEL: RefCell<Option<Channel>> = const { RefCell::new(None) };
}

struct Channel {
    channel: BroadcastChannel,
    _on_message: Closure<dyn Fn()>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// Opens the channel. `on_message` is called when another tab has changed the list.
pub(super) fn open(on_message: impl Fn() + 'static) {
    let Ok(channel) = BroadcastChannel::new(NAME) else {
        return;
    };
    let on_message = Closure::<dyn Fn()>::new(on_message);
    channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    CHANNEL.set(Some(Channel {
        channel,
        _on_message: on_message,
    }));
}

/// Notifies the other tabs.
pub(super) fn notify() {
    CHANNEL.with_borrow(|channel| {
        if let Some(channel) = channel {
            // It fails only for a closed channel.
            let _ = channel.channel.post_message(&JsValue::TRUE);
        }
    });
}

/// Closes the channel.
pub(super) fn close() {
    CHANNEL.set(None);
}
