//! Whether visitors may register.

/// Whether visitors of an application may create accounts of this library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// Every visitor may register.
    #[default]
    Open,
    /// Only an operator creates accounts: `portcullis user create`, or
    /// [`Accounts::create`](super::Accounts::create). Registration returns 403
    /// `registration_closed`.
    Closed,
}
