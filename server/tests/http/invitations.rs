//! Registering by invitation.

use std::time::Duration;

use portcullis::{
    Portcullis, Registration,
    http::ProtectedRouter,
    wire::{INVITATION_PARAMETER, paths},
};
use serde_json::Value;
use testkit::{EMAIL, PASSWORD, installation::register_account};

use crate::{
    browser::Browser,
    devices::UNKNOWN,
    site::{HTTP, Response, Site, post},
};

const ADMIN: &str = "admin@example.org";
const INVITED: &str = "grace@example.org";
const MADE_UP: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A site on which only invited users can register.
async fn invited_only() -> Site {
    Site::with_builder(|builder| builder.registration(Registration::Invited)).await
}

/// Returns a browser that is signed in as an administrator.
async fn administrator(site: &Site) -> Browser<'_> {
    register_account(&site.portcullis, ADMIN).await;
    site.set_admin(ADMIN, true).await;
    let mut browser = site.browser();
    let fields = [("email", ADMIN), ("password", PASSWORD)];
    browser.post(paths::LOGIN, &fields).await.expect_ok();
    browser
}

async fn invite(admin: &mut Browser<'_>, email: &str) -> String {
    let fields = [("email", email)];
    let created = admin.post(paths::ADMIN_INVITATIONS, &fields).await;
    let created = created.expect_ok();
    assert_eq!(created["email"], email);
    created["token"].as_str().expect("a token").to_owned()
}

async fn register(browser: &mut Browser<'_>, email: &str, token: &str) -> Response {
    let fields = [
        ("email", email),
        ("password", PASSWORD),
        (INVITATION_PARAMETER, token),
    ];
    browser.post(paths::REGISTER, &fields).await
}

fn page(token: &str) -> String {
    format!("/register?{INVITATION_PARAMETER}={token}")
}

