//! Threats to a browser's session, over HTTP: cookies that others set, clocks that are wrong,
//! pages that are loaded in advance, and requests of other sites.

use std::time::Duration;

use axum::{
    Extension, Router,
    body::Body,
    http::{Method, Request},
    response::{Html, Redirect},
    routing::{get, post},
};
use portcullis::{
    Builder, Caller, Portcullis, SignedIn,
    http::PageSession,
    testing::{Browser, CookieJar, TestClock},
};
use tempfile::TempDir;
use testkit::{EMAIL, PASSWORD};

mod clocks;

const HOUR: Duration = Duration::from_secs(3600);
const LOGIN: &str = "/api/accounts/auth/login/";
const LOGOUT: &str = "/api/accounts/auth/logout/";
const REFRESH: &str = "/api/accounts/auth/token/refresh/";
const SESSION: &str = "/api/accounts/auth/session/";
/// Its cookies have no prefix, so any application on the host can set them.
const LOOPBACK: &str = "http://127.0.0.1:3000";

struct Application {
    auth: Portcullis,
    clock: TestClock,
    _folder: TempDir,
}

impl Application {
    async fn at(origin: &str, configure: impl FnOnce(Builder) -> Builder) -> Self {
        let (folder, clock) = (tempfile::tempdir().expect("a folder"), TestClock::new());
        let builder = Portcullis::builder(origin)
            .sqlite(folder.path().join("app.db"))
            .clock(clock.clone())
            .protected(["/account"]);
        let opened = configure(builder).open().await;
        Self {
            auth: opened.expect("opened"),
            clock,
            _folder: folder,
        }
    }

    /// Returns a browser that has registered an account. `routes` are the application's own.
    async fn browser(&self, routes: Router) -> Browser {
        let routes = routes.merge(self.auth.routes()).fallback(get(page));
        let mut browser = Browser::new(&self.auth, self.auth.protect(routes));
        let form = [("email", EMAIL), ("password", PASSWORD)];
        let registered = browser.post_form("/api/accounts/auth/register/", &form);
        assert_eq!(registered.await.status, 200);
        browser
    }

    /// Returns a browser with the same routes and no cookies, for requests whose cookies the
    /// test writes.
    fn without_cookies(&self, browser: &Browser) -> Browser {
        let jar = CookieJar::new(self.clock.clone());
        browser.clone().with_jar(jar)
    }
}

async fn page(Extension(PageSession(session)): Extension<PageSession>) -> Html<&'static str> {
    Html(match session {
        Some(_) => "signed in",
        None => "signed out",
    })
}

async fn sign_in(browser: &mut Browser) {
    let form = [("email", EMAIL), ("password", PASSWORD)];
    assert_eq!(browser.post_form(LOGIN, &form).await.status, 200);
}

fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).expect("a request")
}

/// Returns the cookies of a browser as a header.
fn cookies(browser: &Browser) -> String {
    let jar = browser.jar();
    let pairs = jar.names().map(|name| {
        let value = jar.get(name).expect("a value");
        format!("{name}={value}")
    });
    pairs.collect::<Vec<_>>().join("; ")
}

/// A browser that displays a page which it has loaded in advance would show "Sign in" to a
/// user who is signed in.
#[tokio::test]
async fn page_loaded_in_advance_is_never_signed_out_by_mistake() {
    let application = Application::at(LOOPBACK, |builder| builder).await;
    let mut browser = application.browser(Router::new()).await;
    let in_advance = |path, purpose| {
        let html = ("accept", "text/html");
        request(
            Method::GET,
            path,
            &[
                html,
                ("sec-fetch-dest", "document"),
                ("sec-purpose", purpose),
            ],
        )
    };
    let purposes = ["prefetch", "prefetch;prerender"];
    for purpose in purposes {
        let loaded = browser.send(in_advance("/", purpose)).await;
        assert_eq!(loaded.text(), "signed in", "{purpose}");
    }
    application.clock.advance(HOUR);
    for (path, status) in [
        ("/", 503),
        ("/login", 503),
        ("/a.b", 503),
        ("/account", 503),
    ] {
        for purpose in purposes {
            let loaded = browser.send(in_advance(path, purpose)).await;
            assert_eq!(loaded.status, status, "{path} {purpose}");
            assert!(loaded.body.is_empty() && loaded.set_cookies().is_empty());
            assert_eq!(loaded.header("cache-control"), "no-store");
        }
    }
    assert_eq!(browser.load("/").await.text(), "signed in");
    // Without a session there is nothing that could be shown wrongly.
    browser.post_form(LOGOUT, &[]).await;
    let loaded = browser.send(in_advance("/", "prefetch")).await;
    assert_eq!((loaded.status.as_u16(), loaded.text()), (200, "signed out"));
}

