//! The access of other users of this machine to a file or a folder. Only Unix has it in the mode
//! of a file; elsewhere none is known.

use std::{fs, io, path::Path};

/// What other users may do with a file or a folder, according to its mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OthersAccess {
    pub(crate) can_read: bool,
    pub(crate) can_write: bool,
}

impl OthersAccess {
    /// Reads the access to what `path` leads to.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        Ok(Self::of_mode(fs::metadata(path)?.permissions().mode()))
    }

    /// Reads the access to what `path` leads to.
    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|_| Self::default())
    }

    #[cfg(unix)]
    const fn of_mode(mode: u32) -> Self {
        /// In a folder with this bit, only the owner of a file may replace it.
        const STICKY: u32 = 0o1000;
        Self {
            can_read: mode & 0o055 != 0,
            can_write: mode & 0o022 != 0 && mode & STICKY == 0,
        }
    }
}

/// Returns whether this user can change the mode of a file, by setting the mode that it has. That
/// fails for the file of another user, and on a file system that is mounted read-only, as the
/// secrets of containers are.
pub(crate) fn can_change_mode(path: &Path) -> io::Result<bool> {
    match fs::set_permissions(path, fs::metadata(path)?.permissions()) {
        Ok(()) => Ok(true),
        Err(error) => match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Ok(false),
            _ => Err(error),
        },
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn mode_shows_the_access_of_others() {
        for (mode, can_read, can_write) in [
            (0o600, false, false),
            (0o700, false, false),
            (0o400, false, false),
            (0o440, true, false),
            (0o604, true, false),
            (0o711, true, false),
            (0o620, false, true),
            (0o602, false, true),
            (0o666, true, true),
            (0o1777, true, false),
        ] {
            let access = OthersAccess {
                can_read,
                can_write,
            };
            assert_eq!(OthersAccess::of_mode(mode), access, "{mode:o}");
        }
    }

    #[test]
    fn mode_of_an_own_file_can_be_changed() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
        assert!(can_change_mode(file.path()).expect("known"));
        let mode = fs::metadata(&file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o7777, 0o640, "it stays");
        assert!(can_change_mode(Path::new("missing")).is_err());
    }

    /// Not even an administrator changes the mode of this file.
    #[test]
    #[cfg(target_os = "linux")]
    fn mode_of_another_file_cannot_be_changed() {
        assert!(!can_change_mode(Path::new("/proc/self/status")).expect("known"));
    }
}
