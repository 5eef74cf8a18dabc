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
