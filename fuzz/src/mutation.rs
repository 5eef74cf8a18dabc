//! How an input is changed.

use testkit::rng::Rng;

/// The longest input that mutation makes. Longer ones are tried separately.
const MAX_LEN: usize = 4 * 1024;

/// Bytes at which parsers often fail: separators, quotes, controls, and parts of UTF-8.
const BYTES: &[u8] =
    b"\0\t\n\r !\"#%&'()*+,-./0189:;<=>?@AZ[\\]^_`az{|}~\x7f\x80\xbf\xc3\xe2\xf0\xff";

/// Returns a changed input: one of `inputs` with up to eight mutations.
pub(crate) fn mutated(rng: &mut Rng, inputs: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = inputs[rng.index(inputs.len())].clone();
    for _ in 0..rng.between(1, 8) {
        mutate(rng, &mut input, inputs, words);
    }
    input.truncate(MAX_LEN);
    input
}

fn mutate(rng: &mut Rng, input: &mut Vec<u8>, inputs: &[Vec<u8>], words: &[&str]) {
    let at = rng.index(input.len() + 1);
    let end = at + rng.index(input.len() - at + 1).min(rng.index(33));
    match rng.between(0, 8) {
        0 if at < input.len() => input[at] ^= 1 << rng.index(8),
        1 if at < input.len() => input[at] = BYTES[rng.index(BYTES.len())],
        2 => input.insert(at, BYTES[rng.index(BYTES.len())]),
        3 => drop(input.drain(at..end)),
        4 => {
            let part = input[at..end].repeat(rng.index(4));
            insert(input, at, &part);
        }
        5 => input.truncate(at),
        6 if !words.is_empty() => insert(input, at, words[rng.index(words.len())].as_bytes()),
        7 => {
            let other = &inputs[rng.index(inputs.len())];
            let from = rng.index(other.len() + 1);
            input.truncate(at);
            input.extend(&other[from..]);
        }
        _ => {
            let word = char::from_u32(u32::try_from(rng.between(0, 0x1_f9ff)).unwrap_or(0));
            let word = word.unwrap_or('\u{202e}').to_string();
            insert(input, at, word.as_bytes());
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, part: &[u8]) {
    drop(input.splice(at..at, part.iter().copied()));
}
