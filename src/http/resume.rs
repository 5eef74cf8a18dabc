//! The layer that resumes sessions: a page load with a refresh token and without a valid
//! access token is refreshed on the server, so that the first HTML is already signed in,
//! with or without JavaScript.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
};

use super::{Caller, SessionCookies, error_response, is_navigation, is_page, is_speculative};
use crate::wire::{ApiError, Code, Snapshot};

/// The session that a page is rendered for; `None` if no user is signed in.
///
/// [`Portcullis::protect`](crate::Portcullis::protect) puts it into the extensions of every
/// request for a page. After a refresh on the server it is the refreshed session.
#[derive(Clone, Debug)]
pub struct PageSession(pub Option<Snapshot>);

/// The reason why a request for a page is signed out. In the extensions of the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedOutBecause(pub(super) Code);

/// Puts the [`PageSession`] into the extensions of a request for a page. If the request
/// loads a document, is not signed in by its access token, and has a refresh token,
/// this layer refreshes first and returns the cookies for the response.
///
/// A page that the browser loads in advance is never refreshed, because it may not be
/// displayed. If it would have to be, the response is 503 without a body: the browser discards
/// it, and loads the page when the user opens it. Rendered as signed out, it would be shown to
/// a user who is signed in.
///
/// It runs before the page is rendered, because a page reads its session in several places
/// at once, and each of them would see the old cookie.
///
/// # Errors
/// The response to a page that is loaded in advance, or if [`look_up`] fails.
pub(super) async fn resume(
    caller: &Caller,
    request: &mut Request,
) -> Result<Option<SessionCookies>, Box<Response>> {
    if !is_page(request.method(), request.uri(), request.headers()) {
        return Ok(None);
    }
    let may_refresh = is_navigation(request.method(), request.uri(), request.headers());
    let is_in_advance = is_speculative(request.headers()) && caller.has_refresh_token();
    let resumed = match look_up(caller, may_refresh).await {
        Ok(Resumed::SignedOut(_)) if is_in_advance => {
            return Err(Box::new(StatusCode::SERVICE_UNAVAILABLE.into_response()));
        }
        Ok(resumed) => resumed,
        Err(error) => return Err(Box::new(error_response(error))),
    };
    let mut cookies = None;
    let mut snapshot = None;
    match resumed {
        Resumed::SignedOut(code) => {
            if code.is_reason() {
                request.extensions_mut().insert(SignedOutBecause(code));
            }
        }
        Resumed::SignedIn(found) => snapshot = Some(*found),
        Resumed::Refreshed(caller, issued) => {
            request.extensions_mut().insert(*caller);
            snapshot = Some(issued.answer.snapshot);
            cookies = Some(issued.cookies);
        }
    }
    request.extensions_mut().insert(PageSession(snapshot));
    Ok(cookies)
}

/// Appends the cookies of a refreshed session to the response.
pub(super) fn with_cookies(cookies: Option<SessionCookies>, response: Response) -> Response {
    match cookies {
        // The cookies of a handler that signs in or out take precedence.
        Some(cookies) if !sets_any(&response, &cookies) => (cookies, response).into_response(),
        _ => response,
    }
}

/// Returns whether a response sets a cookie with the same name as one of `cookies`.
fn sets_any(response: &Response, cookies: &SessionCookies) -> bool {
    let name = |cookie: &HeaderValue| {
        let pair = cookie.as_bytes().split(|byte| *byte == b'=').next();
        pair.map(<[u8]>::to_vec)
    };
    let mut set = response.headers().get_all(SET_COOKIE).iter();
    set.any(|in_response| {
        cookies
            .values()
            .iter()
            .any(|cookie| name(cookie) == name(in_response))
    })
}

/// The session of a request for a page.
enum Resumed {
    SignedOut(Code),
    SignedIn(Box<Snapshot>),
    Refreshed(Box<Caller>, Box<super::Issued>),
}

/// Reads the session of the caller, or refreshes it.
///
/// # Errors
/// An error that is not about the session (the database is not available): rendering the
/// page as signed out would be wrong.
async fn look_up(caller: &Caller, may_refresh: bool) -> Result<Resumed, ApiError> {
    match caller.snapshot().await {
        Ok(snapshot) => return Ok(Resumed::SignedIn(Box::new(snapshot))),
        Err(error) if !error.code.is_about_session() => return Err(error),
        Err(error) if !may_refresh || !caller.has_refresh_token() => {
            return Ok(Resumed::SignedOut(error.code));
        }
        Err(_) => {}
    }
    // On the heap, and so not a part of the future of every request.
    match Box::pin(caller.resume()).await {
        Ok((caller, issued)) => Ok(Resumed::Refreshed(Box::new(caller), Box::new(issued))),
        Err(error) if error.code.is_about_session() => Ok(Resumed::SignedOut(error.code)),
        Err(error) => Err(error),
    }
}
