//! A small disk in memory that can be filled.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

const SIZE: &str = "size=48m,mode=0700";

/// A mounted disk. It is removed when this is dropped.
pub(super) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts a disk. Returns `None`, and says so, if this user may not.
    pub(super) fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(folder.path());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self { folder });
        }
        println!("a full disk is not tested: this user may not mount one");
        None
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Writes to the disk until nothing more can be written.
    pub(super) fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("a file");
        let mut block: &[u8] = &[1; 8 * 1024];
        while !block.is_empty() {
            while ballast.write_all(block).is_ok() {}
            block = &block[..block.len() / 2];
        }
    }

    /// Makes room again.
    pub(super) fn empty(&self) {
        fs::remove_file(self.ballast()).expect("removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // `--lazy`: the program may still be running if a test fails.
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.folder.path())
            .status();
    }
}
