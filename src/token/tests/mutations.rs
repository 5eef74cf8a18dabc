//! Tokens that an attacker has changed. No change of a genuine token is accepted, however small.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// The order of the group of Ed25519, in little-endian order (RFC 8032, section 5.1).
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The characters of tokens, and some that faulty decoders drop or accept.
const CHARACTERS: &str = "ABCQXYZabcwxyz0189-_.=+/ \n\0%é";

struct Genuine {
    fixture: Fixture,
    access: String,
    refresh: String,
}

static GENUINE: LazyLock<Genuine> = LazyLock::new(|| {
    let fixture = fixture();
    let (access, refresh) = (fixture.access(), fixture.refresh());
    Genuine {
        fixture,
        access,
        refresh,
    }
});

#[derive(Clone, Debug)]
enum Mutation {
    Replace(usize, char),
    Insert(usize, char),
    Remove(usize),
    Truncate(usize),
    /// Flips a bit of what the base64 of a part encodes.
    FlipBit(usize, usize),
    SwapParts(usize, usize),
    RepeatPart(usize),
    /// Takes a part of the token of the other kind.
    TakePart(usize),
}

fn mutations() -> impl Strategy<Value = Mutation> {
    let at = 0..2000_usize;
    let part = 0..3_usize;
    let character = prop::sample::select(CHARACTERS.chars().collect::<Vec<_>>());
    prop_oneof![
        (at.clone(), character.clone()).prop_map(|(at, c)| Mutation::Replace(at, c)),
        (at.clone(), character).prop_map(|(at, c)| Mutation::Insert(at, c)),
        at.clone().prop_map(Mutation::Remove),
        at.clone().prop_map(Mutation::Truncate),
        (part.clone(), at).prop_map(|(part, bit)| Mutation::FlipBit(part, bit)),
        (part.clone(), part.clone()).prop_map(|(one, two)| Mutation::SwapParts(one, two)),
        part.clone().prop_map(Mutation::RepeatPart),
        part.prop_map(Mutation::TakePart),
    ]
}

