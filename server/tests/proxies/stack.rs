//! The program, the application and the proxy, each on a port of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    application::Application,
    browser::Browser,
    configuration::{Addresses, Proxy},
};

/// The shortest access lifetime that the policy allows, four seconds.
pub(crate) const SHORT_LIFETIME: [(&str, &str); 2] = [
    ("PORTCULLIS_REPLAY_WINDOW", "1s"),
    ("PORTCULLIS_ACCESS_LIFETIME", "4s"),
];

/// After this time an access token with that lifetime has expired.
pub(crate) const AFTER_EXPIRY: Duration = Duration::from_millis(5_100);

pub(crate) const EXECUTABLE: &str = env!("CARGO_BIN_EXE_portcullis");

/// Running processes. They are killed when this is dropped.
pub(crate) struct Stack {
    pub(crate) application: Application,
    proxy: SocketAddr,
    _processes: [Process; 2],
    folder: TempDir,
}

/// A process that is killed when this is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Stack {
    pub(crate) fn start(proxy: Proxy) -> Self {
        Self::start_with(proxy, &[])
    }

    /// Starts everything, with additional settings of the program.
    pub(crate) fn start_with(proxy: Proxy, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("target/site")).expect("a folder");
        let application = Application::start();
        // The tokens contain the origin, so the port is chosen before the program starts.
        let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = unused.local_addr().expect("an address");
        let mut serve = testkit::program::command(EXECUTABLE, folder.path());
        serve
            .arg("serve")
            .env("PORTCULLIS_LISTEN", "127.0.0.1:0")
            .env("PORTCULLIS_LOG", "warn")
            .env("PORTCULLIS_ORIGIN", format!("http://{address}"))
            .envs(settings.iter().copied());
        let (program, portcullis) = listening(&mut serve);
        drop(unused);
        let addresses = Addresses {
            proxy: address,
            portcullis,
            application: application.address,
        };
        let child = started(proxy, &mut proxy.command(folder.path(), &addresses));
        wait_for(address, folder.path());
        Self {
            application,
            proxy: address,
            _processes: [program, child],
            folder,
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.proxy)
    }

    /// Runs a command of the program in a process of its own.
    pub(crate) fn command(&self, arguments: &[&str]) {
        let mut command = testkit::program::command(EXECUTABLE, self.folder.path());
        let output = command.args(arguments).output().expect("a process");
        assert!(output.status.success(), "{output:?}");
    }
}

/// Starts a proxy.
pub(crate) fn started(proxy: Proxy, command: &mut Command) -> Process {
    let child = command.spawn().unwrap_or_else(|error| {
        panic!("{proxy:?} does not start ({error}): `cargo xtask test proxies` installs it")
    });
    Process(child)
}

/// Waits until the proxy that runs in the folder listens.
pub(crate) fn wait_for(address: SocketAddr, folder: &Path) {
    let since = Instant::now();
    while TcpStream::connect(address).is_err() {
        if since.elapsed() > Duration::from_secs(60) {
            let log = fs::read_to_string(folder.join("proxy.log"));
            panic!("the proxy does not listen: {}", log.unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts the program and returns the address on which it listens.
pub(crate) fn listening(serve: &mut Command) -> (Process, SocketAddr) {
    let child = serve
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut process = Process(child.expect("a process"));
    let stdout = process.0.stdout.take().expect("a pipe");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let address = testkit::program::address(&line);
    (process, address.expect("an address"))
}
