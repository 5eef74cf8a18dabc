//! Rotations that come at the same time go together, in one statement
//! (`PostgreSQL`). Who comes alone goes at once, and waits for nobody.
//!
//! A statement costs the server more than the row that it writes, and so do the
//! ways to it and back: see docs/performance.md.

use std::sync::Arc;

use sqlx::{Postgres, postgres::PgConnectOptions};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task,
    time::Instant,
};

use super::{
    pool::Pool,
    timeout::{BATCH_TIMEOUT, MAX_QUEUE_TIME, within},
};
use crate::{
    ids::SessionId,
    store::{StoreError, rotation::ClaimedState, sessions::Holder},
};

/// Statements under way at a time, each on a connection of its own. Few, so that
/// who comes meanwhile goes together; two, so that a connection that hangs does not
/// hold up everybody.
pub(in crate::store) const WORKERS: usize = 2;
/// Rotations in one statement.
const MAX_BATCH: usize = 64;
/// Rotations that wait. Who comes then waits for a place.
const MAX_QUEUED: usize = 1024;
/// Moves each session that is as its token tells, and locks it first: where somebody
/// else is at a session, its rotation goes by itself, and neither holds up the others
/// nor can lock in another order. What is locked is looked at again; the account is
/// not, but who switches one off ends its sessions in the same transaction.
pub(in crate::store) const ROTATE: &str = "
    WITH due AS (
        SELECT claimed.*, email, name, is_admin
        FROM unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY
            AS claimed (session, key_hash, presented, next, handed_from, handed_to, now, place)
        CROSS JOIN LATERAL (
            SELECT account_id, expires_at, ended_at FROM sessions
            WHERE id = session AND generation = presented AND sessions.key_hash = claimed.key_hash
              AND handed_at >= handed_from AND handed_at < handed_to
            FOR NO KEY UPDATE SKIP LOCKED
        ) AS locked
        JOIN accounts ON accounts.id = account_id
        WHERE expires_at > now AND ended_at IS NULL AND is_active
    )
    UPDATE sessions
    SET generation = next, parent = presented, handed_at = now, confirmed_at = NULL
    FROM due
    WHERE sessions.id = session AND generation = presented
    RETURNING place, session, account_id, expires_at, email, name, is_admin";

/// One plan for all, by the session's id. Left to itself, `PostgreSQL` plans anew for
/// each number of rotations, which costs as much as they do; and where there are few
/// sessions yet, it plans to read them all, and stays with that when there are many.
pub(in crate::store) const PLANNED_ONCE: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
];

/// Where rotations wait for the next statement, and the connections of the lanes.
#[derive(Clone, Debug)]
pub(in crate::store) struct RotationBatcher {
    waiting: mpsc::Sender<Waiting>,
    pool: Pool<Postgres>,
}

/// A rotation, and who wants to know of it. Who is not claimed knows that it was not
/// done like this.
struct Waiting {
    claimed: ClaimedState,
    since: Instant,
    answer: oneshot::Sender<Holder>,
}

impl Waiting {
    /// Who has given up has claimed its browser to come back.
    fn is_worth_it(&self) -> bool {
        !self.answer.is_closed() && self.since.elapsed() < MAX_QUEUE_TIME
    }
}

#[derive(sqlx::FromRow)]
struct Rotated {
    /// Of the rotation, counted from 1. Where two want the same session, there is
    /// the place of the one that got it.
    place: i64,
    session: SessionId,
    #[sqlx(flatten)]
    holder: Holder,
}

impl RotationBatcher {
    /// Rotates for as long as anybody has this.
    pub(in crate::store) async fn open(options: PgConnectOptions) -> Result<Self, sqlx::Error> {
        let pool = Pool::open(options.options(PLANNED_ONCE), WORKERS).await?;
        let (sender, waiting) = mpsc::channel(MAX_QUEUED);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..WORKERS {
            task::spawn(worker(pool.clone(), Arc::clone(&waiting)));
        }
        Ok(Self {
            waiting: sender,
            pool,
        })
    }

    /// Rotates where the session is as its token tells. `None` where it is not,
    /// where somebody else is at it, where it waited too long, and where the database
    /// failed: who reads and judges then finds out which.
    pub(in crate::store) async fn rotate(&self, claimed: ClaimedState) -> Option<Holder> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            claimed,
            since: Instant::now(),
            answer,
        };
        self.waiting.send(waiting).await.ok()?;
        answered.await.ok()
    }

    /// Waits for what is under way, then closes the connections.
    pub(in crate::store) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Carries out what waits, one statement after the other.
async fn worker(pool: Pool<Postgres>, waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
    loop {
        let mut batch = Vec::new();
        waiting.lock().await.recv_many(&mut batch, MAX_BATCH).await;
        if batch.is_empty() {
            return;
        }
        // In a task of its own: if it should panic, the worker goes on.
        let _ = task::spawn(carry_out(pool.clone(), batch)).await;
    }
}

async fn carry_out(pool: Pool<Postgres>, batch: Vec<Waiting>) {
    let (claimed, mut answers): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .filter(Waiting::is_worth_it)
        .map(|waiting| (waiting.claimed, Some(waiting.answer)))
        .unzip();
    if claimed.is_empty() {
        return;
    }
    let rotated = match within(BATCH_TIMEOUT, rotate(&pool, &claimed)).await {
        Ok(rotated) => rotated,
        Err(error) => {
            tracing::warn!(target: "portcullis::store", %error, "rotations failed together; each is tried by itself");
            return;
        }
    };
    for Rotated {
        place,
        session,
        holder,
    } in rotated
    {
        let at = usize::try_from(place - 1).unwrap_or(usize::MAX);
        // Nobody is ever claimed of a session but the own one.
        let is_own = claimed
            .get(at)
            .is_some_and(|claimed| claimed.session == session);
        let answer = answers
            .get_mut(at)
            .filter(|_| is_own)
            .and_then(Option::take);
        // Who has gone meanwhile needs no answer.
        let _ = answer.map(|answer| answer.send(holder));
    }
}

async fn rotate(
    pool: &Pool<Postgres>,
    claimed: &[ClaimedState],
) -> Result<Vec<Rotated>, StoreError> {
    fn column<T>(claimed: &[ClaimedState], of: impl Fn(&ClaimedState) -> T) -> Vec<T> {
        claimed.iter().map(of).collect()
    }
    let mut connection = pool.acquire().await?;
    let rotated = sqlx::query_as(ROTATE)
        .bind(column(claimed, |claimed| claimed.session))
        .bind(column(claimed, |claimed| claimed.key_hash.clone()))
        .bind(column(claimed, |claimed| i64::from(claimed.generation)))
        .bind(column(claimed, |claimed| i64::from(claimed.next)))
        .bind(column(claimed, |claimed| claimed.handed_at.start))
        .bind(column(claimed, |claimed| claimed.handed_at.end))
        .bind(column(claimed, |claimed| claimed.now))
        .fetch_all(&mut *connection)
        .await?;
    connection.release();
    Ok(rotated)
}
