//! The configurations from the documents, with the addresses of a test.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

const PROXIES: &str = include_str!("../../../docs/proxies.md");
const INSTALLING: &str = include_str!("../../../docs/installing.md");

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

/// The addresses of a proxy that ends TLS. The files `tls.crt` and `tls.key` are in its folder.
pub(crate) struct TlsAddresses {
    pub(crate) http: SocketAddr,
    pub(crate) https: SocketAddr,
    pub(crate) portcullis: SocketAddr,
}

impl Proxy {
    /// Writes the configuration of docs/proxies.md into a folder and returns the command that
    /// starts the proxy in the foreground, as an ordinary user.
    pub(crate) fn command(self, folder: &Path, addresses: &Addresses) -> Command {
        let portcullis = addresses.portcullis.to_string();
        let application = addresses.application.to_string();
        let targets = [
            ("127.0.0.1:3000", &*portcullis),
            ("127.0.0.1:8080", &*application),
        ];
        match self {
            Self::Nginx => {
                let listen = format!("listen {};", addresses.proxy);
                let servers = [
                    ("listen 443 ssl;", &*listen),
                    ("ssl_certificate /etc/ssl/app.example.org.crt;", ""),
                    ("ssl_certificate_key /etc/ssl/app.example.org.key;", ""),
                ];
                nginx(folder, &replaced(PROXIES, "nginx", &[&servers, &targets]))
            }
            Self::Caddy => {
                let site = format!("http://{} {{", addresses.proxy);
                let sites = [("app.example.org {", &*site)];
                caddy(folder, "", &replaced(PROXIES, "caddy", &[&sites, &targets]))
            }
        }
    }

    /// The same for the configuration of docs/installing.md.
    pub(crate) fn tls_command(self, folder: &Path, addresses: &TlsAddresses) -> Command {
        let portcullis = addresses.portcullis.to_string();
        let targets = [
            ("/etc/ssl/app.example.org.crt", "tls.crt"),
            ("/etc/ssl/app.example.org.key", "tls.key"),
            ("127.0.0.1:3000", &portcullis),
        ];
        match self {
            Self::Nginx => {
                let http = format!("listen {};", addresses.http);
                let https = format!("listen {} ssl;", addresses.https);
                let servers = [
                    ("listen 80;", &*http),
                    ("listen 443 ssl;", &https),
                    // A machine of a test may lack IPv6.
                    ("listen [::]:80;", ""),
                    ("listen [::]:443 ssl;", ""),
                ];
                nginx(
                    folder,
                    &replaced(INSTALLING, "nginx", &[&servers, &targets]),
                )
            }
            Self::Caddy => {
                let options = format!(
                    "\thttp_port {}\n\thttps_port {}\n\tdefault_bind {}\n",
                    addresses.http.port(),
                    addresses.https.port(),
                    addresses.https.ip(),
                );
                caddy(
                    folder,
                    &options,
                    &replaced(INSTALLING, "caddy", &[&targets]),
                )
            }
        }
    }
}

fn nginx(folder: &Path, servers: &str) -> Command {
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
    in_foreground(command, folder)
}

fn caddy(folder: &Path, options: &str, sites: &str) -> Command {
    let file = folder.join("Caddyfile");
    fs::write(&file, format!("{{\n\tadmin off\n{options}}}\n{sites}")).expect("a file");
    let mut command = Command::new("caddy");
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file);
    for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env(variable, folder);
    }
    in_foreground(command, folder)
}

fn in_foreground(mut command: Command, folder: &Path) -> Command {
    let log = fs::File::create(folder.join("proxy.log")).expect("a log");
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    command
}

/// Returns the only block of code in that language, with other addresses. Every replaced
/// string must occur.
fn replaced(document: &str, language: &str, replacements: &[&[(&str, &str)]]) -> String {
    let blocks: Vec<_> = document.split(&format!("```{language}\n")).collect();
    let [_, block] = blocks[..] else {
        panic!("the document has {} blocks of {language}", blocks.len() - 1);
    };
    let (block, _) = block.split_once("```").expect("an end");
    let mut block = block.to_owned();
    for (from, to) in replacements.iter().copied().flatten() {
        assert!(block.contains(from), "the document has no `{from}`");
        block = block.replace(from, to);
    }
    block
}
