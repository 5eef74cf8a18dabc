//! The list of the recent events.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use portcullis::{
    leptos::list_events,
    wire::{AccountEvent, EventKind, RecentEvents},
};

use crate::{
    boxed::{changing, effect},
    components::Moment,
    hand_over::PageData,
};

/// The events that the page shows.
#[derive(Clone, Copy)]
pub(super) struct EventList {
    /// `None` while they are loading.
    events: RwSignal<Option<PageData<RecentEvents>>>,
}

impl EventList {
    /// Creates the list. If the page was rendered without it, the browser requests it.
    pub(super) fn new(events: Option<PageData<RecentEvents>>) -> Self {
        let list = Self {
            events: RwSignal::new(events),
        };
        effect(move || {
            if list.events.with_untracked(Option::is_none) {
                list.reload();
            }
        });
        list
    }

    /// Reads the events again. If that fails, the page keeps those that it shows.
    pub(super) fn reload(self) {
        spawn_local_scoped_with_cancellation(async move {
            let events = list_events().await.map_err(|error| error.code);
            let is_shown = self
                .events
                .with_untracked(|list| matches!(list, Some(Ok(_))));
            if events.is_ok() || !is_shown {
                self.events.set(Some(events));
            }
        });
    }

    /// Returns whether the last event is a change of the password.
    pub(super) fn ends_with_password_change(self) -> bool {
        self.events.with_untracked(|events| {
            let Some(Ok(list)) = events else { return false };
            let last = list.events.first();
            last.is_some_and(|last| last.event == EventKind::PasswordChanged)
        })
    }

    /// Renders the list.
    pub(super) fn view(self) -> AnyView {
        view! {
            <section class="card stack" aria-labelledby="events-heading">
                <h2 id="events-heading">"Recent events"</h2>
                <p class="hint">
                    "If you do not recognise an event, change your password: that signs out all other devices."
                </p>
                <div class="events-area">
                    {changing(move || Some(self.events.with(|events| match events {
                        None => view! { <p aria-busy="true">"Loading the events …"</p> }.into_any(),
                        Some(Err(code)) => failed(code.message()),
                        Some(Ok(list)) if list.events.is_empty() => {
                            view! { <p>"There are no events yet."</p> }.into_any()
                        }
                        Some(Ok(list)) => rows(&list.events),
                    })))}
                </div>
            </section>
        }
        .into_any()
    }
}

fn rows(events: &[AccountEvent]) -> AnyView {
    let row = |event: &AccountEvent| {
        let address = event.address.clone();
        let address = address.map(|address| {
            view! { <span class="event-address">"From "{address}</span> }.into_any()
        });
        view! {
            <li>
                <span>{event.event.message()}</span>
                <Moment seconds=event.at/>
                {address}
            </li>
        }
        .into_any()
    };
    let rows: Vec<AnyView> = events.iter().map(row).collect();
    view! { <ol class="events" data-testid="events">{rows}</ol> }.into_any()
}

fn failed(message: &'static str) -> AnyView {
    view! {
        <div class="notice notice-error" role="alert" data-testid="events-failed">
            <p>{message}</p>
            <a class="button" rel="external" href="">"Try again"</a>
        </div>
    }
    .into_any()
}
