//! The program, started as an operator starts it.

mod accounts;
mod documents;
mod installation;
mod keys;
mod network;
mod privacy;
mod rejected;
mod sessions;
mod settings;
mod starting;
mod stopping;
