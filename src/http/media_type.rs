//! Media types of requests and responses (RFC 9110, section 8.3 and 12.5.1).

use axum::http::{
    HeaderMap,
    header::{ACCEPT, CONTENT_TYPE},
};

/// Whether the response is for a person: a browser that loads a page or sends a
/// form, as opposed to a script. A wildcard in `Accept` does not count.
pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|part| is(part, "text/html"))
}

/// Whether the body of a request or response is of that type, whatever its
/// parameters.
pub(crate) fn has_content_type(headers: &HeaderMap, expected: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| is(value, expected))
}

/// Compares a media type without its parameters.
fn is(value: &str, expected: &str) -> bool {
    value
        .split(';')
        .next()
        .is_some_and(|name| name.trim().eq_ignore_ascii_case(expected))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn html_is_accepted_by_name_alone() {
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
    fn parameters_of_a_content_type_are_ignored() {
        for (value, expected) in [
            ("application/json", true),
            ("application/JSON; charset=utf-8", true),
            ("application/json5", false),
            ("", false),
        ] {
            let headers = with(CONTENT_TYPE, value);
            assert_eq!(
                has_content_type(&headers, "application/json"),
                expected,
                "{value}"
            );
        }
    }
}
