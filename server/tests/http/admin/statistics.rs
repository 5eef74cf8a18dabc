//! The statistics in the administration.

use portcullis::wire::paths;
use serde_json::Value;

use super::administrator;
use crate::{
    browser::Browser,
    site::{HTTP, MINUTE, Site},
};

async fn this_hour(browser: &mut Browser<'_>) -> Value {
    let statistics = browser.get(paths::ADMIN_STATISTICS).await.expect_ok();
    let (hours, days) = (&statistics["hours"], &statistics["days"]);
    assert_eq!(hours.as_array().map(Vec::len), Some(24));
    assert_eq!(days.as_array().map(Vec::len), Some(30));
    let mut hour = hours[23].clone();
    let mut day = days[29].clone();
    for period in [&mut hour, &mut day] {
        period["from"] = Value::Null;
    }
    assert_eq!(hour, day, "the test runs within one hour");
    hour
}

#[tokio::test]
async fn sign_ins_and_refreshes_are_counted() {
    for site in [Site::open().await, Site::without_leptos(HTTP).await] {
        let mut admin = administrator(&site).await;
        let mut user = site.browser();
        user.register().await;
        let wrong = [("email", "ada@example.org"), ("password", "wrong password")];
        let response = site.browser().post(paths::LOGIN, &wrong).await;
        response.expect_error(401, "invalid_credentials");
        user.refresh().await.expect_ok();
        let superseded = user.jar.clone();
        for _ in 0..2 {
            site.advance(MINUTE).await;
            user.session().await.expect_ok();
            user.refresh().await.expect_ok();
        }
        user.jar = superseded;
        user.refresh().await.expect_error(401, "reuse_detected");
        user.refresh().await.expect_error(401, "reuse_detected");

        let hour = this_hour(&mut admin).await;
        assert_eq!(hour["sign_ins"], 2);
        assert_eq!(hour["failed_sign_ins"], 1);
        assert_eq!(hour["token_reuse"], 1);
        assert_eq!(hour["rejected"], 2);
        assert_eq!(hour["failed"], 0);
        let refreshes = [&hour["rotated"], &hour["repeated"]].map(Value::as_u64);
        assert_eq!(refreshes.into_iter().flatten().sum::<u64>(), 3);
        assert_eq!(hour["live_sessions"], Value::Null);
    }
}
