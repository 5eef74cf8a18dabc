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

#[tokio::test]
async fn newer_database_is_rejected() {
    let fixture = Fixture::on_sqlite().await;
    let newer = "INSERT INTO _sqlx_migrations
                     (version, description, installed_on, success, checksum, execution_time)
                 VALUES (9999, 'later', CURRENT_TIMESTAMP, 1, x'00', 0)";
    fixture.run(newer).await;
    let error = reopen(fixture).await;
    assert!(matches!(error, StoreError::Newer(_, 9999)), "{error}");
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[tokio::test]
async fn database_of_a_development_version_is_rejected() {
    let fixture = Fixture::on_sqlite().await;
    let changed = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2";
    fixture.run(changed).await;
    let error = reopen(fixture).await;
    assert!(matches!(error, StoreError::Unreleased(_, 2)), "{error}");
    assert!(error.to_string().contains("development version"), "{error}");
}

/// Opens the database of a fixture again, which must fail.
async fn reopen(fixture: Fixture) -> StoreError {
    let Fixture { store, folder, .. } = fixture;
    store.close().await;
    let opened = Store::open_sqlite(&folder.path().join("db")).await;
    opened.expect_err("rejected")
}
