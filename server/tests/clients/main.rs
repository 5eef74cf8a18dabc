//! Clients that are not browsers, in Python: the client of docs/clients.md, and the real
//! djangorestframework-simplejwt, which shows how its endpoints respond, and verifies the
//! program's access tokens. Real processes, real HTTP.
//!
//! `cargo xtask test clients` installs simplejwt.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;
use testkit::{EMAIL, PASSWORD};

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_portcullis");

/// The folder of the packages that `cargo xtask test clients` installs.
fn packages() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../python")
}

/// The running program, with one account. It is killed when this is dropped.
struct Program {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("target/site")).expect("a folder");
        create_account(folder.path());
        let mut serve = command(folder.path(), "serve");
        serve.stdin(Stdio::null()).stdout(Stdio::piped());
        let child = serve.stderr(Stdio::null()).spawn();
        let mut child = child.expect("a process");
        let stdout = child.stdout.take().expect("a pipe");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = testkit::program::address(&line).expect("an address");
        Self {
            child,
            address,
            _folder: folder,
        }
    }
}

fn command(folder: &Path, subcommand: &str) -> Command {
    let mut command = testkit::program::command(EXECUTABLE, folder);
    command
        .arg(subcommand)
        .env("PORTCULLIS_LISTEN", "127.0.0.1:0")
        .env("PORTCULLIS_LOG", "warn")
        // That of docs/clients.md.
        .env("PORTCULLIS_ORIGIN", "https://app.example.org")
        .env("PORTCULLIS_TOKEN_ENDPOINTS", "true")
        // The comparison signs in with wrong passwords.
        .env("PORTCULLIS_ACCOUNT_LIMIT", "1000 then 1 per 1s");
    command
}

fn create_account(folder: &Path) {
    let mut create = command(folder, "user");
    create.args(["create", EMAIL]);
    create.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = create.spawn().expect("a process");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(PASSWORD.as_bytes()).expect("written");
    drop(stdin);
    assert!(child.wait().expect("a status").success());
}

/// Runs a script of this folder against the program.
#[track_caller]
fn run(script: &str) {
    let program = Program::start();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new("python3");
    python
        .arg(root.join("tests/clients").join(script))
        .args([&format!("http://{}", program.address), EMAIL, PASSWORD])
        .arg(root.join("../docs/clients.md"))
        .env("PYTHONPATH", packages())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null());
    let output = python.output().expect("python3");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && printed.trim_end().ends_with("ok"),
        "{script}: {printed}{}; `cargo xtask test clients` installs its packages",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn documented_client_signs_in_refreshes_and_signs_out() {
    run("client.py");
}

#[test]
fn responses_are_those_of_simplejwt() {
    run("compare.py");
}

#[test]
fn simplejwt_verifies_access_tokens_by_the_published_keys() {
    run("resource_server.py");
}
