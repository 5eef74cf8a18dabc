//! A connection while the program starts is refused and does not wait. A refresh that
//! waited could be processed long after another process has gone on with the session,
//! and its token would count as superseded.
#![cfg(target_os = "linux")]

use std::{fs, io::ErrorKind, net::TcpStream, thread};

use crate::{installation::Installation, wait};

#[test]
fn connection_during_start_is_refused() {
    let installation = Installation::on_sqlite();
    let mut program = installation.start();
    program.kill();
    let address = program.address;
    // Every process waits for this lock when it opens the database file.
    let lock = installation.folder().join("data/portcullis.db.lock");
    thread::scope(|scope| {
        let held = fs::File::open(&lock).expect("a lock file");
        held.lock().expect("the lock");
        let started = scope.spawn(|| program.start());
        wait::until("the program waits for its database", || holders(&lock) == 2);
        let refused = TcpStream::connect(address).expect_err("a refused connection");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        drop(held);
        started.join().expect("the program listens");
    });
    TcpStream::connect(address).expect("a connection");
}

/// Returns the number of processes that have a file open.
fn holders(file: &std::path::Path) -> usize {
    let processes = fs::read_dir("/proc").expect("processes");
    let has_open = |process: &fs::DirEntry| {
        // Entries with other names are no processes, or link to an entry with a number.
        let name = process.file_name();
        if !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            return false;
        }
        let open = fs::read_dir(process.path().join("fd"));
        let open = open.into_iter().flatten().flatten();
        open.filter_map(|open| fs::read_link(open.path()).ok())
            .any(|open| open == file)
    };
    processes.flatten().filter(has_open).count()
}
