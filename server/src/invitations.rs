//! The form of the administration that creates an invitation, without JavaScript. With
//! JavaScript, the page calls `/api/admin/invitations/`.

use axum::{Form, extract::rejection::FormRejection, response::Html};
use leptos::config::LeptosOptions;
use portcullis::{
    http::Administrator,
    wire::{ApiError, Code},
};

/// The fields of a form.
type Fields = Form<Vec<(String, String)>>;

/// Creates an invitation, and returns the page that shows its link.
pub(crate) async fn create(
    site: &LeptosOptions,
    origin: &str,
    administrator: Administrator,
    form: Result<Fields, FormRejection>,
) -> Result<Html<String>, ApiError> {
    let Form(fields) = form.map_err(|_| Code::InvalidInput)?;
    let email = fields.iter().find(|(name, _)| name == "email");
    let email = email.map_or("", |(_, email)| email);
    let created = administrator.invite(email).await?;
    let link = link(origin, &created.token);
    Ok(Html(app::invitation_page(site, &created.email, &link)))
}

/// Returns the link of an invitation.
pub(crate) fn link(origin: &str, token: &str) -> String {
    format!("{origin}{}", app::routes::invitation(token))
}
