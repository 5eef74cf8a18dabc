//! What happens to the session without the page's doing, and its listener.

use std::{cell::RefCell, mem::discriminant, rc::Rc};

use crate::{
    keeper::Trouble,
    wire::{Code, Snapshot},
};

/// What happened to the session without the page's doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The tokens were refreshed, here or by another tab.
    Refreshed(Snapshot),
    /// The session has ended, for this reason.
    Ended(Code),
    /// What is wrong with the connection to the server; `None` once it works again.
    Trouble(Option<Trouble>),
}

type Listener = Rc<dyn Fn(Change)>;

thread_local! {
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
    /// The last change of each kind, while there is no listener.
    static UNHEARD: RefCell<Vec<Change>> = const { RefCell::new(Vec::new()) };
}

/// Calls `listener` with every change from now on, and at once with those that
/// happened before there was one. It replaces the listener before.
pub fn on_change(listener: impl Fn(Change) + 'static) {
    let listener: Listener = Rc::new(listener);
    LISTENER.set(Some(Rc::clone(&listener)));
    for change in UNHEARD.take() {
        listener(change);
    }
}

/// Calls the listener. No borrow is held meanwhile: it may come back here.
pub(super) fn report(change: Change) {
    let Some(listener) = LISTENER.with_borrow(Clone::clone) else {
        return UNHEARD.with_borrow_mut(|unheard| {
            unheard.retain(|other| discriminant(other) != discriminant(&change));
            unheard.push(change);
        });
    };
    listener(change);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_listener_hears_the_last_change_of_each_kind() {
        report(Change::Trouble(Some(Trouble::Offline)));
        report(Change::Ended(Code::SessionEnded));
        report(Change::Trouble(None));
        let heard = Rc::new(RefCell::new(Vec::new()));
        let kept = Rc::clone(&heard);
        on_change(move |change| kept.borrow_mut().push(change));
        report(Change::Trouble(Some(Trouble::Unreachable)));
        let expected = [
            Change::Ended(Code::SessionEnded),
            Change::Trouble(None),
            Change::Trouble(Some(Trouble::Unreachable)),
        ];
        assert_eq!(*heard.borrow(), expected);
    }
}
