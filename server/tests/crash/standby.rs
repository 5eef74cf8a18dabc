//! A synchronous standby of `PostgreSQL` takes over under load. It lacks the last rotations,
//! which do not wait for it, but no session that ended.

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
    let leaving = Browser::register(addresses[0], "leaving@example.org", wait::TIMEOUT);
    let stolen = leaving.build_request("GET", paths::SESSION, "application/json", "empty", "");
    // Most browsers rotate at least twice.
    thread::sleep(3 * installation.window());
    crowd.assert_no_violation();

    let signed_out = leaving.post(&mut Connection::to(addresses[1]), paths::LOGOUT);
    assert_eq!(signed_out.map(|response| response.status), Some(200));
    standby.take_over();

    crowd.assert_all_work();
    for address in &addresses {
        let response = Connection::to(*address).send(&stolen, wait::TIMEOUT);
        let response = response.expect("a response");
        let answer = (response.status, response.code());
        assert_eq!(answer, (401, Code::SessionEnded.as_str()), "{response:?}");
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

    /// Stops the other server, promotes this one, and sends the clients to it.
    fn take_over(&self) {
        self.primary.stop();
        self.control(&["promote", "--wait", "--timeout=60"]);
        point(&self.address, &socket_in(&self.folder)).expect("a link");
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
        self.primary.set("RESET synchronous_standby_names");
        self.primary
            .pg_ctl(&self.data(), &["stop", "--mode=immediate"]);
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.address);
    }
}

/// Lets the link lead to a socket.
fn point(link: &Path, socket: &Path) -> io::Result<()> {
    let new = link.with_extension("new");
    symlink(socket, &new)?;
    fs::rename(&new, link)
}
