//! The session as a context: one for every component, on the server and in the
//! browser.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use leptos::{prelude::*, reactive::owner::ArenaItem};

use super::{
    hand_over::{self, HandedOver},
    hydration::after_hydration,
};
use crate::{
    browser::{self, Change},
    keeper::Trouble,
    wire::{Account, Code, ProtectedPages, Snapshot},
};

/// The session of this page. A component or effect that reads it runs again when it
/// changes.
///
/// A refresh replaces [`snapshot`](Self::snapshot) every few minutes and leaves
/// [`account`](Self::account) alone.
///
/// It lives as long as the root in which [`provide_session`] was called. Reading it
/// after that root has been unmounted panics, as reading a signal does.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    shared: ArenaItem<Arc<Shared>>,
}

/// A message about the session for the user.
#[derive(Clone, Copy, Debug)]
pub struct Notice(Session);

/// Plain values with a trigger for each: every type that is in a signal adds to what
/// the browser loads.
#[derive(Debug)]
struct Shared {
    pages: Arc<ProtectedPages>,
    values: Mutex<Values>,
    snapshot: ArcTrigger,
    account: ArcTrigger,
    is_signed_in: ArcTrigger,
    notice: ArcTrigger,
    trouble: ArcTrigger,
    is_hydrated: ArcTrigger,
}

#[derive(Debug)]
struct Values {
    snapshot: Option<Snapshot>,
    notice: Option<Code>,
    trouble: Option<Trouble>,
    is_hydrated: bool,
}

/// Provides the [`Session`] to all components. To be called once, at the root of
/// the application.
pub fn provide_session() -> Session {
    let HandedOver { snapshot, pages } = hand_over::read();
    #[cfg(not(feature = "ssr"))]
    browser::start(snapshot.as_ref());
    let shared = Arc::new(Shared::new(snapshot, pages));
    let session = Session {
        shared: ArenaItem::new(Arc::clone(&shared)),
    };
    provide_context(session);
    after_hydration(move || {
        shared.values().is_hydrated = true;
        shared.is_hydrated.notify();
        browser::on_change(move |change| shared.change(change));
    });
    session
}

/// Returns the session of this page.
///
/// # Panics
/// Where [`provide_session`] was not called in a component around this one.
#[track_caller]
pub fn use_session() -> Session {
    use_context()
        .expect("portcullis: provide_session() must be called at the root of the application")
}

impl Session {
    /// The account that is signed in. Changes with signing in and out, not with a
    /// refresh.
    pub fn account(self) -> Option<Account> {
        let shared = self.shared();
        shared.account.track();
        let values = shared.values();
        Some(values.snapshot.as_ref()?.account.clone())
    }

    /// Whether an account is signed in. Changes with signing in and out.
    pub fn is_signed_in(self) -> bool {
        let shared = self.shared();
        shared.is_signed_in.track();
        let values = shared.values();
        values.snapshot.is_some()
    }

    /// The account with the times of the session. Changes with each refresh.
    pub fn snapshot(self) -> Signal<Option<Snapshot>> {
        Signal::derive(move || {
            let shared = self.shared();
            shared.snapshot.track();
            let values = shared.values();
            values.snapshot.clone()
        })
    }

    /// A message about the session to show to the user: why it ended, or that
    /// signing out failed. The application clears it when it was read.
    pub fn notice(self) -> Notice {
        Notice(self)
    }

    /// What is wrong with the connection to the server, if anything.
    pub fn trouble(self) -> Signal<Option<Trouble>> {
        Signal::derive(move || {
            let shared = self.shared();
            shared.trouble.track();
            let values = shared.values();
            values.trouble
        })
    }

    /// Whether the view is hydrated and reacts to the user. Always false on the
    /// server, and where hydration failed.
    pub fn is_hydrated(self) -> bool {
        let shared = self.shared();
        shared.is_hydrated.track();
        let values = shared.values();
        values.is_hydrated
    }

    /// Shows `snapshot` as signed in, after a form of this page signed in.
    pub fn signed_in(self, snapshot: Snapshot) {
        if let Some(shared) = self.shared.try_get_value() {
            shared.notify(None);
            shared.show(Some(snapshot.clone()));
        }
        // Last: it may find that the browser keeps no cookies, and end the session.
        browser::signed_in(&snapshot);
    }

    /// Shows the page as signed out, after a form of this page signed out.
    pub fn signed_out(self) {
        browser::signed_out();
        if let Some(shared) = self.shared.try_get_value() {
            shared.notify(None);
            shared.show(None);
        }
    }

    /// The pages that need a session.
    pub fn pages(self) -> Arc<ProtectedPages> {
        Arc::clone(&self.shared().pages)
    }

    fn shared(self) -> Arc<Shared> {
        let shared = self.shared.try_get_value();
        shared.expect("portcullis: the view of this session is gone")
    }
}

impl Notice {
    /// The message, if there is one.
    pub fn get(self) -> Option<Code> {
        self.0.shared().notice.track();
        self.get_untracked()
    }

    /// The message, if there is one. What reads it is not run again when it changes.
    pub fn get_untracked(self) -> Option<Code> {
        let shared = self.0.shared();
        let values = shared.values();
        values.notice
    }

    /// Shows a message, or clears it.
    pub fn set(self, notice: Option<Code>) {
        if let Some(shared) = self.0.shared.try_get_value() {
            shared.notify(notice);
        }
    }
}

impl Shared {
    fn new(snapshot: Option<Snapshot>, pages: ProtectedPages) -> Self {
        Self {
            pages: Arc::new(pages),
            values: Mutex::new(Values {
                snapshot,
                notice: None,
                trouble: None,
                is_hydrated: false,
            }),
            snapshot: ArcTrigger::new(),
            account: ArcTrigger::new(),
            is_signed_in: ArcTrigger::new(),
            notice: ArcTrigger::new(),
            trouble: ArcTrigger::new(),
            is_hydrated: ArcTrigger::new(),
        }
    }

    /// Not to be held while a trigger notifies: what it runs may read the values.
    fn values(&self) -> MutexGuard<'_, Values> {
        // Each write is a single assignment, so a panic leaves nothing half done.
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, snapshot: Option<Snapshot>) {
        let account = snapshot.as_ref().map(|snapshot| snapshot.account.clone());
        let before = mem::replace(&mut self.values().snapshot, snapshot);
        let before = before.map(|snapshot| snapshot.account);
        self.snapshot.notify();
        if before != account {
            self.account.notify();
        }
        if before.is_some() != account.is_some() {
            self.is_signed_in.notify();
        }
    }

    fn notify(&self, notice: Option<Code>) {
        self.values().notice = notice;
        self.notice.notify();
    }

    /// Shows a change that the session keeper reports. The view may be gone.
    fn change(&self, change: Change) {
        match change {
            Change::Refreshed(snapshot) => self.show(Some(snapshot)),
            Change::Ended(code) => {
                // First: the guard of a protected page takes it along.
                self.notify(Some(code));
                self.show(None);
            }
            Change::Trouble(trouble) => {
                self.values().trouble = trouble;
                self.trouble.notify();
            }
        }
    }
}
