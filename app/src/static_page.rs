//! A page without the application and its script: the response to a form without JavaScript,
//! or to a request of which it is not known who is signed in.

use leptos::prelude::*;

/// Renders the HTML document with a heading and what is below it.
pub(crate) fn static_page(
    site: &LeptosOptions,
    title: &str,
    heading: &str,
    content: impl IntoView + 'static,
) -> String {
    let css = format!("/{}/{}.css", site.site_pkg_dir, site.output_name);
    let page = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="stylesheet" href=css/>
                <title>{format!("{title} · Portcullis")}</title>
            </head>
            <body class="app">
                <main id="main" class="page">
                    <div class="narrow stack">
                        <h1>{heading.to_owned()}</h1>
                        {content.into_any()}
                    </div>
                </main>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", page.to_html())
}
