//! The HTML of the ready-made forms.

use super::{Field, Ready};
use crate::wire::{ApiError, Problem};

/// The values that a form takes from the request of its page.
#[derive(Default)]
pub(super) struct RequestValues {
    /// The path to which the form is redirected if it is sent without JavaScript.
    pub(super) next: Option<String>,
    /// The error of the last submission without JavaScript.
    pub(super) error: Option<ApiError>,
}

/// Returns the HTML of the form. `label` is the text of the button.
pub(super) fn form(form: Ready, label: &str, values: &RequestValues) -> String {
    let error = values.error.as_ref();
    let mut html = String::from("<form method=\"post\" data-portcullis");
    attribute(&mut html, "class", form.class());
    attribute(&mut html, "action", &form.action());
    html += ">";
    if form == Ready::SignOut {
        button(&mut html, label);
    }
    // The element is a live region and always present, so that screen readers announce
    // a message that is written into it.
    let message = error.map_or("", |error| error.code.message());
    html += "<p class=\"portcullis-error\" role=\"alert\" tabindex=\"-1\">";
    html += &escaped(message);
    html += "</p>";
    if let Some(next) = &values.next {
        html += "<input type=\"hidden\" name=\"next\"";
        attribute(&mut html, "value", next);
        html += ">";
    }
    for field in form.fields() {
        let problem = error.and_then(|error| error.problem(field.name));
        labelled(&mut html, field, problem);
    }
    if form != Ready::SignOut {
        button(&mut html, label);
    }
    html += "</form>";
    html
}

fn labelled(html: &mut String, field: &Field, problem: Option<Problem>) {
    let help = field.id.to_owned() + "-help";
    *html += "<p class=\"portcullis-field\"><label";
    attribute(html, "for", field.id);
    *html += ">";
    *html += &escaped(field.label);
    *html += "</label> <input";
    attribute(html, "id", field.id);
    attribute(html, "name", field.name);
    attribute(html, "type", field.kind);
    attribute(html, "autocomplete", field.autocomplete);
    if field.kind != "text" {
        *html += " required";
    }
    if problem.is_some() {
        attribute(html, "aria-invalid", "true");
    }
    attribute(html, "aria-describedby", &help);
    *html += "> <small";
    attribute(html, "id", &help);
    *html += ">";
    *html += &escaped(problem.map_or(field.hint, Problem::message));
    *html += "</small></p>";
}

/// Adds the button. It is never `disabled`, because it would lose the focus after the user
/// has pressed it.
fn button(html: &mut String, label: &str) {
    *html += "<button class=\"portcullis-button\">";
    *html += &escaped(label);
    *html += "</button>";
}

fn attribute(html: &mut String, name: &str, value: &str) {
    *html += " ";
    *html += name;
    *html += "=\"";
    *html += &escaped(value);
    *html += "\"";
}

/// Escapes a string for the content of an element and for attributes in double quotes.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            other => html.push(other),
        }
    }
    html
}
