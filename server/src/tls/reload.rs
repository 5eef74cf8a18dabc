//! The certificate in use, and the task that follows the files.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{task::spawn_blocking, time::sleep};
use tokio_rustls::rustls::{
    pki_types::UnixTime,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{
    TlsError,
    certificate::{self, Certificate, Contents},
};
use crate::settings::TlsFiles;

/// How often the files are read. A changed file is judged when it is the same at two readings,
/// because the other one of the two may follow.
const POLL: Duration = Duration::from_secs(5);

/// How long before it expires a certificate is reported.
const EXPIRY_NOTICE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How often it is reported.
const EXPIRY_NOTICE_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// The certificate for new connections.
pub(super) struct CurrentCertificate(RwLock<Option<Arc<CertifiedKey>>>);

impl CurrentCertificate {
    /// Creates it without a certificate: every handshake fails.
    pub(super) fn new() -> Self {
        Self(RwLock::new(None))
    }

    fn set(&self, key: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    pub(super) fn get(&self) -> Option<Arc<CertifiedKey>> {
        let key = self.0.read().unwrap_or_else(PoisonError::into_inner);
        key.clone()
    }
}

impl ResolvesServerCert for CurrentCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.get()
    }
}

/// Shows nothing of the key.
impl fmt::Debug for CurrentCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CurrentCertificate")
    }
}

/// What a reading of the files leads to.
#[derive(Debug)]
pub(super) enum Step {
    /// The files are as before, or they have just changed.
    Wait,
    /// The certificate was replaced.
    Replaced,
    /// The new files cannot be used, and the certificate stays.
    Kept(TlsError),
}

/// The outcome of a reading of the files.
#[derive(PartialEq, Eq)]
enum Reading {
    Contents(Contents),
    Unreadable,
}

/// Follows the files, and replaces the certificate when they change.
pub(crate) struct Follower {
    files: TlsFiles,
    host: String,
    current: Arc<CurrentCertificate>,
    not_after: Option<UnixTime>,
    /// The reading that was judged last.
    judged: Reading,
    /// The last reading, if it differs.
    changed: Option<Reading>,
    noticed_at: Option<UnixTime>,
}

impl Follower {
    /// Reads the files for the first time.
    pub(super) fn open(
        files: TlsFiles,
        host: String,
        current: Arc<CurrentCertificate>,
    ) -> Result<Self, TlsError> {
        let contents = certificate::read(&files)?;
        let now = UnixTime::now();
        let certificate = certificate::judge(&contents, &files, now)?;
        let mut follower = Self {
            files,
            host,
            current,
            not_after: None,
            judged: Reading::Contents(contents),
            changed: None,
            noticed_at: None,
        };
        follower.use_certificate(certificate);
        Ok(follower)
    }

    /// Follows the files until the task is aborted.
    pub(crate) async fn run(mut self) {
        loop {
            sleep(POLL).await;
            let files = self.files.clone();
            // It fails only if the runtime is shutting down.
            let Ok(read) = spawn_blocking(move || certificate::read(&files)).await else {
                return;
            };
            let now = UnixTime::now();
            match self.step(read, now) {
                Step::Wait | Step::Replaced => {}
                Step::Kept(error) => {
                    tracing::error!(target: "portcullis::tls", %error, "the new TLS certificate cannot be used; the one before it stays in use");
                }
            }
            self.notice_expiry(now);
        }
    }

    /// Handles the outcome of a reading.
    pub(super) fn step(&mut self, read: Result<Contents, TlsError>, now: UnixTime) -> Step {
        let (reading, judged) = match read {
            Ok(contents) => {
                let judged = certificate::judge(&contents, &self.files, now);
                (Reading::Contents(contents), judged)
            }
            Err(error) => (Reading::Unreadable, Err(error)),
        };
        if reading == self.judged {
            self.changed = None;
            return Step::Wait;
        }
        if self.changed.as_ref() != Some(&reading) {
            self.changed = Some(reading);
            return Step::Wait;
        }
        self.changed = None;
        self.judged = reading;
        match judged {
            Ok(certificate) => {
                self.use_certificate(certificate);
                Step::Replaced
            }
            Err(error) => Step::Kept(error),
        }
    }

    fn use_certificate(&mut self, certificate: Certificate) {
        self.not_after = certificate.not_after;
        self.noticed_at = None;
        let expires = certificate
            .not_after
            .map_or_else(|| "never".to_owned(), certificate::show);
        tracing::info!(target: "portcullis::tls", expires, "the TLS certificate is in use");
        if !certificate::is_for(&certificate.key, &self.host) {
            let host = &*self.host;
            tracing::warn!(target: "portcullis::tls", host, "the TLS certificate is not for the host of the public origin; browsers that connect directly will reject it");
        }
        self.current.set(certificate.key);
    }

    /// Logs once a day that the certificate expires soon, or has expired. Returns whether it did.
    pub(super) fn notice_expiry(&mut self, now: UnixTime) -> bool {
        let Some(not_after) = self.not_after else {
            return false;
        };
        let is_soon = now.as_secs() + EXPIRY_NOTICE.as_secs() >= not_after.as_secs();
        let is_repeated = self.noticed_at.is_some_and(|at| {
            now.as_secs().saturating_sub(at.as_secs()) < EXPIRY_NOTICE_PAUSE.as_secs()
        });
        if !is_soon || is_repeated {
            return false;
        }
        self.noticed_at = Some(now);
        let expires = certificate::show(not_after);
        tracing::warn!(target: "portcullis::tls", expires, "the TLS certificate expires within 14 days, or has expired; replace its files");
        true
    }
}
