//! The documents name files that are there.

use std::{fs, path::Path};

const FOLDERS: [&str; 11] = [
    "src/",
    "app/",
    "frontend/",
    "server/",
    "style/",
    "migrations/",
    "end2end/",
    "xtask/",
    "docs/",
    "tests/",
    "testkit/",
];

#[test]
fn every_path_that_a_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for document in ["README.md", "ARCHITECTURE.md", "docs/protocol.md"] {
        let text = fs::read_to_string(root.join(document)).expect(document);
        for code in text.split('`').skip(1).step_by(2) {
            let path = code.split(':').next().unwrap_or(code);
            if !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            assert!(root.join(path).exists(), "{document} names {path}");
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} paths were found");
}
