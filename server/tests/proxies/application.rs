//! The application behind the proxy. It knows nothing of Portcullis and responds with what it
//! receives.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Uri},
};
use tokio::{net::TcpListener, runtime::Runtime};

/// The running application. It stops when this is dropped.
pub(crate) struct Application {
    pub(crate) address: SocketAddr,
    posts: Arc<AtomicUsize>,
    _runtime: Runtime,
}

impl Application {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a port");
        let address = listener.local_addr().expect("an address");
        let posts = Arc::<AtomicUsize>::default();
        let limit = axum::extract::DefaultBodyLimit::disable();
        let router = Router::new()
            .fallback(show)
            .layer(limit)
            .with_state(Arc::clone(&posts));
        runtime.spawn(async { axum::serve(listener, router).await });
        Self {
            address,
            posts,
            _runtime: runtime,
        }
    }

    /// Returns how many POST requests it has received.
    pub(crate) fn posts(&self) -> usize {
        self.posts.load(Ordering::Relaxed)
    }
}

/// Responds with the request, and with every header that an application may take for the
/// ids of the user and the session: many read header names as CGI variables, in which `-` is `_`.
async fn show(
    State(posts): State<Arc<AtomicUsize>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> String {
    if method == Method::POST {
        posts.fetch_add(1, Ordering::Relaxed);
    }
    let ids = headers.iter().filter(|(name, _)| {
        let name = name.as_str().replace('_', "-");
        name == "x-portcullis-user" || name == "x-portcullis-session"
    });
    let mut ids: Vec<_> = ids.collect();
    ids.sort_by_key(|(name, _)| std::cmp::Reverse(name.as_str()));
    let ids: Vec<_> = ids
        .iter()
        .map(|(_, id)| id.to_str().expect("ASCII"))
        .collect();
    format!(
        "application: {method} {uri}, {} bytes, ids [{}]",
        body.len(),
        ids.join(" ")
    )
}
