//! A proxy to the database that can refuse, cut or silence connections.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{installation::unused_address, postgres::name_of};

/// The mode of the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Connections are forwarded.
    Open,
    /// Connections are refused, as if no server ran. Existing connections are closed.
    Closed,
    /// Connections are accepted and closed at once. Existing connections are closed.
    Cut,
    /// Nothing is forwarded and no client connection is closed, as in a network that
    /// loses all packets. Connections from before or during this mode stay silent for
    /// ever.
    Silent,
}

pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
}

struct State {
    mode: Mode,
    is_stopped: bool,
    links: Vec<Link>,
}

/// A connection of a client, and its connection to the server.
struct Link {
    client: TcpStream,
    server: UnixStream,
    is_silent: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts a proxy to a socket.
    pub(crate) fn to(socket: PathBuf) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                mode: Mode::Open,
                is_stopped: false,
                links: Vec::new(),
            }),
        });
        let address = unused_address();
        let listener = TcpListener::bind(address).expect("a listener");
        thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.listen(Some(listener), address, &socket)
        });
        Self { address, shared }
    }

    pub(crate) fn set(&self, mode: Mode) {
        let mut state = self.shared.lock();
        state.mode = mode;
        match mode {
            Mode::Open => {}
            Mode::Closed | Mode::Cut => state.cut(),
            Mode::Silent => state.links.iter().for_each(Link::silence),
        }
    }

    /// Returns the URL of the same database through this proxy.
    pub(crate) fn url_of(&self, url: &str) -> String {
        let name = name_of(url);
        format!("postgres://postgres@{}/{name}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_stopped = true;
        state.cut();
    }
}

impl State {
    fn cut(&mut self) {
        for link in self.links.drain(..) {
            // The calls fail if the peer has disconnected.
            let _ = link.client.shutdown(Shutdown::Both);
            let _ = link.server.shutdown(Shutdown::Both);
        }
    }
}

impl Link {
    /// Closes the connection to the server and keeps the connection of the client open.
    fn silence(&self) {
        self.is_silent.store(true, Ordering::SeqCst);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, mut listener: Option<TcpListener>, address: SocketAddr, socket: &Path) {
        while !self.lock().is_stopped {
            let mode = self.lock().mode;
            if mode == Mode::Closed {
                listener = None;
            } else if listener.is_none() {
                listener = TcpListener::bind(address).ok();
            }
            match listener.as_ref().map(accept) {
                Some(Ok(stream)) if mode != Mode::Cut => {
                    // If the server is not available, the client's connection is closed.
                    let _ = self.join(stream, socket);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn join(&self, client: TcpStream, socket: &Path) -> io::Result<()> {
        let server = UnixStream::connect(socket)?;
        let link = Link {
            client: client.try_clone()?,
            server: server.try_clone()?,
            is_silent: Arc::default(),
        };
        let is_silent = [(); 2].map(|()| Arc::clone(&link.is_silent));
        let (there, back) = ((client.try_clone()?, server.try_clone()?), (server, client));
        let mut state = self.lock();
        match state.mode {
            Mode::Silent => link.silence(),
            // The mode may have changed since `listen` read it.
            Mode::Closed | Mode::Cut => return link.client.shutdown(Shutdown::Both),
            Mode::Open => {}
        }
        state.links.push(link);
        drop(state);
        let [silent_there, silent_back] = is_silent;
        thread::spawn(move || {
            pump(there.0, &there.1, &silent_there);
            let _ = there.1.shutdown(Shutdown::Both);
        });
        thread::spawn(move || {
            pump(back.0, &back.1, &silent_back);
            if !silent_back.load(Ordering::SeqCst) {
                let _ = back.1.shutdown(Shutdown::Both);
            }
        });
        Ok(())
    }
}

/// Forwards all bytes. On a silent link they are read and dropped.
fn pump(mut from: impl Read, mut to: impl Write, is_silent: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !is_silent.load(Ordering::SeqCst) && to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let (stream, _) = listener.accept()?;
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
