//! The files, folders and links that the documents name exist.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Endings of the files that documents name without their folder.
const FILE_KINDS: [&str; 7] = [".rs", ".sql", ".ts", ".css", ".sh", ".toml", ".md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document of the repository, with its path from the root.
fn documents() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["", "docs", "examples/axum", "examples/leptos"] {
        for entry in fs::read_dir(root().join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|kind| kind == "md") {
                let text = fs::read_to_string(&path).expect("a document");
                let name = path.strip_prefix(root()).expect("below the root");
                found.push((name.to_owned(), text));
            }
        }
    }
    assert!(found.len() >= 9, "only {} documents", found.len());
    found
}

/// The files and folders of the repository, as paths from the root.
fn files() -> Vec<String> {
    fn collect(folder: &Path, files: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || ["target", "node_modules", "data"].contains(&&*name) {
                continue;
            }
            let below = path.strip_prefix(root()).expect("below the root");
            files.push(below.to_string_lossy().into_owned());
            if path.is_dir() {
                collect(&path, files);
            }
        }
    }
    let mut files = Vec::new();
    collect(root(), &mut files);
    files
}

/// What stands in backticks outside of fenced blocks.
fn code_spans(text: &str) -> Vec<&str> {
    let unfenced = text.split("\n```").step_by(2);
    unfenced
        .flat_map(|prose| prose.split('`').skip(1).step_by(2))
        .collect()
}

/// `src/{a,b}.rs` as its two paths.
fn expand(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else {
        return vec![path.to_owned()];
    };
    let (inside, after) = rest.split_once('}').expect("a closing brace");
    let parts = inside.split(',');
    parts
        .map(|part| format!("{before}{}{after}", part.trim()))
        .collect()
}

#[test]
fn paths_in_documents_exist() {
    let files = files();
    let folders: Vec<String> = fs::read_dir(root())
        .expect("the root")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .filter_map(|path| Some(format!("{}/", path.file_name()?.to_str()?)))
        .filter(|name| !name.starts_with('.') && name != "target/" && name != "data/")
        .collect();
    let (mut checked, mut missing) = (0, Vec::new());
    for (document, text) in documents() {
        let folder = document.parent().expect("a folder");
        for span in code_spans(&text) {
            let path = span.split(':').next().unwrap_or(span);
            let is_path = folders.iter().any(|folder| path.starts_with(folder));
            let is_file = FILE_KINDS.iter().any(|kind| path.ends_with(kind));
            if !(is_path || is_file) || path.contains([' ', '*', '…']) {
                continue;
            }
            for path in expand(path) {
                let path = path.trim_end_matches('/');
                let exists = root().join(path).exists()
                    || root().join(folder).join(path).exists()
                    || (!is_path && files.iter().any(|file| ends_with_path(file, path)));
                checked += 1;
                if !exists {
                    missing.push(format!("{} names {path}", document.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(checked > 100, "only {checked} paths were found");
}

fn ends_with_path(file: &str, path: &str) -> bool {
    file.strip_suffix(path)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[test]
fn links_in_documents_lead_to_files_and_headings() {
    let mut checked = 0;
    for (document, text) in documents() {
        let folder = root().join(document.parent().expect("a folder"));
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or(rest);
            if target.contains("://") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if path.is_empty() {
                root().join(&document)
            } else {
                folder.join(path)
            };
            assert!(file.exists(), "{} links to {target}", document.display());
            if !heading.is_empty() {
                let text = fs::read_to_string(&file).expect("a document");
                let has = text
                    .lines()
                    .any(|line| anchor(line) == Some(heading.into()));
                assert!(has, "{} links to {target}", document.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} links were found");
}

/// The anchor of a heading, as repository hosts make it.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}
