//! Until when a token counts.

use super::*;

#[test]
fn time_counts_to_the_second() {
    let fixture = fixture();
    let token = fixture.access();
    let at = |seconds| {
        fixture
            .tokens
            .verify_access(&token, NOW + Duration::from_secs(seconds))
            .err()
    };
    assert_eq!(at(1499), None);
    assert_eq!(at(1500), Some(TokenError::Expired));
    let before = |seconds| {
        fixture
            .tokens
            .verify_access(&token, NOW - Duration::from_secs(seconds))
            .err()
    };
    assert_eq!(before(10), None, "the clock of another server may be ahead");
    let unjudged = Some(TokenError::UnknownKey);
    assert_eq!(before(11), unjudged, "a clock is wrong, and not the token");
}
