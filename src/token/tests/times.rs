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
