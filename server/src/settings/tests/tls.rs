//! The settings of TLS.

use super::*;

const CERTIFICATE: (&str, &str) = ("PORTCULLIS_TLS_CERTIFICATE", "/etc/ssl/app.crt");
const KEY: (&str, &str) = ("PORTCULLIS_TLS_KEY", "/etc/ssl/app.key");
const ORIGIN: (&str, &str) = ("PORTCULLIS_ORIGIN", "https://app.example.org");

#[test]
fn tls_is_off_without_files() {
    let settings = settings(&[ORIGIN], None).expect("settings");
    assert_eq!(settings.http.tls, None);
}

#[test]
fn both_files_turn_tls_on() {
    let settings = settings(&[CERTIFICATE, KEY, ORIGIN], None).expect("settings");
    let files = settings.http.tls.expect("files");
    assert_eq!(files.certificate, Path::new("/etc/ssl/app.crt"));
    assert_eq!(files.key, Path::new("/etc/ssl/app.key"));
}

#[test]
fn default_origin_is_https_with_tls() {
    let settings = settings(&[CERTIFICATE, KEY], None).expect("settings");
    assert_eq!(settings.http.origin.as_str(), "https://127.0.0.1:3000");
}

/// Otherwise the cookies would lack `Secure` and the prefix `__Host-`, and be sent to other
/// ports of the host in plain text.
#[test]
fn tls_needs_an_origin_with_https() {
    let origin = ("PORTCULLIS_ORIGIN", "http://127.0.0.1:3000");
    assert_eq!(
        message(&[CERTIFICATE, KEY, origin], None),
        "PORTCULLIS_ORIGIN must begin with https:// if PORTCULLIS_TLS_CERTIFICATE is set: \
         http://127.0.0.1:3000 is sent over TLS"
    );
}

#[test]
fn one_file_alone_is_rejected() {
    for (one, other) in [(CERTIFICATE, KEY), (KEY, CERTIFICATE)] {
        let message = message(&[one, ORIGIN], None);
        let expected = format!("{} must be set if {} is set", other.0, one.0);
        assert!(message.starts_with(&expected), "{message}");
    }
}
