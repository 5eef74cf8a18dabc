//! Every step of `cargo xtask test`, in the order in which they run.
//!
//! Cheap steps come first. Packages are checked one by one with the features they are built
//! with, never `--workspace --all-features`: the server side and the browser side of the
//! application cannot be in one build. The package `unify` makes such builds share their
//! dependencies.

use crate::step::{Step, Work, cargo, code, step};
use crate::{
    chromium, clients, dependencies, dist, end2end, examples, firefox, forbidden_dependencies,
    proxies, serve, size, spelling, styles, threats, tools, unit_file, words,
};

pub(crate) const STEPS: &[Step] = &[
    cargo(
        "format",
        "every Rust file is formatted by rustfmt",
        "a second",
        "fmt --all --check",
    ),
    code(
        "words",
        "no text or name has a word of the word list",
        "a second",
        words::check,
    ),
    code(
        "styles",
        "no rule of a style sheet is inside of another",
        "a second",
        styles::check,
    ),
    code(
        "threats",
        "every file and test in docs/threats.md exists",
        "a second",
        threats::check,
    ),
    code(
        "unit-file",
        "systemd-analyze finds no fault in the systemd unit, and rates it OK",
        "a second",
        unit_file::check,
    ),
    cargo(
        "lint/xtask",
        "clippy on this tool",
        "a few seconds",
        "clippy -p xtask --all-targets -- -D warnings",
    ),
    cargo(
        "lint/portcullis",
        "clippy on the library's core",
        "a few seconds",
        "clippy -p portcullis --all-targets -- -D warnings",
    ),
    cargo(
        "lint/portcullis-axum",
        "clippy on the library with `axum`",
        "about 4 minutes",
        "clippy -p portcullis -p unify --features portcullis/testing,unify/ssr --all-targets \
         -- -D warnings",
    ),
    // Several packages in one build, here and below. Built separately, each would compile the
    // dependencies again with slightly different features.
    cargo(
        "lint/server",
        "clippy on the application's server side and the binary",
        "about 2 minutes",
        "clippy -p portcullis -p app -p server -p testkit -p fuzz -p example-axum \
         --features portcullis/testing,app/ssr --all-targets -- -D warnings",
    ),
    cargo(
        "lint/program",
        "clippy on the program as it is built, without the feature `testing`",
        "half a minute",
        "clippy -p portcullis -p app -p server --features app/ssr -- -D warnings",
    ),
    cargo(
        "lint/crash",
        "clippy on the tests of crashes, proxies and clients and on the long search, which \
         `--all-targets` leaves out",
        "half a minute",
        "clippy -p portcullis -p app -p server -p fuzz --features portcullis/testing,app/ssr --test crash \
         --test proxies --test clients --test long -- -D warnings",
    ),
    cargo(
        "lint/portcullis-browser",
        "clippy on the library with `browser`, for WebAssembly",
        "about a minute",
        "clippy -p portcullis -p unify --features portcullis/browser,unify/hydrate \
         --target wasm32-unknown-unknown -- -D warnings",
    ),
    cargo(
        "lint/hydrate",
        "clippy on all that the browser loads: the library, the application, the entry point",
        "half a minute",
        "clippy -p portcullis -p app -p frontend --features app/hydrate \
         --target wasm32-unknown-unknown -- -D warnings",
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
        "doc --no-deps -p portcullis -p unify --features portcullis/axum,unify/ssr \
         --config build.rustdocflags=[\"-Dwarnings\"]",
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
        "the core builds for WebAssembly",
        "a few seconds",
        "check -p portcullis --lib --target wasm32-unknown-unknown",
    ),
    code(
        "ring/dependencies",
        "no ring has a forbidden dependency",
        "a second",
        forbidden_dependencies::check,
    ),
    cargo(
        "unit/xtask",
        "tests of this tool",
        "a few seconds",
        "test -p xtask",
    ),
    cargo(
        "unit/portcullis",
        "tests of the core, with the search",
        "a minute or two",
        // Optimised: the search takes minutes otherwise. Overflow checks and assertions stay.
        "test -p portcullis --config profile.dev.package.portcullis.opt-level=2",
    ),
    step(
        "unit/server",
        "tests of the library with `axum`, the application and the binary, with a \
               PostgreSQL of their own",
        "about 10 minutes",
        // Not the tests of the core that `unit/portcullis` has run: the search takes minutes.
        Work::CargoWithPostgres(
            "test -p portcullis -p app -p server --features portcullis/testing,app/ssr \
             --lib --bins --test library --test http --test program",
        ),
    ),
    step(
        "unit/doc",
        "the examples in the documentation",
        "half a minute",
        Work::Cargo(
            "test --doc -p portcullis -p app -p server --features portcullis/testing,app/ssr",
        ),
    ),
    cargo(
        "fuzz",
        "hostile input for every parser of input from outside, the same each time",
        "half a minute",
        "test -p portcullis -p app -p server -p fuzz --features portcullis/testing,app/ssr \
         --test short",
    ),
    step(
        "crash",
        "the program and PostgreSQL killed under load, an unreachable database, and \
               several servers, one of them frozen",
        "about 4 minutes",
        Work::CargoWithPostgresToKill(
            "test -p portcullis -p app -p server --features portcullis/testing,app/ssr --test crash",
        ),
    ),
    code(
        "proxies/install",
        "nginx, Caddy and PgBouncer for the tests",
        "a minute the first time",
        proxies::ensure,
    ),
    step(
        "proxies/test",
        "nginx and Caddy, configured as in docs/proxies.md, in front of another application, and \
               PgBouncer in front of PostgreSQL",
        "half a minute",
        Work::CargoWithPostgres(
            "test -p portcullis -p app -p server --features portcullis/testing,app/ssr \
             --test proxies",
        ),
    )
    .follows(),
    code(
        "clients/install",
        "the Python package simplejwt for the tests",
        "a few seconds",
        clients::ensure,
    ),
    step(
        "clients/test",
        "Python clients and the real simplejwt: the client of docs/clients.md, the same responses, \
         and access tokens that it verifies by the published keys",
        "half a minute",
        Work::Cargo(
            "test -p portcullis -p app -p server --features portcullis/testing,app/ssr \
             --test clients",
        ),
    )
    .follows(),
    code(
        "spelling",
        "no text or name has a misspelled word",
        "a few seconds",
        spelling::check,
    ),
    // Building cargo-deny takes longer than any other step, for what only a new version of a
    // dependency can change.
    code(
        "deny",
        "licences and sources of the dependencies are those of deny.toml; runs only if named",
        "about 5 minutes the first time",
        dependencies::check,
    )
    .by_name(),
    code(
        "e2e/tools",
        "the tools that build the pages",
        "about 6 minutes the first time",
        tools::ensure,
    ),
    code(
        "e2e/build",
        "the server and the pages",
        "about 4 minutes the first time",
        |workspace| serve::build(workspace, false),
    )
    .follows(),
    code(
        "e2e/archive",
        "the archive of `cargo xtask dist`, unpacked, serves pages; with the development build",
        "half a minute",
        dist::check,
    )
    .follows(),
    code(
        "e2e/packages",
        "the packages of the end-to-end tests",
        "a few seconds",
        end2end::install,
    )
    .follows(),
    code(
        "e2e/chromium",
        "the browser for the tests",
        "a minute the first time",
        chromium::ensure,
    )
    .follows(),
    step(
        "e2e/browser",
        "end-to-end tests in Chromium",
        "about 6 minutes",
        Work::Playwright(end2end::run),
    )
    .follows(),
    code(
        "e2e/firefox",
        "the Firefox for the smoke test",
        "a minute the first time",
        firefox::ensure,
    )
    .follows(),
    code(
        "e2e/smoke",
        "a smoke test in Firefox",
        "a minute",
        end2end::run_firefox,
    )
    .follows(),
    code(
        "size",
        "the size of the files that the browser loads is within its budget",
        "about 4 minutes the first time",
        size::check,
    ),
    code(
        "examples/lines",
        "the number of lines in the examples that mention Portcullis is within its bounds",
        "a second",
        examples::lines,
    ),
    code(
        "examples/template",
        "examples/leptos is the template of cargo-leptos with lines added",
        "a second",
        examples::template,
    ),
    cargo(
        "examples/axum",
        "examples/axum over HTTP: sign-in, protected routes, refresh, sign-out",
        "half a minute",
        "test -p portcullis -p app -p server -p example-axum \
         --features portcullis/testing,app/ssr --test over_http",
    ),
    code(
        "examples/build",
        "examples/leptos: its pages as for a release, and its server",
        "about 3 minutes the first time",
        examples::build,
    ),
    code(
        "examples/leptos",
        "examples/leptos in Chromium: sign-in, protected page, refresh and retry",
        "a minute",
        examples::drive,
    )
    .follows(),
    code(
        "examples/size",
        "the size that the library adds to examples/leptos is within its budget",
        "a minute",
        examples::size,
    )
    .follows(),
];

#[cfg(test)]
mod tests;
