//! The commands and settings that the documents name are in the program's help, and the
//! messages of docs/operations.md are in the code.

use std::{fs, path::Path};

use crate::installation::Installation;

/// The beginnings of a command line, before the arguments of the program.
const STARTS: [&str; 2] = ["portcullis ", "cargo run -p server -- "];

/// Prefixes of variables that belong to the tests and benchmarks.
const TEST_VARIABLES: [&str; 2] = ["PORTCULLIS_TEST_", "PORTCULLIS_POSTGRES_BIN"];

fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["", "docs"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|kind| kind == "md") {
                let name = path.file_name().expect("a name").to_string_lossy();
                let text = fs::read_to_string(&path).expect("a document");
                found.push((name.into_owned(), text));
            }
        }
    }
    found
}

/// Returns the command lines of a document: code spans and console lines that begin with
/// the program.
fn command_lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
    let spans = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    lines.chain(spans).filter_map(|line| {
        let arguments = STARTS.iter().find_map(|start| line.strip_prefix(start))?;
        Some(arguments.split('#').next().unwrap_or(arguments).trim())
    })
}

/// Returns the help of the command in a command line, and the options of the line.
fn help_for<'a>(installation: &Installation, line: &'a str) -> (String, Vec<&'a str>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let options = words.iter().copied().filter(|word| word.starts_with("--"));
    let commands = words.iter().copied().take_while(|word| {
        word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
    });
    let help: Vec<&str> = commands.chain(["--help"]).collect();
    let finished = installation.run(&help);
    assert_eq!(
        finished.code,
        Some(0),
        "portcullis {line}: {}",
        finished.err
    );
    (finished.out, options.collect())
}

#[test]
fn commands_in_documents_are_in_the_help() {
    let installation = Installation::new();
    let mut checked = 0;
    for (document, text) in documents() {
        for line in command_lines(&text) {
            let (help, options) = help_for(&installation, line);
            for option in options {
                assert!(help.contains(option), "{document}: portcullis {line}");
            }
            checked += 1;
        }
    }
    assert!(checked > 15, "only {checked} commands were found");
}

#[test]
fn settings_in_documents_are_in_the_help() {
    let help = Installation::new().run(&["--help"]).out;
    let mut checked = 0;
    for (document, text) in documents() {
        for (at, _) in text.match_indices("PORTCULLIS_") {
            let name = text[at..].split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
            let name = name.into_iter().next().expect("a name");
            if TEST_VARIABLES.iter().any(|test| name.starts_with(test)) {
                continue;
            }
            let is_known = help.split_whitespace().any(|word| word == name);
            assert!(is_known, "{document} names {name}");
            checked += 1;
        }
    }
    assert!(checked >= 8, "only {checked} settings were found");
}

/// Returns the code of the library and the program, with each string on one line.
fn code() -> String {
    fn read(folder: &Path, code: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, code);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                code.push_str(&fs::read_to_string(&path).expect("a file"));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for folder in ["src", "../src"] {
        read(&root.join(folder), &mut code);
    }
    // A backslash continues a string on the next line.
    let mut lines = code.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |joined, line| joined + line.trim_start())
}

#[test]
fn messages_in_the_failure_table_are_in_the_code() {
    let (_, text) = documents()
        .into_iter()
        .find(|(name, _)| name == "operations.md")
        .expect("the document");
    let section = text.split("## When something is wrong").nth(1);
    let section = section.and_then(|rest| rest.split("\n## ").next());
    let code = code();
    let mut checked = 0;
    for row in section.expect("a section").lines() {
        let Some(cell) = row
            .strip_prefix("| ")
            .and_then(|row| row.split(" |").next())
        else {
            continue;
        };
        for message in cell.split('`').skip(1).step_by(2) {
            for part in message.split('…') {
                assert!(code.contains(part.trim()), "`{part}` of `{message}`");
                checked += 1;
            }
        }
    }
    assert!(checked > 60, "only {checked} parts of messages were found");
}
