//! The routes for applications without Leptos (`Portcullis::routes`) give the same
//! responses as the server functions.

use std::time::Duration;

use portcullis::wire::{AccountAct, paths};
use serde_json::Value;
use testkit::{EMAIL, PASSWORD};

use crate::site::{HTTP, HTTPS, MINUTE, RequestBuilder, Response, Site, get, post};

const JSON: &str = "application/json";
const HTML: &str = "text/html,*/*;q=0.8";

/// The name of a request, the time to advance before it, and the request.
type Step = (&'static str, Duration, fn() -> RequestBuilder);

/// The requests of one browser, in order.
const STEPS: [Step; 51] = [
    ("session, signed out", NOW, || script(get(paths::SESSION))),
    ("refresh, signed out", NOW, || script(post(paths::REFRESH))),
    ("logout, signed out", NOW, || script(post(paths::LOGOUT))),
    ("register, a short password", NOW, || {
        register(&[("email", EMAIL), ("password", "short")])
    }),
    ("register, no name", NOW, || {
        register(&[("email", EMAIL), ("password", PASSWORD)])
    }),
    ("register, address taken", NOW, || {
        register(&[("email", EMAIL), ("password", PASSWORD), ("name", "Ada")])
    }),
    ("register, JSON", NOW, || {
        json(
            paths::REGISTER,
            format!(r#"{{"email":"grace@example.org","password":"{PASSWORD}","name":"Grace"}}"#),
        )
    }),
    ("session", NOW, || script(get(paths::SESSION))),
    ("session, by navigation", NOW, || {
        get(paths::SESSION).header("accept", HTML)
    }),
    ("sessions", NOW, || script(get(paths::SESSIONS))),
    ("sessions, by navigation", NOW, || {
        get(paths::SESSIONS).header("accept", HTML)
    }),
    ("sessions, by POST", NOW, || script(post(paths::SESSIONS))),
    ("revoke, unknown", NOW, || script(post(&revoke_unknown()))),
    ("revoke, no id", NOW, || script(post(&paths::revoke("x")))),
    ("revoke, by GET", NOW, || script(get(&revoke_unknown()))),
    ("revoke, cross-site", NOW, || {
        post(&revoke_unknown()).header("sec-fetch-site", "cross-site")
    }),
    ("revoke others", NOW, || script(post(paths::REVOKE_OTHERS))),
    ("revoke others, JSON", NOW, || {
        json(paths::REVOKE_OTHERS, r#"{"next":"/about"}"#.into())
    }),
    ("revoke others, by GET", NOW, || {
        script(get(paths::REVOKE_OTHERS))
    }),
    ("revoke others, a form without JavaScript", NOW, || {
        form(paths::REVOKE_OTHERS, "/account/sessions?ended=others")
    }),
    ("accounts, no administrator", NOW, || {
        script(get(paths::ADMIN_ACCOUNTS))
    }),
    ("accounts, by POST", NOW, || {
        script(post(paths::ADMIN_ACCOUNTS))
    }),
    ("audit trail, no administrator", NOW, || {
        get(paths::ADMIN_EVENTS).header("accept", HTML)
    }),
    ("audit trail as a file, no administrator", NOW, || {
        script(get(paths::ADMIN_EVENTS_CSV))
    }),
    ("account act, no administrator", NOW, || {
        script(post(&paths::account_act("x", AccountAct::Activate)))
    }),
    ("refresh, not due", NOW, || script(post(paths::REFRESH))),
    ("refresh, due", MINUTE, || script(post(paths::REFRESH))),
    ("login, wrong password", NOW, || {
        login(&[("email", EMAIL), ("password", "wrong")])
    }),
    ("login, empty password", NOW, || {
        login(&[("email", EMAIL), ("password", "")])
    }),
    ("login", NOW, || {
        login(&[("email", EMAIL), ("password", PASSWORD)])
    }),
    ("login, JSON", NOW, || {
        json(
            paths::LOGIN,
            format!(r#"{{"email":"{EMAIL}","password":"{PASSWORD}","next":null}}"#),
        )
    }),
    ("login, nested JSON", NOW, || {
        json(paths::LOGIN, r#"{"email":["ada@example.org"]}"#.into())
    }),
    ("login, broken JSON", NOW, || json(paths::LOGIN, "{".into())),
    ("login, a form without JavaScript", NOW, || {
        form(paths::LOGIN, "/account?a=b")
    }),
    ("login, a form with a foreign next", NOW, || {
        form(paths::LOGIN, "https://evil.example/")
    }),
    ("password, wrong", NOW, || {
        password(&[("current_password", "wrong"), ("new_password", NEW)])
    }),
    ("password, too short", NOW, || {
        password(&[("current_password", PASSWORD), ("new_password", "short")])
    }),
    ("password, the same", NOW, || {
        password(&[("current_password", PASSWORD), ("new_password", PASSWORD)])
    }),
    ("password, access token expired", HOUR, || {
        password(&[("current_password", PASSWORD), ("new_password", NEW)])
    }),
    ("events", NOW, || script(get(paths::EVENTS))),
    ("password, JSON", NOW, || {
        json(
            paths::PASSWORD,
            format!(r#"{{"current_password":"{NEW}","new_password":"{NEW} 2"}}"#),
        )
    }),
    ("password, a form without JavaScript", NOW, || {
        let current = format!("{NEW} 2");
        let fields = [("current_password", &*current), ("new_password", PASSWORD)];
        post(paths::PASSWORD).header("accept", HTML).form(&fields)
    }),
    ("login, cross-site", NOW, || {
        post(paths::LOGIN).header("sec-fetch-site", "cross-site")
    }),
    ("login, by GET", NOW, || script(get(paths::LOGIN))),
    ("logout", NOW, || script(post(paths::LOGOUT))),
    ("revoke others, signed out", NOW, || {
        script(post(paths::REVOKE_OTHERS))
    }),
    ("session, signed out again", NOW, || {
        script(get(paths::SESSION))
    }),
    ("events, signed out", NOW, || script(get(paths::EVENTS))),
    ("password, signed out", NOW, || {
        password(&[("current_password", PASSWORD), ("new_password", NEW)])
    }),
    ("logout, a form without JavaScript", NOW, || {
        form(paths::LOGOUT, "/about")
    }),
    ("logout, a form with a foreign next", NOW, || {
        form(paths::LOGOUT, "//evil.example")
    }),
];

const NOW: Duration = Duration::ZERO;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Another password.
const NEW: &str = "wrong horse, right stable";

fn revoke_unknown() -> String {
    paths::revoke("01989a4e-0000-7000-8000-000000000000")
}

fn script(request: RequestBuilder) -> RequestBuilder {
    request.header("accept", JSON)
}

fn register(fields: &[(&str, &str)]) -> RequestBuilder {
    script(post(paths::REGISTER)).form(fields)
}

fn login(fields: &[(&str, &str)]) -> RequestBuilder {
    script(post(paths::LOGIN)).form(fields)
}

fn password(fields: &[(&str, &str)]) -> RequestBuilder {
    script(post(paths::PASSWORD)).form(fields)
}

fn json(path: &str, body: String) -> RequestBuilder {
    script(post(path)).body(JSON, body)
}

fn form(path: &str, next: &str) -> RequestBuilder {
    let fields = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
    post(path).header("accept", HTML).form(&fields)
}

#[tokio::test]
async fn routes_respond_as_server_functions_do() {
    compare(HTTP).await;
}

#[tokio::test]
async fn routes_respond_as_server_functions_on_https() {
    compare(HTTPS).await;
}

async fn compare(origin: &'static str) {
    let leptos = Site::at(origin).await;
    let axum = Site::without_leptos(leptos.origin).await;
    let mut browsers = (leptos.browser(), axum.browser());
    for (name, time, request) in STEPS {
        leptos.advance(time).await;
        axum.advance(time).await;
        let expected = Observed::new(&browsers.0.send(request()).await);
        let observed = Observed::new(&browsers.1.send(request()).await);
        assert_eq!(observed, expected, "{name}");
    }
}

/// The parts of a response that a client sees, without the ids and tokens, which always
/// differ.
#[derive(Debug, PartialEq)]
struct Observed {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
    cookies: Vec<String>,
}

impl Observed {
    fn new(response: &Response) -> Self {
        let names = [
            "content-type",
            "location",
            "x-portcullis-code",
            "cache-control",
            "allow",
            "clear-site-data",
        ];
        Self {
            status: response.status,
            headers: names
                .map(|name| (name, response.header(name).to_owned()))
                .into(),
            body: body(response),
            cookies: response
                .set_cookies()
                .into_iter()
                .map(without_value)
                .collect(),
        }
    }
}

/// Returns the body with placeholders for ids and times, and `null` for the body of a redirect,
/// which clients do not show.
fn body(response: &Response) -> Value {
    if response.status == 303 {
        return Value::Null;
    }
    let text = String::from_utf8_lossy(&response.bytes).into_owned();
    let mut body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    for pointer in ["/account/id", "/session/id", "/sessions/0/id"] {
        if let Some(id) = body.pointer_mut(pointer) {
            *id = "an id".into();
        }
    }
    for name in ["created_at", "last_seen_at", "expires_at"] {
        if let Some(time) = body.pointer_mut(&format!("/sessions/0/{name}")) {
            *time = "a time".into();
        }
    }
    body
}

fn without_value(cookie: &str) -> String {
    let (name, rest) = cookie.split_once('=').expect("a name");
    let (value, attributes) = rest.split_once(';').unwrap_or((rest, ""));
    let value = if value.is_empty() { "" } else { "a token" };
    format!("{name}={value};{attributes}")
}
