//! Every step of `cargo xtask test`, in the order in which they run.
//!
//! Cheap steps come first. Packages are checked one by one with the features
//! they are built with, never `--workspace --all-features`: the server's and the
//! browser's side of the application must not meet in one build.

use crate::step::{Step, Work};
use crate::{chromium, end2end, examples, firefox, forbidden_dependencies, serve, size, tools};

const fn cargo(
    name: &'static str,
    what: &'static str,
    takes: &'static str,
    words: &'static str,
) -> Step {
    Step {
        name,
        what,
        takes,
        work: Work::Cargo(words),
        follows: false,
    }
}

pub(crate) const STEPS: &[Step] = &[
    cargo(
        "format",
        "every Rust file is as rustfmt writes it",
        "a second",
        "fmt --all --check",
    ),
    cargo(
        "lint/xtask",
        "clippy on this tool",
        "a few seconds",
        "clippy -p xtask --all-targets -- -D warnings",
    ),
    cargo(
        "lint/portcullis",
        "clippy on the library's pure ring",
        "a few seconds",
        "clippy -p portcullis --all-targets -- -D warnings",
    ),
    cargo(
        "lint/portcullis-axum",
        "clippy on the library with `axum`",
        "about 2 minutes",
        "clippy -p portcullis --features testing --all-targets -- -D warnings",
    ),
    // Three packages in one build, here, in `docs/ssr` and in `unit/server`: apart
    // they would each compile the dependencies anew with slightly other features.
    cargo(
        "lint/server",
        "clippy on the application's server side and the binary",
        "about 2 minutes",
        "clippy -p portcullis -p app -p server -p testkit -p example-axum \
         --features portcullis/testing,app/ssr --all-targets -- -D warnings",
    ),
    // No target among `--all-targets`: `cargo test` must not run it by the way.
    cargo(
        "lint/crash",
        "clippy on the crash tests",
        "half a minute",
        "clippy -p portcullis -p app -p server --features portcullis/testing,app/ssr --test crash \
         -- -D warnings",
    ),
    cargo(
        "lint/portcullis-browser",
        "clippy on the library with `browser`, for WebAssembly",
        "about a minute",
        "clippy -p portcullis --features browser --target wasm32-unknown-unknown -- -D warnings",
    ),
    cargo(
        "lint/portcullis-hydrate",
        "clippy on the library with `hydrate`, for WebAssembly",
        "about a minute",
        "clippy -p portcullis --features hydrate --target wasm32-unknown-unknown -- -D warnings",
    ),
    cargo(
        "lint/app-browser",
        "clippy on the application, browser side",
        "about a minute",
        "clippy -p app --features hydrate --target wasm32-unknown-unknown -- -D warnings",
    ),
    cargo(
        "lint/frontend",
        "clippy on the WebAssembly entry point",
        "a few seconds",
        "clippy -p frontend --target wasm32-unknown-unknown -- -D warnings",
    ),
    cargo(
        "docs/ssr",
        "rustdoc as docs.rs runs it, and of the application; warnings are errors",
        "half a minute",
        "doc --no-deps -p portcullis -p app -p server --features portcullis/testing,app/ssr \
         --config build.rustdocflags=[\"-Dwarnings\"]",
    ),
    cargo(
        "docs/core",
        "rustdoc of the library without features",
        "a few seconds",
        "doc --no-deps -p portcullis --config build.rustdocflags=[\"-Dwarnings\"]",
    ),
    cargo(
        "docs/axum",
        "rustdoc of the library with `axum`",
        "half a minute",
        "doc --no-deps -p portcullis --features axum --config build.rustdocflags=[\"-Dwarnings\"]",
    ),
    cargo(
        "docs/hydrate",
        "rustdoc of the library with `hydrate`, for WebAssembly",
        "half a minute",
        "doc --no-deps -p portcullis --features hydrate --target wasm32-unknown-unknown \
         --config build.rustdocflags=[\"-Dwarnings\"]",
    ),
    cargo(
        "package",
        "the library can be published: its package builds by itself",
        "half a minute",
        "package -p portcullis --allow-dirty",
    ),
    cargo(
        "ring/wasm",
        "the pure ring builds for WebAssembly",
        "a few seconds",
        "check -p portcullis --lib --target wasm32-unknown-unknown",
    ),
    Step {
        name: "ring/dependencies",
        what: "no ring depends on what it must not",
        takes: "a second",
        work: Work::Code(forbidden_dependencies::check),
        follows: false,
    },
    cargo(
        "unit/xtask",
        "tests of this tool",
        "a few seconds",
        "test -p xtask",
    ),
    cargo(
        "unit/portcullis",
        "tests of the pure ring",
        "some minutes, most of them the search",
        "test -p portcullis",
    ),
    Step {
        name: "unit/server",
        what: "tests of the library with `axum`, the application and the binary, with a \
               PostgreSQL of their own",
        takes: "about 10 minutes",
        work: Work::CargoWithPostgres(
            "test -p portcullis -p app -p server --features portcullis/testing,app/ssr",
        ),
        follows: false,
    },
    Step {
        name: "crash",
        what: "the program and PostgreSQL killed under load, and the database gone",
        takes: "about 4 minutes",
        work: Work::CargoWithPostgresToKill(
            "test -p portcullis -p app -p server --features portcullis/testing,app/ssr --test crash",
        ),
        follows: false,
    },
    Step {
        name: "e2e/tools",
        what: "the tools that build the pages",
        takes: "about 6 minutes the first time",
        work: Work::Code(tools::ensure),
        follows: false,
    },
    Step {
        name: "e2e/build",
        what: "the server and the pages",
        takes: "about 4 minutes the first time",
        work: Work::Code(|workspace| serve::build(workspace, false)),
        follows: true,
    },
    Step {
        name: "e2e/packages",
        what: "the packages of the end-to-end tests",
        takes: "a few seconds",
        work: Work::Code(end2end::install),
        follows: true,
    },
    Step {
        name: "e2e/chromium",
        what: "a browser to test with",
        takes: "a minute the first time",
        work: Work::Code(chromium::ensure),
        follows: true,
    },
    Step {
        name: "e2e/browser",
        what: "end-to-end tests in Chromium",
        takes: "about 6 minutes",
        work: Work::Playwright(end2end::run),
        follows: true,
    },
    Step {
        name: "e2e/firefox",
        what: "a Firefox to test with",
        takes: "a minute the first time",
        work: Work::Code(firefox::ensure),
        follows: true,
    },
    Step {
        name: "e2e/smoke",
        what: "a smoke test in Firefox",
        takes: "a minute",
        work: Work::Code(end2end::run_firefox),
        follows: true,
    },
    Step {
        name: "size",
        what: "what the browser loads of a release keeps to its budget",
        takes: "about 4 minutes the first time",
        work: Work::Code(size::check),
        follows: false,
    },
    Step {
        name: "examples/lines",
        what: "the lines of the examples that mention Portcullis keep to their bounds",
        takes: "a second",
        work: Work::Code(examples::lines),
        follows: false,
    },
    Step {
        name: "examples/template",
        what: "examples/leptos is the template of cargo-leptos with lines added",
        takes: "a second",
        work: Work::Code(examples::template),
        follows: false,
    },
    // In one build with the packages of `unit/server`, whose dependencies it shares.
    cargo(
        "examples/axum",
        "examples/axum over HTTP: sign-in, protected routes, refresh, sign-out",
        "half a minute",
        "test -p portcullis -p app -p server -p example-axum \
         --features portcullis/testing,app/ssr --test over_http",
    ),
    Step {
        name: "examples/build",
        what: "examples/leptos: its pages as for a release, and its server",
        takes: "about 3 minutes the first time",
        work: Work::Code(examples::build),
        follows: false,
    },
    Step {
        name: "examples/leptos",
        what: "examples/leptos in Chromium: sign-in, protected page, refresh and retry",
        takes: "a minute",
        work: Work::Code(examples::drive),
        follows: true,
    },
    Step {
        name: "examples/size",
        what: "what the library adds to what examples/leptos loads keeps to its budget",
        takes: "a minute",
        work: Work::Code(examples::size),
        follows: true,
    },
];

#[cfg(test)]
mod tests {
    use super::STEPS;

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
}
