//! The configurations from docs/proxies.md, with the addresses of a test.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

const DOCUMENT: &str = include_str!("../../../docs/proxies.md");

/// A reverse proxy.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proxy {
    Nginx,
    Caddy,
}

/// The addresses of the processes.
pub(crate) struct Addresses {
    pub(crate) proxy: SocketAddr,
    pub(crate) portcullis: SocketAddr,
    pub(crate) application: SocketAddr,
}

impl Proxy {
    /// Writes the configuration into a folder and returns the command that starts the proxy in
    /// the foreground, as an ordinary user.
    pub(crate) fn command(self, folder: &Path, addresses: &Addresses) -> Command {
        let mut command = match self {
            Self::Nginx => nginx(folder, addresses),
            Self::Caddy => caddy(folder, addresses),
        };
        let log = fs::File::create(folder.join("proxy.log")).expect("a log");
        command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        command
    }
}

fn nginx(folder: &Path, addresses: &Addresses) -> Command {
    let listen = format!("listen {};", addresses.proxy);
    let servers = replaced(
        "nginx",
        &[
            ("listen 443 ssl;", &listen),
            ("ssl_certificate /etc/ssl/app.example.org.crt;", ""),
            ("ssl_certificate_key /etc/ssl/app.example.org.key;", ""),
            ("127.0.0.1:3000", &addresses.portcullis.to_string()),
            ("127.0.0.1:8080", &addresses.application.to_string()),
        ],
    );
    // What the system's nginx.conf has around it, without root and without a daemon.
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders = kinds
        .map(|kind| format!("{kind}_temp_path {kind};\n"))
        .concat();
    let configuration = format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\n\
         events {{}}\nhttp {{\naccess_log off;\nclient_max_body_size 10m;\n{folders}{servers}}}\n"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration).expect("a file");
    // Outside of PATH for an ordinary user of Debian.
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("nginx");
    command.env("PATH", path + ":/usr/sbin:/sbin:/usr/local/sbin");
    command.arg("-p").arg(folder).arg("-c").arg(file);
    command.args(["-e", "stderr"]);
    command
}

fn caddy(folder: &Path, addresses: &Addresses) -> Command {
    let site = format!("http://{} {{", addresses.proxy);
    let sites = replaced(
        "caddy",
        &[
            ("app.example.org {", &site),
            ("127.0.0.1:3000", &addresses.portcullis.to_string()),
            ("127.0.0.1:8080", &addresses.application.to_string()),
        ],
    );
    let file = folder.join("Caddyfile");
    fs::write(&file, format!("{{\n\tadmin off\n}}\n{sites}")).expect("a file");
    let mut command = Command::new("caddy");
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file);
    for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env(variable, folder);
    }
    command
}

/// Returns the only block of code in that language, with other addresses. Every replaced
/// string must occur.
fn replaced(language: &str, replacements: &[(&str, &str)]) -> String {
    let blocks: Vec<_> = DOCUMENT.split(&format!("```{language}\n")).collect();
    let [_, block] = blocks[..] else {
        panic!(
            "docs/proxies.md has {} blocks of {language}",
            blocks.len() - 1
        );
    };
    let (block, _) = block.split_once("```").expect("an end");
    let mut block = block.to_owned();
    for (from, to) in replacements {
        assert!(block.contains(from), "docs/proxies.md has no `{from}`");
        block = block.replace(from, to);
    }
    block
}
