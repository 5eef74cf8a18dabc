//! The settings of storage: data folder, database and secret file.

use std::{fmt, path::PathBuf};

use super::{SettingError, Source, Values, table};

/// The settings of storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// `PORTCULLIS_DATA_DIR`.
    pub data_dir: PathBuf,
    /// `PORTCULLIS_DATABASE_URL`.
    pub database: Database,
    /// `PORTCULLIS_DATABASE_SCHEMA`; `None` for `SQLite`.
    pub schema: Option<String>,
    /// `PORTCULLIS_DATABASE_CONNECTIONS`; `None` for `SQLite`.
    pub connections: Option<u32>,
    /// `PORTCULLIS_SECRET_FILE`.
    pub secret_file: PathBuf,
}

/// The database.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// The path of a `SQLite` file; the file is created if missing.
    Sqlite(PathBuf),
    /// The URL of a `PostgreSQL` database. It may contain a password, so `Debug` does
    /// not show it.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

impl Storage {
    pub(super) fn read(values: &Values) -> Result<Self, SettingError> {
        let database = values.parse(&table::DATABASE_URL, database)?;
        let is_postgres = matches!(database, Database::Postgres(_));
        if is_postgres && values.get(&table::SECRET_FILE).source == Source::Default {
            return Err(SettingError::Contradiction(format!(
                "{} must be set for a PostgreSQL database: all processes that share the database need the same secret",
                table::SECRET_FILE.variable()
            )));
        }
        let is_set = |setting| values.get(setting).source != Source::Default;
        let of_postgres = [&table::DATABASE_SCHEMA, &table::DATABASE_CONNECTIONS];
        if let Some(setting) = of_postgres
            .into_iter()
            .find(|setting| !is_postgres && is_set(setting))
        {
            return Err(SettingError::Contradiction(format!(
                "{} applies to PostgreSQL only; remove it, or set {} to postgres://…",
                setting.variable(),
                table::DATABASE_URL.variable()
            )));
        }
        let connections = values.parse(&table::DATABASE_CONNECTIONS, connections)?;
        Ok(Self {
            schema: is_postgres.then(|| values.get(&table::DATABASE_SCHEMA).text),
            connections: is_postgres.then_some(connections),
            data_dir: values.parse(&table::DATA_DIR, path)?,
            database,
            secret_file: values.parse(&table::SECRET_FILE, path)?,
        })
    }
}

/// Parses the number of connections. The library checks that there are enough.
fn connections(text: &str) -> Result<u32, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let connections = text.parse().ok().filter(|_| is_number);
    connections.ok_or_else(|| format!("`{text}` is not a number of connections; write it like 18"))
}

fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.is_empty() {
        Err("write a path")
    } else {
        Ok(PathBuf::from(text))
    }
}

/// Parses a database URL: `postgres://user:password@host/name`, or
/// `sqlite:relative.db`, `sqlite:/absolute.db`, and the same with `sqlite://`. No error
/// message repeats the URL, because it may contain a password.
fn database(url: &str) -> Result<Database, &'static str> {
    const EXAMPLES: &str =
        "write it like sqlite:data/portcullis.db or postgres://user:password@host/name";
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Database::Postgres(url.to_owned()));
    }
    let Some(file) = url.strip_prefix("sqlite:") else {
        return Err(EXAMPLES);
    };
    let file = file.strip_prefix("//").unwrap_or(file);
    match file {
        "" | ":memory:" => Err(EXAMPLES),
        _ if file.contains('?') => Err("options after a `?` are not supported; leave them out"),
        _ => Ok(Database::Sqlite(PathBuf::from(file))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_url_names_a_file() {
        for (url, file) in [
            ("sqlite:data/portcullis.db", "data/portcullis.db"),
            ("sqlite://data/portcullis.db", "data/portcullis.db"),
            ("sqlite:/var/lib/p.db", "/var/lib/p.db"),
            ("sqlite:///var/lib/p.db", "/var/lib/p.db"),
        ] {
            let expected = Database::Sqlite(PathBuf::from(file));
            assert_eq!(database(url), Ok(expected), "{url}");
        }
    }

    #[test]
    fn debug_output_hides_the_postgres_url() {
        let database = database("postgres://app:hunter2@db/app").expect("a URL");
        assert_eq!(format!("{database:?}"), "Postgres");
    }

    #[test]
    fn invalid_url_is_rejected_and_never_repeated() {
        for url in [
            "postgres:app:hunter2@db/app",
            "mysql://app:hunter2@db/app",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:a.db?mode=ro",
            "a.db",
        ] {
            let problem = database(url).expect_err(url);
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
