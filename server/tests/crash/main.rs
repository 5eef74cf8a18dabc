//! The program killed with SIGKILL at random moments, and the database gone in
//! mid-request: real processes, real HTTP, both databases.
//!
//! | module | holds |
//! |---|---|
//! | `killed_programs` | the program killed again and again, under load |
//! | `killed_database` | the `PostgreSQL` server killed again and again, under load |
//! | `late_request` | a request that is under way while commits are lost |
//! | `early_connection` | a connection that comes before the program can serve |
//! | `database_away` | no `PostgreSQL`: what is answered, and what comes back by itself |
//! | `stale_view` | what a process vouches for that cannot read what ended |
//! | `database_locked` | `SQLite`, with somebody else writing for long |
//! | `browser`, `jar`, `http`, `crowd` | honest browsers, and many of them at once |
//! | `installation`, `postgres`, `proxy` | what is killed, cut off and silenced |
//!
//! `cargo xtask test crash` starts the `PostgreSQL` that these tests kill.
#![cfg(unix)]
#![allow(clippy::print_stdout, reason = "seeds are printed")]

mod browser;
mod crowd;
mod database_away;
mod database_locked;
mod early_connection;
mod http;
mod installation;
mod jar;
mod killed_database;
mod killed_programs;
mod late_request;
mod postgres;
mod proxy;
mod stale_view;
mod wait;
