//! The version of the files that browsers load. It is a part of their path:
//! `/pkg/<version>/portcullis.js`.
//!
//! A tab that stays open while the server is updated loads the rest of its code later.
//! Code of the new version would run in the memory of the old one. With the version in
//! the path the tab gets 404 instead, and informs its user. If the files have been
//! replaced and the server has not been restarted yet, new pages work as without
//! JavaScript.

use std::{
    ffi::OsString,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The version of the files in a folder.
#[derive(Debug)]
pub(crate) struct SiteVersion {
    folder: PathBuf,
    id: String,
    files: Vec<File>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct File {
    name: OsString,
    length: u64,
    modified: Option<SystemTime>,
}

impl SiteVersion {
    /// Reads all files of the folder.
    pub(crate) fn of(folder: PathBuf) -> io::Result<Self> {
        let files = list(&folder)?;
        let mut hasher = DefaultHasher::new();
        for file in &files {
            file.name.hash(&mut hasher);
            fs::read(folder.join(&file.name))?.hash(&mut hasher);
        }
        Ok(Self {
            folder,
            id: format!("{:016x}", hasher.finish()),
            files,
        })
    }

    /// Returns the version. The same files have the same version.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Returns the folder of the files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the names and lengths of the files. Names that are not UTF-8 are left out.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        let files = self.files.iter();
        files.filter_map(|file| Some((file.name.to_str()?, file.length)))
    }

    /// Whether the folder still has the files of this version. They may be replaced
    /// before the server is restarted.
    pub(crate) fn is_in_place(&self) -> bool {
        list(&self.folder).is_ok_and(|files| files == self.files)
    }
}

fn list(folder: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_file() {
            files.push(File {
                name: entry.file_name(),
                length: metadata.len(),
                modified: metadata.modified().ok(),
            });
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            fs::write(folder.path().join(name), content).expect("a file");
        }
        folder
    }

    fn version(folder: &TempDir) -> SiteVersion {
        SiteVersion::of(folder.path().to_owned()).expect("a version")
    }

    #[test]
    fn version_depends_on_names_and_contents() {
        let first = folder(&[("a.js", "1"), ("b.wasm", "2")]);
        let same = folder(&[("b.wasm", "2"), ("a.js", "1")]);
        assert_eq!(version(&first).id(), version(&same).id());
        for other in [
            folder(&[("a.js", "1"), ("b.wasm", "3")]),
            folder(&[("a.js", "1"), ("c.wasm", "2")]),
            folder(&[("a.js", "1")]),
        ] {
            assert_ne!(version(&first).id(), version(&other).id());
        }
    }

    #[test]
    fn version_is_not_in_place_after_an_update() {
        let folder = folder(&[("a.js", "1")]);
        let version = version(&folder);
        assert!(version.is_in_place());
        fs::write(folder.path().join("a.js"), "22").expect("a file");
        assert!(!version.is_in_place());
        fs::remove_file(folder.path().join("a.js")).expect("no error");
        assert!(!version.is_in_place());
    }
}
