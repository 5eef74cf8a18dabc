//! The cost of single functions, and of a whole refresh through the library.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use portcullis::{
    clock::Timestamp,
    rotation::{Presented, Record, Windows, judge},
};

use testkit::{
    EMAIL,
    bench::{
        bare::{Bare, Keys},
        compare::{self, Ratio, median},
        load::Load,
        options::Options,
        report::{Promises, heading, micros, say},
    },
    place::Kind,
};

use crate::{
    installation::{self, CLOCK_STEP},
    refresher::Refresher,
};

/// How often each function is called in each round. This takes about a millisecond,
/// short enough to be undisturbed on a busy machine.
const CALLS_PER_ROUND: u16 = 20;
const ROUNDS: usize = 201;

/// The most that authenticating a token for the first time may take, as a multiple of a bare
/// verification.
const MAX_FIRST: f64 = 1.3;

/// The most that authenticating a token again may take, in seconds.
const MAX_AGAIN: f64 = 2e-6;

const SESSIONS: usize = 2_000;

pub(crate) async fn run(options: &Options, promises: &Promises) {
    single_functions(if options.is_quick { 5 } else { ROUNDS }, promises).await;
    for kind in &options.databases {
        whole_refresh(*kind, options.is_quick).await;
    }
}

/// The name of a function, and the seconds that it took in each round.
type Measured = (&'static str, Vec<f64>);

async fn single_functions(rounds: usize, promises: &Promises) {
    heading("single functions, each against a bare signature or verification of aws-lc");
    let installation = installation::new(Kind::Sqlite).await;
    let account = installation.account(EMAIL).await;
    let sessions = installation.portcullis.sessions();
    // Without the background tasks, access tokens are rejected after ten seconds.
    installation.portcullis.start_tasks();
    let tokens = installation.begin(&account, 1).await;
    let keys = Keys::new();
    let library = jsonwebtoken_key();
    let claims = claims(&tokens[0]);
    let header = Header {
        typ: Some("rt+jwt".into()),
        kid: Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".into()),
        ..Header::new(Algorithm::EdDSA)
    };
    let record = Record {
        generation: 7,
        parent: Some(6),
        handed_at: Timestamp::from_seconds(1_000),
        confirmed_at: None,
    };
    let presented = Presented {
        generation: 7,
        parent: Some(6),
    };
    let windows = Windows {
        replay: Duration::from_secs(30),
        lost: Duration::from_secs(60),
    };
    let signature = keys.sign();

    let mut measured: [Measured; 6] = [
        ("sign, bare", Vec::new()),
        ("sign a refresh token's claims (jsonwebtoken)", Vec::new()),
        ("verify, bare", Vec::new()),
        ("authenticate, a token seen for the first time", Vec::new()),
        ("authenticate, a token seen before", Vec::new()),
        ("judge", Vec::new()),
    ];
    for _ in 0..rounds {
        let mut fresh = Vec::with_capacity(CALLS_PER_ROUND.into());
        for _ in 0..CALLS_PER_ROUND {
            let issued = sessions.refresh(&tokens[0]).await.expect("refreshed");
            fresh.push(issued.access.expose().to_owned());
        }
        let authenticate = |call: u16| {
            let access = sessions.authenticate(&fresh[usize::from(call)]);
            black_box(access.expect("valid"));
        };
        let took = [
            seconds(|_| drop(black_box(keys.sign()))),
            seconds(|_| {
                let token = jsonwebtoken::encode(&header, &claims, &library);
                black_box(token.expect("signed"));
            }),
            seconds(|_| keys.verify(black_box(signature.as_ref()))),
            seconds(authenticate),
            seconds(authenticate),
            seconds(|call| {
                let now = Timestamp::from_seconds(call.into());
                black_box(judge(black_box(&record), presented, now, windows));
            }),
        ];
        for ((_, times), took) in measured.iter_mut().zip(took) {
            times.push(took);
        }
    }
    installation.portcullis.shutdown().await;
    print(&measured, [0, 0, 2, 2, 2, 2]);
    check(&measured, promises);
}

/// Returns the seconds of one call of `function`, whose argument is the number of the
/// call.
fn seconds(mut function: impl FnMut(u16)) -> f64 {
    let start = Instant::now();
    for call in 0..CALLS_PER_ROUND {
        function(call);
    }
    start.elapsed().as_secs_f64() / f64::from(CALLS_PER_ROUND)
}

/// Checks the promises about the functions at the indices 3 and 4, against that at 2.
fn check(measured: &[Measured; 6], promises: &Promises) {
    let [_, _, (_, bare), (_, first), (_, again), _] = measured;
    let ratio = Ratio::of(
        first
            .iter()
            .zip(bare)
            .map(|(ours, bare)| ours / bare)
            .collect(),
    );
    promises.check(
        ratio.median < MAX_FIRST,
        format!(
            "a token seen for the first time: {ratio} × verify, bare; the limit is {MAX_FIRST}"
        ),
    );
    let again = median(again.clone());
    promises.check(
        again < MAX_AGAIN,
        format!(
            "a token seen before:{}; the limit is{}",
            micros(again),
            micros(MAX_AGAIN)
        ),
    );
}

fn print(measured: &[Measured], bare: [usize; 6]) {
    for ((name, times), bare) in measured.iter().zip(bare) {
        let pairs = times.iter().zip(&measured[bare].1);
        let ratio = Ratio::of(pairs.map(|(ours, bare)| ours / bare).collect());
        let bare = measured[bare].0;
        let time = micros(median(times.clone()));
        say(format!("   {name:46} {time}   {ratio} × {bare}"));
    }
}

/// Returns the claims of a token, so that they can be signed again.
fn claims(token: &str) -> serde_json::Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).expect("claims");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

fn jsonwebtoken_key() -> EncodingKey {
    use aws_lc_rs::signature::Ed25519KeyPair;
    let pair = Ed25519KeyPair::generate().expect("a key");
    EncodingKey::from_ed_der(pair.to_pkcs8v1().expect("a document").as_ref())
}

async fn whole_refresh(kind: Kind, is_quick: bool) {
    let length = Duration::from_millis(if is_quick { 100 } else { 1_000 });
    let installation = installation::new(kind).await;
    let account = installation.account(EMAIL).await;
    let bare_place = installation::place(kind).await;
    for callers in [1, 16] {
        heading(format!(
            "a whole refresh through the library on {kind}, {callers} at a time"
        ));
        let mut bare = Load::here(Bare::new(&bare_place, callers, SESSIONS).await);
        installation.clock.step(Duration::ZERO);
        let tokens = installation.begin(&account, SESSIONS).await;
        installation.clock.step(CLOCK_STEP);
        let mut ours = Load::here(Refresher::rotating(&installation, callers, &tokens));
        let rotations = compare::in_turn(&mut ours, &mut bare, 7, length).await;
        rotations.print(["Sessions::refresh, rotating", "bare sign + verify + UPDATE"]);
        rotations.print_processors();
        say(format!(
            "   rotating runs at {} of the bare rate",
            rotations.rates()
        ));

        installation.clock.step(Duration::ZERO);
        let tokens = installation.begin(&account, callers).await;
        let ours = Refresher::keeping(&installation, callers, &tokens);
        let mut ours = Load::here(ours);
        let refreshes = compare::in_turn(&mut ours, &mut bare, 3, length).await;
        say(format!(
            "   refreshing within the window runs at {} of the bare rate",
            refreshes.rates()
        ));
        bare_place
            .direct()
            .await
            .run("DELETE FROM sessions; DELETE FROM accounts")
            .await;
    }
    bare_place.remove().await;
    installation.place.remove().await;
}
