//! The encryption of connections to another machine.

use crate::store::{ConnectionCounts, Store, StoreError};

/// An attacker on the network could answer that there is no TLS, and read the password.
#[tokio::test]
async fn unencrypted_database_on_another_machine_is_not_opened() {
    // Addresses for documentation (RFC 5737 and RFC 3849), to which nothing is sent.
    for url in [
        "postgres://app:hunter2@192.0.2.1/app",
        "postgres://app:hunter2@[2001:db8::1]/app",
        "postgres://app:hunter2@db.example/app?sslmode=prefer",
        "postgres://app:hunter2@db.example/app?sslmode=allow",
        "postgres:///app?host=db.example&user=app&password=hunter2",
    ] {
        let opened = Store::open_postgres(url, "portcullis", ConnectionCounts::default()).await;
        let error = opened.expect_err("it is not encrypted");
        assert!(matches!(error, StoreError::UnencryptedServer(_)), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    // No server listens there: these get as far as connecting.
    for url in [
        "postgres://app@127.0.0.1:1/app",
        "postgres://app@127.0.0.2:1/app",
        "postgres://app@[::1]:1/app",
        "postgres://app@localhost:1/app",
        "postgres:///app?host=/nowhere",
        "postgres://app@db.invalid:1/app?sslmode=disable",
        "postgres://app@db.invalid:1/app?sslmode=verify-full",
    ] {
        let opened = Store::open_postgres(url, "portcullis", ConnectionCounts::default()).await;
        let error = opened.expect_err("there is no server");
        let is_accepted = !matches!(error, StoreError::UnencryptedServer(_));
        assert!(is_accepted, "{url}: {error}");
    }
}
