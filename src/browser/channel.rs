//! What tabs tell each other, over a `BroadcastChannel` where there is one.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::keeper::{CHANNEL, Message};

/// The page's end of the channel, for the page's whole life.
pub(super) struct Channel(BroadcastChannel);

impl Channel {
    /// Joins the channel; `hear` is told what others say. None where the browser
    /// has no such thing: tabs find out by themselves then, only later.
    pub(super) fn join(hear: impl Fn(Message) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string();
            if let Some(message) = text.as_deref().and_then(Message::parse) {
                hear(message);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
        Some(Self(channel))
    }

    /// Tells all other tabs.
    pub(super) fn tell(&self, message: &Message) {
        // It fails for a closed channel, and this one is never closed.
        let _ = self.0.post_message(&message.to_text().into());
    }
}
