//! The schema that holds an installation's tables (`PostgreSQL`). The database may have
//! other schemas, of the application and of other installations.

use sqlx::{
    PgConnection,
    error::DatabaseError,
    migrate::{MigrateError, Migrator},
};

use super::{
    backend::{BackendError, POSTGRES},
    source::PostgresSource,
};
use crate::store::StoreError;

/// The longest name of a schema, in bytes. `PostgreSQL` truncates longer names.
const MAX_SCHEMA_LEN: usize = 63;

/// The name of a schema, of characters that need no escaping.
#[derive(Clone, Debug)]
pub(in crate::store) struct Schema(String);

impl Schema {
    /// Parses a name: `[a-z_][a-z0-9_]{0,62}`, but not `pg_…`, which the server reserves.
    ///
    /// # Errors
    /// [`StoreError::SchemaName`].
    pub(in crate::store) fn parse(name: &str) -> Result<Self, StoreError> {
        let is_letter = |b: u8| b.is_ascii_lowercase() || b == b'_';
        let is_valid = name.len() <= MAX_SCHEMA_LEN
            && name.bytes().next().is_some_and(is_letter)
            && name.bytes().all(|b| is_letter(b) || b.is_ascii_digit())
            && !name.starts_with("pg_");
        if !is_valid {
            return Err(StoreError::SchemaName(name.to_owned()));
        }
        Ok(Self(name.to_owned()))
    }

    /// Returns the name.
    pub(in crate::store) fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes connections search for tables in this schema alone.
    pub(super) fn search(&self, source: PostgresSource) -> PostgresSource {
        source.with([("search_path", self.0.clone())])
    }

    /// Returns the migrations, which create the schema if there is none.
    ///
    /// # Errors
    /// [`BackendError::OlderInPublic`] if the schema does not exist, but the schema
    /// `public` holds an installation. [`BackendError::Migrate`] if the database fails.
    pub(super) async fn migrator(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Migrator, BackendError> {
        let mut migrator = Migrator::with_migrations(POSTGRES.iter().cloned().collect());
        // `IF NOT EXISTS` alone would need the privilege to create a schema even if this
        // schema exists.
        if !self.exists(connection).await? {
            if older_is_in_public(connection).await? {
                return Err(BackendError::OlderInPublic(self.clone()));
            }
            // In quotes, because the name may be an SQL keyword.
            migrator.create_schema(format!("\"{}\"", self.0));
        }
        Ok(migrator)
    }

    async fn exists(&self, connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)")
            .bind(&self.0)
            .fetch_one(connection)
            .await
    }
}

/// Returns whether the schema `public` holds an installation.
///
/// Older versions created their tables there. Without this check, opening another schema
/// would create an empty installation, and the data would seem to be lost.
async fn older_is_in_public(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT to_regproc('public.portcullis_notify_ended') IS NOT NULL")
        .fetch_one(connection)
        .await
}

/// Returns whether the error means that the user may not create or use the schema.
pub(in crate::store) fn is_denied(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(DatabaseError::code);
    // 42501 insufficient privilege; 3F000 no usable schema in the search path.
    code.is_some_and(|code| ["42501", "3F000"].contains(&&*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_accepts_only_plain_names() {
        let long = "a".repeat(63);
        for name in ["portcullis", "_p", "a1_b2", "user", &long] {
            assert_eq!(Schema::parse(name).expect(name).as_str(), name);
        }
        let long = "a".repeat(64);
        for name in [
            "", "1a", "A", "a b", "a,b", "a\"b", "a-b", "é", "$user", "pg_x", &long,
        ] {
            assert!(Schema::parse(name).is_err(), "{name:?}");
        }
    }
}
