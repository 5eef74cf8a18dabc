//! Signing and verifying with the keys that a process has read.

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
    origin::PublicOrigin,
    policy::Policy,
    token::{RefreshKey, Subject, TokenError, Tokens},
};
use lifecycle::{KeyPolicy, MAX_RING_AGE, PREPUBLISH, next};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const HOUR: Duration = Duration::from_secs(60 * 60);
const POLICY: KeyPolicy = KeyPolicy {
    key_age: Duration::from_secs(24 * 60 * 60),
    max_token_lifetime: HOUR,
};

/// A process with two keys: the first signs, the second is published.
struct Process {
    secret: MasterSecret,
    sealed: Vec<SealedKey>,
    tokens: Tokens,
}

impl Process {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let secret = MasterSecret::load_or_create(&path).expect("created");
        let origin = PublicOrigin::parse("https://app.example.org").expect("an origin");
        let first = next(&[], PREPUBLISH, &POLICY, NOW);
        let second = next(&[first], PREPUBLISH, &POLICY, NOW);
        let generate = |life| SealedKey::generate(&secret, life).expect("generated");
        let process = Self {
            sealed: [first, second].map(generate).into(),
            tokens: Tokens::new(&origin, KeyRing::default(), Policy::default()),
            secret,
        };
        process.read(NOW);
        process
    }

    fn read(&self, now: Timestamp) {
        let known = self.tokens.keys();
        let keys = KeyRing::open(self.sealed.clone(), &self.secret, &known, now).expect("opened");
        self.tokens.replace_keys(keys);
    }

    fn access(&self, now: Timestamp) -> Result<String, KeyError> {
        let minted = self.tokens.mint_access(subject(), now, now + HOUR);
        minted.map(|token| token.expose().to_owned())
    }

    fn published(&self, now: Timestamp) -> Vec<String> {
        let set: Value = serde_json::from_str(&self.tokens.jwks(now)).expect("JSON");
        let keys = set["keys"].as_array().expect("keys");
        keys.iter()
            .map(|key| key["kid"].as_str().expect("a kid").to_owned())
            .collect()
    }

    fn kid(&self, index: usize) -> String {
        self.sealed[index].kid.clone()
    }
}

fn subject() -> Subject {
    Subject {
        account: AccountId::new(NOW),
        session: SessionId::new(NOW),
        generation: 1,
    }
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token)
        .expect("a header")
        .kid
        .expect("a kid")
}

#[test]
fn successor_signs_on_time_without_a_reload() {
    let process = Process::new();
    assert_eq!(process.published(NOW), [process.kid(0), process.kid(1)]);
    let signs_from = NOW + PREPUBLISH;
    let before = process
        .access(signs_from - Duration::from_micros(1))
        .expect("signed");
    assert_eq!(kid(&before), process.kid(0));
    let after = process.access(signs_from).expect("signed");
    assert_eq!(kid(&after), process.kid(1));
    for token in [before, after] {
        assert!(process.tokens.verify_access(&token, signs_from).is_ok());
    }
}

#[test]
fn token_that_would_outlive_its_key_is_not_signed() {
    let process = Process::new();
    let until = process.sealed[1].life.verifies_until;
    assert!(process.access(until - HOUR).is_ok());
    let access = process.access(until - HOUR + Duration::from_secs(1));
    assert_eq!(access, Err(KeyError::KeyExpiresTooSoon));
    let key = RefreshKey::generate().expect("random");
    let refresh = process
        .tokens
        .mint_refresh(subject(), None, &key, NOW, until + HOUR);
    assert_eq!(refresh.err(), Some(KeyError::KeyExpiresTooSoon));
}

#[test]
fn unknown_key_is_invalid_only_to_a_fresh_ring() {
    let (process, other) = (Process::new(), Process::new());
    let token = other.access(NOW).expect("signed");
    let key = RefreshKey::generate().expect("random");
    let refresh = other
        .tokens
        .mint_refresh(subject(), None, &key, NOW, NOW + HOUR);
    let refresh = refresh.expect("signed");
    let second = Duration::from_secs(1);
    for (now, error) in [
        (NOW, TokenError::Invalid),
        (NOW + MAX_RING_AGE, TokenError::Invalid),
        (NOW + MAX_RING_AGE + second, TokenError::UnknownKey),
        (NOW - MAX_RING_AGE - second, TokenError::UnknownKey),
    ] {
        assert_eq!(
            process.tokens.verify_access(&token, now).err(),
            Some(error),
            "{now:?}"
        );
        let refresh = process.tokens.verify_refresh(refresh.expose(), now);
        assert_eq!(refresh.err(), Some(error), "{now:?}");
    }
}

#[test]
fn revoked_key_rejects_access_but_not_refresh_tokens() {
    let mut process = Process::new();
    let access = process.access(NOW).expect("signed");
    let verified = process.tokens.verify_access(&access, NOW).expect("valid");
    let key = RefreshKey::generate().expect("random");
    let refresh = process
        .tokens
        .mint_refresh(subject(), None, &key, NOW, NOW + HOUR)
        .expect("signed");

    let revoked_at = NOW + Duration::from_secs(5);
    process.sealed[0].life.revoked_at = Some(revoked_at);
    process.read(NOW);
    let before = revoked_at - Duration::from_micros(1);
    assert!(process.tokens.verify_access(&access, before).is_ok());
    assert!(process.tokens.is_still_valid(&verified, before));
    assert_eq!(process.published(before).len(), 2);

    let rejected = process.tokens.verify_access(&access, revoked_at);
    let error = rejected.err();
    assert_eq!(error, Some(TokenError::Expired), "a refresh helps");
    assert!(!process.tokens.is_still_valid(&verified, revoked_at));
    assert!(
        process
            .tokens
            .verify_refresh(refresh.expose(), revoked_at)
            .is_ok()
    );
    assert_eq!(process.published(revoked_at), [process.kid(1)]);
    let forged = format!("{}x", &access[..access.len() - 1]);
    assert_eq!(
        process.tokens.verify_access(&forged, revoked_at).err(),
        Some(TokenError::Invalid)
    );
}

#[test]
fn retired_key_invalidates_verified_tokens() {
    let mut process = Process::new();
    let access = process.access(NOW).expect("signed");
    let verified = process.tokens.verify_access(&access, NOW).expect("valid");
    assert!(process.tokens.is_still_valid(&verified, NOW));
    process.sealed.remove(0);
    process.read(NOW);
    assert!(!process.tokens.is_still_valid(&verified, NOW));
    assert_eq!(
        process.tokens.verify_access(&access, NOW).err(),
        Some(TokenError::Invalid)
    );
}

#[test]
fn empty_ring_cannot_sign_and_debug_shows_only_ids() {
    let process = Process::new();
    let shown = format!("{:?}", process.tokens.keys());
    assert_eq!(
        shown,
        format!("{{{:?}, {:?}}}", process.kid(0), process.kid(1))
    );
    process.tokens.replace_keys(KeyRing::default());
    assert_eq!(process.access(NOW), Err(KeyError::None));
}
