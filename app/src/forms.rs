//! What the forms have in common. Each is an `ActionForm` and works without
//! JavaScript; this adds what JavaScript makes better: errors without a page
//! load, the focus on what is wrong, no second submission while one is under way.

use leptos::wasm_bindgen::JsCast;
use leptos::{
    html,
    prelude::*,
    server_fn::{ServerFn, error::ServerFnUrlError},
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};
use portcullis::wire::{ApiError, LocalPath, Problem};
use serde::de::DeserializeOwned;

/// How a form stands, for the components in it.
#[derive(Clone, Copy)]
pub(crate) struct FormStatus {
    /// What was wrong with the last submission.
    pub(crate) error: Signal<Option<ApiError>>,
    /// Whether a submission is under way.
    pub(crate) pending: Signal<bool>,
    /// The form's element.
    pub(crate) element: NodeRef<html::Form>,
}

impl FormStatus {
    /// What was wrong with one field.
    pub(crate) fn problem(self, field: &'static str) -> Signal<Option<Problem>> {
        let error = self.error;
        Signal::derive(move || {
            error.with(|error| {
                error
                    .as_ref()
                    .and_then(|error| error.fields.get(field).copied())
            })
        })
    }

    /// For `on:submit:capture`, which comes before the form's own listener.
    pub(crate) fn refuse_second(self, event: &leptos::web_sys::SubmitEvent) {
        if self.pending.get_untracked() {
            event.prevent_default();
        }
    }
}

/// The action of a form on the server function `S`, and how it stands. `succeed`
/// is called, in the browser, with what the function answered.
pub(crate) fn form_action<S>(succeed: impl Fn(S::Output) + 'static) -> (ServerAction<S>, FormStatus)
where
    S: ServerFn<Error = ApiError> + DeserializeOwned + Clone + Send + Sync + 'static,
    S::Output: Clone + Send + Sync + 'static,
{
    let action = ServerAction::<S>::new();
    // Not what the action begins with: the router keeps an error that it once
    // found in a URL for pages that are opened later.
    action.value().set(error_in_url::<S>().map(Err));
    strip_error_from_url();

    let value = action.value();
    let status = FormStatus {
        error: Signal::derive(move || value.with(|value| value.as_ref()?.as_ref().err().cloned())),
        pending: action.pending().into(),
        element: NodeRef::new(),
    };
    // From here on the form says itself what is wrong, beside the field.
    status.element.on_load(|form| form.set_no_validate(true));
    Effect::new(move |_| {
        // Version 0 is what the page came with.
        if action.version().get() > 0 {
            match value.get_untracked() {
                Some(Ok(output)) => succeed(output),
                Some(Err(_)) => focus_first_error(status.element),
                None => {}
            }
        }
    });
    (action, status)
}

/// The error that a form came back with that was sent without JavaScript.
/// Whoever made the URL chose it; an [`ApiError`] takes codes from it and no text.
fn error_in_url<S: ServerFn<Error = ApiError>>() -> Option<ApiError> {
    use_query_map().with_untracked(|query| {
        let error = query
            .get_str("__err")
            .filter(|_| query.get_str("__path") == Some(S::PATH));
        error.map(ServerFnUrlError::<ApiError>::decode_err)
    })
}

/// Takes the error out of the address bar and the history, where it would come
/// back with every reload.
fn strip_error_from_url() {
    let location = use_location();
    let navigate = use_navigate();
    Effect::new(move |_| {
        let mut query = location.query.get_untracked();
        if query.remove("__err").is_some() {
            query.remove("__path");
            let url = location.pathname.get_untracked() + &query.to_query_string();
            // The path of this page may be such as `//host`, which names another.
            if LocalPath::parse(&url).is_none() {
                return;
            }
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                resolve: false,
                ..NavigateOptions::default()
            };
            navigate(&url, options);
        }
    });
}

/// Puts the focus on the first wrong field, or on the message above the fields.
fn focus_first_error(form: NodeRef<html::Form>) {
    // In the next frame the messages are there.
    request_animation_frame(move || {
        let Some(form) = form.get_untracked() else {
            return;
        };
        let found = ["[aria-invalid=true]", "[role=alert]"]
            .iter()
            .find_map(|selector| form.query_selector(selector).ok().flatten());
        if let Some(element) =
            found.and_then(|found| found.dyn_into::<leptos::web_sys::HtmlElement>().ok())
        {
            // It can only fail where the element takes no focus.
            let _ = element.focus();
        }
    });
}

/// Where the page was asked to go on to, if that is a path of this application.
pub(crate) fn next_in_url() -> Option<LocalPath> {
    use_query_map().with_untracked(|query| query.get_str("next").and_then(LocalPath::parse))
}