async fn open(admin: &mut Browser<'_>) -> Vec<Value> {
    let list = admin.get(paths::ADMIN_INVITATIONS).await.expect_ok();
    list["invitations"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn invited_user_registers_once() {
    fn without_leptos(
        portcullis: &Portcullis,
        _: &leptos::config::LeptosOptions,
    ) -> ProtectedRouter {
        portcullis.protect(axum::Router::new().merge(portcullis.routes()))
    }
    for site in [
        invited_only().await,
        Site::open().await,
        Site::with_routes(HTTP, without_leptos).await,
    ] {
        let mut admin = administrator(&site).await;
        let token = invite(&mut admin, INVITED).await;
        let listed = open(&mut admin).await;
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (&listed[0]["email"], &listed[0]["created_by"]),
            (&INVITED.into(), &ADMIN.into())
        );
        assert!(!listed[0].to_string().contains(&token));

        let mut user = site.browser();
        let registered = register(&mut user, "Grace@Example.org", &token).await;
        let registered = registered.expect_ok();
        assert_eq!(registered["account"]["email"], "Grace@Example.org");
        assert_eq!(registered["account"]["is_admin"], false);
        user.session().await.expect_ok();
        assert_eq!(open(&mut admin).await, [Value::Null; 0]);

        let again = register(&mut site.browser(), "eve@example.org", &token).await;
        again.expect_error(403, "invitation_invalid");
        assert_eq!(site.accounts().await.len(), 2);
    }
}

#[tokio::test]
async fn others_cannot_register_if_an_invitation_is_required() {
    let site = invited_only().await;
    for token in ["", " "] {
        let rejected = register(&mut site.browser(), EMAIL, token).await;
        rejected.expect_error(403, "registration_closed");
    }
    assert!(site.accounts().await.is_empty());
    let page = site.browser().load("/register").await;
    assert!(page.text().contains("data-registration=\"closed\""));
}

/// The user does not know that the registration has succeeded, and sends the form again.
#[tokio::test]
async fn registration_whose_response_was_lost_is_repeated() {
    let site = invited_only().await;
    let mut admin = administrator(&site).await;
    let token = invite(&mut admin, INVITED).await;
    let lost = register(&mut site.browser(), INVITED, &token).await;
    let repeated = register(&mut site.browser(), INVITED, &token).await;
    assert_eq!(repeated.expect_ok()["account"], lost.expect_ok()["account"]);
}

/// A stranger learns neither which invitations exist, nor for whom they are, nor which addresses
/// have an account.
#[tokio::test]
async fn invalid_invitations_are_indistinguishable() {
    let site = invited_only().await;
    let mut admin = administrator(&site).await;
    let used = invite(&mut admin, "used@example.org").await;
    let registered = register(&mut site.browser(), "used@example.org", &used).await;
    registered.expect_ok();
    let expired = invite(&mut admin, "expired@example.org").await;
    site.advance(WEEK).await;
    let fields = [("email", ADMIN), ("password", PASSWORD)];
    admin.post(paths::LOGIN, &fields).await.expect_ok();
    let withdrawn = invite(&mut admin, "withdrawn@example.org").await;
    let id = open(&mut admin).await[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let done = admin.post_empty(&paths::withdraw_invitation(&id)).await;
    assert_eq!(
        done.expect_ok()["detail"],
        "The invitation has been withdrawn."
    );
    let replaced = invite(&mut admin, INVITED).await;
    let valid = invite(&mut admin, INVITED).await;

    let mut bodies = Vec::new();
    let long = "A".repeat(5_000);
    for (email, token) in [
        ("eve@example.org", &*used),
        ("expired@example.org", &expired),
        ("withdrawn@example.org", &withdrawn),
        (INVITED, &replaced),
        // For another address, of an account or of none.
        ("eve@example.org", &valid),
        (ADMIN, &valid),
        (INVITED, MADE_UP),
        (ADMIN, MADE_UP),
        (INVITED, "x"),
        (INVITED, "\u{0}"),
        (INVITED, &long),
    ] {
        let fields = [
            ("email", email),
            ("password", "another long password"),
            (INVITATION_PARAMETER, token),
        ];
        let rejected = site.browser().post(paths::REGISTER, &fields).await;
        rejected.expect_error(403, "invitation_invalid");
        assert!(rejected.set_cookies().is_empty());
        bodies.push(rejected.text().to_owned());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(site.accounts().await.len(), 2);
    for token in [&*used, &expired, &withdrawn, &replaced, MADE_UP, "x", "%00"] {
        let page = site.browser().load(&page(token)).await;
        assert_eq!(page.status, 403, "{token}");
        let message = "This invitation is not valid any more.";
        assert!(page.text().contains(message), "{}", page.text());
        assert!(!page.text().contains("<input"), "{}", page.text());
    }
    register(&mut site.browser(), INVITED, &valid)
        .await
        .expect_ok();
}

#[tokio::test]
async fn registration_page_shows_the_invited_address() {
    let site = invited_only().await;
    let mut admin = administrator(&site).await;
    let token = invite(&mut admin, INVITED).await;
    let mut user = site.browser();
    let shown = user.load(&page(&token)).await;
    assert_eq!(shown.status, 200);
    let text = shown.text();
    assert!(text.contains(&format!("value=\"{INVITED}\"")), "{text}");
    assert!(text.contains("readonly"), "{text}");
    assert!(!text.contains("to-register"), "{text}");
    // The token is sent to no other site, and stays in no cache.
    assert_eq!(shown.header("referrer-policy"), "same-origin");
    assert!(shown.header("cache-control").contains("no-store"));
    assert!(!text.contains(&format!("next={token}")), "{text}");

    // Without JavaScript, a failed form returns to the page, with its invitation.
    let fields = [
        ("email", INVITED),
        ("password", "short"),
        (INVITATION_PARAMETER, &token),
    ];
    let failed = user.submit(&page(&token), paths::REGISTER, &fields).await;
    assert!(matches!(failed.status, 302 | 303), "{}", failed.status);
    let back = failed.header("location").to_owned();
    let back = back.strip_prefix(site.origin).unwrap_or(&back);
    let shown = user.load(back).await;
    assert!(shown.text().contains("Use at least 15 characters."));
    assert!(shown.text().contains(&format!("value=\"{token}\"")));
    let fields = [
        ("email", INVITED),
        ("password", PASSWORD),
        (INVITATION_PARAMETER, &token),
    ];
    let done = user.submit(&page(&token), paths::REGISTER, &fields).await;
    assert!(!done.header("location").contains(&token));
    user.session().await.expect_ok();
}

#[tokio::test]
async fn invitation_is_shown_without_javascript() {
    let site = invited_only().await;
    let mut admin = administrator(&site).await;
    let path = "/admin/invitations";
    let shown = admin.load(path).await;
    assert!(shown.text().contains("There are no open invitations."));
    let created = admin.submit(path, path, &[("email", INVITED)]).await;
    assert_eq!(created.status, 200);
    let begin = format!("{}/register?invitation=", site.origin);
    let (_, rest) = created.text().split_once(&begin).expect("a link");
    let token = rest.get(..43).expect("a token").to_owned();
    assert!(created.header("cache-control").contains("no-store"));
    let shown = admin.load(path).await;
    assert!(shown.text().contains(INVITED));
    assert!(!shown.text().contains(&token), "it is shown once");
    register(&mut site.browser(), INVITED, &token)
        .await
        .expect_ok();
    for (fields, status) in [
        (&[("email", "grace")][..], 422),
        (&[], 422),
        (&[("email", INVITED)], 409),
    ] {
        let rejected = admin.submit(path, path, fields).await;
        assert_eq!(rejected.status, status, "{fields:?}");
    }
}

#[tokio::test]
async fn only_an_administrator_manages_invitations() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    invite(&mut admin, INVITED).await;
    let id = open(&mut admin).await[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let (mut user, mut stranger) = (site.browser(), site.browser());
    user.register().await;
    for (browser, status) in [(&mut stranger, 401), (&mut user, 403)] {
        let fields = [("email", "eve@example.org")];
        let list = browser.get(paths::ADMIN_INVITATIONS).await;
        let created = browser.post(paths::ADMIN_INVITATIONS, &fields).await;
        let withdrawn = browser.post_empty(&paths::withdraw_invitation(&id)).await;
        let page = browser
            .submit("/admin", "/admin/invitations", &fields)
            .await;
        let statuses = [list, created, withdrawn, page].map(|response| response.status);
        assert_eq!(&statuses[..3], [status; 3]);
        assert!(matches!(statuses[3], 303 | 401 | 403), "{statuses:?}");
    }
    assert_eq!(open(&mut admin).await.len(), 1);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ] {
        for path in [paths::ADMIN_INVITATIONS, "/admin/invitations"] {
            let request = post(path)
                .header(name, value)
                .header("cookie", admin.cookies());
            let response = site.send(request.form(&[("email", EMAIL)])).await;
            response.expect_error(403, "cross_site");
        }
    }
    for id in [UNKNOWN, "x", "%00", "%ff"] {
        let withdrawn = admin.post_empty(&paths::withdraw_invitation(id)).await;
        withdrawn.expect_error(404, "not_found");
    }
    for (email, status, code) in [
        ("grace", 422, "invalid_input"),
        ("", 422, "invalid_input"),
        ("Admin@example.org", 409, "email_taken"),
    ] {
        let fields = [("email", email)];
        let rejected = admin.post(paths::ADMIN_INVITATIONS, &fields).await;
        rejected.expect_error(status, code);
    }
}

#[tokio::test]
async fn closed_registration_has_no_invitations() {
    let site = Site::with_builder(|builder| builder.registration(Registration::Closed)).await;
    let mut admin = administrator(&site).await;
    let fields = [("email", INVITED)];
    let rejected = admin.post(paths::ADMIN_INVITATIONS, &fields).await;
    rejected.expect_error(403, "registration_closed");
    // Also those that were created before.
    let email = portcullis::accounts::Email::parse(INVITED).expect("an address");
    let created = site.portcullis.accounts().invite(&email).await;
    let token = created.expect("created").token();
    let rejected = register(&mut site.browser(), INVITED, &token).await;
    rejected.expect_error(403, "registration_closed");
    let page = site.browser().load(&page(&token)).await;
    assert!(page.text().contains("Registration is closed."));
    assert!(!page.text().contains(INVITED), "{}", page.text());
}

#[tokio::test]
async fn application_without_passwords_has_no_invitations() {
    let site = Site::with_builder(portcullis::Builder::external_accounts_only).await;
    let rejected = register(&mut site.browser(), INVITED, MADE_UP).await;
    rejected.expect_error(404, "not_found");
    assert_eq!(site.browser().load(&page(MADE_UP)).await.status, 404);
}
