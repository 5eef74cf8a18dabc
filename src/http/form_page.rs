//! The page of a form that is sent without JavaScript. Leptos returns to the `Referer` if the form
//! fails, which users can turn off, and which browsers may shorten to the origin. So a form names
//! its page in the address to which it is sent.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, header::REFERER},
};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use url::form_urlencoded;

use crate::{origin::PublicOrigin, wire::LocalPath};

/// The parameter in the address of a form that names its page.
const PAGE_PARAMETER: &str = "page";

/// Returns the address to which a form on `page` is sent: the path of its server function, with
/// the page.
#[cfg(feature = "ssr")]
pub(crate) fn action(function: &str, page: &LocalPath) -> String {
    let address = format!("{function}?");
    let query_at = address.len();
    form_urlencoded::Serializer::for_suffix(address, query_at)
        .append_pair(PAGE_PARAMETER, page.as_str())
        .finish()
}

/// Replaces the `Referer` of a form by the page that the form names. Only a page of this
/// application can be named.
pub(super) fn set_referer(request: &mut Request, origin: &PublicOrigin) {
    if request.method() != Method::POST {
        return;
    }
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let page = pairs.find(|(name, _)| name == PAGE_PARAMETER);
    let Some(page) = page.and_then(|(_, page)| LocalPath::parse(&page)) else {
        return;
    };
    let page = utf8_percent_encode(page.as_str(), CONTROLS);
    if let Ok(referer) = HeaderValue::try_from(format!("{}{page}", origin.as_str())) {
        request.headers_mut().insert(REFERER, referer);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn referer(method: Method, target: &str) -> Option<String> {
        let request = Request::builder().method(method).uri(target);
        let mut request = request.body(Body::empty()).expect("a request");
        let origin = PublicOrigin::parse("https://app.example.org").expect("an origin");
        set_referer(&mut request, &origin);
        let referer = request.headers().get(REFERER);
        referer.map(|referer| referer.to_str().expect("ASCII").to_owned())
    }

    #[test]
    fn page_of_a_form_is_its_referer() {
        for (page, expected) in [
            ("%2Flogin%3Fnext%3D%252Faccount", "/login?next=%2Faccount"),
            ("/caf%C3%A9", "/caf%C3%A9"),
            ("/", "/"),
        ] {
            let found = referer(Method::POST, &format!("/api/x/?page={page}"));
            let expected = format!("https://app.example.org{expected}");
            assert_eq!(found, Some(expected), "{page}");
        }
    }

    #[test]
    fn page_of_another_site_and_other_requests_have_none() {
        for page in [
            "",
            "//evil.example",
            "https://evil.example/",
            "login",
            "/%0d%0aX:y",
        ] {
            assert_eq!(referer(Method::POST, &format!("/api/x/?page={page}")), None);
        }
        assert_eq!(referer(Method::POST, "/api/x/"), None);
        assert_eq!(referer(Method::GET, "/api/x/?page=/login"), None);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn address_of_a_form_names_its_page() {
        let page = LocalPath::parse("/login?next=/a&b=\"").expect("local");
        let action = action("/api/x/", &page);
        assert_eq!(action, "/api/x/?page=%2Flogin%3Fnext%3D%2Fa%26b%3D%22");
        let expected = "https://app.example.org/login?next=/a&b=\"";
        assert_eq!(referer(Method::POST, &action).as_deref(), Some(expected));
    }
}
