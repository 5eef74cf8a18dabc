//! Whether every server keeps up when ten thousand sessions end each second, and how much
//! memory a million of them take.

use std::{
    fs,
    time::{Duration, Instant},
};

use portcullis::{AccountId, Portcullis, accounts::ExternalAccount};
use testkit::{
    bench::report::{Promises, bytes, heading, note},
    place::{Direct, Kind, Place},
};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::{
    installation,
    scale::{id, numbers},
};

/// How many sessions end each second.
const PER_SECOND: u64 = 10_000;

/// For how many seconds: a million sessions end.
const SECONDS: u64 = 100;

/// The number of servers.
const SERVERS: u64 = 2;

/// Within this time each server rejects the tokens of an ended session.
const MAX_LAG: Duration = Duration::from_secs(1);

/// The most that an ended session may take in the memory of a server.
const MAX_BYTES_PER_SESSION: u64 = 160;

const ORIGIN: &str = "http://127.0.0.1:3000";

pub(crate) async fn run(kind: Kind, is_quick: bool, promises: &Promises) {
    let seconds = if is_quick { 2 } else { SECONDS };
    heading(format!(
        "{PER_SECOND} sessions end each second on {kind}, for {seconds} seconds, with {SERVERS} servers"
    ));
    let place = installation::place(kind).await;
    let (ending, other) = (open(&place).await, open(&place).await);
    note(format!("inserting {} sessions", PER_SECOND * seconds));
    let direct = place.direct().await;
    let mut batches = Vec::new();
    for number in 0..seconds {
        batches.push(Batch::begin(&ending, &direct, kind, number).await);
    }
    direct.close().await;

    let before = resident();
    let began = Instant::now();
    let lags = end_one_each_second(&batches, &ending, &other).await;
    let took = began.elapsed();
    let after = resident();

    let [median, largest] = [lags[lags.len() / 2], lags[lags.len() - 1]];
    note(format!(
        "all ended within {took:.1?}; the other server lagged by {median:.0?} (median)"
    ));
    promises.check(
        took <= Duration::from_secs(seconds + 1),
        format!("the database ends {PER_SECOND} sessions each second"),
    );
    promises.check(
        largest <= MAX_LAG,
        format!("the other server lags by at most {largest:.0?}; {MAX_LAG:?} allowed"),
    );
    if let (Some(before), Some(after), false) = (before, after, is_quick) {
        let grown = after.saturating_sub(before);
        let each = grown / (PER_SECOND * seconds * SERVERS);
        promises.check(
            each <= MAX_BYTES_PER_SESSION,
            format!(
                "an ended session takes {each} bytes of a server's memory; \
                 {MAX_BYTES_PER_SESSION} allowed ({} in all)",
                bytes(grown)
            ),
        );
    }
    ending.shutdown().await;
    other.shutdown().await;
    place.remove().await;
}

/// Ends a batch each second. Returns how long the other server accepted a token of each
/// batch after that, the shortest time first.
async fn end_one_each_second(
    batches: &[Batch],
    ending: &Portcullis,
    other: &Portcullis,
) -> Vec<Duration> {
    let mut seconds = interval(Duration::from_secs(1));
    // After a batch that took longer than a second, the next one follows at once.
    seconds.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut lags = Vec::new();
    for batch in batches {
        seconds.tick().await;
        let ended = ending.sessions().end_all(batch.account).await;
        assert_eq!(u64::try_from(ended.expect("ended")), Ok(PER_SECOND));
        let since = Instant::now();
        while other.sessions().authenticate(&batch.access_token).is_ok() {
            sleep(Duration::from_millis(1)).await;
        }
        lags.push(since.elapsed());
    }
    lags.sort_unstable();
    lags
}

async fn open(place: &Place) -> Portcullis {
    Box::pin(place.builder(ORIGIN).open())
        .await
        .expect("opened")
}

/// An account with [`PER_SECOND`] sessions, and an access token of one of them.
struct Batch {
    account: AccountId,
    access_token: String,
}

impl Batch {
    async fn begin(portcullis: &Portcullis, direct: &Direct, kind: Kind, number: u64) -> Self {
        let name = format!("batch:{number}");
        let external = ExternalAccount::new(&name, "", "").expect("an account");
        let account = portcullis.accounts().external(&external).await;
        let account = account.expect("an account");
        let begun = portcullis.sessions().begin(&account, &[]).await;
        let access = begun.expect("begun").access;
        direct.run(&insert(kind, number)).await;
        Self {
            account: access.verified().subject().account,
            access_token: access.expose().to_owned(),
        }
    }
}

/// Inserts copies of the newest session, which is that of the batch.
fn insert(kind: Kind, number: u64) -> String {
    let from = number * PER_SECOND;
    let copies = numbers(kind, from + 1, from + PER_SECOND - 1);
    let session = id(kind, "i", PER_SECOND * SECONDS);
    format!(
        "INSERT INTO sessions
             (id, account_id, key_hash, generation, handed_at, created_at, expires_at)
         SELECT {session}, s.account_id, s.key_hash, 0, s.handed_at, s.created_at, s.expires_at
         FROM {copies} AS n,
              (SELECT sessions.* FROM sessions JOIN accounts ON accounts.id = account_id
               WHERE external_id = 'batch:{number}') AS s"
    )
}

/// Returns the memory of this process, in bytes; `None` if the system has no `/proc`.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
