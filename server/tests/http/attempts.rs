//! The limits on attempts to sign in, to register and to change a password.

use std::time::Duration;

use portcullis::{
    attempts::{Limit, Limits},
    wire::paths,
};
use testkit::{EMAIL, PASSWORD};

use crate::{
    browser::Browser,
    site::{MINUTE, Response, Site},
};

const HOME: &str = "192.0.2.10";
const ELSEWHERE: &str = "198.51.100.7";
const WRONG: &str = "not the right password";

/// The default limit of one account from one address.
const BURST: usize = 10;

pub(crate) async fn sign_in(browser: &mut Browser<'_>, email: &str, password: &str) -> Response {
    let fields = [("email", email), ("password", password)];
    browser.post(paths::LOGIN, &fields).await
}

/// Opens a site with an account, and with one limit of 15 at once and one more in a minute.
async fn limited(which: fn(&mut Limits) -> &mut Limit) -> Site {
    let site = Site::with_builder(move |builder| {
        let mut limits = Limits::default();
        *which(&mut limits) = Limit::new(15, MINUTE).expect("valid");
        builder.limits(limits)
    })
    .await;
    site.browser().register().await;
    site
}

/// Fails to sign in, each time from a new browser, until an attempt is rejected, and returns
/// its response and how many were not.
async fn exhaust(site: &Site, address: &str, email: &str) -> (Response, usize) {
    for n in 0..1_000 {
        let mut browser = site.browser().from(address);
        let response = sign_in(&mut browser, email, WRONG).await;
        if response.status == 429 {
            return (response, n);
        }
        response.expect_error(401, "invalid_credentials");
    }
    panic!("there is no limit");
}

#[tokio::test]
async fn account_is_limited_whether_it_exists_or_not() {
    let site = Site::open().await;
    site.browser().register().await;
    let (known, n) = exhaust(&site, ELSEWHERE, EMAIL).await;
    assert_eq!(n, BURST);
    let error = known.expect_error(429, "too_many_attempts");
    assert_eq!(known.header("retry-after"), "300");
    assert_eq!(error["retry_after"], 300);
    for other in ["unknown@example.org", "not an address"] {
        let (response, n) = exhaust(&site, ELSEWHERE, other).await;
        assert_eq!((response.bytes, n), (known.bytes.clone(), BURST), "{other}");
    }
    // The right password is not tried.
    let mut browser = site.browser().from(ELSEWHERE);
    let limited = sign_in(&mut browser, EMAIL, PASSWORD).await;
    assert_eq!(limited.bytes, known.bytes);
    let spelled = sign_in(&mut browser, " ADA@example.org", PASSWORD).await;
    assert_eq!(spelled.status, 429, "another spelling is the same account");
}

#[tokio::test]
async fn one_more_attempt_is_admitted_after_the_wait() {
    let site = Site::open().await;
    site.browser().register().await;
    exhaust(&site, ELSEWHERE, EMAIL).await;
    site.advance(Duration::from_secs(299)).await;
    let mut browser = site.browser().from(ELSEWHERE);
    let early = sign_in(&mut browser, EMAIL, PASSWORD).await;
    assert_eq!((early.status, early.header("retry-after")), (429, "1"));
    site.advance(Duration::from_secs(1)).await;
    sign_in(&mut browser, EMAIL, PASSWORD).await.expect_ok();
    // It was right, so it was refunded.
    sign_in(&mut browser, EMAIL, PASSWORD).await.expect_ok();
    sign_in(&mut browser, EMAIL, WRONG)
        .await
        .expect_error(401, "invalid_credentials");
    assert_eq!(sign_in(&mut browser, EMAIL, WRONG).await.status, 429);
}

#[tokio::test]
async fn successful_sign_ins_are_not_limited() {
    let site = Site::open().await;
    site.browser().register().await;
    for _ in 0..3 * BURST {
        let mut browser = site.browser().from(HOME);
        sign_in(&mut browser, EMAIL, PASSWORD).await.expect_ok();
    }
}

/// A stranger with many addresses exhausts every limit of the account that applies to
/// strangers. The owner still signs in from an address from which the account has signed in
/// before.
#[tokio::test]
async fn stranger_does_not_lock_the_owner_out() {
    let site = limited(|limits| &mut limits.unknown_addresses).await;
    let mut owner = site.browser().from(HOME);
    sign_in(&mut owner, EMAIL, PASSWORD).await.expect_ok();
    let mut failures = 0;
    for n in 0..3 {
        failures += exhaust(&site, &format!("198.51.100.{n}"), EMAIL).await.1;
    }
    assert_eq!(failures, 15, "from all addresses together");

    let mut returned = site.browser().from(HOME);
    sign_in(&mut returned, EMAIL, PASSWORD).await.expect_ok();
    let mut travelling = site.browser().from("203.0.113.1");
    let limited = sign_in(&mut travelling, EMAIL, PASSWORD).await;
    assert_eq!(limited.status, 429, "not from an unknown address");
    site.advance(MINUTE).await;
    sign_in(&mut travelling, EMAIL, PASSWORD).await.expect_ok();
    // The limit of the owner's own address applies.
    assert_eq!(exhaust(&site, HOME, EMAIL).await.1, BURST);
}

#[tokio::test]
async fn one_address_is_limited_over_all_accounts() {
    let site = limited(|limits| &mut limits.address).await;
    let mut browser = site.browser().from("2001:db8::1");
    for n in 0..15 {
        let email = format!("person-{n}@example.org");
        let failed = sign_in(&mut browser, &email, WRONG).await;
        failed.expect_error(401, "invalid_credentials");
    }
    let mut neighbour = site.browser().from("2001:db8::2");
    let limited = sign_in(&mut neighbour, EMAIL, PASSWORD).await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "60"));
    let mut other = site.browser().from("2001:db8:0:1::1");
    sign_in(&mut other, EMAIL, PASSWORD).await.expect_ok();
}

