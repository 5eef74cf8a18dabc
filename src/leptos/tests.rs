//! Tests of the HTML and the data block that the server renders. The code in the browser
//! is tested in Chromium.

use axum::http::{Request, request::Parts};
use leptos::prelude::*;

use super::{
    RegisterForm, SessionData, SignInForm, SignOut, SignedIn, provide_session, request, use_session,
};
use crate::{
    http::PageSession,
    wire::{Account, ApiError, Code, Problem, SessionInfo, Snapshot},
};

fn snapshot(name: &str) -> Snapshot {
    Snapshot {
        account: Account {
            id: "a".into(),
            email: "ada@example.org".into(),
            name: name.into(),
            is_admin: false,
        },
        session: SessionInfo {
            id: "s".into(),
            rotations: 0,
            ends_in: 60,
        },
        expires_in: 1500,
        access_lifetime: 1500,
        refresh_lead: 300,
        refresh_timeout_ms: 10_000,
    }
}

/// Renders a view for a request of `path`.
fn render<V: IntoView + 'static>(
    path: &str,
    session: Option<Snapshot>,
    view: impl FnOnce() -> V,
) -> String {
    Owner::new().with(|| {
        let request = Request::get(path).extension(PageSession(session)).body(());
        provide_context::<Parts>(request.expect("a request").into_parts().0);
        provide_session();
        view().to_html()
    })
}

fn has_next(html: &str, next: &str) -> bool {
    html.contains(&format!("name=\"next\" value=\"{next}\""))
}

#[test]
fn data_block_cannot_be_closed_by_its_content() {
    let snapshot = snapshot("</script><script>alert(1)</script><!--");
    let html = render("/", Some(snapshot.clone()), SessionData);
    let (_, block) = html.split_once('>').expect("an element");
    let json = block.strip_suffix("</script>").expect("an end tag");
    assert!(!json.contains('<'), "{json}");
    let json: serde_json::Value = serde_json::from_str(json).expect("JSON");
    let read: Snapshot = serde_json::from_value(json["snapshot"].clone()).expect("a snapshot");
    assert_eq!(read, snapshot);
    assert_eq!(json["pages"]["sign_in_page"], "/login");
}

#[test]
fn data_block_holds_no_session_when_signed_out() {
    let html = render("/", None, SessionData);
    assert!(html.contains("\"snapshot\":null"), "{html}");
}

#[test]
fn signed_in_shows_its_children_or_the_fallback() {
    let view = || view! { <SignedIn fallback=SignInForm>"welcome"</SignedIn> };
    let html = render("/", Some(snapshot("")), view);
    assert!(
        html.contains("welcome") && !html.contains("<form"),
        "{html}"
    );
    let html = render("/", None, view);
    assert!(
        !html.contains("welcome") && html.contains("<form"),
        "{html}"
    );
}

#[test]
fn form_in_place_returns_to_its_page() {
    let html = render("/notes?tab=1", None, SignInForm);
    assert!(has_next(&html, "/notes?tab=1"), "{html}");
    let failed = "/notes?__path=%2Fapi%2F&__err=e30";
    let html = render(failed, None, SignInForm);
    assert!(has_next(&html, "/notes"), "{html}");
}

#[test]
fn sign_in_page_uses_next_only_if_it_is_local() {
    for form in [|| SignInForm().into_any(), || RegisterForm().into_any()] {
        let html = render("/login?next=%2Fnotes", None, form);
        assert!(has_next(&html, "/notes"), "{html}");
        let html = render("/login?next=%2F%2Fevil.example", None, form);
        assert!(!html.contains("name=\"next\""), "{html}");
    }
}

/// The address, and with it `next`, may come from an attacker.
#[test]
fn next_and_labels_are_escaped_in_the_forms() {
    for form in [|| SignInForm().into_any(), || RegisterForm().into_any()] {
        let html = render("/login?next=%2Fa%22%3E%3Cimg%26", None, form);
        assert!(has_next(&html, "/a&quot;&gt;&lt;img&amp;"), "{html}");
        assert!(!html.contains("<img"), "{html}");
    }
    let html = render("/", None, || view! { <SignOut label="<Leave> & go"/> });
    assert!(html.contains(">&lt;Leave&gt; &amp; go</button>"), "{html}");
}

