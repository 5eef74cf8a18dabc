//! When a token is valid.

use super::*;

#[test]
fn token_is_valid_until_the_exact_second() {
    let fixture = fixture();
    let token = fixture.access();
    let error_at = |now| fixture.tokens.verify_access(&token, now).err();
    let at = |seconds| error_at(NOW + Duration::from_secs(seconds));
    assert_eq!(at(1499), None);
    assert_eq!(at(1500), Some(TokenError::Expired));
    let before = |seconds| error_at(NOW - Duration::from_secs(seconds));
    assert_eq!(before(10), None, "the clock of another server may be ahead");
    let unknown = Some(TokenError::UnknownKey);
    assert_eq!(before(11), unknown, "a clock is wrong, not the token");
    assert_eq!(before(60), unknown, "a clock is wrong, not the token");
}

/// Otherwise a browser with such a token would be locked out until the time in the token.
#[test]
fn token_from_a_clock_far_ahead_is_invalid() {
    let fixture = fixture();
    let (access, refresh) = (fixture.access(), fixture.refresh());
    for seconds in [61, 7200] {
        let now = NOW - Duration::from_secs(seconds);
        let errors = (
            fixture.tokens.verify_access(&access, now).err(),
            fixture.tokens.verify_refresh(&refresh, now).err(),
        );
        let invalid = Some(TokenError::Invalid);
        assert_eq!(errors, (invalid, invalid), "{seconds}");
    }
}

/// A sign-out needs the session of a token, whatever the clocks say.
#[test]
fn session_of_a_token_is_known_at_any_time() {
    let fixture = fixture();
    let (access, refresh) = (fixture.access(), fixture.refresh());
    let session = fixture.subject.session;
    let day = Duration::from_secs(86_400);
    for now in [NOW - 30 * day, NOW, NOW + 30 * day] {
        let tokens = &fixture.tokens;
        // An old ring could not say that a key is unknown, but it has this one.
        assert_eq!(tokens.session_of_access(&access, now), Ok(session));
        let (of_refresh, _) = tokens.session_of_refresh(&refresh, now).expect("signed");
        assert_eq!(of_refresh, session);
        let swapped = tokens.session_of_access(&refresh, now);
        assert_eq!(swapped, Err(TokenError::Invalid));
        assert!(tokens.session_of_refresh(&access, now).is_err());
    }
    let other = self::fixture();
    assert!(other.tokens.session_of_access(&access, NOW).is_err());
    assert!(other.tokens.session_of_refresh(&refresh, NOW).is_err());
}

/// The access lifetime was longer when the token was issued.
#[test]
fn access_token_older_than_the_lifetime_is_expired() {
    let fixture = fixture();
    let mut claims = fixture.claims();
    claims["exp"] = (NOW.as_seconds() + 7200).into();
    let token = fixture.signed(&fixture.header(), &claims.to_string());
    let verify_at = |seconds| {
        let now = NOW + Duration::from_secs(seconds);
        fixture.tokens.verify_access(&token, now)
    };
    let verified = verify_at(1509).expect("valid");
    let is_valid_at = |seconds| {
        let now = NOW + Duration::from_secs(seconds);
        fixture.tokens.is_still_valid(&verified, now)
    };
    assert_eq!(verify_at(1510), Err(TokenError::Expired));
    assert_eq!([1509, 1510].map(is_valid_at), [true, false]);
}

/// The refresh lifetime was longer when the token was issued.
#[test]
fn refresh_token_older_than_the_lifetime_is_expired() {
    let fixture = fixture();
    let key = RefreshKey::generate().expect("random");
    let mut claims = fixture.refresh_claims();
    claims["exp"] = (NOW.as_seconds() + 700_000).into();
    claims["key"] = serde_json::to_value(&key).expect("a string");
    let header = json!({"alg": "EdDSA", "typ": "rt+jwt", "kid": fixture.kid()});
    let token = fixture.signed(&header, &claims.to_string());
    let error_at = |seconds| {
        let now = NOW + Duration::from_secs(seconds);
        fixture.tokens.verify_refresh(&token, now).err()
    };
    assert_eq!(error_at(604_799), None);
    assert_eq!(error_at(604_800), Some(TokenError::Expired));
}

/// The session lifetime was longer when the session began.
#[test]
fn tokens_of_a_session_older_than_the_lifetime_are_expired() {
    let began = Timestamp::from_micros(NOW.as_micros() - 2_592_000_000_000 + 1_500_000);
    let mut fixture = fixture();
    fixture.subject.session = SessionId::new(began);
    let (access, refresh) = (fixture.access(), fixture.refresh());
    let errors_at = |micros| {
        let now = NOW + Duration::from_micros(micros);
        (
            fixture.tokens.verify_access(&access, now).err(),
            fixture.tokens.verify_refresh(&refresh, now).err(),
        )
    };
    assert_eq!(errors_at(1_500_000), (None, None));
    let expired = Some(TokenError::Expired);
    assert_eq!(errors_at(1_501_000), (expired, expired));
}
