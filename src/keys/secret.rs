//! The master secret, under which the signing keys are sealed.

use std::{
    fmt, fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use aws_lc_rs::{aead, hkdf, hmac, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::file_access::{OthersAccess, can_change_mode};

/// The minimum length of a secret in bytes: 256 bits.
const MIN_SECRET_LEN: usize = 32;

/// The purpose of the derived key (`info` in RFC 5869), so that another use gets another key.
const SEALING_INFO: &[&[u8]] = &[b"portcullis: sealing of signing keys, v1"];

/// The purpose of the key that hashes the keys of attempts.
const ATTEMPTS_INFO: &[u8] = b"portcullis: keys of attempts, v1";

/// A secret of at least 32 bytes. `Debug` prints only the type name.
pub struct MasterSecret(Zeroizing<Vec<u8>>);

/// An error of the secret file. The message says what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file cannot be read or created.
    #[error(
        "the secret file {0} cannot be read or created: {1}; check the file and its permissions"
    )]
    Io(PathBuf, #[source] io::Error),
    /// The file does not exist. It is not created, because other processes may have a
    /// secret already.
    #[error(
        "the secret file {0} is missing; copy it from another machine that uses this database, or create the first one: (umask 077; openssl rand -hex 32 > {0})"
    )]
    Missing(PathBuf),
    /// Other users of this machine may read the file, and this user could prevent it.
    #[error("the secret file {0} can be read by other users; run: chmod 600 {0}")]
    ReadableByOthers(PathBuf),
    /// Other users of this machine may write the file.
    #[error(
        "the secret file {0} can be changed by other users; have its owner run: chmod go-w {0}"
    )]
    WritableByOthers(PathBuf),
    /// The file holds fewer than 32 bytes, is not base64url, or is a folder.
    #[error(
        "the secret file {0} does not hold 32 bytes or more in base64url; restore it from a backup, or, if the installation has no data to keep, remove it together with the database"
    )]
    Unusable(PathBuf),
    /// The random source of the system failed.
    #[error("no secret could be generated: the random source of the system failed")]
    NoRandomness,
}

impl MasterSecret {
    /// Reads the secret, or creates one that only this user can read.
    ///
    /// # Errors
    /// Those of [`load`](Self::load). If there is no file, [`SecretError::Io`] or
    /// [`SecretError::NoRandomness`] if a secret cannot be created.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretError> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            _ => Self::load(path),
        }
    }

    /// Reads the secret, which must exist: processes on several machines that share a
    /// database share one secret.
    ///
    /// # Errors
    /// [`SecretError::Missing`] if there is no file, [`SecretError::Io`],
    /// [`SecretError::ReadableByOthers`], [`SecretError::WritableByOthers`] or
    /// [`SecretError::Unusable`] if it cannot be used.
    pub fn load(path: &Path) -> Result<Self, SecretError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => SecretError::Missing(path.to_owned()),
            _ => SecretError::Io(path.to_owned(), error),
        };
        if fs::metadata(path).map_err(failed)?.is_dir() {
            return Err(SecretError::Unusable(path.to_owned()));
        }
        check_access(path).map_err(failed)??;
        let encoded = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        let bytes = URL_SAFE_NO_PAD.decode(encoded.trim()).unwrap_or_default();
        if bytes.len() < MIN_SECRET_LEN {
            return Err(SecretError::Unusable(path.to_owned()));
        }
        Ok(Self(Zeroizing::new(bytes)))
    }

    fn create(path: &Path) -> Result<Self, SecretError> {
        let failed = |error| SecretError::Io(path.to_owned(), error);
        let mut bytes = Zeroizing::new(vec![0; MIN_SECRET_LEN]);
        rand::fill(&mut bytes).map_err(|_| SecretError::NoRandomness)?;
        let encoded = Zeroizing::new(format!("{}\n", URL_SAFE_NO_PAD.encode(&*bytes)));
        match write_new(path, encoded.as_bytes()) {
            // Another process was faster, and its secret is the one to use.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            written => written.map(|()| Self(bytes)).map_err(failed),
        }
    }

    /// Derives the key that seals signing keys: HKDF-SHA-256 (RFC 5869), AES-256-GCM.
    pub(super) fn sealing_key(&self) -> Option<aead::RandomizedNonceKey> {
        let mut key = Zeroizing::new([0; 32]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(&self.0)
            .expand(SEALING_INFO, hkdf::HKDF_SHA256)
            .and_then(|output| output.fill(&mut *key))
            .ok()?;
        aead::RandomizedNonceKey::new(&aead::AES_256_GCM, &*key).ok()
    }

    /// Derives the key that hashes the keys of attempts: the first step of HKDF-SHA-256, with
    /// the purpose as the salt.
    pub(crate) fn attempts_key(&self) -> hmac::Key {
        let purpose = hmac::Key::new(hmac::HMAC_SHA256, ATTEMPTS_INFO);
        let key = hmac::sign(&purpose, &self.0);
        hmac::Key::new(hmac::HMAC_SHA256, key.as_ref())
    }
}

