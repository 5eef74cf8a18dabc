//! The page on which an administrator invites users to register.

mod state;

use std::sync::Arc;

use leptos::prelude::*;
use portcullis::{
    leptos::list_invitations,
    wire::{InvitationList, ListedInvitation, paths},
};

use super::{
    Tab,
    list::{List, Position},
    listing::Listing,
    page,
};
use crate::{
    boxed::changing,
    components::{Moment, aria},
    routes,
};
use state::Invitations;

/// Renders the page.
pub(super) fn invitations() -> AnyView {
    let read = || Box::pin(list_invitations()) as _;
    page(Tab::Invitations, Arc::new(read), content)
}

fn content(listing: Listing<InvitationList>) -> AnyView {
    let invitations = Invitations::new(listing);
    let list = List {
        listing,
        name: "invitations",
        invalid: "",
        empty: "There are no open invitations.".to_owned(),
        is_empty: |list| list.invitations.is_empty(),
        neighbours: |_| [None, None],
        position: Position::default(),
        address: Box::new(|_| routes::ADMIN_INVITATIONS.to_owned()),
    };
    let rows = changing(move || {
        let rows = listing.with(|list| list.invitations.clone())?;
        let rows = rows.into_iter().map(|row| view_of(invitations, row));
        let rows: Vec<AnyView> = rows.collect();
        let view = view! {
            <ul class="entries" aria-label="Invitations" data-shown=aria::state(move || has_rows(listing))>
                {rows}
            </ul>
        };
        Some(view.into_any())
    });
    view! {
        <div class="stack-wide">
            {form(invitations)}
            <div
                class="notice notice-live"
                class:notice-error=move || invitations.has_failed()
                data-shown=aria::state(move || !invitations.message().is_empty())
            >
                <p role="status" data-testid="invitations-message">
                    {Signal::derive(move || invitations.message())}
                </p>
            </div>
            {changing(move || invitations.link().map(link))}
            {list.view(rows.into_any())}
        </div>
    }
    .into_any()
}

fn has_rows(listing: Listing<InvitationList>) -> bool {
    listing.with(|list| !list.invitations.is_empty()) == Some(true)
}

/// Renders the form that creates an invitation. Without JavaScript, the server responds with a
/// page that shows the link.
fn form(invitations: Invitations) -> AnyView {
    view! {
        <form
            class="filter"
            method="post"
            action=routes::ADMIN_INVITATIONS
            on:submit=move |event| invitations.invite(&event)
        >
            <div class="field">
                <label for="email">"E-mail address of a new user"</label>
                <div class="input-row">
                    <input
                        id="email"
                        name="email"
                        type="email"
                        required=true
                        maxlength="254"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                    />
                </div>
            </div>
            <button class="button button-main" aria-disabled=aria::state(move || invitations.is_pending())>
                "Create invitation"
            </button>
        </form>
    }
    .into_any()
}

fn link(link: String) -> AnyView {
    view! {
        <div class="card stack">
            <p>"Send this link to the user. It can be used once, and is not shown again."</p>
            <p class="id invitation-link" data-testid="invitation-link">{link}</p>
        </div>
    }
    .into_any()
}

fn view_of(invitations: Invitations, row: ListedInvitation) -> AnyView {
    let path = paths::withdraw_invitation(&row.id);
    let action = path.clone();
    let created_by = Some(row.created_by).filter(|email| !email.is_empty());
    let created_by = created_by.unwrap_or_else(|| "An operator".to_owned());
    view! {
        <li class="entry stack" data-testid="invitation">
            <div class="entry-head"><h2>{row.email.clone()}</h2></div>
            <dl class="facts">
                <div><dt>"Invited by"</dt><dd>{created_by}</dd></div>
                <div><dt>"Created"</dt><dd><Moment seconds=row.created_at/></dd></div>
                <div><dt>"Expires"</dt><dd><Moment seconds=row.expires_at/></dd></div>
            </dl>
            <form
                method="post"
                action=action
                on:submit=move |event| invitations.withdraw(&event, path.clone())
            >
                <input type="hidden" name="next" value=routes::ADMIN_INVITATIONS/>
                <button class="button" aria-disabled=aria::state(move || invitations.is_pending())>
                    "Withdraw"<span class="visually-hidden">" the invitation for "{row.email}</span>
                </button>
            </form>
        </li>
    }
    .into_any()
}
