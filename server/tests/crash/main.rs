//! Crash tests: the program is killed with SIGKILL at random times, and the database
//! becomes unavailable during requests. Real processes, real HTTP, both databases.
//!
//! | module | holds |
//! |---|---|
//! | `killed_programs` | the program is killed repeatedly under load |
//! | `killed_database` | the `PostgreSQL` server is killed repeatedly under load |
//! | `full_disk` | the disk of the `PostgreSQL` server is full |
//! | `standby` | a synchronous standby is promoted under load |
//! | `backup` | a backup is restored |
//! | `late_request` | a request is being sent while commits are lost |
//! | `early_connection` | a connection arrives before the program can serve |
//! | `database_outage` | `PostgreSQL` is unavailable: the responses, and the recovery |
//! | `soak` | traffic and faults of many kinds for minutes: `cargo xtask soak` |
//! | `stale_view` | a process cannot read ended sessions: the tokens that it accepts |
//! | `several_servers` | three processes on one `PostgreSQL`: sessions work and end on all |
//! | `database_locked` | another process locks the `SQLite` database |
//! | `browser`, `jar`, `http`, `crowd` | honest browsers, and many of them at once |
//! | `installation`, `postgres`, `proxy` | the processes, the database, and the proxy between them |
//! | `disk` | a disk that can be filled |
//!
//! `cargo xtask test crash` starts the `PostgreSQL` that these tests kill.
#![cfg(unix)]
#![allow(clippy::print_stdout, reason = "seeds are printed")]

mod backup;
mod browser;
mod crowd;
mod database_locked;
mod database_outage;
mod disk;
mod early_connection;
mod full_disk;
mod http;
mod installation;
mod jar;
mod killed_database;
mod killed_programs;
mod late_request;
mod postgres;
mod proxy;
mod several_servers;
mod soak;
mod stale_view;
mod standby;
mod wait;
