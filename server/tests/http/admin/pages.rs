//! The pages of the administration.

use portcullis::{
    ExternalAccount,
    wire::{AccountAct, paths},
};
use testkit::EMAIL;

use super::{ADMIN, administrator};
use crate::site::{Response, Site};

const PAGES: [&str; 4] = [
    "/admin",
    "/admin/accounts",
    "/admin/invitations",
    "/admin/events",
];

fn assert_shows(page: &Response, parts: &[&str]) {
    assert_eq!(page.status, 200);
    for part in parts {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
}

#[tokio::test]
async fn pages_are_for_administrators() {
    let site = Site::open().await;
    let admin = administrator(&site).await;
    let mut user = site.browser();
    for page in PAGES {
        let response = user.load(page).await;
        assert_eq!(response.status, 303, "{page}");
    }
    user.register().await;
    for page in PAGES {
        // Neither the query nor the data are read.
        for page in [page, &format!("{page}?search=a&kind=x&after=x")] {
            let response = user.load(page).await;
            assert_eq!(response.status, 403, "{page}");
            let text = response.text();
            assert!(text.contains("You may not open this page"), "{text}");
            assert!(text.contains("<title>You may not open this page"), "{text}");
            for leak in [ADMIN, "/api/admin/", "/admin/", "Accounts", "Deactivate"] {
                assert!(!text.contains(leak), "{leak}: {text}");
            }
        }
    }
    drop(admin);
}

#[tokio::test]
async fn only_an_administrator_is_shown_the_way() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    let mut user = site.browser();
    user.register().await;
    assert_shows(&admin.load("/account").await, &["href=\"/admin\""]);
    let page = user.load("/account").await;
    assert!(!page.text().contains("href=\"/admin"), "{}", page.text());
}

#[tokio::test]
async fn accounts_page_works_without_javascript() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    let mut user = site.browser();
    user.register().await;
    let id = site.account_id(EMAIL).await.to_string();
    let own = site.account_id(ADMIN).await.to_string();
    let path = |id: &str, act| paths::account_act(id, act);

    let page = admin.load("/admin/accounts?search=A&order=email").await;
    let next = "/admin/accounts?search=A&amp;order=email&amp;done=deactivate&amp;account=";
    assert_shows(
        &page,
        &[
            EMAIL,
            ADMIN,
            "Administrator",
            " UTC</time>",
            &format!("action=\"{}\"", path(&id, AccountAct::Deactivate)),
            &format!("action=\"{}\"", path(&id, AccountAct::GrantAdmin)),
            &format!("action=\"{}\"", path(&id, AccountAct::EndSessions)),
            &format!("value=\"{next}{id}\""),
            &format!("href=\"/admin/events?account={id}\""),
        ],
    );
    for act in [AccountAct::Activate, AccountAct::RevokeAdmin] {
        let path = path(&id, act);
        assert!(!page.text().contains(&path), "{path}");
    }
    // The server refuses these for the own account.
    for act in [AccountAct::Deactivate, AccountAct::RevokeAdmin] {
        let path = path(&own, act);
        assert!(!page.text().contains(&path), "{path}");
    }

    let next = format!("/admin/accounts?search=A&order=email&done=deactivate&account={id}");
    let deactivate = path(&id, AccountAct::Deactivate);
    let fields = [("next", next.as_str())];
    let response = admin.submit("/admin/accounts", &deactivate, &fields).await;
    assert_eq!(
        (response.status, response.header("location")),
        (303, &*next)
    );
    user.session().await.expect_error(401, "session_ended");
    let page = admin.load(&next).await;
    let message = AccountAct::Deactivate.message();
    assert_shows(&page, &[message, "Deactivated", ">Activate</button>"]);
    // A link cannot claim what has not happened.
    let claim = next.replace("deactivate", "activate");
    let page = admin.load(&claim).await;
    let claimed = AccountAct::Activate.message();
    assert!(!page.text().contains(claimed), "{}", page.text());
}

