//! Where the data are.

use std::{fmt, path::PathBuf};

use super::{SettingError, Source, Values, table};

/// Where the data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// `PORTCULLIS_DATA_DIR`.
    pub data_dir: PathBuf,
    /// `PORTCULLIS_DATABASE_URL`.
    pub database: Database,
    /// `PORTCULLIS_DATABASE_SCHEMA`; none where the database is `SQLite`.
    pub schema: Option<String>,
    /// `PORTCULLIS_SECRET_FILE`.
    pub secret_file: PathBuf,
}

/// Which database it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file, made where there is none.
    Sqlite(PathBuf),
    /// The URL of a `PostgreSQL` database. It may hold a password, and `Debug`
    /// does not show it.
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
        let is_shared = matches!(database, Database::Postgres(_));
        if is_shared && values.get(&table::SECRET_FILE).source == Source::Default {
            return Err(SettingError::Contradiction(format!(
                "{} must name a file where the database is PostgreSQL: all processes that share it need the same secret",
                table::SECRET_FILE.variable()
            )));
        }
        let schema = values.get(&table::DATABASE_SCHEMA);
        if !is_shared && schema.source != Source::Default {
            return Err(SettingError::Contradiction(format!(
                "{} goes with a PostgreSQL database; SQLite has no schemas",
                table::DATABASE_SCHEMA.variable()
            )));
        }
        Ok(Self {
            schema: is_shared.then_some(schema.text),
            data_dir: values.parse(&table::DATA_DIR, path)?,
            database,
            secret_file: values.parse(&table::SECRET_FILE, path)?,
        })
    }
}

fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.is_empty() {
        Err("write a path")
    } else {
        Ok(PathBuf::from(text))
    }
}

/// The database that a URL names: `postgres://user:password@host/name`, or
/// `sqlite:relative.db`, `sqlite:/absolute.db`, and the same with `sqlite://`. The
/// URL is never repeated, for it may hold a password.
fn database(url: &str) -> Result<Database, &'static str> {
    const HOW: &str =
        "write it like sqlite:data/portcullis.db or postgres://user:password@host/name";
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Database::Postgres(url.to_owned()));
    }
    let Some(file) = url.strip_prefix("sqlite:") else {
        return Err(HOW);
    };
    let file = file.strip_prefix("//").unwrap_or(file);
    match file {
        "" | ":memory:" => Err(HOW),
        _ if file.contains('?') => Err("options behind a `?` are not supported; leave them out"),
        _ => Ok(Database::Sqlite(PathBuf::from(file))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_urls_name_a_file() {
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
    fn the_password_of_a_server_is_not_shown() {
        let database = database("postgres://app:hunter2@db/app").expect("a URL");
        assert_eq!(format!("{database:?}"), "Postgres");
    }

    #[test]
    fn other_urls_are_refused_and_never_repeated() {
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
