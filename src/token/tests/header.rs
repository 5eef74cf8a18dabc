//! The header of a token, which has exactly one form.

use serde_json::json;

use super::*;

#[test]
fn header_with_any_change_is_rejected() {
    let fixture = fixture();
    let changes = [
        json!({"alg": "none"}),
        json!({"alg": "nOnE"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": "Ed25519"}),
        json!({"alg": null}),
        json!({"typ": "JWT"}),
        json!({"typ": "rt+jwt"}),
        json!({"typ": "AT+JWT"}),
        json!({"typ": null}),
        json!({"kid": "../../dev/null"}),
        json!({"kid": "' OR 1=1 --"}),
        json!({"kid": "\u{0}"}),
        json!({"kid": "k".repeat(10_000)}),
        json!({"kid": null}),
        json!({"crit": ["exp"]}),
        json!({"b64": false}),
        json!({"zip": "DEF"}),
        json!({"jwk": {}}),
        json!({"jku": "https://evil.example/jwks.json"}),
        json!({"x5u": "https://evil.example"}),
        json!({"x5c": []}),
        json!({"cty": "JWT"}),
    ];
    for change in changes {
        let mut header = fixture.header();
        for (name, value) in change.as_object().expect("an object") {
            header[name] = value.clone();
        }
        let token = fixture.signed(&header, &fixture.claims().to_string());
        assert_invalid(&fixture, &token, &change.to_string());
    }
    for name in ["alg", "typ", "kid"] {
        let mut header = fixture.header();
        header.as_object_mut().expect("an object").remove(name);
        let token = fixture.signed(&header, &fixture.claims().to_string());
        assert_invalid(&fixture, &token, &format!("without {name}"));
    }
}

#[test]
fn token_of_the_other_kind_is_rejected() {
    let fixture = fixture();
    assert_invalid(&fixture, &fixture.refresh(), "a refresh token");
    let swapped = fixture.tokens.verify_refresh(&fixture.access(), NOW);
    assert_eq!(swapped.err(), Some(TokenError::Invalid));
}

/// A service that verifies access tokens by the published keys may not check `typ`.
#[test]
fn refresh_token_is_for_no_service_that_takes_access_tokens() {
    let fixture = fixture();
    let (access, refresh) = (fixture.access(), fixture.refresh());
    let audience = |token| decoded(token, 1)["aud"].clone();
    assert_eq!(audience(&access), "https://app.example.org");
    assert_ne!(audience(&refresh), audience(&access));
    // Nor is a token accepted that has the audience of the other kind.
    let mut header = fixture.header();
    let token = fixture.signed(&header, &fixture.refresh_claims().to_string());
    assert_invalid(
        &fixture,
        &token,
        "an access token with the audience of refresh",
    );
    header["typ"] = json!("rt+jwt");
    let mut claims = fixture.claims();
    claims["key"] = json!(RefreshKey::generate().expect("random"));
    let token = fixture.signed(&header, &claims.to_string());
    let error = fixture.tokens.verify_refresh(&token, NOW).err();
    assert_eq!(error, Some(TokenError::Invalid));
}
