//! Who is signed in: one context for every component, on both sides.

use std::{convert::Infallible, fmt, str::FromStr};

use leptos::prelude::*;
use portcullis::{
    browser::{self, Change},
    keeper::Trouble,
    wire::{Account, Code, Snapshot},
};

use crate::effect::effect;

/// The session of this page.
///
/// A renewal replaces the snapshot every few minutes; what is shown of the
/// account goes by [`SessionState::account`], which a renewal leaves alone.
#[derive(Clone, Copy)]
pub(crate) struct SessionState {
    snapshot: RwSignal<Option<Snapshot>>,
    account: Memo<Option<Account>>,
    notice: RwSignal<Option<Code>>,
    trouble: RwSignal<Option<Trouble>>,
}

/// Makes the context, and starts the browser's side of the session.
///
/// To be called once, unconditionally, at the root: the snapshot comes to the
/// browser under the number of its place in the order of such values.
pub(crate) fn provide() {
    let snapshot = RwSignal::new(SharedValue::new_str(rendered_for).into_inner().0);
    let account = Memo::new(move |_| {
        snapshot.with(|snapshot| snapshot.as_ref().map(|snapshot| snapshot.account.clone()))
    });
    let session = SessionState {
        snapshot,
        account,
        notice: RwSignal::new(None),
        trouble: RwSignal::new(None),
    };
    provide_context(session);

    // Effects run in the browser alone, once all is hydrated.
    effect(move || {
        browser::start(snapshot.read_untracked().as_ref(), move |change| {
            session.take_in(change);
        });
        mark_hydrated();
    });
}

/// The session of this page; [`provide`] has made it at the root.
pub(crate) fn use_session() -> SessionState {
    expect_context()
}

impl SessionState {
    /// Whose session it is. Changes with signing in and out, not with a renewal.
    pub(crate) fn account(self) -> Option<Account> {
        self.account.get()
    }

    /// Whether anybody is signed in. Tracked as [`SessionState::account`] is.
    pub(crate) fn is_signed_in(self) -> bool {
        self.account.with(Option::is_some)
    }

    /// The whole snapshot; changes with each renewal.
    pub(crate) fn snapshot(self) -> ReadSignal<Option<Snapshot>> {
        self.snapshot.read_only()
    }

    /// What the user is to be told about the session, if anything.
    pub(crate) fn notice(self) -> RwSignal<Option<Code>> {
        self.notice
    }

    /// What is wrong with the connection, if anything.
    pub(crate) fn trouble(self) -> ReadSignal<Option<Trouble>> {
        self.trouble.read_only()
    }

    /// Somebody has signed in on this page.
    pub(crate) fn signed_in(self, snapshot: Snapshot) {
        self.notice.set(None);
        self.snapshot.set(Some(snapshot.clone()));
        // Last, for it may find out that the session does not stay.
        browser::signed_in(&snapshot);
    }

    /// The user has signed out on this page.
    pub(crate) fn signed_out(self) {
        browser::signed_out();
        self.notice.set(None);
        self.snapshot.set(None);
    }

    /// What the browser's side found out by itself.
    fn take_in(self, change: Change) {
        match change {
            Change::Renewed(snapshot) => self.snapshot.set(Some(snapshot)),
            Change::Ended(code) => {
                // First, for who leaves a protected page takes it along.
                self.notice.set(Some(code));
                self.snapshot.set(None);
            }
            Change::Trouble(trouble) => self.trouble.set(trouble),
        }
    }
}

/// Who the page is rendered for. Without a request, as when the routes are
/// listed, for nobody.
#[cfg(feature = "ssr")]
fn rendered_for() -> Rendered {
    let parts = use_context::<axum::http::request::Parts>();
    let session = parts.and_then(|parts| {
        parts
            .extensions
            .get::<portcullis::http::PageSession>()?
            .0
            .clone()
    });
    Rendered(session)
}

/// In the browser the snapshot comes with the page.
#[cfg(not(feature = "ssr"))]
fn rendered_for() -> Rendered {
    Rendered(None)
}

/// What a page is rendered with: JSON on its way to the browser, empty for nobody.
struct Rendered(Option<Snapshot>);

impl fmt::Display for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "ssr")]
        if let Some(snapshot) = &self.0 {
            let json = leptos::serde_json::to_string(snapshot).map_err(|_| fmt::Error)?;
            return f.write_str(&json);
        }
        f.write_str("")
    }
}

impl FromStr for Rendered {
    type Err = Infallible;

    fn from_str(json: &str) -> Result<Self, Infallible> {
        Ok(Self(browser::read(json)))
    }
}

/// Lets style sheets and tests see that the page answers to its user.
fn mark_hydrated() {
    if let Some(root) = document().document_element() {
        // It fails for names that are none, and this is one.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
