//! The page with the link of a new invitation, for an administrator without JavaScript.

use leptos::prelude::*;

use crate::{routes, static_page::static_page};

/// Renders the HTML document that shows the link of a new invitation. It is the response to a
/// form, so that the token is in no address.
///
/// As the page for an error, the document does not contain the application.
pub fn invitation_page(site: &LeptosOptions, email: &str, link: &str) -> String {
    let content = view! {
        <p>"Send this link to "{email.to_owned()}". It can be used once, and is not shown again."</p>
        <p class="id invitation-link" data-testid="invitation-link">{link.to_owned()}</p>
        <p class="actions">
            <a class="button" href=routes::ADMIN_INVITATIONS>"Back to the invitations"</a>
        </p>
    };
    static_page(
        site,
        "Invitation",
        "The invitation has been created",
        content,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_shows_the_link_and_escapes_the_address() {
        let site = LeptosOptions::builder().output_name("portcullis").build();
        let page = invitation_page(
            &site,
            "<b>@example.org",
            "https://a.example/register?invitation=x",
        );
        assert!(
            page.contains("https://a.example/register?invitation=x"),
            "{page}"
        );
        assert!(
            page.contains("&lt;b&gt;@example.org") && !page.contains("<b>"),
            "{page}"
        );
        assert!(!page.contains("<script"), "{page}");
    }
}
