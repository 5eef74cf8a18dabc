//! The application's own user table. It does not use Portcullis.

use std::error::Error;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use serde::Deserialize;
use sqlx::{FromRow, SqlitePool, sqlite::SqliteConnectOptions};

/// A row of the table.
#[derive(FromRow)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) name: String,
    password_hash: String,
}

/// The fields of the sign-in form.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    email: String,
    password: String,
}

#[derive(Clone)]
pub(crate) struct Users {
    pool: SqlitePool,
    /// The hash to verify a password against if the e-mail address is unknown.
    unknown: String,
}

impl Users {
    /// Opens the table. The first start creates it, with one user.
    pub(crate) async fn open(file: &str) -> Result<Self, Box<dyn Error>> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await?;
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS users (
                 id INTEGER PRIMARY KEY, email TEXT UNIQUE NOT NULL, name TEXT NOT NULL,
                 password_hash TEXT NOT NULL
             )",
        )
        .execute(&pool)
        .await?;
        sqlx::query("INSERT INTO users VALUES (42, $1, $2, $3) ON CONFLICT DO NOTHING")
            .bind("ada@example.org")
            .bind("Ada Lovelace")
            .bind(hash("an engine of brass")?)
            .execute(&pool)
            .await?;
        let unknown = hash("")?;
        Ok(Self { pool, unknown })
    }

    /// Returns the user with this e-mail address and password, or `None` if there is
    /// none or the database fails.
    pub(crate) async fn check(&self, credentials: Credentials) -> Option<User> {
        let user: Option<User> = sqlx::query_as("SELECT * FROM users WHERE email = $1")
            .bind(credentials.email)
            .fetch_optional(&self.pool)
            .await
            .ok()?;
        // An unknown address takes as long as a wrong password.
        let hash = user
            .as_ref()
            .map_or(&self.unknown, |user| &user.password_hash);
        let hash = hash.clone();
        // Hashing takes time and memory, so it must not block a thread that serves requests.
        let verified = tokio::task::spawn_blocking(move || {
            Argon2::default().verify_password(credentials.password.as_bytes(), &*hash)
        });
        let is_right = verified.await.ok()?.is_ok();
        user.filter(|_| is_right)
    }
}

fn hash(password: &str) -> Result<String, Box<dyn Error>> {
    Ok(Argon2::default()
        .hash_password(password.as_bytes())?
        .to_string())
}
