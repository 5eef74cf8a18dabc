//! Whether visitors may register.

/// Whether visitors of an application may create accounts of this library.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// Every visitor may register.
    #[default]
    Open,
    /// Only users whom an administrator or an operator has invited may register:
    /// [`Accounts::invite`](super::Accounts::invite). Other visitors get 403
    /// `registration_closed`. With [`Registration::Open`] users can be invited too.
    Invited,
    /// Only an operator creates accounts: `portcullis user create`, or
    /// [`Accounts::create`](super::Accounts::create). Registration returns 403
    /// `registration_closed`.
    Closed,
}
