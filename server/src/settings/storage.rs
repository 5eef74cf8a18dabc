//! Where the data are.

use std::path::PathBuf;

use super::{SettingError, Values, table};

/// Where the data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// `PORTCULLIS_DATA_DIR`.
    pub data_dir: PathBuf,
    /// `PORTCULLIS_DATABASE_URL`: the file of the database.
    pub database: PathBuf,
    /// `PORTCULLIS_SECRET_FILE`.
    pub secret_file: PathBuf,
}

impl Storage {
    pub(super) fn read(values: &Values) -> Result<Self, SettingError> {
        Ok(Self {
            data_dir: values.parse(&table::DATA_DIR, path)?,
            database: values.parse(&table::DATABASE_URL, sqlite_file)?,
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

/// The file that a URL names: `sqlite:relative.db`, `sqlite:/absolute.db`, and
/// the same with `sqlite://`. The URL is never repeated, for a URL of another
/// database may hold a password.
fn sqlite_file(url: &str) -> Result<PathBuf, &'static str> {
    const HOW: &str = "write it like sqlite:data/portcullis.db";
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        return Err(
            "PostgreSQL is not supported yet; leave the setting out to use SQLite in the data directory",
        );
    }
    let Some(file) = url.strip_prefix("sqlite:") else {
        return Err(HOW);
    };
    let file = file.strip_prefix("//").unwrap_or(file);
    match file {
        "" | ":memory:" => Err(HOW),
        _ if file.contains('?') => Err("options behind a `?` are not supported; leave them out"),
        _ => Ok(PathBuf::from(file)),
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
            assert_eq!(sqlite_file(url), Ok(PathBuf::from(file)), "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused_and_never_repeated() {
        for url in [
            "postgres://app:hunter2@db/app",
            "postgresql://app:hunter2@db/app",
            "mysql://app:hunter2@db/app",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:a.db?mode=ro",
            "a.db",
        ] {
            let problem = sqlite_file(url).expect_err(url);
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
