//! Signs and verifies tokens: JWS in compact form, Ed25519, a fixed header.
//!
//! jsonwebtoken verifies signatures, by the aws-lc provider that is named here: its default
//! provider depends on the features that other crates of the application turn on, and panics
//! if they turn on both. The header is parsed here, because the `Header` of
//! jsonwebtoken accepts members that this library does not support, and never checks `typ`.
//! Tokens are signed by aws-lc directly: jsonwebtoken would parse the private key again for
//! each signature, which costs as much as the signature itself.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{TokenError, claims::Claims};
use crate::clock::Timestamp;
use crate::keys::{KeyError, KeyRing, RingKey};

/// The only supported algorithm (RFC 8037, section 3.1).
const ALGORITHM: &str = "EdDSA";

/// The longest token that is verified, in bytes. Our tokens are shorter than 800 bytes; a
/// cookie holds 4096.
const MAX_TOKEN_LEN: usize = 4096;

/// The kind of a token. The signed header holds it as `typ`, so that a token of one kind is
/// never accepted as the other (RFC 8725, section 3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Access,
    Refresh,
}

impl TokenKind {
    const fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Refresh => "rt+jwt",
        }
    }
}

/// All members of a token header. Any other member (`crit`, `b64`, `zip`, `jwk`, `jku`,
/// `x5u`, `x5c`, …) is rejected as unknown.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: Cow<'a, str>,
    typ: Cow<'a, str>,
    kid: Cow<'a, str>,
}

/// Signs the claims with a key. Returns the token in compact form.
pub(super) fn sign(
    kind: TokenKind,
    claims: &Claims<'_>,
    key: &RingKey,
) -> Result<String, KeyError> {
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

/// Verifies the header and the signature of a token. Returns its claims and the number of
/// the key that signed it. The caller has to check times, issuer and audience.
pub(super) fn verify(
    unverified: &str,
    kind: TokenKind,
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
    let signature = URL_SAFE_NO_PAD.decode(signature);
    let signature = signature.map_err(|_| TokenError::Invalid)?;
    if !is_signed(unverified_message.as_bytes(), &signature, key.verifying()) {
        return Err(TokenError::Invalid);
    }
    Ok((decode(unverified_payload)?, key.number))
}

/// Returns whether the signature of the message is valid (RFC 8032, section 5.1.7).
pub(super) fn is_signed(message: &[u8], signature: &Vec<u8>, key: &DecodingKey) -> bool {
    (DEFAULT_PROVIDER.verifier_factory)(&Algorithm::EdDSA, key)
        .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
}

/// Encodes a part of a token: JSON, then base64url without padding (RFC 7515, section 2).
fn encode<T: Serialize>(part: &T) -> Result<String, KeyError> {
    let json = serde_json::to_vec(part).map_err(|_| KeyError::Signing)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Decodes a part of a token: strict base64url without padding (RFC 7515, section 2), then
/// JSON.
fn decode<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Invalid)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Invalid)
}
