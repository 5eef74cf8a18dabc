//! The HTML document around the application.

use axum::http::request::Parts;
use leptos::{hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;
use portcullis::leptos::{SessionData, is_registration_closed};

use crate::{
    root::{App, CONTAINER},
    routes::lazy_page,
};

/// Renders the document that contains every page.
///
/// The hydration script is written here, because the script from Leptos has two faults. It
/// writes the nonce as the value of `crossorigin` (leptos #4843), and the name of its WASM
/// file depends on how the server was built, while cargo-leptos always calls the file
/// `<output-name>.wasm`.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let base = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    let (css, js, wasm) = (
        format!("{base}.css"),
        format!("{base}.js"),
        format!("{base}.wasm"),
    );
    let hydrate = format!(
        "import init, {{ hydrate }} from \"{js}\";\
         await init({{ module_or_path: \"{wasm}\" }});\
         hydrate();"
    );
    // The names that cargo-leptos gives to the loader and the chunks.
    let loader = format!(
        "/{}/__wasm_split.______________________.js",
        options.site_pkg_dir
    );
    let chunk = use_context::<Parts>().and_then(|request| {
        let page = lazy_page(request.uri.path())?;
        Some(format!(
            "/{}/split_{}.wasm",
            options.site_pkg_dir, page.chunk
        ))
    });
    // The style hides the links to the registration page, and its form. Leaving them out of the
    // views would add a kilobyte to the first page.
    let registration = is_registration_closed().then_some("closed");
    view! {
        <!DOCTYPE html>
        <html lang="en" data-registration=registration>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="stylesheet" href=css/>
                <link rel="modulepreload" href=js/>
                <link rel="modulepreload" href=loader/>
                // Without `crossorigin`, the preload would not match the request of the
                // script, and the file would be fetched twice.
                <link rel="preload" r#as="fetch" r#type="application/wasm" href=wasm crossorigin="anonymous"/>
                {chunk.map(|chunk| view! {
                    <link rel="preload" r#as="fetch" r#type="application/wasm" href=chunk crossorigin="anonymous"/>
                })}
                <script type="module" nonce=use_nonce()>{hydrate}</script>
                <AutoReload options/>
                <MetaTags/>
                <SessionData/>
            </head>
            <body>
                // A container of its own, because browser extensions add elements to the
                // body.
                <div id=CONTAINER class="app">
                    <App/>
                </div>
            </body>
        </html>
    }
}