fn mutate(token: &str, other: &str, mutation: &Mutation) -> String {
    let mut chars: Vec<char> = token.chars().collect();
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let (chars_len, parts_len) = (chars.len().max(1), parts.len());
    match *mutation {
        Mutation::Replace(at, c) if !chars.is_empty() => chars[at % chars_len] = c,
        Mutation::Insert(at, c) => chars.insert(at % (chars.len() + 1), c),
        Mutation::Remove(at) if !chars.is_empty() => drop(chars.remove(at % chars_len)),
        Mutation::Truncate(at) => chars.truncate(at % chars_len),
        Mutation::Replace(..) | Mutation::Remove(_) => {}
        Mutation::FlipBit(part, bit) => {
            let part = part % parts_len;
            if let Ok(mut bytes) = URL_SAFE_NO_PAD.decode(&parts[part])
                && !bytes.is_empty()
            {
                let bit = bit % (bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
                parts[part] = URL_SAFE_NO_PAD.encode(bytes);
            }
            return parts.join(".");
        }
        Mutation::SwapParts(one, two) => {
            parts.swap(one % parts_len, two % parts_len);
            return parts.join(".");
        }
        Mutation::RepeatPart(part) => {
            parts.push(parts[part % parts_len].clone());
            return parts.join(".");
        }
        Mutation::TakePart(part) => {
            let taken = other.split('.').nth(part).unwrap_or_default();
            parts[part % parts_len] = taken.to_owned();
            return parts.join(".");
        }
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Nothing is accepted but the genuine token itself, and nothing panics.
    #[test]
    fn mutated_token_never_verifies(mutations in prop::collection::vec(mutations(), 1..4)) {
        let Genuine { fixture, access, refresh } = &*GENUINE;
        let mutated = |token: &String, other| {
            mutations.iter().fold(token.clone(), |token, mutation| mutate(&token, other, mutation))
        };
        for (token, other) in [(access, refresh), (refresh, access)] {
            let mutated = mutated(token, other);
            prop_assert_eq!(fixture.check(&mutated).is_ok(), mutated == *access);
            let refreshed = fixture.tokens.verify_refresh(&mutated, NOW).is_ok();
            prop_assert_eq!(refreshed, mutated == *refresh);
        }
    }

    #[test]
    fn any_string_is_rejected_without_a_panic(text in any::<String>()) {
        let fixture = &GENUINE.fixture;
        prop_assert!(fixture.check(&text).is_err());
        prop_assert!(fixture.tokens.verify_refresh(&text, NOW).is_err());
    }
}

/// With S + L instead of S the equation of the signature holds too (RFC 8032, section 8.4).
#[test]
fn signature_that_is_not_reduced_is_rejected() {
    let Genuine {
        fixture, access, ..
    } = &*GENUINE;
    let (message, signature) = access.rsplit_once('.').expect("a signature");
    let mut signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let mut carry = 0;
    for (byte, added) in signature[32..].iter_mut().zip(GROUP_ORDER) {
        let sum = u16::from(*byte) + u16::from(added) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(&signature));
    assert_invalid(fixture, &forged, "S + L");
}

#[test]
fn part_with_non_canonical_base64_is_rejected() {
    let Genuine { fixture, .. } = &*GENUINE;
    // Signed as it is: only the decoder can reject it. Each ends in a part whose last character
    // has unused bits.
    let header = fixture.header().to_string();
    let mut rejected = 0;
    for spaces in 0..3 {
        let claims = fixture.claims().to_string() + &" ".repeat(spaces);
        let parts = [&header, &claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let Some(last) = parts[1].chars().last().filter(|_| parts[1].len() % 4 != 0) else {
            continue;
        };
        for other in ('A'..='Z').chain('a'..='z').chain('0'..='9') {
            let claims = format!("{}{other}", &parts[1][..parts[1].len() - 1]);
            let token = fixture.signed_parts(&format!("{}.{claims}", parts[0]));
            if other == last {
                assert!(fixture.check(&token).is_ok(), "the canonical form");
            } else {
                assert_invalid(fixture, &token, &token);
                rejected += 1;
            }
        }
    }
    assert!(rejected > 60, "{rejected}");
}

#[test]
fn token_that_names_another_key_is_rejected() {
    let Genuine { fixture, .. } = &*GENUINE;
    let keys = fixture.tokens.keys();
    let (other, _) = keys
        .entries()
        .find(|(kid, _)| *kid != fixture.kid())
        .expect("two keys");
    let mut header = fixture.header();
    header["kid"] = json!(other);
    let token = fixture.signed(&header, &fixture.claims().to_string());
    assert_invalid(fixture, &token, "the other key of the ring");
}

#[test]
fn duplicate_header_member_and_huge_number_are_rejected() {
    let Genuine { fixture, .. } = &*GENUINE;
    let header = fixture.header().to_string();
    let claims = fixture.claims().to_string();
    let sign = |header: &str, claims: &str| {
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        fixture.signed_parts(&parts.join("."))
    };
    assert!(fixture.check(&sign(&header, &claims)).is_ok());
    for member in ["\"alg\":\"EdDSA\"", "\"typ\":\"at+jwt\"", "\"crit\":[]"] {
        let twice = format!("{{{member},{}", &header[1..]);
        assert_invalid(fixture, &sign(&twice, &claims), &twice);
    }
    let exp = format!("\"exp\":{}", NOW.as_seconds() + 1500);
    for number in [
        "9223372036854775808",
        "-9223372036854775809",
        "1e18",
        "1e309",
        "99999999999999999999999999999999999999",
    ] {
        let huge = claims.replace(&exp, &format!("\"exp\":{number}"));
        assert_ne!(huge, claims);
        assert_invalid(fixture, &sign(&header, &huge), number);
    }
    // The greatest time that the type can hold does not overflow; today's lifetime limits it.
    let greatest = claims.replace(&exp, "\"exp\":9223372036854775807");
    let verified = fixture.check(&sign(&header, &greatest)).expect("valid");
    assert!(verified.expires_at() < NOW + Duration::from_secs(1511));
}
