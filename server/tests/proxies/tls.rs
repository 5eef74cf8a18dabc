//! nginx and Caddy end TLS in front of Portcullis, with the configurations of
//! docs/installing.md.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use testkit::{EMAIL, PASSWORD, certificates::Authority};
use tokio::{net::TcpSocket, runtime};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use crate::{
    configuration::{Proxy, TlsAddresses},
    stack::{EXECUTABLE, Process, listening, started, wait_for},
};

const HOST: &str = "app.example.org";
const ORIGIN: &str = "https://app.example.org";

/// The address of the client, another one than that of the proxy.
const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Defines each test once for each proxy.
macro_rules! on_both_proxies {
    ($($test:ident;)+) => {
        mod nginx { $( #[test] fn $test() { super::$test(crate::Proxy::Nginx); } )+ }
        mod caddy { $( #[test] fn $test() { super::$test(crate::Proxy::Caddy); } )+ }
    };
}

on_both_proxies! {
    http_is_redirected_to_https;
    user_signs_in_over_tls;
    address_of_the_client_cannot_be_forged;
}

/// The program behind a proxy that ends TLS.
struct Stack {
    http: SocketAddr,
    https: SocketAddr,
    client: Arc<ClientConfig>,
    _processes: [Process; 2],
    _folder: TempDir,
}

impl Stack {
    fn start(proxy: Proxy) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("target/site")).expect("a folder");
        let authority = Authority::new();
        let issued = authority.issue(HOST);
        fs::write(folder.path().join("tls.crt"), issued.certificate).expect("written");
        fs::write(folder.path().join("tls.key"), issued.key).expect("written");
        let mut serve = testkit::program::command(EXECUTABLE, folder.path());
        serve
            .arg("serve")
            .env("PORTCULLIS_LISTEN", "127.0.0.1:0")
            .env("PORTCULLIS_LOG", "warn")
            .env("PORTCULLIS_ORIGIN", ORIGIN)
            .env("PORTCULLIS_TRUSTED_PROXIES", "127.0.0.1");
        let (program, portcullis) = listening(&mut serve);
        // Both at once, so that they differ.
        let unused = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let [http, https] = unused.map(|port| port.local_addr().expect("an address"));
        let addresses = TlsAddresses {
            http,
            https,
            portcullis,
        };
        let child = started(proxy, &mut proxy.tls_command(folder.path(), &addresses));
        wait_for(http, folder.path());
        wait_for(https, folder.path());
        Self {
            http,
            https,
            client: client(&authority),
            _processes: [program, child],
            _folder: folder,
        }
    }

    /// Sends a request over TLS, and verifies the certificate.
    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let name = ServerName::try_from(HOST).expect("a name");
        let session = ClientConnection::new(Arc::clone(&self.client), name);
        let stream = StreamOwned::new(session.expect("a client"), connect(self.https));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{headers}\r\n{body}",
            body.len()
        );
        exchange(stream, &request)
    }

    /// Signs in as a new user, and returns the `Cookie` header.
    fn register(&self, headers: &str) -> String {
        let fields = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
        let path = "/api/accounts/auth/register/";
        let response = self.send("POST", path, headers, &fields);
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        let cookies = response.lines().filter_map(|line| {
            let (name, cookie) = line.split_once(": ")?;
            let is_cookie = name.eq_ignore_ascii_case("set-cookie");
            is_cookie.then_some(cookie.split(';').next()?)
        });
        let cookies: Vec<_> = cookies.collect();
        assert_eq!(cookies.len(), 2, "{response}");
        assert!(cookies.iter().all(|cookie| cookie.starts_with("__Host-")));
        format!("Cookie: {}\r\n", cookies.join("; "))
    }
}

fn client(authority: &Authority) -> Arc<ClientConfig> {
    let root = CertificateDer::from_pem_slice(authority.certificate.as_bytes());
    let mut roots = RootCertStore::empty();
    roots.add(root.expect("a certificate")).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// Connects from the address of the client.
fn connect(address: SocketAddr) -> TcpStream {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let connected = runtime.expect("a runtime").block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((CLIENT, 0).into())?;
        socket.connect(address).await?.into_std()
    });
    let stream = connected.expect("a connection");
    stream.set_nonblocking(false).expect("blocking");
    let timeout = Some(Duration::from_secs(60));
    stream.set_read_timeout(timeout).expect("a timeout");
    stream
}

fn exchange(mut stream: impl Read + Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).expect("sent");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).expect("received");
    String::from_utf8_lossy(&response).into_owned()
}

fn http_is_redirected_to_https(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let request =
        format!("GET /login?next=/a HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    let response = exchange(connect(stack.http), &request);
    let status = response.get(9..12).unwrap_or_default();
    assert!(matches!(status, "301" | "308"), "{response}");
    let location = response.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location").then_some(value)
    });
    // Caddy adds the port if it is not 443.
    let port = stack.https.port();
    let location = location
        .unwrap_or_default()
        .replace(&format!(":{port}"), "");
    assert_eq!(location, "https://app.example.org/login?next=/a");
}

fn user_signs_in_over_tls(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let cookies = stack.register(&format!("Origin: {ORIGIN}\r\n"));
    let page = stack.send("GET", "/account", &cookies, "");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let page = page.to_ascii_lowercase();
    assert!(page.contains("\r\nstrict-transport-security: max-age="));
    let theirs = format!("{cookies}Origin: https://evil.example\r\n");
    let path = "/api/accounts/auth/logout/";
    let rejected = stack.send("POST", path, &theirs, "");
    assert!(rejected.starts_with("HTTP/1.1 403"), "{rejected}");
}

/// Otherwise an attacker chooses the address whose limits are used.
fn address_of_the_client_cannot_be_forged(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let cookies = stack.register("X-Forwarded-For: 203.0.113.7\r\n");
    let sessions = stack.send("GET", "/api/accounts/sessions/", &cookies, "");
    let address = format!(r#""address":"{CLIENT}""#);
    assert!(sessions.contains(&address), "{sessions}");
}
