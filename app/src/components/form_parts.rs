//! The parts of a form besides its fields.

use leptos::prelude::*;
use portcullis::{
    leptos::FormState,
    wire::{ApiError, Code, LocalPath},
};

use super::aria;
use crate::boxed::changing;

/// Renders the error of the last submission, above the fields.
#[component]
pub(crate) fn FormError(form: FormState) -> impl IntoView {
    changing(move || {
        form.error().get().map(|error| {
            view! {
                <div class="notice notice-error" role="alert" tabindex="-1" data-testid="form-error">
                    <p>{message(&error)}</p>
                </div>
            }.into_any()
        })
    })
}

/// Returns the message of an error. If the user has to wait for minutes, it says how many.
pub(crate) fn message(error: &ApiError) -> String {
    let message = error.code.message();
    match error.retry_after {
        Some(seconds) if error.code == Code::TooManyAttempts && seconds > 60 => {
            let minutes = seconds.div_ceil(60).to_string();
            "Too many attempts. Please try again in ".to_owned() + &minutes + " minutes."
        }
        _ => message.to_owned(),
    }
}

/// Renders a hidden field with the path to which the server redirects after the form.
#[component]
pub(crate) fn NextField(next: Option<LocalPath>) -> impl IntoView {
    next.map(|next| {
        view! { <input type="hidden" name="next" value=next.as_str().to_owned()/> }.into_any()
    })
}

/// Renders the button that sends the form. It is never `disabled`, because it would lose
/// the focus after the user has pressed it.
#[component]
pub(crate) fn Submit(form: FormState, label: &'static str, busy: &'static str) -> impl IntoView {
    let label = Signal::derive(move || {
        let label = if form.pending().get() { busy } else { label };
        label.to_owned()
    });
    view! {
        <button class="button button-main" aria-disabled=aria::state(move || form.pending().get())>
            {label}
        </button>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_wait_is_named_in_minutes() {
        let mut error = ApiError::from(Code::TooManyAttempts);
        assert_eq!(message(&error), Code::TooManyAttempts.message());
        error.retry_after = Some(241);
        assert_eq!(
            message(&error),
            "Too many attempts. Please try again in 5 minutes."
        );
        let mut error = ApiError::from(Code::Busy);
        error.retry_after = Some(241);
        assert_eq!(message(&error), Code::Busy.message());
    }
}
