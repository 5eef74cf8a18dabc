//! `docs/threats.md`: every file and every test that its tables name exists.
//!
//! In the tables, a path in backticks is a file. A test follows the file that contains it: a
//! function of a Rust file, or the title of a Playwright test.

use std::fs;

use crate::failure::{Failure, Result, while_doing};
use crate::report::note;
use crate::workspace::Workspace;

const DOCUMENT: &str = "docs/threats.md";

/// The columns of a table: threat, defence, test, standard.
const COLUMNS: usize = 4;
/// Fewer rows mean that the tables were not found.
const MIN_ROWS: usize = 50;

/// Reads the document and fails with each row that names no file and no test, or one that
/// does not exist.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let path = workspace.root.join(DOCUMENT);
    let document = while_doing(path.display(), fs::read_to_string(&path))?;
    let read = |path: &str| fs::read_to_string(workspace.root.join(path)).ok();
    let (rows, mistakes) = check_text(&document, read);
    if !mistakes.is_empty() {
        return Err(Failure::new(format!(
            "{DOCUMENT}:\n{}\nName the file and the test as they are now.",
            mistakes.join("\n")
        )));
    }
    if rows < MIN_ROWS {
        return Err(Failure::new(format!("{DOCUMENT} has only {rows} rows.")));
    }
    note(format!("{rows} threats, each with a defence and a test"));
    Ok(())
}

/// Returns the number of rows, and the mistakes in them. `read` returns the text of a file.
fn check_text(document: &str, read: impl Fn(&str) -> Option<String>) -> (usize, Vec<String>) {
    let (mut rows, mut mistakes) = (0, Vec::new());
    for (at, line) in document.lines().enumerate() {
        let is_row = line.starts_with("| ") && !line.starts_with("| threat |");
        if !is_row {
            continue;
        }
        rows += 1;
        for mistake in check_row(line, &read) {
            mistakes.push(format!("line {}: {mistake}", at + 1));
        }
    }
    (rows, mistakes)
}

fn check_row(line: &str, read: &impl Fn(&str) -> Option<String>) -> Vec<String> {
    let columns: Vec<&str> = line.trim_matches('|').split('|').collect();
    let [_, defence, test, _] = columns[..] else {
        return vec![format!("{} columns instead of {COLUMNS}", columns.len())];
    };
    let mut mistakes = Vec::new();
    let mut files = 0;
    for path in spans(defence).filter(|span| is_path(span)) {
        files += 1;
        if read(path).is_none() {
            mistakes.push(format!("there is no file {path}"));
        }
    }
    if files == 0 {
        mistakes.push("the defence names no file".to_owned());
    }
    let (mut tests, mut file) = (0, None);
    for span in spans(test) {
        if is_path(span) {
            file = read(span).map(|text| (span, text));
            if file.is_none() {
                mistakes.push(format!("there is no file {span}"));
            }
            continue;
        }
        tests += 1;
        match &file {
            Some((path, text)) if !has_test(path, text, span) => {
                mistakes.push(format!("{path} has no test `{span}`"));
            }
            Some(_) => {}
            None => mistakes.push(format!("no file is named before the test `{span}`")),
        }
    }
    if tests == 0 {
        mistakes.push("no test is named".to_owned());
    }
    mistakes
}

/// Returns what stands in backticks.
fn spans(column: &str) -> impl Iterator<Item = &str> {
    column.split('`').skip(1).step_by(2)
}

fn is_path(span: &str) -> bool {
    span.contains('/') && matches!(kind(span), "rs" | "ts")
}

/// Returns the ending of a file's name.
fn kind(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, kind)| kind)
}

/// Returns whether the file has a test with that name.
fn has_test(path: &str, text: &str, name: &str) -> bool {
    if kind(path) == "ts" {
        return text.contains(&format!("test('{name}'"));
    }
    let (marker, function) = ("#[test]", format!("fn {name}("));
    let is_test = |before: &str| {
        // Since the end of the previous item.
        let attributes = before.rsplit("\n}").next().unwrap_or(before);
        attributes.contains(marker) || attributes.contains("::test")
    };
    // `on_both!` and `on_both_proxies!` name their tests in a list, and define them elsewhere as plain
    // functions. A property test is in `proptest!`.
    let is_listed = |text: &str| {
        text.split("on_both").skip(1).any(|list| {
            let list = list.split('}').next().unwrap_or(list);
            list.contains(&format!("{name};"))
        })
    };
    let mut places = text.match_indices(&function);
    let is_marked = places.any(|(at, _)| is_test(&text[..at]));
    is_marked || (text.contains(&function) && is_listed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST: &str = "on_both! { Fixture:\n    on_two;\n}\n\nasync fn on_two(fixture: Fixture) {\n}\n\n\
                        #[test]\nfn plain() {\n}\n\nfn helper() {\n}\n\n\
                        #[tokio::test]\nasync fn with_runtime() {\n}\n";

    fn read(path: &str) -> Option<String> {
        match path {
            "src/a.rs" => Some(RUST.to_owned()),
            "e/a.spec.ts" => Some("test('a user signs in', async () => {});".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn existing_files_and_tests_are_accepted() {
        let document = "| threat | defence | test | standard |\n|---|---|---|---|\n\
                        | a | b: `src/a.rs` | `src/a.rs`: `plain`, `on_two`, `with_runtime` | x |\n\
                        | a | b: `src/a.rs` | `e/a.spec.ts`: `a user signs in` | |\n\ntext | text\n";
        assert_eq!(check_text(document, read), (2, Vec::new()));
    }

    #[test]
    fn wrong_names_are_reported_with_their_line() {
        for (row, mistake) in [
            (
                "| a | b: `src/b.rs` | `src/a.rs`: `plain` | |",
                "there is no file src/b.rs",
            ),
            (
                "| a | b | `src/a.rs`: `plain` | |",
                "the defence names no file",
            ),
            (
                "| a | `src/a.rs` | `src/a.rs`: `plai` | |",
                "src/a.rs has no test `plai`",
            ),
            (
                "| a | `src/a.rs` | `src/a.rs`: `helper` | |",
                "src/a.rs has no test `helper`",
            ),
            (
                "| a | `src/a.rs` | `plain` | |",
                "no file is named before the test `plain`",
            ),
            ("| a | `src/a.rs` | `src/a.rs` | |", "no test is named"),
            (
                "| a | `src/a.rs` | `e/a.spec.ts`: `a user` | |",
                "e/a.spec.ts has no test `a user`",
            ),
            ("| a | `src/a.rs` |", "2 columns instead of 4"),
        ] {
            let (rows, mistakes) = check_text(&format!("title\n{row}\n"), read);
            assert_eq!((rows, mistakes), (1, vec![format!("line 2: {mistake}")]));
        }
    }
}
