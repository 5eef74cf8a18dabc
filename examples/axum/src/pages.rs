//! The pages, as HTML strings.

use axum::response::Html;

/// The front page.
pub(crate) fn home() -> Html<&'static str> {
    Html(r#"<h1>Home</h1><p><a href="/account">Your account</a></p>"#)
}

/// The sign-in page, with a message if signing in failed.
pub(crate) fn sign_in(message: Option<&str>) -> Html<String> {
    Html(format!(
        r#"<h1>Sign in</h1>
<p>{}</p>
<form method="post">
  <label>E-mail <input name="email" type="email" required></label>
  <label>Password <input name="password" type="password" required></label>
  <button>Sign in</button>
</form>"#,
        message.unwrap_or_default()
    ))
}

/// The account page, with a button that signs out.
pub(crate) fn account(name: &str) -> Html<String> {
    let name = name.replace('&', "&amp;").replace('<', "&lt;");
    Html(format!(
        r#"<h1>Hello, {name}</h1>
<form method="post" action="/sign-out"><button>Sign out</button></form>"#
    ))
}
