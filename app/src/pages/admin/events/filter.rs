//! The filter of the page: a form that loads the page again.

use leptos::prelude::*;
use portcullis::wire::EventKind;

use super::query::Query;
use crate::routes;

/// Renders the filter.
pub(super) fn filter(query: &Query) -> AnyView {
    let kinds = EventKind::ALL
        .iter()
        .filter(|kind| **kind != EventKind::Other);
    let kinds: Vec<AnyView> = kinds
        .map(|kind| {
            let is_selected = kind.as_str() == query.kind;
            view! { <option value=kind.as_str() selected=is_selected>{kind.message()}</option> }
                .into_any()
        })
        .collect();
    let day = |name: &'static str, label: &'static str, value: &str| {
        view! {
            <div class="field">
                <label for=name>{label}</label>
                <div class="input-row">
                    <input id=name name=name type="date" value=value.to_owned()/>
                </div>
            </div>
        }
        .into_any()
    };
    let text = |name: &'static str, label: &'static str, value: &str, max: &'static str| {
        view! {
            <div class="field">
                <label for=name>{label}</label>
                <div class="input-row">
                    <input
                        id=name
                        name=name
                        value=value.to_owned()
                        maxlength=max
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                    />
                </div>
            </div>
        }
        .into_any()
    };
    let all = query.is_filtered().then(|| {
        view! { <a class="button" href=routes::ADMIN_EVENTS rel="external">"Show all events"</a> }
            .into_any()
    });
    view! {
        <form class="filter filter-wide" method="get" action=routes::ADMIN_EVENTS role="search">
            <div class="field">
                <label for="kind">"Event"</label>
                <div class="input-row">
                    <select id="kind" name="kind">
                        <option value="">"All events"</option>
                        {kinds}
                    </select>
                </div>
            </div>
            {text("account", "E-mail address or id of an account", &query.account, "254")}
            {day("from", "First day (UTC)", &query.from)}
            {day("to", "Last day (UTC)", &query.to)}
            {text("request", "Id of a request", &query.request, "36")}
            <div class="actions">
                <button class="button button-main">"Show events"</button>
                {all}
            </div>
        </form>
    }
    .into_any()
}
