//! The library as an application uses it: it opens the service, protects a router, and
//! checks in its handlers who is signed in.

mod application_routes;
mod external_accounts;
mod extractors;
mod opening;
mod protection;
mod tasks;

use axum::Router;
use portcullis::{
    Builder, ExternalAccount, Portcullis,
    testing::{Browser, TestClock, sign_in},
};
use tempfile::TempDir;
use testkit::EMAIL;

const ORIGIN: &str = "https://app.example.org";

/// The service of an application, with a clock that the test moves.
struct Application {
    auth: Portcullis,
    folder: TempDir,
}

impl Application {
    async fn open() -> Self {
        let (folder, builder) = settings();
        let auth = builder.open().await.expect("opened");
        Self { auth, folder }
    }

    /// Returns a browser without a session that uses `routes`.
    fn browser(&self, routes: Router) -> Browser {
        Browser::new(&self.auth, self.auth.protect(routes))
    }

    /// Returns a browser with a session that uses `routes`.
    async fn signed_in(&self, routes: Router) -> Browser {
        let jar = sign_in(&self.auth, &ada()).await;
        self.browser(routes).with_jar(jar)
    }
}

fn ada() -> ExternalAccount {
    ExternalAccount::new("users:42", EMAIL, "Ada").expect("valid")
}

/// Returns valid settings with a database file in the folder.
fn settings() -> (TempDir, Builder) {
    let folder = tempfile::tempdir().expect("a folder");
    let builder = Portcullis::builder(ORIGIN)
        .sqlite(folder.path().join("app.db"))
        .clock(TestClock::new())
        .protected(["/account"]);
    (folder, builder)
}
