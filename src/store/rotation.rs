//! The writes of the rotation. Each statement has conditions on exactly the columns on which
//! its decision depended; with more, many concurrent requests would starve one another. If
//! a statement changes no row, the caller reads the session and judges again.

use std::ops::Range;

use super::{
    Store, StoreError,
    connection::{
        backend::{
            Backend,
            Durability::{Full, Relaxed},
        },
        either::with_connection,
    },
    end::{End, EndCondition, end_one},
    sessions::Holder,
};
use crate::{
    clock::Timestamp,
    ids::SessionId,
    rotation::{Presented, Record},
};

/// The state of a live session according to its current refresh token, and the rotation
/// to write if the row matches.
pub(crate) struct ClaimedState {
    pub(crate) session: SessionId,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) generation: u32,
    /// When the token was issued. The token has the time in whole seconds, so this is a
    /// range: inclusive start, exclusive end.
    pub(crate) handed_at: Range<Timestamp>,
    /// The next generation.
    pub(crate) next: u32,
    pub(crate) now: Timestamp,
}

impl Store {
    /// Rotates the session if it matches the claims of its token, has neither expired nor
    /// ended, and its account is active. Otherwise returns `None`. On `PostgreSQL`, `None`
    /// may also mean that this could not be checked: see `RotationBatcher::rotate`.
    pub(crate) async fn rotate_from_claims(
        &self,
        claimed: ClaimedState,
    ) -> Result<Option<Holder>, StoreError> {
        let writer = match &self.backend {
            Backend::Sqlite { writer, .. } => writer,
            Backend::Postgres { batcher, .. } => return Ok(batcher.rotate(claimed).await),
        };
        // `fetch_all`, although there is at most one row: SQLite makes its checkpoint only
        // after a statement whose rows were read to the end, and `fetch_optional` stops
        // before.
        let mut connection = writer.set_to(Relaxed).await?;
        let mut rows: Vec<Holder> = sqlx::query_as(
            "UPDATE sessions
             SET generation = $3, parent = $2, handed_at = $7, confirmed_at = NULL
             FROM accounts
             WHERE sessions.id = $1 AND generation = $2 AND handed_at >= $4
               AND handed_at < $5 AND key_hash = $6 AND expires_at > $7
               AND ended_at IS NULL AND accounts.id = account_id AND is_active
             RETURNING account_id, expires_at,
                 (SELECT email FROM accounts WHERE id = account_id) AS email,
                 (SELECT name FROM accounts WHERE id = account_id) AS name,
                 (SELECT is_admin FROM accounts WHERE id = account_id) AS is_admin",
        )
        .bind(claimed.session)
        .bind(i64::from(claimed.generation))
        .bind(i64::from(claimed.next))
        .bind(claimed.handed_at.start)
        .bind(claimed.handed_at.end)
        .bind(claimed.key_hash)
        .bind(claimed.now)
        .fetch_all(&mut *connection)
        .await?;
        connection.release();
        Ok(rows.pop())
    }

    /// Rotates the session from the judged state to generation `next`, with the presented
    /// generation as its parent. Returns `false` if the session is no longer in that state,
    /// it has ended, or its account is not active.
    ///
    /// If the presented generation is not the current one, `next` replaces a lost
    /// generation, and the write is durable. Otherwise a power failure could undo it, and
    /// the same number would then be issued to another token.
    pub(crate) async fn rotate(
        &self,
        id: SessionId,
        judged: &Record,
        presented: u32,
        next: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let durability = if presented == judged.generation {
            Relaxed
        } else {
            Full
        };
        with_connection!(self.backend.write(durability), async |connection| {
            let written = sqlx::query(
                "UPDATE sessions
                 SET generation = $5, parent = $4, handed_at = $6, confirmed_at = NULL
                 WHERE id = $1 AND generation = $2 AND handed_at = $3
                   AND (generation = $4 OR confirmed_at IS NULL)
                   AND ended_at IS NULL
                   AND EXISTS (SELECT 1 FROM accounts WHERE id = account_id AND is_active)",
            )
            .bind(id)
            .bind(i64::from(judged.generation))
            .bind(judged.handed_at)
            .bind(i64::from(presented))
            .bind(i64::from(next))
            .bind(now)
            .execute(connection)
            .await?;
            Ok(written.rows_affected() == 1)
        })
    }

    /// Makes the presented generation the current one, with the parent that its token
    /// names. Returns `false` if the session no longer has the judged generation, it has
    /// ended, or its account is not active.
    pub(crate) async fn heal(
        &self,
        id: SessionId,
        judged: &Record,
        presented: Presented,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        with_connection!(self.backend.write(Relaxed), async |connection| {
            let written = sqlx::query(
                "UPDATE sessions
                 SET generation = $3, parent = $4, handed_at = $5, confirmed_at = NULL
                 WHERE id = $1 AND generation = $2
                   AND ended_at IS NULL
                   AND EXISTS (SELECT 1 FROM accounts WHERE id = account_id AND is_active)",
            )
            .bind(id)
            .bind(i64::from(judged.generation))
            .bind(i64::from(presented.generation))
            .bind(presented.parent.map(i64::from))
            .bind(now)
            .execute(connection)
            .await?;
            Ok(written.rows_affected() == 1)
        })
    }

    /// Records that the current generation is issued again. Returns `false` if the session
    /// is no longer in the judged state, it has ended, or its account is not active.
    ///
    /// The write is durable. Otherwise, after a power failure, the generation could be
    /// superseded while the response is still on its way.
    pub(crate) async fn replay(
        &self,
        id: SessionId,
        judged: &Record,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        with_connection!(self.backend.write(Full), async |connection| {
            let written = sqlx::query(
                "UPDATE sessions
                 SET handed_at = CASE WHEN handed_at < $4 THEN $4 ELSE handed_at END
                 WHERE id = $1 AND generation = $2 AND confirmed_at IS NOT DISTINCT FROM $3
                   AND ended_at IS NULL
                   AND EXISTS (SELECT 1 FROM accounts WHERE id = account_id AND is_active)",
            )
            .bind(id)
            .bind(i64::from(judged.generation))
            .bind(judged.confirmed_at)
            .bind(now)
            .execute(connection)
            .await?;
            Ok(written.rows_affected() == 1)
        })
    }

    /// Ends the session of a reused token, and records the event. Returns `false` if the
    /// session has ended, or is no longer in the judged state.
    pub(crate) async fn end_for_reuse(
        &self,
        id: SessionId,
        judged: &Record,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let condition = EndCondition::Judged(judged);
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            end_one(connection, trail, id, End::reused(now), condition).await
        })
    }
}
