//! The data of a page of the administration, and how they are read again.

use std::{pin::Pin, sync::Arc};

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use portcullis::wire::{ApiError, Code};

use crate::{
    boxed::effect,
    hand_over::{Loadable, PageData},
};

/// Reads the data from the server.
pub(super) type Read<T> = Arc<dyn Fn() -> Reading<T> + Send + Sync>;

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send>>;

/// The data of a page.
pub(super) struct Listing<T: Loadable> {
    /// `None` while they are loading.
    data: RwSignal<Option<PageData<T>>>,
    read: StoredValue<Read<T>>,
}

// A derived `Copy` would require it of the data.
#[expect(clippy::expl_impl_clone_on_copy)]
impl<T: Loadable> Clone for Listing<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Loadable> Copy for Listing<T> {}

impl<T: Loadable> Listing<T> {
    /// Creates the state. If the page was rendered without the data, the browser requests
    /// them.
    pub(super) fn new(data: Option<PageData<T>>, read: Read<T>) -> Self {
        let listing = Self {
            data: RwSignal::new(data),
            read: StoredValue::new(read),
        };
        effect(move || {
            if listing.data.with_untracked(Option::is_none) {
                spawn_local_scoped_with_cancellation(listing.reload());
            }
        });
        listing
    }

    /// Reads the data again. If that fails, the page keeps those that it shows, unless the
    /// user may no longer see them.
    pub(super) async fn reload(self) {
        let data = self.read.get_value()().await.map_err(|error| error.code);
        let is_shown = self.data.with_untracked(|data| matches!(data, Some(Ok(_))));
        if !is_shown || matches!(data, Ok(_) | Err(Code::Forbidden)) {
            self.data.set(Some(data));
        }
    }

    /// Returns what `of` returns for the data; `None` if there are none.
    pub(super) fn with<R>(self, of: impl FnOnce(&T) -> R) -> Option<R> {
        self.data.with(|data| data.as_ref()?.as_ref().ok().map(of))
    }

    pub(super) fn is_loading(self) -> bool {
        self.data.with(Option::is_none)
    }

    /// Returns the error of reading the data.
    pub(super) fn error(self) -> Option<Code> {
        self.data
            .with(|data| data.as_ref()?.as_ref().err().copied())
    }
}
