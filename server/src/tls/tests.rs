//! Good and bad files, at the start and while the server runs.

use std::{fs, sync::Arc, time::Duration};

use tempfile::TempDir;
use testkit::certificates::{Authority, Issued};
use tokio_rustls::rustls::pki_types::UnixTime;

use super::{
    certificate,
    reload::{CurrentCertificate, Follower, Step},
    *,
};

const HOST: &str = "app.example.org";

/// The files of a test.
struct Files {
    files: TlsFiles,
    _folder: TempDir,
}

impl Files {
    fn new(issued: &Issued) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = TlsFiles {
            certificate: folder.path().join("tls.crt"),
            key: folder.path().join("tls.key"),
        };
        let files = Self {
            files,
            _folder: folder,
        };
        files.write(issued);
        files
    }

    fn write(&self, issued: &Issued) {
        fs::write(&self.files.certificate, &issued.certificate).expect("written");
        fs::write(&self.files.key, &issued.key).expect("written");
    }

    fn follower(&self) -> (Follower, Arc<CurrentCertificate>) {
        let current = Arc::new(CurrentCertificate::new());
        let host = HOST.to_owned();
        let follower = Follower::open(self.files.clone(), host, Arc::clone(&current));
        (follower.expect("a certificate"), current)
    }

    fn step(&self, follower: &mut Follower) -> Step {
        follower.step(certificate::read(&self.files), UnixTime::now())
    }
}

/// Returns whether the certificate is the one in use.
fn is_in_use(current: &CurrentCertificate, issued: &Issued) -> bool {
    let files = Files::new(issued);
    let (_, expected) = files.follower();
    let der = |current: &CurrentCertificate| {
        let key = current.get().expect("a certificate");
        key.end_entity_cert().expect("a certificate").to_vec()
    };
    der(current) == der(&expected)
}

#[test]
fn fault_of_a_file_is_named() {
    let authority = Authority::new();
    let (good, other) = (authority.issue(HOST), authority.issue(HOST));
    let with = |certificate: &str, key: &str| Issued {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    };
    let expired = authority.issue_between(HOST, 2020, 2021);
    let early = authority.issue_between(HOST, 2100, 2101);
    let damaged = good.certificate.replace("\nM", "\nA");
    for (issued, problem) in [
        (with("", &good.key), "tls.crt has no valid certificate"),
        (with("a", &good.key), "tls.crt has no valid certificate"),
        (
            with(&good.key, &good.key),
            "tls.crt has no valid certificate",
        ),
        (
            with(&damaged, &good.key),
            "tls.crt has no valid certificate",
        ),
        (
            with(&good.certificate, ""),
            "tls.key has no valid private key",
        ),
        (
            with(&good.certificate, &good.certificate),
            "tls.key has no valid private key",
        ),
        (
            with(
                &good.certificate,
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            ),
            "tls.key has no valid private key",
        ),
        (
            with(&good.certificate, &other.key),
            "does not belong to the first certificate in",
        ),
        // The order of a chain is the wrong way round.
        (
            with(
                &(authority.certificate.clone() + &good.certificate),
                &good.key,
            ),
            "does not belong to the first certificate in",
        ),
        (expired, "has expired, at 2021-01-01 00:00 UTC"),
        (early, "is not valid yet, only from 2100-01-01 00:00 UTC on"),
    ] {
        let files = Files::new(&issued);
        let error = Tls::open(&files.files, HOST)
            .map(|_| ())
            .expect_err(problem);
        let message = error.to_string();
        assert!(message.contains(problem), "{problem}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn missing_file_is_named() {
    let files = Files::new(&Authority::new().issue(HOST));
    fs::remove_file(&files.files.key).expect("removed");
    let error = Tls::open(&files.files, HOST)
        .map(|_| ())
        .expect_err("an error");
    let expected = format!("the TLS file {} cannot be read", files.files.key.display());
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[test]
fn chain_and_other_names_are_accepted() {
    let authority = Authority::new();
    let mut chain = authority.issue("*.example.org");
    chain.certificate += &authority.certificate;
    for issued in [
        chain,
        authority.issue("127.0.0.1"),
        authority.issue("internal"),
    ] {
        let files = Files::new(&issued);
        assert!(Tls::open(&files.files, HOST).is_ok());
    }
}

#[test]
fn changed_files_are_used_when_they_have_settled() {
    let authority = Authority::new();
    let (old, new) = (authority.issue(HOST), authority.issue(HOST));
    let files = Files::new(&old);
    let (mut follower, current) = files.follower();
    assert!(matches!(files.step(&mut follower), Step::Wait));
    // The certificate is written first, the key later.
    fs::write(&files.files.certificate, &new.certificate).expect("written");
    assert!(matches!(files.step(&mut follower), Step::Wait));
    files.write(&new);
    assert!(matches!(files.step(&mut follower), Step::Wait));
    assert!(is_in_use(&current, &old));
    assert!(matches!(files.step(&mut follower), Step::Replaced));
    assert!(is_in_use(&current, &new));
    assert!(matches!(files.step(&mut follower), Step::Wait));
}

/// A wrong file must not take the site down.
#[test]
fn bad_new_files_keep_the_old_certificate_and_are_reported_once() {
    let authority = Authority::new();
    let (old, new) = (authority.issue(HOST), authority.issue(HOST));
    let files = Files::new(&old);
    let (mut follower, current) = files.follower();
    let expired = authority.issue_between(HOST, 2020, 2021);
    for (issued, problem) in [(Some(&expired), "has expired"), (None, "cannot be read")] {
        match issued {
            Some(issued) => files.write(issued),
            None => fs::remove_file(&files.files.key).expect("removed"),
        }
        assert!(matches!(files.step(&mut follower), Step::Wait));
        let step = files.step(&mut follower);
        assert!(
            matches!(&step, Step::Kept(error) if error.to_string().contains(problem)),
            "{step:?}"
        );
        for _ in 0..3 {
            assert!(matches!(files.step(&mut follower), Step::Wait));
        }
        assert!(is_in_use(&current, &old));
    }
    files.write(&new);
    assert!(matches!(files.step(&mut follower), Step::Wait));
    assert!(matches!(files.step(&mut follower), Step::Replaced));
    assert!(is_in_use(&current, &new));
}

#[test]
fn expiry_is_reported_two_weeks_before_and_once_a_day() {
    const DAY: u64 = 24 * 60 * 60;
    /// The beginning of the year 2120.
    const END: u64 = 4_733_510_400;
    let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let files = Files::new(&Authority::new().issue(HOST));
    let (mut follower, _) = files.follower();
    assert!(!follower.notice_expiry(at(END - 14 * DAY - 1)));
    assert!(follower.notice_expiry(at(END - 14 * DAY)));
    assert!(!follower.notice_expiry(at(END - 13 * DAY - 1)));
    assert!(follower.notice_expiry(at(END - 13 * DAY)));
    assert!(follower.notice_expiry(at(END + DAY)));
}
