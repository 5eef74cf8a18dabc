//! The session as a context: one for all components, on the server and in the browser.

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
/// A refresh replaces [`snapshot`](Self::snapshot) every few minutes and does not change
/// [`account`](Self::account).
///
/// It exists until the root in which [`provide_session`] was called is unmounted. Reading
/// it after that panics, as reading a signal does.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    shared: ArenaItem<Arc<Shared>>,
}

/// A message about the session for the user.
#[derive(Clone, Copy, Debug)]
pub struct Notice(Session);

/// The values of the session, with a trigger for each. They are not signals, because
/// every type that is in a signal adds to the WASM.
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

/// Provides the [`Session`] to all components, and returns it. Call it once, at the root
/// of the application.
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
/// If [`provide_session`] was not called in a component around this one.
#[track_caller]
#[allow(clippy::expect_used, reason = "a mistake of the application")]
pub fn use_session() -> Session {
    use_context()
        .expect("portcullis: provide_session() must be called at the root of the application")
}

impl Session {
    /// Returns the account that is signed in. The value changes when a user signs in or
    /// out, not with a refresh.
    pub fn account(self) -> Option<Account> {
        let shared = self.shared();
        shared.account.track();
        let values = shared.values();
        Some(values.snapshot.as_ref()?.account.clone())
    }

    /// Returns whether an account is signed in. The value changes when a user signs in or
    /// out.
    pub fn is_signed_in(self) -> bool {
        let shared = self.shared();
        shared.is_signed_in.track();
        let values = shared.values();
        values.snapshot.is_some()
    }

    /// Returns the account with the times of the session. The signal changes with each
    /// refresh.
    pub fn snapshot(self) -> Signal<Option<Snapshot>> {
        Signal::derive(move || {
            let shared = self.shared();
            shared.snapshot.track();
            let values = shared.values();
            values.snapshot.clone()
        })
    }

    /// Returns the message about the session for the user: why it ended, or that signing
    /// out failed. The application clears the message once the user has read it.
    pub fn notice(self) -> Notice {
        Notice(self)
    }

    /// Returns the problem with the connection to the server, if there is one.
    pub fn trouble(self) -> Signal<Option<Trouble>> {
        Signal::derive(move || {
            let shared = self.shared();
            shared.trouble.track();
            let values = shared.values();
            values.trouble
        })
    }

    /// Returns whether the view is hydrated and reacts to the user. It is always false on
    /// the server, and if hydration failed.
    pub fn is_hydrated(self) -> bool {
        let shared = self.shared();
        shared.is_hydrated.track();
        let values = shared.values();
        values.is_hydrated
    }

    /// Shows the page as signed in, with this snapshot. Call it after a form of this page
    /// has signed the user in.
    pub fn signed_in(self, snapshot: Snapshot) {
        if let Some(shared) = self.shared.try_get_value() {
            shared.notify(None);
            shared.show(Some(snapshot.clone()));
        }
        // This is last, because it ends the session if the browser stores no cookies.
        browser::signed_in(&snapshot);
    }

    /// Shows the page as signed out. Call it after a form of this page has signed the user
    /// out.
    pub fn signed_out(self) {
        browser::signed_out();
        if let Some(shared) = self.shared.try_get_value() {
            shared.notify(None);
            shared.show(None);
        }
    }

    /// Returns the pages that need a session.
    pub fn pages(self) -> Arc<ProtectedPages> {
        Arc::clone(&self.shared().pages)
    }

    #[allow(clippy::expect_used, reason = "a mistake of the application")]
    fn shared(self) -> Arc<Shared> {
        let shared = self.shared.try_get_value();
        shared.expect("portcullis: the root of this session has been unmounted")
    }
}

impl Notice {
    /// Returns the message, if there is one.
    pub fn get(self) -> Option<Code> {
        self.0.shared().notice.track();
        self.get_untracked()
    }

    /// Returns the message, if there is one. The component or effect that reads it does not
    /// run again when it changes.
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

    /// Locks the values. Do not hold the lock while a trigger notifies, because the
    /// effects that it runs may read the values.
    fn values(&self) -> MutexGuard<'_, Values> {
        // Each write is a single assignment, so a panic leaves the values consistent.
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

    /// Shows a change that the session keeper reports. The view may have been unmounted.
    fn change(&self, change: Change) {
        match change {
            Change::Refreshed(snapshot) => self.show(Some(snapshot)),
            Change::Ended(code) => {
                // This is first, because the guard of a protected page passes the notice
                // on to the sign-in page.
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
