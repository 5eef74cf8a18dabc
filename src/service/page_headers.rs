//! The builder's settings of the security headers. The defaults allow a page as little as
//! possible; each setting here allows one more thing.

use super::Builder;
use crate::http::PageSources;

/// The settings of the security headers, not yet validated.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeaderSettings {
    pub(crate) sources: PageSources,
    /// Whether the application sets the Content-Security-Policy of pages itself.
    pub(crate) has_own_page_policy: bool,
    pub(crate) allows_popups: bool,
    pub(crate) covers_subdomains: bool,
}

impl Builder {
    /// Allows pages to connect to a source besides their own origin, such as
    /// `wss://live.example.org`: `connect-src` of the Content-Security-Policy. Further calls
    /// add sources.
    pub fn connect_src(mut self, source: impl Into<String>) -> Self {
        self.headers.sources.connect.push(source.into());
        self
    }

    /// Allows pages to run scripts of another origin: `script-src` of the
    /// Content-Security-Policy. Such a script can do everything that the user can do. Further
    /// calls add sources.
    pub fn script_src(mut self, source: impl Into<String>) -> Self {
        self.headers.sources.script.push(source.into());
        self
    }

    /// Allows pages to show images of another origin: `img-src` of the
    /// Content-Security-Policy. Further calls add sources.
    pub fn img_src(mut self, source: impl Into<String>) -> Self {
        self.headers.sources.image.push(source.into());
        self
    }

    /// Allows pages to contain frames of another origin, such as that of a payment provider:
    /// `frame-src` of the Content-Security-Policy. Further calls add sources.
    pub fn frame_src(mut self, source: impl Into<String>) -> Self {
        self.headers.sources.frame.push(source.into());
        self
    }

    /// Allows forms to lead to another origin, also by a redirect: `form-action` of the
    /// Content-Security-Policy. Further calls add sources.
    pub fn form_action(mut self, source: impl Into<String>) -> Self {
        self.headers.sources.form.push(source.into());
        self
    }

    /// Leaves the Content-Security-Policy of pages to the application.
    pub fn own_content_security_policy(mut self) -> Self {
        self.headers.has_own_page_policy = true;
        self
    }

    /// Lets pages keep a connection to the windows that they open, such as the window of an
    /// OAuth provider: `Cross-Origin-Opener-Policy: same-origin-allow-popups`. Without it, a
    /// window of another origin has no `window.opener`.
    pub fn allow_popups(mut self) -> Self {
        self.headers.allows_popups = true;
        self
    }

    /// Extends `Strict-Transport-Security` to all subdomains of the host. For two years,
    /// browsers that have seen one response then use none of them by plain http, and the
    /// operator cannot take that back.
    pub fn hsts_include_subdomains(mut self) -> Self {
        self.headers.covers_subdomains = true;
        self
    }
}
