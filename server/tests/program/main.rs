//! The program, started as an operator starts it.

mod accounts;
mod backup;
mod documents;
mod exposition;
mod healthcheck;
mod installation;
mod keys;
mod metrics;
mod network;
mod privacy;
mod rejected;
mod sessions;
mod settings;
mod starting;
mod stopping;
mod systemd;
mod tls;
mod traces;
