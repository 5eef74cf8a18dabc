//! What a token must show, and each way of not showing it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{claims::*, *};
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId, uuid_v7},
    keys::{
        KeyRing, MasterSecret, SealedKey,
        lifecycle::{Terms, next},
    },
    origin::PublicOrigin,
};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

struct Fixture {
    tokens: Tokens,
    subject: Subject,
}

fn ring(count: usize) -> KeyRing {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = MasterSecret::load_or_create(&folder.path().join("secret")).expect("made");
    let terms = Terms {
        key_age: Duration::from_secs(3600),
        longest_token: Duration::from_secs(604_800),
    };
    let mut sealed: Vec<SealedKey> = Vec::new();
    for _ in 0..count {
        let lives: Vec<_> = sealed.iter().map(|key| key.life).collect();
        let life = next(&lives, Duration::ZERO, &terms, NOW);
        sealed.push(SealedKey::generate(&secret, life).expect("made"));
    }
    KeyRing::open(sealed, &secret, &KeyRing::default(), NOW).expect("opened")
}

fn fixture() -> Fixture {
    let origin = PublicOrigin::parse("https://app.example.org").expect("an origin");
    let subject = Subject {
        account: AccountId::new(NOW),
        session: SessionId::new(NOW),
        generation: 7,
    };
    Fixture {
        tokens: Tokens::new(&origin, ring(2)),
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

    /// A token of these parts, signed as a forger with our key could.
    fn signed(&self, header: &Value, payload: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", part(&header.to_string()), part(payload));
        let keys = self.tokens.keys();
        let private = keys.signing_key(NOW, NOW).expect("a key").private();
        let signature = private.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn kid(&self) -> String {
        let keys = self.tokens.keys();
        keys.signing_key(NOW, NOW).expect("a key").kid.clone()
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid()})
    }

    fn claims(&self) -> Value {
        json!({
            "iss": "https://app.example.org", "aud": "https://app.example.org",
            "sub": self.subject.account, "sid": self.subject.session, "gen": 7,
            "iat": NOW.as_seconds(), "exp": NOW.as_seconds() + 1500, "jti": uuid_v7(NOW),
        })
    }
}

fn decoded(token: &str, part: usize) -> Value {
    let text = token.split('.').nth(part).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
}

#[test]
fn what_is_minted_verifies_and_shows_no_person() {
    let fixture = fixture();
    let access = fixture.access();
    let verified = fixture.check(&access).expect("our own");
    assert_eq!(verified.subject(), fixture.subject);
    let minted = fixture
        .tokens
        .mint_access(fixture.subject, NOW, verified.expires_at());
    assert_eq!(minted.expect("minted").verified(), verified);
    assert_eq!(decoded(&access, 0)["typ"], "at+jwt");
    let claims = decoded(&access, 1);
    let names: Vec<_> = claims
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        names,
        ["aud", "exp", "gen", "iat", "iss", "jti", "sid", "sub"]
    );

    let refresh = fixture.refresh();
    assert_eq!(decoded(&refresh, 0)["typ"], "rt+jwt");
    assert!(
        refresh.len() < 1000,
        "{} bytes fit no cookie",
        refresh.len()
    );
    let verified = fixture
        .tokens
        .verify_refresh(&refresh, NOW)
        .expect("our own");
    assert_eq!(verified.subject(), fixture.subject);
    assert_eq!(format!("{:?}", verified.key()), "RefreshKey");
}

#[test]
fn the_forgers_workshop_signs_what_passes() {
    // Or every refusal below could be for a bad signature.
    let fixture = fixture();
    let token = fixture.signed(&fixture.header(), &fixture.claims().to_string());
    assert_eq!(
        fixture.check(&token).map(|access| access.subject()),
        Ok(fixture.subject)
    );
}

