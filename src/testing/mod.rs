//! Tools for an application's own tests (feature `testing`): a clock, a browser with a
//! cookie jar, a sign-in without a password, and simulated outages.
//!
//! ```
//! use std::time::Duration;
//!
//! use axum::{Router, routing::get};
//! use portcullis::{
//!     ExternalAccount, Portcullis, SignedIn,
//!     testing::{Browser, TestClock, sign_in},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (folder, clock) = (tempfile::tempdir()?, TestClock::new());
//! let auth = Portcullis::builder("https://app.example.org")
//!     .sqlite(folder.path().join("app.db"))
//!     .clock(clock.clone())
//!     .protected(["/account"])
//!     .open()
//!     .await?;
//! let app = Router::new()
//!     .route("/account", get(async |_: SignedIn| "your account"))
//!     .merge(auth.routes());
//! let app = auth.protect(app);
//! let ada = ExternalAccount::new("users:42", "ada@example.org", "Ada")?;
//! let mut browser = Browser::new(&auth, app).with_jar(sign_in(&auth, &ada).await);
//!
//! clock.advance(Duration::from_secs(26 * 60));
//! assert_eq!(browser.load("/account").await.status, 200, "refreshed");
//! clock.advance(Duration::from_secs(8 * 24 * 60 * 60));
//! let redirected = browser.load("/account").await;
//! assert_eq!(redirected.header("location"), "/login?next=/account");
//! # Ok(())
//! # }
//! ```

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails panics"
)]

mod browser;
mod clock;
mod jar;
mod response;

pub use browser::Browser;
pub use clock::TestClock;
pub use jar::{CookieJar, CookieRejection};
pub use response::TestResponse;

use axum::http::{Extensions, HeaderMap, Uri};

use crate::{ExternalAccount, Portcullis, http::Caller};

/// Signs in a user of the application without a form and without a password. Returns the
/// cookies of a new browser.
///
/// # Panics
/// If the account is inactive, or the database does not respond.
pub async fn sign_in(portcullis: &Portcullis, account: &ExternalAccount) -> CookieJar {
    let caller = Caller::of_request(portcullis.clone(), &HeaderMap::new(), &Extensions::new());
    let issued = caller.sign_in_as(account).await;
    let issued = issued.unwrap_or_else(|error| panic!("could not sign in: {error}"));
    let origin: Uri = portcullis.origin().as_str().parse().expect("a URL");
    let mut jar = CookieJar::new(portcullis.clock());
    for cookie in issued.cookies.values() {
        let cookie = cookie.to_str().expect("an ASCII header");
        jar.store(&origin, cookie).expect("a cookie of the origin");
    }
    jar
}

/// Closes the database of a session service, to simulate an outage: requests that need the
/// database are rejected with 503 `busy`.
pub async fn close_database(portcullis: &Portcullis) {
    portcullis.store().close().await;
}

/// Makes the revocation view stale, as ten seconds without the database would. Requests with
/// a valid access token are then rejected with 503 `busy`, or with 503 `tasks_missing` if the
/// background tasks do not run. If they run and the database responds, the view is fresh
/// again within a second.
pub fn expire_revocation_view(portcullis: &Portcullis) {
    portcullis.revocations().expire();
}

/// Makes the task that reads the ended sessions panic at its next read. It is restarted after
/// a second.
pub fn panic_revocation_feed(portcullis: &Portcullis) {
    let panics = &portcullis.feed().panics;
    panics.store(true, std::sync::atomic::Ordering::SeqCst);
}
