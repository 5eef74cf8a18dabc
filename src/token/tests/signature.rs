//! The signature of a token: by which key, and over which bytes.

use serde_json::json;

use super::*;

#[test]
fn token_of_the_fixture_is_valid() {
    // Otherwise every rejection in these tests could be due to a bad signature.
    let fixture = fixture();
    let token = fixture.signed(&fixture.header(), &fixture.claims().to_string());
    assert_eq!(
        fixture.check(&token).map(|access| access.subject()),
        Ok(fixture.subject)
    );
}

#[test]
fn hmac_with_the_public_key_is_rejected() {
    let fixture = fixture();
    let set: Value = serde_json::from_str(&fixture.tokens.jwks(NOW)).expect("JSON");
    let kid = fixture.kid();
    let keys = set["keys"].as_array().expect("keys");
    let public = keys
        .iter()
        .find(|key| key["kid"] == kid)
        .expect("published")["x"]
        .clone();
    let public = URL_SAFE_NO_PAD
        .decode(public.as_str().expect("a string"))
        .expect("base64url");
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    (header.typ, header.kid) = (Some("at+jwt".into()), Some(kid));
    let key = jsonwebtoken::EncodingKey::from_secret(&public);
    let forged = jsonwebtoken::encode(&header, &fixture.claims(), &key).expect("signed");
    assert_invalid(&fixture, &forged, "HS256");
}

#[test]
fn form_other_than_compact_is_rejected() {
    let fixture = fixture();
    let token = fixture.access();
    let parts: Vec<_> = token.split('.').collect();
    let last = token.chars().next_back().expect("not empty");
    let malleable = [b'A', b'Q', b'g', b'w']
        .map(char::from)
        .into_iter()
        .find(|c| *c != last);
    let forms = [
        String::new(),
        parts[..2].join("."),
        format!("{token}."),
        format!("{token}.x"),
        format!("{token}.x.y"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}="),
        format!(
            "{}{}",
            &token[..token.len() - 1],
            malleable.expect("another letter")
        ),
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}..{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).to_string(),
        "a.".repeat(4096),
    ];
    for form in forms {
        assert_invalid(&fixture, &form, &format!("{form:.60}"));
    }
}

#[test]
fn token_of_another_issuer_is_rejected() {
    let fixture = fixture();
    let origin = PublicOrigin::parse("https://other.example.org").expect("valid origin");
    let other = Fixture {
        tokens: Tokens::new(&origin, ring(1), Policy::default().access_lifetime()),
        subject: fixture.subject,
    };
    assert_invalid(&fixture, &other.access(), "another origin and key");
    for claim in ["iss", "aud"] {
        let mut claims = fixture.claims();
        claims[claim] = json!("https://other.example.org");
        let token = fixture.signed(&fixture.header(), &claims.to_string());
        assert_invalid(&fixture, &token, claim);
    }
}
