//! Metrics of a process, in the text format of Prometheus (version 0.0.4).
//!
//! [`Portcullis::metrics`](crate::Portcullis::metrics) returns those of a session service. The
//! library does not serve them: the application does, on a listener that the internet does not
//! reach.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use portcullis::{Portcullis, metrics::CONTENT_TYPE};
//!
//! # async fn serve(auth: Portcullis) -> std::io::Result<()> {
//! let metrics = async move || ([("content-type", CONTENT_TYPE)], auth.metrics());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:9464").await?;
//! axum::serve(listener, Router::new().route("/metrics", get(metrics))).await
//! # }
//! ```
//!
//! An application with metrics of its own appends its text to that of the session service: the
//! names of this library begin with `portcullis_`. To write them in the same format, there are
//! [`Exposition`] and [`Histogram`].

mod exposition;
mod histogram;
mod requests;
mod service;

pub use exposition::{CONTENT_TYPE, Exposition, Family, Kind};
pub use histogram::Histogram;
pub use requests::route_class;
pub(crate) use requests::{Requests, Route};
