//! For an application's own tests (feature `testing`): a clock, a browser with its
//! cookies, a sign-in without a password, and outages.
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

mod browser;
mod clock;
mod jar;
mod response;

pub use browser::Browser;
pub use clock::TestClock;
pub use jar::{CookieJar, CookieRejection};
pub use response::TestResponse;

use axum::http::{HeaderMap, Uri};

use crate::{ExternalAccount, Portcullis, http::Caller};

/// Signs in without a form, as a person for whom the application vouches, and
/// returns the cookies of a new browser.
///
/// # Panics
/// Where the account is inactive, or the database does not answer.
pub async fn sign_in(portcullis: &Portcullis, account: &ExternalAccount) -> CookieJar {
    let caller = Caller::of_request(portcullis.clone(), &HeaderMap::new());
    let issued = caller.sign_in_as(account).await;
    let issued = issued.unwrap_or_else(|error| panic!("not signed in: {error}"));
    let origin: Uri = portcullis.origin().as_str().parse().expect("a URL");
    let mut jar = CookieJar::new(portcullis.clock());
    for cookie in issued.cookies.values() {
        let cookie = cookie.to_str().expect("an ASCII header");
        jar.store(&origin, cookie).expect("a cookie of the origin");
    }
    jar
}

/// Closes the database of a session service, as an outage does: requests that
/// need it are refused as `busy`.
pub async fn close_database(portcullis: &Portcullis) {
    portcullis.store().close().await;
}

/// Makes the view of ended sessions stale, as ten seconds without the database do:
/// access tokens are refused as `busy`, or as `tasks_missing` where the background
/// tasks do not run. Where they run and the database answers, the view is fresh
/// again within a second.
pub fn expire_revocation_view(portcullis: &Portcullis) {
    portcullis.revocations().expire();
}