#[test]
fn form_without_script_posts_to_its_function() {
    let html = render("/", None, RegisterForm);
    let start = r#"<form method="post" data-portcullis class="portcullis-form" action="/api/accounts/auth/register/?page=%2F">"#;
    assert!(html.contains(start), "{html}");
    let password = r#" name="password" type="password" autocomplete="new-password" required aria-describedby="portcullis-register-password-help">"#;
    assert!(html.contains(password), "{html}");
    let html = render("/", None, || view! { <SignOut/> });
    assert!(
        html.contains(r#"action="/api/accounts/auth/logout/?page=%2F""#),
        "{html}"
    );
    assert!(!html.contains("name=\"next\""), "{html}");
}

#[test]
fn form_names_its_page_without_the_error() {
    let failed = "/login?next=%2Fnotes&__path=%2Fapi%2F&__err=e30";
    let html = render(failed, None, SignInForm);
    let action = "/api/accounts/auth/login/?page=%2Flogin%3Fnext%3D%252Fnotes";
    assert!(html.contains(&format!("action=\"{action}\"")), "{html}");
}

#[test]
fn problem_in_the_address_is_shown_at_its_field() {
    // {"code":"invalid_input","fields":{"password":{"code":"too_long"}}}
    let error =
        "eyJjb2RlIjoiaW52YWxpZF9pbnB1dCIsImZpZWxkcyI6eyJwYXNzd29yZCI6eyJjb2RlIjoidG9vX2xvbmcifX19";
    let path = "/register?__path=%2Fapi%2Faccounts%2Fauth%2Fregister%2F&__err=";
    let html = render(&format!("{path}{error}"), None, RegisterForm);
    assert_eq!(html.matches("aria-invalid=\"true\"").count(), 1, "{html}");
    let help = format!("-password-help\">{}</small>", Problem::TooLong.message());
    assert!(html.contains(&help), "{html}");
}

/// The address, and with it the error, may come from an attacker.
#[test]
fn error_in_the_address_is_shown_by_its_own_form() {
    let login = "/login?__path=%2Fapi%2Faccounts%2Fauth%2Flogin%2F&__err=";
    // {"code":"invalid_credentials","detail":"Send your password!!!"}
    let error =
        "eyJjb2RlIjoiaW52YWxpZF9jcmVkZW50aWFscyIsImRldGFpbCI6IlNlbmQgeW91ciBwYXNzd29yZCEhISJ9";
    let html = render(&format!("{login}{error}"), None, SignInForm);
    assert!(html.contains(Code::InvalidCredentials.message()), "{html}");
    assert!(!html.contains("Send your password"), "{html}");
    let html = render(&format!("{login}{error}"), None, RegisterForm);
    assert!(!html.contains(Code::InvalidCredentials.message()), "{html}");
}

#[test]
fn signing_in_and_out_updates_the_session() {
    let html = render("/", None, || {
        let session = use_session();
        session.notice().set(Some(Code::SessionEnded));
        session.signed_in(snapshot("Ada"));
        assert_eq!(session.notice().get(), None);
        assert_eq!(session.snapshot().get(), Some(snapshot("Ada")));
        let name = session.account().map(|account| account.name);
        session.signed_out();
        assert!(!session.is_signed_in() && session.account().is_none());
        name
    });
    assert_eq!(html, "Ada");
}

#[test]
fn missing_layer_is_reported() {
    let error = Owner::new().with(|| {
        let (parts, ()) = Request::new(()).into_parts();
        provide_context::<Parts>(parts);
        request::caller().expect_err("no layer")
    });
    assert_eq!(error, ApiError::from(Code::LayerMissing));
}
