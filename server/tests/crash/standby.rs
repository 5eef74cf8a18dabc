//! A synchronous standby of `PostgreSQL` takes over under load. It lacks the last rotations,
//! which do not wait for it, but no end of a session.

use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::RwLockWriteGuard,
    thread,
};

use portcullis::wire::{Code, paths};
use sqlx::{Connection as _, PgConnection};

use crate::{
    browser::Browser,
    crowd::Crowd,
    http::Connection,
    installation::{Installation, Program},
    killed_programs::{seeded_rng, session_counts},
    postgres::{self, Server, socket_in},
    proxy::Proxy,
    wait,
};

#[test]
fn promoted_standby_signs_no_user_out_and_revives_no_session() {
    let server = postgres::take();
    let url = server.new_database();
    let standby = Standby::of(&server, &url);
    let proxy = Proxy::to(standby.address.clone());
    let installation = Installation::on_postgres(&proxy.url_of(&url)).with_window(3);
    let programs: Vec<Program> = (0..2).map(|_| installation.start()).collect();
    let addresses: Vec<SocketAddr> = programs.iter().map(|program| program.address).collect();
    let crowd = Crowd::start(&installation, &addresses, &mut seeded_rng("standby"));
    // Most browsers rotate at least twice.
    thread::sleep(3 * installation.window());
    crowd.assert_no_violation();

    let leaving = Browser::register(addresses[0], "leaving@example.org", wait::TIMEOUT);
    let stolen =
        |method, path| leaving.build_request(method, path, "application/json", "empty", "");
    let (access, refresh) = (
        stolen("GET", paths::SESSION),
        stolen("POST", paths::REFRESH),
    );
    let signed_out = leaving.post(&mut Connection::to(addresses[1]), paths::LOGOUT);
    assert_eq!(signed_out.map(|response| response.status), Some(200));
    standby.hold_back_relaxed_commits();
    let rotations = rotations(&url);
    wait::until("half of the browsers have rotated", || {
        self::rotations(&url) >= rotations + Crowd::size() / 2
    });
    assert!(standby.take_over() > 0, "no rotation was lost");

    crowd.assert_all_work();
    for address in &addresses {
        let mut connection = Connection::to(*address);
        let mut send = |request| {
            let response = connection.send(request, wait::TIMEOUT);
            response.expect("a response")
        };
        // On a slow machine the access token has expired.
        assert_eq!(send(&access).status, 401);
        let rejected = send(&refresh);
        let answer = (rejected.status, rejected.code());
        assert_eq!(answer, (401, Code::SessionEnded.as_str()), "{rejected:?}");
    }
    thread::sleep(3 * installation.window());
    crowd.assert_all_work();
    println!("{:?}", crowd.tally());
    assert_eq!(session_counts(&standby.url), (Crowd::size() + 1, 1));
}

/// A server that has every durable commit of another one.
struct Standby<'s> {
    primary: &'s Server<RwLockWriteGuard<'static, ()>>,
    folder: PathBuf,
    /// The URL of the database on the other server.
    primary_url: String,
    /// The URL of the database on the standby.
    url: String,
    /// A link to the socket of the server that clients have to use.
    address: PathBuf,
}

impl<'s> Standby<'s> {
    /// Copies the server, and returns when its commits wait for the copy.
    fn of(primary: &'s Server<RwLockWriteGuard<'static, ()>>, url: &str) -> Self {
        let folder = primary.folder().join("standby");
        let socket_folder = |folder: &Path| format!("host={}", folder.display());
        let standby = Self {
            primary_url: url.to_owned(),
            url: url.replace(&socket_folder(primary.folder()), &socket_folder(&folder)),
            address: primary.folder().join("current"),
            folder,
            primary,
        };
        assert_ne!(standby.url, url, "the URL names the folder of the socket");
        point(&standby.address, &primary.socket()).expect("a link");
        let mut copy = primary.command(&primary.program("pg_basebackup"));
        copy.arg("--host").arg(primary.folder());
        copy.arg("--pgdata").arg(standby.data());
        copy.args("--username=postgres --checkpoint=fast --write-recovery-conf".split(' '));
        assert!(copy.status().expect("pg_basebackup").success());
        standby.control(&["start", "--wait", "--timeout=60", "--log=log-standby"]);
        primary.set("SET synchronous_standby_names = '*'");
        wait::until("the commits wait for the standby", || {
            postgres::run_query(async {
                let mut connection = PgConnection::connect(url).await?;
                sqlx::query_scalar(
                    "SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'",
                )
                .fetch_one(&mut connection)
                .await
            })
        });
        standby
    }

    /// For ten seconds, the other server writes only commits that wait for its disk, and what
    /// was committed before them. The standby gets what is on that disk.
    fn hold_back_relaxed_commits(&self) {
        self.primary.set("SET autovacuum = off");
        // The process writes once more when the setting changes.
        self.primary.set("SET wal_writer_delay = '10s'");
    }

    /// Stops the other server, promotes this one, and sends the clients to it. Returns how many
    /// rotations it lacks.
    fn take_over(&self) -> i64 {
        let committed = rotations(&self.primary_url);
        self.primary.stop();
        self.control(&["promote", "--wait", "--timeout=60"]);
        let lost = committed - rotations(&self.url);
        point(&self.address, &socket_in(&self.folder)).expect("a link");
        lost
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    #[track_caller]
    fn control(&self, arguments: &[&str]) {
        assert!(
            self.primary.pg_ctl(&self.data(), arguments),
            "{arguments:?}"
        );
    }
}

/// The other tests use the first server.
impl Drop for Standby<'_> {
    fn drop(&mut self) {
        self.primary.ensure_started();
        for setting in [
            "synchronous_standby_names",
            "autovacuum",
            "wal_writer_delay",
        ] {
            self.primary.set(&format!("RESET {setting}"));
        }
        self.primary
            .pg_ctl(&self.data(), &["stop", "--mode=immediate"]);
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.address);
    }
}

/// Returns how often the sessions of a database have been rotated.
fn rotations(url: &str) -> i64 {
    postgres::run_query(async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_scalar("SELECT sum(generation)::bigint FROM sessions")
            .fetch_one(&mut connection)
            .await
    })
}

/// Lets the link lead to a socket.
fn point(link: &Path, socket: &Path) -> io::Result<()> {
    let new = link.with_extension("new");
    symlink(socket, &new)?;
    fs::rename(&new, link)
}