/// Checks that no other user has access to the secret file. What this user cannot change is only
/// logged: containers get their secrets as read-only files that every user of the container may
/// read, or as files of another user.
fn check_access(path: &Path) -> io::Result<Result<(), SecretError>> {
    let others = OthersAccess::of(path)?;
    if others.can_write {
        return Ok(Err(SecretError::WritableByOthers(path.to_owned())));
    }
    if others.can_read {
        if can_change_mode(path)? {
            return Ok(Err(SecretError::ReadableByOthers(path.to_owned())));
        }
        tracing::warn!(
            target: "portcullis::keys",
            file = %path.display(),
            "other users can read the secret file, and this user cannot change that: make sure \
             that only users who may sign tokens can read it"
        );
    }
    Ok(Ok(()))
}

/// Creates a file with that content, completely or not at all, even in a crash: with half a
/// secret, every later start would fail.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".secret-")
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    // Otherwise a power failure could lose the file's name, but not the database that
    // belongs to the secret.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterSecret")
    }
}

#[cfg(test)]
mod tests {
    use std::thread::ScopedJoinHandle;

    use super::*;

    #[test]
    fn secret_is_created_once_and_then_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let created = MasterSecret::load_or_create(&path).expect("created");
        let read = MasterSecret::load_or_create(&path).expect("read");
        assert_eq!(created.0, read.0);
        assert_eq!(format!("{created:?}"), "MasterSecret");
    }

    #[test]
    fn concurrent_creations_return_one_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let secrets: Vec<_> = std::thread::scope(|scope| {
            let create = || MasterSecret::load_or_create(&path).expect("created").0;
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
            let secrets = threads.into_iter().map(ScopedJoinHandle::join);
            secrets.map(|secret| secret.expect("no panic")).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
        let files = fs::read_dir(folder.path()).expect("read").count();
        assert_eq!(files, 1, "no temporary file is left");
    }

    #[test]
    fn load_does_not_create_a_missing_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let missing = MasterSecret::load(&path).expect_err("missing");
        assert!(
            missing.to_string().contains("openssl rand -hex 32"),
            "{missing}"
        );
        assert!(!path.exists());
    }

    #[test]
    #[cfg(unix)]
    fn secret_readable_by_others_is_rejected() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        MasterSecret::load_or_create(&path).expect("created");
        let metadata = fs::metadata(&path).expect("the file exists");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        for (mode, message) in [
            (0o640, "chmod 600"),
            (0o604, "chmod 600"),
            (0o620, "chmod go-w"),
            (0o666, "chmod go-w"),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            let error = MasterSecret::load_or_create(&path).expect_err("open to others");
            assert!(error.to_string().contains(message), "{mode:o}: {error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("set");
        MasterSecret::load_or_create(&path).expect("readable by this user alone");
    }

    /// Containers get secrets with such a mode, on a file system that is mounted read-only. Here
    /// it is a file whose mode no user can change, and which holds no secret.
    #[test]
    #[cfg(target_os = "linux")]
    fn mode_that_cannot_be_changed_is_accepted() {
        use std::os::unix::fs::PermissionsExt;
        let path = Path::new("/proc/self/status");
        let mode = fs::metadata(path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o444);
        let error = MasterSecret::load(path).expect_err("not a secret");
        assert!(matches!(error, SecretError::Unusable(_)), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn short_or_malformed_secret_is_rejected() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let loaded = MasterSecret::load_or_create(folder.path());
        assert!(matches!(loaded, Err(SecretError::Unusable(_))), "a folder");
        for content in [
            "",
            "c2hvcnQ",
            "*** not base64 at all, however long the line may be ***",
        ] {
            fs::write(&path, content).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
            let loaded = MasterSecret::load_or_create(&path);
            let is_unusable = matches!(loaded, Err(SecretError::Unusable(_)));
            assert!(is_unusable, "{content:?}");
        }
    }
}
