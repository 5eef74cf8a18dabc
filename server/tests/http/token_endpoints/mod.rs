//! The routes for clients that are not browsers, below `/api/token/`. `server/tests/clients`
//! compares their responses with those of the real simplejwt.

mod browsers;
mod errors;
mod rotation;

use portcullis::{Builder, wire::paths};
use serde_json::{Value, json};
use testkit::{EMAIL, PASSWORD, installation::register_account};

use crate::site::{Response, Site, get, post};

/// Every route.
const PATHS: [&str; 4] = [
    paths::TOKEN,
    paths::TOKEN_REFRESH,
    paths::TOKEN_VERIFY,
    paths::TOKEN_BLACKLIST,
];

/// Opens a site with these routes and an account.
async fn open() -> Site {
    open_with(|builder| builder).await
}

/// Opens a site with other settings too.
async fn open_with(settings: impl FnOnce(Builder) -> Builder) -> Site {
    let site = Site::with_builder(|builder| settings(builder.token_endpoints(true))).await;
    register_account(&site.portcullis, EMAIL).await;
    site
}

/// Sends JSON as a client that is not a browser.
async fn send(site: &Site, path: &str, body: &Value) -> Response {
    let request = post(path).body("application/json", body.to_string());
    site.send(request).await
}

async fn sign_in(site: &Site) -> Pair {
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    Pair::of(&send(site, paths::TOKEN, &body).await)
}

async fn refresh(site: &Site, refresh: &str) -> Response {
    send(site, paths::TOKEN_REFRESH, &json!({ "refresh": refresh })).await
}

async fn verify(site: &Site, token: &str) -> Response {
    send(site, paths::TOKEN_VERIFY, &json!({ "token": token })).await
}

async fn blacklist(site: &Site, refresh: &str) -> Response {
    send(site, paths::TOKEN_BLACKLIST, &json!({ "refresh": refresh })).await
}

/// The tokens of a response.
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    #[track_caller]
    fn of(response: &Response) -> Self {
        let body = response.expect_ok();
        let names: Vec<_> = body.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["access", "refresh"]);
        let token = |name: &str| body[name].as_str().expect("a string").to_owned();
        Self {
            access: token("access"),
            refresh: token("refresh"),
        }
    }
}

/// Asserts a 401 with the code of simplejwt.
#[track_caller]
fn assert_invalid_token(response: &Response, detail: &str) {
    let body = json!({ "detail": detail, "code": "token_not_valid" });
    assert_eq!((response.status, response.json()), (401, body));
    assert_eq!(response.header("www-authenticate"), "Bearer realm=\"api\"");
}

#[tokio::test]
async fn routes_are_404_unless_turned_on() {
    for site in [
        Site::open().await,
        Site::without_leptos(crate::site::HTTP).await,
    ] {
        register_account(&site.portcullis, EMAIL).await;
        for path in PATHS {
            let body = json!({ "email": EMAIL, "password": PASSWORD });
            let response = send(&site, path, &body).await;
            assert_eq!(response.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn client_signs_in_refreshes_verifies_and_signs_out() {
    let site = open().await;
    let first = sign_in(&site).await;
    let bearer = async |access: &str| {
        let bearer = format!("Bearer {access}");
        site.send(get(paths::SESSION).header("authorization", bearer))
            .await
    };
    let session = bearer(&first.access).await.expect_ok();
    assert_eq!(session["account"]["email"], EMAIL);
    assert_eq!(verify(&site, &first.access).await.expect_ok(), json!({}));

    site.advance(crate::site::MINUTE).await;
    let response = refresh(&site, &first.refresh).await;
    assert_eq!(response.header("cache-control"), "no-store");
    assert!(response.set_cookies().is_empty());
    let second = Pair::of(&response);
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    bearer(&second.access).await.expect_ok();

    let signed_out = blacklist(&site, &second.refresh).await;
    assert_eq!(signed_out.expect_ok(), json!({}));
    bearer(&second.access)
        .await
        .expect_error(401, "session_ended");
    let ended = "Token is blacklisted";
    assert_invalid_token(&verify(&site, &second.access).await, ended);
    assert_invalid_token(&refresh(&site, &second.refresh).await, ended);
    assert_invalid_token(&blacklist(&site, &second.refresh).await, ended);
}

/// The field of the e-mail address may be `username`, the body a form, and the path without
/// its last slash.
#[tokio::test]
async fn other_spellings_of_a_request_are_accepted() {
    let site = open().await;
    let user = json!({ "username": format!(" {EMAIL} "), "password": PASSWORD });
    let pair = Pair::of(&send(&site, paths::TOKEN, &user).await);
    let form = post("/api/token").form(&[("email", EMAIL), ("password", PASSWORD)]);
    Pair::of(&site.send(form).await);
    let spaced = json!({ "token": format!("{}\n", pair.access) });
    send(&site, "/api/token/verify", &spaced).await.expect_ok();
    let refreshed = json!({ "refresh": pair.refresh });
    Pair::of(&send(&site, "/api/token/refresh", &refreshed).await);
    send(&site, "/api/token/blacklist", &refreshed)
        .await
        .expect_ok();
}

#[tokio::test]
async fn session_of_a_client_is_listed_and_recorded() {
    let site = open().await;
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let request = post(paths::TOKEN)
        .body("application/json", body.to_string())
        .header(
            "user-agent",
            "Mozilla/5.0 (Linux; Android 15) Firefox/140.0",
        );
    let pair = Pair::of(&site.send(request).await);
    let read = async |path: &str| {
        let bearer = format!("Bearer {}", pair.access);
        let response = site.send(get(path).header("authorization", bearer)).await;
        response.expect_ok()
    };
    let listed = read(paths::SESSIONS).await;
    assert_eq!(listed["sessions"][0]["system"], "Android");
    assert_eq!(listed["sessions"][0]["is_current"], true);
    let events = read(paths::EVENTS).await;
    assert_eq!(events["events"][0]["event"], "authn_login_success");
}

#[tokio::test]
async fn sign_in_of_a_client_counts_towards_the_session_limit() {
    let site = open_with(|builder| builder.max_sessions(1)).await;
    let first = sign_in(&site).await;
    site.advance(crate::site::MINUTE).await;
    let second = sign_in(&site).await;
    let ended = refresh(&site, &first.refresh).await;
    assert_invalid_token(&ended, "Token is blacklisted");
    verify(&site, &second.access).await.expect_ok();
}

#[tokio::test]
async fn application_with_own_users_only_refreshes_here() {
    let site = open_with(Builder::external_accounts_only).await;
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let response = send(&site, paths::TOKEN, &body).await;
    response.expect_error(404, "not_found");

    let account = site.portcullis.accounts().check(EMAIL, PASSWORD).await;
    let sessions = site.portcullis.sessions();
    let issued = sessions.begin(&account.expect("an account"), &[]).await;
    let issued = issued.expect("a session");
    verify(&site, issued.access.expose()).await.expect_ok();
    let (token, _) = issued.refresh.expect("a refresh token");
    Pair::of(&refresh(&site, token.expose()).await);
}
