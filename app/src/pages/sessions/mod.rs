//! The page with the devices on which the user is signed in.

mod card;
mod channel;
mod confirm;
mod devices;

use leptos::prelude::*;
use portcullis::{leptos::list_sessions, wire::paths};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::{
    boxed::changing,
    components::{Heading, aria},
    hand_over::with_data,
};
use confirm::{Confirm, Confirmation};
use devices::{Devices, Ended};

/// The page `/account/sessions`. It is empty if no user is signed in: the server redirects
/// before it renders, and in the browser the guard leaves the page.
#[wasm_split(sessions, fallible, preload(load_sessions))]
pub(crate) fn sessions_page() -> Result<AnyView, SplitLoaderError> {
    let page = view! {
        <Heading text="Your devices"/>
        {with_data(list_sessions, |list| content(Devices::new(list)))}
    };
    Ok(page.into_any())
}

fn content(devices: Devices) -> AnyView {
    view! {
        <div class="stack-wide">
            <p>
                "Everywhere you are signed in. If you do not recognise a device, sign it out and "
                "change your password."
            </p>
            <div
                class="notice notice-live"
                class:notice-error=move || devices.has_failed()
                data-shown=aria::state(move || !devices.message().is_empty())
            >
                <p role="status" data-testid="devices-message">{Signal::derive(move || devices.message())}</p>
            </div>
            {changing(move || devices.state().map(state))}
            <ul class="devices" aria-label="Devices">
                <For
                    each=move || devices.sessions()
                    // A device that was seen again is rendered again.
                    key=|session| (session.id.clone(), session.last_seen_at)
                    children=move |session| card::card(devices, session)
                />
            </ul>
            {changing(move || devices.has_others().then(|| others(devices)))}
        </div>
    }
    .into_any()
}

/// Renders the state of the page where there is no list of several devices.
fn state(state: devices::State) -> AnyView {
    match state {
        devices::State::Loading => view! {
            <p class="card devices-loading" aria-busy="true">"Loading your devices …"</p>
        }
        .into_any(),
        devices::State::Failed(message) => view! {
            <div class="notice notice-error" role="alert" data-testid="devices-failed">
                <p>{message}</p>
                <a class="button" rel="external" href="">"Try again"</a>
            </div>
        }
        .into_any(),
        devices::State::OnlyThis => view! {
            <p data-testid="devices-empty">"This is your only device."</p>
        }
        .into_any(),
    }
}

fn others(devices: Devices) -> AnyView {
    let text = Confirmation {
        label: "Sign out everywhere else …".to_owned(),
        question: "Every device but this one will have to sign in again.".to_owned(),
        button: "Yes, sign out all others",
    };
    view! { <Confirm devices path=paths::REVOKE_OTHERS.to_owned() ended=Ended::Others text/> }
        .into_any()
}
