//! The title of a page.

const NAME: &str = "Portcullis";

/// Sets the title of the page; with an empty string, the title is only the name. On the
/// server it is written into the head of the document. In the browser it is set directly,
/// because no page needs the stack of titles that `leptos_meta` keeps.
pub(crate) fn set(text: &str) {
    let title = if text.is_empty() {
        NAME.to_owned()
    } else {
        text.to_owned() + " · " + NAME
    };
    #[cfg(feature = "ssr")]
    {
        use leptos_meta::{Title, TitleProps};
        // The view that `Title` returns is empty.
        let _ = Title(TitleProps::builder().text(title).build());
    }
    #[cfg(not(feature = "ssr"))]
    leptos::prelude::document().set_title(&title);
}
