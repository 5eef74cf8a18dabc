//! One device of the list.

use leptos::prelude::*;
use portcullis::wire::{ListedSession, paths};

use super::{
    confirm::{Confirm, Confirmation},
    devices::{Devices, Ended},
};
use crate::components::Moment;

/// Renders a device, with a form that signs it out unless it is this one.
pub(super) fn card(devices: Devices, session: ListedSession) -> AnyView {
    let name = session.device();
    let last_seen = if session.is_current {
        view! { "Now" }.into_any()
    } else {
        view! { <Moment seconds=session.last_seen_at/> }.into_any()
    };
    let address = Some(session.address).filter(|address| !address.is_empty());
    let confirm = (!session.is_current).then(|| {
        let text = Confirmation {
            label: format!("Sign out {name} …"),
            question: "This device will have to sign in again.".to_owned(),
            button: "Yes, sign it out",
        };
        view! { <Confirm devices path=paths::revoke(&session.id) ended=Ended::One text/> }
            .into_any()
    });
    view! {
        <li class="card stack" data-testid="device">
            <div class="device-head">
                <h2>{name}</h2>
                {session.is_current.then(|| view! { <p class="badge">"This device"</p> }.into_any())}
            </div>
            <dl class="facts">
                <div><dt>"Signed in"</dt><dd><Moment seconds=session.created_at/></dd></div>
                <div><dt>"Last seen"</dt><dd>{last_seen}</dd></div>
                <div><dt>"IP address"</dt><dd>{address.unwrap_or_else(|| "Unknown".to_owned())}</dd></div>
            </dl>
            {confirm}
        </li>
    }
    .into_any()
}
