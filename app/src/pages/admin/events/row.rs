//! One event of the list.

use leptos::prelude::*;
use portcullis::wire::{ActorKind, EventKind, ListedEvent};

use super::super::address::address;
use crate::{components::Moment, routes};

/// Renders an event.
pub(super) fn row(event: &ListedEvent) -> AnyView {
    let account = event.account_id.as_ref().map(|id| {
        let label = called(id, &event.account_email);
        let address = address(routes::ADMIN_EVENTS, &[("account", id)]);
        view! { <a href=address rel="external">{label}</a> }.into_any()
    });
    let note = |label: &'static str, value: &Option<String>| {
        let value = value.clone()?;
        Some(view! { <span>{label}<span class="id">{value}</span></span> }.into_any())
    };
    view! {
        <li class="entry event">
            <p><strong>{event.event.message()}</strong></p>
            <p class="event-time"><Moment seconds=event.at/></p>
            <p class="event-account">{account}</p>
            <p class="entry-note event-notes">
                {actor(event).map(|actor| view! { <span>"By "{actor}</span> }.into_any())}
                {note("From ", &event.address)}
                {note("Session ", &event.session_id)}
                {note("Key ", &event.key_id)}
                {event.request_id.as_deref().map(request)}
            </p>
        </li>
    }
    .into_any()
}

/// Returns who caused an event; `None` if it is not known. The client of a failed attempt only
/// claims to be the user.
fn actor(event: &ListedEvent) -> Option<String> {
    if let Some(id) = &event.actor_id {
        return Some(called(id, &event.actor_email));
    }
    let has_failed = matches!(
        event.event,
        EventKind::SignInFailed | EventKind::PasswordChangeFailed
    );
    match event.actor {
        ActorKind::Owner if !has_failed => Some("the user"),
        ActorKind::Operator => Some("an operator"),
        ActorKind::System => Some("the system"),
        _ => None,
    }
    .map(str::to_owned)
}

/// Renders the id of a request. If this program has created it, a link leads to all events of
/// the request.
fn request(id: &str) -> AnyView {
    let text = view! { <span class="id">{id.to_owned()}</span> }.into_any();
    let id = if has_time(id) {
        let address = address(routes::ADMIN_EVENTS, &[("request", id)]);
        view! { <a href=address rel="external">{text}</a> }.into_any()
    } else {
        text
    };
    view! { <span>"Request "{id}</span> }.into_any()
}

/// Returns whether an id looks like a `UUIDv7`: a proxy may have chosen another.
fn has_time(id: &str) -> bool {
    id.len() == 36 && id.get(14..15) == Some("7")
}

/// Returns what an account is called: by its id if it has no e-mail address, or was deleted.
fn called(id: &str, email: &str) -> String {
    if email.is_empty() { id } else { email }.to_owned()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn event(kind: &str, actor: &str, actor_id: &str, actor_email: &str) -> ListedEvent {
        let actor_id = match actor_id {
            "" => "null".to_owned(),
            id => format!("\"{id}\""),
        };
        let json = format!(
            r#"{{"id":"1","event":"{kind}","at":0,"account_id":null,"account_email":"",
                "session_id":null,"actor":"{actor}","actor_id":{actor_id},
                "actor_email":"{actor_email}","request_id":null,"address":null,"key_id":null}}"#
        );
        leptos::serde_json::from_str(&json).expect("an event")
    }

    #[test]
    fn actor_of_a_failed_attempt_is_not_the_user() {
        let fail = "authn_login_fail";
        for (event, expected) in [
            (event("user_created", "owner", "", ""), Some("the user")),
            (event(fail, "owner", "", ""), None),
            (
                event("user_created", "operator", "", ""),
                Some("an operator"),
            ),
            (
                event("crypt_key_created", "system", "", ""),
                Some("the system"),
            ),
            (
                event("user_created", "account", "7", "a@b.org"),
                Some("a@b.org"),
            ),
            (event("user_created", "account", "7", ""), Some("7")),
            (event("user_created", "unknown", "", ""), None),
        ] {
            assert_eq!(actor(&event).as_deref(), expected, "{event:?}");
        }
    }

    #[test]
    fn only_an_id_with_a_time_leads_to_its_events() {
        assert!(has_time("0198f0a4-0000-7000-8000-000000000000"));
        for other in ["", "0198f0a4", "7b4d7e72-7a5c-4d6f-8ed1-5b9d8f6f2a30"] {
            assert!(!has_time(other), "{other}");
        }
    }
}
