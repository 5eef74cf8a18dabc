//! The error codes, each with its message.
//!
//! A message always comes from its code, in this file; a message that is received
//! with a code is ignored. A page may therefore show an error from a URL: the
//! author of the URL can choose one of these messages and cannot write one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Defines an enum of codes, each with its name on the wire and its message.
macro_rules! codes {
    (
        $(#[$of_enum:meta])* $name:ident, or $fallback:ident,
        { $( $(#[$of_code:meta])* $code:ident = $wire:literal, $message:literal; )+ }
    ) => {
        $(#[$of_enum])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $( $(#[$of_code])* $code, )+ }

        impl $name {
            /// Every code.
            pub const ALL: &'static [Self] = &[ $( Self::$code, )+ ];

            /// Returns the name of the code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$code => $wire, )+ }
            }

            /// Returns the code with this name on the wire.
            pub fn from_wire(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }

            /// Returns the message for people.
            pub const fn message(self) -> &'static str {
                match self { $( Self::$code => $message, )+ }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                Ok(Self::from_wire(&name).unwrap_or(Self::$fallback))
            }
        }
    };
}

pub(in crate::wire) use codes;

codes! {
    /// The code of an error. [`Code::status`] returns its HTTP status.
    Code, or Internal,
    {
        /// 401: the request has no token.
        NotSignedIn = "not_signed_in", "You are not signed in.";
        /// 401: the token has expired; refresh and retry.
        TokenExpired = "token_expired", "Your sign-in has expired. Please sign in again.";
        /// 401: this server did not issue the token, or the token is damaged.
        TokenInvalid = "token_invalid", "Your sign-in is not valid. Please sign in again.";
        /// 401: the session was ended, here or elsewhere.
        SessionEnded = "session_ended", "You have been signed out.";
        /// 401: an administrator ended the session. A refresh returns this code. A
        /// call returns `session_ended`, because it is checked without the database.
        SessionRevoked = "session_revoked", "An administrator has signed you out.";
        /// 401: the user ended the session from another one. A refresh returns this code.
        EndedElsewhere = "ended_elsewhere", "You signed out of this device from another one.";
        /// 401: a sign-in above the limit of live sessions of the account ended the session. A
        /// refresh returns this code.
        SessionLimit = "session_limit", "You were signed out here, because your account is signed in on too many devices.";
        /// 401: the password of the account was changed. A refresh returns this code.
        PasswordChanged = "password_changed", "Your password was changed. Please sign in with the new password.";
        /// 401: a superseded token was used, and the session was ended.
        ReuseDetected = "reuse_detected",
            "You were signed out because your session was used from two places at once. If that was not you, change your password.";
        /// 401: the account is deactivated. Returned only to a caller that has a session
        /// of the account, or that the application itself has authenticated.
        AccountInactive = "account_inactive", "This account is not active. Please contact an administrator.";
        /// 401: the account was deleted. A refresh returns this code.
        AccountDeleted = "account_deleted", "This account has been deleted.";
        /// 401: the same for an unknown e-mail address, a wrong password and an
        /// inactive account.
        InvalidCredentials = "invalid_credentials", "The e-mail address or password is incorrect.";
        /// 403: the request came from another origin.
        CrossSite = "cross_site", "This request came from another site and was not carried out.";
        /// 403: the caller is signed in, but not allowed to do this.
        Forbidden = "forbidden", "You are not allowed to do this.";
        /// 403: visitors cannot register.
        RegistrationClosed = "registration_closed", "Registration is closed. Ask an administrator for an account.";
        /// 403: the same for an invitation that was used or withdrawn, has expired, never
        /// existed, or is for another e-mail address.
        InvitationInvalid = "invitation_invalid", "This invitation is not valid any more. Ask an administrator for a new one.";
        /// 404: there is no such path.
        NotFound = "not_found", "There is nothing at this address.";
        /// 405: the path does not support the HTTP method.
        MethodNotAllowed = "method_not_allowed", "This address does not support this HTTP method.";
        /// 409: an account with this e-mail address already exists.
        EmailTaken = "email_taken", "An account with this e-mail address already exists. Do you want to sign in instead?";
        /// 409: an administrator cannot do this to the own account.
        OwnAccount = "own_account", "You cannot do this to your own account. Ask another administrator.";
        /// 413: the request body is too large.
        TooLarge = "too_large", "The request is too large.";
        /// 422: the input is invalid; see `fields`.
        InvalidInput = "invalid_input", "Please check what you entered.";
        /// 429: too many failed attempts; see `Retry-After`.
        TooManyAttempts = "too_many_attempts", "Too many attempts. Please try again in a few minutes.";
        /// 500: an error in the server.
        Internal = "internal", "Something went wrong on our side. Please try again.";
        /// 500: the route is not wrapped by `Portcullis::protect`.
        LayerMissing = "layer_missing", "This route is not wrapped by Portcullis::protect.";
        /// 503: the background tasks are not running, so the server does not know which
        /// sessions have ended.
        TasksMissing = "tasks_missing", "The background tasks of Portcullis are not running.";
        /// 503: the server is overloaded, or the database is unavailable; see
        /// `Retry-After`.
        Busy = "busy", "The server is busy. Please try again in a moment.";
        /// Created in the browser: a request that cannot be repeated, such as an
        /// upload, got a 401. The tokens have been refreshed since.
        SendAgain = "send_again", "This was not carried out, because your sign-in had to be refreshed first. Please send it again.";
        /// Created in the browser: it does not store the cookies of the site.
        CookiesBlocked = "cookies_blocked",
            "Your browser does not store cookies for this site, so you cannot stay signed in. Please allow cookies and sign in again.";
        /// Created in the browser: there was no response.
        Unreachable = "unreachable", "The server could not be reached. Please check your connection and try again.";
    }
}

impl Code {
    /// Returns the HTTP status of the code.
    pub const fn status(self) -> u16 {
        match self {
            Self::NotSignedIn
            | Self::TokenExpired
            | Self::TokenInvalid
            | Self::SessionEnded
            | Self::SessionRevoked
            | Self::EndedElsewhere
            | Self::SessionLimit
            | Self::PasswordChanged
            | Self::ReuseDetected
            | Self::AccountInactive
            | Self::AccountDeleted
            | Self::InvalidCredentials => 401,
            Self::CookiesBlocked | Self::SendAgain => 400,
            Self::CrossSite
            | Self::Forbidden
            | Self::RegistrationClosed
            | Self::InvitationInvalid => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::EmailTaken | Self::OwnAccount => 409,
            Self::TooLarge => 413,
            Self::InvalidInput => 422,
            Self::TooManyAttempts => 429,
            Self::Internal | Self::LayerMissing => 500,
            Self::Busy | Self::TasksMissing | Self::Unreachable => 503,
        }
    }

    /// Returns whether the error is transient: the same request may succeed later. This
    /// holds for too many requests and for errors of the server.
    pub const fn is_transient(self) -> bool {
        matches!(self.status(), 429 | 500..)
    }

    /// Returns whether the error is about the session: every 401 except the one for
    /// wrong credentials.
    ///
    /// If a call gets such an error while a user is signed in, the browser refreshes
    /// once. That helps if the access token has expired, or if the call was sent
    /// with the cookies of a session that has since been replaced. If the refresh
    /// gets such an error too, it is definite: the session has ended. Every other
    /// failure (no response, 429, 5xx) is transient and signs no user out.
    pub const fn is_about_session(self) -> bool {
        self.status() == 401 && !matches!(self, Self::InvalidCredentials)
    }

    /// Returns whether the sign-in page shows this code as the reason why the session
    /// ended. The code is in the page's query, under [`REASON_PARAMETER`](super::REASON_PARAMETER).
    pub const fn is_reason(self) -> bool {
        matches!(
            self,
            Self::TokenExpired
                | Self::TokenInvalid
                | Self::SessionEnded
                | Self::SessionRevoked
                | Self::EndedElsewhere
                | Self::SessionLimit
                | Self::PasswordChanged
                | Self::ReuseDetected
                | Self::AccountInactive
                | Self::AccountDeleted
                | Self::CookiesBlocked
        )
    }
}

codes! {
    /// The code of a problem with one field of a form.
    Problem, or Invalid,
    {
        /// The field is empty.
        Missing = "missing", "Please fill this in.";
        /// The value has the wrong type, or cannot be read.
        Invalid = "invalid", "This is not valid.";
        /// The value is not an e-mail address.
        InvalidEmail = "invalid_email", "Enter an e-mail address such as name@example.org.";
        /// The password is shorter than 15 characters (NIST SP 800-63B-4, section
        /// 3.1.1.2).
        PasswordTooShort = "password_too_short", "Use at least 15 characters. A few words make a good password.";
        /// The password is longer than 1000 characters.
        PasswordTooLong = "password_too_long", "Use at most 1000 characters.";
        /// The password is a common one, or made of common ones, repetitions and sequences.
        PasswordCommon = "password_common", "This password is easy to guess. Use a few unrelated words.";
        /// The password is made of the name, the e-mail address or the site.
        PasswordPersonal = "password_personal", "Do not make the password from your name, your e-mail address or the name of this site.";
        /// The password is not that of the account.
        WrongPassword = "wrong_password", "This is not your current password.";
        /// The new password is the current one.
        SamePassword = "same_password", "This is your current password. Choose another one.";
        /// The value is longer than the maximum of its field.
        TooLong = "too_long", "This is too long.";
    }
}
