//! Whether the latency of a refresh depends on the number of sessions.

use std::time::Duration;

use portcullis::testing::TestClock;
use testkit::{
    EMAIL,
    bench::{
        compare,
        load::Load,
        report::{Promises, heading, note},
    },
    installation::Installation,
    place::Kind,
};

use crate::{
    installation::{self, CLOCK_STEP, START},
    refresher::Refresher,
};

const FEW_SESSIONS: u64 = 10_000;
const MANY_SESSIONS: u64 = 10_000_000;

/// The number of steps in which the table is filled. After each step, some of the
/// sessions begin that are refreshed later, so that they are spread over the whole table.
const FILL_STEPS: u64 = 1_000;
const SESSIONS_PER_STEP: usize = 2;

/// The period in which all sessions began, in microseconds: a day.
const FILL_PERIOD: u64 = 86_400_000_000;

/// The maximum latency with many sessions, as a multiple of the latency with few.
const MAX_LATENCY_RATIO: f64 = 1.5;

pub(crate) async fn run(kind: Kind, is_quick: bool, promises: &Promises) {
    let many = if is_quick {
        MANY_SESSIONS / 100
    } else {
        MANY_SESSIONS
    };
    heading(format!(
        "the latency of a refresh on {kind}, with {FEW_SESSIONS} sessions and with {many}"
    ));
    let (few_place, mut few) = filled(kind, FEW_SESSIONS).await;
    note(format!(
        "inserting {many} sessions of {} accounts (some minutes, and up to 5 GB on this disk)",
        many / 10
    ));
    let (many_place, mut many) = filled(kind, many).await;
    let length = Duration::from_millis(if is_quick { 200 } else { 2_000 });
    let comparison = compare::in_turn(&mut many, &mut few, 9, length).await;
    comparison.print(["with many sessions", "with few"]);
    let ratio = comparison.latencies();
    promises.check(
        ratio.median <= MAX_LATENCY_RATIO,
        format!(
            "the latency with many is {ratio} times that with few, {MAX_LATENCY_RATIO} allowed"
        ),
    );
    few_place.place.remove().await;
    many_place.place.remove().await;
}

/// Creates an installation with about `sessions` sessions, ten for each account, and a
/// load of one caller that refreshes some of them in another order than they began.
async fn filled(kind: Kind, sessions: u64) -> (Installation, Load<Refresher>) {
    let installation = installation::new(kind).await;
    let account = installation.account(EMAIL).await;
    let direct = installation.place.direct().await;
    let step = sessions / FILL_STEPS;
    let mut tokens = Vec::new();
    if kind == Kind::Postgres {
        direct.run(DROP_FOREIGN_KEY).await;
    }
    for at in 0..FILL_STEPS {
        direct.run(&fill(kind, at * step, step, sessions)).await;
        let elapsed = Duration::from_micros(at * (FILL_PERIOD / FILL_STEPS));
        installation.clock.set(TestClock::START + elapsed);
        tokens.extend(installation.begin(&account, SESSIONS_PER_STEP).await);
        direct
            .run(&move_to_account(kind, at * step, sessions))
            .await;
        if (at + 1) % (FILL_STEPS / 4) == 0 && sessions > FEW_SESSIONS {
            note(format!("{} sessions", (at + 1) * step));
        }
    }
    for statement in settling_statements(kind) {
        direct.run(statement).await;
    }
    direct.close().await;
    installation.clock.step(CLOCK_STEP);
    // A stride that is coprime to the number of tokens visits each token once.
    let shuffled: Vec<String> = (0..tokens.len())
        .map(|at| tokens[at * 1_237 % tokens.len()].clone())
        .collect();
    let load = Load::here(Refresher::rotating(&installation, 1, &shuffled));
    (installation, load)
}

/// Drops the foreign key while the table is filled: every tenth session is inserted with
/// its account, so that all references exist, and checking them row by row would take
/// most of the time.
const DROP_FOREIGN_KEY: &str = "ALTER TABLE sessions DROP CONSTRAINT sessions_account_id_fkey";

/// Returns the statements that bring a new database into the state of an older one: its
/// log is written back, and the planner has its statistics.
pub(crate) const fn settling_statements(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Sqlite => &["PRAGMA wal_checkpoint(TRUNCATE)"],
        Kind::Postgres => &[
            "ALTER TABLE sessions ADD CONSTRAINT sessions_account_id_fkey
                 FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE NOT VALID",
            "VACUUM ANALYZE sessions",
            "VACUUM ANALYZE accounts",
        ],
    }
}

/// A hash for accounts whose password is never checked.
pub(crate) const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo";

/// Returns the SQL of `UUIDv7` number `number` of `of`: its time, version and variant, and
/// the number in place of the random bits.
pub(crate) fn id(kind: Kind, number: &str, of: u64) -> String {
    let time = format!(
        "{} + CAST({number} AS bigint) * {} / {of}",
        START / 1_000,
        FILL_PERIOD / 1_000
    );
    match kind {
        Kind::Sqlite => format!("unhex(printf('%012x70008000%012x', {time}, {number}))"),
        Kind::Postgres => format!(
            "(lpad(to_hex({time}), 12, '0') || '70008000' || lpad(to_hex({number}), 12, '0'))::uuid"
        ),
    }
}

/// Returns the SQL of a table of the numbers `from` to `to`, in its column `i`.
pub(crate) fn numbers(kind: Kind, from: u64, to: u64) -> String {
    match kind {
        Kind::Sqlite => format!(
            "(WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})
              SELECT i FROM n)"
        ),
        Kind::Postgres => {
            format!("(SELECT i FROM generate_series({from}::bigint, {to}::bigint) i)")
        }
    }
}

fn fill(kind: Kind, from: u64, count: u64, of: u64) -> String {
    let to = from + count - 1;
    let (accounts_from, accounts_to) = (from / 10, to / 10);
    let (session, account_of, account) = (
        id(kind, "i", of),
        id(kind, "(i / 10)", of / 10),
        id(kind, "i", of / 10),
    );
    let (hash, yes, no) = match kind {
        Kind::Sqlite => ("randomblob(32)", "1", "0"),
        Kind::Postgres => ("sha256(i::text::bytea)", "true", "false"),
    };
    let accounts = numbers(kind, accounts_from, accounts_to);
    let sessions = numbers(kind, from, to);
    format!(
        "INSERT INTO accounts
             (id, email, email_key, name, password_hash, is_active, is_admin, created_at)
         SELECT {account}, 'person-' || i || '@example.org', 'person-' || i || '@example.org',
                'Person ' || i,
                '{PASSWORD_HASH}',
                {yes}, {no}, {START}
         FROM {accounts} AS n WHERE true ON CONFLICT DO NOTHING;
         INSERT INTO sessions
             (id, account_id, key_hash, generation, handed_at, confirmed_at, created_at, expires_at)
         SELECT {session}, {account_of}, {hash}, 3, {START}, {START}, {START},
                {START} + 2592000000000
         FROM {sessions} AS n"
    )
}

/// Returns the statement that moves the sessions that have just begun to the account of
/// session number `number`.
fn move_to_account(kind: Kind, number: u64, of: u64) -> String {
    let account = id(kind, &format!("{}", number / 10), of / 10);
    format!(
        "UPDATE sessions SET account_id = {account} WHERE account_id =
             (SELECT id FROM accounts WHERE email_key = 'ada@example.org')
             AND ended_at IS NULL"
    )
}
