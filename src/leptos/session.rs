//! The session as a context: one for every component, on the server and in the
//! browser.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    hand_over::{self, HandedOver},
    hydration::after_hydration,
};
use crate::{
    browser::{self, Change},
    keeper::Trouble,
    wire::{Account, Code, ProtectedPages, Snapshot},
};

/// The session of this page: signals that every component reads.
///
/// A refresh replaces [`snapshot`](Self::snapshot) every few minutes and leaves
/// [`account`](Self::account) alone.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    snapshot: RwSignal<Option<Snapshot>>,
    account: Memo<Option<Account>>,
    notice: RwSignal<Option<Code>>,
    trouble: RwSignal<Option<Trouble>>,
    hydrated: RwSignal<bool>,
    pages: StoredValue<Arc<ProtectedPages>>,
}

/// Provides the [`Session`] to all components. To be called once, at the root of
/// the application.
pub fn provide_session() -> Session {
    let HandedOver { snapshot, pages } = hand_over::read();
    #[cfg(not(feature = "ssr"))]
    browser::start(snapshot.as_ref());
    let snapshot = RwSignal::new(snapshot);
    let session = Session {
        snapshot,
        account: Memo::new(move |_| snapshot.with(|s| Some(s.as_ref()?.account.clone()))),
        notice: RwSignal::new(None),
        trouble: RwSignal::new(None),
        hydrated: RwSignal::new(false),
        pages: StoredValue::new(Arc::new(pages)),
    };
    provide_context(session);
    after_hydration(move || {
        session.hydrated.try_set(true);
        browser::on_change(move |change| session.change(change));
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
        self.account.get()
    }

    /// Whether an account is signed in. Changes as [`Session::account`] does.
    pub fn is_signed_in(self) -> bool {
        self.account.with(Option::is_some)
    }

    /// The account with the times of the session. Changes with each refresh.
    pub fn snapshot(self) -> ReadSignal<Option<Snapshot>> {
        self.snapshot.read_only()
    }

    /// A message about the session to show to the user: why it ended, or that
    /// signing out failed. The application clears it when it was read.
    pub fn notice(self) -> RwSignal<Option<Code>> {
        self.notice
    }

    /// What is wrong with the connection to the server, if anything.
    pub fn trouble(self) -> ReadSignal<Option<Trouble>> {
        self.trouble.read_only()
    }

    /// Whether the view is hydrated and reacts to the user. Always false on the
    /// server, and where hydration failed.
    pub fn is_hydrated(self) -> bool {
        self.hydrated.get()
    }

    /// Shows `snapshot` as signed in, after a form of this page signed in.
    pub fn signed_in(self, snapshot: Snapshot) {
        self.notice.set(None);
        self.snapshot.set(Some(snapshot.clone()));
        // Last: it may find that the browser keeps no cookies, and end the session.
        browser::signed_in(&snapshot);
    }

    /// Shows the page as signed out, after a form of this page signed out.
    pub fn signed_out(self) {
        browser::signed_out();
        self.notice.set(None);
        self.snapshot.set(None);
    }

    /// The pages that need a session.
    pub fn pages(self) -> Arc<ProtectedPages> {
        self.pages.get_value()
    }

    /// Shows a change that the session keeper reports. The view may be gone.
    fn change(self, change: Change) {
        match change {
            Change::Refreshed(snapshot) => {
                self.snapshot.try_set(Some(snapshot));
            }
            Change::Ended(code) => {
                // First: the guard of a protected page takes it along.
                self.notice.try_set(Some(code));
                self.snapshot.try_set(None);
            }
            Change::Trouble(trouble) => {
                self.trouble.try_set(trouble);
            }
        }
    }
}
