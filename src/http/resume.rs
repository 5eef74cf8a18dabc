//! Page loads that arrive with a refresh token alone are resumed on the server,
//! so that the first HTML is signed in already, with or without JavaScript.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, header::SET_COOKIE},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Caller, SessionCookies, error_response, is_navigation, is_page};
use crate::wire::{ApiError, Code, Snapshot};

/// Who a page is rendered for. In the extensions of every request for a page.
#[derive(Clone, Debug)]
pub struct PageSession(pub Option<Snapshot>);

/// Why nobody is signed in on a page load that came with tokens. In the
/// extensions of the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedOutBecause(pub(super) Code);

/// On a request for a page: puts the [`PageSession`] into its extensions. Where
/// a document is loaded whose access token is missing or over, and a refresh
/// token is at hand, it refreshes first and appends the cookies to the answer.
///
/// It stands before the render because a page asks for its session in several
/// places at once, and each would see the old cookie.
pub(super) async fn resume(mut request: Request, next: Next) -> Response {
    let is_page = is_page(request.method(), request.uri(), request.headers());
    let Some(caller) = request
        .extensions()
        .get::<Caller>()
        .filter(|_| is_page)
        .cloned()
    else {
        return next.run(request).await;
    };
    let may_refresh = request.method() == Method::GET
        && is_navigation(request.method(), request.uri(), request.headers());
    let resumed = match look_up(&caller, may_refresh).await {
        Ok(resumed) => resumed,
        Err(error) => return error_response(error),
    };
    let mut cookies = None;
    let mut snapshot = None;
    match resumed {
        Resumed::SignedOut(code) => {
            request.extensions_mut().insert(SignedOutBecause(code));
        }
        Resumed::SignedIn(found) => snapshot = Some(*found),
        Resumed::Refreshed(caller, issued) => {
            request.extensions_mut().insert(*caller);
            snapshot = Some(issued.answer.snapshot);
            cookies = Some(issued.cookies);
        }
    }
    request.extensions_mut().insert(PageSession(snapshot));
    let response = next.run(request).await;
    match cookies {
        // A handler that signs in or out has the last word.
        Some(cookies) if !sets_any(&response, &cookies) => (cookies, response).into_response(),
        _ => response,
    }
}

/// Whether a response sets a cookie of the name of one of these.
fn sets_any(response: &Response, cookies: &SessionCookies) -> bool {
    let name = |cookie: &HeaderValue| {
        let pair = cookie.as_bytes().split(|byte| *byte == b'=').next();
        pair.map(<[u8]>::to_vec)
    };
    let mut set = response.headers().get_all(SET_COOKIE).iter();
    set.any(|own| {
        cookies
            .values()
            .iter()
            .any(|cookie| name(cookie) == name(own))
    })
}

enum Resumed {
    SignedOut(Code),
    SignedIn(Box<Snapshot>),
    Refreshed(Box<Caller>, Box<super::Issued>),
}

/// # Errors
/// What says nothing about the session (the database is away) is an error:
/// showing the page signed out would be wrong.
async fn look_up(caller: &Caller, may_refresh: bool) -> Result<Resumed, ApiError> {
    match caller.snapshot().await {
        Ok(snapshot) => return Ok(Resumed::SignedIn(Box::new(snapshot))),
        Err(error) if !error.code.is_about_session() => return Err(error),
        Err(error) if !may_refresh || !caller.has_refresh_token() => {
            return Ok(Resumed::SignedOut(error.code));
        }
        Err(_) => {}
    }
    match caller.resume().await {
        Ok((caller, issued)) => Ok(Resumed::Refreshed(Box::new(caller), Box::new(issued))),
        Err(error) if error.code.is_about_session() => Ok(Resumed::SignedOut(error.code)),
        Err(error) => Err(error),
    }
}
