//! The accounts in the administration.

use portcullis::{ExternalAccount, wire::paths};
use serde_json::Value;
use testkit::EMAIL;

use super::{ADMIN, administrator};
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
