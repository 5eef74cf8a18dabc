//! `PgBouncer` between the program and `PostgreSQL`.

use std::{
    fmt::Write,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use portcullis::keys::MasterSecret;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use testkit::{EMAIL, postgres};
use url::Url;

use crate::{
    browser::Browser,
    stack::{EXECUTABLE, Process, listening},
};

/// Where Debian installs it; an ordinary user may not have it in PATH.
const PROGRAMS: [&str; 2] = ["pgbouncer", "/usr/sbin/pgbouncer"];

/// A new database behind a pooler, and the folder of a program that uses it.
struct Pooled {
    folder: TempDir,
    url: String,
    _pooler: Process,
}

impl Pooled {
    /// Starts the pooler with some lines of its configuration.
    fn start(lines: &[&str]) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let url = runtime.block_on(postgres::new_database());
        let folder = tempfile::tempdir().expect("a folder");
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = unused.local_addr().expect("an address");
        let path = folder.path().join("pgbouncer.ini");
        fs::write(&path, configuration(&url, address, lines)).expect("written");
        drop(unused);
        let pooler = spawn(&path);
        let since = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(since.elapsed() < Duration::from_secs(30), "it listens");
            sleep(Duration::from_millis(20));
        }
        fs::create_dir_all(folder.path().join("target/site")).expect("a folder");
        MasterSecret::load_or_create(&folder.path().join("secret")).expect("a secret");
        let name = Url::parse(&url).expect("a URL").path().to_owned();
        Self {
            folder,
            url: format!("postgres://portcullis@{address}{name}?sslmode=disable"),
            _pooler: pooler,
        }
    }

    /// Returns a command of the program.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = testkit::program::command(EXECUTABLE, self.folder.path());
        command
            .args(arguments)
            .env("PORTCULLIS_LISTEN", "127.0.0.1:0")
            .env("PORTCULLIS_DATABASE_URL", &self.url)
            .env("PORTCULLIS_SECRET_FILE", "secret");
        command
    }
}

fn configuration(url: &str, address: SocketAddr, lines: &[&str]) -> String {
    let server: PgConnectOptions = url.parse().expect("a URL");
    let host = match server.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => server.get_host().to_owned(),
    };
    let (port, user) = (server.get_port(), server.get_username());
    let mut text = format!(
        "[databases]\n* = host={host} port={port} user={user}\n[pgbouncer]\n\
         listen_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\nauth_type = any\n",
        address.port()
    );
    // It does not run as root. Only the user of the server may enter the folder of its socket.
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        let folder = fs::metadata(&host).expect("the folder of the socket");
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "user = {}", user_name(folder.uid()));
    }
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Returns the name of a user of this machine.
fn user_name(id: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").expect("the users");
    let id = id.to_string();
    let user = users
        .lines()
        .find(|user| user.split(':').nth(2) == Some(&*id));
    let name = user.and_then(|user| user.split(':').next());
    name.expect("the user").to_owned()
}

fn spawn(configuration: &Path) -> Process {
    for program in PROGRAMS {
        let mut command = Command::new(program);
        command.arg("-q").arg(configuration).stderr(Stdio::null());
        if let Ok(child) = command.stdin(Stdio::null()).spawn() {
            return Process(child);
        }
    }
    panic!("pgbouncer does not start: `cargo xtask test proxies` installs it");
}

#[test]
fn program_works_behind_a_pooler_that_keeps_connections() {
    let pooled = Pooled::start(&["pool_mode = session", "default_pool_size = 30"]);
    let (_program, address) = listening(&mut pooled.command(&["serve"]));
    let mut browser = Browser::new(address);
    browser.register();
    assert_eq!(browser.load("/account").status, 200);
    browser.remove_access_token();
    assert_eq!(browser.load("/account").status, 200, "refreshed");
    let revoke = ["session", "revoke", "--account", EMAIL];
    let revoked = pooled.command(&revoke).output().expect("a process");
    assert!(revoked.status.success(), "{revoked:?}");
    let ended = Instant::now();
    while browser.load("/account").status == 200 {
        assert!(ended.elapsed() < Duration::from_secs(30), "still signed in");
    }
}

/// The settings and the notifications of a connection would be those of other clients.
#[test]
fn program_does_not_start_behind_a_pooler_that_mixes_up_connections() {
    for lines in [
        &["pool_mode = transaction"][..],
        &["pool_mode = transaction", "server_round_robin = 1"],
        &["pool_mode = transaction", "default_pool_size = 1"],
        &["pool_mode = statement"],
    ] {
        let pooled = Pooled::start(lines);
        for arguments in [&["serve"][..], &["session", "list"]] {
            let failed = pooled.command(arguments).output().expect("a process");
            assert_eq!(failed.status.code(), Some(1), "{lines:?}: {failed:?}");
            let message = String::from_utf8(failed.stderr).expect("UTF-8");
            assert!(
                message.contains("pool_mode=session"),
                "{lines:?}: {message}"
            );
        }
    }
}
