//! `portcullis backup`: a copy of the database, and what it refuses. What a restored copy
//! revives is tested in `server/tests/crash/backup.rs`.

use std::fs;

use testkit::EMAIL;

use crate::installation::Installation;

#[test]
fn backup_of_a_running_server_is_complete_and_private() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let backup = installation.run(&["backup", "copy.db"]);
    assert_eq!((backup.code, &*backup.err), (Some(0), ""));
    assert!(backup.out.contains("secret file"), "{}", backup.out);
    drop(server);

    let copy = installation.folder.path().join("copy.db");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&copy).expect("a file"));
        assert_eq!(mode & 0o777, 0o600);
    }
    let restored = Installation::new();
    fs::create_dir(restored.folder.path().join("data")).expect("a folder");
    fs::copy(copy, restored.folder.path().join("data/portcullis.db")).expect("restored");
    let secret = "data/secret";
    fs::copy(
        installation.folder.path().join(secret),
        restored.folder.path().join(secret),
    )
    .expect("restored");
    let users = restored.run(&["user", "list"]);
    assert!(users.out.contains(EMAIL), "{users:?}");
}

#[test]
fn existing_file_and_absent_database_are_refused() {
    let installation = Installation::new();
    let nothing = installation.run(&["backup", "copy.db"]);
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.err.contains("there is no database"), "{nothing:?}");
    assert!(!installation.has_data(), "no database is created");

    installation.create_user();
    installation.write("copy.db", "of another day");
    let again = installation.run(&["backup", "copy.db"]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("exists already"), "{again:?}");
    let kept = fs::read_to_string(installation.folder.path().join("copy.db"));
    assert_eq!(kept.expect("kept"), "of another day");
}
