//! The claims of minted tokens, and the claims that verification requires.

use serde_json::json;

use super::*;

#[test]
fn minted_tokens_verify_without_personal_data() {
    let fixture = fixture();
    let access = fixture.access();
    let verified = fixture.check(&access).expect("a valid token");
    assert_eq!(verified.subject(), fixture.subject);
    let minted = fixture
        .tokens
        .mint_access(fixture.subject, NOW, verified.expires_at());
    assert_eq!(minted.expect("minted").verified(), verified);
    assert_eq!(decoded(&access, 0)["typ"], "at+jwt");
    let claims = decoded(&access, 1);
    let names: Vec<_> = claims
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        names,
        ["aud", "exp", "gen", "iat", "iss", "jti", "sid", "sub"]
    );

    let refresh = fixture.refresh();
    assert_eq!(decoded(&refresh, 0)["typ"], "rt+jwt");
    assert!(
        refresh.len() < 1000,
        "{} bytes are too many for a cookie",
        refresh.len()
    );
    let verified = fixture
        .tokens
        .verify_refresh(&refresh, NOW)
        .expect("a valid token");
    assert_eq!(verified.subject(), fixture.subject);
    assert_eq!(format!("{:?}", verified.key()), "RefreshKey");
}

#[test]
fn every_claim_is_required_and_typed() {
    let fixture = fixture();
    for (name, _) in fixture.claims().as_object().expect("an object") {
        let wrong = [
            None,
            Some(json!(null)),
            Some(json!([])),
            Some(json!({})),
            Some(json!(true)),
            Some(json!(1.5)),
            Some(json!("9999")),
            Some(json!(-1)),
            Some(json!(u64::MAX)),
        ];
        for value in wrong {
            let mut claims = fixture.claims();
            match &value {
                Some(value) => claims[name] = value.clone(),
                None => drop(claims.as_object_mut().expect("an object").remove(name)),
            }
            let token = fixture.signed(&fixture.header(), &claims.to_string());
            assert_invalid(&fixture, &token, &format!("{name}: {value:?}"));
        }
    }
}

#[test]
fn duplicate_and_unknown_claims_are_rejected() {
    let fixture = fixture();
    let claims = fixture.claims().to_string();
    let twice = format!("{},\"exp\":9999999999}}", &claims[..claims.len() - 1]);
    let unknown = format!("{},\"role\":\"admin\"}}", &claims[..claims.len() - 1]);
    let null = format!("{},\"parent\":null}}", &claims[..claims.len() - 1]);
    let infinite = claims.replace(
        &format!("\"exp\":{}", NOW.as_seconds() + 1500),
        "\"exp\":1e400",
    );
    assert_ne!(infinite, claims);
    for payload in [
        twice,
        unknown,
        null,
        infinite,
        "[]".into(),
        "null".into(),
        String::new(),
    ] {
        let token = fixture.signed(&fixture.header(), &payload);
        assert_invalid(&fixture, &token, &payload);
    }
}

#[test]
fn each_kind_of_token_has_its_own_claims() {
    let fixture = fixture();
    let key = RefreshKey::generate().expect("random");
    let (parent, key) = (("parent", json!(4)), ("key", json!(key)));
    let signed = |typ: &str, added: &[&(&str, Value)]| {
        let (mut header, mut claims) = (fixture.header(), fixture.claims());
        if typ == "rt+jwt" {
            claims = fixture.refresh_claims();
        }
        header["typ"] = json!(typ);
        for (name, value) in added {
            claims[*name] = value.clone();
        }
        fixture.signed(&header, &claims.to_string())
    };
    let access = |added: &[_]| fixture.check(&signed("at+jwt", added)).err();
    assert_eq!(access(&[]), None);
    for added in [&[&parent][..], &[&key], &[&parent, &key]] {
        assert_eq!(access(added), Some(TokenError::Invalid), "{added:?}");
    }

    let refresh = |added: &[_]| {
        let token = signed("rt+jwt", added);
        fixture.tokens.verify_refresh(&token, NOW).err()
    };
    assert_eq!(refresh(&[&key]), None);
    assert_eq!(refresh(&[&parent, &key]), None);
    let invalid_keys = [("key", Value::Null), ("key", json!("short"))];
    assert_eq!(refresh(&[&parent]), Some(TokenError::Invalid));
    for key in &invalid_keys {
        assert_eq!(refresh(&[key]), Some(TokenError::Invalid), "{key:?}");
    }
    let null = ("parent", Value::Null);
    assert_eq!(refresh(&[&null, &key]), Some(TokenError::Invalid));
}
