//! The bare work with which a refresh is compared: sign, verify, and one conditional
//! UPDATE through sqlx, on the same schema and the same kind of connection. It has no
//! HTTP, no JSON and no reading of rows, and one signature instead of two.

use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use sqlx::types::Uuid;

use super::load::Caller;
use crate::place::{Direct, Place};

/// A message about as long as the signed part of an access token.
const MESSAGE: [u8; 450] = [b'e'; 450];

/// A conditional update of the columns that a rotation updates.
const UPDATE: &str =
    "UPDATE sessions SET generation = $4, parent = $2, handed_at = $5, confirmed_at = NULL
    WHERE id = $1 AND generation = $2 AND handed_at = $3";

/// A key pair.
pub struct Keys {
    private: Ed25519KeyPair,
    public: ParsedPublicKey,
}

impl Keys {
    pub fn new() -> Self {
        let private = Ed25519KeyPair::generate().expect("a key");
        let public = ParsedPublicKey::new(&ED25519, private.public_key()).expect("its own");
        Self { private, public }
    }

    pub fn sign(&self) -> impl AsRef<[u8]> {
        self.private.sign(&MESSAGE)
    }

    pub fn verify(&self, signature: &[u8]) {
        self.public
            .verify_sig(&MESSAGE, signature)
            .expect("its own");
    }
}

/// A caller that does the bare work, on sessions of its own.
pub struct Bare {
    keys: Arc<Keys>,
    database: Direct,
    sessions: Vec<(Uuid, i64)>,
    at: usize,
}

impl Bare {
    /// Creates `callers` callers that share `sessions` sessions of a new database.
    pub async fn new(place: &Place, callers: usize, sessions: usize) -> Vec<Self> {
        place.create_schema().await;
        let database = place.direct().await;
        let ids = insert_sessions(&database, sessions).await;
        let keys = Arc::new(Keys::new());
        ids.chunks(sessions.div_ceil(callers))
            .map(|own| Self {
                keys: Arc::clone(&keys),
                database: database.clone(),
                sessions: own.iter().map(|id| (*id, 0)).collect(),
                at: 0,
            })
            .collect()
    }
}

impl Caller for Bare {
    async fn call(&mut self) {
        let signature = self.keys.sign();
        self.keys.verify(signature.as_ref());
        self.at = (self.at + 1) % self.sessions.len();
        let (id, generation) = &mut self.sessions[self.at];
        let next = *generation + 1;
        macro_rules! update {
            ($pool:expr) => {
                sqlx::query(UPDATE)
                    .bind(*id)
                    .bind(*generation)
                    .bind(*generation)
                    .bind(next)
                    .bind(next)
                    .execute($pool)
                    .await
                    .expect("updated")
                    .rows_affected()
            };
        }
        let changed = match &self.database {
            Direct::Sqlite(pool) => update!(pool),
            Direct::Postgres(pool) => update!(pool),
        };
        assert_eq!(changed, 1, "each session has one writer");
        *generation = next;
    }
}

/// Inserts one account with all sessions, and returns the ids of the sessions.
async fn insert_sessions(database: &Direct, sessions: usize) -> Vec<Uuid> {
    let account = Uuid::now_v7();
    let ids: Vec<Uuid> = (0..sessions).map(|_| Uuid::now_v7()).collect();
    macro_rules! insert {
        ($pool:expr) => {{
            let mut tx = $pool.begin().await.expect("begun");
            sqlx::query(
                "INSERT INTO accounts (id, email, email_key, name, password_hash, is_active, is_admin, created_at)
                 VALUES ($1, 'a', 'a', '', '', $2, $3, 0)",
            )
            .bind(account)
            .bind(true)
            .bind(false)
            .execute(&mut *tx)
            .await
            .expect("inserted");
            for id in &ids {
                sqlx::query(
                    "INSERT INTO sessions (id, account_id, key_hash, generation, handed_at, created_at, expires_at)
                     VALUES ($1, $2, $3, 0, 0, 0, 1)",
                )
                .bind(id)
                .bind(account)
                .bind(vec![7_u8; 32])
                .execute(&mut *tx)
                .await
                .expect("inserted");
            }
            tx.commit().await.expect("committed");
        }};
    }
    match database {
        Direct::Sqlite(pool) => insert!(pool),
        Direct::Postgres(pool) => insert!(pool),
    }
    ids
}
