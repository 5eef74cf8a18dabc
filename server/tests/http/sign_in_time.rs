//! The time of a failed sign-in does not show whether an account exists or is active.

use std::time::{Duration, Instant};

use portcullis::wire::paths;
use testkit::{EMAIL, PASSWORD};

use crate::site::Site;

const ROUNDS: usize = 32;
const WRONG: &str = "not the right password";
const INACTIVE: &str = "inactive@example.org";

/// The kinds of failures, which alternate, so that other work of the machine delays all of
/// them alike. Compared are the shortest times, which such work moves least: one undisturbed
/// sample of each kind is enough. A missing hash fails, and so does a second one; a difference
/// of microseconds does not.
#[tokio::test]
async fn failed_sign_ins_take_the_same_time() {
    let site = Site::open().await;
    site.browser().register().await;
    site.browser().register_as(INACTIVE).await;
    site.set_active(INACTIVE, false).await;
    let kinds = [
        ("wrong password", EMAIL, WRONG),
        ("unknown account", "unknown@example.org", WRONG),
        ("no address", "not an address", WRONG),
        ("inactive account, wrong password", INACTIVE, WRONG),
        ("inactive account, right password", INACTIVE, PASSWORD),
    ];
    let shortest = measure(&site, &kinds, 401).await;
    assert_alike(&kinds, &shortest, 1.8);
}

/// No hash is computed for them, so they are compared more loosely.
#[tokio::test]
async fn limited_sign_ins_take_the_same_time() {
    let site = Site::open().await;
    site.browser().register().await;
    let kinds = [
        ("account", EMAIL, PASSWORD),
        ("unknown account", "unknown@example.org", PASSWORD),
    ];
    for (_, email, _) in kinds {
        let mut browser = site.browser().from("198.51.100.7");
        for _ in 0..10 {
            let fields = [("email", email), ("password", WRONG)];
            browser.post(paths::LOGIN, &fields).await;
        }
    }
    let shortest = measure(&site, &kinds, 429).await;
    assert_alike(&kinds, &shortest, 3.0);
}

/// Returns the shortest time of each kind. The attempts are made so rarely that all of them have
/// the expected status.
async fn measure(site: &Site, kinds: &[(&str, &str, &str)], status: u16) -> Vec<Duration> {
    let mut shortest = vec![Duration::MAX; kinds.len()];
    for _ in 0..ROUNDS {
        if status == 401 {
            site.advance(Duration::from_secs(600)).await;
        }
        for ((_, email, password), shortest) in kinds.iter().zip(&mut shortest) {
            let mut browser = site.browser().from("198.51.100.7");
            let fields = [("email", *email), ("password", *password)];
            let since = Instant::now();
            let response = browser.post(paths::LOGIN, &fields).await;
            *shortest = since.elapsed().min(*shortest);
            assert_eq!(response.status, status);
        }
    }
    shortest
}

fn assert_alike(kinds: &[(&str, &str, &str)], times: &[Duration], factor: f64) {
    let shortest = times.iter().min().expect("a kind").as_secs_f64();
    let longest = times.iter().max().expect("a kind").as_secs_f64();
    let names: Vec<_> = kinds.iter().map(|kind| kind.0).zip(times).collect();
    assert!(longest <= shortest * factor, "{names:?}");
}
