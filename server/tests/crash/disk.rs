//! A small disk in memory that can be filled.

use std::{
    env,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A mounted disk. It is removed when this is dropped.
pub(crate) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts a disk of that many megabytes. Returns `None`, and says so, if this user may not.
    pub(crate) fn mount(megabytes: u32) -> Option<Self> {
        Self::mount_for(megabytes, 0, &env::temp_dir())
    }

    /// The same in a folder, for a user.
    pub(crate) fn mount_for(megabytes: u32, user: u32, parent: &Path) -> Option<Self> {
        let folder = tempfile::tempdir_in(parent).expect("a folder");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o"])
            .arg(format!("size={megabytes}m,mode=0700,uid={user}"))
            .arg("tmpfs")
            .arg(folder.path());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self { folder });
        }
        println!("a full disk is not tested: this user may not mount one");
        None
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Writes to the disk until nothing more can be written.
    pub(crate) fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("a file");
        let mut block: &[u8] = &[1; 8 * 1024];
        while !block.is_empty() {
            while ballast.write_all(block).is_ok() {}
            block = &block[..block.len() / 2];
        }
    }

    /// Makes room again.
    pub(crate) fn empty(&self) {
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
