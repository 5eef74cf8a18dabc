//! TLS by the program itself: handshakes, new files while it runs, and faults at the start.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::ChildStderr,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use testkit::{
    EMAIL, PASSWORD,
    certificates::{Authority, Issued},
};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use crate::installation::Installation;

const HOST: &str = "app.example.org";

/// New files are in use after about ten seconds.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(60);

fn installation(issued: &Issued) -> Installation {
    let installation = Installation::new()
        .with("ORIGIN", "https://app.example.org")
        .with("TLS_CERTIFICATE", "tls.crt")
        .with("TLS_KEY", "tls.key");
    write(&installation, issued);
    installation
}

fn write(installation: &Installation, issued: &Issued) {
    installation.write("tls.crt", &issued.certificate);
    installation.write("tls.key", &issued.key);
}

/// A client that trusts the authority, and no other.
struct Client(Arc<ClientConfig>);

type Connection = StreamOwned<ClientConnection, TcpStream>;

impl Client {
    fn new(authority: &Authority) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(der(&authority.certificate)).expect("a root");
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self(Arc::new(config))
    }

    /// Connects, and verifies the certificate and its name.
    fn connect(&self, address: SocketAddr) -> Connection {
        let mut stream = TcpStream::connect(address).expect("a connection");
        let timeout = Some(Duration::from_secs(60));
        stream.set_read_timeout(timeout).expect("a timeout");
        let name = ServerName::try_from(HOST).expect("a name");
        let client = ClientConnection::new(Arc::clone(&self.0), name);
        let mut client = client.expect("a client");
        while client.is_handshaking() {
            client.complete_io(&mut stream).expect("a handshake");
        }
        StreamOwned::new(client, stream)
    }

    /// Returns the certificate that a new connection shows.
    fn certificate(&self, address: SocketAddr) -> CertificateDer<'static> {
        certificate(&self.connect(address))
    }

    #[track_caller]
    fn wait_for(&self, address: SocketAddr, issued: &Issued) {
        let since = Instant::now();
        while self.certificate(address) != der(&issued.certificate) {
            assert!(since.elapsed() < RELOAD_TIMEOUT, "the files are not used");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn certificate(connection: &Connection) -> CertificateDer<'static> {
    let chain = connection.conn.peer_certificates().expect("a chain");
    chain[0].clone().into_owned()
}

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// Sends a request and returns the response. The connection stays open.
fn exchange(connection: &mut Connection, request: &str) -> String {
    connection.write_all(request.as_bytes()).expect("sent");
    let mut response = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&response);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .and_then(|length| length.parse::<usize>().ok());
            if body.len() >= length.expect("a length") {
                return text.into_owned();
            }
        }
        let mut buffer = [0; 4096];
        let length = connection.read(&mut buffer).expect("received");
        assert_ne!(length, 0, "{text}");
        response.extend(&buffer[..length]);
    }
}

