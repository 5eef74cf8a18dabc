//! The state of the page: the list, the result of the last act, and the link of a new invitation.

use leptos::{
    ev::SubmitEvent, prelude::*, task::spawn_local_scoped_with_cancellation, wasm_bindgen::JsCast,
    web_sys::HtmlFormElement,
};
use portcullis::{
    browser::{FromJson, RefreshingClient, send_form},
    wire::{ApiError, CreatedInvitation, Done, InvitationList, paths},
};

use super::super::listing::Listing;
use crate::{components::focus_heading, routes};

/// The list, the result of the last act, and the link of a new invitation.
#[derive(Clone, Copy)]
pub(super) struct Invitations {
    listing: Listing<InvitationList>,
    message: RwSignal<String>,
    link: RwSignal<Option<String>>,
    has_failed: RwSignal<bool>,
    is_pending: RwSignal<bool>,
}

impl Invitations {
    pub(super) fn new(listing: Listing<InvitationList>) -> Self {
        Self {
            listing,
            message: RwSignal::new(String::new()),
            link: RwSignal::new(None),
            has_failed: RwSignal::new(false),
            is_pending: RwSignal::new(false),
        }
    }

    /// Returns the result of the last act; empty if there was none.
    pub(super) fn message(self) -> String {
        self.message.get()
    }

    pub(super) fn has_failed(self) -> bool {
        self.has_failed.get()
    }

    pub(super) fn is_pending(self) -> bool {
        self.is_pending.get()
    }

    /// Returns the link of the invitation that was created last.
    pub(super) fn link(self) -> Option<String> {
        self.link.get()
    }

    /// Creates an invitation by script.
    pub(super) fn invite(self, event: &SubmitEvent) {
        self.submit(
            event,
            paths::ADMIN_INVITATIONS.to_owned(),
            |created: CreatedInvitation| {
                let origin = window().location().origin().unwrap_or_default();
                let path = routes::invitation(&created.token);
                (created.detail, Some(format!("{origin}{path}")))
            },
        );
    }

    /// Withdraws an invitation by script.
    pub(super) fn withdraw(self, event: &SubmitEvent, path: String) {
        self.submit(event, path, |done: Done| (done.detail, None));
    }

    /// Sends a form by script, and shows its result and the new list.
    fn submit<T: FromJson + 'static>(
        self,
        event: &SubmitEvent,
        path: String,
        shown: fn(T) -> (String, Option<String>),
    ) {
        event.prevent_default();
        let form = event.target().map(JsCast::dyn_into::<HtmlFormElement>);
        let Some(Ok(form)) = form.filter(|_| !self.is_pending.get_untracked()) else {
            return;
        };
        self.is_pending.set(true);
        spawn_local_scoped_with_cancellation(async move {
            let result = send_form::<RefreshingClient, T>(&path, &form).await;
            self.listing.reload().await;
            self.is_pending.set(false);
            self.has_failed.set(result.is_err());
            let (message, link) = match result {
                Ok(response) => {
                    form.reset();
                    shown(response)
                }
                Err(error) => (error_message(&error), None),
            };
            self.message.set(message);
            self.link.set(link);
            focus_heading();
        });
    }
}

/// Returns the message of an error: that of the field if there is one.
fn error_message(error: &ApiError) -> String {
    let problem = error.problem("email");
    let message = problem.map_or(error.code.message(), |problem| problem.message());
    message.to_owned()
}
