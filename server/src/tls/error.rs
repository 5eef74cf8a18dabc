//! Why the files of a certificate and its key cannot be used. Each message is one line for the
//! operator, and contains nothing of a key.

use std::{io, path::PathBuf};

use thiserror::Error;
use tokio_rustls::rustls;

/// The error of a certificate or a key.
#[derive(Debug, Error)]
pub(crate) enum TlsError {
    #[error("the TLS file {0} cannot be read: {1}")]
    File(PathBuf, #[source] io::Error),
    #[error(
        "the TLS certificate file {0} has no valid certificate in PEM, which begins with BEGIN CERTIFICATE"
    )]
    NoCertificate(PathBuf),
    #[error(
        "the TLS key file {0} has no valid private key in PEM without a password, which begins with BEGIN PRIVATE KEY"
    )]
    NoKey(PathBuf),
    #[error(
        "the TLS key in {key} does not belong to the first certificate in {certificate}, which must be that of the server"
    )]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    #[error("the TLS certificate in {0} has expired, at {1}")]
    Expired(PathBuf, String),
    #[error("the TLS certificate in {0} is not valid yet, only from {1} on")]
    NotYetValid(PathBuf, String),
    #[error("the TLS certificate in {0} cannot be used: {1}")]
    Unusable(PathBuf, #[source] rustls::Error),
}
