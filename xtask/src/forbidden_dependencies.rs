//! The dependencies that each ring must not have.

use crate::failure::{Failure, Result};
use crate::process;
use crate::report::note;
use crate::workspace::Workspace;

struct Ring {
    /// The ring that is checked.
    name: &'static str,
    /// The arguments of `cargo tree` that select its dependencies.
    tree: &'static str,
    /// The kinds of dependencies, as `cargo tree` names them.
    edges: &'static str,
    /// Package names and prefixes that must be absent.
    forbidden: &'static [&'static str],
}

const SERVER_ONLY: &[&str] = &[
    "argon2",
    "aws-lc-",
    "axum",
    "hyper",
    "jsonwebtoken",
    "leptos_axum",
    "sqlx",
    "tower-http",
];

const RINGS: &[Ring] = &[
    Ring {
        name: "the core",
        tree: "-p portcullis --target all",
        edges: "normal,build",
        forbidden: &[
            "argon2",
            "async-",
            "aws-lc-",
            "axum",
            "futures",
            "getrandom",
            "gloo-",
            "hyper",
            "js-sys",
            "jsonwebtoken",
            "leptos",
            "server_fn",
            "sqlx",
            "tokio",
            "tower",
            "tracing",
            "uuid",
            "wasm-bindgen",
            "web-sys",
        ],
    },
    // The tests run for minutes; their build must stay short.
    Ring {
        name: "the core with its tests",
        tree: "-p portcullis",
        edges: "normal,build,dev",
        forbidden: &[
            "argon2",
            "aws-lc-",
            "axum",
            "hyper",
            "jsonwebtoken",
            "leptos",
            "server_fn",
            "sqlx",
            "tokio",
            "wasm-bindgen",
        ],
    },
    Ring {
        name: "the browser ring",
        tree: "-p portcullis --features browser --target wasm32-unknown-unknown",
        edges: "normal,build",
        forbidden: SERVER_ONLY,
    },
    Ring {
        name: "the code that the browser loads",
        tree: "-p frontend --target wasm32-unknown-unknown",
        edges: "normal,build",
        forbidden: SERVER_ONLY,
    },
];

/// Lists each ring's dependencies and fails for a forbidden one.
pub(crate) fn check(workspace: &Workspace) -> Result {
    for ring in RINGS {
        let mut tree = process::cargo(workspace)?;
        tree.args(["tree", "--edges", ring.edges]);
        tree.args("--prefix none --format {p}".split(' '));
        let listing = process::capture(tree.args(ring.tree.split(' ')))?;
        let names = names(&listing);
        if let Some(found) = names.iter().find(|name| is_forbidden(name, ring.forbidden)) {
            return Err(Failure::new(format!(
                "{} depends on {found}. To see the path: cargo tree {} --edges {} -i {found}",
                ring.name, ring.tree, ring.edges
            )));
        }
        note(format!(
            "{}: {} packages, none forbidden",
            ring.name,
            names.len()
        ));
    }
    Ok(())
}

/// Returns the package names of a listing like `serde v1.0.0 (*)`, each once.
fn names(listing: &str) -> Vec<&str> {
    let mut names: Vec<&str> = listing
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns whether a name is forbidden. An entry that ends in `-` is a prefix; any other entry
/// also covers `name-…` and `name_…`.
fn is_forbidden(name: &str, forbidden: &[&str]) -> bool {
    forbidden.iter().any(|entry| {
        name.strip_prefix(entry).is_some_and(|rest| {
            rest.is_empty() || entry.ends_with('-') || rest.starts_with(['-', '_'])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{is_forbidden, names};

    #[test]
    fn prefix_forbids_family_and_similar_names_pass() {
        let forbidden = ["tokio", "aws-lc-"];
        for name in [
            "tokio",
            "tokio-util",
            "tokio_something",
            "aws-lc-rs",
            "aws-lc-sys",
        ] {
            assert!(is_forbidden(name, &forbidden), "{name}");
        }
        for name in ["tokiox", "serde", "aws"] {
            assert!(!is_forbidden(name, &forbidden), "{name}");
        }
    }

    #[test]
    fn a_listing_gives_each_name_once() {
        let listing = "portcullis v0.1.0 (/a/path)\nserde v1.0.0\nserde v1.0.0 (*)\n";
        assert_eq!(names(listing), ["portcullis", "serde"]);
    }
}
