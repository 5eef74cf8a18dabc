//! How the connections of a pool are opened.

use std::{borrow::Cow, fmt, fmt::Write};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Database, Executor as _, PgConnection, Postgres, Sqlite,
    SqliteConnection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};

/// A database whose connections a [`Pool`](super::pool::Pool) holds.
pub(in crate::store) trait PooledDatabase: Database {
    /// How its connections are opened.
    type Source: Clone + Send + Sync + 'static;

    /// Opens a connection.
    fn open(
        source: &Self::Source,
    ) -> impl Future<Output = Result<Self::Connection, sqlx::Error>> + Send;
}

impl PooledDatabase for Sqlite {
    type Source = SqliteConnectOptions;

    async fn open(source: &Self::Source) -> Result<SqliteConnection, sqlx::Error> {
        source.connect().await
    }
}

impl PooledDatabase for Postgres {
    type Source = PostgresSource;

    async fn open(source: &Self::Source) -> Result<PgConnection, sqlx::Error> {
        source.connect().await
    }
}

/// The options of a `PostgreSQL` connection, and the settings of its session. `Debug` prints its
/// type alone, because it holds a password.
///
/// The settings are made by a statement after the connection is opened. As options of the
/// connection, `PgBouncer` rejects or drops them.
#[derive(Clone)]
pub(in crate::store) struct PostgresSource {
    options: Box<PgConnectOptions>,
    settings: Vec<(&'static str, Cow<'static, str>)>,
}

impl PostgresSource {
    /// Returns a source without settings.
    pub(in crate::store) fn new(options: PgConnectOptions) -> Self {
        // `PgBouncer` rejects this option too, and no column is a floating-point number.
        let options = options.extra_float_digits(None);
        Self {
            options: Box::new(options),
            settings: Vec::new(),
        }
    }

    /// Adds settings. Neither a name nor a value may contain a quotation mark.
    pub(in crate::store) fn with<V: Into<Cow<'static, str>>>(
        mut self,
        settings: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Self {
        let settings = settings.into_iter();
        self.settings
            .extend(settings.map(|(name, value)| (name, value.into())));
        self
    }

    /// Returns the options without the settings.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Opens a connection with the settings.
    pub(in crate::store) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        if !self.settings.is_empty() {
            let statement = AssertSqlSafe(self.set());
            connection.execute(sqlx::raw_sql(statement)).await?;
        }
        Ok(connection)
    }

    /// Returns the statement that makes the settings.
    fn set(&self) -> String {
        let mut statement = String::from("SELECT ");
        for (n, (name, value)) in self.settings.iter().enumerate() {
            let separator = if n == 0 { "" } else { ", " };
            // Writing to a `String` cannot fail.
            let _ = write!(
                statement,
                "{separator}set_config('{name}', '{value}', false)"
            );
        }
        statement
    }
}

impl fmt::Debug for PostgresSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresSource")
    }
}
