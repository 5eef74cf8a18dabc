//! Requests, through every layer. The first bytes of an input choose the request.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, Uri, request::Builder},
};
use portcullis::wire::paths;

use super::{Prepared, Target, application::Application};

/// Browsers send it with a page load.
const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// Splits the first byte off, which chooses; it is a letter in the seeds.
pub(super) fn choice(input: &[u8]) -> (u8, &[u8]) {
    input
        .split_first()
        .map_or((0, input), |(first, rest)| (*first, rest))
}

pub(super) fn chosen<T: Copy>(from: &[T], choice: u8) -> T {
    from[usize::from(choice) % from.len()]
}

pub(super) fn request(method: Method, path: &str) -> Builder {
    Request::builder().method(method).uri(path)
}

/// A page load, a call, a refresh, a sign-out, and the routes of proxies and other clients.
const REQUESTS: [(&str, &str, &str); 9] = [
    ("GET", "/account", HTML),
    ("GET", paths::SESSION, "application/json"),
    ("GET", "/login?next=/account&reason=token_expired", HTML),
    ("POST", paths::REFRESH, "application/json"),
    ("POST", paths::LOGOUT, HTML),
    ("POST", paths::LOGIN, HTML),
    ("GET", paths::VERIFY, "*/*"),
    ("GET", paths::RESUME, HTML),
    ("POST", paths::TOKEN_VERIFY, "application/json"),
];

/// A choice of the router, one of the request, and a header `Cookie`.
pub(super) const COOKIE: Target = Target {
    name: "cookie",
    what: "the header Cookie",
    seeds: &[
        "AA__Host-access_token=a.b.c; __Host-refresh_token=d.e.f",
        "BB__Host-access_token=a; __Host-access_token=b; x=\"y;z\"; =; ;;",
        "ACtheme=dark;__Host-refresh_token=;__HOST-access_token=x",
    ],
    words: &[
        "; ",
        ";",
        "=",
        "\"",
        "__Host-access_token=",
        "__Host-refresh_token=",
        "eyJ",
        ".",
    ],
    prepare: || {
        let application = Application::open();
        let cookies = format!(
            "__Host-access_token={}; __Host-refresh_token={}",
            application.access, application.refresh
        );
        // Not the sign-out, which would end the session of the other seeds.
        let seeds =
            [b"AA", b"AB", b"AD", b"AG"].map(|choice| [choice, cookies.as_bytes()].concat());
        let check = move |input: &[u8]| {
            let (router, input) = choice(input);
            let (which, value) = choice(input);
            let Ok(value) = HeaderValue::from_bytes(value) else {
                return;
            };
            let (method, path, accept) = chosen(&REQUESTS, which.wrapping_sub(b'A'));
            let request = request(method.parse().expect("a method"), path)
                .header("accept", accept)
                .header("sec-fetch-site", "same-origin")
                .header("cookie", value);
            application.send(router, request.body(Body::empty()).expect("a request"));
        };
        Prepared {
            seeds: seeds.into(),
            ..Prepared::new(check)
        }
    },
};

/// The headers that are read.
const HEADERS: [&str; 18] = [
    "accept",
    "authorization",
    "content-type",
    "origin",
    "sec-fetch-site",
    "sec-fetch-dest",
    "sec-purpose",
    "x-forwarded-for",
    "x-forwarded-method",
    "x-forwarded-uri",
    "referer",
    "user-agent",
    "upgrade",
    "accept-encoding",
    "if-none-match",
    "range",
    "host",
    "x-request-id",
];

