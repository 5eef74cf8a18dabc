//! The archive: the same bytes for the same files.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::Result;
use crate::process::{capture, command, run};
use crate::workspace::Workspace;

/// Packs the folder `name` in `parent` into `name.tar.gz` beside it. `level` is that of gzip,
/// such as `-9`.
pub(super) fn pack(
    workspace: &Workspace,
    parent: &Path,
    name: &str,
    level: &str,
) -> Result<PathBuf> {
    let file = parent.join(format!("{name}.tar.gz"));
    let mut tar = command(workspace, "tar")?;
    tar.arg("--create")
        .arg("--file")
        .arg(&file)
        .arg("--directory")
        .arg(parent)
        // `--no-name`: without the time of the compression.
        .arg(format!("--use-compress-program=gzip --no-name {level}"))
        .args([
            "--format=ustar",
            "--sort=name",
            "--owner=0",
            "--group=0",
            "--numeric-owner",
            "--mode=u+rwX,go+rX,go-w",
        ])
        .arg(format!("--mtime=@{}", time(workspace)))
        .arg(name);
    run(&mut tar)?;
    Ok(file)
}

/// Unpacks an archive into a folder that exists.
pub(super) fn unpack(workspace: &Workspace, file: &Path, folder: &Path) -> Result {
    let mut tar = command(workspace, "tar")?;
    tar.arg("--extract").arg("--file").arg(file);
    run(tar.arg("--directory").arg(folder))
}

/// Returns the time of all files, in seconds since 1970: `SOURCE_DATE_EPOCH`, or the time of
/// the commit if nothing was changed since then, or the current time. It differs from version to
/// version, because browsers compare the times of files.
fn time(workspace: &Workspace) -> u64 {
    let given = env::var("SOURCE_DATE_EPOCH").ok();
    let time = given.or_else(|| commit_time(workspace).ok().flatten());
    let time = time.and_then(|seconds| seconds.trim().parse().ok());
    time.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(0, |now| now.as_secs())
    })
}

fn commit_time(workspace: &Workspace) -> Result<Option<String>> {
    let changes = capture(command(workspace, "git")?.args(["status", "--porcelain"]))?;
    if !changes.is_empty() {
        return Ok(None);
    }
    let log = ["log", "-1", "--format=%ct"];
    capture(command(workspace, "git")?.args(log)).map(Some)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn same_files_give_the_same_bytes() {
        let workspace = Workspace::locate().expect("a workspace");
        let folder = workspace.target.join("dist-test");
        let _ = fs::remove_dir_all(&folder);
        let mut archives = Vec::new();
        for (parent, names) in [("one", ["a", "b", "c"]), ("two", ["c", "a", "b"])] {
            let parent = folder.join(parent);
            fs::create_dir_all(parent.join("packed")).expect("a folder");
            for name in names {
                fs::write(parent.join("packed").join(name), name).expect("a file");
            }
            let file = pack(&workspace, &parent, "packed", "-9").expect("packed");
            archives.push(fs::read(file).expect("an archive"));
        }
        assert!(!archives[0].is_empty());
        assert!(archives[0] == archives[1], "the bytes differ");
        fs::remove_dir_all(&folder).expect("removed");
    }
}
