//! The title of a page.

const NAME: &str = "Portcullis";

/// Gives the page a title; an empty one leaves the name alone. On the server it
/// goes into the document's head. In the browser it is set there and then: what
/// `leptos_meta` would do more, keeping a pile of titles, no page needs.
pub(crate) fn set(text: &str) {
    let title = if text.is_empty() {
        NAME.to_owned()
    } else {
        [text, " · ", NAME].concat()
    };
    #[cfg(feature = "ssr")]
    {
        use leptos_meta::{Title, TitleProps};
        // The view that it makes is empty.
        let _ = Title(TitleProps::builder().text(title).build());
    }
    #[cfg(not(feature = "ssr"))]
    leptos::prelude::document().set_title(&title);
}
