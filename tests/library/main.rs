//! Tests of the library on real databases. Most tests run on `SQLite` and on
//! `PostgreSQL`, each with its own database and a clock that the test moves.

#![allow(clippy::print_stdout, reason = "measured times are printed")]

mod addresses;
mod attempts;
mod devices;
mod ending;
mod external;
mod front_door;
mod keys;
mod older_installations;
mod operator;
mod password;
mod refresh;
mod revocation;
mod shown;
mod streams;
mod threats;
