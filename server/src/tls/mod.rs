//! TLS by the server itself, with a certificate and a key from files. The files are read again
//! when they change.
//!
//! | module | holds |
//! |---|---|
//! | `certificate` | reads and judges the files |
//! | `error` | why the files cannot be used |
//! | `reload` | the certificate in use, and the task that follows the files |
//! | `unverified` | a client for the health check |

mod certificate;
mod error;
mod reload;
mod unverified;

use std::sync::Arc;

use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs},
};

pub(crate) use error::TlsError;
pub(crate) use unverified::connector;

use crate::settings::TlsFiles;
use reload::{CurrentCertificate, Follower};

/// What accepts TLS connections, and what follows the files.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) follower: Follower,
}

impl Tls {
    /// Reads the files. `host` is that of the public origin: a certificate for other names is
    /// logged, because a proxy in front may know this server by another name.
    pub(crate) fn open(files: &TlsFiles, host: &str) -> Result<Self, TlsError> {
        let current = Arc::new(CurrentCertificate::new());
        let follower = Follower::open(files.clone(), host.to_owned(), Arc::clone(&current))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::Unusable(files.certificate.clone(), error))?
            .with_no_client_auth()
            .with_cert_resolver(current);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            follower,
        })
    }
}

#[cfg(test)]
mod tests;
