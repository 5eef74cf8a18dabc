//! Keys that an operator revokes.

use portcullis::{sessions::SessionError, token::TokenError};
use testkit::{
    EMAIL,
    installation::{Installation, refresh_token},
    on_both,
};

use super::{DAY, MINUTE, Pair, SECOND, keys, kid, refresh};

on_both! { Installation:
    unread_key_does_not_end_sessions;
    revoked_key_invalidates_only_access_tokens;
}

async fn unread_key_does_not_end_sessions(installation: Installation) {
    let account = installation.account(EMAIL).await;
    let pair = Pair::of(installation).await;
    pair.one().signing_keys().revoke().await.expect("replaced");
    pair.installation.clock.advance(MINUTE);
    pair.one().signing_keys().reload().await.expect("reloaded");
    let issued = pair
        .one()
        .sessions()
        .begin(&account, &[])
        .await
        .expect("begun");

    // The other process has not read the keys since before.
    let sessions = pair.other.sessions();
    let (access, token) = (issued.access.expose(), refresh_token(&issued));
    let is_unknown_key =
        |error: &SessionError| matches!(error, SessionError::Token(TokenError::UnknownKey));
    let authenticated = sessions.authenticate(access).expect_err("unknown");
    assert!(is_unknown_key(&authenticated), "{authenticated:?}");
    let refreshed = refresh(&pair.other, &issued).await.expect_err("unknown");
    assert!(is_unknown_key(&refreshed), "{refreshed:?}");
    for (access, refresh) in [
        (&[access][..], &[][..]),
        (&[], &[token]),
        (&[access], &[token]),
    ] {
        let found = sessions.of_request(access, refresh).await;
        let found = found.expect_err("a sign-out must not be reported as done");
        assert!(is_unknown_key(&found), "{found:?}");
    }

    pair.other.signing_keys().reload().await.expect("reloaded");
    assert!(sessions.authenticate(access).is_ok());
    assert!(refresh(&pair.other, &issued).await.is_ok());
}

async fn revoked_key_invalidates_only_access_tokens(installation: Installation) {
    let account = installation.account(EMAIL).await;
    let pair = Pair::of(installation).await;
    let old = pair
        .one()
        .sessions()
        .begin(&account, &[])
        .await
        .expect("begun");
    // Puts the token into the cache of verified tokens.
    assert!(
        pair.other
            .sessions()
            .authenticate(old.access.expose())
            .is_ok()
    );

    let revoked_at = pair.one().signing_keys().revoke().await.expect("replaced");
    pair.pass_until(revoked_at - SECOND).await;
    assert!(
        pair.other
            .sessions()
            .authenticate(old.access.expose())
            .is_ok()
    );
    pair.pass(SECOND).await;
    for process in [pair.one(), &pair.other] {
        let rejected = process.sessions().authenticate(old.access.expose());
        let is_expired = matches!(rejected, Err(SessionError::Token(TokenError::Expired)));
        assert!(is_expired, "{rejected:?}");
        assert!(!process.jwks().contains(&kid(old.access.expose())));
    }
    let new = refresh(&pair.other, &old).await.expect("refreshed");
    assert_ne!(kid(new.access.expose()), kid(old.access.expose()));
    assert!(
        pair.one()
            .sessions()
            .authenticate(new.access.expose())
            .is_ok()
    );

    pair.pass(DAY * 8).await;
    assert_eq!(
        keys(pair.one()).await.len(),
        1,
        "the revoked key is removed in the end"
    );
}
