//! The master secret: what the signing keys are sealed under.

use std::{
    fmt, fs, io,
    io::Write,
    path::{Path, PathBuf},
};

use aws_lc_rs::{aead, hkdf, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use thiserror::Error;
use zeroize::Zeroizing;

/// The shortest secret that is taken, in bytes: 256 bits.
const SHORTEST: usize = 32;

/// Says what the derived key is for, so that another use gets another key.
const SEALING: &[&[u8]] = &[b"portcullis: sealing of signing keys, v1"];

/// A secret of at least 32 bytes. `Debug` prints its type alone.
pub struct MasterSecret(Zeroizing<Vec<u8>>);

/// Why there is no master secret; a sentence for the operator.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file cannot be read or made.
    #[error("the secret file {0} cannot be used: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// It is not there, and is not made: another process may have it.
    #[error(
        "the secret file {0} is missing; copy the one of the other processes, or make the first: (umask 077; openssl rand -hex 32 > {0})"
    )]
    Missing(PathBuf),
    /// Others on this machine may read it.
    #[error("the secret file {0} can be read by others; run: chmod 600 {0}")]
    ReadableByOthers(PathBuf),
    /// Too short to be one, or not base64url.
    #[error(
        "the secret file {0} does not hold 32 bytes or more in base64url; restore it from a backup, or remove it together with the database"
    )]
    Unusable(PathBuf),
    /// The machine's random source failed.
    #[error("the machine has no randomness to make a secret from")]
    NoRandomness,
}

impl MasterSecret {
    /// Reads the secret, or makes one that only this user can read.
    ///
    /// # Errors
    /// A sentence that says what to do about the file.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretError> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            _ => Self::load(path),
        }
    }

    /// Reads the secret, which must be there: processes on several machines
    /// that share a database share one.
    ///
    /// # Errors
    /// A sentence that says what to do about the file.
    pub fn load(path: &Path) -> Result<Self, SecretError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => SecretError::Missing(path.to_owned()),
            _ => SecretError::Io(path.to_owned(), error),
        };
        if fs::metadata(path).map_err(failed)?.is_dir() {
            return Err(SecretError::Unusable(path.to_owned()));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            if fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
                return Err(SecretError::ReadableByOthers(path.to_owned()));
            }
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).unwrap_or_default();
        if bytes.len() < SHORTEST {
            return Err(SecretError::Unusable(path.to_owned()));
        }
        Ok(Self(Zeroizing::new(bytes)))
    }

    fn create(path: &Path) -> Result<Self, SecretError> {
        let failed = |error| SecretError::Io(path.to_owned(), error);
        let mut bytes = Zeroizing::new(vec![0; SHORTEST]);
        rand::fill(&mut bytes).map_err(|_| SecretError::NoRandomness)?;
        let text = Zeroizing::new(format!("{}\n", URL_SAFE_NO_PAD.encode(&*bytes)));
        match place(path, text.as_bytes()) {
            // Another process was faster: there is one secret, and it is that.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            placed => placed.map(|()| Self(bytes)).map_err(failed),
        }
    }

    /// The key that seals signing keys: HKDF-SHA-256 (RFC 5869), AES-256-GCM.
    pub(super) fn sealing_key(&self) -> Option<aead::RandomizedNonceKey> {
        let mut key = Zeroizing::new([0; 32]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(&self.0)
            .expand(SEALING, hkdf::HKDF_SHA256)
            .and_then(|output| output.fill(&mut *key))
            .ok()?;
        aead::RandomizedNonceKey::new(&aead::AES_256_GCM, &*key).ok()
    }
}

/// Puts a new file in place, whole or not at all, whatever happens meanwhile: half a
/// secret would keep every later start from beginning.
fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
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
    // Or a power failure takes the name, and leaves a database that it belongs to.
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
    fn a_secret_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let made = MasterSecret::load_or_create(&path).expect("made");
        let read = MasterSecret::load_or_create(&path).expect("read");
        assert_eq!(made.0, read.0);
        assert_eq!(format!("{made:?}"), "MasterSecret");
    }

    #[test]
    fn of_several_that_make_it_at_once_all_have_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let made: Vec<_> = std::thread::scope(|scope| {
            let make = || MasterSecret::load_or_create(&path).expect("made").0;
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            let made = threads.into_iter().map(ScopedJoinHandle::join);
            made.map(|made| made.expect("no panic")).collect()
        });
        assert!(made.iter().all(|secret| *secret == made[0]));
        let left = fs::read_dir(folder.path()).expect("read").count();
        assert_eq!(left, 1, "nothing is left beside it");
    }

    #[test]
    fn a_secret_that_is_shared_is_never_made() {
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
    fn a_secret_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        MasterSecret::load_or_create(&path).expect("made");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
        let refused = MasterSecret::load_or_create(&path).expect_err("readable by others");
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    #[cfg(unix)]
    fn a_short_or_broken_secret_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let refused = MasterSecret::load_or_create(folder.path());
        assert!(matches!(refused, Err(SecretError::Unusable(_))), "a folder");
        for content in [
            "",
            "c2hvcnQ",
            "*** not base64 at all, however long the line may be ***",
        ] {
            fs::write(&path, content).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
            let refused = MasterSecret::load_or_create(&path);
            assert!(
                matches!(refused, Err(SecretError::Unusable(_))),
                "{content:?}"
            );
        }
    }
}
