//! The accounts in the administration.

use portcullis::{
    ExternalAccount,
    wire::{AccountAct, paths},
};
use serde_json::Value;
use testkit::EMAIL;

use super::{ADMIN, act, administrator};
use crate::{
    browser::Browser,
    devices::UNKNOWN,
    site::{HTTP, MINUTE, Site},
};

/// Returns the accounts of a query, and the field `after` of the next page.
async fn accounts(browser: &mut Browser<'_>, query: &str) -> (Vec<Value>, Option<String>) {
    let path = format!("{}?{query}", paths::ADMIN_ACCOUNTS);
    let page = browser.get(&path).await.expect_ok();
    let accounts = page["accounts"].as_array().expect("a list").clone();
    (accounts, page["next"].as_str().map(str::to_owned))
}

async fn emails(browser: &mut Browser<'_>, query: &str) -> Vec<String> {
    let (accounts, next) = accounts(browser, query).await;
    assert_eq!(next, None, "{query}");
    let emails = accounts.iter().map(|account| &account["email"]);
    emails
        .map(|email| email.as_str().expect("text").to_owned())
        .collect()
}

#[tokio::test]
async fn accounts_are_listed_and_searched() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let mut browser = administrator(&site).await;
        site.advance(MINUTE).await;
        site.browser().register().await;
        site.advance(MINUTE).await;
        site.browser().register_as("Grace@example.org").await;
        let listed = emails(&mut browser, "").await;
        assert_eq!(listed, ["Grace@example.org", EMAIL, ADMIN]);
        let (found, _) = accounts(&mut browser, "search=ADA%40").await;
        let id = site.account_id(EMAIL).await.to_string();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["id"], id);
        assert_eq!(found[0]["external_id"], Value::Null);
        assert_eq!(found[0]["name"], "Ada");
        assert_eq!(
            (&found[0]["is_active"], &found[0]["is_admin"]),
            (&true.into(), &false.into())
        );
        assert!(found[0]["created_at"].is_u64() && found[0]["last_login_at"].is_u64());
        assert_eq!(found[0]["live_sessions"], 1);
        for (query, expected) in [
            ("order=email", &[EMAIL, ADMIN, "Grace@example.org"][..]),
            ("order=newest&search=+gr+", &["Grace@example.org"]),
            (&format!("search={id}"), &[EMAIL]),
            (
                "search=&order=&after=",
                &["Grace@example.org", EMAIL, ADMIN],
            ),
            ("search=%25", &[]),
            ("search=%00", &[]),
            ("search=%ff", &[]),
        ] {
            assert_eq!(emails(&mut browser, query).await, expected, "{query}");
        }
    }
}

#[tokio::test]
async fn invalid_query_names_its_field() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let mut browser = administrator(&site).await;
        for (path, field, values) in [
            (paths::ADMIN_ACCOUNTS, "order", &["size", "%00"][..]),
            (paths::ADMIN_ACCOUNTS, "after", &["x", "1", "%00"]),
            (paths::ADMIN_ACCOUNTS, "order=email&after", &["x", UNKNOWN]),
            (paths::ADMIN_ACCOUNTS, "before", &["x", "1", "%00", ":"]),
            (paths::ADMIN_ACCOUNTS, "search=a&before", &["x", UNKNOWN]),
            // A page is either after a row or before one.
            (paths::ADMIN_EVENTS, "after=1:1&before", &["1:1"]),
            (paths::ADMIN_EVENTS, "before", &["x", "1", "a:1", "1:a"]),
            // The file goes on to the end of the list.
            (paths::ADMIN_EVENTS_CSV, "before", &["1:1"]),
            (paths::ADMIN_EVENTS, "request", &["x", "%00", NO_TIME]),
            (paths::ADMIN_EVENTS, "kind", &["other", "x", "%00"]),
            (paths::ADMIN_EVENTS, "account", &["x", "-1"]),
            (paths::ADMIN_EVENTS, "from", &["yesterday", "1e9"]),
            (paths::ADMIN_EVENTS_CSV, "to", &["99999999999999999999"]),
            (paths::ADMIN_EVENTS_CSV, "after", &["1", "a:1", "1:a"]),
        ] {
            for value in values {
                let response = browser.get(&format!("{path}?{field}={value}")).await;
                let json = response.expect_error(422, "invalid_input");
                let name = field.rsplit('&').next().expect("a name");
                assert_eq!(json["fields"][name]["code"], "invalid", "{field}={value}");
            }
        }
        let nul = format!("order=email&after={UNKNOWN}:%00");
        let response = browser
            .get(&format!("{}?{nul}", paths::ADMIN_ACCOUNTS))
            .await;
        response.expect_error(422, "invalid_input");
    }
}

