//! Keys that take over from each other: nobody is signed out, and every process
//! knows a key before it signs.

use portcullis::{
    Portcullis,
    keys::{JWKS_MAX_AGE, KeyRotation, KeyState, ListedKey},
    sessions::{Grant, SessionError},
    token::TokenError,
};
use testkit::{
    EMAIL,
    installation::{Installation, refresh_token},
    on_both,
};

use super::{DAY, MINUTE, Pair, SECOND, keys, kid, refresh};

on_both! { Installation:
    nobody_is_signed_out_through_three_keys;
    a_key_is_in_every_set_before_it_signs;
    processes_that_find_a_key_due_at_once_make_one_successor;
    without_the_database_the_keys_at_hand_go_on;
    a_process_that_slept_hands_out_nothing_that_outlives_its_key;
    an_operator_sees_each_key_in_its_life;
}

/// A session begins each day. Each is renewed by the other process in the last
/// second of its refresh token's life, and then every six days to its end, while
/// the keys change twice.
async fn nobody_is_signed_out_through_three_keys(installation: Installation) {
    let account = installation.account(EMAIL).await;
    let pair = Pair::of(installation).await;
    let start = pair.now();
    // So that the views of ended sessions stay fresh, however long this takes.
    pair.one().start_tasks();
    pair.other.start_tasks();
    let mut sessions: Vec<(u32, Grant)> = Vec::new();
    let mut signed_with = Vec::new();
    let mut first = None;
    for day in 0..200 {
        let (here, there) = if day % 2 == 0 {
            (pair.one(), &pair.other)
        } else {
            (&pair.other, pair.one())
        };
        for (begun, grant) in &mut sessions {
            let age = day - *begun;
            if age >= 7 && (age - 7).is_multiple_of(6) {
                let renewed = refresh(there, grant).await;
                *grant = renewed.unwrap_or_else(|error| panic!("day {day}, {age} old: {error}"));
            }
            for process in [here, there] {
                let access = grant.access.expose();
                let vouched = process.sessions().authenticate(access);
                let is_over = matches!(vouched, Err(SessionError::Token(TokenError::Expired)));
                assert!(vouched.is_ok() || is_over, "day {day}: {vouched:?}");
            }
        }
        sessions.retain(|(begun, _)| day - begun < 29);
        pair.pass(SECOND).await;
        let grant = here.sessions().begin(&account, &[]).await.expect("begun");
        signed_with.push(kid(grant.access.expose()));
        assert!(there.sessions().authenticate(grant.access.expose()).is_ok());
        if first.is_none() {
            first = Some(here.sessions().begin(&account, &[]).await.expect("begun"));
        }
        sessions.push((day, grant));
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
    assert_eq!(left, signed_with[2..], "the two before have been retired");
    let first = first.expect("a grant of the first day");
    let refused = refresh(&pair.other, &first).await;
    assert!(
        matches!(refused, Err(SessionError::Token(_))),
        "{refused:?}"
    );
    assert!(
        !pair.other.jwks().contains(&kid(refresh_token(&first))),
        "retired"
    );
}

async fn a_key_is_in_every_set_before_it_signs(installation: Installation) {
    let account = installation.account(EMAIL).await;
    let pair = Pair::of(installation).await;
    pair.pass_until(pair.now() + DAY * 90 - MINUTE * 15).await;
    let mut sets = Vec::new();
    let mut signed_with = Vec::new();
    for _ in 0..30 {
        sets.push((pair.now(), pair.other.jwks()));
        let grant = pair.one().sessions().begin(&account, &[]).await;
        let kid = kid(grant.expect("begun").access.expose());
        let kept = sets
            .iter()
            .filter(|(fetched, _)| *fetched + JWKS_MAX_AGE >= pair.now());
        for (fetched, set) in kept {
            assert!(set.contains(&kid), "{kid} is not in the set of {fetched:?}");
        }
        signed_with.push(kid);
        pair.pass(MINUTE).await;
    }
    signed_with.dedup();
    assert_eq!(signed_with.len(), 2, "it was rotated meanwhile");
}

async fn processes_that_find_a_key_due_at_once_make_one_successor(installation: Installation) {
    let pair = Pair::of(installation).await;
    pair.installation.clock.advance(DAY * 90);
    let mut tasks = tokio::task::JoinSet::new();
    for process in [pair.one(), &pair.other].into_iter().cycle().take(20) {
        let process = process.clone();
        tasks.spawn(async move { process.signing_keys().follow().await });
    }
    for followed in tasks.join_all().await {
        followed.expect("followed");
    }
    assert_eq!(keys(pair.one()).await.len(), 2);
    assert_eq!(keys(pair.one()).await, keys(&pair.other).await);
}

async fn without_the_database_the_keys_at_hand_go_on(installation: Installation) {
    let grant = installation.register().await;
    portcullis::testing::close_database(&installation.portcullis).await;
    installation.clock.advance(MINUTE);
    let process = &installation.portcullis;
    process.signing_keys().follow().await.expect_err("closed");
    assert!(
        process
            .sessions()
            .authenticate(grant.access.expose())
            .is_ok()
    );
    assert!(process.jwks().contains(&kid(grant.access.expose())));
}

async fn a_process_that_slept_hands_out_nothing_that_outlives_its_key(installation: Installation) {
    let grant = installation.register().await;
    installation.clock.advance(DAY * 6);
    let grant = refresh(&installation.portcullis, &grant).await;
    let grant = grant.expect("renewed, for less than seven days");
    let (_, ends) = grant.refresh.as_ref().expect("a refresh token");
    let left = ends.since(installation.clock.now());
    assert!(left >= DAY && left < DAY * 2, "{left:?}");

    installation.pass(MINUTE).await;
    let grant = refresh(&installation.portcullis, &grant).await;
    let (_, ends) = grant.expect("renewed").refresh.expect("a refresh token");
    assert_eq!(ends.since(installation.clock.now()), DAY * 7);
}

async fn an_operator_sees_each_key_in_its_life(installation: Installation) {
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

    let takes_over = start + MINUTE * 10;
    let rotate = async |process: &Portcullis| process.signing_keys().rotate().await.expect("done");
    assert_eq!(rotate(pair.one()).await, KeyRotation::Made(takes_over));
    assert_eq!(rotate(&pair.other).await, KeyRotation::Already(takes_over));
    let states = |keys: Vec<ListedKey>| keys.into_iter().map(|key| key.state).collect::<Vec<_>>();
    let published = KeyState::Published {
        since: start,
        until: takes_over,
    };
    let signing = KeyState::Signing {
        since: start,
        until: takes_over,
    };
    assert_eq!(states(keys(&pair.other).await), [signing, published]);

    pair.pass(MINUTE * 10).await;
    let now = states(keys(&pair.other).await);
    assert!(
        matches!(now[0], KeyState::Verifying { since, until }
            if since == takes_over && until >= takes_over + DAY * 7),
        "{now:?}"
    );
    let signing = KeyState::Signing {
        since: takes_over,
        until: takes_over + DAY * 90,
    };
    assert_eq!(now[1], signing);
}
