//! The id of a request, by which its log lines, its audit events and its response are found.

use std::{fmt, sync::Arc};

use axum::http::{HeaderName, HeaderValue};
use uuid::{Uuid, fmt::Hyphenated};

use crate::{clock::Timestamp, ids::uuid_v7, request_context::RequestContext};

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
    New(Uuid),
    Given(Arc<str>),
}

impl RequestId {
    /// Creates an id with the time `now`.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(Id::New(uuid_v7(now)))
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
        self.with_str(|id| HeaderValue::from_str(id).ok())
    }

    fn with_str<T>(&self, read: impl FnOnce(&str) -> T) -> T {
        match &self.0 {
            Id::New(id) => {
                let mut buffer = [0; Hyphenated::LENGTH];
                read(id.hyphenated().encode_lower(&mut buffer))
            }
            Id::Given(id) => read(id),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_str(|id| f.write_str(id))
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
    fn new_ids_are_in_the_order_of_their_times() {
        let at = |seconds| RequestId::new(Timestamp::from_seconds(seconds)).to_string();
        let (first, second) = (at(1_800_000_000), at(1_800_000_001));
        assert!(first < second, "{first} {second}");
        assert_eq!(first.len(), 36);
        assert_ne!(at(1_800_000_000), first);
    }
}
