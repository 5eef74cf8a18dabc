//! Where to go after signing in: a path of this application and nothing else.

/// A path of this application, such as `/account?tab=devices`.
///
/// Whoever can make a browser follow a link can choose `next`, so nothing that
/// a browser could read as another origin or another scheme gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Reads a local path: it starts with a slash, and holds no backslash
    /// (browsers read it as a slash), no control character (they drop some) and
    /// no white space. Before its query it has no empty segment and no dot
    /// segment either, plain or percent-encoded: resolving those can make the
    /// path start with two slashes, which is another host.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text
            .chars()
            .all(|c| c != '\\' && !c.is_control() && !c.is_whitespace());
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let is_local = path.starts_with('/') && is_plain && text.len() <= 2_000;
        (is_local && !wanders(path)).then(|| Self(text.to_owned()))
    }

    /// The path that was asked for, or `default` where it is missing or not
    /// local. `default` is the application's own and is not checked.
    pub fn or_default(text: Option<&str>, default: &'static str) -> Self {
        text.and_then(Self::parse)
            .unwrap_or_else(|| Self(default.to_owned()))
    }

    /// The path, with its query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a path has a segment that is empty (but for the last) or made of
/// dots, once what browsers, routers or proxies decode or drop is taken away.
pub(crate) fn wanders(path: &str) -> bool {
    let mut seen = path.to_ascii_lowercase();
    for (code, plain) in [
        ("09", ""),
        ("0a", ""),
        ("0d", ""),
        ("2e", "."),
        ("2f", "/"),
        ("5c", "/"),
    ] {
        seen = decoded(&seen, code, plain);
    }
    let mut segments = seen.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment == "." || segment == ".." || (segment.is_empty() && !is_last) {
            return true;
        }
    }
    false
}

/// Replaces `%code` by `plain`. `str::replace` does the same, and brings the search for
/// any string into what the browser loads.
fn decoded(text: &str, code: &str, plain: &str) -> String {
    let mut pieces = text.split('%');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (start, rest) = match piece.strip_prefix(code) {
            Some(rest) => (plain, rest),
            None => ("%", piece),
        };
        decoded += start;
        decoded += rest;
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_replaces_a_code_as_str_replace_does() {
        for text in [
            "",
            "%",
            "%2",
            "%2f",
            "a%2f%2fb%",
            "%%2f2f",
            "%2%2ff",
            "é%2fé",
        ] {
            assert_eq!(decoded(text, "2f", "/"), text.replace("%2f", "/"), "{text}");
        }
    }

    #[test]
    fn local_paths_pass() {
        for path in [
            "/",
            "/account",
            "/account?tab=1&x=%2F",
            "/a:b",
            "/é",
            "/?a=//b",
            "/a/",
            "/.well-known/x",
            "/a..b",
        ] {
            assert_eq!(
                LocalPath::parse(path).as_ref().map(LocalPath::as_str),
                Some(path)
            );
        }
    }

    #[test]
    fn ways_out_are_refused() {
        let ways_out = [
            "",
            "account",
            "//e",
            "/\\e",
            "\\\\e",
            "/%09/e",
            "/\t/e",
            "https:e",
            "https://e",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/%2Fe",
            "/%5ce",
            " /a",
            "/ /e",
            "/%0d%0a/e",
            "/.//e",
            "/x/..//e",
            "/%2e//e",
            "/account/..//e/",
            "/a//b",
            "/a/%2E%2e/b",
            "/..",
            "/a/.",
        ];
        for path in ways_out {
            assert_eq!(LocalPath::parse(path), None, "{path:?}");
            assert_eq!(
                LocalPath::or_default(Some(path), "/account").as_str(),
                "/account"
            );
        }
        assert_eq!(LocalPath::parse(&format!("/{}", "a".repeat(2_000))), None);
    }
}
