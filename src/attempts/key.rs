//! The keys under which attempts are counted.

use std::fmt;

use aws_lc_rs::hmac;

/// The key under which attempts are counted: a keyed hash of what the attempts have in
/// common, so that the database holds neither addresses nor e-mail addresses. Without the
/// master secret they cannot be guessed from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AttemptKey([u8; Self::LEN]);

impl AttemptKey {
    const LEN: usize = 16;

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    #[cfg(test)]
    pub(crate) const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptKey")
    }
}

/// Makes keys from the values that attempts have in common.
#[derive(Clone)]
pub(crate) struct AttemptKeys(hmac::Key);

impl AttemptKeys {
    pub(crate) fn new(key: hmac::Key) -> Self {
        Self(key)
    }

    /// Returns the key of `values` for a purpose. The length of each value is hashed too, so
    /// that no two lists of values have the same key.
    pub(super) fn key(&self, purpose: &str, values: &[&[u8]]) -> AttemptKey {
        let mut context = hmac::Context::with_key(&self.0);
        for value in std::iter::once(&purpose.as_bytes()).chain(values) {
            context.update(&(value.len() as u64).to_be_bytes());
            context.update(value);
        }
        let mut key = [0; AttemptKey::LEN];
        key.copy_from_slice(&context.sign().as_ref()[..AttemptKey::LEN]);
        AttemptKey(key)
    }
}

impl fmt::Debug for AttemptKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptKeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &[u8]) -> AttemptKeys {
        AttemptKeys::new(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    #[test]
    fn keys_differ_by_purpose_value_order_and_secret() {
        let keys_of = |secret| {
            let keys = keys(secret);
            [
                keys.key("a", &[b"b"]),
                keys.key("ab", &[]),
                keys.key("a", &[b"b", b""]),
                keys.key("a", &[b"b", b"c"]),
                keys.key("a", &[b"c", b"b"]),
                keys.key("a", &[b"bc"]),
            ]
        };
        let mut all = [keys_of(b"one"), keys_of(b"two")].concat();
        assert_eq!(keys_of(b"one"), keys_of(b"one"));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 12);
    }
}
