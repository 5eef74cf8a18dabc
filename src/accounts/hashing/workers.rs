//! The threads that hash.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

pub(super) type Job = Box<dyn FnOnce() + Send>;

/// Threads that only hash. On the runtime's blocking threads, which start and stop,
/// the allocator keeps the memory that each thread once needed: hundreds of megabytes
/// after a burst of sign-ins, and finally a GB. Here the number of threads bounds it.
#[derive(Clone)]
pub(super) struct Workers(mpsc::Sender<Job>);

impl Workers {
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..count {
            let receiver = Arc::clone(&receiver);
            let next_job = move || {
                receiver
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .recv()
            };
            // The threads stop when the last sender is dropped.
            let run_jobs = move || {
                while let Ok(job) = next_job() {
                    job();
                }
            };
            thread::Builder::new()
                .name("portcullis-hash".to_owned())
                .spawn(run_jobs)?;
        }
        Ok(Self(sender))
    }

    /// Queues a job. Returns it if no worker runs any more.
    pub(super) fn run(&self, job: Job) -> Result<(), mpsc::SendError<Job>> {
        self.0.send(job)
    }
}
