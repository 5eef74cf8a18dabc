//! What a person sees of an error that is none of a page's own.

use leptos::prelude::*;
use portcullis::wire::{Code, LocalPath};

use crate::routes;

/// The document for an error: what happened, and what to do. `again` is where
/// asking again may help.
///
/// Without the application and its script: who is signed in is not known here, and
/// nobody is to be shown as signed out.
pub fn error_page(site: &LeptosOptions, code: Code, again: Option<&LocalPath>) -> String {
    let css = format!("/{}/{}.css", site.site_pkg_dir, site.output_name);
    let heading = if code.is_passing() {
        "Not just now"
    } else {
        "That did not work"
    };
    let again = again.map(|path| path.as_str().to_owned());
    let is_load = again.is_some();
    let page = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="stylesheet" href=css/>
                <title>{format!("{heading} · Portcullis")}</title>
            </head>
            <body class="app">
                <main id="main" class="page">
                    <div class="narrow stack">
                        <h1>{heading}</h1>
                        <p>{code.sentence()}</p>
                        {code.is_passing().then(|| view! {
                            <p>"You stay signed in where you were."</p>
                        })}
                        {(!is_load && code.is_passing()).then(|| view! {
                            <p>"Go back to send what you entered once more."</p>
                        })}
                        <p class="actions">
                            {again.map(|path| view! {
                                <a class="button button-main" href=path>"Try again"</a>
                            })}
                            <a class="button" href=routes::HOME>"Go to the front page"</a>
                        </p>
                    </div>
                </main>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", page.to_html())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(code: Code, again: Option<&str>) -> String {
        let site = LeptosOptions::builder().output_name("portcullis").build();
        let again = again.and_then(LocalPath::parse);
        error_page(&site, code, again.as_ref())
    }

    #[test]
    fn it_says_what_happened_and_what_to_do() {
        let busy = page(Code::Busy, Some("/account?a=b&c=\"d"));
        assert!(busy.starts_with("<!DOCTYPE html><html"), "{busy}");
        assert!(busy.contains(Code::Busy.sentence()), "{busy}");
        assert!(busy.contains("Try again"), "{busy}");
        let refused = page(Code::CrossSite, None);
        assert!(refused.contains(Code::CrossSite.sentence()), "{refused}");
        assert!(!refused.contains("Try again"), "{refused}");
    }

    #[test]
    fn an_address_stays_an_address_and_nothing_runs() {
        let page = page(Code::Busy, Some("/a?\"><script>alert(1)</script>"));
        assert!(!page.contains("<script"), "{page}");
    }
}
