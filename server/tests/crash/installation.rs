//! An installation, and the processes of the program that serve it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use tempfile::TempDir;

/// The public origin, the same for every process.
pub(crate) const ORIGIN: &str = "http://127.0.0.1:3000";

/// The folder of an installation, and the settings of its processes.
pub(crate) struct Installation {
    folder: TempDir,
    settings: Vec<(String, String)>,
    window: Duration,
}

impl Installation {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("target/site")).expect("a folder");
        let installation = Self {
            folder,
            settings: Vec::new(),
            window: Duration::from_secs(30),
        };
        installation
            // The same for all processes and at all times: the tokens contain it.
            .with("ORIGIN", ORIGIN)
            .with("LOG", "warn")
    }

    pub(crate) fn on_postgres(url: &str) -> Self {
        let installation = Self::on_sqlite().with("DATABASE_URL", url);
        let secret = installation.folder.path().join("secret");
        fs::write(&secret, "A".repeat(43)).expect("a secret file");
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&secret, mode).expect("new permissions");
        installation.with("SECRET_FILE", "secret")
    }

    /// Adds a setting.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings
            .push((format!("PORTCULLIS_{name}"), value.to_owned()));
        self
    }

    /// Sets a replay window of `seconds`, and an access lifetime of four times as much,
    /// which is the shortest that the policy allows.
    pub(crate) fn with_window(mut self, seconds: u64) -> Self {
        self.window = Duration::from_secs(seconds);
        self.with("REPLAY_WINDOW", &format!("{seconds}s"))
            .with("ACCESS_LIFETIME", &format!("{}s", 4 * seconds))
    }

    pub(crate) fn window(&self) -> Duration {
        self.window
    }

    /// Returns the time for which a browser waits for a response. It is the time of the
    /// session keeper.
    pub(crate) fn timeout(&self) -> Duration {
        self.window / 3
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command of the program to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) {
        let executable = env!("CARGO_BIN_EXE_portcullis");
        let mut command = testkit::program::command(executable, self.folder.path());
        command.args(arguments).envs(self.settings.iter().cloned());
        let output = command.output().expect("a process");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
    }

    /// Starts a process on an address of its own.
    pub(crate) fn start(&self) -> Program {
        self.start_with(&[])
    }

    /// Starts a process with additional settings.
    pub(crate) fn start_with(&self, settings: &[(&str, &str)]) -> Program {
        let address = unused_address();
        let executable = env!("CARGO_BIN_EXE_portcullis");
        let mut command = testkit::program::command(executable, self.folder.path());
        command.arg("serve");
        command
            .envs(self.settings.iter().cloned())
            .envs(settings.iter().copied())
            .env("PORTCULLIS_LISTEN", address.to_string());
        let log = self.folder.path().join(format!("log-{}", address.port()));
        let mut program = Program {
            command,
            address,
            log,
            child: None,
        };
        program.start();
        program
    }
}

/// A process of the program. It is killed when this is dropped.
pub(crate) struct Program {
    command: Command,
    pub(crate) address: SocketAddr,
    log: PathBuf,
    child: Option<Child>,
}

impl Program {
    /// Starts the process, with the same address and data each time, and returns when
    /// it listens.
    pub(crate) fn start(&mut self) {
        // Not a pipe: a pipe without a reader fills up, and the program would block.
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(&self.log);
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("a process");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        self.child = Some(child);
        assert!(line.contains("listens on"), "{line:?}: {}", self.log());
    }

    /// Kills the process with SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("SIGKILL");
            child.wait().expect("an exit status");
        }
    }

    /// Returns the id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().expect("a process").id()
    }

    /// Sends a signal, such as `-STOP`.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill").success());
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns an address whose port is below the ephemeral ports: while the program is
/// being restarted, no connection of a browser must occupy its address.
pub(crate) fn unused_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(process::id() % 8_000).expect("below 8000");
    loop {
        let port = 20_000 + (offset + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
