//! Media types of requests and responses (RFC 9110, sections 8.3 and 12.5.1).

use axum::http::{
    HeaderMap,
    header::{ACCEPT, CONTENT_TYPE},
};

/// Returns whether the request accepts HTML: a browser loads a page or submits a form, and
/// it is not a request of a script. A wildcard in `Accept` does not count.
pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|part| is(part, "text/html"))
}

/// Returns whether the body of a request or response has that media type, whatever its
/// parameters.
pub(crate) fn has_content_type(headers: &HeaderMap, expected: &str) -> bool {
    content_type(headers).is_some_and(|name| name.eq_ignore_ascii_case(expected))
}

/// Returns the media type of the body of a request or response, without its parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(without_parameters(value))
}

/// Compares a media type without its parameters.
fn is(value: &str, expected: &str) -> bool {
    without_parameters(value).eq_ignore_ascii_case(expected)
}

fn without_parameters(value: &str) -> &str {
    value.split_once(';').map_or(value, |(name, _)| name).trim()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn html_is_accepted_only_by_name() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("application/json, Text/HTML;q=0.5", true),
            ("*/*", false),
            ("application/json", false),
            ("text/htmlx", false),
        ] {
            assert_eq!(accepts_html(&with(ACCEPT, accept)), expected, "{accept}");
        }
    }

    #[test]
    fn content_type_parameters_are_ignored() {
        for (value, expected) in [
            ("application/json", true),
            ("application/JSON; charset=utf-8", true),
            ("application/json5", false),
            ("", false),
        ] {
            let headers = with(CONTENT_TYPE, value);
            let is_json = has_content_type(&headers, "application/json");
            assert_eq!(is_json, expected, "{value}");
        }
    }
}
