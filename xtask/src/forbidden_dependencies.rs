//! What the packages of each ring must never depend on.

use crate::failure::{Failure, Result};
use crate::process;
use crate::report::note;
use crate::workspace::Workspace;

struct Wall {
    /// Whose dependencies these are.
    whose: &'static str,
    /// The words of `cargo tree` that select them.
    tree: &'static str,
    /// Their kinds, as `cargo tree` names them.
    edges: &'static str,
    /// Names, and prefixes of names, that must be absent.
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

const WALLS: &[Wall] = &[
    Wall {
        whose: "the pure ring",
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
    // They run for minutes, and must not be built for as long.
    Wall {
        whose: "the pure ring with its tests",
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
    Wall {
        whose: "the browser ring",
        tree: "-p portcullis --features browser --target wasm32-unknown-unknown",
        edges: "normal,build",
        forbidden: SERVER_ONLY,
    },
    Wall {
        whose: "what the browser loads",
        tree: "-p frontend --target wasm32-unknown-unknown",
        edges: "normal,build",
        forbidden: SERVER_ONLY,
    },
];

/// Asks cargo for each ring's dependencies and looks for forbidden ones.
pub(crate) fn check(workspace: &Workspace) -> Result {
    for wall in WALLS {
        let mut tree = process::cargo(workspace)?;
        tree.args(["tree", "--edges", wall.edges]);
        tree.args("--prefix none --format {p}".split(' '));
        let listing = process::capture(tree.args(wall.tree.split(' ')))?;
        let names = names(&listing);
        if let Some(found) = names.iter().find(|name| is_forbidden(name, wall.forbidden)) {
            return Err(Failure::new(format!(
                "{} depends on {found}. See how: cargo tree {} --edges {} -i {found}",
                wall.whose, wall.tree, wall.edges
            )));
        }
        note(format!(
            "{}: {} packages, none forbidden",
            wall.whose,
            names.len()
        ));
    }
    Ok(())
}

/// Names of packages in a listing like `serde v1.0.0 (*)`, each once.
fn names(listing: &str) -> Vec<&str> {
    let mut names: Vec<&str> = listing
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// An entry that ends in `-` is the start of a family's names; any other also
/// covers `name-…` and `name_…`.
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
    fn families_are_forbidden_and_mere_likeness_is_not() {
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
