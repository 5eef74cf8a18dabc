//! Properties of `SQLite` installations alone.

use super::*;

#[test]
fn concurrent_starts_create_one_sqlite_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("db");
    let start = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime
            .expect("a runtime")
            .block_on(Store::open_sqlite(&path))
            .map(drop)
    };
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(start)).collect();
        for start in starts {
            start
                .join()
                .expect("no panic")
                .expect("every start succeeds");
        }
    });
}

#[tokio::test]
#[cfg(unix)]
async fn database_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::on_sqlite().await;
    for file in std::fs::read_dir(fixture.folder.path()).expect("the folder") {
        let file = file.expect("a file");
        let metadata = file.metadata().expect("the file exists");
        let mode = metadata.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.path().display());
    }
}
