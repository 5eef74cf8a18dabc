//! The library against real databases: each test runs on `SQLite` and on
//! `PostgreSQL`, on a database of its own, with a clock that the test moves.

mod ending;
mod external;
mod front_door;
mod keys;
mod operator;
mod refresh;
