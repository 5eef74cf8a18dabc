//! What a process does with the keys it has read.

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::{
    clock::Timestamp,
    ids::{AccountId, SessionId},
    origin::PublicOrigin,
    token::{RefreshKey, Subject, TokenError, Tokens},
};
use lifecycle::{KNOWN_FOR, PREPUBLISH, Terms, next};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const HOUR: Duration = Duration::from_secs(60 * 60);
const TERMS: Terms = Terms {
    key_age: Duration::from_secs(24 * 60 * 60),
    longest_token: HOUR,
};

/// A process with two keys: one signs, and one is published.
struct Process {
    secret: MasterSecret,
    sealed: Vec<SealedKey>,
    tokens: Tokens,
}

impl Process {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = MasterSecret::load_or_create(&folder.path().join("secret")).expect("made");
        let origin = PublicOrigin::parse("https://app.example.org").expect("an origin");
        let first = next(&[], PREPUBLISH, &TERMS, NOW);
        let second = next(&[first], PREPUBLISH, &TERMS, NOW);
        let generate = |life| SealedKey::generate(&secret, life).expect("made");
        let process = Self {
            sealed: [first, second].map(generate).into(),
            tokens: Tokens::new(&origin, KeyRing::default()),
            secret,
        };
        process.read(NOW);
        process
    }

    fn read(&self, now: Timestamp) {
        let known = self.tokens.keys();
        let keys = KeyRing::open(self.sealed.clone(), &self.secret, &known, now).expect("opened");
        self.tokens.follow(keys);
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
fn the_published_key_takes_over_at_its_moment_without_being_read_again() {
    let process = Process::new();
    assert_eq!(process.published(NOW), [process.kid(0), process.kid(1)]);
    let later = NOW + PREPUBLISH;
    let before = process
        .access(later - Duration::from_micros(1))
        .expect("signed");
    assert_eq!(kid(&before), process.kid(0));
    let after = process.access(later).expect("signed");
    assert_eq!(kid(&after), process.kid(1));
    for token in [before, after] {
        assert!(process.tokens.verify_access(&token, later).is_ok());
    }
}

#[test]
fn nothing_is_signed_that_would_outlive_its_key() {
    let process = Process::new();
    let until = process.sealed[1].life.verifies_until;
    assert!(process.access(until - HOUR).is_ok());
    let late = process.access(until - HOUR + Duration::from_secs(1));
    assert_eq!(late, Err(KeyError::KeyExpiresTooSoon));
    let key = RefreshKey::generate().expect("random");
    let late = process
        .tokens
        .mint_refresh(subject(), None, &key, NOW, until + HOUR);
    assert_eq!(late.err(), Some(KeyError::KeyExpiresTooSoon));
}

#[test]
fn an_unknown_key_is_forged_only_where_the_keys_were_read_a_moment_ago() {
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
        (NOW + KNOWN_FOR, TokenError::Invalid),
        (NOW + KNOWN_FOR + second, TokenError::UnknownKey),
        (NOW - KNOWN_FOR - second, TokenError::UnknownKey),
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
fn access_tokens_of_a_revoked_key_are_to_be_renewed_and_its_refresh_tokens_renew() {
    let mut process = Process::new();
    let access = process.access(NOW).expect("signed");
    let verified = process.tokens.verify_access(&access, NOW).expect("live");
    let key = RefreshKey::generate().expect("random");
    let refresh = process
        .tokens
        .mint_refresh(subject(), None, &key, NOW, NOW + HOUR)
        .expect("signed");

    let moment = NOW + Duration::from_secs(5);
    process.sealed[0].life.revoked_at = Some(moment);
    process.read(NOW);
    let before = moment - Duration::from_micros(1);
    assert!(process.tokens.verify_access(&access, before).is_ok());
    assert!(process.tokens.still_vouches(&verified, before));
    assert_eq!(process.published(before).len(), 2);

    let refused = process.tokens.verify_access(&access, moment);
    assert_eq!(refused.err(), Some(TokenError::Expired), "renewing helps");
    assert!(!process.tokens.still_vouches(&verified, moment));
    assert!(
        process
            .tokens
            .verify_refresh(refresh.expose(), moment)
            .is_ok()
    );
    assert_eq!(process.published(moment), [process.kid(1)]);
    let forged = format!("{}x", &access[..access.len() - 1]);
    assert_eq!(
        process.tokens.verify_access(&forged, moment).err(),
        Some(TokenError::Invalid)
    );
}

#[test]
fn a_key_that_is_gone_vouches_for_nothing_that_passed_before() {
    let mut process = Process::new();
    let access = process.access(NOW).expect("signed");
    let verified = process.tokens.verify_access(&access, NOW).expect("live");
    assert!(process.tokens.still_vouches(&verified, NOW));
    process.sealed.remove(0);
    process.read(NOW);
    assert!(!process.tokens.still_vouches(&verified, NOW));
    assert_eq!(
        process.tokens.verify_access(&access, NOW).err(),
        Some(TokenError::Invalid)
    );
}

#[test]
fn a_ring_without_keys_signs_nothing_and_debug_shows_ids_alone() {
    let process = Process::new();
    let shown = format!("{:?}", process.tokens.keys());
    assert_eq!(
        shown,
        format!("{{{:?}, {:?}}}", process.kid(0), process.kid(1))
    );
    process.tokens.follow(KeyRing::default());
    assert_eq!(process.access(NOW), Err(KeyError::None));
}
