//! The number of lines of an example that mention Portcullis or an item of it.
//!
//! A line counts if it names something from the library: `portcullis` itself, an item that a
//! `use portcullis::…` imports, or a variable that is declared with one of these names. It also
//! counts if it continues a chain of calls of such a declaration, is part of such a `use`, or
//! names one of the library's HTTP paths. Blank lines and comments do not count.

use std::collections::HashSet;
use std::fs;

use crate::failure::{Failure, Result, while_doing};
use crate::report::note;
use crate::workspace::Workspace;

/// An example, its files, and the largest number of lines that may count.
struct Bound {
    example: &'static str,
    files: &'static [&'static str],
    allowed: usize,
}

/// The beginning of the paths of the library's HTTP interface.
const PATHS: &str = "/api/accounts/";

const BOUNDS: &[Bound] = &[
    Bound {
        example: "examples/axum",
        files: &["Cargo.toml", "src/main.rs", "src/pages.rs", "src/users.rs"],
        allowed: 25,
    },
    Bound {
        example: "examples/axum, minimal",
        files: &["Cargo.toml", "src/bin/minimal.rs"],
        allowed: 12,
    },
    Bound {
        example: "examples/leptos",
        files: &["Cargo.toml", "src/app.rs", "src/lib.rs", "src/main.rs"],
        allowed: 40,
    },
];

/// Prints the number of lines of each example and fails if one is above its bound.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let mut above = Vec::new();
    for bound in BOUNDS {
        let lines = of(workspace, bound)?;
        let figure = format!(
            "{}: {} lines mention Portcullis, {} are allowed",
            bound.example,
            lines.len(),
            bound.allowed
        );
        note(&figure);
        if lines.len() > bound.allowed {
            above.push(format!("{figure}:\n{}", lines.join("\n")));
        }
    }
    if above.is_empty() {
        return Ok(());
    }
    Err(Failure::new(above.join("\n")))
}

fn of(workspace: &Workspace, bound: &Bound) -> Result<Vec<String>> {
    let folder = bound.example.split(',').next().unwrap_or_default();
    let mut lines = Vec::new();
    for file in bound.files {
        let path = workspace.root.join(folder).join(file);
        let text = while_doing(path.display(), fs::read_to_string(&path))?;
        lines.extend(
            ours(&text)
                .into_iter()
                .map(|line| format!("  {file}: {line}")),
        );
    }
    Ok(lines)
}

/// Returns the lines that count, trimmed.
fn ours(text: &str) -> Vec<&str> {
    let mut names = HashSet::from(["portcullis"]);
    let mut variables = HashSet::new();
    let mut counted = Vec::new();
    let (mut in_use, mut in_chain) = (false, false);
    for line in text.lines() {
        let code = line.trim();
        if line.starts_with('}') {
            variables.clear();
        }
        if code.is_empty() || is_comment(code) {
            continue;
        }
        let in_text = without_strings(code);
        in_use |= in_text.starts_with("use portcullis::");
        let is_named =
            words(&in_text).any(|(word, _)| names.contains(word) || variables.contains(word));
        let counts =
            in_use || is_named || code.contains(PATHS) || (in_chain && code.starts_with('.'));
        if counts {
            counted.push(code);
            let declared = if in_use { &mut names } else { &mut variables };
            declared.extend(declarations(code, in_use));
        }
        in_use &= !code.ends_with(';');
        in_chain = counts && (in_chain || code.starts_with("let "));
    }
    counted
}

/// Returns whether a line is a comment of Rust or of a manifest. `#[…]` is not.
fn is_comment(code: &str) -> bool {
    code.starts_with("//") || (code.starts_with('#') && !code.starts_with("#["))
}

/// Returns the names that a counted line declares: the imports of a `use`, or the variable of a
/// `let` or of a parameter.
fn declarations(code: &str, in_use: bool) -> Vec<&str> {
    if in_use {
        let brought = words(code).filter(|(_, after)| !after.starts_with("::"));
        return brought
            .map(|(word, _)| word)
            .filter(|word| *word != "use")
            .collect();
    }
    if let Some(bound) = code.strip_prefix("let ") {
        let bound = bound.strip_prefix("mut ").unwrap_or(bound);
        return words(bound).map(|(word, _)| word).take(1).collect();
    }
    let is_parameter = |after: &str| after.starts_with(": ");
    let parameters = words(code).filter(|(_, after)| is_parameter(after));
    parameters.map(|(word, _)| word).collect()
}

/// Returns the words of a line, each with the rest of the line.
fn words(code: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !is_word(c));
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then_some((word, after))
    })
}

/// Removes text between double quotes: a path like `/account` is not a name. In a manifest the
/// quoted names of features count.
fn without_strings(code: &str) -> String {
    if code.contains("\"portcullis/") {
        return code.to_owned();
    }
    code.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

#[cfg(test)]
mod tests {
    use super::ours;

    #[test]
    fn use_chain_variable_and_parameter_count() {
        let text = r#"
use axum::Router;
use portcullis::{
    Portcullis, SignedIn,
    wire::ApiError,
};

// portcullis in a comment
#[server(error = ApiError)]
async fn main() {
    let auth = Portcullis::builder("x")
        .open()
        .await;
    let app = Router::new()
        .route("/portcullis", get(me));
    serve(auth.protect(app))
        .await;
}

async fn me(user: SignedIn) -> String {
    let wire = 1;
    user.id()
}

fn other(user: User, auth: &str) {
    user.id();
}
"#;
        let expected = [
            "use portcullis::{",
            "Portcullis, SignedIn,",
            "wire::ApiError,",
            "};",
            "#[server(error = ApiError)]",
            r#"let auth = Portcullis::builder("x")"#,
            ".open()",
            ".await;",
            "serve(auth.protect(app))",
            "async fn me(user: SignedIn) -> String {",
            "user.id()",
        ];
        assert_eq!(ours(text), expected);
    }

    #[test]
    fn manifest_line_counts_by_dependency_and_by_feature() {
        let text = "[dependencies]\naxum = \"0.8\"\nportcullis = { path = \"../..\" }\n\
                    ssr = [\n    \"portcullis/ssr\",\n]\n";
        assert_eq!(
            ours(text),
            ["portcullis = { path = \"../..\" }", "\"portcullis/ssr\","]
        );
    }
}
