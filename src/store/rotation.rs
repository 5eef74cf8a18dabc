//! What the rotation writes. Each statement is conditioned on what its decision
//! depended on, and no more, or many at once would starve one another; where it
//! changes nothing, the caller reads and judges again.

use super::{
    Store, StoreError,
    pools::{Durability, execute, read, transact},
    sessions::{EndReason, record},
};
use crate::{
    audit::Event,
    clock::Timestamp,
    ids::{AccountId, SessionId},
    rotation::{Presented, Record},
};

/// The use of an access token: of which session and generation, and when.
pub(crate) type Use = (SessionId, u32, Timestamp);

impl Store {
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
            Durability::Relaxed
        } else {
            Durability::Full
        };
        let rows = execute!(self, durability, connection => {
            sqlx::query(
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
            .await?
            .rows_affected()
        });
        Ok(rows == 1)
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
        let rows = execute!(self, Relaxed, connection => {
            sqlx::query(
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
            .await?
            .rows_affected()
        });
        Ok(rows == 1)
    }

    /// Notes that the current generation is handed out again. Durable, or after a
    /// power failure it could be superseded while the answer is under way.
    pub(crate) async fn replay(
        &self,
        id: SessionId,
        judged: &Record,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let rows = execute!(self, Full, connection => {
            sqlx::query(
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
            .await?
            .rows_affected()
        });
        Ok(rows == 1)
    }

    /// Ends the session of a reused token, and records the event.
    pub(crate) async fn end_for_reuse(
        &self,
        id: SessionId,
        account: AccountId,
        judged: &Record,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        transact!(self, Full, connection => {
            let updated = sqlx::query(
                "UPDATE sessions SET ended_at = $4, end_reason = $5
                 WHERE id = $1 AND generation = $2 AND confirmed_at IS NOT DISTINCT FROM $3
                   AND ended_at IS NULL",
            )
            .bind(id)
            .bind(i64::from(judged.generation))
            .bind(judged.confirmed_at)
            .bind(now)
            .bind(EndReason::Reuse.as_str())
            .execute(&mut *connection)
            .await?;
            if updated.rows_affected() == 0 {
                return Ok(false);
            }
            record!(connection, now, Event::TokenReuse, Some(account), Some(id));
        });
        Ok(true)
    }

    /// Writes when the current generation of each session was first used. The
    /// batch is in the order of its sessions, so that two processes never wait
    /// for each other. Returns what was no first use of a current generation.
    pub(crate) async fn confirm(&self, uses: &[Use]) -> Result<Vec<(SessionId, u32)>, StoreError> {
        let mut others = Vec::new();
        transact!(self, Relaxed, connection => {
            for (id, generation, at) in uses {
                let updated = sqlx::query(
                    "UPDATE sessions SET confirmed_at = $3
                     WHERE id = $1 AND generation = $2 AND confirmed_at IS NULL",
                )
                .bind(id)
                .bind(i64::from(*generation))
                .bind(at)
                .execute(&mut *connection)
                .await?;
                if updated.rows_affected() == 0 {
                    others.push((*id, *generation));
                }
            }
        });
        Ok(others)
    }

    /// Where the use is that of a stray ([`is_stray`](crate::rotation::is_stray)),
    /// ends the session, and records the event. Says whether it did.
    pub(crate) async fn end_for_stray(
        &self,
        id: SessionId,
        generation: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const STRAY: &str = "SELECT account_id FROM sessions
             WHERE id = $1 AND parent < $2 AND generation > $2 AND ended_at IS NULL";
        let found: Option<(AccountId,)> = read!(self, connection => {
            sqlx::query_as(STRAY)
                .bind(id)
                .bind(i64::from(generation))
                .fetch_optional(connection)
                .await?
        });
        let Some((account,)) = found else {
            return Ok(false);
        };
        transact!(self, Full, connection => {
            let updated = sqlx::query(
                "UPDATE sessions SET ended_at = $3, end_reason = $4
                 WHERE id = $1 AND parent < $2 AND generation > $2 AND ended_at IS NULL",
            )
            .bind(id)
            .bind(i64::from(generation))
            .bind(now)
            .bind(EndReason::Reuse.as_str())
            .execute(&mut *connection)
            .await?;
            if updated.rows_affected() == 0 {
                return Ok(false);
            }
            record!(connection, now, Event::TokenReuse, Some(account), Some(id));
        });
        Ok(true)
    }
}
