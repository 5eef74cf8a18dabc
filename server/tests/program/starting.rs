//! The start line, and the one-line messages of errors that prevent the start.

use std::{fs, net::TcpListener};

use sqlx::{Connection, SqliteConnection};

use crate::installation::Installation;

#[test]
fn start_line_names_address_origin_and_data() {
    let installation = Installation::new().with("ORIGIN", "https://app.example.org");
    let server = installation.serve();
    let expected = format!(
        "Portcullis listens on http://{}, public origin https://app.example.org, data folder data.\n",
        server.address
    );
    assert_eq!(server.line, expected);
    assert!(
        installation
            .folder
            .path()
            .join("data/portcullis.db")
            .exists()
    );
}

#[test]
fn port_in_use_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let installation = Installation::new().with("LISTEN", &address);
    assert_eq!(
        installation.fails(&["serve"], 1),
        format!(
            "the server cannot listen on {address}: another program already listens there; stop it, \
             or set PORTCULLIS_LISTEN to another address or port"
        )
    );
    assert!(!installation.has_data(), "no data folder is created");
}

#[test]
fn address_of_another_machine_is_reported() {
    let installation = Installation::new()
        .with("LISTEN", "192.0.2.1:3000")
        .with("ORIGIN", "https://app.example.org");
    let message = installation.fails(&["serve"], 1);
    assert!(
        message.contains("192.0.2.1:3000") && message.contains("PORTCULLIS_LISTEN"),
        "{message}"
    );
}

#[test]
fn missing_site_folder_is_reported() {
    let installation = Installation::new().with("SITE_ROOT", "nowhere");
    assert_eq!(
        installation.fails(&["serve"], 1),
        "the site folder nowhere was not found; build the site with `cargo leptos build`, or set PORTCULLIS_SITE_ROOT"
    );
}

#[test]
fn unwritable_data_folder_is_reported() {
    let installation = Installation::new().with("DATA_DIR", "file/data");
    installation.write("file", "");
    for command in [&["serve"][..], &["user", "list"]] {
        let message = installation.fails(command, 1);
        assert!(
            message.starts_with("the data folder file/data is not writable: "),
            "{message}"
        );
        assert!(
            message.ends_with("; set PORTCULLIS_DATA_DIR to a writable folder"),
            "{message}"
        );
    }
}

#[test]
fn data_folder_that_is_a_file_is_reported() {
    let installation = Installation::new().with("DATA_DIR", "file");
    installation.write("file", "");
    let message = installation.fails(&["serve"], 1);
    assert!(
        message.starts_with("the data folder file is not writable: "),
        "{message}"
    );
}

#[test]
fn database_of_a_newer_version_is_reported() {
    let installation = Installation::new();
    installation.create_user();
    let database = installation.folder.path().join("data/portcullis.db");
    let url = format!("sqlite://{}", database.display());
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(async {
            let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
            sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99991231000000, 'from the future', TRUE, x'00', 0)",
        )
        .execute(&mut connection)
        .await
        .expect("a row");
            connection.close().await.expect("the connection closes");
        });
    for command in [&["serve"][..], &["user", "list"]] {
        let message = installation.fails(command, 1);
        assert!(
            message.contains("belongs to a newer version of Portcullis"),
            "{message}"
        );
    }
}

#[test]
fn invalid_database_file_is_reported() {
    let installation = Installation::new();
    installation.create_user();
    // SQLite would repair the file from its write-ahead log.
    let _ = fs::remove_file(installation.folder.path().join("data/portcullis.db-wal"));
    installation.write(
        "data/portcullis.db",
        &"this is no database at all\n".repeat(100),
    );
    let message = installation.fails(&["serve"], 1);
    assert!(
        message.starts_with("the database data/portcullis.db "),
        "{message}"
    );
}

#[test]
fn missing_secret_file_is_reported() {
    let installation = Installation::new();
    installation.create_user();
    let secret = installation.folder.path().join("data/secret");
    fs::remove_file(&secret).expect("the file is removed");
    let message = installation.fails(&["serve"], 1);
    assert!(
        message.starts_with("the secret file data/secret is missing, but the database"),
        "{message}"
    );
    assert!(!secret.exists(), "no new secret is created");
}

#[test]
fn invalid_secret_file_is_reported() {
    let installation = Installation::new();
    installation.create_user();
    let path = installation.folder.path().join("data/secret");
    for content in [
        "",
        "c2hvcnQ",
        "*** this is not base64url, however long it may be ***",
    ] {
        fs::write(&path, content).expect("the file is written");
        let message = installation.fails(&["serve"], 1);
        assert!(
            message.starts_with("the secret file data/secret does not hold 32 bytes"),
            "{message}"
        );
    }
}

#[test]
fn secret_of_another_installation_is_reported() {
    let (one, two) = (Installation::new(), Installation::new());
    one.create_user();
    two.create_user();
    let secret = |installation: &Installation| installation.folder.path().join("data/secret");
    fs::copy(secret(&two), secret(&one)).expect("a copy");
    let message = one.fails(&["serve"], 1);
    assert!(
        message.contains("secret") || message.contains("key"),
        "{message}"
    );
}

#[test]
#[cfg(unix)]
fn secret_file_readable_by_others_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let installation = Installation::new();
    installation.create_user();
    let path = installation.folder.path().join("data/secret");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("new permissions");
    assert_eq!(
        installation.fails(&["serve"], 1),
        "the secret file data/secret can be read by other users; run: chmod 600 data/secret"
    );
}

/// As after a restored backup.
#[test]
#[cfg(unix)]
fn database_readable_by_others_is_logged() {
    use std::os::unix::fs::PermissionsExt;
    let installation = Installation::new();
    installation.create_user();
    let path = installation.folder.path().join("data/portcullis.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("new permissions");
    let server = installation.serve();
    server.signal("-TERM");
    let log = server.wait().err;
    let line = "other users can read the database data/portcullis.db; \
                run: chmod go-rwx data/portcullis.db*";
    assert!(log.contains(line), "{log}");
}
