//! Tokens compared with an independent library, in both directions.

use aws_lc_rs::encoding::AsBigEndian;
use testkit::jose;

use super::*;

#[test]
fn independent_library_verifies_our_tokens() {
    let fixture = fixture();
    let public = fixture.public();
    for token in [fixture.access(), fixture.refresh()] {
        let read = jose::verify(&token, &public).expect("a valid token");
        assert_eq!(Value::from(read), decoded(&token, 1));
        let (message, _) = token.rsplit_once('.').expect("a signature");
        let signature = URL_SAFE_NO_PAD.encode([7; 64]);
        let forged = format!("{message}.{signature}");
        assert_eq!(jose::verify(&forged, &public), None);
    }
}

#[test]
fn token_of_independent_library_verifies() {
    let fixture = fixture();
    let keys = fixture.tokens.keys();
    let private = keys.signing_key(NOW, NOW).expect("a key").private();
    let seed = private.seed().expect("a seed");
    let seed = seed.as_be_bytes().expect("32 bytes");
    let sign = |typ, claims: &Value, private: &[u8]| {
        let claims = claims.as_object().expect("an object");
        jose::sign(typ, &fixture.kid(), claims, private, &fixture.public())
    };
    let claims = fixture.claims();
    let token = sign("at+jwt", &claims, seed.as_ref());
    let verified = fixture.check(&token).expect("a valid token");
    assert_eq!(verified.subject(), fixture.subject);
    let forged = sign("at+jwt", &claims, &[7; 32]);
    assert_invalid(&fixture, &forged, "signed by another key");

    let mut claims = fixture.refresh_claims();
    claims["key"] = json!(RefreshKey::generate().expect("random"));
    let token = sign("rt+jwt", &claims, seed.as_ref());
    let verified = fixture.tokens.verify_refresh(&token, NOW);
    assert_eq!(verified.expect("valid").subject(), fixture.subject);
}
