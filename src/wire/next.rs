//! The page to go to after signing in: only a path of this application.

/// A path of this application, such as `/account?tab=devices`.
///
/// An attacker who gets a user to follow a link chooses `next`. Anything that a browser
/// could read as another origin or another scheme is therefore rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Parses a local path: it starts with a slash and contains no backslash
    /// (browsers read it as a slash), no control character (browsers drop some) and
    /// no white space. Before its query it has no empty segment and no dot segment,
    /// plain or percent-encoded, because resolving such segments can make the path
    /// start with two slashes, which names another host. It has at most 2000 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text
            .chars()
            .all(|c| c != '\\' && !c.is_control() && !c.is_whitespace());
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let is_local = path.starts_with('/') && is_plain && text.len() <= 2_000;
        (is_local && !has_empty_or_dot_segment(path)).then(|| Self(text.to_owned()))
    }

    /// Parses the requested path, or returns `default` if it is missing or not local.
    /// `default` comes from the application and is not checked.
    pub fn or_default(text: Option<&str>, default: &'static str) -> Self {
        text.and_then(Self::parse)
            .unwrap_or_else(|| Self(default.to_owned()))
    }

    /// Returns the path with `fragment`, which is empty or starts with `#`. The path stays as it
    /// is if it already has a fragment, or if it would no longer be a local path.
    #[cfg(feature = "browser")]
    pub(crate) fn with_fragment(self, fragment: &str) -> Self {
        if self.0.contains('#') {
            return self;
        }
        Self::parse(&(self.0.clone() + fragment)).unwrap_or(self)
    }

    /// Returns the path with its query and fragment.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a path has an empty segment (other than the last) or a dot segment, after
/// the percent-encodings that browsers, routers or proxies decode or drop have been
/// replaced.
pub(crate) fn has_empty_or_dot_segment(path: &str) -> bool {
    let mut plain_path = path.to_ascii_lowercase();
    for (code, plain) in [
        ("09", ""),
        ("0a", ""),
        ("0d", ""),
        ("2e", "."),
        ("2f", "/"),
        ("5c", "/"),
    ] {
        plain_path = decoded(&plain_path, code, plain);
    }
    let mut segments = plain_path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if segment == "." || segment == ".." || (segment.is_empty() && !is_last) {
            return true;
        }
    }
    false
}

/// Replaces `%code` by `plain`. `str::replace` does the same, but adds a general string
/// search to the WASM.
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
    fn decoded_replaces_like_str_replace() {
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
    fn local_paths_are_accepted() {
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

    #[cfg(feature = "browser")]
    #[test]
    fn fragment_is_added_unless_the_path_has_one() {
        for (path, fragment, expected) in [
            ("/account", "#devices", "/account#devices"),
            ("/account?a=b", "#devices", "/account?a=b#devices"),
            ("/account#mine", "#devices", "/account#mine"),
            ("/account", "", "/account"),
            ("/account", "#//evil.example", "/account#//evil.example"),
            ("/account", "#\\", "/account"),
        ] {
            let path = LocalPath::parse(path).expect("local");
            assert_eq!(path.with_fragment(fragment).as_str(), expected);
        }
    }

    #[test]
    fn non_local_paths_are_rejected() {
        let non_local = [
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
        for path in non_local {
            assert_eq!(LocalPath::parse(path), None, "{path:?}");
            assert_eq!(
                LocalPath::or_default(Some(path), "/account").as_str(),
                "/account"
            );
        }
        assert_eq!(LocalPath::parse(&format!("/{}", "a".repeat(2_000))), None);
    }
}
