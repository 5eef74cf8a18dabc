//! ARIA attributes that come and go.

/// The value of an ARIA state, which is left out while it is false.
pub(super) fn state(holds: bool) -> Option<&'static str> {
    holds.then_some("true")
}
