//! The secret of a link that can be used once.

use std::fmt;

use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroize;

/// The secret of a link that can be used once: 256 random bits. It cannot be guessed, so that
/// opening links needs no limit. The database stores only the hash, so a leaked
/// database holds no link.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OneTimeToken([u8; 32]);

impl OneTimeToken {
    /// Generates a token. Returns `None` if the machine's random source fails.
    pub(crate) fn generate() -> Option<Self> {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// Parses the token of a link.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Returns the SHA-256 hash that the database stores. It needs no salt, because the token is
    /// random.
    pub(crate) fn hash(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.0).as_ref().to_vec()
    }

    /// Returns the token for its link.
    pub(crate) fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeToken")
    }
}

impl Drop for OneTimeToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_of_a_link_has_the_same_hash() {
        let token = OneTimeToken::generate().expect("random bits");
        let text = token.expose();
        assert_eq!(text.len(), 43);
        let parsed = OneTimeToken::parse(&format!(" {text}\n")).expect("a token");
        assert_eq!(parsed.hash(), token.hash());
        assert_ne!(OneTimeToken::generate(), Some(token));
    }

    #[test]
    fn other_strings_are_no_tokens() {
        let long = "A".repeat(44);
        let short = "A".repeat(42);
        for text in [
            "",
            "a",
            &long,
            &short,
            &format!("{short}="),
            &format!("{short}\u{e9}"),
        ] {
            assert_eq!(OneTimeToken::parse(text), None, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let token = OneTimeToken([7; 32]);
        assert_eq!(format!("{token:?}"), "OneTimeToken");
    }
}
