//! The program, started as an operator starts it, with sessions in its database.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Stdio},
    time::Duration,
};

use portcullis::{policy::Lifetimes, sessions::IssuedTokens};
use testkit::{
    EMAIL,
    installation::{refresh_token, register_account},
    place::Place,
    program,
};

use crate::jar::Jar;

/// The origin that issues the tokens. The program listens on another, free port.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:3000";

/// The replay window, as short as allowed: only a refresh after the window rotates.
pub(crate) const WINDOW: Duration = Duration::from_secs(1);

/// A program that listens. It is killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// Begins sessions through the library, before the program starts: hashing a
/// password for each would take most of an hour.
pub(crate) async fn sign_in(place: &Place, jars: usize) -> Vec<Jar> {
    let builder = place.builder(ORIGIN).lifetimes(Lifetimes {
        replay_window: WINDOW,
        ..Lifetimes::default()
    });
    let portcullis = builder.open_without_tasks().await.expect("the service");
    let account = register_account(&portcullis, EMAIL).await;
    let mut all = Vec::with_capacity(jars);
    for _ in 0..jars {
        let tokens = portcullis.sessions().begin(&account, &[]).await;
        all.push(jar(&tokens.expect("a session")));
    }
    portcullis.shutdown().await;
    all
}

fn jar(tokens: &IssuedTokens) -> Jar {
    Jar::new(tokens.access.expose(), refresh_token(tokens))
}

impl Program {
    /// Starts the program with default settings, except for the window.
    pub(crate) fn start(place: &Place) -> Self {
        let folder = place.folder.path();
        let site = folder.join("site");
        fs::create_dir(&site).expect("a folder");
        let log = File::create(folder.join("log")).expect("a file");
        let mut command = program::command(env!("CARGO_BIN_EXE_portcullis"), folder);
        let database = match &place.url {
            None => format!("sqlite:{}", place.file().display()),
            Some(url) => url.clone(),
        };
        let mut child = command
            .arg("serve")
            .env("PORTCULLIS_ORIGIN", ORIGIN)
            .env("PORTCULLIS_LISTEN", "127.0.0.1:0")
            .env("PORTCULLIS_DATA_DIR", folder)
            .env("PORTCULLIS_DATABASE_URL", database)
            .env("PORTCULLIS_SECRET_FILE", folder.join("secret"))
            .env("PORTCULLIS_SITE_ROOT", site)
            .env("PORTCULLIS_MAX_SESSIONS", "100000")
            .env("PORTCULLIS_REPLAY_WINDOW", "1s")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let Some(address) = program::address(&line) else {
            let _ = child.kill();
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            panic!("the program did not start to listen: {line}{log}");
        };
        Self { child, address }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
