//! An example as a process, with its own port and folder.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::client::Client;

/// How long an example may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    process: Child,
    address: String,
    /// Removed when the test ends.
    _folder: TempDir,
}

impl Server {
    pub(crate) fn start(program: &str) -> Self {
        let folder = tempfile::tempdir().expect("create a folder");
        let address = {
            let free = TcpListener::bind("127.0.0.1:0").expect("find a free port");
            free.local_addr().expect("read its address").to_string()
        };
        let process = Command::new(program)
            .current_dir(&folder)
            .env("LISTEN", &address)
            .spawn()
            .expect("start the example");
        let mut server = Self {
            process,
            address,
            _folder: folder,
        };
        server.wait();
        server
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address)
    }

    fn wait(&mut self) {
        let start = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            let ended = self.process.try_wait().expect("read its state");
            assert!(ended.is_none(), "the example ended: {ended:?}");
            assert!(
                start.elapsed() < START_TIMEOUT,
                "the example does not listen"
            );
            sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if the process has already ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
