//! Forms for server functions. Each works without JavaScript. With JavaScript, errors
//! are shown without a page load, the focus moves to the invalid field, and a form is
//! not sent again while a submission is in progress.

use std::sync::Arc;

use leptos::{
    ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local, wasm_bindgen::JsCast,
};
use serde::de::DeserializeOwned;
use web_sys::{HtmlElement, HtmlFormElement};

use super::{address, session::use_session};
use crate::{
    browser::{self, FormClient, FromJson, RepeatableRequest, Sending},
    wire::{ApiError, Code, Problem},
};

/// The state of a form, for [`Form`] and the components in it.
#[derive(Clone, Copy)]
pub struct FormState {
    path: &'static str,
    client: fn(RepeatableRequest) -> Sending,
    on_response: StoredValue<OnResponse>,
    error: RwSignal<Option<ApiError>>,
    pending: RwSignal<bool>,
    novalidate: Signal<Option<&'static str>>,
}

/// Reads the body of the response and calls the application's `on_success`.
type OnResponse = Arc<dyn Fn(&str) -> Result<(), ApiError> + Send + Sync>;

/// Creates the state of a form for the server function `S`. In the browser, `on_success`
/// is called with the value that the function returned.
///
/// ```
/// use leptos::prelude::*;
/// use portcullis::{browser::RefreshingClient, leptos::{Form, use_form}, wire::ApiError};
///
/// #[server(client = RefreshingClient)]
/// async fn rename(name: String) -> Result<String, ApiError> {
///     Ok(name)
/// }
///
/// #[component]
/// fn RenameForm() -> impl IntoView {
///     let form = use_form::<Rename>(|name| leptos::logging::log!("now called {name}"));
///     view! {
///         <Form form>
///             <label>"Name " <input name="name"/></label>
///             <button>"Rename"</button>
///             <p role="alert">{move || form.error().get().map(|error| error.to_string())}</p>
///         </Form>
///     }
/// }
/// ```
pub fn use_form<S>(on_success: impl Fn(S::Output) + Send + Sync + 'static) -> FormState
where
    S: ServerFn<Error = ApiError, Client: FormClient, Output: DeserializeOwned>,
{
    form_on::<S>(move |body| {
        on_success(serde_json::from_str(body).map_err(|_| Code::Internal)?);
        Ok(())
    })
}

/// Creates the state of a form like [`use_form`], for a server function with
/// `output = PlainJson`. Its response is parsed by [`FromJson`], which adds less to the
/// WASM than serde.
pub fn use_plain_form<S>(on_success: impl Fn(S::Output) + Send + Sync + 'static) -> FormState
where
    S: ServerFn<Error = ApiError, Client: FormClient, Output: FromJson>,
{
    form_on::<S>(move |body| {
        on_success(browser::parse_json(body).ok_or(Code::Internal)?);
        Ok(())
    })
}

fn form_on<S>(
    on_response: impl Fn(&str) -> Result<(), ApiError> + Send + Sync + 'static,
) -> FormState
where
    S: ServerFn<Client: FormClient>,
{
    FormState::new(S::PATH, S::Client::send, Arc::new(on_response))
}

impl FormState {
    fn new(
        path: &'static str,
        client: fn(RepeatableRequest) -> Sending,
        on_response: OnResponse,
    ) -> Self {
        #[cfg(not(feature = "ssr"))]
        super::effect::effect(address::strip_error);
        let session = use_session();
        Self {
            path,
            client,
            on_response: StoredValue::new(on_response),
            error: RwSignal::new(address::form_error(path)),
            pending: RwSignal::new(false),
            // Once the view is hydrated, the form itself shows the problem of a field.
            novalidate: Signal::derive(move || session.is_hydrated().then_some("true")),
        }
    }

    /// Returns the error of the last submission, if it failed.
    pub fn error(self) -> ReadSignal<Option<ApiError>> {
        self.error.read_only()
    }

    /// Returns the problem with one field, if any.
    pub fn problem(self, field: &'static str) -> Signal<Option<Problem>> {
        let error = self.error;
        Signal::derive(move || error.with(|error| error.as_ref()?.problem(field)))
    }

    /// Returns whether a submission is in progress.
    pub fn pending(self) -> ReadSignal<bool> {
        self.pending.read_only()
    }

    /// Returns the address to which the browser sends the form without JavaScript.
    #[cfg(feature = "ssr")]
    fn action(self) -> String {
        address::form_action(self.path)
    }

    /// Returns the path of the server function: the address of the server stays in a hydrated
    /// form.
    #[cfg(not(feature = "ssr"))]
    fn action(self) -> &'static str {
        self.path
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        let form = event.target().map(JsCast::dyn_into::<HtmlFormElement>);
        let Some(Ok(form)) = form.filter(|_| !self.pending.get_untracked()) else {
            return;
        };
        self.pending.set(true);
        let on_response = self.on_response.get_value();
        spawn_local(async move {
            let body = browser::send_form_for_body(self.client, self.path, &form).await;
            let result = body.and_then(|body| on_response(&body));
            // The form may have been unmounted by now.
            self.pending.try_set(false);
            let has_failed = result.is_err();
            self.error.try_set(result.err());
            if has_failed {
                focus_first_error(form);
            }
        });
    }
}

impl std::fmt::Debug for FormState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormState")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Renders the form element around its fields.
#[component]
pub fn Form<C: IntoView + 'static>(
    /// The state that [`use_form`] returned.
    form: FormState,
    /// The class of the element.
    #[prop(optional)]
    class: Option<&'static str>,
    /// The fields, each with the `name` of an argument of the server function, and a
    /// submit button.
    children: TypedChildren<C>,
) -> impl IntoView {
    view! {
        <form
            method="post"
            action=form.action()
            class=class
            novalidate=form.novalidate
            on:submit=move |event| form.submit(&event)
        >
            {children.into_inner()()}
        </form>
    }
}

/// Moves the focus to the first invalid field, or else to the error of the form.
fn focus_first_error(form: HtmlFormElement) {
    // The view shows the messages in the next frame.
    request_animation_frame(move || {
        let found = ["[aria-invalid=true]", "[role=alert]"]
            .iter()
            .find_map(|selector| form.query_selector(selector).ok().flatten());
        if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            // It fails only if the element cannot take the focus.
            let _ = element.focus();
        }
    });
}
