//! JSON Web Signatures of Project Wycheproof. None is for `EdDSA`, so none is accepted: neither
//! those that are valid by another algorithm, nor those that faulty libraries accept.

use super::*;

const VECTORS: &str = include_str!("wycheproof_jws.txt");

/// Returns the number, the expected result and the token of each vector.
fn vectors() -> impl Iterator<Item = (&'static str, &'static str, String)> {
    let lines = VECTORS.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().expect("three parts");
        let (number, result, token) = (part(), part(), part());
        (number, result, serde_json::from_str(token).expect("JSON"))
    })
}

#[track_caller]
fn assert_invalid_of_both_kinds(fixture: &Fixture, token: &str, case: &str) {
    assert_invalid(fixture, token, case);
    let error = fixture.tokens.verify_refresh(token, NOW).err();
    assert_eq!(error, Some(TokenError::Invalid), "{case}");
}

#[test]
fn signature_by_another_algorithm_is_rejected() {
    let fixture = fixture();
    let (mut valid, mut invalid) = (0, 0);
    for (number, result, token) in vectors() {
        assert_invalid_of_both_kinds(&fixture, &token, number);
        *(if result == "valid" {
            &mut valid
        } else {
            &mut invalid
        }) += 1;
    }
    assert_eq!((valid, invalid), (42, 85));
}

/// The attacker names our key and kind, and keeps the algorithm and the signature. A token with
/// such an algorithm is not accepted with our own signature either.
#[test]
fn algorithm_of_the_token_does_not_choose_the_verification() {
    let fixture = fixture();
    let mut algorithms = std::collections::BTreeSet::new();
    for (number, _, token) in vectors() {
        let parts: Vec<_> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            continue;
        };
        let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
        let header: Value = serde_json::from_slice(&header).unwrap_or_default();
        let Some(alg) = header["alg"].as_str() else {
            continue;
        };
        algorithms.insert(alg.to_owned());
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        for typ in ["at+jwt", "rt+jwt"] {
            let ours = json!({ "alg": alg, "typ": typ, "kid": fixture.kid() });
            let claims = part(&fixture.claims());
            for payload in [payload, &claims] {
                let token = format!("{}.{payload}.{signature}", part(&ours));
                assert_invalid_of_both_kinds(&fixture, &token, number);
            }
            let token = fixture.signed(&ours, &fixture.claims().to_string());
            assert_invalid_of_both_kinds(&fixture, &token, number);
        }
        let genuine = fixture.access();
        let (message, _) = genuine.rsplit_once('.').expect("a signature");
        let token = format!("{message}.{signature}");
        assert_invalid_of_both_kinds(&fixture, &token, number);
    }
    let expected = [
        "ES256", "ES512", "HS256", "NONE", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512",
        "none",
    ];
    assert_eq!(algorithms.into_iter().collect::<Vec<_>>(), expected);
}
