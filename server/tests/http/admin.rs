//! The administration.

mod accounts;
mod events;
mod pages;
mod statistics;

use axum::http::Method;
use portcullis::{
    AccountId,
    accounts::Email,
    wire::{AccountAct, paths},
};
use testkit::EMAIL;

use crate::{
    browser::Browser,
    devices::UNKNOWN,
    site::{HTTP, RequestBuilder, Response, Site, post},
};

const ADMIN: &str = "admin@example.org";

/// The paths that an administrator reads.
const READ: [&str; 4] = [
    paths::ADMIN_ACCOUNTS,
    paths::ADMIN_EVENTS,
    paths::ADMIN_EVENTS_CSV,
    paths::ADMIN_STATISTICS,
];

impl Site {
    pub(crate) async fn account_id(&self, email: &str) -> AccountId {
        let email = Email::parse(email).expect("an address");
        let account = self.portcullis.accounts().find(&email).await;
        account.expect("an account").id
    }

    pub(crate) async fn set_admin(&self, email: &str, is_admin: bool) {
        let id = self.account_id(email).await;
        let set = self.portcullis.accounts().set_admin(id, is_admin).await;
        assert!(set.expect("an account"), "the right changes");
    }
}

/// Returns a browser that is signed in as an administrator.
async fn administrator(site: &Site) -> Browser<'_> {
    let mut browser = site.browser();
    browser.register_as(ADMIN).await;
    site.set_admin(ADMIN, true).await;
    browser
}

async fn act(browser: &mut Browser<'_>, id: impl ToString, act: AccountAct) -> Response {
    let path = paths::account_act(&id.to_string(), act);
    browser.post_empty(&path).await
}

/// Asserts that every path of the administration rejects the browser.
async fn expect_rejected(browser: &mut Browser<'_>, status: u16, code: &str) {
    for path in READ {
        // The query is not even checked.
        for path in [path, &format!("{path}?kind=x&order=x")] {
            browser.get(path).await.expect_error(status, code);
        }
    }
    for known in AccountAct::ALL {
        let response = act(browser, UNKNOWN, *known).await;
        response.expect_error(status, code);
    }
}

#[tokio::test]
async fn administration_needs_an_administrator() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        expect_rejected(&mut site.browser(), 401, "not_signed_in").await;
        let mut browser = site.browser();
        browser.register().await;
        expect_rejected(&mut browser, 403, "forbidden").await;
        browser.session().await.expect_ok();

        site.set_admin(EMAIL, true).await;
        for path in READ {
            assert_eq!(browser.get(path).await.status, 200, "{path}");
        }
        site.set_admin(EMAIL, false).await;
        expect_rejected(&mut browser, 403, "forbidden").await;
        site.set_admin(EMAIL, true).await;
        site.set_active(EMAIL, false).await;
        expect_rejected(&mut browser, 401, "session_ended").await;
    }
}

#[tokio::test]
async fn other_methods_are_rejected() {
    let site = Site::open().await;
    let mut browser = administrator(&site).await;
    let id = site.account_id(ADMIN).await.to_string();
    for known in AccountAct::ALL {
        let path = paths::account_act(&id, *known);
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = RequestBuilder::new(method, &path);
            let response = browser.send(request).await;
            response.expect_error(405, "method_not_allowed");
        }
    }
    for path in READ {
        for method in [Method::POST, Method::DELETE] {
            let request = RequestBuilder::new(method, path);
            assert_eq!(browser.send(request).await.status, 405, "{path}");
        }
    }
}

#[tokio::test]
async fn administrator_ends_sessions() {
    let site = Site::open().await;
    let (mut admin, mut user) = (administrator(&site).await, site.browser());
    user.register().await;
    let (id, access) = (site.account_id(EMAIL).await, user.access());
    let done = act(&mut admin, id, AccountAct::EndSessions).await;
    let detail = done.expect_ok()["detail"].clone();
    assert_eq!(detail, "All sessions of the account have ended.");
    assert!(done.set_cookies().is_empty());
    assert!(!site.accepts(&access));
    user.session().await.expect_error(401, "session_ended");
    user.refresh().await.expect_error(401, "session_revoked");
    user.sign_in().await.expect_ok();
    admin.session().await.expect_ok();
}

