//! A folder with an installation, and the program that runs in it.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, ChildStderr, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use testkit::{EMAIL, PASSWORD};

pub(crate) struct Installation {
    pub(crate) folder: TempDir,
    variables: Vec<(String, String)>,
}

/// The output of a process that has exited.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Installation {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("target/site")).expect("a folder");
        let installation = Self {
            folder,
            variables: Vec::new(),
        };
        installation.with("LISTEN", "127.0.0.1:0")
    }

    /// Adds a setting.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.with_variable(&format!("PORTCULLIS_{name}"), value)
    }

    /// Adds an environment variable.
    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).expect("the file is written");
    }

    /// Whether the data folder exists.
    pub(crate) fn has_data(&self) -> bool {
        self.folder.path().join("data").exists()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let executable = env!("CARGO_BIN_EXE_portcullis");
        let mut command = testkit::program::command(executable, self.folder.path());
        command.args(arguments);
        command.envs(self.variables.iter().cloned());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program until it exits.
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        self.run_with_input(arguments, "")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Finished {
        let mut child = self.command(arguments).spawn().expect("a process");
        // The process may have exited already, without reading.
        let _ = child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(input.as_bytes());
        finish(child)
    }

    pub(crate) fn create_user(&self) {
        let created = self.run_with_input(&["user", "create", EMAIL], PASSWORD);
        assert_eq!(created.code, Some(0), "{created:?}");
    }

    /// Starts the server and waits until it listens.
    pub(crate) fn serve(&self) -> Server {
        let mut child = self.command(&["serve"]).spawn().expect("a process");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        let Some(address) = testkit::program::address(&line) else {
            panic!("no address in {line:?}: {:?}", finish(child));
        };
        Server {
            child: Some(child),
            out,
            address,
            line,
        }
    }

    /// Runs the program, which must fail with this exit code and a one-line message.
    /// Returns the message.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str], code: i32) -> String {
        let finished = self.run(arguments);
        assert_eq!(finished.code, Some(code), "{finished:?}");
        assert_eq!(finished.out, "", "{finished:?}");
        assert_eq!(finished.err.lines().count(), 1, "one line: {finished:?}");
        let message = finished
            .err
            .strip_prefix("portcullis: ")
            .expect("the program's name");
        message.trim_end().to_owned()
    }
}

pub(crate) struct Server {
    child: Option<Child>,
    out: BufReader<std::process::ChildStdout>,
    pub(crate) address: SocketAddr,
    /// The line that it printed when it started.
    pub(crate) line: String,
}

impl Server {
    pub(crate) fn connect(&self) -> TcpStream {
        connect_to(self.address)
    }

    /// Returns the log from here on. It is then not in the output of [`Server::wait`].
    pub(crate) fn log(&mut self) -> ChildStderr {
        let child = self.child.as_mut().expect("a process");
        child.stderr.take().expect("a pipe")
    }

    /// Sends bytes and returns everything that the server sends back.
    pub(crate) fn send(&self, request: &[u8]) -> String {
        send_to(self.address, request)
    }

    pub(crate) fn get(&self, path: &str, headers: &str) -> String {
        self.send(
            format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")
                .as_bytes(),
        )
    }

    pub(crate) fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        self.send(request.as_bytes())
    }

    /// Signs in and returns the `Cookie` header of the session.
    pub(crate) fn sign_in(&self) -> String {
        let body = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
        let response = self.post("/api/accounts/auth/login/", "", &body);
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        let cookies = response
            .lines()
            .filter_map(|line| line.strip_prefix("set-cookie: "))
            .filter_map(|cookie| cookie.split(';').next());
        format!("Cookie: {}\r\n", cookies.collect::<Vec<_>>().join("; "))
    }

    pub(crate) fn session(&self, cookies: &str) -> String {
        self.get("/api/accounts/auth/session/", cookies)
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.get("/healthz", "").starts_with("HTTP/1.1 200")
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.as_ref().expect("a process").id().to_string();
        let sent = Command::new("kill")
            .args([signal, &id])
            .status()
            .expect("kill");
        assert!(sent.success());
    }

    /// Waits until the server exits.
    pub(crate) fn wait(mut self) -> Finished {
        let mut finished = finish(self.child.take().expect("a process"));
        self.out.read_to_string(&mut finished.out).expect("UTF-8");
        finished
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn connect_to(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a read timeout");
    stream
}

/// Sends bytes to an address and returns everything that the server there sends back.
pub(crate) fn send_to(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect_to(address);
    // The server may respond and close before it has read everything.
    let _ = stream.write_all(request);
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    String::from_utf8_lossy(&response).into_owned()
}

fn finish(child: Child) -> Finished {
    let output = child.wait_with_output().expect("the output");
    Finished {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}
