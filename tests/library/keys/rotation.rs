//! Rotation of the signing keys: no user is signed out, and every process knows a key
//! before it signs.

use portcullis::{
    Portcullis,
    keys::{JWKS_MAX_AGE, KeyRotation, KeyState, ListedKey},
    sessions::{IssuedTokens, SessionError},
    testing::TestClock,
    token::TokenError,
};
use testkit::{
    EMAIL,
    installation::{Installation, refresh_token},
    on_both,
};

use super::{DAY, MINUTE, Pair, SECOND, keys, kid, refresh};

on_both! { Installation:
    sessions_survive_through_three_keys;
    key_is_in_every_cached_set_before_it_signs;
    concurrent_processes_create_one_successor_key;
    loaded_keys_work_without_the_database;
    tokens_issued_after_a_pause_end_with_their_key;
    key_list_shows_each_state;
    command_whose_clock_is_ahead_changes_no_key;
}

/// A session begins each day. The other process refreshes each session in the last second
/// before its refresh token expires, and then every six days until the session ends, while
/// the keys change twice.
async fn sessions_survive_through_three_keys(installation: Installation) {
    let account = installation.account(EMAIL).await;
    let pair = Pair::of(installation).await;
    let start = pair.now();
    // The revocation views have to stay fresh, however long this takes.
    pair.one().start_tasks();
    pair.other.start_tasks();
    let mut sessions: Vec<(u32, IssuedTokens)> = Vec::new();
    let mut signed_with = Vec::new();
    let mut first = None;
    for day in 0..200 {
        let (here, there) = if day % 2 == 0 {
            (pair.one(), &pair.other)
        } else {
            (&pair.other, pair.one())
        };
        for (begun, issued) in &mut sessions {
            let age = day - *begun;
            if age >= 7 && (age - 7).is_multiple_of(6) {
                let refreshed = refresh(there, issued).await;
                *issued = refreshed.unwrap_or_else(|error| panic!("day {day}, {age} old: {error}"));
            }
            for process in [here, there] {
                let access = issued.access.expose();
                let result = process.sessions().authenticate(access);
                let is_expired = matches!(result, Err(SessionError::Token(TokenError::Expired)));
                assert!(result.is_ok() || is_expired, "day {day}: {result:?}");
            }
        }
        sessions.retain(|(begun, _)| day - begun < 29);
        pair.pass(SECOND).await;
        let issued = here.sessions().begin(&account, &[]).await.expect("begun");
        signed_with.push(kid(issued.access.expose()));
        assert!(
            there
                .sessions()
                .authenticate(issued.access.expose())
                .is_ok()
        );
        if first.is_none() {
            first = Some(here.sessions().begin(&account, &[]).await.expect("begun"));
        }
        sessions.push((day, issued));
        pair.pass_until(start + DAY * (day + 1)).await;
    }
    pair.one().shutdown().await;
    pair.other.shutdown().await;

    signed_with.dedup();
    assert_eq!(signed_with.len(), 3, "the key changes every 90 days");
    let left: Vec<_> = keys(pair.one())
        .await
        .into_iter()
        .map(|key| key.kid)
        .collect();
    assert_eq!(left, signed_with[2..], "the first two have been removed");
    let first = first.expect("tokens of the first day");
    let rejected = refresh(&pair.other, &first).await;
    assert!(
        matches!(rejected, Err(SessionError::Token(_))),
        "{rejected:?}"
    );
    assert!(
        !pair.other.jwks().contains(&kid(refresh_token(&first))),
        "the first key has been removed"
    );
}

async fn key_is_in_every_cached_set_before_it_signs(installation: Installation) {
    let account = installation.account(EMAIL).await;
    let pair = Pair::of(installation).await;
    pair.pass_until(pair.now() + DAY * 90 - MINUTE * 15).await;
    let mut sets = Vec::new();
    let mut signed_with = Vec::new();
    for _ in 0..30 {
        sets.push((pair.now(), pair.other.jwks()));
        let issued = pair.one().sessions().begin(&account, &[]).await;
        let kid = kid(issued.expect("begun").access.expose());
        let cached = sets
            .iter()
            .filter(|(fetched, _)| *fetched + JWKS_MAX_AGE >= pair.now());
        for (fetched, set) in cached {
            assert!(set.contains(&kid), "{kid} is not in the set of {fetched:?}");
        }
        signed_with.push(kid);
        pair.pass(MINUTE).await;
    }
    signed_with.dedup();
    assert_eq!(signed_with.len(), 2, "the key has changed once");
}

