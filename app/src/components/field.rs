//! One field of a form: label, hint, input and problem.

use leptos::prelude::*;
use portcullis::leptos::FormState;

use super::aria;
use crate::boxed::changing;

/// Renders a field. The input keeps its value when a problem appears, because only the
/// problem and the hint are rendered again.
#[component]
pub(crate) fn Field(
    label: &'static str,
    name: &'static str,
    /// The `type` of the input.
    kind: &'static str,
    autocomplete: &'static str,
    form: FormState,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let problem = form.problem(name);
    // The hint is hidden if the problem has the same text.
    let hint = Signal::derive(move || {
        hint.filter(|hint| {
            problem
                .get()
                .is_none_or(|problem| problem.message() != *hint)
        })
    });
    let id = format!("field-{name}");
    let (hint_id, problem_id) = (format!("{id}-hint"), format!("{id}-problem"));
    let described_by = {
        let (hint_id, problem_id) = (hint_id.clone(), problem_id.clone());
        Signal::derive(
            move || match (problem.get().is_some(), hint.get().is_some()) {
                (true, true) => Some(format!("{problem_id} {hint_id}")),
                (true, false) => Some(problem_id.clone()),
                (false, true) => Some(hint_id.clone()),
                (false, false) => None,
            },
        )
    };
    let is_password = kind == "password";
    let is_code = kind != "text";
    let shown = RwSignal::new(false);
    // The password is hidden while the form is sent, so that no browser stores it as the
    // value of a text field.
    let kind = Signal::derive(move || {
        let is_shown = shown.get() && !form.pending().get();
        Some(if is_shown { "text" } else { kind })
    });
    view! {
        <div class="field">
            <label for=id.clone()>
                {label} {(!required).then(|| view! { <span class="optional">" (optional)"</span> }.into_any())}
            </label>
            {changing(move || hint.get().map(|hint| view! { <p class="hint" id=hint_id.clone()>{hint}</p> }.into_any()))}
            <div class="input-row">
                <input
                    id=id.clone()
                    name=name
                    type=kind
                    autocomplete=autocomplete
                    required=required
                    autocapitalize=is_code.then_some("none")
                    spellcheck="false"
                    aria-invalid=aria::state(move || problem.get().is_some())
                    aria-describedby=described_by
                />
                {is_password.then(|| view! { <ShowToggle shown controls=id/> }.into_any())}
            </div>
            {changing(move || problem.get().map(|problem| view! {
                <p class="problem" id=problem_id.clone()>{problem.message()}</p>
            }.into_any()))}
        </div>
    }.into_any()
}

/// Renders a button that shows and hides the password. It needs JavaScript and is hidden
/// without it.
#[component]
fn ShowToggle(shown: RwSignal<bool>, controls: String) -> impl IntoView {
    let label = Signal::derive(move || String::from(if shown.get() { "Hide" } else { "Show" }));
    view! {
        <button
            type="button"
            class="button button-plain needs-script"
            aria-controls=controls
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            {label}
            <span class="visually-hidden">" password"</span>
        </button>
    }
    .into_any()
}
