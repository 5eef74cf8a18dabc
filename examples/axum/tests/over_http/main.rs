//! Tests of both examples over HTTP.
#![allow(clippy::expect_used)]

mod client;
mod server;

use client::Client;
use server::Server;

const ADA: &str = "email=ada%40example.org&password=an+engine+of+brass";
const REFRESH: &str = "/api/accounts/auth/token/refresh/";

fn own_users() -> Server {
    Server::start(env!("CARGO_BIN_EXE_example-axum"))
}

fn minimal() -> Server {
    Server::start(env!("CARGO_BIN_EXE_minimal"))
}

/// Calls a path like an axios client whose interceptor refreshes on a 401 and
/// retries once.
fn call_with_retry(client: &mut Client, path: &str) -> u16 {
    let first = client.call("GET", path).status;
    if first != 401 {
        return first;
    }
    assert_eq!(client.call("POST", REFRESH).status, 200, "the refresh");
    client.call("GET", path).status
}

#[test]
fn signed_out_page_redirects_and_json_is_401() {
    let server = own_users();
    let mut client = server.client();
    let page = client.page("/account");
    assert_eq!(
        (page.status, page.location()),
        (303, "/sign-in?next=/account")
    );
    let json = client.call("GET", "/api/me");
    assert_eq!(json.status, 401);
    assert_eq!(json.json()["code"], "not_signed_in");
    assert_eq!(client.page("/").status, 200);
}

#[test]
fn own_user_signs_in_and_out() {
    let server = own_users();
    let mut client = server.client();
    let signed_in = client.form("/sign-in", ADA);
    assert_eq!((signed_in.status, signed_in.location()), (303, "/account"));
    assert_eq!(
        client.cookies.len(),
        2,
        "an access token and a refresh token"
    );

    assert!(client.page("/account").body.contains("Hello, Ada Lovelace"));
    let me = client.call("GET", "/api/me");
    assert_eq!(
        (me.status, &me.json()["email"]),
        (200, &"ada@example.org".into())
    );

    let copied = client.cookies.clone();
    let signed_out = client.form("/sign-out", "");
    assert_eq!((signed_out.status, signed_out.location()), (303, "/"));
    assert!(client.cookies.is_empty(), "{:?}", client.cookies);
    client.cookies = copied;
    assert_eq!(
        client.call("GET", "/api/me").status,
        401,
        "the tokens are revoked"
    );
    assert_eq!(client.call("POST", REFRESH).status, 401);
}

#[test]
fn wrong_password_shows_form_and_sets_no_cookie() {
    let server = own_users();
    let mut client = server.client();
    for form in [
        "email=ada%40example.org&password=wrong",
        "email=eve%40example.org&password=an+engine+of+brass",
    ] {
        let refused = client.form("/sign-in", form);
        assert_eq!(refused.status, 401);
        assert!(refused.body.contains("is wrong"), "{}", refused.body);
        assert!(client.cookies.is_empty());
    }
}

#[test]
fn own_user_table_closes_registration() {
    let server = own_users();
    let form = "email=eve%40example.org&password=a+password+of+some+length";
    let register = server.client().form("/api/accounts/auth/register/", form);
    assert_eq!(register.status, 404);
}

#[test]
fn missing_access_token_is_refreshed_and_retried() {
    let server = own_users();
    let mut client = server.client();
    client.form("/sign-in", ADA);
    let before = client.cookies.clone();
    client.cookies.remove("access_token");
    assert_eq!(call_with_retry(&mut client, "/api/me"), 200);
    assert_ne!(client.cookies["access_token"], before["access_token"]);
}

#[test]
fn page_load_without_access_token_is_refreshed() {
    let server = own_users();
    let mut client = server.client();
    client.form("/sign-in", ADA);
    client.cookies.remove("access_token");
    assert!(client.page("/account").body.contains("Hello, Ada Lovelace"));
    assert!(client.cookies.contains_key("access_token"));
}

#[test]
fn minimal_example_signs_in_refreshes_and_signs_out() {
    let server = minimal();
    let mut client = server.client();
    let form = "email=ada%40example.org&password=an+engine+of+brass";
    assert_eq!(
        client.form("/api/accounts/auth/register/", form).status,
        303
    );
    client.cookies.clear();
    assert_eq!(client.call("GET", "/api/me").status, 401);
    assert_eq!(client.form("/api/accounts/auth/login/", form).status, 303);
    client.cookies.remove("access_token");
    assert_eq!(call_with_retry(&mut client, "/api/me"), 200);
    assert!(client.call("GET", "/api/me").body.starts_with("account "));
    client.form("/api/accounts/auth/logout/", "");
    assert_eq!(client.call("GET", "/api/me").status, 401);
}
