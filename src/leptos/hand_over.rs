//! Hands the session over from the server to the browser, in a data block in the head
//! of the document. The block is separate from the view and from Leptos' own hydration
//! data.

use leptos::prelude::*;

use crate::{browser, wire::ProtectedPages, wire::Snapshot};

/// The id of the data block.
const ID: &str = "portcullis-session";

/// The data that the server hands over to the browser.
#[cfg_attr(feature = "ssr", derive(serde::Serialize))]
#[derive(Default)]
pub(super) struct HandedOver {
    /// The session that the page is rendered with; `None` if no user is signed in.
    pub(super) snapshot: Option<Snapshot>,
    pub(super) pages: ProtectedPages,
}

/// Hands the session over to the browser. Place it in the `<head>` of the shell:
///
/// ```
/// use leptos::prelude::*;
/// use portcullis::leptos::SessionData;
///
/// fn shell() -> impl IntoView {
///     view! {
///         <!DOCTYPE html>
///         <html>
///             <head><SessionData/></head>
///             <body></body>
///         </html>
///     }
/// }
/// ```
///
/// It writes a JSON data block with the account, the times of the session and the
/// protected pages. The block contains no token.
#[component]
pub fn SessionData() -> impl IntoView {
    #[cfg(feature = "ssr")]
    {
        let (nonce, json) = (leptos::nonce::use_nonce(), server::json());
        view! { <script type="application/json" id=ID nonce=nonce inner_html=json></script> }
    }
}

/// Starts the session keeper, which refreshes the tokens from then on, even if the view
/// fails to hydrate. Call it in the WASM entry point, before the view is hydrated. On
/// the server it does nothing.
pub fn start() {
    if cfg!(not(feature = "ssr")) {
        browser::start(read().snapshot.as_ref());
    }
}

#[cfg(feature = "ssr")]
pub(super) use server::read;

#[cfg(not(feature = "ssr"))]
pub(super) use page::read;

#[cfg(feature = "ssr")]
mod server {
    use super::HandedOver;
    use crate::leptos::request;

    pub(crate) fn read() -> HandedOver {
        HandedOver {
            snapshot: request::snapshot(),
            pages: request::pages(),
        }
    }

    /// Returns the data as JSON without `<`, which could close the element.
    pub(super) fn json() -> String {
        let json = serde_json::to_string(&read()).unwrap_or_default();
        json.replace('<', "\\u003c")
    }
}

#[cfg(not(feature = "ssr"))]
mod page {
    use leptos::{leptos_dom::logging::console_error, prelude::document};

    use super::{HandedOver, ID};
    use crate::browser::{self, FromJson, Json};

    pub(crate) fn read() -> HandedOver {
        let block = document().get_element_by_id(ID);
        let json = block.and_then(|block| block.text_content());
        json.and_then(|json| browser::parse_json(&json)).unwrap_or_else(|| {
            console_error(
                "portcullis: <SessionData/> is missing from the <head> of the page, so no user is signed in",
            );
            HandedOver::default()
        })
    }

    impl FromJson for HandedOver {
        fn from_json(json: &Json) -> Option<Self> {
            Some(Self {
                snapshot: json
                    .get("snapshot")
                    .and_then(|json| FromJson::from_json(&json)),
                pages: FromJson::from_json(&json.get("pages")?)?,
            })
        }
    }
}
