//! Passwords that are too easy to guess: those that many people use, and those made of words
//! about the account or the site (NIST SP 800-63B-4, section 3.1.1.2).
//!
//! No list of common passwords has many of the 15 characters that a password needs here. So a
//! password is rejected too if it is only a few predictable pieces put together: common
//! passwords, repetitions, sequences and short numbers. A passphrase of several words is not.

use std::{collections::HashSet, sync::LazyLock};

/// The list of common passwords.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("common-passwords.txt").lines();
    lines.filter(|line| !line.starts_with("# ")).collect()
});

/// The cost up to which a password is predictable.
const MAX_COST: u32 = 4;
/// The cost of a common password as a piece: two of them are predictable, three are not.
const COMMON_COST: u32 = 2;
/// The cost of any other piece.
const PIECE_COST: u32 = 1;

/// The minimum length of a repetition or a sequence as a piece, in characters.
const MIN_PATTERN: usize = 4;
/// The maximum length of the part that a repetition repeats, unless that is a common password.
const MAX_UNIT: usize = 4;
/// The maximum length of digits and signs as a piece, such as a date.
const MAX_NUMBER: usize = 8;
/// The minimum length of a word of the context.
const MIN_WORD: usize = 4;
/// A password of more characters is not examined piece by piece.
const MAX_EXAMINED: usize = 64;

/// The words that a password must not be made of, in lower case.
pub(super) type Words = [String];

/// Returns whether a password is made of a few predictable pieces. `words` count as pieces
/// too.
pub(super) fn is_predictable(password: &str, words: &Words) -> bool {
    let password: Vec<char> = password.to_lowercase().chars().collect();
    if is_pattern(&password) {
        return true;
    }
    if password.len() > MAX_EXAMINED {
        return false;
    }
    // The lowest cost of the pieces up to each position.
    let mut costs = vec![Some(0)];
    for end in 1..=password.len() {
        let to_end = (0..end).filter_map(|start| {
            let before: u32 = costs[start]?;
            Some(before + piece(&password, start, end, words)?)
        });
        costs.push(to_end.min());
    }
    costs[password.len()].is_some_and(|cost| cost <= MAX_COST)
}

/// Returns the cost of a part of a password if it is a predictable piece.
fn piece(password: &[char], start: usize, end: usize, words: &Words) -> Option<u32> {
    let part = &password[start..end];
    let text: String = part.iter().collect();
    if words.contains(&text) {
        return Some(PIECE_COST);
    }
    if part.len() >= MIN_PATTERN && is_pattern(part) {
        return Some(PIECE_COST);
    }
    if is_whole_number(password, start, end) {
        return Some(PIECE_COST);
    }
    COMMON.contains(&*text).then_some(COMMON_COST)
}

/// Returns whether a part is short and has no letter, and the characters beside it are
/// letters: two such parts are never beside each other.
fn is_whole_number(password: &[char], start: usize, end: usize) -> bool {
    let is_letter = |position: usize| password.get(position).is_none_or(|c| c.is_alphabetic());
    end - start <= MAX_NUMBER
        && end - start < password.len()
        && !password[start..end].iter().any(|c| c.is_alphabetic())
        && (start == 0 || is_letter(start - 1))
        && is_letter(end)
}

/// Returns whether all characters follow from the first few: by repetition or in sequence.
fn is_pattern(part: &[char]) -> bool {
    is_repetition(part) || is_sequence(part)
}

/// Returns whether a part of at most [`MAX_UNIT`] characters, or a common password, is
/// repeated, the last time possibly cut off.
fn is_repetition(part: &[char]) -> bool {
    (1..=part.len() / 2).any(|length| {
        let (unit, rest) = part.split_at(length);
        let repeats = rest.iter().zip(unit.iter().cycle()).all(|(a, b)| a == b);
        let unit: String = unit.iter().collect();
        let word = unit.trim_matches(|c: char| !c.is_alphanumeric());
        repeats && (length <= MAX_UNIT || COMMON.contains(word))
    })
}

/// Returns whether each character is one more than the one before it, or each one less, as in
/// `abcd` and `4321`. After 9 comes 0.
fn is_sequence(part: &[char]) -> bool {
    let follows = |first: char, second: char| {
        let is_next = u32::from(first) + 1 == u32::from(second);
        is_next || (first, second) == ('9', '0')
    };
    let ascends = part.windows(2).all(|pair| follows(pair[0], pair[1]));
    ascends || part.windows(2).all(|pair| follows(pair[1], pair[0]))
}

/// Returns the words of a text: the whole, and its parts between signs, in lower case. Those
/// shorter than four characters are left out.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let whole = text.trim().to_lowercase();
    let parts: Vec<String> = whole
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_owned)
        .collect();
    let joined = parts.concat();
    let all = parts.into_iter().chain([joined, whole]);
    all.filter(|word| word.chars().count() >= MIN_WORD)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_complete_and_in_lower_case() {
        assert_eq!(COMMON.len(), 19_305);
        for common in ["password", "qwerty", "letmein", "1q2w3e4r5t6y7u8i"] {
            assert!(COMMON.contains(common), "{common}");
        }
        for entry in COMMON.iter() {
            assert_eq!(*entry, entry.to_lowercase());
        }
    }

    #[test]
    fn few_predictable_pieces_are_rejected() {
        for password in [
            "aaaaaaaaaaaaaaa",
            "abababababababab",
            "abcabcabcabcabca",
            "123456789012345",
            "abcdefghijklmnop",
            "ponmlkjihgfedcba",
            "1q2w3e4r5t6y7u8i",
            "passwordpassword",
            "PasswordPassword",
            "password password password",
            "password1234567",
            "Password20241231",
            "!!password123456",
            "2024letmein2025!",
            "qwertyuiopasdfgh",
            "qwerty!!!!!!!!!!!!",
            "footballsunshine",
            "пароль1234567890",
        ] {
            assert!(is_predictable(password, &[]), "{password}");
        }
    }

    #[test]
    fn passphrases_and_random_strings_are_accepted() {
        for password in [
            "correct horse battery staple",
            "an engine of brass",
            "another long password",
            "a password of some length",
            "monkey dragon sunshine",
            "83649201756483920",
            "kT7#pQ2!vLz9@wXr",
            "gfhjkmcbxvnqpwoe",
            "dragon-8364920175648392",
            "🦀 ferris likes rust 🦀",
        ] {
            assert!(!is_predictable(password, &[]), "{password}");
        }
        // However long.
        assert!(!is_predictable(&"an engine of brass ".repeat(50), &[]));
    }

    #[test]
    fn words_of_the_context_are_pieces() {
        let words = words_of("grace.hopper@example.org");
        for password in [
            "grace.hopper@example.org",
            "gracehopperexampleorg",
            "Grace.Hopper1906",
            "hopperhopperhopper",
            "example-2024-example",
        ] {
            assert!(is_predictable(password, &words), "{password}");
            assert_eq!(words_of("a.b@c.d"), ["abcd", "a.b@c.d"]);
        }
        for password in ["grace likes long walks", "the example of the day"] {
            assert!(!is_predictable(password, &words), "{password}");
        }
    }
}
