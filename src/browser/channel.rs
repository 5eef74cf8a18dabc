//! The messages between tabs, over a `BroadcastChannel` if the browser has one.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::keeper::{CHANNEL, Message};

/// The page's end of the channel, which stays open as long as the page.
pub(super) struct Channel(BroadcastChannel);

impl Channel {
    /// Joins the channel; `on_message` is called with each message of another tab. Returns `None`
    /// if the browser has no channels: tabs then learn of changes later, by their own requests.
    pub(super) fn join(on_message: impl Fn(Message) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let line = event.data().as_string();
            if let Some(message) = line.as_deref().and_then(Message::parse) {
                on_message(message);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
        Some(Self(channel))
    }

    /// Sends a message to all other tabs.
    pub(super) fn send(&self, message: &Message) {
        // Fails only if the channel is closed, and this one is never closed.
        let _ = self.0.post_message(&message.to_line().into());
    }
}
