//! The messages to systemd.
#![cfg(target_os = "linux")]

use std::{
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
    time::Duration,
};

use crate::installation::Installation;

fn receive(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 64];
    let length = socket.recv(&mut buffer).expect("a message");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[test]
fn systemd_is_told_that_the_server_is_ready_and_that_it_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notify");
    let name = path.to_str().expect("UTF-8");
    let at_path = UnixDatagram::bind(&path).expect("a socket");
    // A name of its own, because the test may run twice at the same time.
    let address = SocketAddr::from_abstract_name(name).expect("a name");
    let abstract_name = UnixDatagram::bind_addr(&address).expect("a socket");
    for (socket, name) in [
        (at_path, name.to_owned()),
        (abstract_name, format!("@{name}")),
    ] {
        let timeout = Some(Duration::from_secs(60));
        socket.set_read_timeout(timeout).expect("a timeout");
        let installation = Installation::new().with_variable("NOTIFY_SOCKET", &name);
        let server = installation.serve();
        assert_eq!(receive(&socket), "READY=1");
        assert!(server.is_alive());
        server.signal("-TERM");
        assert_eq!(receive(&socket), "STOPPING=1");
        assert_eq!(server.wait().code, Some(0));
    }
}

#[test]
fn server_starts_if_systemd_does_not_listen() {
    let installation = Installation::new().with_variable("NOTIFY_SOCKET", "/nowhere/notify");
    assert!(installation.serve().is_alive());
}
