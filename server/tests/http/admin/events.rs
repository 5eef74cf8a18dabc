//! The audit trail in the administration.

use axum::body::Body;
use http_body_util::BodyExt;
use portcullis::{
    ExternalAccount,
    wire::{AccountAct, paths},
};
use serde_json::Value;
use testkit::EMAIL;

use super::{ADMIN, act, administrator};
use crate::{
    browser::Browser,
    site::{HTTP, MINUTE, Site, get},
};

/// Returns the events of a query, and the field `after` of the next page.
async fn events(browser: &mut Browser<'_>, query: &str) -> (Vec<Value>, Option<String>) {
    let path = format!("{}?{query}", paths::ADMIN_EVENTS);
    let page = browser.get(&path).await.expect_ok();
    let events = page["events"].as_array().expect("a list").clone();
    (events, page["next"].as_str().map(str::to_owned))
}

async fn names(browser: &mut Browser<'_>, query: &str) -> Vec<String> {
    let (events, next) = events(browser, query).await;
    assert_eq!(next, None, "{query}");
    let names = events.iter().map(|event| &event["event"]);
    names
        .map(|name| name.as_str().expect("text").to_owned())
        .collect()
}

/// Returns the lines of the file of a query, without its header.
async fn csv(browser: &mut Browser<'_>, query: &str) -> Vec<String> {
    let path = format!("{}?{query}", paths::ADMIN_EVENTS_CSV);
    let file = browser.get(&path).await;
    assert_eq!(file.status, 200, "{}", file.text());
    let mut lines = file.text().split_terminator("\r\n").map(str::to_owned);
    let header = lines.next().expect("a header");
    let names = "id,time,event,account_id,account_email,session_id,actor_id,actor_email,\
                 actor,request_id,address,key_id";
    assert_eq!(header, names);
    lines.collect()
}

#[tokio::test]
async fn every_act_has_its_actor() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let (mut admin, mut user) = (administrator(&site).await, site.browser());
        user.register().await;
        let actor = site.account_id(ADMIN).await.to_string();
        let id = site.account_id(EMAIL).await.to_string();
        for (done, event) in [
            (AccountAct::EndSessions, "authn_token_revoked"),
            (AccountAct::Deactivate, "user_deactivated"),
            (AccountAct::Activate, "user_activated"),
            (AccountAct::GrantAdmin, "authz_change:user,admin"),
            (AccountAct::RevokeAdmin, "authz_change:admin,user"),
        ] {
            act(&mut admin, &id, done).await.expect_ok();
            let (events, _) = events(&mut admin, &format!("account={id}")).await;
            assert_eq!(events[0]["event"], event);
            assert_eq!(events[0]["account_id"], id);
            assert_eq!(events[0]["account_email"], EMAIL);
            assert_eq!(events[0]["actor_id"], actor);
            assert_eq!(events[0]["actor_email"], ADMIN);
            assert_eq!(events[0]["session_id"], Value::Null);
        }
    }
}

#[tokio::test]
async fn events_are_filtered_by_kind_account_and_time() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let mut admin = administrator(&site).await;
        site.advance(MINUTE).await;
        let mut user = site.browser();
        user.register().await;
        let id = site.account_id(EMAIL).await;
        let signed_in = "authn_login_success";
        let of_user = names(&mut admin, &format!("account={id}")).await;
        assert_eq!(of_user, [signed_in, "user_created"]);
        let query = format!("account={id}&kind=user_created");
        assert_eq!(names(&mut admin, &query).await, ["user_created"]);
        let kind = format!("kind={signed_in}&account=&from=&to=&after=");
        assert_eq!(names(&mut admin, &kind).await, [signed_in; 2]);
        let granted = "kind=authz_change:user,admin";
        assert_eq!(names(&mut admin, granted).await.len(), 1);

        let (all, _) = events(&mut admin, "").await;
        // With that of the signing key.
        assert_eq!(all.len(), 6);
        let time = all[0]["at"].as_u64().expect("seconds");
        let query = format!("from={time}");
        assert_eq!(names(&mut admin, &query).await, of_user);
        let query = format!("to={time}");
        assert_eq!(names(&mut admin, &query).await.len(), 4);
        let query = format!("from={time}&to={time}");
        assert_eq!(names(&mut admin, &query).await, [""; 0]);
        let query = format!("from={time}");
        assert_eq!(csv(&mut admin, &query).await.len(), 2);
    }
}

#[tokio::test]
async fn events_are_filtered_by_address_and_day() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let mut admin = administrator(&site).await;
        site.browser().register().await;
        let id = site.account_id(EMAIL).await;
        let of_user = names(&mut admin, &format!("account={id}")).await;
        assert_eq!(of_user.len(), 2);
        for query in ["account=Ada%40Example.org", "account=+ada%40example.org+"] {
            assert_eq!(names(&mut admin, query).await, of_user, "{query}");
            assert_eq!(csv(&mut admin, query).await.len(), 2, "{query}");
        }
        let (all, _) = events(&mut admin, "").await;
        let day = csv(&mut admin, "").await[0][..]
            .split(',')
            .nth(1)
            .expect("a time")[..10]
            .to_owned();
        let of_day = names(&mut admin, &format!("from={day}&to={day}")).await;
        assert_eq!(of_day.len(), all.len());
        for query in ["to=2001-01-01", "from=9999-01-01"] {
            assert_eq!(names(&mut admin, query).await, [""; 0], "{query}");
        }
        let unknown = format!("{}?account=eve%40example.org", paths::ADMIN_EVENTS);
        let json = admin.get(&unknown).await.expect_error(422, "invalid_input");
        assert_eq!(json["fields"]["account"]["code"], "invalid");
    }
}