#[tokio::test]
async fn administrator_changes_accounts() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let (mut admin, mut user) = (administrator(&site).await, site.browser());
        user.register().await;
        let id = site.account_id(EMAIL).await;
        for _ in 0..2 {
            act(&mut admin, id, AccountAct::Deactivate)
                .await
                .expect_ok();
        }
        user.session().await.expect_error(401, "session_ended");
        user.sign_in()
            .await
            .expect_error(401, "invalid_credentials");
        act(&mut admin, id, AccountAct::Activate).await.expect_ok();
        user.sign_in().await.expect_ok();
        act(&mut admin, id, AccountAct::GrantAdmin)
            .await
            .expect_ok();
        assert_eq!(user.get(paths::ADMIN_ACCOUNTS).await.status, 200);
        let snapshot = user.session().await.expect_ok();
        assert_eq!(snapshot["account"]["is_admin"], true);
        act(&mut admin, id, AccountAct::RevokeAdmin)
            .await
            .expect_ok();
        let response = user.get(paths::ADMIN_ACCOUNTS).await;
        response.expect_error(403, "forbidden");
    }
}

#[tokio::test]
async fn own_account_keeps_its_rights() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    let id = site.account_id(ADMIN).await;
    for own in [AccountAct::Deactivate, AccountAct::RevokeAdmin] {
        let response = act(&mut admin, id, own).await;
        response.expect_error(409, "own_account");
        assert_eq!(admin.get(paths::ADMIN_ACCOUNTS).await.status, 200);
    }
    act(&mut admin, id, AccountAct::EndSessions)
        .await
        .expect_ok();
    admin.refresh().await.expect_error(401, "session_revoked");
}

#[tokio::test]
async fn unknown_account_and_act_are_404() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let mut admin = administrator(&site).await;
        let own = site.account_id(ADMIN).await.to_string();
        let long = "0".repeat(5_000);
        for id in [UNKNOWN, "x", "-1", "%00", "%ff%fe", "%2F", "'", &long] {
            for known in AccountAct::ALL {
                let response = act(&mut admin, id, *known).await;
                response.expect_error(404, "not_found");
            }
        }
        for unknown in ["rename", "ACTIVATE", "%00", "%ff", "act%2Fivate"] {
            let path = format!("{}{own}/{unknown}/", paths::ADMIN_ACCOUNTS);
            let response = admin.post_empty(&path).await;
            response.expect_error(404, "not_found");
        }
    }
}

#[tokio::test]
async fn form_without_javascript_is_redirected() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    site.browser().register().await;
    let id = site.account_id(EMAIL).await.to_string();
    let path = paths::account_act(&id, AccountAct::EndSessions);
    for (next, location) in [
        ("/admin/accounts?search=ada", "/admin/accounts?search=ada"),
        ("https://evil.example/", "/"),
    ] {
        let fields = [("next", next)];
        let response = admin.submit("/admin/accounts", &path, &fields).await;
        assert_eq!(
            (response.status, response.header("location")),
            (303, location)
        );
    }
    let request = post(&path).header("accept", "application/json");
    let json = request.body("application/json", r#"{"next":"/"}"#);
    admin.send(json).await.expect_ok();
    // A form of another site can send this media type without a preflight request.
    let text = post(&path).body("text/plain", "next=/");
    admin.send(text).await.expect_error(422, "invalid_input");
}

#[tokio::test]
async fn cross_site_request_changes_no_account() {
    let site = Site::open().await;
    let (admin, mut user) = (administrator(&site).await, site.browser());
    user.register().await;
    let id = site.account_id(EMAIL).await.to_string();
    for known in AccountAct::ALL {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ] {
            let request = post(&paths::account_act(&id, *known))
                .header(name, value)
                .header("cookie", admin.cookies());
            let response = site.send(request.form(&[])).await;
            response.expect_error(403, "cross_site");
        }
    }
    let snapshot = user.session().await.expect_ok();
    assert_eq!(snapshot["account"]["is_admin"], false);
}
