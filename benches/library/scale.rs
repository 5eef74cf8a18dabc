//! Whether a refresh notices how many sessions there are.

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
    installation::{self, BEGINNING, STEP},
    refresher::Refresher,
};

const FEW: u64 = 10_000;
const MANY: u64 = 10_000_000;

/// The table is filled in so many steps, and after each some of the sessions
/// begin that are refreshed later: they lie everywhere in it.
const STEPS: u64 = 1_000;
const BEGUN_EACH: usize = 2;

/// All sessions began within this time, in microseconds: a day.
const SPAN: u64 = 86_400_000_000;

/// How much slower many may be than few.
const MOST: f64 = 1.5;

pub(crate) async fn run(kind: Kind, is_quick: bool, promises: &Promises) {
    let many = if is_quick { MANY / 100 } else { MANY };
    heading(format!(
        "the latency of a refresh on {kind}, with {FEW} sessions and with {many}"
    ));
    let (few_place, mut few) = filled(kind, FEW).await;
    note(format!(
        "filling in {many} sessions of {} accounts (some minutes, and up to 5 GB on this disk)",
        many / 10
    ));
    let (many_place, mut many) = filled(kind, many).await;
    let length = Duration::from_millis(if is_quick { 200 } else { 2_000 });
    let comparison = compare::in_turn(&mut many, &mut few, 9, length).await;
    comparison.print(["with many sessions", "with few"]);
    let ratio = comparison.latencies();
    promises.check(
        ratio.median <= MOST,
        format!("the latency with many is {ratio} times that with few, {MOST} allowed"),
    );
    few_place.place.remove().await;
    many_place.place.remove().await;
}

/// An installation with about so many sessions, ten to an account, and one who
/// refreshes some of them in no order of theirs.
async fn filled(kind: Kind, sessions: u64) -> (Installation, Load<Refresher>) {
    let installation = installation::new(kind).await;
    let account = installation.account(EMAIL).await;
    let direct = installation.place.direct().await;
    let step = sessions / STEPS;
    let mut tokens = Vec::new();
    if kind == Kind::Postgres {
        direct.run(WITHOUT_CHECKS).await;
    }
    for at in 0..STEPS {
        direct.run(&fill(kind, at * step, step, sessions)).await;
        let moment = at * (SPAN / STEPS);
        let moment = TestClock::BEGINNING + Duration::from_micros(moment);
        installation.clock.set(moment);
        tokens.extend(installation.begin(&account, BEGUN_EACH).await);
        direct.run(&give_away(kind, at * step, sessions)).await;
        if (at + 1) % (STEPS / 4) == 0 && sessions > FEW {
            note(format!("{} sessions", (at + 1) * step));
        }
    }
    for statement in settled(kind) {
        direct.run(statement).await;
    }
    direct.close().await;
    installation.clock.step(STEP);
    // A step that shares no factor with the number of tokens meets each once.
    let in_no_order: Vec<String> = (0..tokens.len())
        .map(|at| tokens[at * 1_237 % tokens.len()].clone())
        .collect();
    let load = Load::here(Refresher::rotating(&installation, 1, &in_no_order));
    (installation, load)
}

/// Every tenth session brings its account. What is filled in fits together, and
/// checking row by row that it does would take most of the time.
const WITHOUT_CHECKS: &str = "ALTER TABLE sessions DROP CONSTRAINT sessions_account_id_fkey";

/// As a database that has been there for a while: written back, and known to the
/// planner.
const fn settled(kind: Kind) -> &'static [&'static str] {
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

/// `UUIDv7` number `number` of so many: its time, version and variant, and the
/// number in place of the random bits.
fn id(kind: Kind, number: &str, of: u64) -> String {
    let time = format!(
        "{} + CAST({number} AS bigint) * {} / {of}",
        BEGINNING / 1_000,
        SPAN / 1_000
    );
    match kind {
        Kind::Sqlite => format!("unhex(printf('%012x70008000%012x', {time}, {number}))"),
        Kind::Postgres => format!(
            "(lpad(to_hex({time}), 12, '0') || '70008000' || lpad(to_hex({number}), 12, '0'))::uuid"
        ),
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
    let numbers = |from, to| match kind {
        Kind::Sqlite => format!(
            "(WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})
              SELECT i FROM n)"
        ),
        Kind::Postgres => {
            format!("(SELECT i FROM generate_series({from}::bigint, {to}::bigint) i)")
        }
    };
    let (accounts, sessions) = (numbers(accounts_from, accounts_to), numbers(from, to));
    format!(
        "INSERT INTO accounts
             (id, email, email_key, name, password_hash, is_active, is_admin, created_at)
         SELECT {account}, 'person-' || i || '@example.org', 'person-' || i || '@example.org',
                'Person ' || i,
                '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo',
                {yes}, {no}, {BEGINNING}
         FROM {accounts} AS n WHERE true ON CONFLICT DO NOTHING;
         INSERT INTO sessions
             (id, account_id, key_hash, generation, handed_at, confirmed_at, created_at, expires_at)
         SELECT {session}, {account_of}, {hash}, 3, {BEGINNING}, {BEGINNING}, {BEGINNING},
                {BEGINNING} + 2592000000000
         FROM {sessions} AS n"
    )
}

/// Gives what has just begun to the account of session number `number`.
fn give_away(kind: Kind, number: u64, of: u64) -> String {
    let account = id(kind, &format!("{}", number / 10), of / 10);
    format!(
        "UPDATE sessions SET account_id = {account} WHERE account_id =
             (SELECT id FROM accounts WHERE email_key = 'ada@example.org')
             AND ended_at IS NULL"
    )
}
