//! Tokens of an independent library, to compare with: `jwt-compact`, which has its own parser,
//! and its own Ed25519 in pure Rust.

use jwt_compact::{
    Algorithm, AlgorithmExt, Claims, Header, UntrustedToken,
    alg::{Ed25519, SigningKey, VerifyingKey},
};
use serde_json::{Map, Value};

/// Verifies a token by its signature alone, with the 32 bytes of the public key. Returns its
/// claims; `None` if the library rejects the token.
pub fn verify(token: &str, public: &[u8]) -> Option<Map<String, Value>> {
    let untrusted = UntrustedToken::new(token).ok()?;
    let key: <Ed25519 as Algorithm>::VerifyingKey = VerifyingKey::from_slice(public).ok()?;
    let validator = Ed25519.validator::<Map<String, Value>>(&key);
    let claims = validator.validate(&untrusted).ok()?.claims().clone();
    let mut all = claims.custom;
    for (name, time) in [("iat", claims.issued_at), ("exp", claims.expiration)] {
        all.extend(time.map(|time| (name.to_owned(), time.timestamp().into())));
    }
    Some(all)
}

/// Signs a token with the 32 bytes of the private key and the 32 bytes of the public key.
pub fn sign(
    typ: &str,
    kid: &str,
    claims: &Map<String, Value>,
    private: &[u8],
    public: &[u8],
) -> String {
    let key = [private, public].concat();
    let key: <Ed25519 as Algorithm>::SigningKey = SigningKey::from_slice(&key).expect("a key");
    let header = Header::empty().with_token_type(typ).with_key_id(kid);
    let claims = Claims::new(claims.clone());
    Ed25519.token(&header, &claims, &key).expect("signed")
}
