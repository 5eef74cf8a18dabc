//! The id of a request, by which its log lines, its audit events and its response are found.

use std::{
    cell::Cell,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use axum::http::{HeaderName, HeaderValue};
use uuid::{Builder, Uuid, fmt::Hyphenated};

use crate::{clock::Timestamp, ids::time_of, request_context::RequestContext};

/// The header of a request and of a response with the id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of an id that a proxy has chosen.
const MAX_GIVEN_LEN: usize = 64;

/// The id of a request.
///
/// It is a `UUIDv7`, or what a trusted proxy has sent in the header `X-Request-Id`: at most 64
/// ASCII letters, digits, `-`, `_` and `.`, of which the first is a letter or a digit. Each
/// response has the header `X-Request-Id` with the id, and each event of the audit trail that
/// the request caused contains the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Id);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Id {
    New([u8; Hyphenated::LENGTH]),
    Given(Arc<str>),
}

impl Id {
    fn of(id: Uuid) -> Self {
        let mut text = [0; Hyphenated::LENGTH];
        id.hyphenated().encode_lower(&mut text);
        Self::New(text)
    }
}

impl RequestId {
    /// Creates an id with the time `now`.
    pub(crate) fn new(now: Timestamp) -> Self {
        // No randomness of the system: a system call for each request costs a tenth of a small one,
        // and the id grants nothing.
        let micros = now.as_micros().max(0).unsigned_abs();
        let fraction = (micros % 1_000 * 4_096 / 1_000).to_be_bytes();
        let mut rest = [0; 10];
        rest[..2].copy_from_slice(&fraction[6..]);
        rest[2..].copy_from_slice(&next_bits().to_be_bytes());
        let id = Builder::from_unix_timestamp_millis(micros / 1_000, &rest);
        Self(Id::of(id.into_uuid()))
    }

    /// Parses an id that [`RequestId::new`] has created, and returns it with its time.
    pub(crate) fn parse_new(id: &str) -> Option<(Self, Timestamp)> {
        let id = id.parse::<Uuid>().ok()?;
        let time = time_of(&id)?;
        Some((Self(Id::of(id)), time))
    }

    /// Parses an id that a trusted proxy has chosen. Other characters could forge a line of a
    /// log, or a cell of a table, in a program that reads the id.
    pub(crate) fn parse(given: &HeaderValue) -> Option<Self> {
        let given = given.to_str().ok()?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let begins_well = given.starts_with(|first: char| first.is_ascii_alphanumeric());
        let is_valid = begins_well && given.len() <= MAX_GIVEN_LEN && given.bytes().all(is_plain);
        is_valid.then(|| Self(Id::Given(given.into())))
    }

    /// Returns the id of the request that the current task handles; `None` outside of
    /// [`Portcullis::protect`](crate::Portcullis::protect), and in a task that a handler has
    /// spawned.
    pub fn current() -> Option<Self> {
        RequestContext::current().map(|context| context.id)
    }

    /// Returns the value of the response header.
    pub(crate) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(self.as_str()).ok()
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // It is ASCII.
            Id::New(id) => str::from_utf8(id).unwrap_or_default(),
            Id::Given(id) => id,
        }
    }
}

/// Returns bits that do not repeat in practice: each thread hashes the numbers from 0 on, by a
/// random key of its own. One id says nothing about the next.
fn next_bits() -> u64 {
    thread_local! {
        static KEY: RandomState = RandomState::new();
        static COUNT: Cell<u64> = const { Cell::new(0) };
    }
    let count = COUNT.get();
    COUNT.set(count.wrapping_add(1));
    KEY.with(|key| key.hash_one(count))
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(given: &[u8]) -> Option<String> {
        let value = HeaderValue::from_bytes(given).expect("a value");
        RequestId::parse(&value).map(|id| id.to_string())
    }

    #[test]
    fn short_plain_id_is_taken() {
        let longest = "f".repeat(MAX_GIVEN_LEN);
        for given in ["a", "7d1f-4.B_2", &longest] {
            assert_eq!(parsed(given.as_bytes()).as_deref(), Some(given));
        }
    }

    #[test]
    fn any_other_id_is_rejected() {
        let too_long = "f".repeat(MAX_GIVEN_LEN + 1);
        for given in [
            "", "a b", "a\tb", "a\"b", "a,b", "a=b", "<a>", "-a", ".a", "a\u{e9}", &too_long,
        ] {
            assert_eq!(parsed(given.as_bytes()), None, "{given:?}");
        }
        assert_eq!(parsed(b"a\xff"), None);
    }

    #[test]
    fn new_id_has_its_time() {
        let time = Timestamp::from_micros(1_800_000_000_123_000);
        let id = RequestId::new(time);
        assert_eq!(RequestId::parse_new(&id.to_string()), Some((id, time)));
        for other in ["", "a", "7b4d7e72-7a5c-4d6f-8ed1-5b9d8f6f2a30"] {
            assert_eq!(RequestId::parse_new(other), None, "{other:?}");
        }
    }

    #[test]
    fn new_ids_are_in_the_order_of_their_times() {
        let at = |seconds| RequestId::new(Timestamp::from_seconds(seconds)).to_string();
        let (first, second) = (at(1_800_000_000), at(1_800_000_001));
        assert!(first < second, "{first} {second}");
        assert_eq!(first.len(), 36);
        assert_ne!(at(1_800_000_000), first);
    }
}
