//! What server functions have in common on the server: who calls, cookies, and
//! where a form goes that was sent without JavaScript.

use axum::http::{
    header::{ACCEPT, SET_COOKIE},
    request::Parts,
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use portcullis::{
    http::{Caller, Issued, SessionCookies},
    wire::{Answer, ApiError, Code, LocalPath},
};

/// Who calls, as the outer middleware found out.
pub(super) fn caller() -> Result<Caller, ApiError> {
    let parts = use_context::<Parts>();
    let caller = parts.and_then(|parts| parts.extensions.get::<Caller>().cloned());
    // Absent where the middleware is: the router is put together wrongly.
    caller.ok_or_else(|| Code::Internal.into())
}

/// Hands out the tokens' cookies and keeps the answer.
pub(super) fn issue(issued: Issued) -> Answer {
    append_cookies(issued.cookies);
    issued.answer
}

/// Appends, for inserting would keep one cookie of the two.
pub(super) fn append_cookies(cookies: SessionCookies) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for cookie in cookies.values() {
            response.append_header(SET_COOKIE, cookie.clone());
        }
    }
}

/// Sends a form that was sent without JavaScript on to `next`, where that is a
/// local path, or else to `default`. A caller that reads the answer stays.
pub(super) fn send_form_on(next: Option<&str>, default: &'static str) {
    let accepts_html = use_context::<Parts>().is_some_and(|parts| {
        let accept = parts
            .headers
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    });
    if accepts_html {
        leptos_axum::redirect(LocalPath::or_default(next, default).as_str());
    }
}
