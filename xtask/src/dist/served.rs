//! The test of the archive: unpacked, it serves pages and their files from an empty folder, with
//! no other environment than its own file of settings, and finds the pages beside the program. It
//! packs the development build, because a release build takes minutes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{archive, libraries, stage};
use crate::failure::{Failure, Result, while_doing};
use crate::process::capture;
use crate::report::note;
use crate::workspace::Workspace;

/// How long a response may take on a busy machine.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);

/// Packs, unpacks and serves.
pub(crate) fn check(workspace: &Workspace) -> Result {
    if !cfg!(target_os = "linux") {
        note("archives are for Linux: nothing is checked on this system");
        return Ok(());
    }
    let folder = workspace.target.join("dist/test");
    let _ = fs::remove_dir_all(&folder);
    let (work, unpacked) = (folder.join("work"), folder.join("unpacked"));
    for path in [&work, &unpacked] {
        while_doing(path.display(), fs::create_dir_all(path))?;
    }
    let program = workspace.server(false);
    libraries::check(workspace, &program)?;
    let name = stage::name();
    stage::lay_out(workspace, &program, &workspace.site(), &folder.join(&name))?;
    let file = archive::pack(workspace, &folder, &name, "-1")?;
    archive::unpack(workspace, &file, &unpacked)?;
    let installation = Installation {
        folder: &unpacked.join(&name),
        data: &folder.join("data"),
        work: &work,
    };
    installation.check()?;
    // The development build takes a lot of space.
    while_doing(folder.display(), fs::remove_dir_all(&folder))
}

/// An unpacked archive, and the folders in which it runs.
struct Installation<'a> {
    folder: &'a Path,
    data: &'a Path,
    work: &'a Path,
}

impl Installation<'_> {
    fn check(&self) -> Result {
        let settings = self.settings()?;
        self.check_names(&settings)?;
        let server = Server::start(&mut self.program("127.0.0.1:0", &settings, "serve"))?;
        let page = server.get("/")?;
        let files = files_of(&page);
        require(files.len() > 2, || {
            format!("the page names its files: {page}")
        })?;
        for path in files.iter().chain([&"/favicon.svg", &"/login"]) {
            server.get(path)?;
        }
        let address = server.address.to_string();
        capture(&mut self.program(&address, &settings, "healthcheck"))?;
        drop(server);
        let is_empty = while_doing(self.work.display(), fs::read_dir(self.work))?
            .next()
            .is_none();
        require(is_empty, || "nothing is written to the folder".to_owned())?;
        require(self.data.join("portcullis.db").is_file(), || {
            "the database is in the data folder".to_owned()
        })
    }

    /// Returns the settings of the archive's file that are in force.
    fn settings(&self) -> Result<Vec<(String, String)>> {
        let file = self.folder.join(stage::SETTINGS);
        let text = while_doing(file.display(), fs::read_to_string(&file))?;
        let lines = text.lines().filter(|line| line.starts_with("PORTCULLIS_"));
        let settings = lines.filter_map(|line| line.split_once('='));
        Ok(settings
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    /// Fails if a file of the archive names a setting that does not exist.
    fn check_names(&self, settings: &[(String, String)]) -> Result {
        let help = capture(&mut self.program("127.0.0.1:0", settings, "--help"))?;
        let known: Vec<_> = help.split_whitespace().collect();
        for name in [stage::SETTINGS, "Containerfile", "portcullis.service"] {
            let file = self.folder.join(name);
            let text = while_doing(file.display(), fs::read_to_string(&file))?;
            for part in text.split("PORTCULLIS_").skip(1) {
                let end = part.find(|c: char| !(c.is_ascii_uppercase() || c == '_'));
                let setting = format!("PORTCULLIS_{}", &part[..end.unwrap_or(part.len())]);
                require(known.contains(&&*setting), || {
                    format!("{name} names {setting}, which exists")
                })?;
            }
        }
        Ok(())
    }

    /// Returns a command of the program, with the settings and nothing else.
    fn program(&self, listen: &str, settings: &[(String, String)], argument: &str) -> Command {
        let mut command = Command::new(self.folder.join(stage::PROGRAM));
        command
            .current_dir(self.work)
            .env_clear()
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .env("PORTCULLIS_LISTEN", listen)
            .env("PORTCULLIS_DATA_DIR", self.data)
            .arg(argument)
            .stdin(Stdio::null());
        command
    }
}

/// The running server. It is killed when this is dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = while_doing("the server", command.stdout(Stdio::piped()).spawn())?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            while_doing("the server", BufReader::new(stdout).read_line(&mut line))?;
        }
        let address = line.split_once("http://").and_then(|(_, rest)| {
            let address = rest.split([',', ' ', '\n']).next()?;
            address.parse().ok()
        });
        let Some(address) = address else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Failure::new(format!(
                "The server of the archive does not listen; it printed {line:?}."
            )));
        };
        Ok(Self { child, address })
    }

    /// Returns the body of a response, which must have the status 200.
    fn get(&self, path: &str) -> Result<String> {
        let response = while_doing(path, self.response(path))?;
        require(response.starts_with("HTTP/1.1 200"), || {
            let head = response.lines().next().unwrap_or_default();
            format!("{path} is served, but the response is {head:?}")
        })?;
        let body = response.split_once("\r\n\r\n").map(|(_, body)| body);
        require(body.is_some_and(|body| !body.is_empty()), || {
            format!("{path} has a body")
        })?;
        Ok(body.unwrap_or_default().to_owned())
    }

    fn response(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: app.example.org\r\nConnection: close\r\n\r\n"
        )?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response)?;
        Ok(String::from_utf8_lossy(&response).into_owned())
    }
}

/// Returns the paths of the files in a page: its scripts, its WASM and its styles.
fn files_of(page: &str) -> Vec<&str> {
    let mut files: Vec<_> = page
        .split('"')
        .filter(|text| text.starts_with("/pkg/") && text.contains('.'))
        .collect();
    files.sort_unstable();
    files.dedup();
    files
}

fn require(is_so: bool, what: impl FnOnce() -> String) -> Result {
    if is_so {
        return Ok(());
    }
    Err(Failure::new(format!("Not so in the archive: {}.", what())))
}

#[cfg(test)]
mod tests {
    use super::files_of;

    #[test]
    fn files_of_a_page_are_found_once() {
        let page = r#"<link href="/pkg/1/a.css"><script>import("/pkg/1/a.js")</script>
            <link href="/pkg/1/a.css"><a href="/login">"#;
        assert_eq!(files_of(page), ["/pkg/1/a.css", "/pkg/1/a.js"]);
    }
}
