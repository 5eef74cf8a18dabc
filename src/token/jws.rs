//! Signing and verifying: JWS in compact form, Ed25519, a fixed header.
//!
//! jsonwebtoken verifies. The header is read here, because its `Header` takes
//! members that we never honour, and never checks `typ`. aws-lc signs, below it:
//! jsonwebtoken reads the private key anew for each signature, which costs as much
//! as the signature.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{TokenError, claims::Claims};
use crate::clock::Timestamp;
use crate::keys::{KeyError, KeyRing, RingKey};

/// The one algorithm (RFC 8037, section 3.1).
const ALGORITHM: &str = "EdDSA";

/// The longest token that is looked at, in bytes. Ours are below 800 bytes; a cookie
/// holds 4096.
const MAX_TOKEN_LEN: usize = 4096;

/// What a token is for. Said in the signed header, so that one never stands in
/// for the other (RFC 8725, section 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Access,
    Refresh,
}

impl Kind {
    const fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Refresh => "rt+jwt",
        }
    }
}

/// All that a header of ours holds. Any other member (`crit`, `b64`, `zip`,
/// `jwk`, `jku`, `x5u`, `x5c`, …) is refused by being unknown.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: Cow<'a, str>,
    typ: Cow<'a, str>,
    kid: Cow<'a, str>,
}

/// Signs with a key.
pub(super) fn sign(kind: Kind, claims: &Claims<'_>, key: &RingKey) -> Result<String, KeyError> {
    let header = Header {
        alg: ALGORITHM.into(),
        typ: kind.typ().into(),
        kid: key.kid.as_str().into(),
    };
    let mut token = encode(&header)?;
    token.push('.');
    token.push_str(&encode(claims)?);
    let signature = key.private().try_sign(token.as_bytes());
    let signature = signature.map_err(|_| KeyError::Signing)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// The claims of a token whose header and signature hold, and the number of the
/// key that it is signed with. Times, issuer and audience are the caller's to
/// check.
pub(super) fn verify(
    unverified: &str,
    kind: Kind,
    keys: &KeyRing,
    now: Timestamp,
) -> Result<(Claims<'static>, i64), TokenError> {
    if unverified.len() > MAX_TOKEN_LEN {
        return Err(TokenError::Invalid);
    }
    let (unverified_message, signature) = unverified.rsplit_once('.').ok_or(TokenError::Invalid)?;
    let (unverified_header, unverified_payload) = unverified_message
        .split_once('.')
        .ok_or(TokenError::Invalid)?;
    if unverified_payload.contains('.') {
        return Err(TokenError::Invalid);
    }

    let header: Header<'_> = decode(unverified_header)?;
    if header.alg != ALGORITHM || header.typ != kind.typ() {
        return Err(TokenError::Invalid);
    }
    let key = keys.verifying_key(&header.kid, now)?;
    let message = unverified_message.as_bytes();
    let is_signed =
        jsonwebtoken::crypto::verify(signature, message, key.verifying(), Algorithm::EdDSA);
    if !is_signed.unwrap_or(false) || URL_SAFE_NO_PAD.decode(signature).is_err() {
        return Err(TokenError::Invalid);
    }
    Ok((decode(unverified_payload)?, key.number))
}

/// JSON, then base64url without padding (RFC 7515, section 2).
fn encode<T: Serialize>(part: &T) -> Result<String, KeyError> {
    let json = serde_json::to_vec(part).map_err(|_| KeyError::Signing)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Strict base64url without padding (RFC 7515, section 2), then JSON.
fn decode<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Invalid)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Invalid)
}
