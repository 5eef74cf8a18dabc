//! The thread that writes the lines, many at a time.
//!
//! Written one by one, the lines of small requests cost more than the requests. A channel with
//! a line in each message, as in `tracing-appender`, was measured too: it wakes the thread for
//! nearly every line.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

/// If this many bytes wait to be written, an event waits too: no line is dropped.
const MAX_WAITING_BYTES: usize = 1 << 20;

/// The pause after a write. Lines that are logged meanwhile are written together.
const PAUSE: Duration = Duration::from_millis(10);

/// The lines that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    waiting: Mutex<Waiting>,
    is_filled: Condvar,
    is_taken: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// Whether the thread ends after the lines that wait.
    is_closed: bool,
}

impl Buffer {
    /// Adds a line. Waits while the buffer is full.
    pub(super) fn push(&self, line: &[u8]) {
        let mut waiting = self.lock();
        while waiting.lines.len() >= MAX_WAITING_BYTES && !waiting.is_closed {
            waiting = wait(&self.is_taken, waiting);
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        if was_empty {
            self.is_filled.notify_one();
        }
    }

    /// Waits for lines and swaps them with `lines`, which is empty. Returns whether the buffer
    /// is closed.
    pub(super) fn take(&self, lines: &mut Vec<u8>) -> bool {
        let mut waiting = self.lock();
        while waiting.lines.is_empty() && !waiting.is_closed {
            waiting = wait(&self.is_filled, waiting);
        }
        mem::swap(&mut waiting.lines, lines);
        let is_closed = waiting.is_closed;
        drop(waiting);
        self.is_taken.notify_all();
        is_closed
    }

    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.is_filled.notify_one();
        self.is_taken.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A panic inside the lock leaves whole lines.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait<'a>(condition: &Condvar, waiting: MutexGuard<'a, Waiting>) -> MutexGuard<'a, Waiting> {
    let waited = condition.wait(waiting);
    waited.unwrap_or_else(PoisonError::into_inner)
}

/// The running log. When it is dropped, the lines that wait are written, and later lines are
/// lost.
#[must_use = "lines are written until this is dropped"]
#[derive(Debug)]
pub struct RunningLog {
    buffer: Arc<Buffer>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the thread, which writes to `out`.
///
/// # Errors
/// If the system starts no thread.
pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<(Arc<Buffer>, RunningLog)> {
    let buffer = Arc::new(Buffer::default());
    let thread = {
        let buffer = Arc::clone(&buffer);
        let thread = thread::Builder::new().name("log".to_owned());
        thread.spawn(move || write_all(&buffer, out))?
    };
    let running = RunningLog {
        buffer: Arc::clone(&buffer),
        thread: Some(thread),
    };
    Ok((buffer, running))
}

fn write_all(buffer: &Buffer, mut out: impl Write) {
    let mut lines = Vec::new();
    loop {
        let is_closed = buffer.take(&mut lines);
        // If standard error is closed, there is no place to report that.
        let _ = out.write_all(&lines);
        lines.clear();
        if is_closed {
            return;
        }
        thread::sleep(PAUSE);
    }
}

impl Drop for RunningLog {
    fn drop(&mut self) {
        self.buffer.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;

    /// Passes on what is written, after it was let through.
    struct Gate {
        written: Sender<Vec<u8>>,
        pass: Receiver<()>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.pass.recv();
            let _ = self.written.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gate() -> (Gate, Sender<()>, Receiver<Vec<u8>>) {
        let (written, read) = mpsc::channel();
        let (let_through, pass) = mpsc::channel();
        (Gate { written, pass }, let_through, read)
    }

    #[test]
    fn lines_that_wait_are_written_together_and_in_order() {
        let (gate, let_through, written) = gate();
        let (buffer, running) = start(gate).expect("a thread");
        buffer.push(b"1\n");
        // Waits for the thread to take the first line.
        while !buffer.lock().lines.is_empty() {
            thread::yield_now();
        }
        for line in [b"2\n", b"3\n"] {
            buffer.push(line);
        }
        for _ in 0..3 {
            let _ = let_through.send(());
        }
        drop(running);
        drop(let_through);
        let written: Vec<_> = written.iter().filter(|part| !part.is_empty()).collect();
        assert_eq!(written, [b"1\n".to_vec(), b"2\n3\n".to_vec()]);
    }

    #[test]
    fn full_buffer_waits_and_loses_nothing() {
        let (gate, let_through, written) = gate();
        let (buffer, running) = start(gate).expect("a thread");
        let chunk = vec![b'x'; MAX_WAITING_BYTES];
        let pushing = {
            let (buffer, chunk) = (Arc::clone(&buffer), chunk.clone());
            thread::spawn(move || {
                for _ in 0..4 {
                    buffer.push(&chunk);
                }
            })
        };
        while buffer.lock().lines.len() < MAX_WAITING_BYTES {
            thread::yield_now();
        }
        assert!(!pushing.is_finished(), "the buffer is full");
        drop(let_through);
        pushing.join().expect("all are taken");
        drop(running);
        drop(buffer);
        let written: usize = written.iter().map(|part| part.len()).sum();
        assert_eq!(written, 4 * MAX_WAITING_BYTES);
    }
}
