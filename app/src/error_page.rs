//! The page for an error that no other page shows.

use leptos::prelude::*;
use portcullis::wire::{Code, LocalPath};

use crate::{routes, static_page::static_page};

/// Renders the HTML document for an error: what happened and what to do. `retry` is the
/// page to load again, if that may help.
///
/// The document does not contain the application or its script, because it is not known
/// here who is signed in: the application would show every user as signed out.
pub fn error_page(site: &LeptosOptions, code: Code, retry: Option<&LocalPath>) -> String {
    let heading = if code.is_transient() {
        "Try again in a moment"
    } else {
        "Something went wrong"
    };
    let retry = retry.map(|path| path.as_str().to_owned());
    let is_load = retry.is_some();
    let content = view! {
        <p>{code.message()}</p>
        {code.is_transient().then(|| view! {
            <p>"If you were signed in, you still are."</p>
        })}
        {(!is_load && code.is_transient()).then(|| view! {
            <p>"Go back and submit the form again."</p>
        })}
        <p class="actions">
            {retry.map(|path| view! {
                <a class="button button-main" href=path>"Try again"</a>
            })}
            <a class="button" href=routes::HOME>"Go to the front page"</a>
        </p>
    };
    static_page(site, heading, heading, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(code: Code, retry: Option<&str>) -> String {
        let site = LeptosOptions::builder().output_name("portcullis").build();
        let retry = retry.and_then(LocalPath::parse);
        error_page(&site, code, retry.as_ref())
    }

    #[test]
    fn error_page_shows_message_and_retry_link() {
        let busy = page(Code::Busy, Some("/account?a=b&c=\"d"));
        assert!(busy.starts_with("<!DOCTYPE html><html"), "{busy}");
        assert!(busy.contains(Code::Busy.message()), "{busy}");
        assert!(busy.contains(">Try again</a>"), "{busy}");
        let rejected = page(Code::CrossSite, None);
        assert!(rejected.contains(Code::CrossSite.message()), "{rejected}");
        assert!(!rejected.contains("Try again"), "{rejected}");
    }

    #[test]
    fn retry_link_is_escaped() {
        let page = page(Code::Busy, Some("/a?\"><script>alert(1)</script>"));
        assert!(!page.contains("<script"), "{page}");
    }
}
