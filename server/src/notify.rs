//! Tells systemd that the server is ready, or that it stops: one message each to the socket that
//! systemd names in `NOTIFY_SOCKET`. Without that variable nothing is sent.
//!
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>

/// The server accepts connections.
pub(crate) const READY: &str = "READY=1";

/// The server finishes the running requests.
pub(crate) const STOPPING: &str = "STOPPING=1";

/// Sends a message. An error is logged: systemd then waits for the message, and its own timeout
/// decides.
#[cfg(target_os = "linux")]
pub(crate) fn send(message: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
        return;
    };
    if let Err(error) = send_to(socket.as_encoded_bytes(), message) {
        tracing::warn!(target: "portcullis::notify", %error, message, "systemd could not be notified");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn send(_message: &str) {}

/// Sends a message to a socket: a path, or an abstract name after `@`.
#[cfg(target_os = "linux")]
fn send_to(socket: &[u8], message: &str) -> std::io::Result<()> {
    use std::os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    };

    let address = match socket.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(socket))?,
    };
    let sender = UnixDatagram::unbound()?;
    // Without a reader, the message must not block the server.
    sender.set_nonblocking(true)?;
    sender.send_to_addr(message.as_bytes(), &address).map(drop)
}
