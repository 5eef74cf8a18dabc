//! The settings of TLS by the server itself.

use std::path::PathBuf;

use portcullis::PublicOrigin;

use super::{
    SettingError, Values,
    table::{self, Setting},
};

/// The files of the certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// `PORTCULLIS_TLS_CERTIFICATE`: the certificate of the server, then those of its issuers.
    pub certificate: PathBuf,
    /// `PORTCULLIS_TLS_KEY`.
    pub key: PathBuf,
}

/// Reads both settings, or returns `None` if neither is set.
pub(super) fn read(
    values: &Values,
    origin: &PublicOrigin,
) -> Result<Option<TlsFiles>, SettingError> {
    let [certificate, key] = [&table::TLS_CERTIFICATE, &table::TLS_KEY];
    let (certificate, key) = match (path(values, certificate), path(values, key)) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => return Err(missing(key, certificate)),
        (None, Some(_)) => return Err(missing(certificate, key)),
    };
    if !origin.as_str().starts_with("https://") {
        return Err(SettingError::Contradiction(format!(
            "{} must begin with https:// if {} is set: {} is sent over TLS",
            table::ORIGIN.variable(),
            table::TLS_CERTIFICATE.variable(),
            origin.as_str(),
        )));
    }
    Ok(Some(TlsFiles { certificate, key }))
}

/// Whether the server has a certificate.
pub(super) fn is_set(values: &Values) -> bool {
    path(values, &table::TLS_CERTIFICATE).is_some()
}

fn path(values: &Values, setting: &Setting) -> Option<PathBuf> {
    let text = values.get(setting).text;
    (text != "none").then(|| PathBuf::from(text))
}

fn missing(setting: &Setting, other: &Setting) -> SettingError {
    SettingError::Contradiction(format!(
        "{} must be set if {} is set: TLS needs both files",
        setting.variable(),
        other.variable()
    ))
}
