//! What the use of access tokens tells, written in batches off the request path.

use std::collections::HashSet;

use sqlx::QueryBuilder;

use super::{
    Store, StoreError,
    connection::backend::{execute, read, transact},
    sessions::{EndReason, end_one, record},
};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
};

/// The use of an access token: of which session and generation, and when.
pub(crate) type TokenUse = (SessionId, u32, Timestamp);

/// A query that begins with all uses as a table `uses`.
macro_rules! with_uses {
    ($uses:expr, $query:expr) => {{
        let mut query = QueryBuilder::new("WITH uses (id, generation, at) AS (");
        query.push_values($uses, |mut row, (id, generation, at)| {
            row.push_bind(id)
                .push_bind(i64::from(*generation))
                .push_bind(at);
        });
        query.push($query);
        query
    }};
}

impl Store {
    /// Writes when the current generation of each session was first used, and
    /// returns the uses that were no first one of a current generation.
    ///
    /// `PostgreSQL` locks the sessions in their order first, so that two processes
    /// never wait for each other.
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
        let confirmed: Vec<(SessionId, i64)> = execute!(self, Relaxed, connection => {
            with_uses!(uses, update)
                .build_query_as()
                // Of any length: not worth being remembered.
                .persistent(false)
                .fetch_all(connection)
                .await?
        });
        let confirmed: HashSet<_> = confirmed.into_iter().collect();
        let is_other =
            |(id, generation, _): &&TokenUse| !confirmed.contains(&(*id, i64::from(*generation)));
        Ok(uses.iter().filter(is_other).copied().collect())
    }

    /// Those of the uses that are strays ([`is_stray`](crate::rotation::is_stray)) of
    /// sessions that have not ended.
    pub(crate) async fn strays(
        &self,
        uses: &[TokenUse],
    ) -> Result<Vec<(SessionId, u32)>, StoreError> {
        let strays: Vec<(SessionId, i64)> = read!(self, connection => {
            with_uses!(
                uses,
                ") SELECT sessions.id, uses.generation FROM sessions JOIN uses
                       ON sessions.id = uses.id
                   WHERE sessions.parent < uses.generation
                     AND sessions.generation > uses.generation AND sessions.ended_at IS NULL"
            )
            .build_query_as()
            .persistent(false)
            .fetch_all(connection)
            .await?
        });
        let strays = strays.into_iter();
        Ok(strays
            .filter_map(|(id, generation)| Some((id, generation.try_into().ok()?)))
            .collect())
    }

    /// Ends the session of which a stray was used, and records the event. False
    /// where it is none any more.
    pub(crate) async fn end_for_stray(
        &self,
        id: SessionId,
        generation: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(transact!(self, Full, connection => end_one!(
            connection, id, EndReason::Reuse, now,
            "AND parent < $4 AND generation > $4",
            i64::from(generation)
        )))
    }
}
