//! The process that serves the requests: this executable, started again.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
use portcullis::wire::{SESSION_HEADER, USER_HEADER};
use server::{
    layers,
    settings::{Environment, Settings, Values},
};
use tempfile::TempDir;
use testkit::{
    EMAIL,
    bench::report::say,
    installation::register_account,
    place::{Kind, Place},
};
use tokio::net::TcpListener;

/// The argument with which this executable serves.
pub(crate) const ARGUMENT: &str = "--serve";

/// The path of a route with the same response as `verify/`, which authenticates no caller. It is
/// below `/api/` as `verify/` is, because other paths may be pages.
pub(crate) const SAME: &str = "/api/accounts/auth/same/";

/// The path of a route with the same response as `session/`, which authenticates no caller.
pub(crate) const SAME_SESSION: &str = "/api/accounts/auth/same-session/";

const ORIGIN: &str = "http://127.0.0.1:3000";

/// The serving process. It is killed when this is dropped.
pub(crate) struct Served {
    child: Child,
    /// The router without any layer.
    pub(crate) bare: SocketAddr,
    /// The router with all layers.
    pub(crate) wrapped: SocketAddr,
    pub(crate) access_token: String,
    _folder: TempDir,
}

impl Served {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let executable = std::env::current_exe().expect("a path");
        let log = File::create(folder.path().join("log")).expect("a file");
        let mut child = Command::new(executable)
            .arg(ARGUMENT)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("a process");
        let out = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(out).lines();
        let mut line = || lines.next().expect("a line").expect("UTF-8");
        Self {
            bare: line().parse().expect("an address"),
            wrapped: line().parse().expect("an address"),
            access_token: line(),
            child,
            _folder: folder,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until the process is killed.
#[tokio::main]
pub(crate) async fn serve() {
    // The default log, as in the program.
    let environment = Environment::new([] as [(&str, &str); 0], Path::new(""));
    let values = Values::collect(environment.expect("settings")).expect("settings");
    let settings = Settings::read(&values).expect("settings");
    let _log = server::log::start(&settings.log).expect("the log");

    let place = Place::new(Kind::Sqlite).await;
    let portcullis = place.builder(ORIGIN).open().await.expect("the service");
    let account = register_account(&portcullis, EMAIL).await;
    let tokens = portcullis.sessions().begin(&account, &[]).await;
    let tokens = tokens.expect("a session");

    let small = || Router::new().route("/small", get(async || "a small response"));
    let account = tokens.snapshot.account.id.clone();
    let session = tokens.snapshot.session.id.clone();
    let same = get(async move || {
        let ids = [(USER_HEADER, account), (SESSION_HEADER, session)];
        (StatusCode::NO_CONTENT, ids).into_response()
    });
    let snapshot = tokens.snapshot.clone();
    let same_session = get(async move || Json(snapshot));
    let routes = small()
        .route(SAME, same)
        .route(SAME_SESSION, same_session)
        .merge(portcullis.routes());
    let wrapped = layers::wrap(routes, &portcullis);

    let (bare_listener, listener) = (listener().await, listener().await);
    for listener in [&bare_listener, &listener] {
        say(listener.local_addr().expect("an address").to_string());
    }
    say(tokens.access.expose());
    let (bare, wrapped) = tokio::join!(
        axum::serve(bare_listener, small()),
        axum::serve(listener, wrapped)
    );
    bare.and(wrapped).expect("served");
}

async fn listener() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    listener.expect("a port")
}
