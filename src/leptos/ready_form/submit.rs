//! The ready-made forms in the browser: one handler sends them and writes errors into the
//! page.

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use web_sys::{Element, HtmlElement, HtmlFormElement};

use super::Ready;
#[cfg(not(feature = "ssr"))]
use crate::leptos::address::strip_error;
use crate::{
    browser::{self, FormClient, SignInClient},
    leptos::{
        address::{next_path, use_page_navigation},
        session::{Session, use_session},
    },
    wire::{ApiError, Code, Done, Problem, SignedInResponse},
};

/// Turns off the browser's own validation of the ready-made forms, once the view is
/// hydrated. From then on the handler shows the problem of a field.
pub(super) fn take_over() {
    #[cfg(not(feature = "ssr"))]
    strip_error();
    let with_validation = "form[data-portcullis]:not([novalidate])";
    while let Ok(Some(form)) = document().query_selector(with_validation) {
        set(&form, "novalidate", true);
    }
}

/// Sends the form, unless a submission is in progress. Call it with the owner of the
/// view.
pub(super) fn submit(form: Ready, event: &SubmitEvent) {
    event.prevent_default();
    let element = event.target().map(JsCast::dyn_into::<HtmlFormElement>);
    let Some(Ok(element)) = element else { return };
    let Some(button) = find(&element, "button") else {
        return;
    };
    if button.has_attribute("aria-disabled") {
        return;
    }
    set(&button, "aria-disabled", true);
    let session = use_session();
    let target = target(form, session);
    let navigate = use_page_navigation();
    spawn_local(async move {
        let sent = browser::send_form_for_body(SignInClient::send, form.path(), &element).await;
        let response = sent.and_then(|body| read(form, &body));
        set(&button, "aria-disabled", false);
        show(form, &element, response.as_ref().err());
        let go_to_target = || target.iter().for_each(|target| navigate(target));
        match response {
            Ok(Some(answer)) => {
                session.signed_in(answer.snapshot);
                go_to_target();
            }
            Ok(None) => {
                // This is first: on a protected page, the guard would otherwise navigate
                // to the sign-in page.
                go_to_target();
                session.signed_out();
            }
            Err(_) => {}
        }
    });
}

/// Reads the body of the response: who is signed in now, or `None` after a sign-out.
fn read(form: Ready, body: &str) -> Result<Option<SignedInResponse>, ApiError> {
    let read = match form {
        Ready::SignOut => browser::parse_json(body).map(|_: Done| None),
        _ => browser::parse_json(body).map(Some),
    };
    read.ok_or_else(|| Code::Internal.into())
}

/// Returns the path to navigate to; `None` if the form stays on its page.
fn target(form: Ready, session: Session) -> Option<String> {
    if form == Ready::SignOut {
        return Some("/".to_owned());
    }
    if let Some(next) = next_path() {
        return Some(next.as_str().to_owned());
    }
    let pages = session.pages();
    let is_in_place = form == Ready::SignIn
        && window().location().pathname().as_deref() != Ok(pages.sign_in_page());
    (!is_in_place).then(|| pages.after_sign_in().to_owned())
}

/// Writes the error into the form, or clears it, and moves the focus to an error.
fn show(form: Ready, element: &HtmlFormElement, error: Option<&ApiError>) {
    let mut focused = None;
    if let Some(message) = find(element, "[role=alert]") {
        message.set_text_content(error.map(|error| error.code.message()));
        focused = Some(message);
    }
    for field in form.fields().iter().rev() {
        let problem = error.and_then(|error| error.problem(field.name));
        let id = "#".to_owned() + field.id;
        if let Some(help) = find(element, &(id.clone() + "-help")) {
            help.set_text_content(Some(problem.map_or(field.hint, Problem::message)));
        }
        if let Some(input) = find(element, &id) {
            set(&input, "aria-invalid", problem.is_some());
            if problem.is_some() {
                focused = Some(input);
            }
        }
    }
    let focused = focused.filter(|_| error.is_some());
    if let Some(Ok(focused)) = focused.map(JsCast::dyn_into::<HtmlElement>) {
        // It fails only if the element cannot take the focus.
        let _ = focused.focus();
    }
}

fn find(form: &Element, selector: &str) -> Option<Element> {
    form.query_selector(selector).ok().flatten()
}

/// Sets an attribute to `true`, or removes it.
fn set(element: &Element, attribute: &str, is_set: bool) {
    // Neither call fails for a valid name.
    let _ = if is_set {
        element.set_attribute(attribute, "true")
    } else {
        element.remove_attribute(attribute)
    };
}
