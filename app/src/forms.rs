//! What the forms have in common. Each works without JavaScript; this adds what
//! JavaScript makes better: errors without a page load, the focus on what is
//! wrong, no second submission while one is under way.

use std::{pin::Pin, sync::Arc};

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    server_fn::ServerFn,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{HtmlElement, HtmlFormElement},
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};
use portcullis::{
    browser::{FormClient, FromJson, send_form},
    wire::{ApiError, LocalPath, Problem},
};

use crate::{components::aria, effect::effect, whole::whole};

/// How a form stands, for the components in it.
#[derive(Clone, Copy)]
pub(crate) struct FormStatus {
    path: &'static str,
    /// What was wrong with the last submission.
    pub(crate) error: RwSignal<Option<ApiError>>,
    /// Whether a submission is under way.
    pub(crate) pending: RwSignal<bool>,
    novalidate: Signal<Option<&'static str>>,
    send: StoredValue<Sender>,
}

/// Sends a form and takes in what was answered.
type Sender = Arc<dyn Fn(HtmlFormElement) -> Sent + Send + Sync>;
type Sent = Pin<Box<dyn Future<Output = Result<(), ApiError>>>>;

impl FormStatus {
    /// What was wrong with one field.
    pub(crate) fn problem(self, field: &'static str) -> Signal<Option<Problem>> {
        let error = self.error;
        Signal::derive(move || error.with(|error| error.as_ref()?.problem(field)))
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        let form = event.target().map(JsCast::dyn_into::<HtmlFormElement>);
        let Some(Ok(form)) = form.filter(|_| !self.pending.get_untracked()) else {
            return;
        };
        self.pending.set(true);
        let sent = (self.send.get_value())(form.clone());
        spawn_local(async move {
            let result = sent.await;
            // The form may be gone.
            self.pending.try_set(false);
            let has_failed = result.is_err();
            self.error.try_set(result.err());
            if has_failed {
                focus_first_error(form);
            }
        });
    }
}

/// A form on the server function `S`. `succeed` is called, in the browser, with
/// what the function answered.
pub(crate) fn form_on<S>(succeed: impl Fn(S::Output) + Send + Sync + 'static) -> FormStatus
where
    S: ServerFn<Error = ApiError, Client: FormClient, Output: FromJson>,
{
    let succeed = Arc::new(succeed);
    let send: Sender = Arc::new(move |form| {
        let succeed = Arc::clone(&succeed);
        Box::pin(async move {
            succeed(send_form::<S::Client, _>(S::PATH, &form).await?);
            Ok(())
        })
    });
    strip_error_from_url();
    // From then on the form says itself what is wrong, beside the field.
    let is_hydrated = RwSignal::new(false);
    effect(move || is_hydrated.set(true));
    FormStatus {
        path: S::PATH,
        novalidate: aria::state(move || is_hydrated.get()),
        error: RwSignal::new(error_in_url(S::PATH)),
        pending: RwSignal::new(false),
        send: StoredValue::new(send),
    }
}

/// The form's element, around its fields.
#[component]
pub(crate) fn Form<C: IntoView + 'static>(
    form: FormStatus,
    class: &'static str,
    children: TypedChildren<C>,
) -> impl IntoView {
    whole(view! {
        <form
            method="post"
            action=form.path
            class=class
            novalidate=form.novalidate
            on:submit=move |event| form.submit(&event)
        >
            {children.into_inner()()}
        </form>
    })
}

/// The error that a form came back with that was sent without JavaScript.
/// Whoever made the URL chose it; an [`ApiError`] takes codes from it and no text.
fn error_in_url(path: &str) -> Option<ApiError> {
    use_query_map().with_untracked(|query| {
        let error = query
            .get_str("__err")
            .filter(|_| query.get_str("__path") == Some(path));
        error.map(decoded)
    })
}

#[cfg(feature = "ssr")]
fn decoded(error: &str) -> ApiError {
    leptos::server_fn::error::ServerFnUrlError::decode_err(error)
}

/// The browser has a decoder, though of the older of the two alphabets.
#[cfg(not(feature = "ssr"))]
fn decoded(error: &str) -> ApiError {
    let error = error.replace('-', "+").replace('_', "/");
    let json = window().atob(&error).ok();
    json.and_then(|json| portcullis::browser::read(&json))
        .unwrap_or_else(|| portcullis::wire::Code::Internal.into())
}

/// Takes the error out of the address bar and the history, where it would come
/// back with every reload.
fn strip_error_from_url() {
    let location = use_location();
    let navigate = use_navigate();
    effect(move || {
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
fn focus_first_error(form: HtmlFormElement) {
    // In the next frame the messages are there.
    request_animation_frame(move || {
        let found = ["[aria-invalid=true]", "[role=alert]"]
            .iter()
            .find_map(|selector| form.query_selector(selector).ok().flatten());
        if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            // It can only fail where the element takes no focus.
            let _ = element.focus();
        }
    });
}

/// Where the page was asked to go on to, if that is a path of this application.
pub(crate) fn next_in_url() -> Option<LocalPath> {
    use_query_map().with_untracked(|query| query.get_str("next").and_then(LocalPath::parse))
}
