//! The changes of the session that the page did not cause, and their listener.

use std::{cell::RefCell, mem::discriminant, rc::Rc};

use crate::{
    keeper::Trouble,
    wire::{Code, Snapshot},
};

/// A change of the session that the page did not cause.
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
    /// The last change of each kind, as long as there is no listener.
    static PENDING: RefCell<Vec<Change>> = const { RefCell::new(Vec::new()) };
}

/// Sets the listener, which is called with every change from now on. If it is the first one, it
/// is called at once with the last change of each kind so far. It replaces the previous one.
pub fn on_change(listener: impl Fn(Change) + 'static) {
    let listener: Listener = Rc::new(listener);
    LISTENER.set(Some(Rc::clone(&listener)));
    for change in PENDING.take() {
        listener(change);
    }
}

/// Calls the listener. No borrow is held during the call, because the listener may call this
/// module.
pub(super) fn report(change: Change) {
    let Some(listener) = LISTENER.with_borrow(Clone::clone) else {
        return PENDING.with_borrow_mut(|pending| {
            pending.retain(|other| discriminant(other) != discriminant(&change));
            pending.push(change);
        });
    };
    listener(change);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_listener_gets_last_change_of_each_kind() {
        report(Change::Trouble(Some(Trouble::Offline)));
        report(Change::Ended(Code::SessionEnded));
        report(Change::Trouble(None));
        let received = Rc::new(RefCell::new(Vec::new()));
        let changes = Rc::clone(&received);
        on_change(move |change| changes.borrow_mut().push(change));
        report(Change::Trouble(Some(Trouble::Unreachable)));
        let expected = [
            Change::Ended(Code::SessionEnded),
            Change::Trouble(None),
            Change::Trouble(Some(Trouble::Unreachable)),
        ];
        assert_eq!(*received.borrow(), expected);
    }
}
