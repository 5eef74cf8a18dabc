//! One account of the list.

use leptos::prelude::*;
use portcullis::{
    leptos::use_session,
    wire::{AccountAct, ListedAccount, paths},
};

use super::{
    super::address::address,
    act::{Words, offered},
    state::Accounts,
};
use crate::{
    components::{Moment, aria},
    routes,
};

/// Renders an account, with what can be done to it.
pub(super) fn row(accounts: Accounts, account: ListedAccount) -> AnyView {
    let own = untrack(|| use_session().account()).map(|own| own.id);
    let is_own = own.as_ref() == Some(&account.id);
    let acts = offered(&account, is_own);
    let acts: Vec<AnyView> = acts
        .into_iter()
        .map(|act| form(accounts, &account.id, act, is_own))
        .collect();
    let events = address(routes::ADMIN_EVENTS, &[("account", &account.id)]);
    let (name, label) = (name(&account), label(account.email, account.external_id));
    let last_login = account.last_login_at.map(|seconds| {
        view! { <div><dt>"Last sign-in"</dt><dd><Moment seconds/></dd></div> }.into_any()
    });
    let badge = |shown: bool, text: &'static str| {
        shown.then(|| view! { <p class="badge">{text}</p> }.into_any())
    };
    view! {
        <li class="entry stack" data-testid="account">
            <div class="entry-head">
                <h2>{label.clone()}</h2>
                {badge(is_own, "You")}
                {badge(account.is_admin, "Administrator")}
                {(!account.is_active).then(|| view! {
                    <p class="badge badge-off">"Deactivated"</p>
                }.into_any())}
            </div>
            {name}
            <dl class="facts">
                <div><dt>"Created"</dt><dd><Moment seconds=account.created_at/></dd></div>
                {last_login}
                <div><dt>"Live sessions"</dt><dd>{live_sessions(account.live_sessions)}</dd></div>
            </dl>
            <details class="manage">
                <summary class="button">
                    "Manage"<span class="visually-hidden">" "{label}</span>
                </summary>
                <div class="manage-acts">
                    {acts}
                    <a class="button" href=events rel="external">"Show its events"</a>
                </div>
            </details>
        </li>
    }
    .into_any()
}

/// Returns the number of live sessions, of which the server counts at most 1,000.
fn live_sessions(count: u32) -> String {
    match count {
        0 => "None".to_owned(),
        1_000.. => "1000 or more".to_owned(),
        _ => count.to_string(),
    }
}

fn name(account: &ListedAccount) -> Option<AnyView> {
    let name = Some(account.name.clone()).filter(|name| !name.is_empty())?;
    Some(view! { <p class="entry-name">{name}</p> }.into_any())
}

/// Returns what an account is called: an external account may have no e-mail address.
fn label(email: String, external_id: Option<String>) -> String {
    let email = Some(email).filter(|email| !email.is_empty());
    email.or(external_id).unwrap_or_default()
}

/// Renders the form of an act, behind a button that asks first. It works without JavaScript.
fn form(accounts: Accounts, account: &str, act: AccountAct, is_own: bool) -> AnyView {
    let words = Words::of(act, is_own);
    let (path, next) = (
        paths::account_act(account, act),
        accounts.next(act, account),
    );
    let account = account.to_owned();
    let pending = aria::state(move || accounts.is_pending());
    let is_plain = words.question.is_empty();
    let button = if is_plain {
        view! { <button class="button" aria-disabled=pending>{words.label}</button> }.into_any()
    } else {
        view! {
            <p>{words.question}</p>
            <button class="button button-main" aria-disabled=pending>{words.button}</button>
        }
        .into_any()
    };
    let form = view! {
        <form
            method="post"
            action=path
            class=if is_plain { "" } else { "confirm-form" }
            on:submit=move |event| accounts.submit(&event, &account, act)
        >
            <input type="hidden" name="next" value=next/>
            {button}
        </form>
    }
    .into_any();
    if is_plain {
        return form;
    }
    view! {
        <details class="confirm">
            <summary class="button">{words.label}</summary>
            {form}
        </details>
    }
    .into_any()
}
