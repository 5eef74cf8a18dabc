//! Confirmations and strays: the uses of access tokens, written in batches outside of
//! requests.

use std::collections::HashSet;

use sqlx::{Database, Encode, QueryBuilder, Type};

use super::{
    Store, StoreError,
    connection::{
        backend::Durability::{Full, Relaxed},
        either::with_connection,
    },
    end::{End, EndCondition, end_one},
};
use crate::{clock::Timestamp, ids::SessionId};

/// A use of an access token: its session, its generation, and the time.
pub(crate) type TokenUse = (SessionId, u32, Timestamp);

/// Builds a query that begins with the uses as a table `uses`.
fn with_uses<'u, DB: Database>(uses: &'u [TokenUse], query: &str) -> QueryBuilder<DB>
where
    SessionId: Type<DB> + Encode<'u, DB>,
    i64: Type<DB> + Encode<'u, DB>,
    Timestamp: Type<DB> + Encode<'u, DB>,
{
    let mut builder = QueryBuilder::new("WITH uses (id, generation, at) AS (");
    builder.push_values(uses, |mut row, (id, generation, at)| {
        row.push_bind(*id)
            .push_bind(i64::from(*generation))
            .push_bind(*at);
    });
    builder.push(query);
    builder
}

impl Store {
    /// Writes when the current generation of each session was first used. Returns the
    /// other uses: those of another generation, and those that were not the first.
    ///
    /// `PostgreSQL` locks the sessions in the order of their ids first, so that two
    /// processes cannot deadlock.
    pub(crate) async fn confirm(&self, uses: &[TokenUse]) -> Result<Vec<TokenUse>, StoreError> {
        let update = self.backend.pick(
            ") UPDATE sessions SET confirmed_at = uses.at FROM uses
             WHERE sessions.id = uses.id AND sessions.generation = uses.generation
               AND sessions.confirmed_at IS NULL
             RETURNING sessions.id, sessions.generation",
            "), locked AS (
                 SELECT sessions.id, uses.generation, uses.at FROM sessions JOIN uses
                     ON sessions.id = uses.id AND sessions.generation = uses.generation
                 WHERE sessions.confirmed_at IS NULL
                 ORDER BY sessions.id FOR UPDATE OF sessions
             )
             UPDATE sessions SET confirmed_at = locked.at FROM locked
             WHERE sessions.id = locked.id AND sessions.generation = locked.generation
               AND sessions.confirmed_at IS NULL
             RETURNING sessions.id, sessions.generation",
        );
        let confirmed: Vec<(SessionId, i64)> =
            with_connection!(self.backend.write(Relaxed), async |connection| {
                let confirmed = with_uses(uses, update)
                    .build_query_as()
                    // Not cached: the statement differs with the number of uses.
                    .persistent(false)
                    .fetch_all(connection)
                    .await?;
                Ok(confirmed)
            })?;
        let confirmed: HashSet<_> = confirmed.into_iter().collect();
        let is_other =
            |(id, generation, _): &&TokenUse| !confirmed.contains(&(*id, i64::from(*generation)));
        Ok(uses.iter().filter(is_other).copied().collect())
    }

    /// Returns the uses that are strays ([`is_stray`](crate::rotation::is_stray)) of
    /// sessions that have not ended.
    pub(crate) async fn strays(
        &self,
        uses: &[TokenUse],
    ) -> Result<Vec<(SessionId, u32)>, StoreError> {
        let strays: Vec<(SessionId, i64)> =
            with_connection!(self.backend.read(), async |connection| {
                let strays = with_uses(
                    uses,
                    ") SELECT sessions.id, uses.generation FROM sessions JOIN uses
                           ON sessions.id = uses.id
                       WHERE sessions.parent < uses.generation
                         AND sessions.generation > uses.generation
                         AND sessions.ended_at IS NULL",
                )
                .build_query_as()
                .persistent(false)
                .fetch_all(connection)
                .await?;
                Ok(strays)
            })?;
        let strays = strays.into_iter();
        Ok(strays
            .filter_map(|(id, generation)| Some((id, generation.try_into().ok()?)))
            .collect())
    }

    /// Ends the session of a stray, and records the event. Returns `false` if the session
    /// has ended, or the use of `generation` is no longer a stray.
    pub(crate) async fn end_for_stray(
        &self,
        id: SessionId,
        generation: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let condition = EndCondition::Stray(generation);
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            end_one(connection, trail, id, End::reused(now), condition).await
        })
    }
}
