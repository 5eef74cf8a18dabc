//! The program itself, started as an operator would, with sessions in its database.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Stdio},
    time::Duration,
};

use portcullis::{policy::Lifetimes, sessions::Grant};
use testkit::{
    EMAIL,
    installation::{open_account, refresh_token},
    place::Place,
    program,
};

use crate::jar::Jar;

/// Whose tokens these are. Not where the program listens: a free port.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:3000";

/// The shortest that there is: only what waits longer is a rotation.
pub(crate) const WINDOW: Duration = Duration::from_secs(1);

/// A program that listens; it is ended when this is dropped.
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
    let portcullis = builder.open_without_tasks().await.expect("opened");
    let account = open_account(&portcullis, EMAIL).await;
    let mut all = Vec::with_capacity(jars);
    for _ in 0..jars {
        let grant = portcullis.sessions().begin(&account, &[]).await;
        all.push(jar(&grant.expect("begun")));
    }
    portcullis.shutdown().await;
    all
}

fn jar(grant: &Grant) -> Jar {
    Jar::new(grant.access.expose(), refresh_token(grant))
}

impl Program {
    /// With the settings of a default installation, but for the window.
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
            .env("PORTCULLIS_REPLAY_WINDOW", "1s")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("started");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let Some(address) = program::address(&line) else {
            let _ = child.kill();
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            panic!("the program does not listen: {line}{log}");
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