/// With the id of its response, an administrator finds everything that a request did.
#[tokio::test]
async fn events_of_a_request_are_found_by_its_id() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let mut admin = administrator(&site).await;
        let mut user = site.browser().from("192.0.2.7");
        user.register().await;
        site.advance(MINUTE).await;
        let signed_in = user.sign_in().await;
        let request = signed_in.header("x-request-id").to_owned();
        let (of_request, _) = events(&mut admin, &format!("request={request}")).await;
        // The sign-in, and the end of the browser's former session.
        assert_eq!(of_request.len(), 2);
        for event in &of_request {
            assert_eq!(event["request_id"], request);
            assert_eq!(event["address"], "192.0.2.7");
            assert_eq!(event["actor"], "owner");
        }
        let query = format!("request={request}&kind=authn_login_success&account={EMAIL}");
        assert_eq!(
            names(&mut admin, &query.replace('@', "%40")).await,
            ["authn_login_success"]
        );
        assert_eq!(
            csv(&mut admin, &format!("request={request}")).await.len(),
            2
        );
        let other = "0198f0a4-0000-7000-8000-000000000000";
        let query = format!("request={other}");
        assert_eq!(names(&mut admin, &query).await, [""; 0]);
    }
}

async fn add_accounts(site: &Site, ids: std::ops::Range<usize>) {
    let accounts = site.portcullis.accounts();
    for n in ids {
        let account = ExternalAccount::new(&format!("users:{n}"), "", "");
        let created = accounts.external(&account.expect("valid")).await;
        created.expect("created");
    }
}

#[tokio::test]
async fn pages_have_no_duplicates_while_events_are_added() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    add_accounts(&site, 0..120).await;
    let (mut ids, mut query) = (Vec::new(), "kind=user_created".to_owned());
    for page in 0..3 {
        let (events, next) = events(&mut admin, &query).await;
        ids.extend(events.iter().map(|event| event["id"].to_string()));
        assert_eq!(next.is_some(), page < 2, "page {page}");
        query = format!("kind=user_created&after={}", next.unwrap_or_default());
        add_accounts(&site, 1000 + page * 20..1010 + page * 20).await;
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), count), (121, 121));
}

#[tokio::test]
async fn csv_has_every_event_in_several_reads() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    add_accounts(&site, 0..1_100).await;
    let lines = csv(&mut admin, "kind=user_created").await;
    assert_eq!(lines.len(), 1_101);
    let mut ids: Vec<_> = lines.iter().map(|line| line.split(',').next()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1_101);
}

/// The rows of the second read are sent only to an administrator.
#[tokio::test]
async fn csv_is_cut_off_if_the_rights_are_removed() {
    let site = Site::open().await;
    let admin = administrator(&site).await;
    let mut file = begin_export(&site, &admin).await;
    site.set_admin(ADMIN, false).await;
    let frame = file.frame().await;
    assert!(matches!(frame, Some(Err(_))), "{frame:?}");
}

#[tokio::test]
async fn csv_is_cut_off_if_the_session_ends() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    let mut file = begin_export(&site, &admin).await;
    admin.post_empty(paths::LOGOUT).await.expect_ok();
    let frame = file.frame().await;
    assert!(matches!(frame, Some(Err(_))), "{frame:?}");
}

/// Returns the rest of an export with more than one chunk, after the first.
async fn begin_export(site: &Site, admin: &Browser<'_>) -> Body {
    add_accounts(site, 0..600).await;
    let request = get(paths::ADMIN_EVENTS_CSV).header("cookie", admin.cookies());
    let mut file = site.body(request).await;
    for part in ["the header", "the first rows"] {
        let frame = file.frame().await;
        assert!(matches!(frame, Some(Ok(_))), "{part}: {frame:?}");
    }
    file
}

#[tokio::test]
async fn csv_is_a_file_that_is_not_stored() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    let file = admin.get(paths::ADMIN_EVENTS_CSV).await;
    assert_eq!(
        file.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    let disposition = "attachment; filename=\"events.csv\"";
    assert_eq!(file.header("content-disposition"), disposition);
    assert_eq!(file.header("cache-control"), "no-store");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn csv_quotes_cells_and_holds_no_formula() {
    let site = Site::open().await;
    let mut admin = administrator(&site).await;
    for email in ["=cmd|'x'!a1@b.org", "+1@b.org", "-1@b.org", "a\"b,c@b.org"] {
        site.browser().register_as(email).await;
    }
    let lines = csv(&mut admin, "kind=user_created").await;
    let cells = [
        "\"a\"\"b,c@b.org\"",
        "'-1@b.org",
        "'+1@b.org",
        "'=cmd|'x'!a1@b.org",
        ADMIN,
    ];
    for (line, cell) in lines.iter().zip(cells) {
        assert!(line.contains(&format!(",{cell},")), "{line}");
    }
    let id = site.account_id(ADMIN).await;
    let lines = csv(&mut admin, &format!("account={id}")).await;
    assert_eq!(lines.len(), 3);
    let granted = ",\"authz_change:user,admin\",";
    assert!(lines[0].contains(granted), "{}", lines[0]);
    assert!(lines[0].contains("Z,") && lines[0].contains(&id.to_string()));
}

#[tokio::test]
async fn path_of_the_file_may_end_without_a_slash() {
    let site = Site::open().await;
    let path = paths::ADMIN_EVENTS_CSV.trim_end_matches('/');
    let response = site.send(get(&format!("{path}?kind=user_created"))).await;
    response.expect_error(401, "not_signed_in");
}
