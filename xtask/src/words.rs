//! The list of words that the project's texts and names must not have, each with a plain
//! replacement.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result, while_doing};
use crate::report::note;
use crate::workspace::Workspace;

/// One word or phrase, in lower case. A trailing `*` stands for any ending.
struct Word {
    word: &'static str,
    instead: &'static str,
}

const fn word(word: &'static str, instead: &'static str) -> Word {
    Word { word, instead }
}

const WORDS: &[Word] = &[
    word("nobody", "no user, no caller, no process"),
    word("somebody", "a user, a caller, an attacker, an operator"),
    word("anybody", "any user, any caller"),
    word("whoever", "the caller, the user, the process that"),
    word("anew", "again"),
    word(
        "renew*",
        "refresh (the exchange) or rotate (the generation)",
    ),
    word("vouch*", "verify, authenticate"),
    word("patience", "timeout"),
    word("is over", "has ended, has expired"),
    word("are over", "have ended, have expired"),
    word("makes good", "recovers"),
    word("make good", "recover"),
    word("made good", "recovered"),
    word("hands out", "issues"),
    word("hand out", "issue"),
    word("handed out", "issued"),
    word("finds out", "detects"),
    word("found out", "detected"),
    word("of no effect", "ignored"),
    word("gives up", "cancels, times out"),
    word("given up", "cancelled, timed out"),
    word("goes by", "uses, follows"),
    word("at hand", "available"),
    word("in the field", "existing"),
];

/// Places where a word is correct: the end of a path, and the word.
const EXCEPTIONS: &[(&str, &str)] = &[
    // This table.
    ("xtask/src/words.rs", "*"),
    // Names of certbot.
    ("docs/installing.md", "renew*"),
    // The UNIX account.
    ("xtask/src/postgres/account.rs", "nobody"),
];

/// Files of these kinds are read.
const KINDS: [&str; 9] = ["rs", "md", "sql", "ts", "css", "html", "toml", "sh", "js"];

/// Folders with third-party or generated files.
const FOLDERS_LEFT_OUT: [&str; 5] = [
    "target",
    "node_modules",
    "test-results",
    "templates",
    "data",
];

/// Reads every text file of the project and fails with each place that has a listed word.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let mut files = Vec::new();
    collect(&workspace.root, &mut files)?;
    let mut places = Vec::new();
    for file in &files {
        let text = while_doing(file.display(), fs::read_to_string(file))?;
        let name = file.strip_prefix(&workspace.root).unwrap_or(file);
        places.extend(places_in(&name.to_string_lossy(), &text));
    }
    if places.is_empty() {
        note(format!("{} files, none with a listed word", files.len()));
        return Ok(());
    }
    Err(Failure::new(format!(
        "{}\nWrite it in plain words; CONTRIBUTING.md has the rules.",
        places.join("\n")
    )))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result {
    for entry in while_doing(folder.display(), fs::read_dir(folder))? {
        let path = while_doing(folder.display(), entry)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !FOLDERS_LEFT_OUT.contains(&&*name) {
                collect(&path, files)?;
            }
        } else if path
            .extension()
            .is_some_and(|kind| KINDS.iter().any(|known| kind == *known))
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Returns one line for each place in a file. It finds a phrase that is broken over two lines
/// too, because comments are wrapped.
fn places_in(file: &str, text: &str) -> Vec<String> {
    let mut places = Vec::new();
    let lines: Vec<String> = text.lines().map(words_of).collect();
    for (number, line) in lines.iter().enumerate() {
        let next = lines.get(number + 1).map_or(" ", String::as_str);
        for Word { word, instead } in WORDS {
            if is_excepted(file, word) || !begins_in(line, next, word) {
                continue;
            }
            places.push(format!(
                "{file}:{}: \"{word}\": write {instead}",
                number + 1
            ));
        }
    }
    places
}

fn is_excepted(file: &str, word: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|(path, allowed)| file.ends_with(path) && (*allowed == "*" || *allowed == word))
}

/// Returns the words of a line in lower case, each between two spaces. The parts of names such
/// as `is_renewed` and `NobodyHere` are words.
fn words_of(line: &str) -> String {
    let mut words = String::from(" ");
    let mut was_lower = false;
    for c in line.chars() {
        if was_lower && c.is_uppercase() {
            words.push(' ');
        }
        was_lower = c.is_lowercase();
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// Returns whether `word` begins in `line`; it may end in `next`.
fn begins_in(line: &str, next: &str, word: &str) -> bool {
    let wanted = match word.strip_suffix('*') {
        Some(beginning) => format!(" {beginning}"),
        None => format!(" {word} "),
    };
    let both = format!("{}{}", line.trim_end(), next);
    both.match_indices(&wanted)
        .any(|(at, _)| at + 1 < line.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::{begins_in, places_in, words_of};

    fn has(line: &str, next: &str, word: &str) -> bool {
        begins_in(&words_of(line), &words_of(next), word)
    }

    #[test]
    fn words_are_found_in_text_and_in_names() {
        for line in [
            "/// Nobody is signed in.",
            "fn is_nobody()",
            "IsNobody",
            "-- NOBODY",
        ] {
            assert!(has(line, "", "nobody"), "{line}");
        }
        assert!(has("the session is renewed", "", "renew*"));
        assert!(has("the session is", "/// over, and", "is over"));
    }

    #[test]
    fn longer_words_and_other_endings_are_left_alone() {
        assert!(!has("a newer page", "", "anew"));
        assert!(!has("is overdue", "", "is over"));
        assert!(!has("the session is", "overdue", "is over"));
        // It is the next line's.
        assert!(!has("", "nobody", "nobody"));
    }

    #[test]
    fn a_place_names_file_line_and_replacement() {
        assert_eq!(
            places_in("src/a.rs", "fine\n// done anew\n"),
            ["src/a.rs:2: \"anew\": write again"]
        );
        assert!(places_in("xtask/src/postgres/account.rs", "nobody").is_empty());
    }
}