#[tokio::test]
async fn accounts_are_searched_and_paged_by_links() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    for n in 0..60 {
        let email = format!("{n:02}@b.org");
        let account = ExternalAccount::new(&format!("users:{n}"), &email, "");
        let accounts = site.portcullis.accounts();
        let added = accounts.external(&account.expect("valid")).await;
        added.expect("added");
    }
    let page = admin.load("/admin/accounts?order=email").await;
    assert_shows(&page, &["rel=\"next external\"", "00@b.org", "49@b.org"]);
    assert!(!page.text().contains("50@b.org"), "{}", page.text());
    let (_, link) = page
        .text()
        .split_once("href=\"/admin/accounts?order=email&amp;after=")
        .expect("a link");
    let (after, _) = link.split_once('"').expect("a link");
    let next = format!("/admin/accounts?order=email&after={after}");
    let page = admin.load(&next).await;
    assert_shows(&page, &[ADMIN, "50@b.org", ">First page</a>"]);
    let (_, link) = page
        .text()
        .split_once("href=\"/admin/accounts?order=email&amp;before=")
        .expect("a link");
    let (before, rest) = link.split_once('"').expect("a link");
    assert!(rest.starts_with(" rel=\"prev external\""), "{rest}");
    let previous = format!("/admin/accounts?order=email&before={before}");
    let first = admin.load(&previous).await;
    assert_shows(&first, &["00@b.org", "49@b.org", "Next page"]);
    assert!(!first.text().contains("First page"), "{}", first.text());
    assert!(!page.text().contains(">49@b.org<"), "{}", page.text());

    for (search, email) in [("users%3A7", "07@b.org"), ("1", "19@b.org")] {
        let page = admin
            .load(&format!("/admin/accounts?search={search}"))
            .await;
        assert_shows(&page, &[email]);
        assert!(!page.text().contains("20@b.org"), "{}", page.text());
    }
    let page = admin.load("/admin/accounts?search=%3Cb%3Eeve").await;
    assert_shows(&page, &["No account begins with “&lt;b&gt;eve”."]);
    for query in ["after=x", "before=x"] {
        let page = admin.load(&format!("/admin/accounts?{query}")).await;
        assert_shows(&page, &["This page of the list cannot be shown."]);
    }
    // A page after the last row leads back.
    let empty = "after=00000000-0000-0000-0000-000000000000";
    let page = admin.load(&format!("/admin/accounts?{empty}")).await;
    assert_shows(
        &page,
        &["There are no accounts on this page.", "First page"],
    );
}

#[tokio::test]
async fn events_page_shows_who_acted_and_from_where() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await.from("192.0.2.9");
    let mut user = site.browser().from("192.0.2.7");
    user.register().await;
    let id = site.account_id(EMAIL).await;
    let signed_in = user.sign_in().await;
    let request = signed_in.header("x-request-id").to_owned();
    let ended = super::act(&mut admin, id, AccountAct::EndSessions).await;
    ended.expect_ok();
    let page = admin.load(&format!("/admin/events?account={id}")).await;
    assert_shows(
        &page,
        &[
            "By <!>the user",
            &format!("By <!>{ADMIN}"),
            "From <span class=\"id\">192.0.2.7</span>",
            "From <span class=\"id\">192.0.2.9</span>",
            &format!("href=\"/admin/events?request={request}\""),
        ],
    );
    let page = admin.load("/admin/events?kind=crypt_key_created").await;
    assert_shows(&page, &["By <!>the system", "Key <span class=\"id\">"]);
    let page = admin
        .load(&format!("/admin/events?request={request}"))
        .await;
    assert_shows(&page, &["Signed in", "Signed out"]);
    assert!(!page.text().contains("192.0.2.9"), "{}", page.text());
}

/// The address of an administrator is not shown to the user.
#[tokio::test]
async fn security_page_shows_the_addresses_of_the_own_events() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await.from("192.0.2.9");
    let mut user = site.browser().from("192.0.2.7");
    user.register().await;
    let id = site.account_id(EMAIL).await;
    let ended = super::act(&mut admin, id, AccountAct::EndSessions).await;
    ended.expect_ok();
    user.sign_in().await.expect_ok();
    let events = user.get(paths::EVENTS).await.expect_ok();
    let events = events["events"].as_array().expect("a list");
    let addresses: Vec<_> = events.iter().map(|event| &event["address"]).collect();
    assert_eq!(addresses[0], "192.0.2.7");
    assert_eq!(events[1]["event"], "authn_token_revoked");
    assert!(addresses[1].is_null(), "{events:?}");
    let page = user.load("/account/security").await;
    assert_shows(&page, &["From <!>192.0.2.7"]);
    assert!(!page.text().contains("192.0.2.9"), "{}", page.text());
}

#[tokio::test]
async fn events_page_filters_and_leads_to_the_file() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    site.browser().register().await;
    let page = admin.load("/admin/events").await;
    assert_shows(
        &page,
        &[
            "<strong>Became an administrator</strong>",
            "<strong>Account created</strong>",
            "href=\"/api/admin/events.csv/\"",
        ],
    );
    let query = "kind=user_created&amp;account=ada@example.org&amp;from=2001-01-01";
    let page = admin
        .load(&format!("/admin/events?{}", query.replace("&amp;", "&")))
        .await;
    assert_shows(
        &page,
        &[
            "<strong>Account created</strong>",
            "value=\"ada@example.org\"",
            "value=\"2001-01-01\"",
            &format!("href=\"/api/admin/events.csv/?{query}\""),
        ],
    );
    assert!(
        !page.text().contains("<strong>Signed in"),
        "{}",
        page.text()
    );
    for (query, message) in [
        ("to=2001-01-01", "No event matches this filter."),
        ("account=eve%40example.org", "Check the filter"),
        ("from=yesterday", "Check the filter"),
    ] {
        let page = admin.load(&format!("/admin/events?{query}")).await;
        assert_shows(&page, &[message]);
    }
}
