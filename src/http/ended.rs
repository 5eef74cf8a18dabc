//! The end of a session, for server-sent events and WebSockets.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use super::SignedIn;

/// A future that resolves when a session ends, returned by [`SignedIn::ended`]. It can be
/// polled again and again by reference, as in `tokio::select!`.
#[must_use = "a stream ends with its session only if it waits for this future"]
pub struct SessionEnded(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Future for SessionEnded {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for SessionEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionEnded")
    }
}

impl SignedIn {
    /// Returns a future that resolves when the session of this request ends: at once if this
    /// process ends it, and within a second if another process does. A response that stays
    /// open is authenticated only when it begins, so it must wait for this future and stop
    /// when it resolves.
    ///
    /// A session ends by a sign-out, by a sign-in in the same browser, by its user from another
    /// session, by a change of the password (also in this browser, whose session is replaced),
    /// by an operator, by the deactivation or deletion of its account, by the reuse of a
    /// refresh token, or at its maximum lifetime. The future also resolves if it is not known
    /// whether the session has ended: when the process has not been able to read the ended
    /// sessions for ten seconds, when the background tasks do not run, and on
    /// [`Portcullis::shutdown`](crate::Portcullis::shutdown). It does not resolve when the
    /// access token expires.
    ///
    /// A pending future costs no work, however many there are.
    ///
    /// Server-sent events:
    ///
    /// ```
    /// use std::{convert::Infallible, time::Duration};
    ///
    /// use axum::response::sse::{Event, KeepAlive, Sse};
    /// use futures::{Stream, StreamExt, stream};
    /// use portcullis::SignedIn;
    ///
    /// async fn ticks(user: SignedIn) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    ///     let ticks = stream::unfold(0, |n| async move {
    ///         tokio::time::sleep(Duration::from_secs(1)).await;
    ///         Some((Ok(Event::default().data(n.to_string())), n + 1))
    ///     });
    ///     Sse::new(ticks.take_until(user.ended())).keep_alive(KeepAlive::default())
    /// }
    /// # let _: axum::Router = axum::Router::new().route("/ticks", axum::routing::get(ticks));
    /// ```
    ///
    /// WebSockets, with the feature `ws` of axum. The same-origin check rejects a WebSocket
    /// that a page of another origin opens.
    ///
    /// ```
    /// use axum::{extract::ws::WebSocketUpgrade, response::Response};
    /// use portcullis::SignedIn;
    ///
    /// async fn echo(user: SignedIn, upgrade: WebSocketUpgrade) -> Response {
    ///     let mut ended = user.ended();
    ///     upgrade.on_upgrade(async move |mut socket| {
    ///         loop {
    ///             let message = tokio::select! {
    ///                 biased;
    ///                 () = &mut ended => return,
    ///                 received = socket.recv() => received,
    ///             };
    ///             let Some(Ok(message)) = message else { return };
    ///             if socket.send(message).await.is_err() {
    ///                 return;
    ///             }
    ///         }
    ///     })
    /// }
    /// # let _: axum::Router = axum::Router::new().route("/echo", axum::routing::any(echo));
    /// ```
    pub fn ended(&self) -> SessionEnded {
        let service = self.caller().service();
        SessionEnded(Box::pin(service.session_ended(self.session_id())))
    }
}