/// A UUID that contains no time: this program does not create such ids.
const NO_TIME: &str = "7b4d7e72-7a5c-4d6f-8ed1-5b9d8f6f2a30";

#[tokio::test]
async fn live_sessions_are_counted() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    let (mut first, mut second) = (site.browser(), site.browser());
    first.register().await;
    second.sign_in().await.expect_ok();
    let live = async |browser: &mut Browser<'_>| {
        let (found, _) = accounts(browser, "search=ada").await;
        found[0]["live_sessions"].clone()
    };
    assert_eq!(live(&mut admin).await, 2);
    second.post_empty(paths::LOGOUT).await.expect_ok();
    assert_eq!(live(&mut admin).await, 1);
    let id = site.account_id(EMAIL).await;
    let ended = act(&mut admin, id, AccountAct::EndSessions).await;
    ended.expect_ok();
    assert_eq!(live(&mut admin).await, 0);
}

/// The pages that are reached by `before` are those that were reached by `after`.
#[tokio::test]
async fn pages_lead_back_to_the_first() {
    let site = Site::open().await;
    let mut browser = administrator(&site).await;
    for n in 0..120 {
        let account = ExternalAccount::new(&format!("users:{n}"), &format!("{n:03}@b.org"), "");
        let accounts = site.portcullis.accounts();
        let created = accounts.external(&account.expect("valid")).await;
        created.expect("created");
    }
    for (path, query) in [
        (paths::ADMIN_ACCOUNTS, "order=newest"),
        (paths::ADMIN_ACCOUNTS, "order=email"),
        (paths::ADMIN_ACCOUNTS, "search=0"),
        (paths::ADMIN_EVENTS, "kind=user_created"),
        (paths::ADMIN_EVENTS, ""),
    ] {
        let mut read = async |position: &str, cursor: &Value| {
            let cursor = cursor.as_str().unwrap_or_default().replace('@', "%40");
            let path = format!("{path}?{query}&{position}={cursor}");
            browser.get(&path).await.expect_ok()
        };
        let mut pages = vec![read("after", &Value::Null).await];
        while let next @ Value::String(_) = &pages[pages.len() - 1]["next"] {
            let page = read("after", next).await;
            pages.push(page);
        }
        assert!(pages.len() > 1, "{query}");
        let mut page = pages.pop().expect("a page");
        while let previous @ Value::String(_) = &page["previous"] {
            page = read("before", previous).await;
            assert_eq!(Some(&page), pages.pop().as_ref(), "{query}");
        }
        assert!(pages.is_empty(), "{query}");
    }
}

/// An account that is created while the pages are read is on no later page.
#[tokio::test]
async fn pages_have_no_duplicates_while_accounts_are_added() {
    let site = Site::open().await;
    let mut browser = administrator(&site).await;
    let add = async |n: usize| {
        let id = format!("users:{n}");
        let account = ExternalAccount::new(&id, &format!("{n:03}@b.org"), "");
        let accounts = site.portcullis.accounts();
        accounts
            .external(&account.expect("valid"))
            .await
            .expect("created");
    };
    for n in 0..120 {
        add(n).await;
    }
    let mut added = 120;
    for order in ["newest", "email", "email&search=0", "email&search=1"] {
        let (mut all, mut pages, mut after) = (Vec::new(), 0, String::new());
        loop {
            let query = format!("order={order}&after={after}");
            let (page, next) = accounts(&mut browser, &query).await;
            assert!(page.len() <= 50);
            pages += 1;
            all.extend(page.into_iter().map(|account| account["email"].to_string()));
            add(added).await;
            added += 1;
            let Some(next) = next else { break };
            after = next.replace('@', "%40");
        }
        let begins = |n: &usize| match order.rsplit_once('=') {
            Some((_, search)) => format!("{n:03}").starts_with(search),
            None => true,
        };
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "{order}");
        for n in (0..120).filter(begins) {
            assert!(all.contains(&format!("\"{n:03}@b.org\"")), "{order}: {n}");
        }
        assert_eq!(
            pages,
            if order.contains("search=1") {
                1
            } else {
                count.div_ceil(50)
            }
        );
    }
}