/// A choice of the router, one of the request, one of the header, and its value.
pub(super) const HEADER: Target = Target {
    name: "header",
    what: "any other header that is read",
    seeds: &[
        "AAAtext/html;q=0.5, */*",
        "ABBBearer eyJ.eyJ.x",
        "AFCapplication/json; charset=utf-8",
        "AFDhttps://app.example.org",
        "AFEsame-origin",
        "AFH127.0.0.1, 192.0.2.7, [2001:db8::1]:443",
        "AGIPOST",
        "AHJ/account?a=b#c",
        "AFKhttps://app.example.org/login?error=1",
        "ABLMozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
        "AAMwebsocket",
        "AAN\"abc\", W/\"d\"",
        "AAPbytes=0-1,-5",
        "ABR01989a4e-0000-7000-8000-000000000000",
    ],
    words: &[
        ",", ";", "q=", "/", "//", "\\", "..", "%2f", "::", "Bearer ", "null", "https://",
    ],
    prepare: || {
        let application = Application::open();
        Prepared::new(move |input| {
            let (router, input) = choice(input);
            let (which, input) = choice(input);
            let (name, value) = choice(input);
            let Ok(value) = HeaderValue::from_bytes(value) else {
                return;
            };
            let (method, path, accept) = chosen(&REQUESTS, which.wrapping_sub(b'A'));
            let name = HeaderName::from_static(chosen(&HEADERS, name.wrapping_sub(b'A')));
            let mut request = request(method.parse().expect("a method"), path)
                .header("accept", accept)
                .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from((
                    [192, 0, 2, 1],
                    443,
                ))))
                .body(Body::from("email=a%40example.org&password="))
                .expect("a request");
            request.headers_mut().insert(name, value);
            application.send(router, request);
        })
    },
};

/// The paths that read a query.
const GETS: [&str; 7] = [
    paths::ADMIN_ACCOUNTS,
    paths::ADMIN_EVENTS,
    paths::ADMIN_EVENTS_CSV,
    "/admin/accounts",
    "/admin/events",
    "/login",
    "/register",
];

/// A choice of the path, and a query, sent by an administrator.
pub(super) const QUERY: Target = Target {
    name: "query",
    what: "a query, with the position of a page",
    seeds: &[
        "Asearch=a&order=email&after=01989a4e-0000-7000-8000-000000000000:a%40example.org",
        "Aorder=newest&after=01989a4e-0000-7000-8000-000000000000",
        "Bkind=authn_login_success&account=ada%40example.org&from=1700000000&to=2026-11-28",
        "Bafter=1764288000000000:01989a4e-0000-7000-8000-000000000000",
        "Cfrom=2026-02-30&to=99999-01-01",
        "Fnext=%2Faccount&reason=token_expired",
        "Brequest=01989a4e-0000-7000-8000-000000000000&before=1764288000000000:7",
        "Ginvitation=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
    words: &[
        "&",
        "=",
        "%00",
        ":",
        "-",
        "after=",
        "before=",
        "from=",
        "-9223372036854775808",
        "9999-12-31",
    ],
    prepare: || {
        let application = Application::open();
        Prepared::new(move |input| {
            let (which, query) = choice(input);
            let path = chosen(&GETS, which.wrapping_sub(b'A'));
            let uri = [path.as_bytes(), b"?", query].concat();
            let Ok(uri) = Uri::try_from(uri) else {
                return;
            };
            let bearer = format!("Bearer {}", application.access);
            let request = Request::get(uri).header("authorization", bearer);
            application.send(b'A', request.body(Body::empty()).expect("a request"));
        })
    },
};

/// A choice of the router, one of the method, and the target of a request of an administrator.
pub(super) const PATH: Target = Target {
    name: "path",
    what: "the target of a request",
    seeds: &[
        "AA/account/sessions?a=b",
        "AA//account/../login",
        "AA/%61ccount/%2e%2e/x",
        "AAhttp://evil.example/account",
        "AB/api/accounts/sessions/01989a4e-0000-7000-8000-000000000000/revoke/",
        "AB/api/admin/accounts/x/activate",
        "BB/api/token",
        "AA/pkg/portcullis.js.map",
        "AA*",
        "AA/about/?a=\\b",
    ],
    words: &[
        "/", "//", "\\", "..", "%2e", "%2F", "%5c", "%00", "%ff", "?", "account", "api/",
    ],
    prepare: || {
        let application = Application::open();
        Prepared::new(move |input| {
            let (router, input) = choice(input);
            let (method, target) = choice(input);
            let Ok(uri) = Uri::try_from(target) else {
                return;
            };
            let methods = [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS];
            let method = methods[usize::from(method.wrapping_sub(b'A')) % methods.len()].clone();
            let bearer = format!("Bearer {}", application.access);
            let request = Request::builder().method(method).uri(uri);
            let request = request
                .header("accept", HTML)
                .header("authorization", bearer);
            application.send(router, request.body(Body::empty()).expect("a request"));
        })
    },
};