async fn concurrent_processes_create_one_successor_key(installation: Installation) {
    let pair = Pair::of(installation).await;
    pair.installation.clock.advance(DAY * 90);
    let mut tasks = tokio::task::JoinSet::new();
    for process in [pair.one(), &pair.other].into_iter().cycle().take(20) {
        let process = process.clone();
        tasks.spawn(async move { process.signing_keys().reload().await });
    }
    for reloaded in tasks.join_all().await {
        reloaded.expect("reloaded");
    }
    assert_eq!(keys(pair.one()).await.len(), 2);
    assert_eq!(keys(pair.one()).await, keys(&pair.other).await);
}

async fn loaded_keys_work_without_the_database(installation: Installation) {
    let issued = installation.register().await;
    portcullis::testing::close_database(&installation.portcullis).await;
    installation.clock.advance(MINUTE);
    let process = &installation.portcullis;
    process.signing_keys().reload().await.expect_err("closed");
    assert!(
        process
            .sessions()
            .authenticate(issued.access.expose())
            .is_ok()
    );
    assert!(process.jwks().contains(&kid(issued.access.expose())));
}

async fn tokens_issued_after_a_pause_end_with_their_key(installation: Installation) {
    let issued = installation.register().await;
    installation.clock.advance(DAY * 6);
    let issued = refresh(&installation.portcullis, &issued).await;
    let issued = issued.expect("refreshed");
    let (_, ends) = issued.refresh.as_ref().expect("a refresh token");
    let left = ends.since(installation.clock.now());
    assert!(left >= DAY && left < DAY * 2, "less than 7 days: {left:?}");

    installation.pass(MINUTE).await;
    let issued = refresh(&installation.portcullis, &issued).await;
    let (_, ends) = issued.expect("refreshed").refresh.expect("a refresh token");
    assert_eq!(ends.since(installation.clock.now()), DAY * 7);
}

async fn key_list_shows_each_state(installation: Installation) {
    let pair = Pair::of(installation).await;
    let start = pair.now();
    let only = keys(pair.one()).await;
    let signing = KeyState::Signing {
        since: start,
        until: start + DAY * 90,
    };
    assert_eq!(
        only.iter().map(|key| key.state).collect::<Vec<_>>(),
        [signing]
    );

    let signs_from = start + MINUTE * 10;
    let rotate = async |process: &Portcullis| process.signing_keys().rotate().await.expect("done");
    assert_eq!(rotate(pair.one()).await, KeyRotation::Published(signs_from));
    assert_eq!(
        rotate(&pair.other).await,
        KeyRotation::AlreadyPublished(signs_from)
    );
    let states = |keys: Vec<ListedKey>| keys.into_iter().map(|key| key.state).collect::<Vec<_>>();
    let published = KeyState::Published {
        since: start,
        until: signs_from,
    };
    let signing = KeyState::Signing {
        since: start,
        until: signs_from,
    };
    assert_eq!(states(keys(&pair.other).await), [signing, published]);

    pair.pass(MINUTE * 10).await;
    let now = states(keys(&pair.other).await);
    assert!(
        matches!(now[0], KeyState::Verifying { since, until }
            if since == signs_from && until >= signs_from + DAY * 7),
        "{now:?}"
    );
    let signing = KeyState::Signing {
        since: signs_from,
        until: signs_from + DAY * 90,
    };
    assert_eq!(now[1], signing);
}

/// A command such as `user list` may run on another machine, and with other settings.
async fn command_whose_clock_is_ahead_changes_no_key(installation: Installation) {
    let issued = installation.register().await;
    let kids = async || {
        let keys = keys(&installation.portcullis).await;
        keys.into_iter().map(|key| key.kid).collect::<Vec<_>>()
    };
    let before = kids().await;
    let clock = TestClock::new();
    clock.advance(400 * DAY);
    let builder = installation.place.builder("https://app.example.org");
    let command = builder.clock(clock).open_without_tasks().await;
    let command = command.expect("opened");
    assert_eq!(kids().await, before);
    assert!(refresh(&installation.portcullis, &issued).await.is_ok());
    // A server with this clock would change the keys.
    command.signing_keys().reload().await.expect("reloaded");
    assert_ne!(kids().await, before);
}
