//! Batches of rotations (`PostgreSQL`), because statements are more expensive than rows.
//!
//! A statement costs the server four times as much as the row that it writes, and each
//! round trip wakes two processes. Therefore a few workers write the rotations. Rotations
//! that arrive while every worker is busy wait in a queue, and the next free worker writes
//! all of them with one statement. With 16 concurrent refreshes about six rotations share a
//! statement, and the rate of refreshes rises by a third (docs/performance.md). A rotation
//! that arrives while a worker is idle is written at once; it never waits for others to
//! fill a batch.

use std::sync::Arc;

use sqlx::Postgres;
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task,
    time::Instant,
};

use super::{
    pool::Pool,
    source::PostgresSource,
    timeout::{BATCH_TIMEOUT, MAX_QUEUE_TIME, within},
};
use crate::{
    ids::SessionId,
    request_context,
    request_observer::Waited,
    store::{StoreError, rotation::ClaimedState, sessions::Holder},
};

/// The maximum number of rotations in one statement.
const MAX_BATCH: usize = 64;

/// The maximum number of queued rotations. If the queue is full, callers wait for a free
/// place in it.
const MAX_QUEUED: usize = 1024;

/// Locks and rotates each session that matches its claims.
///
/// Skips sessions that another transaction has locked; their callers rotate them with a
/// statement of their own. So a locked session does not delay the rest of the batch, and
/// a batch cannot deadlock with a transaction that locks sessions in another order.
///
/// `PostgreSQL` checks the conditions on the session again after locking it. It does not
/// check `is_active` again, but deactivating an account ends its sessions in the same
/// transaction.
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

/// Settings that make `PostgreSQL` plan [`ROTATE`] once per connection, as a look-up by
/// session id.
///
/// By default it plans the statement again for each number of rotations, which costs as
/// much as the rotations. And while there are few sessions it chooses to read all of
/// them, and keeps that plan when there are many.
pub(in crate::store) const PLANNER_SETTINGS: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
];

/// The queue of rotations, and the connections of the workers.
#[derive(Clone, Debug)]
pub(in crate::store) struct RotationBatcher {
    queue: mpsc::Sender<QueuedRotation>,
    pool: Pool<Postgres>,
}

/// A rotation in the queue, with the channel to its caller. If `reply` is dropped without
/// a value, the caller reads the session and judges again.
struct QueuedRotation {
    claimed: ClaimedState,
    queued_at: Instant,
    reply: oneshot::Sender<Holder>,
}

impl QueuedRotation {
    /// Returns whether the rotation is still to be written: the caller waits for it, and it
    /// was queued less than [`MAX_QUEUE_TIME`] ago. A caller that no longer waits has timed
    /// out, and its client retries.
    fn is_wanted(&self) -> bool {
        !self.reply.is_closed() && self.queued_at.elapsed() < MAX_QUEUE_TIME
    }
}

/// A row that [`ROTATE`] returns.
#[derive(sqlx::FromRow)]
struct Rotated {
    /// The place of the rotation in the batch, counted from 1. If a batch has several
    /// rotations of one session, it is the place of the one that was written.
    place: i64,
    session: SessionId,
    #[sqlx(flatten)]
    holder: Holder,
}

impl RotationBatcher {
    /// Connects to the database and starts the workers. They stop when the last clone of
    /// the returned value is dropped.
    pub(in crate::store) async fn open(
        source: PostgresSource,
        workers: usize,
    ) -> Result<Self, sqlx::Error> {
        let pool = Pool::open(source.with(PLANNER_SETTINGS), workers).await?;
        let (sender, receiver) = mpsc::channel(MAX_QUEUED);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..workers {
            task::spawn(worker(pool.clone(), Arc::clone(&receiver)));
        }
        Ok(Self {
            queue: sender,
            pool,
        })
    }

    /// Rotates the session if it matches the claims.
    ///
    /// Returns `None` if it does not match, if another transaction has locked it, if the
    /// rotation waited in the queue for too long, or if the database failed. The caller
    /// finds the cause when it reads the session and judges again.
    pub(in crate::store) async fn rotate(&self, claimed: ClaimedState) -> Option<Holder> {
        let (reply, replied) = oneshot::channel();
        let rotation = QueuedRotation {
            claimed,
            queued_at: Instant::now(),
            reply,
        };
        let queued_at = rotation.queued_at;
        self.queue.send(rotation).await.ok()?;
        let holder = replied.await.ok();
        request_context::observe(Waited::Rotation, queued_at.elapsed());
        holder
    }

    /// Returns the pool of the workers' connections.
    pub(in crate::store) fn pool(&self) -> &Pool<Postgres> {
        &self.pool
    }

    /// Waits for the running statements, then closes the connections.
    pub(in crate::store) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Writes the queued rotations, one batch after the other.
async fn worker(pool: Pool<Postgres>, queue: Arc<Mutex<mpsc::Receiver<QueuedRotation>>>) {
    loop {
        let mut batch = Vec::new();
        queue.lock().await.recv_many(&mut batch, MAX_BATCH).await;
        if batch.is_empty() {
            return;
        }
        // In a task of its own, so that the worker survives a panic.
        let _ = task::spawn(write(pool.clone(), batch)).await;
    }
}

/// Writes a batch and replies to its callers.
async fn write(pool: Pool<Postgres>, batch: Vec<QueuedRotation>) {
    let (claimed, mut replies): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .filter(QueuedRotation::is_wanted)
        .map(|rotation| (rotation.claimed, Some(rotation.reply)))
        .unzip();
    if claimed.is_empty() {
        return;
    }
    let rotated = match within(BATCH_TIMEOUT, rotate(&pool, &claimed)).await {
        Ok(rotated) => rotated,
        Err(error) => {
            tracing::warn!(
                target: "portcullis::store",
                %error,
                "a batch of rotations failed; each rotation is retried by itself"
            );
            return;
        }
    };
    for Rotated {
        place,
        session,
        holder,
    } in rotated
    {
        let index = usize::try_from(place - 1).unwrap_or(usize::MAX);
        // A caller never gets the holder of another session.
        let is_own = claimed
            .get(index)
            .is_some_and(|claimed| claimed.session == session);
        let reply = replies
            .get_mut(index)
            .filter(|_| is_own)
            .and_then(Option::take);
        // It fails if the caller no longer waits.
        let _ = reply.map(|reply| reply.send(holder));
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
