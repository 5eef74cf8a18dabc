//! An estimate of how hard a password is to guess. It advises and never blocks; the server
//! rejects what is too short or in its list of common passwords, which is too large for a page.

/// The words and keys in a row that many passwords contain. An attacker tries them first.
const COMMON: [&str; 16] = [
    "password",
    "passwort",
    "qwerty",
    "qwertz",
    "asdf",
    "letmein",
    "welcome",
    "admin",
    "login",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "secret",
    "master",
    "portcullis",
];

/// The bits of a word that is in a large dictionary.
const WORD_BITS: f32 = 12.0;

/// The strength of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    /// Nothing is entered.
    Empty,
    TooShort,
    Weak,
    Fair,
    Strong,
}

impl Strength {
    /// Estimates the strength of a password.
    pub(super) fn of(password: &str) -> Self {
        let length = password.chars().count();
        match length {
            0 => Self::Empty,
            1..15 => Self::TooShort,
            _ => match bits(password) {
                ..35.0 => Self::Weak,
                35.0..50.0 => Self::Fair,
                _ => Self::Strong,
            },
        }
    }

    /// Returns how much of the meter is filled, in quarters.
    pub(super) fn level(self) -> &'static str {
        match self {
            Self::Empty => "0",
            Self::TooShort => "1",
            Self::Weak => "2",
            Self::Fair => "3",
            Self::Strong => "4",
        }
    }

    /// Returns the strength in words, with advice.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Empty => "",
            Self::TooShort => "Too short: use at least 15 characters.",
            Self::Weak => "Weak: easy to guess. Use several unrelated words.",
            Self::Fair => "Fair: one more unrelated word makes it strong.",
            Self::Strong => "Strong.",
        }
    }
}

/// Returns the logarithm of the number of guesses, roughly: the sum over its parts. A part
/// that was there before adds nearly nothing.
fn bits(password: &str) -> f32 {
    let lower = password.to_lowercase();
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = lower.as_str();
    while let Some(first) = rest.chars().next() {
        let is_same_kind = |c: char| kind(c) == kind(first);
        let end = rest.find(|c| !is_same_kind(c)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    let add = |(n, part): (usize, &&str)| {
        if parts[..n].contains(part) {
            1.0
        } else {
            part_bits(part)
        }
    };
    parts.iter().enumerate().map(add).sum()
}

#[derive(PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Other,
}

fn kind(c: char) -> Kind {
    match c {
        c if c.is_alphabetic() => Kind::Letter,
        c if c.is_numeric() => Kind::Digit,
        _ => Kind::Other,
    }
}

/// Returns the bits of letters, of digits, or of other characters.
fn part_bits(part: &str) -> f32 {
    if let Some(word) = COMMON.iter().find(|word| part.contains(**word)) {
        return 3.0 + part_bits(&part.replacen(word, "", 1));
    }
    let mut bits: f32 = 0.0;
    let mut before: Option<char> = None;
    for c in part.chars() {
        let follows = before.is_some_and(|before| (c as u32).abs_diff(before as u32) <= 1);
        bits += match (follows, kind(c)) {
            // As in `aaaa`, `1234` and `dcba`.
            (true, _) => 0.5,
            (false, Kind::Letter) => 4.7,
            (false, Kind::Digit) => 3.3,
            (false, Kind::Other) => 4.0,
        };
        before = Some(c);
    }
    let is_word = part.chars().next().is_some_and(char::is_alphabetic);
    // A long run of letters may be several words without spaces.
    let words = part.chars().count().div_ceil(8);
    #[expect(clippy::cast_precision_loss)]
    let most = WORD_BITS * words as f32;
    if is_word { bits.min(most) } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_counts_words_and_not_characters() {
        for (password, strength) in [
            ("", Strength::Empty),
            ("kA7!xQ2$", Strength::TooShort),
            ("aaaaaaaaaaaaaaaaaaaa", Strength::Weak),
            ("123456789012345", Strength::Weak),
            ("abcdefghijklmnopqrst", Strength::Weak),
            ("passwordpassword", Strength::Weak),
            ("password password password", Strength::Weak),
            ("Qwerty1234567890!", Strength::Weak),
            ("dragon and monkey", Strength::Weak),
            ("green carpet lamp", Strength::Fair),
            ("correct horse battery staple", Strength::Strong),
            ("Xk4vQ-9rTzB7m-Lw2", Strength::Strong),
        ] {
            assert_eq!(Strength::of(password), strength, "{password}");
        }
    }
}
