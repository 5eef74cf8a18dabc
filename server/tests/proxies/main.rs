//! The reverse proxies nginx and Caddy, with the configurations of docs/proxies.md, in front
//! of an application that knows nothing of Portcullis, and with those of docs/installing.md,
//! which end TLS in front of Portcullis. Real processes, real HTTP.
//!
//! | module | holds |
//! |---|---|
//! | `stack` | the program, the application and the proxy, each on a port of its own |
//! | `configuration` | the configurations from the documents, with the ports of a test |
//! | `application` | the application behind the proxy, which shows what it receives |
//! | `browser` | a browser without scripts |
//! | `pooler` | `PgBouncer` between the program and `PostgreSQL` |
//! | `tls` | the tests of the proxies that end TLS |
//!
//! `cargo xtask test proxies` installs the proxies and `PgBouncer`.
#![cfg(unix)]

mod application;
mod browser;
mod configuration;
mod pooler;
mod stack;
mod tls;

use std::time::{Duration, Instant};

use portcullis::wire::paths;
use testkit::{EMAIL, PASSWORD};

use browser::Response;
use configuration::Proxy;
use stack::Stack;

/// Defines each test once for each proxy.
macro_rules! on_both_proxies {
    ($($test:ident;)+) => {
        mod nginx { $( #[test] fn $test() { super::$test(crate::Proxy::Nginx); } )+ }
        mod caddy { $( #[test] fn $test() { super::$test(crate::Proxy::Caddy); } )+ }
    };
}

on_both_proxies! {
    signed_out_load_leads_to_sign_in_and_back;
    user_id_reaches_the_application_unforged;
    post_with_a_body_reaches_the_application;
    cross_site_post_does_not_reach_the_application;
    expired_access_token_is_refreshed_by_a_load;
    expired_access_token_does_not_lose_a_form;
    ended_session_is_rejected_within_a_second;
    script_of_a_signed_out_page_gets_401;
}

#[track_caller]
fn assert_redirect(response: &Response, status: u16, location: &str) {
    let redirect = (response.status, response.header("location"));
    assert_eq!(redirect, (status, location), "{response:?}");
}

fn signed_out_load_leads_to_sign_in_and_back(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let mut browser = stack.browser();
    browser.register();
    browser.forget_cookies();

    let load = browser.load("/notes?a=b&c=d");
    assert_redirect(&load, 303, "/login?next=/notes%3Fa%3Db%26c%3Dd");
    assert!(!load.body.contains("application"), "{load:?}");
    let sign_in_page = browser.load(load.header("location"));
    assert_eq!(sign_in_page.status, 200);
    assert!(sign_in_page.body.contains(r#"value="/notes?a=b&amp;c=d""#));

    let fields = format!(
        "email={EMAIL}&password={}&next=%2Fnotes%3Fa%3Db%26c%3Dd",
        PASSWORD.replace(' ', "+")
    );
    let signed_in = browser.submit(paths::LOGIN, &fields);
    assert_redirect(&signed_in, 303, "/notes?a=b&c=d");
    let notes = browser.load("/notes?a=b&c=d");
    assert_eq!(notes.status, 200);
    assert!(notes.body.contains("GET /notes?a=b&c=d"), "{notes:?}");
}

fn user_id_reaches_the_application_unforged(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let mut browser = stack.browser();
    let (account, session) = browser.register();
    let forged = [
        ("x-portcullis-user", "forged"),
        ("X_Portcullis_User", "forged"),
        ("x-portcullis_user", "forged"),
        ("x-portcullis-session", "forged"),
    ];
    for headers in [&[][..], &forged] {
        let notes = browser.get("/notes", headers);
        assert_eq!(notes.status, 200, "{notes:?}");
        let ids = format!("ids [{account} {session}]");
        assert!(notes.body.contains(&ids), "{notes:?}");
    }
    browser.forget_cookies();
    assert_eq!(browser.get("/notes", &forged).status, 401);
}

fn post_with_a_body_reaches_the_application(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let mut browser = stack.browser();
    browser.register();
    // Large enough that a proxy writes it to a file.
    for length in [0, 10, 500_000] {
        let posted = browser.submit("/notes", &"a".repeat(length));
        assert_eq!(posted.status, 200, "{posted:?}");
        let received = format!("POST /notes, {length} bytes");
        assert!(posted.body.contains(&received), "{posted:?}");
    }
}

fn cross_site_post_does_not_reach_the_application(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let mut browser = stack.browser();
    browser.register();
    let theirs = [
        ("origin", "http://sibling.example.org"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-dest", "document"),
        ("accept", "text/html"),
    ];
    let posted = browser.send("POST", "/notes", &theirs, "text=theirs");
    assert_eq!(posted.status, 403, "{posted:?}");
    let link = [("sec-fetch-site", "cross-site"), ("accept", "text/html")];
    let loaded = browser.send("GET", "/notes", &link, "");
    assert_eq!(loaded.status, 200, "a link on another site works");
    assert_eq!(stack.application.posts(), 0);
}

fn expired_access_token_is_refreshed_by_a_load(proxy: Proxy) {
    let stack = Stack::start_with(proxy, &stack::SHORT_LIFETIME);
    let mut browser = stack.browser();
    let (account, _) = browser.register();
    for keeps_cookie in [true, false] {
        if keeps_cookie {
            let expired = browser.access_token();
            std::thread::sleep(stack::AFTER_EXPIRY);
            browser.set_access_token(&expired);
        } else {
            browser.remove_access_token();
        }
        let load = browser.load("/notes?a=b&c=//d");
        assert_redirect(&load, 307, "/notes?a=b&c=//d");
        let notes = browser.load("/notes?a=b&c=//d");
        assert_eq!(notes.status, 200, "{notes:?}");
        assert!(notes.body.contains(&account), "{notes:?}");
    }
}

fn expired_access_token_does_not_lose_a_form(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let mut browser = stack.browser();
    browser.register();
    browser.remove_access_token();
    let body = "a".repeat(500_000);
    let posted = browser.submit("/notes", &body);
    assert_redirect(&posted, 307, "/notes");
    assert_eq!(stack.application.posts(), 0);
    // 307: the browser sends the same request again.
    let posted = browser.submit("/notes", &body);
    assert_eq!(posted.status, 200, "{posted:?}");
    assert_eq!(stack.application.posts(), 1);
}

fn ended_session_is_rejected_within_a_second(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let mut browser = stack.browser();
    browser.register();
    assert_eq!(browser.load("/notes").status, 200);
    // Another process ends it.
    stack.command(&["session", "revoke", "--account", EMAIL]);
    let ended = Instant::now();
    while browser.get("/notes", &[]).status == 200 {
        assert!(ended.elapsed() < Duration::from_secs(1), "still signed in");
    }
    let load = browser.load("/notes");
    assert_redirect(&load, 303, "/login?next=/notes&reason=session_revoked");
    let posted = browser.submit("/notes", "text=a");
    assert_eq!(posted.status, 401, "{posted:?}");
}

fn script_of_a_signed_out_page_gets_401(proxy: Proxy) {
    let stack = Stack::start(proxy);
    let response = stack.browser().get("/notes", &[]);
    assert_eq!(response.status, 401, "{response:?}");
    assert!(response.body.contains("not_signed_in"), "{response:?}");
}
