//! The `PostgreSQL` server that `cargo xtask test crash` starts for these tests alone.
//! Most tests share it. A test that kills it uses it exclusively.

use std::{
    env, fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

static SERVER: RwLock<()> = RwLock::new(());

const NOT_CONFIGURED: &str = "these tests kill PostgreSQL and need a server of their own: run \
                              `cargo xtask test crash`, which starts it";

/// The server. The guard is held for shared or for exclusive use.
pub(crate) struct Server<G> {
    url: String,
    folder: PathBuf,
    programs: PathBuf,
    _guard: G,
}

/// The server belongs to one test, which has created it.
pub(crate) struct Own;

/// Returns the server for shared use.
pub(crate) fn share() -> Server<RwLockReadGuard<'static, ()>> {
    Server::with(SERVER.read().unwrap_or_else(PoisonError::into_inner))
}

/// Returns the server for a test that kills it. Restarts the server and resets its
/// settings first, if another test failed to do so.
pub(crate) fn take() -> Server<RwLockWriteGuard<'static, ()>> {
    let server = Server::with(SERVER.write().unwrap_or_else(PoisonError::into_inner));
    server.ensure_started();
    server.set("RESET wal_writer_delay");
    server
}

/// Runs a query on a connection of the test.
pub(crate) fn run_query<T>(query: impl Future<Output = Result<T, sqlx::Error>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = runtime.expect("a runtime").block_on(query);
    result.expect("a result")
}

impl<G> Server<G> {
    fn with(guard: G) -> Self {
        let url = env::var("PORTCULLIS_TEST_POSTGRES").expect(NOT_CONFIGURED);
        let folder = url.split_once("?host=").expect(NOT_CONFIGURED).1;
        let programs = env::var_os("PORTCULLIS_TEST_POSTGRES_BIN").expect(NOT_CONFIGURED);
        Self {
            folder: PathBuf::from(folder),
            url,
            programs: PathBuf::from(programs),
            _guard: guard,
        }
    }

    /// Creates an empty database and returns its URL.
    pub(crate) fn new_database(&self) -> String {
        let name = format!("crash_{}", uuid::Uuid::now_v7().simple());
        self.execute(&format!("CREATE DATABASE {name}"));
        // The connections of the tests have to find the tables of the installation too.
        let path = format!("/{name}?options[search_path]=portcullis,public&");
        self.url.replace("/postgres?", &path)
    }

    pub(crate) fn execute(&self, statement: &str) {
        run_query(async {
            let mut connection = PgConnection::connect(&self.url).await?;
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await
        });
    }

    pub(crate) fn socket(&self) -> PathBuf {
        socket_in(&self.folder)
    }

    /// Returns the folder of the server's socket and data.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the path of a program of `PostgreSQL`.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// Returns a command that runs a program of `PostgreSQL` as the owner of the data,
    /// because `PostgreSQL` refuses to run as root.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let owner = fs::metadata(self.data()).expect("the data folder");
        let mut command = Command::new(program);
        command
            .current_dir(&self.folder)
            .env("LC_ALL", "C")
            .uid(owner.uid())
            .gid(owner.gid());
        command
    }

    /// Creates a server whose files are all in a folder. It is stopped.
    pub(crate) fn create_in(&self, folder: &Path) -> Server<Own> {
        let created = Server {
            url: format!(
                "postgres://postgres@localhost:5432/postgres?host={}",
                folder.display()
            ),
            folder: folder.to_owned(),
            programs: self.programs.clone(),
            _guard: Own,
        };
        let mut create = self.command(&self.program("initdb"));
        create.arg("--pgdata").arg(created.data()).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            // The log of the changes needs little space at first, and then one file after another.
            "--wal-segsize=1",
        ]);
        create.stdout(Stdio::null());
        assert!(create.status().expect("initdb").success());
        let settings = "listen_addresses = ''\nunix_socket_directories = '..'\nport = 5432\n\
                        shared_buffers = 16MB\nmin_wal_size = 2MB\nmax_wal_size = 4MB\n";
        let file = created.data().join("postgresql.auto.conf");
        fs::write(&file, settings).expect("the settings");
        created
    }

    /// Starts the server unless it runs. Returns whether it runs.
    pub(crate) fn start(&self) -> bool {
        let data = self.data();
        let start = ["start", "--wait", "--timeout=60", "--log=log-again"];
        self.pg_ctl(&data, &["status"]) || self.pg_ctl(&data, &start)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Runs `pg_ctl` for a data folder and returns whether it succeeded.
    pub(crate) fn pg_ctl(&self, data: &Path, arguments: &[&str]) -> bool {
        let mut command = self.command(&self.program("pg_ctl"));
        command.arg("--pgdata").arg(data).args(arguments);
        // To a file: a pipe would stay open for as long as the server runs.
        let output = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("pg_ctl"))
            .expect("a log");
        command
            .stdout(output.try_clone().expect("a log"))
            .stderr(output);
        command.status().expect("pg_ctl").success()
    }
}

/// Returns the name of the database of a URL.
pub(crate) fn name_of(url: &str) -> String {
    let path = url.split('?').next().and_then(|url| url.rsplit('/').next());
    path.expect("a name").to_owned()
}

/// Returns the socket of the server whose socket is in that folder.
pub(crate) fn socket_in(folder: &Path) -> PathBuf {
    folder.join(".s.PGSQL.5432")
}

/// The crash by which the server loses its connections and its last commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// An immediate stop, without a checkpoint, and a restart.
    Stop,
    /// One of its processes is killed, as by a system that is out of memory. The server
    /// ends all its processes and recovers without help.
    Process,
}

impl Server<Own> {
    /// Stops the server at once.
    pub(crate) fn stop(&self) {
        self.pg_ctl(&self.data(), &["stop", "--mode=immediate"]);
    }
}

impl Server<RwLockWriteGuard<'static, ()>> {
    /// Crashes the server. After [`Crash::Stop`], returns when it accepts connections.
    pub(crate) fn crash(&self, how: Crash, database: &str) {
        match how {
            Crash::Stop => {
                self.stop();
                self.ensure_started();
            }
            Crash::Process => self.kill_a_process(database),
        }
    }

    /// Stops the server at once, without a checkpoint.
    pub(crate) fn stop(&self) {
        let is_stopped = self.pg_ctl(&self.data(), &["stop", "--mode=immediate"]);
        assert!(is_stopped, "PostgreSQL stops");
    }

    /// Starts the server unless it runs, and returns when it accepts connections.
    pub(crate) fn ensure_started(&self) {
        assert!(self.start(), "PostgreSQL starts");
    }

    /// Changes a setting of the server with `ALTER SYSTEM`.
    pub(crate) fn set(&self, change: &str) {
        self.execute(&format!("ALTER SYSTEM {change}"));
        self.execute("SELECT pg_reload_conf()");
    }

    /// Kills a process of the server that serves that database.
    fn kill_a_process(&self, database: &str) {
        let process: (i32,) = run_query(async {
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
