//! Detects a connection pooler in front of `PostgreSQL` that gives a client another connection
//! for each transaction (*transaction pooling*). Settings, prepared statements and notifications
//! then belong to some other client.

use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

/// How often both connections are tried. A pooler may give out its connections in turn.
const ROUNDS: usize = 20;

/// A setting that only this check uses.
const MARK: &str = "portcullis.connection";

/// Returns whether two connections to the same server keep what they set, each for itself.
///
/// The statements are sent as text: a pooler of this kind mixes up prepared statements too.
pub(super) async fn keep_settings(
    one: &mut PgConnection,
    other: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    let mark = uuid::Uuid::now_v7().simple().to_string();
    let set = AssertSqlSafe(format!("SELECT set_config('{MARK}', '{mark}', false)"));
    one.execute(sqlx::raw_sql(set)).await?;
    for _ in 0..ROUNDS {
        let of_other = marked(other).await?;
        let of_one = marked(one).await?;
        if of_other.is_some_and(|found| found == mark) || of_one.is_none_or(|found| found != mark) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn marked(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let read = AssertSqlSafe(format!("SELECT current_setting('{MARK}', true)"));
    let row = connection.fetch_one(sqlx::raw_sql(read)).await?;
    row.try_get(0)
}
