//! The form that changes the password.

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys::HtmlFormElement};
use leptos_router::hooks::use_query_map;
use portcullis::{
    leptos::{ChangePassword, Form, FormState, use_plain_form, use_session},
    wire::{Code, Problem, paths},
};

use super::{events::EventList, strength::Strength};
use crate::{
    boxed::changing,
    components::{Field, Submit, aria, message},
};

/// The parameter of the page to which the form without JavaScript leads.
const CHANGED_PARAMETER: &str = "changed";
const NEXT: &str = "/account/security?changed=1";

const DONE: &str = "Your password has been changed. All other devices have been signed out.";

/// Renders the form, with the strength of the new password.
pub(super) fn password_form(events: EventList) -> AnyView {
    let session = use_session();
    // Anyone can write the parameter into a link, so the last event must agree with it.
    let was_changed = use_query_map()
        .with_untracked(|query| query.get_str(CHANGED_PARAMETER).is_some())
        && events.ends_with_password_change();
    let is_done = RwSignal::new(was_changed);
    let strength = RwSignal::new(Strength::Empty);
    let form = use_plain_form::<ChangePassword>(move |answer| {
        session.signed_in(answer.snapshot);
        is_done.set(true);
        strength.set(Strength::Empty);
        clear_form();
        events.reload();
    });
    let is_shown = move || is_done.get() && form.error().with(Option::is_none);
    let text = Signal::derive(move || if is_shown() { DONE } else { "" }.to_owned());
    view! {
        <section class="card stack" aria-labelledby="password-heading">
            <h2 id="password-heading">"Change your password"</h2>
            <div class="notice notice-live" data-shown=aria::state(is_shown)>
                <p role="status" data-testid="password-changed">{text}</p>
            </div>
            <Form form class="stack">
                {error(form)}
                <input type="hidden" name="next" value=NEXT/>
                <Field
                    label="Current password"
                    name="current_password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                    form
                />
                <div class="stack" on:input=move |event| strength.set(Strength::of(&event_target_value(&event)))>
                    <Field
                        label="New password"
                        name="new_password"
                        kind="password"
                        autocomplete="new-password"
                        // The message of the server for a password that is too short.
                        hint=Problem::PasswordTooShort.message()
                        required=true
                        form
                    />
                </div>
                {meter(strength)}
                <Submit form label="Change password" busy="Changing your password …"/>
            </Form>
        </section>
    }
    .into_any()
}

/// Renders the error of the last submission. The message for wrong credentials names the
/// e-mail address, which this form does not have; the problem is shown at the field.
fn error(form: FormState) -> impl IntoView {
    changing(move || {
        let error = form.error().get()?;
        let message = match error.code {
            Code::InvalidCredentials => Code::InvalidInput.message().to_owned(),
            _ => message(&error),
        };
        Some(
            view! {
                <div class="notice notice-error" role="alert" tabindex="-1" data-testid="form-error">
                    <p>{message}</p>
                </div>
            }
            .into_any(),
        )
    })
}

/// Renders the strength of the new password. It needs JavaScript and is hidden without it;
/// its place is reserved, so that nothing moves.
fn meter(strength: RwSignal<Strength>) -> AnyView {
    let level = Signal::derive(move || strength.get().level().to_owned());
    let message = Signal::derive(move || strength.get().message().to_owned());
    view! {
        <div class="strength needs-script" data-level=level data-testid="strength">
            <span class="strength-bar" aria-hidden="true"></span>
            <p role="status">{message}</p>
        </div>
    }
    .into_any()
}

/// Empties the fields after a change.
fn clear_form() {
    let selector = ["form[action=\"", paths::PASSWORD, "\"]"].concat();
    let form = document().query_selector(&selector).ok().flatten();
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        form.reset();
    }
}
