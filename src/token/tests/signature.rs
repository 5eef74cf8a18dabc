//! The signature of a token: by which key, and over which bytes.

use aws_lc_rs::hmac;
use jsonwebtoken::crypto::{CryptoProvider, KeyUtils};
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
    // An attacker knows the public key in each of these forms.
    let public = fixture.public();
    let encoded = URL_SAFE_NO_PAD.encode(&public).into_bytes();
    for secret in [public, encoded] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        for alg in ["HS256", "EdDSA"] {
            let mut header = fixture.header();
            header["alg"] = json!(alg);
            let message = [header, fixture.claims()]
                .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
                .join(".");
            let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
            assert_invalid(&fixture, &format!("{message}.{tag}"), alg);
        }
    }
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
        tokens: Tokens::new(&origin, ring(1), Policy::default()),
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

/// Another crate of the application may choose the provider of the process, or make
/// jsonwebtoken panic by turning on features.
#[test]
fn crypto_provider_of_the_process_is_not_used() {
    static OTHER: CryptoProvider = CryptoProvider {
        signer_factory: |_, _| panic!("another provider signs"),
        verifier_factory: |_, _| panic!("another provider verifies"),
        key_utils: KeyUtils::new_unimplemented(),
    };
    // An error would mean that something in this process has used the default provider.
    assert!(OTHER.install_default().is_ok());
    let fixture = fixture();
    assert!(fixture.check(&fixture.access()).is_ok());
}
