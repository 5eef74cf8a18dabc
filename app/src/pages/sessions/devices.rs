//! The state of the page: the list, and the result of the last action.

use leptos::{
    ev::{self, SubmitEvent},
    prelude::*,
    task::spawn_local_scoped_with_cancellation,
    wasm_bindgen::JsCast,
    web_sys::HtmlFormElement,
};
use leptos_router::hooks::use_query_map;
use portcullis::{
    browser::{RefreshingClient, send_form},
    leptos::list_sessions,
    wire::{Code, Done, ListedSession, SessionList},
};

use super::channel;
use crate::{boxed::effect, components::focus_heading, hand_over::PageData};

/// The parameter of the page with what a form without JavaScript has done.
const ENDED_PARAMETER: &str = "ended";

/// What an action ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    One,
    Others,
}

impl Ended {
    /// Returns the page to which the form without JavaScript leads.
    pub(super) fn next(self) -> &'static str {
        match self {
            Self::One => "/account/sessions?ended=one",
            Self::Others => "/account/sessions?ended=others",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::One => "The device has been signed out.",
            Self::Others => "All other devices have been signed out.",
        }
    }

    fn from_parameter(value: &str) -> Option<Self> {
        match value {
            "one" => Some(Self::One),
            "others" => Some(Self::Others),
            _ => None,
        }
    }
}

/// What the page shows where there is no list of several devices.
pub(super) enum State {
    Loading,
    Failed(&'static str),
    OnlyThis,
}

/// The list and the result of the last action.
#[derive(Clone, Copy)]
pub(super) struct Devices {
    /// `None` while the list is loading.
    list: RwSignal<Option<PageData<Vec<ListedSession>>>>,
    message: RwSignal<&'static str>,
    has_failed: RwSignal<bool>,
    is_pending: RwSignal<bool>,
}

impl Devices {
    /// Creates the state. If the page was rendered without the list, the browser requests
    /// it.
    pub(super) fn new(list: Option<PageData<SessionList>>) -> Self {
        let ended = use_query_map().with_untracked(|query| {
            let ended = query.get_str(ENDED_PARAMETER);
            ended.and_then(Ended::from_parameter)
        });
        let list = list.map(sorted);
        // The address may be a link of another site: its claim has to agree with the list.
        let has_others = matches!(&list, Some(Ok(list)) if list.len() > 1);
        let ended = ended.filter(|ended| *ended == Ended::One || !has_others);
        let devices = Self {
            list: RwSignal::new(list),
            message: RwSignal::new(ended.map_or("", Ended::message)),
            has_failed: RwSignal::new(false),
            is_pending: RwSignal::new(false),
        };
        devices.follow();
        devices
    }

    /// Returns the sessions, this one first.
    pub(super) fn sessions(self) -> Vec<ListedSession> {
        let list = self.list.get();
        list.and_then(Result::ok).unwrap_or_default()
    }

    /// Returns what is shown besides the list.
    pub(super) fn state(self) -> Option<State> {
        self.list.with(|list| match list {
            None => Some(State::Loading),
            Some(Err(code)) => Some(State::Failed(code.message())),
            Some(Ok(list)) if list.len() <= 1 => Some(State::OnlyThis),
            Some(Ok(_)) => None,
        })
    }

    pub(super) fn has_others(self) -> bool {
        self.list
            .with(|list| matches!(list, Some(Ok(list)) if list.len() > 1))
    }

    /// Returns the result of the last action; empty if there was none.
    pub(super) fn message(self) -> String {
        self.message.get().to_owned()
    }

    pub(super) fn has_failed(self) -> bool {
        self.has_failed.get()
    }

    pub(super) fn is_pending(self) -> bool {
        self.is_pending.get()
    }

    /// Sends the form by script, and shows its result and the new list.
    pub(super) fn submit(self, event: &SubmitEvent, path: String, ended: Ended) {
        event.prevent_default();
        let form = event.target().map(JsCast::dyn_into::<HtmlFormElement>);
        let Some(Ok(form)) = form.filter(|_| !self.is_pending.get_untracked()) else {
            return;
        };
        self.is_pending.set(true);
        spawn_local_scoped_with_cancellation(async move {
            let result = send_form::<RefreshingClient, Done>(&path, &form).await;
            self.is_pending.set(false);
            self.has_failed.set(result.is_err());
            self.message.set(match &result {
                Ok(_) => ended.message(),
                Err(error) if error.code == Code::NotFound => "This device is no longer signed in.",
                Err(error) => error.code.message(),
            });
            channel::notify();
            self.reload().await;
            if result.is_ok() {
                // The button that had the focus has disappeared.
                focus_heading();
            }
        });
    }

    /// Reads the list again. If that fails, the page keeps the list that it shows.
    async fn reload(self) {
        let list = sorted(list_sessions().await.map_err(|error| error.code));
        let is_shown = self.list.with_untracked(|list| matches!(list, Some(Ok(_))));
        if list.is_ok() || !is_shown {
            self.list.set(Some(list));
        }
    }

    /// Reads the list in the browser, if the page was rendered without it; and again when
    /// another tab has ended a session and when the user returns to this window.
    fn follow(self) {
        let reload = move || spawn_local_scoped_with_cancellation(self.reload());
        effect(move || {
            if self.list.with_untracked(Option::is_none) {
                reload();
            }
            let owner = Owner::current();
            let reload = move || {
                if let Some(owner) = &owner {
                    owner.with(reload);
                }
            };
            channel::open(reload.clone());
            let focus = window_event_listener(ev::focus, move |_| reload());
            on_cleanup(move || {
                focus.remove();
                channel::close();
            });
        });
    }
}

/// Puts the current session first.
fn sorted(list: PageData<SessionList>) -> PageData<Vec<ListedSession>> {
    let mut sessions = list?.sessions;
    sessions.sort_by_key(|session| !session.is_current);
    Ok(sessions)
}
