//! The threads that hash.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use super::memory::Memory;

pub(super) type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// Threads that only hash, each with memory of its own, so that the number of threads bounds
/// the memory.
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
                let mut memory = Memory::default();
                while let Ok(job) = next_job() {
                    // The caller of a job that panics gets an error, and the thread goes on.
                    if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
                        memory = Memory::default();
                    }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn job_that_panics_loses_no_thread() {
        let workers = Workers::start(1).expect("started");
        let queue = |job: Job| workers.run(job).expect("queued");
        queue(Box::new(|_| panic!("a test makes a job panic")));
        let (sender, receiver) = mpsc::channel();
        queue(Box::new(move |_| sender.send(()).expect("received")));
        let ran = receiver.recv_timeout(Duration::from_secs(30));
        assert_eq!(ran, Ok(()), "the next job runs");
    }
}
