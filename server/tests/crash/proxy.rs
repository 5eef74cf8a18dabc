//! A way to the database that can be cut, closed and silenced.

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

use crate::installation::unused_address;

/// How the way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Open,
    /// Nobody is let in, as where no server runs; connections are gone.
    Closed,
    /// Who is let in is cut off at once; connections are gone.
    Cut,
    /// Nothing arrives, and nobody is told, as where a network loses everything.
    /// What was connected before or meanwhile stays silent for good.
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
    way: Way,
    is_over: bool,
    links: Vec<Link>,
}

/// One connection: who came, and the server.
struct Link {
    one: TcpStream,
    other: UnixStream,
    is_silent: Arc<AtomicBool>,
}

impl Proxy {
    /// Leads to a socket.
    pub(crate) fn to(socket: PathBuf) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                way: Way::Open,
                is_over: false,
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

    pub(crate) fn set(&self, way: Way) {
        let mut state = self.shared.lock();
        state.way = way;
        match way {
            Way::Open => {}
            Way::Closed | Way::Cut => state.cut(),
            Way::Silent => state.links.iter().for_each(Link::silence),
        }
    }

    /// The URL of the same database, by this way.
    pub(crate) fn url_of(&self, url: &str) -> String {
        let name = url.split('?').next().and_then(|url| url.rsplit('/').next());
        let name = name.expect("a name");
        format!("postgres://postgres@{}/{name}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_over = true;
        state.cut();
    }
}

impl State {
    fn cut(&mut self) {
        for link in self.links.drain(..) {
            // It fails where the peer has gone.
            let _ = link.one.shutdown(Shutdown::Both);
            let _ = link.other.shutdown(Shutdown::Both);
        }
    }
}

impl Link {
    /// The server finds out; who came does not.
    fn silence(&self) {
        self.is_silent.store(true, Ordering::SeqCst);
        let _ = self.other.shutdown(Shutdown::Both);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, mut listener: Option<TcpListener>, address: SocketAddr, socket: &Path) {
        while !self.lock().is_over {
            let way = self.lock().way;
            if way == Way::Closed {
                listener = None;
            } else if listener.is_none() {
                listener = TcpListener::bind(address).ok();
            }
            match listener.as_ref().map(accept) {
                Some(Ok(stream)) if way != Way::Cut => {
                    // An upstream that is away closes what was let in.
                    let _ = self.join(stream, socket);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    fn join(&self, one: TcpStream, socket: &Path) -> io::Result<()> {
        let other = UnixStream::connect(socket)?;
        let link = Link {
            one: one.try_clone()?,
            other: other.try_clone()?,
            is_silent: Arc::default(),
        };
        let is_silent = [(); 2].map(|()| Arc::clone(&link.is_silent));
        let (there, back) = ((one.try_clone()?, other.try_clone()?), (other, one));
        let mut state = self.lock();
        match state.way {
            Way::Silent => link.silence(),
            // Between the look at the way and here.
            Way::Closed | Way::Cut => return link.one.shutdown(Shutdown::Both),
            Way::Open => {}
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

/// Passes on what comes. On a silent way it is taken and lost.
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
