//! A short search in every target, with the same inputs each time.

use fuzz::{
    search::{Extent, search},
    targets::{PANICS_AT_TWO_QUOTES, SLOW_IF_LONG, TARGETS, Target},
};

fn bears(name: &str, inputs: u64) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.expect("a target");
    if let Err(found) = search(target, 1, Extent::Inputs(inputs)) {
        panic!("{found}");
    }
}

#[test]
fn local_path() {
    bears("local_path", 20_000);
}

#[test]
fn email() {
    bears("email", 20_000);
}

#[test]
fn name() {
    bears("name", 20_000);
}

#[test]
fn password() {
    bears("password", 2_000);
}

#[test]
fn user_agent() {
    bears("user_agent", 5_000);
}

#[test]
fn origin() {
    bears("origin", 20_000);
}

#[test]
fn proxies() {
    bears("proxies", 20_000);
}

#[test]
fn setting() {
    bears("setting", 5_000);
}

#[test]
fn settings_file() {
    bears("settings_file", 2_000);
}

// Fewer inputs where each is a request.

#[test]
fn token() {
    bears("token", 2_000);
}

#[test]
fn cookie() {
    bears("cookie", 500);
}

#[test]
fn header() {
    bears("header", 500);
}

#[test]
fn body() {
    bears("body", 1_000);
}

#[test]
fn query() {
    bears("query", 500);
}

#[test]
fn path() {
    bears("path", 500);
}

#[test]
fn every_target_is_tested() {
    for Target { name, .. } in TARGETS {
        let test = format!("\nfn {name}() {{\n    bears(\"{name}\", ");
        assert!(include_str!("short.rs").contains(&test), "{name}");
    }
}

/// Otherwise the search would report nothing, whatever it did.
#[test]
fn panic_and_slow_input_are_findings() {
    for (target, expected) in [
        (PANICS_AT_TWO_QUOTES, "panics: two quotes"),
        (SLOW_IF_LONG, "takes more than 2s"),
    ] {
        let found = search(&target, 1, Extent::Inputs(5_000));
        let found = found.expect_err("a finding").to_string();
        assert!(found.contains(expected), "{found}");
    }
}