/// Cookies know no port: another application on the host sets a cookie of the same name, and
/// with a longer path it comes first.
#[tokio::test]
async fn cookie_of_another_application_is_ignored() {
    let application = Application::at(LOOPBACK, |builder| builder).await;
    let browser = application.browser(Router::new()).await;
    let own = cookies(&browser);
    let foreign = "access_token=x; refresh_token=a.b.c";
    let mut without = application.without_cookies(&browser);
    for cookies in [
        format!("{foreign}; {own}"),
        format!("{own}; {foreign}"),
        format!("{foreign}; access_token=y; refresh_token=; {own}; {own}"),
    ] {
        let send = |method, path| request(method, path, &[("cookie", &cookies)]);
        let session = without.send(send(Method::GET, SESSION)).await;
        assert_eq!(session.status, 200, "{cookies}");
        let mut once = application.without_cookies(&without);
        let refreshed = once.send(send(Method::POST, REFRESH)).await;
        assert_eq!(refreshed.status, 200, "{cookies}");
    }
    let both = format!("{foreign}; {own}");
    let left = request(Method::POST, LOGOUT, &[("cookie", &both)]);
    assert_eq!(without.send(left).await.status, 200);
    let mut copy = browser;
    let session = copy.get(SESSION).await;
    assert_eq!(session.json::<serde_json::Value>()["code"], "session_ended");
}

/// Both are signed by this installation, so either may be the planted one.
#[tokio::test]
async fn two_genuine_cookies_are_rejected_and_both_sessions_can_be_ended() {
    let application = Application::at(LOOPBACK, |builder| builder).await;
    let browser = application.browser(Router::new()).await;
    let mut attacker = application.without_cookies(&browser);
    sign_in(&mut attacker).await;
    let both = format!("{}; {}", cookies(&attacker), cookies(&browser));
    let mut without = application.without_cookies(&browser);
    for (method, path) in [(Method::GET, SESSION), (Method::POST, REFRESH)] {
        let rejected = without.send(request(method, path, &[("cookie", &both)]));
        let rejected = rejected.await;
        assert_eq!(rejected.status, 401);
        let code = &rejected.json::<serde_json::Value>()["code"];
        assert_eq!(code, "token_invalid");
        assert!(rejected.set_cookies().is_empty());
    }
    let left = request(Method::POST, LOGOUT, &[("cookie", &both)]);
    let left = without.send(left).await;
    assert_eq!((left.status.as_u16(), left.set_cookies().len()), (200, 2));
    for mut signed_out in [browser, attacker] {
        let session = signed_out.get(SESSION).await;
        let code = &session.json::<serde_json::Value>()["code"];
        assert_eq!(code, "session_ended");
    }
}

/// A payment provider returns the user by a form of its own page.
#[tokio::test]
async fn cross_site_post_to_an_accepted_path_has_no_session() {
    async fn paid(caller: Caller) -> Redirect {
        assert!(caller.authenticated().is_err() && !caller.has_refresh_token());
        Redirect::to("/account")
    }
    let application =
        Application::at("https://app.example.org", |b| b.accept_cross_site("/paid")).await;
    let routes = Router::new()
        .route("/paid", post(paid))
        .route("/other", post(async || "changed"))
        .route("/account", get(async |_: SignedIn| "the account"));
    let mut browser = application.browser(routes).await;
    let cross_site = [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://pay.example"),
    ];
    let returned = browser.send(request(Method::POST, "/paid", &cross_site));
    let returned = returned.await;
    assert_eq!(returned.status, 303);
    assert_eq!(returned.header("location"), "/account");
    for path in ["/other", "/paid/", "/paid/x", "/Paid", "/"] {
        let rejected = browser.send(request(Method::POST, path, &cross_site));
        assert_eq!(rejected.await.status, 403, "{path}");
    }
    // The session is not lost, and the application's own page has one there.
    assert_eq!(browser.load("/account").await.text(), "the account");
}

#[tokio::test]
async fn security_headers_allow_only_what_the_application_asks_for() {
    const HSTS: &str = "strict-transport-security";
    const POPUPS: &str = "cross-origin-opener-policy";
    const POLICY: &str = "content-security-policy";
    let https = "https://app.example.org";
    let application = Application::at(https, |builder| builder).await;
    let mut browser = application.browser(Router::new()).await;
    let page = browser.load("/").await;
    assert_eq!(page.header(HSTS), "max-age=63072000");
    assert_eq!(page.header(POPUPS), "same-origin");
    assert!(!page.header(POLICY).contains("pay.example"));

    let application = Application::at(https, |builder| {
        let builder = builder.hsts_include_subdomains().allow_popups();
        builder
            .form_action("https://pay.example")
            .script_src("https://js.pay.example")
            .frame_src("https://frame.pay.example")
            .img_src("https://img.pay.example")
    });
    let application = application.await;
    let mut browser = application.browser(Router::new()).await;
    let page = browser.load("/").await;
    assert_eq!(page.header(HSTS), "max-age=63072000; includeSubDomains");
    assert_eq!(page.header(POPUPS), "same-origin-allow-popups");
    let policy = page.header(POLICY);
    for directive in [
        "form-action 'self' https://pay.example;",
        " https://js.pay.example; connect-src 'self';",
        "frame-src 'self' https://frame.pay.example;",
        "img-src 'self' data: https://img.pay.example;",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    let json = browser.get(SESSION).await;
    assert_eq!(json.header(POPUPS), "same-origin-allow-popups");
    assert!(!json.header(POLICY).contains("pay.example"));
}
