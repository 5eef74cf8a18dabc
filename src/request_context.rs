//! The request that the current task handles. What the request causes is recorded with its id
//! and with the address of its client.
//!
//! It is a value of the task and not an argument: nothing but the audit trail and the log reads
//! it, and no decision depends on it.

use std::{net::IpAddr, time::Duration};

use tokio::task::{self, JoinHandle};

use crate::{
    request_id::RequestId,
    request_observer::{RequestObserver, Waited},
};

tokio::task_local! {
    static CURRENT: RequestContext;
}

/// The id of a request, the address of its client, if that is known, and its observer.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    pub(crate) id: RequestId,
    pub(crate) address: Option<IpAddr>,
    pub(crate) observer: Option<RequestObserver>,
}

impl RequestContext {
    /// Runs a future of this request.
    pub(crate) async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// Returns the request that the current task handles, if it handles one.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }
}

/// Tells the observer of the current request, if it has one, what the request has waited for.
pub(crate) fn observe(waited: Waited, time: Duration) {
    let _ = CURRENT.try_with(|context| {
        if let Some(observer) = &context.observer {
            observer.observe(waited, time);
        }
    });
}

/// Spawns a task that belongs to the current request, if there is one.
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    match RequestContext::current() {
        Some(context) => task::spawn(CURRENT.scope(context, future)),
        None => task::spawn(future),
    }
}
