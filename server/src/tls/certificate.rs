//! Reads and judges a certificate and its key.

use std::{fs, path::Path, sync::Arc, time::Duration};

use portcullis::clock::Timestamp;
use tokio_rustls::rustls::{
    CertificateError, Error, RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
    sign::CertifiedKey,
};

use super::TlsError;
use crate::{settings::TlsFiles, time};

/// The last second of the year 9999, when every certificate has expired.
const LATEST: Duration = Duration::from_secs(253_402_300_799);

/// The contents of both files. It has no `Debug`, because it contains the key.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// A certificate that is valid now, with its key.
pub(super) struct Certificate {
    pub(super) key: Arc<CertifiedKey>,
    /// The time at which it expires, if that is before the year 10000.
    pub(super) not_after: Option<UnixTime>,
}

/// Reads both files.
pub(super) fn read(files: &TlsFiles) -> Result<Contents, TlsError> {
    let read = |path: &Path| fs::read(path).map_err(|error| TlsError::File(path.into(), error));
    Ok(Contents {
        certificate: read(&files.certificate)?,
        key: read(&files.key)?,
    })
}

/// Returns the certificate, if the server can use it now.
pub(super) fn judge(
    contents: &Contents,
    files: &TlsFiles,
    now: UnixTime,
) -> Result<Certificate, TlsError> {
    let no_certificate = || TlsError::NoCertificate(files.certificate.clone());
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&contents.certificate)
        .collect::<Result<_, _>>()
        .map_err(|_| no_certificate())?;
    let first = chain.first().ok_or_else(no_certificate)?;
    let parsed = ParsedCertificate::try_from(first).map_err(|_| no_certificate())?;
    let provider = aws_lc_rs::default_provider();
    let not_after = validity(&parsed, &provider, now).map_err(|error| invalid(files, error))?;
    let key = PrivateKeyDer::from_pem_slice(&contents.key)
        .map_err(|_| TlsError::NoKey(files.key.clone()))?;
    let key = CertifiedKey::from_der(chain, key, &provider);
    Ok(Certificate {
        key: Arc::new(key.map_err(|error| unusable(files, error))?),
        not_after,
    })
}

/// Whether the certificate is for the host.
pub(super) fn is_for(certificate: &CertifiedKey, host: &str) -> bool {
    let Ok(name) = ServerName::try_from(host) else {
        return false;
    };
    let end_entity = certificate.end_entity_cert();
    let parsed = end_entity.and_then(ParsedCertificate::try_from);
    parsed.is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

pub(super) fn show(time: UnixTime) -> String {
    time::show(Timestamp::from_seconds(
        time.as_secs().try_into().unwrap_or(i64::MAX),
    ))
}

/// Returns the time at which the certificate expires, or the error if it is not valid now.
/// rustls shows the time only in the error of an expired certificate.
fn validity(
    certificate: &ParsedCertificate<'_>,
    provider: &CryptoProvider,
    now: UnixTime,
) -> Result<Option<UnixTime>, CertificateError> {
    // Without a root no certificate is trusted. The times are checked before that.
    let outcome = |time| {
        let verified = verify_server_cert_signed_by_trust_anchor(
            certificate,
            &RootCertStore::empty(),
            &[],
            time,
            provider.signature_verification_algorithms.all,
        );
        match verified {
            Err(Error::InvalidCertificate(error)) => Some(error),
            _ => None,
        }
    };
    match outcome(now) {
        Some(
            error @ (CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYetContext { .. }),
        ) => Err(error),
        _ => match outcome(UnixTime::since_unix_epoch(LATEST)) {
            Some(CertificateError::ExpiredContext { not_after, .. }) => Ok(Some(not_after)),
            _ => Ok(None),
        },
    }
}

fn invalid(files: &TlsFiles, error: CertificateError) -> TlsError {
    let file = files.certificate.clone();
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            TlsError::Expired(file, show(not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            TlsError::NotYetValid(file, show(not_before))
        }
        error => TlsError::Unusable(file, error.into()),
    }
}

fn unusable(files: &TlsFiles, error: Error) -> TlsError {
    match error {
        Error::InconsistentKeys(_) => TlsError::Mismatch {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
        },
        // The provider cannot read the key.
        Error::General(_) => TlsError::NoKey(files.key.clone()),
        error => TlsError::Unusable(files.certificate.clone(), error),
    }
}
