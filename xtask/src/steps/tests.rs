use std::fs;
use std::path::Path;

use super::STEPS;
use crate::step::Work;

#[test]
fn names_are_distinct() {
    for (at, step) in STEPS.iter().enumerate() {
        assert!(
            STEPS[at + 1..].iter().all(|other| other.name != step.name),
            "{}",
            step.name
        );
    }
}

/// `unit/portcullis` runs the tests in `tests/` that need no feature; all others are named.
#[test]
fn every_integration_test_is_in_a_step() {
    let mut lines = Vec::new();
    for step in STEPS {
        if let Work::Cargo(line)
        | Work::CargoWithPostgres(line)
        | Work::CargoWithPostgresToKill(line) = step.work
        {
            lines.push(line);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = vec!["library".to_owned()];
    for folder in ["server/tests", "examples/axum/tests"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_string_lossy();
            names.push(name.into_owned());
        }
    }
    for name in names {
        let argument = format!("--test {name}");
        let is_named = lines
            .iter()
            .any(|line| format!("{line} ").contains(&format!("{argument} ")));
        assert!(is_named, "{argument}");
    }
}