fn health(connection: &mut Connection) -> String {
    exchange(connection, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
}

/// Returns the lines of a log as they are written.
fn lines(log: ChildStderr) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

#[test]
fn browser_signs_in_over_tls() {
    let authority = Authority::new();
    let installation = installation(&authority.issue(HOST));
    installation.create_user();
    let server = installation.serve();
    assert_eq!(
        server.line,
        format!(
            "Portcullis listens on https://{}, public origin https://app.example.org, data folder data.\n",
            server.address
        )
    );
    let mut connection = Client::new(&authority).connect(server.address);
    let body = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
    let request = format!(
        "POST /api/accounts/auth/login/ HTTP/1.1\r\nHost: app.example.org\r\n\
         Origin: https://app.example.org\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
        body.len()
    );
    let response = exchange(&mut connection, &request);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    for expected in [
        "set-cookie: __Host-access_token=",
        "set-cookie: __Host-refresh_token=",
        "; Secure",
        "strict-transport-security: max-age=",
    ] {
        assert!(response.contains(expected), "{expected}: {response}");
    }
}

#[test]
fn new_files_are_used_and_connections_stay_open() {
    let authority = Authority::new();
    let (old, new) = (authority.issue(HOST), authority.issue(HOST));
    let installation = installation(&old);
    let server = installation.serve();
    let client = Client::new(&authority);
    let mut connection = client.connect(server.address);
    assert_eq!(certificate(&connection), der(&old.certificate));
    assert!(health(&mut connection).starts_with("HTTP/1.1 200"));

    write(&installation, &new);
    client.wait_for(server.address, &new);
    let response = health(&mut connection);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
}

#[test]
fn bad_new_files_are_logged_and_the_server_stays_healthy() {
    let authority = Authority::new();
    let (old, new) = (authority.issue(HOST), authority.issue(HOST));
    let installation = installation(&old);
    let mut server = installation.serve();
    let log = lines(server.log());
    let client = Client::new(&authority);

    installation.write("tls.key", &new.key);
    let since = Instant::now();
    let line = loop {
        let line = log.recv_timeout(RELOAD_TIMEOUT).expect("a line");
        if line.contains("the new TLS certificate cannot be used") {
            break line;
        }
        assert!(since.elapsed() < RELOAD_TIMEOUT, "it is not logged");
    };
    let problem = "the TLS key in tls.key does not belong to the first certificate in tls.crt";
    assert!(line.contains(problem), "{line}");
    assert!(!line.contains("PRIVATE KEY"), "{line}");
    assert_eq!(client.certificate(server.address), der(&old.certificate));
    let mut connection = client.connect(server.address);
    assert!(health(&mut connection).starts_with("HTTP/1.1 200"));
    let checked = installation
        .with("LISTEN", &server.address.to_string())
        .run(&["healthcheck"]);
    let expected = format!("the server at {}: alive\n", server.address);
    assert_eq!((checked.code, checked.out), (Some(0), expected));
}

#[test]
fn faulty_files_stop_the_start() {
    let authority = Authority::new();
    let good = authority.issue(HOST);
    let other_key = Issued {
        key: authority.issue(HOST).key,
        ..good.clone()
    };
    let expired = authority.issue_between(HOST, 2020, 2021);
    for (issued, message) in [
        (
            &other_key,
            "the TLS key in tls.key does not belong to the first certificate in tls.crt, which must be that of the server",
        ),
        (
            &expired,
            "the TLS certificate in tls.crt has expired, at 2021-01-01 00:00 UTC",
        ),
    ] {
        let installation = installation(issued);
        assert_eq!(installation.fails(&["serve"], 1), message);
        assert!(!installation.has_data(), "no data folder is created");
    }
    let missing = installation(&good).with("TLS_KEY", "nowhere");
    let message = missing.fails(&["serve"], 1);
    assert!(
        message.starts_with("the TLS file nowhere cannot be read"),
        "{message}"
    );
}

/// A client without TLS learns nothing, and the check needs the settings of the server.
#[test]
fn healthcheck_without_tls_fails_at_a_server_with_tls() {
    let installation = installation(&Authority::new().issue(HOST));
    let server = installation.serve();
    let message = Installation::new()
        .with("LISTEN", &server.address.to_string())
        .fails(&["healthcheck"], 1);
    assert!(message.starts_with("no healthy server at "), "{message}");
}

#[test]
#[cfg(unix)]
fn idle_connection_with_tls_does_not_delay_the_stop() {
    let authority = Authority::new();
    let installation = installation(&authority.issue(HOST));
    let server = installation.serve();
    let mut idle = Client::new(&authority).connect(server.address);
    assert!(health(&mut idle).starts_with("HTTP/1.1 200"));
    // A handshake that has not begun.
    let _silent = server.connect();
    server.signal("-TERM");
    let since = Instant::now();
    assert_eq!(server.wait().code, Some(0));
    assert!(
        since.elapsed() < Duration::from_secs(9),
        "it waits for no one"
    );
}
