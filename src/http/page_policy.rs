//! The Content-Security-Policy of pages.

use std::sync::Arc;

/// The sources of pages besides their own origin, by directive.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageSources {
    /// `connect-src`.
    pub(crate) connect: Vec<String>,
    /// `script-src`.
    pub(crate) script: Vec<String>,
    /// `img-src`.
    pub(crate) image: Vec<String>,
    /// `frame-src`.
    pub(crate) frame: Vec<String>,
    /// `form-action`.
    pub(crate) form: Vec<String>,
}

impl PageSources {
    /// Returns all sources.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        let lists = [
            &self.connect,
            &self.script,
            &self.image,
            &self.frame,
            &self.form,
        ];
        lists.into_iter().flatten().map(String::as_str)
    }

    /// Returns the first source that is not valid.
    pub(crate) fn invalid(&self) -> Option<&str> {
        self.all().find(|source| !is_source(source))
    }
}

/// Returns whether a string is a single source of a Content-Security-Policy (CSP Level
/// 3, section 2.3.1) that cannot begin another directive.
fn is_source(source: &str) -> bool {
    !source.is_empty()
        && source
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b',' | b'\''))
}

/// The Content-Security-Policy of pages, except the nonce.
#[derive(Clone, Debug)]
pub(super) struct PagePolicy {
    after_nonce: Arc<str>,
}

impl PagePolicy {
    pub(super) fn new(sources: &PageSources) -> Self {
        let added = |list: &[String]| -> String {
            let sources = list.iter().flat_map(|source| [" ", source]);
            sources.collect()
        };
        // Without a source of its own, `frame-src` is `default-src`.
        let frame = match added(&sources.frame) {
            frame if frame.is_empty() => frame,
            frame => format!("frame-src 'self'{frame}; "),
        };
        let after_nonce = format!(
            "'{script}; connect-src 'self'{connect}; img-src 'self' data:{image}; {frame}\
             object-src 'none'; base-uri 'none'; form-action 'self'{form}; frame-ancestors 'none'",
            script = added(&sources.script),
            connect = added(&sources.connect),
            image = added(&sources.image),
            form = added(&sources.form),
        );
        Self {
            after_nonce: after_nonce.into(),
        }
    }

    /// Returns the policy. Inline scripts need the nonce, and inline styles are not allowed
    /// (OWASP ASVS 5.0, 3.4.3). `'strict-dynamic'` is not used, because a preloaded module
    /// carries no nonce.
    pub(super) fn with_nonce(&self, nonce: &str) -> String {
        let before = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-";
        [before, nonce, &self.after_nonce].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_added_to_their_directives() {
        let plain = PagePolicy::new(&PageSources::default());
        assert_eq!(
            plain.with_nonce("N"),
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-N'; \
             connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'"
        );
        let list = |source: &str| vec![format!("https://{source}.example"), "blob:".into()];
        let sources = PageSources {
            connect: list("c"),
            script: list("s"),
            image: list("i"),
            frame: list("f"),
            form: list("a"),
        };
        assert_eq!(
            PagePolicy::new(&sources).with_nonce("N"),
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-N' \
             https://s.example blob:; connect-src 'self' https://c.example blob:; \
             img-src 'self' data: https://i.example blob:; \
             frame-src 'self' https://f.example blob:; object-src 'none'; base-uri 'none'; \
             form-action 'self' https://a.example blob:; frame-ancestors 'none'"
        );
        assert_eq!(sources.invalid(), None);
    }

    #[test]
    fn source_that_begins_another_directive_is_invalid() {
        for source in [
            "",
            "a b",
            "https://a; script-src *",
            "'unsafe-inline'",
            "a,b",
            "é",
        ] {
            let sources = PageSources {
                image: vec!["https://a.example".into(), source.into()],
                ..PageSources::default()
            };
            assert_eq!(sources.invalid(), Some(source));
        }
    }
}
