//! The routes for applications without Leptos (`Portcullis::routes`) answer as the
//! server functions do.

use std::time::Duration;

use axum::Router;
use portcullis::wire::paths;
use serde_json::Value;
use testkit::{EMAIL, PASSWORD};

use crate::site::{Answer, Ask, MINUTE, Site, get, post};

const JSON: &str = "application/json";
const HTML: &str = "text/html,*/*;q=0.8";

/// The name of a request, the time that passes before it, and the request.
type Step = (&'static str, Duration, fn() -> Ask);

/// One browser's requests, in their order.
const STEPS: [Step; 25] = [
    ("session, signed out", NOW, || script(get(paths::SESSION))),
    ("refresh, signed out", NOW, || script(post(paths::REFRESH))),
    ("logout, signed out", NOW, || script(post(paths::LOGOUT))),
    ("register, a short password", NOW, || {
        register(&[("email", EMAIL), ("password", "short")])
    }),
    ("register, no name", NOW, || {
        register(&[("email", EMAIL), ("password", PASSWORD)])
    }),
    ("register, taken", NOW, || {
        register(&[("email", EMAIL), ("password", PASSWORD), ("name", "Ada")])
    }),
    ("register, JSON", NOW, || {
        json(
            paths::REGISTER,
            format!(r#"{{"email":"grace@example.org","password":"{PASSWORD}","name":"Grace"}}"#),
        )
    }),
    ("session", NOW, || script(get(paths::SESSION))),
    ("session, for a person", NOW, || {
        get(paths::SESSION).header("accept", HTML)
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
    ("login, a form that leads away", NOW, || {
        form(paths::LOGIN, "https://evil.example/")
    }),
    ("login, of another site", NOW, || {
        post(paths::LOGIN).header("sec-fetch-site", "cross-site")
    }),
    ("login, by GET", NOW, || script(get(paths::LOGIN))),
    ("logout", NOW, || script(post(paths::LOGOUT))),
    ("session, signed out again", NOW, || {
        script(get(paths::SESSION))
    }),
    ("logout, a form without JavaScript", NOW, || {
        form(paths::LOGOUT, "/about")
    }),
    ("logout, a form that leads away", NOW, || {
        form(paths::LOGOUT, "//evil.example")
    }),
];

const NOW: Duration = Duration::ZERO;

fn script(ask: Ask) -> Ask {
    ask.header("accept", JSON)
}

fn register(fields: &[(&str, &str)]) -> Ask {
    script(post(paths::REGISTER)).form(fields)
}

fn login(fields: &[(&str, &str)]) -> Ask {
    script(post(paths::LOGIN)).form(fields)
}

fn json(path: &str, body: String) -> Ask {
    script(post(path)).body(JSON, body)
}

fn form(path: &str, next: &str) -> Ask {
    let fields = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
    post(path).header("accept", HTML).form(&fields)
}

#[tokio::test]
async fn ready_routes_answer_as_server_functions_do() {
    let leptos = Site::open().await;
    let ready = Site::with_routes(leptos.origin, |portcullis, _| {
        portcullis.protect(Router::new().merge(portcullis.routes()))
    })
    .await;
    let mut browsers = (leptos.browser(), ready.browser());
    for (name, time, ask) in STEPS {
        leptos.pass(time).await;
        ready.pass(time).await;
        let expected = Observed::by(&browsers.0.send(ask()).await);
        let observed = Observed::by(&browsers.1.send(ask()).await);
        assert_eq!(observed, expected, "{name}");
    }
}

/// What a caller sees of a response, but for what differs by itself: ids and
/// tokens.
#[derive(Debug, PartialEq)]
struct Observed {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
    cookies: Vec<String>,
}

impl Observed {
    fn by(answer: &Answer) -> Self {
        let names = [
            "content-type",
            "location",
            "x-portcullis-code",
            "cache-control",
            "allow",
        ];
        Self {
            status: answer.status,
            headers: names
                .map(|name| (name, answer.header(name).to_owned()))
                .into(),
            body: body(answer),
            cookies: answer
                .set_cookies()
                .into_iter()
                .map(without_value)
                .collect(),
        }
    }
}

/// A redirect's body is shown to nobody.
fn body(answer: &Answer) -> Value {
    if answer.status == 303 {
        return Value::Null;
    }
    let text = String::from_utf8_lossy(&answer.bytes).into_owned();
    let mut body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    for pointer in ["/account/id", "/session/id"] {
        if let Some(id) = body.pointer_mut(pointer) {
            *id = "an id".into();
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
