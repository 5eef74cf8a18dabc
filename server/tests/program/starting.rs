//! What keeps the server from starting is said in one sentence.

use std::{fs, net::TcpListener};

use sqlx::{Connection, SqliteConnection};

use crate::installation::Installation;

#[test]
fn it_says_where_it_listens_and_where_its_data_are() {
    let installation = Installation::new().with("ORIGIN", "https://app.example.org");
    let server = installation.serve();
    let expected = format!(
        "Portcullis listens on http://{} for https://app.example.org, with its data in data.\n",
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
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let installation = Installation::new().with("LISTEN", &address);
    assert_eq!(
        installation.refuses(&["serve"], 1),
        format!(
            "the server cannot listen on {address}: another program listens there already; stop it, \
             or set PORTCULLIS_LISTEN to another address or port"
        )
    );
    assert!(
        !installation.folder.path().join("data").exists(),
        "the data were not touched"
    );
}

#[test]
fn an_address_of_another_machine() {
    let installation = Installation::new().with("LISTEN", "192.0.2.1:3000");
    let sentence = installation.refuses(&["serve"], 1);
    assert!(
        sentence.contains("192.0.2.1:3000") && sentence.contains("PORTCULLIS_LISTEN"),
        "{sentence}"
    );
}

#[test]
fn no_site() {
    let installation = Installation::new().with("SITE_ROOT", "nowhere");
    assert_eq!(
        installation.refuses(&["serve"], 1),
        "there is no site in nowhere; build it with `cargo leptos build`, or set PORTCULLIS_SITE_ROOT"
    );
}

#[test]
fn a_data_directory_that_cannot_be_written_to() {
    let installation = Installation::new().with("DATA_DIR", "file/data");
    installation.write("file", "");
    for command in [&["serve"][..], &["user", "list"]] {
        let sentence = installation.refuses(command, 1);
        assert!(
            sentence.starts_with("the data directory file/data cannot be written to: "),
            "{sentence}"
        );
        assert!(
            sentence.ends_with("; set PORTCULLIS_DATA_DIR to one that can"),
            "{sentence}"
        );
    }
}

#[test]
fn a_data_directory_that_is_a_file() {
    let installation = Installation::new().with("DATA_DIR", "file");
    installation.write("file", "");
    let sentence = installation.refuses(&["serve"], 1);
    assert!(
        sentence.starts_with("the data directory file cannot be written to: "),
        "{sentence}"
    );
}

#[test]
fn a_database_from_a_newer_version() {
    let installation = Installation::new();
    installation.create_user();
    let database = installation.folder.path().join("data/portcullis.db");
    let url = format!("sqlite://{}", database.display());
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(async {
            let mut connection = SqliteConnection::connect(&url).await.expect("connected");
            sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99991231000000, 'from the future', TRUE, x'00', 0)",
        )
        .execute(&mut connection)
        .await
        .expect("written");
            connection.close().await.expect("closed");
        });
    for command in [&["serve"][..], &["user", "list"]] {
        let sentence = installation.refuses(command, 1);
        assert!(
            sentence.contains("belongs to a newer version of portcullis"),
            "{sentence}"
        );
    }
}

#[test]
fn what_is_no_database() {
    let installation = Installation::new();
    installation.create_user();
    // The log beside it would make it whole again.
    let _ = fs::remove_file(installation.folder.path().join("data/portcullis.db-wal"));
    installation.write(
        "data/portcullis.db",
        &"this is no database at all\n".repeat(100),
    );
    let sentence = installation.refuses(&["serve"], 1);
    assert!(
        sentence.starts_with("the database data/portcullis.db "),
        "{sentence}"
    );
}

#[test]
fn a_secret_that_was_lost() {
    let installation = Installation::new();
    installation.create_user();
    let secret = installation.folder.path().join("data/secret");
    fs::remove_file(&secret).expect("removed");
    let sentence = installation.refuses(&["serve"], 1);
    assert!(
        sentence.starts_with("the secret file data/secret is missing, and the database"),
        "{sentence}"
    );
    assert!(!secret.exists(), "no other is made in its place");
}

#[test]
fn a_secret_that_is_too_short_or_no_secret() {
    let installation = Installation::new();
    installation.create_user();
    let path = installation.folder.path().join("data/secret");
    for content in [
        "",
        "c2hvcnQ",
        "*** this is not base64url, however long it may be ***",
    ] {
        fs::write(&path, content).expect("written");
        let sentence = installation.refuses(&["serve"], 1);
        assert!(
            sentence.starts_with("the secret file data/secret does not hold 32 bytes"),
            "{sentence}"
        );
    }
}

#[test]
fn the_secret_of_another_installation() {
    let (one, two) = (Installation::new(), Installation::new());
    one.create_user();
    two.create_user();
    let secret = |installation: &Installation| installation.folder.path().join("data/secret");
    fs::copy(secret(&two), secret(&one)).expect("copied");
    let sentence = one.refuses(&["serve"], 1);
    assert!(
        sentence.contains("secret") || sentence.contains("key"),
        "{sentence}"
    );
}

#[test]
#[cfg(unix)]
fn a_secret_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let installation = Installation::new();
    installation.create_user();
    let path = installation.folder.path().join("data/secret");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
    assert_eq!(
        installation.refuses(&["serve"], 1),
        "the secret file data/secret can be read by others; run: chmod 600 data/secret"
    );
}
