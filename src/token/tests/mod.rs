//! Verification of tokens: what is required, and how each forgery is rejected.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId, uuid_v7},
    keys::{
        KeyRing, MasterSecret, SealedKey,
        lifecycle::{KeyPolicy, next},
    },
    origin::PublicOrigin,
    policy::Policy,
};

mod claims;
mod ed25519;
mod header;
mod independent;
mod mutations;
mod signature;
mod times;
mod wycheproof;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

struct Fixture {
    tokens: Tokens,
    subject: Subject,
}

fn ring(count: usize) -> KeyRing {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = MasterSecret::load_or_create(&folder.path().join("secret")).expect("created");
    let policy = KeyPolicy {
        key_age: Duration::from_secs(3600),
        max_token_lifetime: Duration::from_secs(604_800),
    };
    let mut sealed: Vec<SealedKey> = Vec::new();
    for _ in 0..count {
        let lives: Vec<_> = sealed.iter().map(|key| key.life).collect();
        let life = next(&lives, Duration::ZERO, &policy, NOW);
        sealed.push(SealedKey::generate(&secret, life).expect("generated"));
    }
    KeyRing::open(sealed, &secret, &KeyRing::default(), NOW).expect("opened")
}

fn fixture() -> Fixture {
    let origin = PublicOrigin::parse("https://app.example.org").expect("valid origin");
    let subject = Subject {
        account: AccountId::new(NOW),
        session: SessionId::new(NOW),
        generation: 7,
    };
    Fixture {
        tokens: Tokens::new(&origin, ring(2), Policy::default()),
        subject,
    }
}

impl Fixture {
    fn access(&self) -> String {
        let minted = self
            .tokens
            .mint_access(self.subject, NOW, NOW + Duration::from_secs(1500));
        minted.expect("minted").expose().to_owned()
    }

    fn refresh(&self) -> String {
        let key = RefreshKey::generate().expect("random");
        let end = NOW + Duration::from_secs(604_800);
        let minted = self
            .tokens
            .mint_refresh(self.subject, Some(4), &key, NOW, end);
        minted.expect("minted").expose().to_owned()
    }

    fn check(&self, token: &str) -> Result<VerifiedAccess, TokenError> {
        self.tokens.verify_access(token, NOW)
    }

    /// Returns a token with these parts, with a valid signature: as an attacker with our key
    /// could forge it.
    fn signed(&self, header: &Value, payload: &str) -> String {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        self.signed_parts(&format!("{}.{}", part(&header.to_string()), part(payload)))
    }

    /// Returns a token with this message, the encoded header and claims, with a valid
    /// signature.
    fn signed_parts(&self, message: &str) -> String {
        let keys = self.tokens.keys();
        let private = keys.signing_key(NOW, NOW).expect("a key").private();
        let signature = private.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn kid(&self) -> String {
        let keys = self.tokens.keys();
        keys.signing_key(NOW, NOW).expect("a key").kid.clone()
    }

    /// Returns the public key with which tokens of this fixture are verified.
    fn public(&self) -> Vec<u8> {
        let set: Value = serde_json::from_str(&self.tokens.jwks(NOW)).expect("JSON");
        let keys = set["keys"].as_array().expect("keys");
        let kid = self.kid();
        let key = keys.iter().find(|key| key["kid"] == kid);
        let x = key.expect("published")["x"].as_str().expect("a string");
        URL_SAFE_NO_PAD.decode(x).expect("base64url")
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid()})
    }

    /// Returns the claims of a refresh token, without `key`.
    fn refresh_claims(&self) -> Value {
        let mut claims = self.claims();
        claims["aud"] = json!("https://app.example.org/api/accounts/auth/token/refresh/");
        claims
    }

    fn claims(&self) -> Value {
        json!({
            "iss": "https://app.example.org", "aud": "https://app.example.org",
            "sub": self.subject.account, "sid": self.subject.session, "gen": 7,
            "iat": NOW.as_seconds(), "exp": NOW.as_seconds() + 1500, "jti": uuid_v7(NOW),
        })
    }
}

/// Asserts that an access token is rejected as invalid; `case` names it.
#[track_caller]
fn assert_invalid(fixture: &Fixture, token: &str, case: &str) {
    let error = fixture.check(token).err();
    assert_eq!(error, Some(TokenError::Invalid), "{case}");
}

fn decoded(token: &str, part: usize) -> Value {
    let encoded = token.split('.').nth(part).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).expect("base64url")).expect("JSON")
}

#[test]
fn debug_shows_no_token() {
    let fixture = fixture();
    let access = fixture
        .tokens
        .mint_access(fixture.subject, NOW, NOW + Duration::from_secs(5));
    assert_eq!(format!("{:?}", access.expect("minted")), "AccessToken");
    let shown = format!("{:?}", fixture.tokens);
    assert!(!shown.contains("private"), "{shown}");
}
