//! What the rotation writes. Each statement is conditioned on what its decision
//! depended on, and no more, or many at once would starve one another; where it
//! changes nothing, the caller reads and judges again.

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
    end::{EndCondition, EndReason, end_one},
    sessions::Holder,
};
use crate::{
    clock::Timestamp,
    ids::SessionId,
    rotation::{Presented, Record},
};

/// A session as its refresh token tells of it, the current one of a live session,
/// and what it is to become.
pub(crate) struct ClaimedState {
    pub(crate) session: SessionId,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) generation: u32,
    /// When it was handed out: from the one moment, up to the other.
    pub(crate) handed_at: Range<Timestamp>,
    /// The generation after it.
    pub(crate) next: u32,
    pub(crate) now: Timestamp,
}

impl Store {
    /// Moves the session to the next generation, where it is as its token tells and
    /// neither over nor ended, and its account is active. `None` where it is not, and
    /// on `PostgreSQL` also where that could not be told: see `RotationBatcher::rotate`.
    pub(crate) async fn rotate_from_claims(
        &self,
        claimed: ClaimedState,
    ) -> Result<Option<Holder>, StoreError> {
        let writer = match &self.backend {
            Backend::Sqlite { writer, .. } => writer,
            Backend::Postgres { together, .. } => return Ok(together.rotate(claimed).await),
        };
        // All of its one row: SQLite writes its log back after a statement that was
        // read to the end, and `fetch_optional` leaves it before.
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

    /// Moves the session from the judged state to the next generation, with the
    /// presented one as its parent. False where it is no longer in that state,
    /// has ended, or its account is off.
    ///
    /// A successor for one that was lost must not itself be lost to a power
    /// failure: after it, its number would be given to another.
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

    /// Makes what was presented the current generation, with the parent that it
    /// names.
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

    /// Notes that the current generation is handed out again. Durable, or after a
    /// power failure it could be superseded while the answer is under way.
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

    /// Ends the session of a reused token, and records the event. False where it is
    /// no longer in the judged state.
    pub(crate) async fn end_for_reuse(
        &self,
        id: SessionId,
        judged: &Record,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let condition = EndCondition::Judged(judged);
        with_connection!(self.backend.begin(Full), async |connection| {
            end_one(connection, id, EndReason::Reuse, now, condition).await
        })
    }
}
