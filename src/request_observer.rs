//! What a request waits for, for an application that records traces.

use std::{fmt, sync::Arc, time::Duration};

/// Receives what a request has waited for: an application that records traces makes a span of
/// each.
///
/// It is put into the extensions of a request, outside of
/// [`Portcullis::protect`](crate::Portcullis::protect). The function is called in the task of the
/// request, or in one that completes its work, so it must not wait. It learns no statement and no
/// value.
///
/// ```
/// use std::time::Duration;
/// use axum::{body::Body, extract::Request};
/// use portcullis::{RequestObserver, Waited};
///
/// fn observe(request: &mut Request) {
///     let observer = RequestObserver::new(|waited: Waited, time: Duration| {
///         println!("{} {time:?}", waited.name());
///     });
///     request.extensions_mut().insert(observer);
/// }
/// # observe(&mut Request::new(Body::empty()));
/// ```
#[derive(Clone)]
pub struct RequestObserver(Arc<dyn Fn(Waited, Duration) + Send + Sync>);

/// What a request has waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waited {
    /// A statement or a transaction, from the time at which it had a connection.
    Database,
    /// A rotation that was written together with others (`PostgreSQL`), from the time at which
    /// it was queued.
    Rotation,
    /// The hash of a password, from the time at which it was queued.
    PasswordHash,
}

impl Waited {
    /// Returns the name of what was waited for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Rotation => "rotation",
            Self::PasswordHash => "password hash",
        }
    }
}

impl RequestObserver {
    /// Creates an observer from a function, which is called when the waiting has ended.
    pub fn new(observe: impl Fn(Waited, Duration) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(crate) fn observe(&self, waited: Waited, time: Duration) {
        (self.0)(waited, time);
    }
}

impl fmt::Debug for RequestObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestObserver")
    }
}
