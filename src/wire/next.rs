//! Where to go after signing in: a path of this application and nothing else.

/// A path of this application, such as `/account?tab=devices`.
///
/// Whoever can make a browser follow a link can choose `next`, so nothing that
/// a browser could read as another origin or another scheme gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Reads a local path: it starts with exactly one slash, and holds no
    /// backslash (browsers read it as a slash), no control character (they drop
    /// some) and no white space.
    pub fn parse(text: &str) -> Option<Self> {
        let is_rooted = text.starts_with('/') && !text.starts_with("//");
        let is_plain = text
            .chars()
            .all(|c| c != '\\' && !c.is_control() && !c.is_whitespace());
        let is_short = text.len() <= 2_000;
        (is_rooted && is_plain && is_short && !hides_a_slash(text)).then(|| Self(text.to_owned()))
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

/// Whether the path's start would be `//` or `/\` once a proxy or a router has
/// decoded it, or once a browser has dropped tabs and line ends from it.
fn hides_a_slash(text: &str) -> bool {
    let mut rest = &text[1..];
    while let Some(after) = ["%09", "%0a", "%0A", "%0d", "%0D"]
        .iter()
        .find_map(|c| rest.strip_prefix(c))
    {
        rest = after;
    }
    ["/", "%2f", "%2F", "%5c", "%5C"]
        .iter()
        .any(|slash| rest.starts_with(slash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_paths_pass() {
        for path in [
            "/",
            "/account",
            "/account?tab=1&x=%2F",
            "/a//b",
            "/a:b",
            "/é",
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
