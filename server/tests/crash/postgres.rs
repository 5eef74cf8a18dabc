//! The `PostgreSQL` that `cargo xtask test crash` starts for these tests alone.
//! Most share it; those that kill it have it to themselves.

use std::{
    env, fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

static SERVER: RwLock<()> = RwLock::new(());

const ABSENT: &str = "these tests kill PostgreSQL and take none but one of their own: run \
                      `cargo xtask test crash`, which starts it";

/// The server, while a guard of either kind is held.
pub(crate) struct Server<G> {
    url: String,
    folder: PathBuf,
    programs: PathBuf,
    _guard: G,
}

/// The server, together with others.
pub(crate) fn share() -> Server<RwLockReadGuard<'static, ()>> {
    Server::with(SERVER.read().unwrap_or_else(PoisonError::into_inner))
}

/// The server, for one that kills it. Whatever another test left undone is set
/// right first.
pub(crate) fn take() -> Server<RwLockWriteGuard<'static, ()>> {
    let server = Server::with(SERVER.write().unwrap_or_else(PoisonError::into_inner));
    if !server.pg_ctl(&["status"]) {
        server.start();
    }
    server.set("RESET wal_writer_delay");
    server
}

/// Runs a query of the test's own.
pub(crate) fn wait_for<T>(query: impl Future<Output = Result<T, sqlx::Error>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = runtime.expect("a runtime").block_on(query);
    result.expect("the database answers")
}

impl<G> Server<G> {
    fn with(guard: G) -> Self {
        let url = env::var("PORTCULLIS_TEST_POSTGRES").expect(ABSENT);
        let folder = url.split_once("?host=").expect(ABSENT).1;
        let programs = env::var_os("PORTCULLIS_TEST_POSTGRES_BIN").expect(ABSENT);
        Self {
            folder: PathBuf::from(folder),
            url,
            programs: PathBuf::from(programs),
            _guard: guard,
        }
    }

    /// Makes an empty database and returns its URL.
    pub(crate) fn new_database(&self) -> String {
        let name = format!("crash_{}", uuid::Uuid::now_v7().simple());
        self.execute(&format!("CREATE DATABASE {name}"));
        // The tests' own connections find the tables of the installation too.
        let path = format!("/{name}?options[search_path]=portcullis,public&");
        self.url.replace("/postgres?", &path)
    }

    pub(crate) fn execute(&self, statement: &str) {
        wait_for(async {
            let mut connection = PgConnection::connect(&self.url).await?;
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await
        });
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// A program of `PostgreSQL`'s, as the user whom the data belong to: it
    /// refuses to be root.
    fn command(&self, program: &Path) -> Command {
        let owner = fs::metadata(self.data()).expect("the data");
        let mut command = Command::new(program);
        command
            .current_dir(&self.folder)
            .env("LC_ALL", "C")
            .uid(owner.uid())
            .gid(owner.gid());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Says whether it did what it was asked.
    fn pg_ctl(&self, words: &[&str]) -> bool {
        let mut command = self.command(&self.programs.join("pg_ctl"));
        command.arg("--pgdata").arg(self.data()).args(words);
        // To a file: a pipe would be open for as long as the server is.
        let said = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("pg_ctl"))
            .expect("a log");
        command
            .stdout(said.try_clone().expect("a log"))
            .stderr(said);
        command.status().expect("pg_ctl").success()
    }
}

/// How the server is made to lose its connections and its last commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// It is stopped without being asked to finish anything, and started again.
    Stop,
    /// One of its processes is killed, as by a system that is out of memory: the
    /// server gives up all of them, and recovers by itself.
    Process,
}

impl Server<RwLockWriteGuard<'static, ()>> {
    /// Brings it down and up again. Returns when it takes connections.
    pub(crate) fn crash(&self, how: Crash, database: &str) {
        match how {
            Crash::Stop => {
                assert!(self.pg_ctl(&["stop", "--mode=immediate"]), "stopped");
                self.start();
            }
            Crash::Process => self.kill_a_process(database),
        }
    }

    fn start(&self) {
        let words = ["start", "--wait", "--timeout=60", "--log=log-again"];
        assert!(self.pg_ctl(&words), "started");
    }

    /// Changes a setting of the server, as `ALTER SYSTEM` says it.
    pub(crate) fn set(&self, change: &str) {
        self.execute(&format!("ALTER SYSTEM {change}"));
        self.execute("SELECT pg_reload_conf()");
    }

    /// One that serves that database.
    fn kill_a_process(&self, database: &str) {
        let process: (i32,) = wait_for(async {
            let mut connection = PgConnection::connect(database).await?;
            sqlx::query_as(
                "SELECT pid FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1",
            )
            .fetch_one(&mut connection)
            .await
        });
        let mut kill = self.command(Path::new("kill"));
        let status = kill.args(["-KILL", &process.0.to_string()]).status();
        assert!(status.expect("kill").success());
    }
}
