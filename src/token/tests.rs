//! What a token must show, and each way of not showing it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;
use crate::token::{
    MasterSecret, SealedKey,
    lifecycle::{Terms, next},
};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

struct Bench {
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

fn bench() -> Bench {
    let origin = PublicOrigin::parse("https://app.example.org").expect("an origin");
    let subject = Subject {
        account: AccountId::new(NOW),
        session: SessionId::new(NOW),
        generation: 7,
    };
    Bench {
        tokens: Tokens::new(&origin, ring(2)),
        subject,
    }
}

impl Bench {
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
    let bench = bench();
    let access = bench.access();
    let verified = bench.check(&access).expect("our own");
    assert_eq!(verified.subject(), bench.subject);
    let minted = bench
        .tokens
        .mint_access(bench.subject, NOW, verified.expires_at());
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

    let refresh = bench.refresh();
    assert_eq!(decoded(&refresh, 0)["typ"], "rt+jwt");
    assert!(
        refresh.len() < 1000,
        "{} bytes fit no cookie",
        refresh.len()
    );
    let verified = bench.tokens.verify_refresh(&refresh, NOW).expect("our own");
    assert_eq!(verified.subject(), bench.subject);
    assert_eq!(format!("{:?}", verified.key()), "RefreshKey");
}

#[test]
fn the_forgers_workshop_signs_what_passes() {
    // Or every refusal below could be for a bad signature.
    let bench = bench();
    let token = bench.signed(&bench.header(), &bench.claims().to_string());
    assert_eq!(
        bench.check(&token).map(|access| access.subject()),
        Ok(bench.subject)
    );
}

#[test]
fn one_kind_never_stands_in_for_the_other() {
    let bench = bench();
    assert_eq!(
        bench.check(&bench.refresh()).err(),
        Some(TokenError::Invalid)
    );
    let swapped = bench.tokens.verify_refresh(&bench.access(), NOW);
    assert_eq!(swapped.err(), Some(TokenError::Invalid));
}

#[test]
fn time_counts_to_the_second() {
    let bench = bench();
    let token = bench.access();
    let at = |seconds| {
        bench
            .tokens
            .verify_access(&token, NOW + Duration::from_secs(seconds))
            .err()
    };
    assert_eq!(at(1499), None);
    assert_eq!(at(1500), Some(TokenError::Expired));
    let before = |seconds| {
        bench
            .tokens
            .verify_access(&token, NOW - Duration::from_secs(seconds))
            .err()
    };
    assert_eq!(before(10), None, "the clock of another server may be ahead");
    let unjudged = Some(TokenError::Unjudged);
    assert_eq!(before(11), unjudged, "a clock is wrong, and not the token");
}

#[test]
fn every_claim_is_required_and_typed() {
    let bench = bench();
    for (name, _) in bench.claims().as_object().expect("an object") {
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
            let mut claims = bench.claims();
            match &value {
                Some(value) => claims[name] = value.clone(),
                None => drop(claims.as_object_mut().expect("an object").remove(name)),
            }
            let token = bench.signed(&bench.header(), &claims.to_string());
            assert_eq!(
                bench.check(&token).err(),
                Some(TokenError::Invalid),
                "{name}: {value:?}"
            );
        }
    }
}

#[test]
fn claims_that_stand_twice_or_are_unknown_are_refused() {
    let bench = bench();
    let claims = bench.claims().to_string();
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
        let token = bench.signed(&bench.header(), &payload);
        assert_eq!(
            bench.check(&token).err(),
            Some(TokenError::Invalid),
            "{payload}"
        );
    }
}

#[test]
fn the_header_is_ours_to_the_letter() {
    let bench = bench();
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
        let mut header = bench.header();
        for (name, value) in change.as_object().expect("an object") {
            header[name] = value.clone();
        }
        let token = bench.signed(&header, &bench.claims().to_string());
        assert_eq!(
            bench.check(&token).err(),
            Some(TokenError::Invalid),
            "{change}"
        );
    }
    for name in ["alg", "typ", "kid"] {
        let mut header = bench.header();
        header.as_object_mut().expect("an object").remove(name);
        let token = bench.signed(&header, &bench.claims().to_string());
        assert_eq!(
            bench.check(&token).err(),
            Some(TokenError::Invalid),
            "without {name}"
        );
    }
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let bench = bench();
    let set: Value = serde_json::from_str(&bench.tokens.jwks(NOW)).expect("JSON");
    let kid = bench.kid();
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
    let forged = jsonwebtoken::encode(&header, &bench.claims(), &key).expect("signed");
    assert_eq!(bench.check(&forged).err(), Some(TokenError::Invalid));
}

#[test]
fn only_the_compact_form_is_read() {
    let bench = bench();
    let token = bench.access();
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
            bench.check(&form).err(),
            Some(TokenError::Invalid),
            "{form:.60}"
        );
    }
}

#[test]
fn tokens_of_others_are_refused() {
    let bench = bench();
    let elsewhere = PublicOrigin::parse("https://other.example.org").expect("an origin");
    let other_ring = Bench {
        tokens: Tokens::new(&elsewhere, ring(1)),
        subject: bench.subject,
    };
    assert_eq!(
        bench.check(&other_ring.access()).err(),
        Some(TokenError::Invalid)
    );
    for claim in ["iss", "aud"] {
        let mut claims = bench.claims();
        claims[claim] = json!("https://other.example.org");
        let token = bench.signed(&bench.header(), &claims.to_string());
        assert_eq!(
            bench.check(&token).err(),
            Some(TokenError::Invalid),
            "{claim}"
        );
    }
}

#[test]
fn debug_shows_no_token() {
    let bench = bench();
    let access = bench
        .tokens
        .mint_access(bench.subject, NOW, NOW + Duration::from_secs(5));
    assert_eq!(format!("{:?}", access.expect("minted")), "AccessToken");
    let shown = format!("{:?}", bench.tokens);
    assert!(!shown.contains("private"), "{shown}");
}
