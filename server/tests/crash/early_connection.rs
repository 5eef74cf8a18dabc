//! Whoever comes while the program starts is sent away, and does not wait: its
//! refresh could be answered long after another process has gone on with the
//! session, as one that was superseded.
#![cfg(target_os = "linux")]

use std::{fs, io::ErrorKind, net::TcpStream, thread};

use crate::{installation::Installation, wait};

#[test]
fn nobody_is_let_in_before_anybody_can_be_answered() {
    let installation = Installation::on_sqlite();
    let mut program = installation.start();
    program.kill();
    let address = program.address;
    // What every process of one database file waits for as it opens it.
    let lock = installation.folder().join("data/portcullis.db.lock");
    thread::scope(|scope| {
        let held = fs::File::open(&lock).expect("a lock");
        held.lock().expect("locked");
        let started = scope.spawn(|| program.start());
        wait::until("it waits for its database", || holders(&lock) == 2);
        let refused = TcpStream::connect(address).expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        drop(held);
        started.join().expect("it listens");
    });
    TcpStream::connect(address).expect("let in");
}

/// How many processes have a file open.
fn holders(file: &std::path::Path) -> usize {
    let processes = fs::read_dir("/proc").expect("processes");
    let has_open = |process: &fs::DirEntry| {
        // Others lead to one of the numbers.
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