#[test]
fn one_kind_never_stands_in_for_the_other() {
    let fixture = fixture();
    assert_eq!(
        fixture.check(&fixture.refresh()).err(),
        Some(TokenError::Invalid)
    );
    let swapped = fixture.tokens.verify_refresh(&fixture.access(), NOW);
    assert_eq!(swapped.err(), Some(TokenError::Invalid));
}

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

#[test]
fn every_claim_is_required_and_typed() {
    let fixture = fixture();
    for (name, _) in fixture.claims().as_object().expect("an object") {
        let wrong = [
            None,
            Some(json!(null)),
            Some(json!([])),
            Some(json!({})),
            Some(json!(true)),
            Some(json!(1.5)),
            Some(json!("9999")),
            Some(json!(-1)),
            Some(json!(u64::MAX)),
        ];
        for value in wrong {
            let mut claims = fixture.claims();
            match &value {
                Some(value) => claims[name] = value.clone(),
                None => drop(claims.as_object_mut().expect("an object").remove(name)),
            }
            let token = fixture.signed(&fixture.header(), &claims.to_string());
            assert_eq!(
                fixture.check(&token).err(),
                Some(TokenError::Invalid),
                "{name}: {value:?}"
            );
        }
    }
}

#[test]
fn claims_that_stand_twice_or_are_unknown_are_refused() {
    let fixture = fixture();
    let claims = fixture.claims().to_string();
    let twice = format!("{},\"exp\":9999999999}}", &claims[..claims.len() - 1]);
    let unknown = format!("{},\"role\":\"admin\"}}", &claims[..claims.len() - 1]);
    let endless = claims.replace(
        &format!("\"exp\":{}", NOW.as_seconds() + 1500),
        "\"exp\":1e400",
    );
    assert_ne!(endless, claims);
    for payload in [
        twice,
        unknown,
        endless,
        "[]".into(),
        "null".into(),
        String::new(),
    ] {
        let token = fixture.signed(&fixture.header(), &payload);
        assert_eq!(
            fixture.check(&token).err(),
            Some(TokenError::Invalid),
            "{payload}"
        );
    }
}

#[test]
fn the_header_is_ours_to_the_letter() {
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
        assert_eq!(
            fixture.check(&token).err(),
            Some(TokenError::Invalid),
            "{change}"
        );
    }
    for name in ["alg", "typ", "kid"] {
        let mut header = fixture.header();
        header.as_object_mut().expect("an object").remove(name);
        let token = fixture.signed(&header, &fixture.claims().to_string());
        assert_eq!(
            fixture.check(&token).err(),
            Some(TokenError::Invalid),
            "without {name}"
        );
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
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
        .decode(public.as_str().expect("text"))
        .expect("base64url");
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    (header.typ, header.kid) = (Some("at+jwt".into()), Some(kid));
    let key = jsonwebtoken::EncodingKey::from_secret(&public);
    let forged = jsonwebtoken::encode(&header, &fixture.claims(), &key).expect("signed");
    assert_eq!(fixture.check(&forged).err(), Some(TokenError::Invalid));
}

#[test]
fn only_the_compact_form_is_read() {
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
        assert_eq!(
            fixture.check(&form).err(),
            Some(TokenError::Invalid),
            "{form:.60}"
        );
    }
}

#[test]
fn tokens_of_others_are_refused() {
    let fixture = fixture();
    let elsewhere = PublicOrigin::parse("https://other.example.org").expect("an origin");
    let other_ring = Fixture {
        tokens: Tokens::new(&elsewhere, ring(1)),
        subject: fixture.subject,
    };
    assert_eq!(
        fixture.check(&other_ring.access()).err(),
        Some(TokenError::Invalid)
    );
    for claim in ["iss", "aud"] {
        let mut claims = fixture.claims();
        claims[claim] = json!("https://other.example.org");
        let token = fixture.signed(&fixture.header(), &claims.to_string());
        assert_eq!(
            fixture.check(&token).err(),
            Some(TokenError::Invalid),
            "{claim}"
        );
    }
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