#[tokio::test]
async fn registrations_of_one_address_are_limited() {
    let site = limited(|limits| &mut limits.registration).await;
    let mut browser = site.browser().from(ELSEWHERE);
    browser.register_as("a@example.org").await;
    for n in 0..13 {
        browser
            .register_as(&format!("person-{n}@example.org"))
            .await;
    }
    let fields = |email| [("email", email), ("password", PASSWORD)];
    // An invalid form costs nothing. A taken address costs an attempt, because its response
    // shows that there is an account.
    let invalid = [("email", "c@example.org"), ("password", "short")];
    let invalid = browser.post(paths::REGISTER, &invalid).await;
    invalid.expect_error(422, "invalid_input");
    let taken = [("email", "a@example.org"), ("password", WRONG)];
    let taken = browser.post(paths::REGISTER, &taken).await;
    taken.expect_error(409, "email_taken");
    let limited = browser
        .post(paths::REGISTER, &fields("c@example.org"))
        .await;
    limited.expect_error(429, "too_many_attempts");
    assert_eq!(limited.header("retry-after"), "60");
    assert!(limited.set_cookies().is_empty());
    let mut other = site.browser().from(HOME);
    other.register_as("c@example.org").await;
    site.advance(MINUTE).await;
    browser.register_as("d@example.org").await;
}

/// A registration with the password of the account signs in, so it is limited as a sign-in is.
#[tokio::test]
async fn registration_gives_no_further_guesses() {
    let site = Site::open().await;
    site.browser().register().await;
    let (_, n) = exhaust(&site, ELSEWHERE, EMAIL).await;
    assert_eq!(n, BURST);
    let mut browser = site.browser().from(ELSEWHERE);
    for password in [WRONG, PASSWORD] {
        let fields = [("email", EMAIL), ("password", password)];
        let limited = browser.post(paths::REGISTER, &fields).await;
        limited.expect_error(429, "too_many_attempts");
        assert!(limited.set_cookies().is_empty());
    }
    let mut browser = site.browser().from(HOME);
    for _ in 0..BURST {
        let fields = [("email", EMAIL), ("password", WRONG)];
        let taken = browser.post(paths::REGISTER, &fields).await;
        taken.expect_error(409, "email_taken");
    }
    let limited = sign_in(&mut browser, EMAIL, PASSWORD).await;
    limited.expect_error(429, "too_many_attempts");
}

/// A thief with a session guesses the password of the account. The owner, in another session,
/// can still change it.
#[tokio::test]
async fn changes_of_the_password_are_limited_by_session() {
    let site = Site::open().await;
    let mut owner = site.browser().from(HOME);
    owner.register().await;
    let mut thief = site.browser().from(ELSEWHERE);
    thief.sign_in().await.expect_ok();
    let form = |current| {
        [
            ("current_password", current),
            ("new_password", "another long password"),
        ]
    };
    for _ in 0..BURST {
        let wrong = thief.post(paths::PASSWORD, &form(WRONG)).await;
        wrong.expect_error(401, "invalid_credentials");
    }
    let limited = thief.post(paths::PASSWORD, &form(PASSWORD)).await;
    limited.expect_error(429, "too_many_attempts");
    thief.session().await.expect_ok();
    let changed = owner.post(paths::PASSWORD, &form(PASSWORD)).await;
    changed.expect_ok();
}

#[tokio::test]
async fn limits_hold_without_the_addresses_of_clients() {
    let site = limited(|limits| &mut limits.unknown_addresses).await;
    let mut browser = site.browser();
    for _ in 0..15 {
        let failed = sign_in(&mut browser, EMAIL, WRONG).await;
        failed.expect_error(401, "invalid_credentials");
    }
    let limited = sign_in(&mut browser, EMAIL, PASSWORD).await;
    limited.expect_error(429, "too_many_attempts");
}

/// The database holds no e-mail address because of an attempt, and the address of the client
/// only in the audit trail, as text.
#[tokio::test]
async fn attempts_are_stored_under_keyed_hashes() {
    let site = Site::open().await;
    let mut browser = site.browser().from("203.0.113.77");
    sign_in(&mut browser, "unheard-of@example.org", WRONG)
        .await
        .expect_error(401, "invalid_credentials");
    let files = std::fs::read_dir(site.folder.path()).expect("the folder");
    let files = files.map(|file| file.expect("an entry").path());
    let stored: Vec<u8> = files
        .filter(|path| path.is_file())
        .flat_map(|path| std::fs::read(path).expect("readable"))
        .collect();
    let has = |bytes: &[u8]| stored.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(b"attempts_by_time"), "the files of the database");
    for absent in [&b"unheard-of"[..], &[203, 0, 113, 77]] {
        assert!(!has(absent), "{absent:?}");
    }
}

/// Without JavaScript, the sign-in page shows the message of the error.
#[tokio::test]
async fn page_shows_the_message_without_javascript() {
    let site = Site::open().await;
    exhaust(&site, ELSEWHERE, EMAIL).await;
    let mut browser = site.browser().from(ELSEWHERE);
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    let redirected = browser.submit("/login", paths::LOGIN, &fields).await;
    assert_eq!(redirected.status, 303);
    let location = redirected.header("location").to_owned();
    let path = location.strip_prefix(site.origin).unwrap_or(&location);
    let page = browser.load(path).await;
    assert_eq!(page.status, 200);
    let message = "Too many attempts. Please try again in 5 minutes.";
    assert!(page.text().contains(message), "{}", page.text());
}
