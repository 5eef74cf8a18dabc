//! Signatures of Project Wycheproof: valid ones, and those that faulty implementations accept,
//! such as a signature whose second half is not reduced (RFC 8032, section 5.1.7).

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;

use super::*;
use crate::token::jws::is_signed;

const VECTORS: &str = include_str!("wycheproof_ed25519.txt");

fn bytes(hex: &str) -> Vec<u8> {
    let digits = if hex == "-" { "" } else { hex };
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex");
    (0..digits.len()).step_by(2).map(byte).collect()
}

#[test]
fn signatures_are_judged_as_wycheproof_does() {
    let (mut valid, mut invalid) = (0, 0);
    for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<_> = line.split(' ').collect();
        let [number, result, public, message, signature] = parts[..] else {
            panic!("five parts: {line}");
        };
        let public = URL_SAFE_NO_PAD.encode(bytes(public));
        let key = DecodingKey::from_ed_components(&public).expect("a key");
        let is_valid = is_signed(&bytes(message), &bytes(signature), &key);
        assert_eq!(is_valid, result == "valid", "vector {number}");
        *(if is_valid { &mut valid } else { &mut invalid }) += 1;
    }
    assert_eq!((valid, invalid), (88, 63));
}
