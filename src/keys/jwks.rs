//! The public keys as a JSON Web Key Set: RFC 7517, with RFC 8037 for Ed25519.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

#[derive(Serialize)]
struct Set<'a> {
    keys: Vec<Key<'a>>,
}

#[derive(Serialize)]
struct Key<'a> {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    kid: &'a str,
    x: String,
}

/// Returns the key set of these `(kid, public key)` pairs as JSON.
pub(super) fn set(keys: &[(&str, &[u8])]) -> String {
    let keys = keys.iter().map(|(kid, public)| Key {
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        usage: "sig",
        kid,
        x: URL_SAFE_NO_PAD.encode(public),
    });
    let set = Set {
        keys: keys.collect(),
    };
    serde_json::to_string(&set).unwrap_or_else(|_| r#"{"keys":[]}"#.to_owned())
}
