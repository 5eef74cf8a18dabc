//! Keys that an operator revokes.

use portcullis::{sessions::SessionError, token::TokenError};
use testkit::{
    EMAIL,
    installation::{Installation, refresh_token},
    on_both,
};

use super::{DAY, MINUTE, Pair, SECOND, keys, kid, refresh};

on_both! { Installation:
    a_process_that_has_not_read_a_key_yet_refuses_nobody;
    revoking_signs_nobody_out_and_ends_what_was_signed;
}

async fn a_process_that_has_not_read_a_key_yet_refuses_nobody(installation: Installation) {
    let account = installation.account(EMAIL).await;
    let pair = Pair::of(installation).await;
    pair.one().signing_keys().revoke().await.expect("replaced");
    pair.installation.clock.advance(MINUTE);
    pair.one().signing_keys().follow().await.expect("followed");
    let grant = pair
        .one()
        .sessions()
        .begin(&account, &[])
        .await
        .expect("begun");

    // The other one has been away from the database since before.
    let sessions = pair.other.sessions();
    let (access, token) = (grant.access.expose(), refresh_token(&grant));
    let unjudged =
        |error: &SessionError| matches!(error, SessionError::Token(TokenError::UnknownKey));
    let vouched = sessions.authenticate(access).expect_err("not known");
    assert!(unjudged(&vouched), "{vouched:?}");
    let renewed = refresh(&pair.other, &grant).await.expect_err("not known");
    assert!(unjudged(&renewed), "{renewed:?}");
    for tokens in [
        (Some(access), None),
        (None, Some(token)),
        (Some(access), Some(token)),
    ] {
        let ended = sessions.of_request(tokens.0, tokens.1).await;
        let ended = ended.expect_err("or signing out would pass for done");
        assert!(unjudged(&ended), "{ended:?}");
    }

    pair.other.signing_keys().follow().await.expect("followed");
    assert!(sessions.authenticate(access).is_ok());
    assert!(refresh(&pair.other, &grant).await.is_ok());
}

async fn revoking_signs_nobody_out_and_ends_what_was_signed(installation: Installation) {
    let account = installation.account(EMAIL).await;
    let pair = Pair::of(installation).await;
    let old = pair
        .one()
        .sessions()
        .begin(&account, &[])
        .await
        .expect("begun");
    // So that it is among the tokens that are remembered.
    assert!(
        pair.other
            .sessions()
            .authenticate(old.access.expose())
            .is_ok()
    );

    let moment = pair.one().signing_keys().revoke().await.expect("replaced");
    pair.pass_until(moment - SECOND).await;
    assert!(
        pair.other
            .sessions()
            .authenticate(old.access.expose())
            .is_ok()
    );
    pair.pass(SECOND).await;
    for process in [pair.one(), &pair.other] {
        let refused = process.sessions().authenticate(old.access.expose());
        let is_to_renew = matches!(refused, Err(SessionError::Token(TokenError::Expired)));
        assert!(is_to_renew, "{refused:?}");
        assert!(!process.jwks().contains(&kid(old.access.expose())));
    }
    let new = refresh(&pair.other, &old).await.expect("renewed");
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
        "the revoked one is gone in the end"
    );
}
